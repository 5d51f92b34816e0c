//! What an operator does with records kept for a person: look, and put them back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::Verified;
use deskbridge_connectors::http::{Method, Request, Url};
use deskbridge_core::model::What;

use crate::bridge::Bridge;
use crate::envelope::Envelope;
use crate::ports::{Clock, Fault, Held, HeldKind, Queue, Store, World};

/// Records looked through when one or all are put back.
const RECORDS_MAX: usize = 10_000;

/// Why a record was not put back. It stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPutBack {
    /// There is no such record.
    #[error("there is no record {0}")]
    NoSuchRecord(String),
    /// It is still not understood.
    #[error("record {id} is still not understood: {why}")]
    StillUnreadable {
        /// The record.
        id: String,
        /// Why.
        why: String,
    },
    /// It is there to tell a person something, and nothing would make that again.
    #[error("record {id} cannot be put back, it tells you: {what}")]
    OnlyTells {
        /// The record.
        id: String,
        /// What it tells.
        what: String,
    },
    /// Its account is not configured.
    #[error("record {id} came for account {account:?}, which is not configured")]
    NoAccount {
        /// The record.
        id: String,
        /// The account.
        account: String,
    },
    /// The store or the queue failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Puts a record back into the queue, as new as on the first day; gives the number of events. A quarantined body is read
/// again with the present connectors.
///
/// # Errors
/// Why it stays where it is.
pub async fn put_back<W: World>(bridge: &Bridge<W>, kind: HeldKind, id: &str) -> Result<usize, NotPutBack> {
    let store = bridge.world.store();
    let records = store.held(kind, RECORDS_MAX).await?;
    let record = records
        .iter()
        .find(|record| record.id == id)
        .ok_or_else(|| NotPutBack::NoSuchRecord(id.to_owned()))?;
    let whole: Vec<&Held> = match &record.piece {
        None => vec![record],
        Some(piece) => {
            let of_it = |other: &&Held| other.piece.as_ref().is_some_and(|other| other.whole == piece.whole);
            let mut parts: Vec<&Held> = records.iter().filter(of_it).collect();
            parts.sort_by_key(|part| part.piece.as_ref().map(|piece| piece.part));
            parts
        }
    };
    let envelopes = envelopes(bridge, record, &whole)?;
    bridge.world.queue().send(&envelopes).await?;
    for part in whole {
        store.release(kind, &part.id).await?;
    }
    Ok(envelopes.len())
}

fn envelopes<W: World>(
    bridge: &Bridge<W>,
    record: &Held,
    whole: &[&Held],
) -> Result<Vec<Envelope>, NotPutBack> {
    let now = bridge.world.clock().now();
    if !record.envelopes.is_empty() {
        // The queue remembers their old ids.
        let again =
            |envelope: &Envelope| Envelope { id: format!("{}@{}", envelope.id, now.0), ..envelope.clone() };
        return Ok(record.envelopes.iter().map(again).collect());
    }
    if record.kind == HeldKind::Parked {
        return Err(NotPutBack::OnlyTells { id: record.id.clone(), what: record.reason.clone() });
    }
    let unreadable = |why: &str| NotPutBack::StillUnreadable { id: record.id.clone(), why: why.to_owned() };
    let of = record.piece.as_ref().map_or(1, |piece| piece.of);
    if whole.len() != usize::try_from(of).unwrap_or(usize::MAX) {
        return Err(unreadable("some of its parts have not arrived yet"));
    }
    let mut body = Vec::new();
    for part in whole {
        body.extend(BASE64.decode(&part.body).map_err(|_| unreadable("its bytes are damaged"))?);
    }
    let account = bridge
        .directory
        .get(&record.account)
        .ok_or_else(|| NotPutBack::NoAccount { id: record.id.clone(), account: record.account.clone() })?;
    let url: Url = "http://kept.invalid/".parse().map_err(|_| unreadable("no address"))?;
    let mut request = Request::new(Method::POST, url);
    request.body = body.into();
    let inbound =
        account.connector.parse(&Verified::kept(request)).map_err(|error| unreadable(&error.why))?;
    let mut envelopes = Vec::new();
    for one in inbound {
        if let What::Unknown { kind, .. } = &one.event.what {
            return Err(unreadable(&format!("unknown kind of event: {kind}")));
        }
        let owner = bridge.directory.owned_by(account.registration.kind, &one.owner).next();
        let owner =
            owner.ok_or_else(|| unreadable(&format!("no account is configured for {}", one.owner)))?;
        let envelope = Envelope::event(&owner.name, one.event, now);
        envelopes.push(Envelope { id: format!("{}@{}", envelope.id, now.0), ..envelope });
    }
    Ok(envelopes)
}
