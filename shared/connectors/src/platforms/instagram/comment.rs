//! Comments under posts, reels and ads, and those of live broadcasts.

use deskbridge_core::model::{Attachment, Event, Message, OwnMessage, Person, Place, Surface, Thread, What};
use serde::Deserialize;

use super::address;
use crate::json::Part;
use crate::meta::envelope::Origin;
use crate::meta::wire::{Id, Time, lenient};

/// What a customer said must be readable; the rest is taken if it is.
#[derive(Deserialize)]
struct Value {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    /// So one of Meta's samples calls it.
    #[serde(default, deserialize_with = "lenient")]
    comment_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    from: Option<From>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media: Option<Media>,
    #[serde(default, deserialize_with = "lenient")]
    parent_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    timestamp: Option<Time>,
}

#[derive(Deserialize)]
struct From {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
    /// Only of the connected account itself.
    #[serde(default, deserialize_with = "lenient")]
    self_ig_scoped_id: Option<Id>,
}

#[derive(Deserialize)]
struct Media {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    media_product_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    ad_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    ad_title: Option<String>,
}

/// Reads one comment; `None`: not understood. `live`: it was made during a live broadcast.
pub(super) fn read(origin: &Origin<'_>, raw: Part<'_>, live: bool) -> Option<Event> {
    let value: Value = raw.read().ok()?;
    let id = filled(value.id.as_ref()).or(filled(value.comment_id.as_ref()))?.to_owned();
    let at = value.timestamp.map_or(origin.sent_at, |time| time.0);
    let (place, what) = if value.is_own(origin.account) {
        value.own(&id)
    } else {
        (value.place(&id), What::Message(value.message(&id, live)))
    };
    Some(Event { id: format!("comment:{id}"), at, place, what })
}

fn filled(id: Option<&Id>) -> Option<&str> {
    id.map(|id| id.0.as_str()).filter(|id| !id.is_empty())
}

impl Value {
    fn author(&self) -> Option<&str> {
        filled(self.from.as_ref()?.id.as_ref())
    }

    fn media(&self) -> Option<&str> {
        filled(self.media.as_ref()?.id.as_ref())
    }

    fn is_own(&self, account: &str) -> bool {
        let marked = self.from.as_ref().is_some_and(|from| from.self_ig_scoped_id.is_some());
        marked || self.author() == Some(account)
    }

    /// An own reply belongs to the conversation of whom it is addressed to: by name, else the author of the comment above.
    /// An own comment under a post belongs to nobody's.
    fn own(&self, id: &str) -> (Place, What) {
        let Some(parent) = filled(self.parent_id.as_ref()) else {
            return (Place::Account, What::Signal { name: "own_comment".to_owned() });
        };
        let text = self.text.as_deref().unwrap_or_default();
        let message = match address::taken_apart(text) {
            Some((name, _)) => format!("{parent}@{name}"),
            None => parent.to_owned(),
        };
        let own = OwnMessage {
            id: id.to_owned(),
            text: address::bare(text).to_owned(),
            handle: None,
            attachments: Vec::new(),
        };
        (Place::Beside { message }, What::Own(own))
    }

    /// Where author or post are not told, Instagram has to be asked.
    fn place(&self, id: &str) -> Place {
        match (self.author(), self.media()) {
            (Some(author), Some(media)) => Place::Thread(Thread {
                surface: Surface::Public,
                post: media.to_owned(),
                customer: author.to_owned(),
            }),
            _ => Place::Beside { message: id.to_owned() },
        }
    }

    fn message(&self, id: &str, live: bool) -> Message {
        let name = self.from.as_ref().and_then(|from| from.username.clone());
        let text = self.text.clone().unwrap_or_default();
        // A picture or sticker, which Instagram does not describe.
        let silent = text.trim().is_empty();
        let placeholder = Attachment { kind: "unsupported".to_owned(), url: None, title: None, file: None };
        Message {
            id: id.to_owned(),
            author: Person {
                id: self.author().unwrap_or_default().to_owned(),
                name: name.filter(|name| !name.trim().is_empty()),
            },
            text,
            attachments: silent.then_some(placeholder).into_iter().collect(),
            permalink: None,
            parent: filled(self.parent_id.as_ref()).or(self.media()).map(str::to_owned),
            context: self.context(live),
        }
    }

    fn context(&self, live: bool) -> Option<String> {
        if live {
            return Some("during a live broadcast, where comments cannot be answered by API".to_owned());
        }
        let media = self.media.as_ref()?;
        let ad = |name: &str| format!("under the ad {name}");
        if let Some(title) = &media.ad_title {
            return Some(ad(&format!("\"{title}\"")));
        }
        if let Some(id) = filled(media.ad_id.as_ref()) {
            return Some(ad(id));
        }
        match media.media_product_type.as_deref()? {
            "AD" => Some("under an ad".to_owned()),
            "REELS" => Some("under a reel".to_owned()),
            "STORY" => Some("under a story".to_owned()),
            _ => None,
        }
    }
}
