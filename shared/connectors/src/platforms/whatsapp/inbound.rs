//! The envelope: every entry, change, message and status of one POST, each on its own, none able to fail the others.

use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{Moment, digest};
use serde::Deserialize;

use super::part::{Contact, Read, thread};
use super::{message, status};
use crate::json::{Json, Part, Parts};
use crate::meta::envelope::entries;
use crate::meta::wire::{Id, Time, lenient};
use crate::{Inbound, Unreadable};

#[derive(Deserialize)]
struct Metadata {
    #[serde(default, deserialize_with = "lenient")]
    phone_number_id: Option<Id>,
}

/// Fields that never become a ticket, and what they count as. `history` repeats up to six months of old messages when a
/// number joins: they were dealt with before.
const SIGNALS: [(&str, &str); 8] = [
    ("history", "history"),
    ("smb_app_state_sync", "state_sync"),
    ("user_preferences", "preference"),
    ("message_template_status_update", "template"),
    ("message_template_quality_update", "template"),
    ("message_template_components_update", "template"),
    ("template_category_update", "template"),
    ("tracking_events", "tracking"),
];

/// What reads a part of a list.
type ReadPart = fn(&Around, Part<'_>) -> Read<Event>;

/// The lists of a change, which are read member by member; `None` if one of them is none.
fn lists(value: Part<'_>) -> Option<[(&'static str, Parts<'_>, ReadPart); 5]> {
    let list = |name: &'static str, read: ReadPart| Some((name, value.list(name)?, read));
    Some([
        list("messages", message::read)?,
        list("message_echoes", message::read_echo)?,
        list("statuses", status::read)?,
        list("user_id_update", renamed)?,
        list("errors", |_, _| Err("errors".to_owned()))?,
    ])
}

/// What a part needs to know of the webhook around it.
pub(super) struct Around {
    /// The phone number's id: whose event it is.
    pub(super) number: String,
    pub(super) contacts: Vec<Contact>,
    pub(super) sent_at: Moment,
}

/// Reads all events of a body. `own_number` is the owner of parts that do not say whose they are.
pub(super) fn parse(body: &[u8], own_number: &str) -> Result<Vec<Inbound>, Unreadable> {
    let json = Json::of(body).map_err(|_| Unreadable { why: "not JSON".to_owned() })?;
    Ok(entries(&json)?.flat_map(|raw| entry(raw, own_number)).collect())
}

fn entry(raw: Part<'_>, own_number: &str) -> Vec<Inbound> {
    let Some(changes) = raw.list("changes").filter(|changes| !changes.is_empty()) else {
        let kept = Kept { entry: raw.raw().to_owned(), kind: "entry", sent_at: Moment::default() };
        return vec![kept.inbound(own_number)];
    };
    let time = raw.get("time").and_then(|time| time.read::<Time>().ok());
    let frame = Frame {
        business: raw.get("id").and_then(|id| id.read::<Id>().ok()).map_or_else(String::new, |id| id.0),
        sent_at: time.map_or(Moment::default(), |time| time.0),
        own_number,
    };
    changes.flat_map(|raw| frame.change(raw)).collect()
}

struct Frame<'a> {
    business: String,
    sent_at: Moment,
    own_number: &'a str,
}

