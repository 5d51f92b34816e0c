//! The older Account Activity envelope: lists of events, each under the name of its kind, for one account.

use deskbridge_core::Moment;
use deskbridge_core::model::{Event, Place};
use serde::Deserialize;

use super::activity::removal;
use super::direct;
use super::inbound::{Kept, Us, named};
use super::older_post::OlderPost;
use super::people::People;
use super::post::{Reader, signal};
use super::wire::{Id, Time, lenient, made_at};
use crate::Inbound;
use crate::json::Part;

/// Reads the lists of a body; nothing if it has none.
pub(super) fn read(us: &Us, root: Part<'_>) -> Vec<Inbound> {
    let told: Option<Id> = root.get("for_user_id").and_then(|id| id.read().ok());
    let is_list =
        |name: &str| name.ends_with("_events") || matches!(name, "user_event" | "replay_job_status");
    let fields = root.fields().filter_map(|(name, value)| Some((name.text()?, value)));
    let lists: Vec<_> = fields.filter(|(name, _)| is_list(name)).collect();
    if told.is_none() && lists.is_empty() {
        return Vec::new();
    }
    let owner = told.clone().or_else(|| revoker(root)).map_or_else(|| us.user.clone(), |id| id.0);
    let people = People::of(root.get("users"));
    let desk = Desk { us, owner: &owner, people: &people };
    let mut events: Vec<Event> = lists.iter().flat_map(|(name, part)| desk.list(name, *part)).collect();
    // Encrypted conversations are announced like this, without the message. Who wrote is not told for certain.
    if events.is_empty() && told.is_some() && !root.has("data") {
        let part = root.raw();
        events.push(Kept { owner: &owner, kind: "without_events", body: part.to_owned(), part }.event());
    }
    events.into_iter().map(|event| Inbound { owner: owner.clone(), event }).collect()
}

/// Who withdrew the consent: the one kind of event that is not under the account's id.
fn revoker(root: Part<'_>) -> Option<Id> {
    #[derive(Deserialize)]
    struct Event {
        revoke: Revoke,
    }
    #[derive(Deserialize)]
    struct Revoke {
        source: Source,
    }
    #[derive(Deserialize)]
    struct Source {
        user_id: Id,
    }
    let event: Event = root.get("user_event")?.read().ok()?;
    Some(event.revoke.source.user_id)
}

struct Desk<'a> {
    us: &'a Us,
    owner: &'a str,
    people: &'a People<'a>,
}

impl Desk<'_> {
    /// A list that is none (`user_event` is a single one) counts as its own only item.
    fn list(&self, name: &str, list: Part<'_>) -> Vec<Event> {
        let event = |part| self.item(name, part).unwrap_or_else(|| self.kept(name, part));
        match list.items().filter(|items| !items.is_empty()) {
            Some(items) => items.map(event).collect(),
            None => vec![event(list)],
        }
    }

    fn item(&self, name: &str, part: Part<'_>) -> Option<Event> {
        match name {
            "tweet_create_events" => self.post(part),
            "tweet_delete_events" => self.deleted(part),
            "direct_message_events" => direct::read(self.owner, part, self.people),
            _ => {
                let what = match name {
                    "favorite_events" => "like",
                    "follow_events" => "follow",
                    "block_events" => "block",
                    "mute_events" => "mute",
                    "direct_message_indicate_typing_events" => "typing",
                    "direct_message_mark_read_events" => "read",
                    "replay_job_status" => "replay",
                    _ => return None,
                };
                let id = named(what, &[name, part.raw()]);
                Some(Event { id, at: Moment::default(), place: Place::Account, what: signal(what) })
            }
        }
    }

    fn post(&self, part: Part<'_>) -> Option<Event> {
        let older: OlderPost = part.read().ok()?;
        let mut people = People::default();
        people.add(older.user.clone());
        let post = older.read(part, self.owner)?;
        let reader = Reader {
            owner: self.owner,
            answers_any_post: self.us.answers_any_post,
            people: &people,
            told_as_mention: false,
        };
        Some(post.event(&reader))
    }

    fn deleted(&self, part: Part<'_>) -> Option<Event> {
        #[derive(Deserialize)]
        struct Deleted {
            status: Status,
            #[serde(default, deserialize_with = "lenient")]
            timestamp_ms: Option<Time>,
        }
        #[derive(Deserialize)]
        struct Status {
            id: Id,
            #[serde(default, deserialize_with = "lenient")]
            user_id: Option<Id>,
        }
        let deleted: Deleted = part.read().ok()?;
        let own = deleted.status.user_id.is_none_or(|user| user.0 == self.owner);
        let at = deleted.timestamp_ms.map_or_else(|| made_at(&deleted.status.id.0, None), |time| time.0);
        Some(removal(&deleted.status.id.0, own, at))
    }

    fn kept(&self, name: &str, part: Part<'_>) -> Event {
        let (user, name_text) = (serde_json::Value::from(self.owner), serde_json::Value::from(name));
        let body = format!(r#"{{"for_user_id":{user},{name_text}:[{}]}}"#, part.raw());
        Kept { owner: self.owner, kind: name, body, part: part.raw() }.event()
    }
}
