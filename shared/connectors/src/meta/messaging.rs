//! The direct side: the items of `messaging` and `standby`.

use deskbridge_core::effect::EffectId;
use deskbridge_core::model::{
    Event, Fate, Message, OwnMessage, Person, Place, Report, Surface, Thread, What,
};
use deskbridge_core::{Moment, digest};
use serde::Deserialize;

use super::envelope::Origin;
use super::messaging_item::{Body, Edit, OptIn, Postback, Receipt, Referral};
use super::wire::{Id, Time, lenient};
use crate::json::Part;

/// Receipts and such: never a ticket. In the order in which they are looked for.
const SIGNALS: [(&str, &str); 8] = [
    ("reaction", "reaction"),
    ("delivery", "delivery"),
    ("read", "read"),
    ("pass_thread_control", "thread_control"),
    ("take_thread_control", "thread_control"),
    ("request_thread_control", "thread_control"),
    ("app_roles", "thread_control"),
    ("typing", "typing"),
];

#[derive(Deserialize)]
struct Parties {
    #[serde(default, deserialize_with = "lenient")]
    sender: Option<Party>,
    #[serde(default, deserialize_with = "lenient")]
    recipient: Option<Party>,
    #[serde(default, deserialize_with = "lenient")]
    timestamp: Option<Time>,
}

#[derive(Deserialize)]
struct Party {
    id: Id,
}

/// Reads one item. The error is the name under which it goes into quarantine: everything that is not understood, and
/// `policy-enforcement` (Meta has restricted the page), because a person has to act on that.
pub(crate) fn read(origin: &Origin<'_>, raw: Part<'_>, standby: bool) -> Result<Event, String> {
    let parties: Parties = raw.read().map_err(|_| "messaging".to_owned())?;
    let item = Item::new(origin, &parties, standby);
    let has = |name: &str| raw.has(name);
    let found = match () {
        () if has("message") => part(raw, "message").and_then(|body| item.message(body)),
        () if has("message_edit") => part(raw, "message_edit").and_then(|edit| item.edit(edit)),
        () if has("postback") => part(raw, "postback").and_then(|button| item.postback(&button)),
        () if has("referral") => {
            part(raw, "referral").and_then(|from: Referral| item.activity("referral", from.words()))
        }
        () if has("optin") => {
            part(raw, "optin").and_then(|optin: OptIn| item.activity("optin", optin.words()))
        }
        () if has("delivery") => {
            let found = part(raw, "delivery").and_then(|receipt| item.receipt(receipt, Fate::Delivered));
            found.or_else(|| item.signal(raw))
        }
        () if has("read") => {
            let found = part(raw, "read").and_then(|receipt| item.receipt(receipt, Fate::Read));
            found.or_else(|| item.signal(raw))
        }
        () => item.signal(raw),
    };
    found.ok_or_else(|| kind(raw))
}

fn part<'a, T: Deserialize<'a>>(item: Part<'a>, name: &str) -> Option<T> {
    item.get(name)?.read().ok()
}

/// The item's own name: its first field, by the alphabet, that is not part of the frame.
fn kind(item: Part<'_>) -> String {
    let frame = ["sender", "recipient", "timestamp"];
    let names = item.fields().filter_map(|(name, _)| name.text());
    let name = names.filter(|name| !frame.contains(&name.as_ref())).min();
    name.map_or_else(|| "messaging".to_owned(), |name| format!("messaging/{name}"))
}

struct Item<'a> {
    account: &'a str,
    /// Who wrote to us, or whom we wrote to.
    customer: Option<String>,
    recipient: Option<String>,
    own: bool,
    at: Moment,
    standby: bool,
}

impl<'a> Item<'a> {
    fn new(origin: &Origin<'a>, parties: &Parties, standby: bool) -> Self {
        let id = |party: &Option<Party>| party.as_ref().map(|party| party.id.0.clone());
        let (sender, recipient) = (id(&parties.sender), id(&parties.recipient));
        let own = sender.as_deref() == Some(origin.account);
        let customer = if own { recipient.clone() } else { sender };
        let customer = customer.filter(|id| !id.is_empty() && id != origin.account);
        let at = parties.timestamp.map_or(origin.sent_at, |time| time.0);
        Self { account: origin.account, customer, recipient, own, at, standby }
    }

