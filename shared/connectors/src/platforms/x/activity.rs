//! The X Activity API: one event in an envelope with its type, the subscribed account, a payload and further objects.

use std::borrow::Cow;

use deskbridge_core::Moment;
use deskbridge_core::model::{Event, Place, What};
use serde::Deserialize;

use super::inbound::{Kept, Us, named};
use super::people::People;
use super::post::{Post, Reader, signal};
use super::present_post::{Includes, PresentPost};
use super::wire::{Id, lenient, made_at};
use super::{chat, direct};
use crate::Inbound;
use crate::json::Part;

struct Envelope<'a> {
    data: Part<'a>,
    event_type: Cow<'a, str>,
}

/// Whom a part is about: the filter of a subscription, or a payload where no account is named outside of it.
fn about(part: Part<'_>) -> Option<Id> {
    part.get("user_id")?.read().ok()
}

/// Reads what stands under `data`.
pub(super) fn read(us: &Us, data: Part<'_>) -> Vec<Inbound> {
    let Some(event_type) = data.get("event_type").and_then(Part::text) else {
        return vec![Kept { owner: &us.user, kind: "data", body: whole(data), part: data.raw() }.inbound()];
    };
    let envelope = Envelope { data, event_type };
    let owner = envelope.owner().unwrap_or_else(|| us.user.clone());
    let events = match envelope.events(us, &owner) {
        Ok(events) => events,
        Err(kind) => {
            return vec![Kept { owner: &owner, kind: &kind, body: whole(data), part: data.raw() }.inbound()];
        }
    };
    events.into_iter().map(|event| Inbound { owner: owner.clone(), event }).collect()
}

fn whole(data: Part<'_>) -> String {
    format!(r#"{{"data":{}}}"#, data.raw())
}

impl Envelope<'_> {
    /// The subscribed account; of account-wide events the one that they are about.
    fn owner(&self) -> Option<String> {
        let subscribed = self.data.get("filter").and_then(about);
        subscribed.or_else(|| about(self.payload()?)).map(|id| id.0)
    }

    fn payload(&self) -> Option<Part<'_>> {
        self.data.get("payload").filter(|payload| !payload.is_null())
    }

    /// The error is the name under which the envelope goes into quarantine.
    fn events(&self, us: &Us, owner: &str) -> Result<Vec<Event>, String> {
        let mut kind = Cow::Borrowed(&*self.event_type);
        if kind.bytes().any(|byte| byte.is_ascii_uppercase()) {
            kind = kind.to_lowercase().into();
        }
        let unknown = || self.event_type.clone().into_owned();
        let payload = self.payload().ok_or_else(unknown)?;
        // The newer names of the documentation say "post", some say "tweet".
        if let Some(rest) = kind.strip_prefix("tweet.") {
            kind = format!("post.{rest}").into();
        }
        match &*kind {
            "post.create"
            | "post.mention.create"
            | "post.reply.create"
            | "post.quote.create"
            | "post.repost.create" => Ok(vec![self.post(us, owner, &kind, payload).ok_or_else(unknown)?]),
            "post.delete" => Ok(vec![deleted(owner, payload).ok_or_else(unknown)?]),
            "dm.received" | "dm.sent" => {
                let events = direct::read_all(owner, payload, &self.event_type);
                events.ok_or_else(unknown)
            }
            "chat.received" | "chat.sent" => Ok(vec![chat::read(owner, payload).ok_or_else(unknown)?]),
            other => Ok(vec![self.signal(other, payload).ok_or_else(unknown)?]),
        }
    }

    fn post(&self, us: &Us, owner: &str, kind: &str, payload: Part<'_>) -> Option<Event> {
        let present: PresentPost = payload.read().ok()?;
        let told = self.data.get("includes");
        let includes: Includes = told.and_then(|told| told.read().ok()).unwrap_or_default();
        let people = People::of(told.and_then(|told| told.get("users")));
        let mut post: Post = present.read(&includes, owner)?;
        post.is_repost |= kind.ends_with("repost.create");
        post.quotes_us |= kind.ends_with("quote.create");
        if kind.ends_with("reply.create") {
            post.replied_user.get_or_insert_with(|| owner.to_owned());
        }
        let told_as_mention = kind.ends_with("mention.create");
        let reader =
            Reader { owner, answers_any_post: us.answers_any_post, people: &people, told_as_mention };
        Some(post.event(&reader))
    }

    /// What never becomes a ticket.
    fn signal(&self, kind: &str, payload: Part<'_>) -> Option<Event> {
        let name = match kind {
            "dm.read" => "read",
            "dm.indicate_typing" => "typing",
            "chat.conversation_join" => "chat_join",
            _ => match kind.split('.').next()? {
                family @ ("like" | "follow" | "mute" | "block" | "profile" | "spaces" | "broadcast"
                | "news") => family,
                "replay_job_status" => "replay",
                _ => return None,
            },
        };
        let uuid = self.data.get("event_uuid").and_then(|uuid| uuid.read::<Id>().ok());
        let id = match uuid {
            Some(uuid) => format!("{kind}:{}", uuid.0),
            None => named(kind, &[payload.raw()]),
        };
        Some(Event { id, at: Moment::default(), place: Place::Account, what: signal(name) })
    }
}

/// X tells about the subscribed account's own posts only. Should it ever tell about a customer's, it is known by the message.
fn deleted(owner: &str, payload: Part<'_>) -> Option<Event> {
    #[derive(Deserialize)]
    struct Deleted {
        id: Id,
        #[serde(default, deserialize_with = "lenient")]
        author_id: Option<Id>,
    }
    let deleted: Deleted = payload.read().ok()?;
    let own = deleted.author_id.is_none_or(|author| author.0 == owner);
    Some(removal(&deleted.id.0, own, made_at(&deleted.id.0, None)))
}

/// The event of a deleted post.
pub(super) fn removal(id: &str, own: bool, at: Moment) -> Event {
    let message = id.to_owned();
    let (place, what) = if own {
        (Place::Account, signal("own_delete"))
    } else {
        (Place::Beside { message: message.clone() }, What::Removed { message })
    };
    Event { id: format!("delete:{id}"), at, place, what }
}