impl Frame<'_> {
    fn change(&self, raw: Part<'_>) -> Vec<Inbound> {
        let (Some(field), Some(value)) = (raw.get("field").and_then(Part::text), raw.get("value")) else {
            return vec![self.kept("changes", raw.raw()).inbound(self.own_number)];
        };
        let whole = || vec![self.kept(&field, raw.raw()).inbound(self.own_number)];
        let Some(lists) = lists(value) else { return whole() };
        let around = self.around(value);
        if let Some((_, name)) = SIGNALS.iter().find(|(signal, _)| *signal == field) {
            let id = format!("{name}:{:016x}", digest(&[&around.number, raw.raw()]));
            let what = What::Signal { name: (*name).to_owned() };
            let event = Event { id, at: around.sent_at, place: Place::Account, what };
            return vec![Inbound { owner: around.number, event }];
        }
        let mut found = Vec::new();
        for (list, parts, read) in lists {
            for part in parts {
                let owner = around.number.clone();
                found.push(match read(&around, part) {
                    Ok(event) => Inbound { owner, event },
                    Err(kind) => self.kept(&kind, &alone(&field, value, list, part)).inbound(&owner),
                });
            }
        }
        if found.is_empty() { whole() } else { found }
    }

    fn around(&self, value: Part<'_>) -> Around {
        let metadata = value.get("metadata").and_then(|metadata| metadata.read::<Metadata>().ok());
        let number = metadata.and_then(|metadata| metadata.phone_number_id).map(|id| id.0);
        let contacts = value.list("contacts").unwrap_or_default();
        Around {
            number: number.filter(|id| !id.is_empty()).unwrap_or_else(|| self.own_number.to_owned()),
            contacts: contacts.filter_map(|contact| contact.read().ok()).collect(),
            sent_at: self.sent_at,
        }
    }

    fn kept<'k>(&self, kind: &'k str, change: &str) -> Kept<'k> {
        let business = serde_json::Value::from(self.business.as_str());
        let entry = format!(r#"{{"id":{business},"time":{},"changes":[{change}]}}"#, self.sent_at.0);
        Kept { entry, kind, sent_at: self.sent_at }
    }
}

/// The change with this one part of it.
fn alone(field: &str, value: Part<'_>, list: &str, part: Part<'_>) -> String {
    let field = serde_json::Value::from(field);
    let mut around = String::new();
    for name in ["metadata", "contacts"] {
        if let Some(part) = value.get(name) {
            around.push_str(&format!(r#""{name}":{},"#, part.raw()));
        }
    }
    let part = part.raw();
    format!(r#"{{"field":{field},"value":{{"messaging_product":"whatsapp",{around}"{list}":[{part}]}}}}"#)
}

/// What a person must see: kept as a body of its own, so that it can be read again as it came.
struct Kept<'a> {
    entry: String,
    kind: &'a str,
    sent_at: Moment,
}

impl Kept<'_> {
    fn inbound(self, owner: &str) -> Inbound {
        let event = Event {
            id: format!("unknown:{:016x}", digest(&[owner, self.kind, &self.entry])),
            at: self.sent_at,
            place: Place::Account,
            what: What::Unknown {
                kind: self.kind.to_owned(),
                raw: format!(r#"{{"object":"whatsapp_business_account","entry":[{}]}}"#, self.entry),
            },
        };
        Inbound { owner: owner.to_owned(), event }
    }
}

/// A member of `user_id_update`: the same news as the system message `user_changed_user_id`, under the same name.
fn renamed(around: &Around, raw: Part<'_>) -> Read<Event> {
    #[derive(Deserialize)]
    struct Update {
        user_id: Ids,
        #[serde(default, deserialize_with = "lenient")]
        timestamp: Option<Time>,
    }
    #[derive(Deserialize)]
    struct Ids {
        previous: Id,
        current: Id,
    }
    let update: Update = raw.read().map_err(|_| "user_id_update".to_owned())?;
    let at = update.timestamp.map_or(around.sent_at, |time| time.0);
    rename(&update.user_id.previous.0, &update.user_id.current.0, at)
        .ok_or_else(|| "user_id_update".to_owned())
}

/// The customer has another id from now on.
pub(super) fn rename(from: &str, to: &str, at: Moment) -> Option<Event> {
    if from.is_empty() || to.is_empty() || from == to {
        return None;
    }
    let id = format!("renamed:{:016x}", digest(&[from, to]));
    Some(Event { id, at, place: thread(from), what: What::Renamed { to: to.to_owned(), other_ticket: None } })
}
