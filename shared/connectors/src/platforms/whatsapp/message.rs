//! `messages` and `message_echoes`: who wrote what to whom.

use deskbridge_core::Moment;
use deskbridge_core::model::{Event, Message, OwnMessage, Person, What};
use serde::Deserialize;

use super::content::{self, Content};
use super::inbound::{Around, rename};
use super::part::{Contact, Read, chat, filled, thread};
use crate::json::Part;
use crate::meta::wire::{Id, Time, lenient};

/// What every message has, whatever its type.
#[derive(Deserialize)]
struct Frame {
    id: Id,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "lenient")]
    timestamp: Option<Time>,
    #[serde(default, deserialize_with = "lenient")]
    from: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    from_user_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    to: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    to_user_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    group_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    context: Option<ReplyTo>,
    #[serde(default, deserialize_with = "lenient")]
    referral: Option<content::Referral>,
    #[serde(default, deserialize_with = "lenient")]
    edit: Option<Original>,
    #[serde(default, deserialize_with = "lenient")]
    revoke: Option<Original>,
    #[serde(default, deserialize_with = "lenient")]
    system: Option<System>,
}

#[derive(Deserialize)]
struct ReplyTo {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default)]
    forwarded: bool,
    #[serde(default)]
    frequently_forwarded: bool,
    #[serde(default, deserialize_with = "lenient")]
    referred_product: Option<Product>,
}

#[derive(Deserialize)]
struct Product {
    #[serde(default, deserialize_with = "lenient")]
    product_retailer_id: Option<String>,
}

#[derive(Deserialize)]
struct Original {
    original_message_id: Id,
}

#[derive(Deserialize)]
struct System {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    user_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    previous_user_id: Option<Id>,
    #[serde(default, alias = "new_wa_id", deserialize_with = "lenient")]
    wa_id: Option<Id>,
}

/// Reads one message of a customer. The error is the name under which it goes into quarantine.
pub(super) fn read(around: &Around, raw: Part<'_>) -> Read<Event> {
    let frame: Frame = raw.read().map_err(|_| "messages".to_owned())?;
    let kind = format!("messages/{}", frame.kind);
    let at = frame.timestamp.map_or(around.sent_at, |time| time.0);
    let contact = frame.contact(around);
    let found = match frame.kind.as_str() {
        "system" => frame.system(at),
        "reaction" => frame.signal("reaction", at, contact),
        "request_welcome" => frame.signal("welcome", at, contact),
        "revoke" => frame.revoked(at, contact),
        "edit" => frame.edited(raw, at, contact),
        _ => frame.message(raw, at, contact),
    };
    found.ok_or(kind)
}

/// Reads one message that a colleague wrote in WhatsApp's own app.
pub(super) fn read_echo(around: &Around, raw: Part<'_>) -> Read<Event> {
    let frame: Frame = raw.read().map_err(|_| "message_echoes".to_owned())?;
    frame.echo(around, raw).ok_or_else(|| format!("message_echoes/{}", frame.kind))
}

impl Frame {
    fn phone(&self) -> Option<&str> {
        filled(self.from.as_ref())
    }

