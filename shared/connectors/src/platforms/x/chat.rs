//! X Chat: end-to-end encrypted messages. The bridge has no key, so agents are told that there is one and where to read it.

use deskbridge_core::model::{Attachment, Event, Message, OwnMessage, Person, Place, Surface, Thread, What};
use serde::Deserialize;

use super::direct::permalink;
use super::post::signal;
use super::wire::{Id, Time, lenient, made_at};
use crate::json::Part;

/// What the ids of encrypted messages begin with in the bridge, so that a reply to one is known as such.
const ENCRYPTED: &str = "chat:";

/// The word for an encrypted message in tickets.
const KIND: &str = "encrypted message, open in X";

#[derive(Deserialize)]
struct Encrypted {
    id: Id,
    sender_id: Id,
    #[serde(default, deserialize_with = "lenient")]
    conversation_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    created_at_msec: Option<Time>,
}

/// Whether a message id of ours names an encrypted message.
pub(super) fn is_encrypted(id: &str) -> bool {
    id.starts_with(ENCRYPTED)
}

/// One encrypted message; `None` if not even its sender is told.
pub(super) fn read(owner: &str, payload: Part<'_>) -> Option<Event> {
    let message: Encrypted = payload.read().ok()?;
    let id = format!("{ENCRYPTED}{}", message.id.0);
    let at = made_at(&message.id.0, message.created_at_msec);
    let own = message.sender_id.0 == owner;
    let customer = if own { message.partner(owner) } else { Some(message.sender_id.0.as_str()) };
    let Some(customer) = customer else {
        // Written by us into a group, which is nobody's conversation.
        return Some(Event { id, at, place: Place::Account, what: signal("own_group_message") });
    };
    let permalink = permalink(owner, customer);
    let attachments =
        vec![Attachment { kind: KIND.to_owned(), url: Some(permalink.clone()), title: None, file: None }];
    let what = if own {
        What::Own(OwnMessage { id: id.clone(), text: String::new(), handle: None, attachments })
    } else {
        What::Message(Message {
            id: id.clone(),
            author: Person { id: customer.to_owned(), name: None },
            text: String::new(),
            attachments,
            permalink: Some(permalink),
            parent: None,
            context: Some("Encrypted end to end: it can only be read and answered in X itself.".to_owned()),
        })
    };
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: customer.to_owned() };
    Some(Event { id, at, place: Place::Thread(thread), what })
}

impl Encrypted {
    /// The other one of a conversation of two, which is named by both ids.
    fn partner(&self, owner: &str) -> Option<&str> {
        let (one, other) = self.conversation_id.as_ref()?.0.split_once([':', '-'])?;
        match (one == owner, other == owner) {
            (true, false) => Some(other),
            (false, true) => Some(one),
            _ => None,
        }
    }
}
