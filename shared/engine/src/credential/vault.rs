//! Credentials are stored sealed: whoever reads the table or the file, and not the secrets as well, learns nothing.
//!
//! The key is made of the seed, the secret that the operator gave. So no further secret is needed, a credential that belongs to
//! another seed cannot be taken for ours, and other secrets of the account may be changed at any time.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{self, HKDF_SHA256, Prk, Salt};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// Parts this use of a secret from any other.
const PURPOSE: &[u8] = b"deskbridge stored credential 1";

/// Names a seed without telling it.
pub(super) type SeedName = [u8; 16];

/// Seals and opens what is stored for one account under one seed.
pub(super) struct Vault {
    seal: LessSafeKey,
    nonces: hmac::Key,
    account: String,
    pub(super) seed: SeedName,
}

/// How long a derived secret is, in bytes.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Vault {
    /// `None` only if the cryptography is broken.
    pub(super) fn new(account: &str, seed: &SecretString) -> Option<Self> {
        let prk = Salt::new(HKDF_SHA256, PURPOSE).extract(seed.expose_secret().as_bytes());
        let key: [u8; 32] = derived(&prk, b"seal", account)?;
        let nonces: [u8; 32] = derived(&prk, b"nonce", account)?;
        Some(Self {
            seal: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, &nonces),
            account: account.to_owned(),
            seed: derived(&prk, b"name", account)?,
        })
    }

    /// The nonce comes from the content under a key of its own: without chance, and two contents never share one. The same
    /// content gives the same bytes, which tells nobody anything.
    pub(super) fn seal(&self, content: &[u8]) -> Option<Vec<u8>> {
        let tag = hmac::sign(&self.nonces, content);
        let nonce: [u8; NONCE_LEN] = tag.as_ref().get(..NONCE_LEN)?.try_into().ok()?;
        let mut sealed = content.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.seal.seal_in_place_append_tag(unique, self.about(), &mut sealed).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// `None`: these bytes were not sealed here, for this account, under this seed.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = sealed.to_vec();
        let size = self.seal.open_in_place(nonce, self.about(), &mut content).ok()?.len();
        content.truncate(size);
        Some(content)
    }

    fn about(&self) -> Aad<Vec<u8>> {
        Aad::from([PURPOSE, self.account.as_bytes()].concat())
    }
}

fn derived<const SIZE: usize>(prk: &Prk, what: &[u8], account: &str) -> Option<[u8; SIZE]> {
    let mut bytes = [0; SIZE];
    prk.expand(&[what, account.as_bytes()], Length(SIZE)).ok()?.fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(account: &str, seed: &str) -> Vault {
        Vault::new(account, &SecretString::from(seed)).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_by_the_same_account_with_the_same_seed_only() {
        let ours = vault("acme-x", "seed");
        let sealed = ours.seal(b"access and refresh").unwrap();
        assert_eq!(ours.open(&sealed).as_deref(), Some(&b"access and refresh"[..]));
        assert_eq!(vault("acme-x", "seed").seal(b"access and refresh").unwrap(), sealed);
        for other in [vault("acme-x", "another"), vault("globex-x", "seed")] {
            assert_eq!(other.open(&sealed), None);
            assert_ne!(other.seed, ours.seed);
        }
        let shown = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!shown.contains("access") && !shown.contains("seed"));
    }

    #[test]
    fn every_bit_counts() {
        let vault = vault("acme-x", "seed");
        let sealed = vault.seal(b"token").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(vault.open(&flipped), None, "bit {bit}");
        }
        for size in 0..sealed.len() {
            assert_eq!(vault.open(&sealed[..size]), None, "{size} bytes");
        }
    }

    #[test]
    fn other_contents_have_other_nonces() {
        let vault = vault("acme-x", "seed");
        let nonce = |content: &[u8]| vault.seal(content).unwrap()[..NONCE_LEN].to_vec();
        assert_ne!(nonce(b"one"), nonce(b"two"));
    }
}
