//! The public side: what the fields `feed`, `mention` and `ratings` tell about posts and comments.

use deskbridge_core::model::{Event, Message, OwnMessage, Person, Place, Surface, Thread, What};
use deskbridge_core::{Moment, digest};

use super::feed_value::Value;
use crate::json::Part;
use crate::meta::envelope::Origin;

/// Items that are posts when somebody else publishes them on the page.
const POSTS: [&str; 7] = ["status", "post", "photo", "video", "link", "share", "note"];

/// Reads one change. The error is the name under which the change goes into quarantine.
pub(super) fn read(origin: &Origin<'_>, field: &str, raw: Part<'_>) -> Result<Event, String> {
    if !matches!(field, "feed" | "mention" | "ratings") {
        return Err(field.to_owned());
    }
    let value: Value = raw.read().map_err(|_| field.to_owned())?;
    let change = Change::new(origin, field, value);
    let found = match change.item.as_str() {
        "reaction" | "like" => Some((Place::Account, signal("reaction"))),
        "comment" => change.comment(),
        "rating" if field == "ratings" => change.review(),
        item if field == "mention" || POSTS.contains(&item) => change.post(),
        _ => None,
    };
    let Some((place, what)) = found else {
        return Err(format!("{field}/{}/{}", change.item, change.verb));
    };
    Ok(Event { id: change.event_id(&what), at: change.at(), place, what })
}

fn signal(name: &str) -> What {
    What::Signal { name: name.to_owned() }
}

struct Change<'a> {
    page: &'a str,
    sent_at: Moment,
    field: &'a str,
    item: String,
    verb: String,
    author: Option<Person>,
    /// Whether the page itself is the author.
    own: bool,
    value: Value,
}

impl<'a> Change<'a> {
    fn new(origin: &Origin<'a>, field: &'a str, mut value: Value) -> Self {
        let mention = field == "mention";
        let item = value.item.take().unwrap_or_else(|| {
            let comment = mention && value.comment_id().is_some();
            if comment { "comment" } else { "" }.to_owned()
        });
        let verb = value.verb.take().unwrap_or_else(|| if mention { "add" } else { "" }.to_owned());
        let author = value.author();
        let own = author.as_ref().is_some_and(|author| author.id == origin.account);
        Self { page: origin.account, sent_at: origin.sent_at, field, item, verb, author, own, value }
    }

    fn comment(&self) -> Option<(Place, What)> {
        let id = self.value.comment_id()?;
        let there = || self.place(id);
        Some(match (self.verb.as_str(), self.own) {
            ("add", true) => (self.beside_own(id), What::Own(self.own_message(id))),
            ("add", false) => (there(), What::Message(self.message(id))),
            ("edit" | "edited", true) => (self.beside_own(id), signal("own_edit")),
            ("edit" | "edited", false) => (there(), What::Edited(self.message(id))),
            ("remove" | "delete", own) => {
                let place = if own { self.beside_own_reply(id) } else { there() };
                (place, What::Removed { message: id.to_owned() })
            }
            ("hide" | "unhide", _) => (there(), self.hidden(id)),
            _ => return None,
        })
    }

    fn post(&self) -> Option<(Place, What)> {
        let id = self.value.post_id()?;
        let known = matches!(
            self.verb.as_str(),
            "add" | "edit" | "edited" | "update" | "remove" | "delete" | "hide" | "unhide"
        );
        if known && self.value.is_unpublished() && (self.own || self.author.is_none()) {
            return Some((Place::Account, signal("unpublished_post")));
        }
        if known && self.own {
            return Some((Place::Account, signal("own_post")));
        }
        let what = match self.verb.as_str() {
            "add" => What::Message(self.message(id)),
            "edit" | "edited" => What::Edited(self.message(id)),
            "remove" | "delete" => What::Removed { message: id.to_owned() },
            "hide" | "unhide" => self.hidden(id),
            _ => return None,
        };
        Some((self.place(id), what))
    }

