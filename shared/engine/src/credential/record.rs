//! What is stored of a credential that the bridge renews: sealed, with the seed that it began with, and with what is under way.

use deskbridge_connectors::Credential;
use deskbridge_core::Moment;
use minicbor::{Decode, Encode};
use secrecy::{ExposeSecret, SecretString};

use super::vault::{SeedName, Vault};

/// The format that is written; the first byte of a record.
const FORMAT: u8 = 1;

/// So many seeds are remembered that were in use before.
const FORMER_MAX: usize = 8;

/// A record. Indices are for ever: add fields with new ones, never reuse an old one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Record {
    /// Which seed the credential began with.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) seed: SeedName,
    /// The credential, sealed; `None` while it still is the seed.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) sealed: Option<Vec<u8>>,
    /// Since when somebody renews it.
    #[n(2)]
    pub(super) begun_at: Option<Moment>,
    /// When renewing it was refused last, although it works.
    #[n(3)]
    pub(super) refused_at: Option<Moment>,
    /// The seeds before, oldest first: whoever still has one of them is behind, and must not write.
    #[n(4)]
    pub(super) former: Vec<Former>,
}

/// A seed that was in use before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct Former(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) SeedName,
);

/// What is sealed.
#[derive(Encode, Decode)]
struct Content {
    #[n(0)]
    token: Option<String>,
    #[n(1)]
    refresh: Option<String>,
    #[n(2)]
    since: Option<Moment>,
    #[n(3)]
    ends_at: Option<Moment>,
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// A newer program wrote it.
    Newer,
    /// Its bytes are not what was written.
    Damaged,
}

impl Record {
    /// Of a seed of which nothing is stored yet.
    pub(super) fn of(seed: SeedName) -> Self {
        Self { seed, sealed: None, begun_at: None, refused_at: None, former: Vec::new() }
    }

    /// The record of a new seed, which takes over from this one.
    pub(super) fn taken_over_by(mut self, seed: SeedName) -> Self {
        self.former.push(Former(self.seed));
        let surplus = self.former.len().saturating_sub(FORMER_MAX);
        self.former.drain(..surplus);
        Self { former: self.former, ..Self::of(seed) }
    }

    /// Whether that seed was in use before the present one.
    pub(super) fn had(&self, seed: &SeedName) -> bool {
        self.former.iter().any(|former| former.0 == *seed)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        // Writing into a vector cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        match bytes.split_first() {
            Some((&FORMAT, rest)) => minicbor::decode(rest).map_err(|_| Unreadable::Damaged),
            Some((format, _)) if *format > FORMAT => Err(Unreadable::Newer),
            _ => Err(Unreadable::Damaged),
        }
    }
}

/// The credential in a form that only the vault opens.
pub(super) fn seal(vault: &Vault, credential: &Credential) -> Option<Vec<u8>> {
    let text = |secret: &Option<SecretString>| secret.as_ref().map(|one| one.expose_secret().to_owned());
    let Credential { token, refresh, since, ends_at } = credential;
    let content = Content { token: text(token), refresh: text(refresh), since: *since, ends_at: *ends_at };
    vault.seal(&minicbor::to_vec(content).ok()?)
}

/// The credential that was sealed.
pub(super) fn open(vault: &Vault, sealed: &[u8]) -> Option<Credential> {
    let content: Content = minicbor::decode(&vault.open(sealed)?).ok()?;
    let Content { token, refresh, since, ends_at } = content;
    Some(Credential {
        token: token.map(SecretString::from),
        refresh: refresh.map(SecretString::from),
        since,
        ends_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record as the first version wrote it. It is never changed.
    const FIRST: &str = "018550e2fae8b33109be1bc3f8fed0630ee7d75832fe0e2b2ef1880f92c9d1af44268d731e5223d82ace498c5d1cca34bcffb7\
                         f9bf657bfa1937a55d4aae787f4471a743ee7c4e0203815007070707070707070707070707070707";

    fn vault() -> Vault {
        Vault::new("acme-x", &SecretString::from("seed")).unwrap()
    }

    fn record() -> Record {
        let credential = Credential {
            token: Some("access".into()),
            refresh: Some("refresh".into()),
            since: Some(Moment(1)),
            ends_at: Some(Moment(7_200_001)),
        };
        Record {
            sealed: seal(&vault(), &credential),
            begun_at: Some(Moment(2)),
            refused_at: Some(Moment(3)),
            former: vec![Former([7; 16])],
            ..Record::of(vault().seed)
        }
    }

    #[test]
    fn a_record_of_the_first_format_is_read_for_ever() {
        let pairs = FIRST.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        let read = Record::decode(&bytes).unwrap();
        assert_eq!(read, record());
        assert_eq!(Record::decode(&record().encode()).unwrap(), record());
        let credential = open(&vault(), &read.sealed.unwrap()).unwrap();
        assert!(credential.has_token(&"access".into()) && credential.ends_at == Some(Moment(7_200_001)));
    }

    #[test]
    fn other_bytes_are_newer_or_damaged_and_never_a_panic() {
        assert_eq!(Record::decode(&[2, 0, 0]), Err(Unreadable::Newer));
        let bytes = record().encode();
        for size in 0..bytes.len() {
            assert_eq!(Record::decode(&bytes[..size]), Err(Unreadable::Damaged), "{size} bytes");
        }
    }

    #[test]
    fn a_record_remembers_some_seeds_and_forgets_the_oldest() {
        let mut record = Record::of([0; 16]);
        for seed in 1..=20 {
            record = record.taken_over_by([seed; 16]);
        }
        assert!(
            record.had(&[19; 16])
                && record.had(&[12; 16])
                && !record.had(&[11; 16])
                && !record.had(&[20; 16])
        );
    }
}
