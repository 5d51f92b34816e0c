//! The envelope: every entry, change, message and status of one POST, each on its own, none able to fail the others.

use std::borrow::Cow;

use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{Moment, digest};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::part::{Contact, Raws, Read, filled, thread};
use super::{message, status};
use crate::meta::wire::{Id, Time, lenient};
use crate::{Inbound, Unreadable};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    entry: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    time: Option<Time>,
    #[serde(borrow)]
    changes: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    field: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// What stands in a change. Every list is read member by member.
#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    contacts: Option<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Raws<'a>,
    #[serde(borrow, default)]
    message_echoes: Raws<'a>,
    #[serde(borrow, default)]
    statuses: Raws<'a>,
    #[serde(borrow, default)]
    user_id_update: Raws<'a>,
    #[serde(borrow, default)]
    errors: Raws<'a>,
}

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

/// What a part needs to know of the webhook around it.
pub(super) struct Around {
    /// The phone number's id: whose event it is.
    pub(super) number: String,
    pub(super) contacts: Vec<Contact>,
    pub(super) sent_at: Moment,
}

/// Reads all events of a body. `own_number` is the owner of parts that do not say whose they are.
pub(super) fn parse(body: &[u8], own_number: &str) -> Result<Vec<Inbound>, Unreadable> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        let why = if error.is_data() { "no list of entries" } else { "not JSON" };
        Unreadable { why: why.to_owned() }
    })?;
    if envelope.entry.is_empty() {
        return Err(Unreadable { why: "an empty list of entries".to_owned() });
    }
    Ok(envelope.entry.into_iter().flat_map(|raw| entry(raw, own_number)).collect())
}

fn entry(raw: &RawValue, own_number: &str) -> Vec<Inbound> {
    let read = serde_json::from_str::<Entry<'_>>(raw.get()).ok().filter(|entry| !entry.changes.is_empty());
    let Some(entry) = read else {
        let kept = Kept { entry: raw.get().to_owned(), kind: "entry", sent_at: Moment::default() };
        return vec![kept.inbound(own_number)];
    };
    let frame = Frame {
        business: filled(entry.id.as_ref()).unwrap_or_default().to_owned(),
        sent_at: entry.time.map_or(Moment::default(), |time| time.0),
        own_number,
    };
    entry.changes.iter().flat_map(|raw| frame.change(raw)).collect()
}

struct Frame<'a> {
    business: String,
    sent_at: Moment,
    own_number: &'a str,
}

impl Frame<'_> {
    fn change(&self, raw: &RawValue) -> Vec<Inbound> {
        let Ok(change) = serde_json::from_str::<Change<'_>>(raw.get()) else {
            return vec![self.kept("changes", raw.get()).inbound(self.own_number)];
        };
        let whole = || vec![self.kept(&change.field, raw.get()).inbound(self.own_number)];
        let Ok(value) = serde_json::from_str::<Value<'_>>(change.value.get()) else { return whole() };
        let around = self.around(&value);
        if let Some((_, name)) = SIGNALS.iter().find(|(field, _)| *field == change.field) {
            let id = format!("{name}:{:016x}", digest(&[&around.number, raw.get()]));
            let what = What::Signal { name: (*name).to_owned() };
            let event = Event { id, at: around.sent_at, place: Place::Account, what };
            return vec![Inbound { owner: around.number, event }];
        }
        let found = self.parts(&change.field, &value, &around);
        if found.is_empty() { whole() } else { found }
    }

    fn around(&self, value: &Value<'_>) -> Around {
        let metadata = value.metadata.and_then(|raw| serde_json::from_str::<Metadata>(raw.get()).ok());
        let number = metadata.and_then(|metadata| metadata.phone_number_id).map(|id| id.0);
        let contacts = value.contacts.and_then(|raw| serde_json::from_str::<Vec<&RawValue>>(raw.get()).ok());
        let contacts = contacts.into_iter().flatten();
        Around {
            number: number.filter(|id| !id.is_empty()).unwrap_or_else(|| self.own_number.to_owned()),
            contacts: contacts.filter_map(|raw| serde_json::from_str(raw.get()).ok()).collect(),
            sent_at: self.sent_at,
        }
    }

    fn parts(&self, field: &str, value: &Value<'_>, around: &Around) -> Vec<Inbound> {
        type ReadPart = fn(&Around, &RawValue) -> Read<Event>;
        let lists: [(&str, &Raws<'_>, ReadPart); 5] = [
            ("messages", &value.messages, message::read),
            ("message_echoes", &value.message_echoes, message::read_echo),
            ("statuses", &value.statuses, status::read),
            ("user_id_update", &value.user_id_update, renamed),
            ("errors", &value.errors, |_, _| Err("errors".to_owned())),
        ];
        let mut found = Vec::new();
        for (name, list, read) in lists {
            for part in list.iter().flatten() {
                let owner = around.number.clone();
                found.push(match read(around, part) {
                    Ok(event) => Inbound { owner, event },
                    Err(kind) => self.kept(&kind, &alone(field, value, name, part)).inbound(&owner),
                });
            }
        }
        found
    }

    fn kept<'k>(&self, kind: &'k str, change: &str) -> Kept<'k> {
        let business = serde_json::Value::from(self.business.as_str());
        let entry = format!(r#"{{"id":{business},"time":{},"changes":[{change}]}}"#, self.sent_at.0);
        Kept { entry, kind, sent_at: self.sent_at }
    }
}

/// The change with this one part of it.
fn alone(field: &str, value: &Value<'_>, list: &str, part: &RawValue) -> String {
    let field = serde_json::Value::from(field);
    let mut around = String::new();
    for (name, raw) in [("metadata", value.metadata), ("contacts", value.contacts)] {
        if let Some(raw) = raw {
            around.push_str(&format!(r#""{name}":{},"#, raw.get()));
        }
    }
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
fn renamed(around: &Around, raw: &RawValue) -> Read<Event> {
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
    let update: Update = serde_json::from_str(raw.get()).map_err(|_| "user_id_update".to_owned())?;
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