    /// A recommendation or rating. Best effort: Meta has deprecated its node and does not say whether it still tells
    /// about them. Without a story there is nothing to answer under, and a person has to see it.
    fn review(&self) -> Option<(Place, What)> {
        let id = self.value.story_id()?;
        self.author.as_ref()?;
        let what = match self.verb.as_str() {
            "add" => What::Message(self.message(id)),
            "edit" | "edited" => What::Edited(self.message(id)),
            "remove" | "delete" => What::Removed { message: id.to_owned() },
            _ => return None,
        };
        Some((self.place(id), what))
    }

    fn hidden(&self, id: &str) -> What {
        What::Hidden { message: id.to_owned(), hidden: self.verb == "hide" }
    }

    /// The author's conversation. Where the author is not told, or is the page (which then acted on somebody else's
    /// message), the platform has to be asked whose message this is.
    fn place(&self, id: &str) -> Place {
        match (&self.author, self.value.post_id()) {
            (Some(author), Some(post)) if !self.own => Place::Thread(Thread {
                surface: Surface::Public,
                post: post.to_owned(),
                customer: author.id.clone(),
            }),
            _ => beside(id),
        }
    }

    /// An own comment belongs to the conversation of what it answers: a comment, or a visitor's post.
    fn beside_own(&self, id: &str) -> Place {
        beside(self.value.parent_comment().or(self.value.post_id()).unwrap_or(id))
    }

    /// A removed reply of ours cannot be asked about, but the comment above it can.
    fn beside_own_reply(&self, id: &str) -> Place {
        beside(self.value.parent_comment().unwrap_or(id))
    }

    fn message(&self, id: &str) -> Message {
        let permalink = self.value.permalink(id);
        Message {
            id: id.to_owned(),
            author: self.author.clone().unwrap_or(Person { id: String::new(), name: None }),
            text: self.value.text().to_owned(),
            attachments: self.value.attachments(&self.item, &permalink),
            parent: (id != self.value.post_id().unwrap_or_default())
                .then(|| self.value.parent_comment().or(self.value.post_id()))
                .flatten()
                .map(str::to_owned),
            context: self.context(),
            permalink: Some(permalink),
        }
    }

    fn own_message(&self, id: &str) -> OwnMessage {
        let text = self.value.text().to_owned();
        let attachments = self.value.attachments(&self.item, &self.value.permalink(id));
        OwnMessage { id: id.to_owned(), text, handle: None, attachments }
    }

    fn context(&self) -> Option<String> {
        if self.field == "mention" {
            Some("mentions the page".to_owned())
        } else if self.item == "rating" {
            self.value.verdict()
        } else if self.item == "share" {
            Some("shares a post".to_owned())
        } else if self.item == "comment" && self.value.is_under_ad() {
            Some("under a post that the page does not show publicly, usually an ad".to_owned())
        } else {
            None
        }
    }

    /// Edits by the time of the edit, everything else by its own time; as a last resort the time of sending.
    fn at(&self) -> Moment {
        let edited = self.value.edited_time.filter(|_| self.verb.starts_with("edit"));
        edited.or(self.value.created_time).map_or(self.sent_at, |time| time.0)
    }

    /// Meta gives events no id. Something is created once, so the id of what was created names that event, whichever
    /// field tells it: a comment that mentions the page comes under `feed` and under `mention`. Everything else is
    /// named by all that identifies it; edits by their text too, for two of them may happen within one second.
    fn event_id(&self, what: &What) -> String {
        let value = &self.value;
        let name = match what {
            What::Message(Message { id, .. }) | What::Own(OwnMessage { id, .. }) => {
                digest(&[self.page, "created", id, value.part(&self.item)])
            }
            _ => {
                let time = |time: Option<crate::meta::wire::Time>| {
                    time.map_or(String::new(), |time| time.0.0.to_string())
                };
                let text = if matches!(what, What::Edited(_)) { value.text() } else { "" };
                digest(&[
                    self.page,
                    self.field,
                    &self.item,
                    &self.verb,
                    value.comment_id().unwrap_or_default(),
                    value.post_id().unwrap_or_default(),
                    self.author.as_ref().map_or("", |author| &author.id),
                    &time(value.created_time),
                    &time(value.edited_time),
                    text,
                    value.reaction_type.as_deref().unwrap_or_default(),
                ])
            }
        };
        format!("feed:{name:016x}")
    }
}

fn beside(message: &str) -> Place {
    Place::Beside { message: message.to_owned() }
}
