//! Mentions: somebody names the account in a caption or comment of their own. The webhook tells neither who nor what.

use deskbridge_core::model::{Event, Message, Person, Place, Surface, Thread, What};
use serde::Deserialize;

use crate::json::Part;
use crate::meta::envelope::Origin;
use crate::meta::settings::is_number;
use crate::meta::wire::{Id, lenient};

/// What a mention stands in. It is answered by another call than comments, which needs both ids, so both travel in the
/// message's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) media: String,
    pub(super) comment: Option<String>,
}

impl Mention {
    /// Reads a message's id; `None`: it is no mention.
    pub(super) fn parse(message: &str) -> Option<Self> {
        let rest = message.strip_prefix("mention-")?;
        let (media, comment) = match rest.split_once('-') {
            Some((media, comment)) => (media, Some(comment.to_owned())),
            None => (rest, None),
        };
        Some(Self { media: media.to_owned(), comment })
    }

    fn id(&self) -> String {
        match &self.comment {
            Some(comment) => format!("mention-{}-{comment}", self.media),
            None => format!("mention-{}", self.media),
        }
    }

    /// The conversation of a mention whose author is not told: one of its own, named by the message.
    pub(super) fn thread(&self) -> Thread {
        Thread { surface: Surface::Public, post: self.media.clone(), customer: self.id() }
    }
}

#[derive(Deserialize)]
struct Value {
    #[serde(default, deserialize_with = "lenient")]
    media_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    comment_id: Option<Id>,
}

/// Reads one mention; `None`: not understood.
///
/// A mention in a comment may be under a post of ours (uncertain whether Instagram tells those here too), so the API is asked
/// whose conversation it is.
pub(super) fn read(origin: &Origin<'_>, raw: Part<'_>) -> Option<Event> {
    let value: Value = raw.read().ok()?;
    let number = |id: &Option<Id>| id.as_ref().map(|id| id.0.clone()).filter(|id| is_number(id));
    let mention = Mention { media: number(&value.media_id)?, comment: number(&value.comment_id) };
    let id = mention.id();
    let (place, inside) = match mention.comment {
        Some(_) => (Place::Beside { message: id.clone() }, "comment"),
        None => (Place::Thread(mention.thread()), "caption"),
    };
    let message = Message {
        id: id.clone(),
        author: Person { id: String::new(), name: None },
        text: String::new(),
        attachments: Vec::new(),
        permalink: None,
        parent: None,
        context: Some(format!("mentions the account in a {inside}")),
    };
    Some(Event { id, at: origin.sent_at, place, what: What::Message(message) })
}
