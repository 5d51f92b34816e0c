//! The body of a webhook: the X Activity API's envelope, the older Account Activity envelope, or both on one door.

use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{Moment, digest};

use super::{account_activity, activity};
use crate::json::Json;
use crate::{Inbound, Unreadable};

/// What of the settings matters for reading.
pub(super) struct Us {
    /// The owner of parts that do not say whose they are.
    pub(super) user: String,
    pub(super) answers_any_post: bool,
}

/// Reads all events of a body.
pub(super) fn parse(body: &[u8], us: &Us) -> Result<Vec<Inbound>, Unreadable> {
    let json = Json::of(body).map_err(|_| unreadable("not JSON"))?;
    let root = json.root();
    if !root.is_object() {
        return Err(unreadable("no object"));
    }
    let mut events = Vec::new();
    for data in root.under("data").filter(|data| !data.is_null()) {
        // One event so far; a list of them would be read as well.
        match data.items().filter(|items| !items.is_empty()) {
            Some(items) => events.extend(items.flat_map(|one| activity::read(us, one))),
            None => events.extend(activity::read(us, data)),
        }
    }
    events.extend(account_activity::read(us, root));
    if events.is_empty() {
        return Err(unreadable("neither of the two envelopes"));
    }
    Ok(events)
}

fn unreadable(why: &str) -> Unreadable {
    Unreadable { why: why.to_owned() }
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