    fn message(mut self, body: Body) -> Option<Event> {
        let mid = body.mid.as_ref().map(|mid| mid.0.clone()).filter(|mid| !mid.is_empty())?;
        if body.is_self {
            let what = What::Signal { name: "self_message".to_owned() };
            let id = format!("self:{mid}:{}", body.is_echo);
            return Some(Event { id, at: self.at, place: Place::Account, what });
        }
        if body.is_echo && !self.own {
            self.own = true;
            self.customer = self.recipient.take();
        }
        if body.is_deleted {
            return self.event(format!("unsent:{mid}"), What::Removed { message: mid });
        }
        let what = if self.own {
            What::Own(OwnMessage {
                attachments: body.attachments(),
                handle: body.metadata.filter(|handle| EffectId::parse(handle).is_some()),
                text: body.text.unwrap_or_default(),
                id: mid.clone(),
            })
        } else {
            What::Message(Message {
                attachments: body.attachments(),
                parent: body.reply_to.as_ref().and_then(|to| to.mid.as_ref()).map(|mid| mid.0.clone()),
                context: self.context(body.context()),
                text: body.text.unwrap_or_default(),
                ..self.said(mid.clone())?
            })
        };
        self.event(format!("message:{mid}"), what)
    }

    fn edit(self, edit: Edit) -> Option<Event> {
        let mid = edit.mid.0;
        // Meta has sent the count of edits as a number and as text.
        let count = edit.num_edit.map_or_else(|| self.at.0.to_string(), |count| count.0);
        let id = format!("edit:{mid}:{count}");
        if self.own {
            return self.event(id, What::Signal { name: "own_edit".to_owned() });
        }
        let context = self.context(Vec::new());
        let edited = Message { text: edit.text, context, ..self.said(mid)? };
        self.event(id, What::Edited(edited))
    }

    fn postback(self, button: &Postback) -> Option<Event> {
        let id = match &button.mid {
            Some(mid) => mid.0.clone(),
            None => self.made_up_id("postback"),
        };
        let context = self.context(button.context());
        let pressed = Message { text: button.words(), context, ..self.said(id.clone())? };
        self.event(format!("message:{id}"), What::Message(pressed))
    }

    fn activity(self, name: &str, words: String) -> Option<Event> {
        let id = self.made_up_id(name);
        let context = self.context(vec![words]);
        let what = What::Activity(Message { context, ..self.said(id.clone())? });
        self.event(id, what)
    }

    /// How far our messages got. Messenger tells a time, up to which everything got so far; Instagram names the message.
    fn receipt(&self, receipt: Receipt, fate: Fate) -> Option<Event> {
        let until = receipt.watermark.map(|time| time.0);
        let message = receipt.mid.map(|mid| mid.0).unwrap_or_default();
        if message.is_empty() && until.is_none() {
            return None;
        }
        let name = if fate == Fate::Read { "read" } else { "delivery" };
        let id =
            format!("{name}:{:016x}", digest(&[&self.made_up_id(name), &message, &format!("{until:?}")]));
        let until = until.filter(|_| message.is_empty());
        self.event(id, What::Report(Report { message, handle: None, fate, until }))
    }

    /// Something that is only counted. Without a customer (`app_roles`) it belongs to the page as a whole.
    fn signal(&self, item: Part<'_>) -> Option<Event> {
        let signal = |(key, name)| Some((key, name, item.get(key)?));
        let (key, name, part) = SIGNALS.into_iter().find_map(signal)?;
        let id = format!("{key}:{:016x}", digest(&[&self.made_up_id(key), part.raw()]));
        let place = self.place().unwrap_or(Place::Account);
        Some(Event { id, at: self.at, place, what: What::Signal { name: name.to_owned() } })
    }

    /// A message of the customer that says nothing yet.
    fn said(&self, id: String) -> Option<Message> {
        let author = Person { id: self.customer.clone()?, name: None };
        Some(Message {
            id,
            author,
            text: String::new(),
            attachments: Vec::new(),
            permalink: None,
            parent: None,
            context: None,
        })
    }

    fn context(&self, mut words: Vec<String>) -> Option<String> {
        if self.standby {
            words.push("another app holds this thread".to_owned());
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// For items without an id of their own.
    fn made_up_id(&self, name: &str) -> String {
        let customer = self.customer.as_deref().unwrap_or_default();
        format!("{name}:{:016x}", digest(&[self.account, name, customer, &self.at.0.to_string()]))
    }

    fn place(&self) -> Option<Place> {
        let customer = self.customer.clone()?;
        Some(Place::Thread(Thread { surface: Surface::Direct, post: String::new(), customer }))
    }

    fn event(&self, id: String, what: What) -> Option<Event> {
        Some(Event { id, at: self.at, place: self.place()?, what })
    }
}
