//! The envelope: every entry, change and item of one POST, each on its own, none able to fail the others.

use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{Moment, digest};

use super::messaging;
use super::wire::{Id, Time};
use crate::json::{Json, Part, Parts};
use crate::{Inbound, Unreadable};

/// The account that an entry is for, and when the entry was sent.
pub(crate) struct Origin<'a> {
    pub(crate) account: &'a str,
    pub(crate) sent_at: Moment,
}

/// Reads one change of that field. The error is the name under which it goes into quarantine.
pub(crate) type ReadChange = fn(&Origin<'_>, &str, Part<'_>) -> Result<Event, String>;

/// What tells one product's webhooks from another's.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    /// The `object` at the root.
    pub(crate) object: &'static str,
    pub(crate) change: ReadChange,
}

/// Reads all events of a body. `own_account` is the owner of parts that do not say whose they are.
pub(crate) fn parse(body: &[u8], own_account: &str, product: Product) -> Result<Vec<Inbound>, Unreadable> {
    let json = Json::of(body).map_err(|_| unreadable("not JSON"))?;
    let mut events = Vec::new();
    for raw in entries(&json)? {
        let named = raw.get("id").and_then(|id| id.read::<Id>().ok());
        let account = named.map_or_else(|| own_account.to_owned(), |id| id.0);
        let found = entry(raw, &account, product);
        events.extend(found.into_iter().map(|event| Inbound { owner: account.clone(), event }));
    }
    Ok(events)
}

/// The entries of a body; there is at least one.
pub(crate) fn entries<'a>(json: &'a Json<'_>) -> Result<Parts<'a>, Unreadable> {
    let entries = json.root().get("entry").and_then(Part::items);
    match entries.ok_or_else(|| unreadable("no list of entries"))? {
        none if none.is_empty() => Err(unreadable("an empty list of entries")),
        some => Ok(some),
    }
}

fn unreadable(why: &str) -> Unreadable {
    Unreadable { why: why.to_owned() }
}

/// Documented are `changes`, `messaging` and `standby`; some deliveries carry a bare `field` and `value`.
fn entry(raw: Part<'_>, account: &str, product: Product) -> Vec<Event> {
    let lists = (raw.list("changes"), raw.list("messaging"), raw.list("standby"));
    let (Some(changes), Some(messaging), Some(standby)) = lists else {
        let from = Origin { account, sent_at: Moment::default() };
        return vec![unknown(&from, product, "entry", Kept::Entry, raw)];
    };
    let time = raw.get("time").and_then(|time| time.read::<Time>().ok());
    let from = Origin { account, sent_at: time.map_or(Moment::default(), |time| time.0) };
    let keep = |kind: &str, kept: Kept, raw: Part<'_>| unknown(&from, product, kind, kept, raw);
    let change = |change: Part<'_>, kept: Kept| {
        let field = change.get("field").and_then(Part::text)?;
        let read = (product.change)(&from, &field, change.get("value")?);
        Some(read.unwrap_or_else(|kind| keep(&kind, kept, change)))
    };
    let mut events = Vec::new();
    for part in changes {
        let kept = Kept::Of("changes");
        events.push(change(part, kept).unwrap_or_else(|| keep("changes", kept, part)));
    }
    if raw.has("field") && raw.has("value") {
        events.push(change(raw, Kept::Entry).unwrap_or_else(|| keep("entry", Kept::Entry, raw)));
    }
    for (list, name) in [(messaging, "messaging"), (standby, "standby")] {
        for part in list {
            let read = messaging::read(&from, part, name == "standby");
            events.push(read.unwrap_or_else(|kind| keep(&kind, Kept::Of(name), part)));
        }
    }
    if events.is_empty() {
        events.push(keep("entry", Kept::Entry, raw));
    }
    events
}

/// What is kept: a whole entry, or one part of the list of that name.
#[derive(Clone, Copy)]
enum Kept {
    Entry,
    Of(&'static str),
}

/// An event that is kept for a person to see: as a body of its own, so that it can be read again as it came.
fn unknown(from: &Origin<'_>, product: Product, kind: &str, kept: Kept, raw: Part<'_>) -> Event {
    let raw = raw.raw();
    let entry = match kept {
        Kept::Entry => raw.to_owned(),
        Kept::Of(list) => {
            let account = serde_json::Value::from(from.account);
            format!(r#"{{"id":{account},"time":{},"{list}":[{raw}]}}"#, from.sent_at.0)
        }
    };
    Event {
        id: format!("unknown:{:016x}", digest(&[from.account, kind, raw])),
        at: from.sent_at,
        place: Place::Account,
        what: What::Unknown {
            kind: kind.to_owned(),
            raw: format!(r#"{{"object":"{}","entry":[{entry}]}}"#, product.object),
        },
    }
}
