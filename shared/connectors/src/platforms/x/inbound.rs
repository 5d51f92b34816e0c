//! The body of a webhook: the X Activity API's envelope, the older Account Activity envelope, or both on one door.

use std::collections::BTreeMap;

use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{Moment, digest};
use serde_json::value::RawValue;

use super::wire::{Name, items};
use super::{account_activity, activity};
use crate::{Inbound, Unreadable};

/// The fields of a body.
pub(super) type Root<'a> = BTreeMap<Name<'a>, &'a RawValue>;

/// What of the settings matters for reading.
pub(super) struct Us {
    /// The owner of parts that do not say whose they are.
    pub(super) user: String,
    pub(super) answers_any_post: bool,
}

/// Reads all events of a body.
pub(super) fn parse(body: &[u8], us: &Us) -> Result<Vec<Inbound>, Unreadable> {
    let root: Root<'_> = serde_json::from_slice(body).map_err(|error| {
        let why = if error.is_data() { "no object" } else { "not JSON" };
        Unreadable { why: why.to_owned() }
    })?;
    let mut events = Vec::new();
    if let Some(data) = root.get("data").filter(|data| data.get() != "null") {
        // One event so far; a list of them would be read as well.
        items(data, |one| events.extend(activity::read(us, one)));
        if events.is_empty() {
            events = activity::read(us, data);
        }
    }
    events.extend(account_activity::read(us, &root, body));
    if events.is_empty() {
        return Err(Unreadable { why: "neither of the two envelopes".to_owned() });
    }
    Ok(events)
}

/// A part that is kept for a person to see.
pub(super) struct Kept<'a> {
    pub(super) owner: &'a str,
    /// What it called itself.
    pub(super) kind: &'a str,
    /// The part as a body of its own, so that it can be read again as it came.
    pub(super) body: String,
    /// The part as it came.
    pub(super) part: &'a str,
}

impl Kept<'_> {
    pub(super) fn event(self) -> Event {
        Event {
            id: named("unknown", &[self.owner, self.kind, self.part]),
            at: Moment::default(),
            place: Place::Account,
            what: What::Unknown { kind: self.kind.to_owned(), raw: self.body },
        }
    }

    pub(super) fn inbound(self) -> Inbound {
        Inbound { owner: self.owner.to_owned(), event: self.event() }
    }
}

/// A name for what has no id, made of all that identifies it.
pub(super) fn named(kind: &str, parts: &[&str]) -> String {
    format!("{kind}:{:016x}", digest(parts))
}
