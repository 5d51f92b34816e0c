//! The envelope: every entry, change and item of one POST, each on its own, none able to fail the others.

use std::borrow::Cow;

use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{Moment, digest};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::messaging;
use super::wire::{Id, Time, lenient};
use crate::{Inbound, Unreadable};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    entry: Vec<&'a RawValue>,
}

/// One entry. Documented are `changes`, `messaging` and `standby`; some deliveries carry a bare `field` and `value`.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default, deserialize_with = "lenient")]
    time: Option<Time>,
    #[serde(borrow, default)]
    changes: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    messaging: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    standby: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    field: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// The account that an entry is for, and when the entry was sent.
pub(crate) struct Origin<'a> {
    pub(crate) account: &'a str,
    pub(crate) sent_at: Moment,
}

/// Reads one change of that field. The error is the name under which it goes into quarantine.
pub(crate) type ReadChange = fn(&Origin<'_>, &str, &RawValue) -> Result<Event, String>;

/// What tells one product's webhooks from another's.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    /// The `object` at the root.
    pub(crate) object: &'static str,
    pub(crate) change: ReadChange,
}

/// Reads all events of a body. `own_account` is the owner of parts that do not say whose they are.
pub(crate) fn parse(body: &[u8], own_account: &str, product: Product) -> Result<Vec<Inbound>, Unreadable> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        let why = if error.is_data() { "no list of entries" } else { "not JSON" };
        Unreadable { why: why.to_owned() }
    })?;
    if envelope.entry.is_empty() {
        return Err(Unreadable { why: "an empty list of entries".to_owned() });
    }
    let mut events = Vec::new();
    for raw in envelope.entry {
        let named: Option<Named> = serde_json::from_str(raw.get()).ok();
        let account = named.and_then(|named| named.id).map_or_else(|| own_account.to_owned(), |id| id.0);
        let found = entry(raw, &account, product);
        events.extend(found.into_iter().map(|event| Inbound { owner: account.clone(), event }));
    }
    Ok(events)
}

fn entry(raw: &RawValue, account: &str, product: Product) -> Vec<Event> {
    let Ok(entry) = serde_json::from_str::<Entry<'_>>(raw.get()) else {
        return vec![unknown(
            &Origin { account, sent_at: Moment::default() },
            product,
            "entry",
            Part::Entry,
            raw,
        )];
    };
    let sent_at = entry.time.map_or(Moment::default(), |time| time.0);
    let from = Origin { account, sent_at };
    let keep = |kind: &str, part: Part, raw: &RawValue| unknown(&from, product, kind, part, raw);
    let change = |field: &str, value: &RawValue, part: Part, whole: &RawValue| {
        (product.change)(&from, field, value).unwrap_or_else(|kind| keep(&kind, part, whole))
    };
    let mut events = Vec::new();
    for part in entry.changes.iter().flatten() {
        events.push(match serde_json::from_str::<Change<'_>>(part.get()) {
            Ok(read) => change(&read.field, read.value, Part::Of("changes"), part),
            Err(_) => keep("changes", Part::Of("changes"), part),
        });
    }
    if let (Some(field), Some(value)) = (&entry.field, entry.value) {
        events.push(change(field, value, Part::Entry, raw));
    }
    for (list, name) in [(&entry.messaging, "messaging"), (&entry.standby, "standby")] {
        for part in list.iter().flatten() {
            let read = messaging::read(&from, part, name == "standby");
            events.push(read.unwrap_or_else(|kind| keep(&kind, Part::Of(name), part)));
        }
    }
    if events.is_empty() {
        events.push(keep("entry", Part::Entry, raw));
    }
    events
}

/// What is kept: a whole entry, or one part of the list of that name.
#[derive(Clone, Copy)]
enum Part {
    Entry,
    Of(&'static str),
}

/// An event that is kept for a person to see: as a body of its own, so that it can be read again as it came.
fn unknown(from: &Origin<'_>, product: Product, kind: &str, part: Part, raw: &RawValue) -> Event {
    let raw = raw.get();
    let entry = match part {
        Part::Entry => raw.to_owned(),
        Part::Of(list) => {
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