    /// The contact of this message: by an id, or the only one there is.
    fn contact<'a>(&self, around: &'a Around) -> Option<&'a Contact> {
        let user_id = filled(self.from_user_id.as_ref());
        let known = around.contacts.iter().find(|contact| contact.is(user_id, self.phone()));
        let only = match around.contacts.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        known.or(only)
    }

    /// The stable id of the customer: the one scoped to the business where there is one, because phone numbers may be hidden.
    fn customer<'a>(&'a self, contact: Option<&'a Contact>) -> Option<&'a str> {
        let user_id = filled(self.from_user_id.as_ref());
        user_id.or_else(|| contact.and_then(Contact::user_id)).or(self.phone())
    }

    fn message(&self, raw: Part<'_>, at: Moment, contact: Option<&Contact>) -> Option<Event> {
        let content = content::read(&self.kind, raw)?;
        let said = self.said(self.id.0.clone(), content, contact)?;
        let place = thread(&said.author.id);
        Some(Event { id: format!("message:{}", self.id), at, place, what: What::Message(said) })
    }

    fn edited(&self, raw: Part<'_>, at: Moment, contact: Option<&Contact>) -> Option<Event> {
        let edit = self.edit.as_ref()?;
        let new = raw.get("edit")?.get("message")?;
        let content = content::read(&new.get("type")?.text()?, new)?;
        let said = self.said(edit.original_message_id.0.clone(), content, contact)?;
        let place = thread(&said.author.id);
        Some(Event { id: format!("edit:{}", self.id), at, place, what: What::Edited(said) })
    }

    fn revoked(&self, at: Moment, contact: Option<&Contact>) -> Option<Event> {
        let message = self.revoke.as_ref()?.original_message_id.0.clone();
        let place = thread(self.customer(contact)?);
        Some(Event { id: format!("revoke:{}", self.id), at, place, what: What::Removed { message } })
    }

    fn signal(&self, name: &str, at: Moment, contact: Option<&Contact>) -> Option<Event> {
        let place = thread(self.customer(contact)?);
        let what = What::Signal { name: name.to_owned() };
        Some(Event { id: format!("{name}:{}", self.id), at, place, what })
    }

    /// News about the customer themselves. A changed phone number matters only to whom we know by the number.
    fn system(&self, at: Moment) -> Option<Event> {
        let system = self.system.as_ref()?;
        match system.kind.as_deref()? {
            "user_changed_user_id" => {
                rename(filled(system.previous_user_id.as_ref())?, filled(system.user_id.as_ref())?, at)
            }
            "user_changed_number" | "customer_changed_number" => {
                match (filled(self.from_user_id.as_ref()), self.phone(), filled(system.wa_id.as_ref())) {
                    (None, Some(from), Some(to)) => rename(from, to, at),
                    _ => self.signal("changed_number", at, None),
                }
            }
            "customer_identity_changed" => self.signal("identity_changed", at, None),
            _ => None,
        }
    }

    fn said(&self, id: String, content: Content, contact: Option<&Contact>) -> Option<Message> {
        let author = Person { id: self.customer(contact)?.to_owned(), name: contact.and_then(Contact::name) };
        let context = self.context(content.context);
        Some(Message {
            id,
            author,
            text: content.text,
            attachments: content.attachments,
            permalink: chat(self.phone()),
            parent: self.context.as_ref().and_then(|to| filled(to.id.as_ref())).map(str::to_owned),
            context: (!context.is_empty()).then(|| context.join("; ")),
        })
    }

    fn context(&self, mut words: Vec<String>) -> Vec<String> {
        if let Some(to) = &self.context {
            if to.forwarded || to.frequently_forwarded {
                words.push("forwarded".to_owned());
            }
            let product =
                to.referred_product.as_ref().and_then(|product| product.product_retailer_id.as_ref());
            words.extend(product.map(|product| format!("asks about the product {product}")));
        }
        words.extend(self.referral.as_ref().map(content::Referral::words));
        if filled(self.group_id.as_ref()).is_some() {
            words.push("written in a group; a reply goes to this person alone".to_owned());
        }
        words
    }

    fn echo(&self, around: &Around, raw: Part<'_>) -> Option<Event> {
        let at = self.timestamp.map_or(around.sent_at, |time| time.0);
        let customer = filled(self.to_user_id.as_ref()).or(filled(self.to.as_ref()))?;
        let place = thread(customer);
        if matches!(self.kind.as_str(), "edit" | "revoke" | "reaction") {
            let what = What::Signal { name: format!("own_{}", self.kind) };
            return Some(Event { id: format!("own_{}:{}", self.kind, self.id), at, place, what });
        }
        let content = content::read(&self.kind, raw)?;
        let id = self.id.0.clone();
        let own = OwnMessage { id, text: content.text, handle: None, attachments: content.attachments };
        Some(Event { id: format!("message:{}", self.id), at, place, what: What::Own(own) })
    }
}
