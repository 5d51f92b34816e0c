//! Direct messages that are not encrypted. Both envelopes carry them in the same form.

use std::borrow::Cow;

use deskbridge_core::file::FileRef;
use deskbridge_core::model::{Attachment, Event, Message, OwnMessage, Place, Surface, Thread, What};
use serde::Deserialize;

use super::inbound::Kept;
use super::people::People;
use super::wire::{Id, Time, lenient, link, made_at, several};
use super::words::{self, ShortUrl};
use crate::json::Part;

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    id: Id,
    #[serde(default, deserialize_with = "lenient")]
    created_timestamp: Option<Time>,
    message_create: Created,
}

#[derive(Deserialize)]
struct Created {
    #[serde(default, deserialize_with = "lenient")]
    target: Option<Target>,
    sender_id: Id,
    message_data: Data,
}

#[derive(Deserialize)]
struct Target {
    #[serde(default, deserialize_with = "lenient")]
    recipient_id: Option<Id>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    entities: Option<Entities>,
    #[serde(default, deserialize_with = "lenient")]
    attachment: Option<Attached>,
    #[serde(default, deserialize_with = "lenient")]
    quick_reply_response: Option<Chosen>,
}

#[derive(Deserialize)]
struct Entities {
    #[serde(default, deserialize_with = "several")]
    urls: Vec<ShortUrl>,
}

#[derive(Deserialize)]
struct Attached {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media: Option<Media>,
}

#[derive(Deserialize)]
struct Media {
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media_url_https: Option<String>,
    /// Of videos, whose own address is that of a still picture.
    #[serde(default, deserialize_with = "lenient")]
    video_info: Option<Video>,
    /// The short address that stands for the file in the text.
    #[serde(default, deserialize_with = "lenient")]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Video {
    #[serde(default)]
    variants: Vec<Variant>,
}

#[derive(Deserialize)]
struct Variant {
    #[serde(default, deserialize_with = "lenient")]
    content_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    bitrate: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    url: Option<String>,
}

impl Media {
    /// Where the file is: the best version of a video, or the picture itself.
    fn address(&self) -> Option<&str> {
        let Some(video) = &self.video_info else { return self.media_url_https.as_deref() };
        let whole = video.variants.iter().filter(|one| one.content_type.as_deref() == Some("video/mp4"));
        whole.max_by_key(|one| one.bitrate)?.url.as_deref()
    }
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default, deserialize_with = "lenient")]
    metadata: Option<String>,
}

/// The messages of a payload; `None` if it holds none at all. `event_type` names the payload where parts of it are kept.
pub(super) fn read_all(owner: &str, payload: Part<'_>, event_type: &str) -> Option<Vec<Event>> {
    let events = payload.get("direct_message_events")?.items()?;
    let people = People::of(payload.get("users"));
    let kept = |part: Part<'_>| {
        let (user, kind) = (serde_json::Value::from(owner), serde_json::Value::from(event_type));
        let part = part.raw();
        let body = format!(
            r#"{{"data":{{"filter":{{"user_id":{user}}},"event_type":{kind},"payload":{{"direct_message_events":[{part}]}}}}}}"#
        );
        Kept { owner, kind: event_type, body, part }.event()
    };
    let events: Vec<Event> =
        events.map(|part| read(owner, part, &people).unwrap_or_else(|| kept(part))).collect();
    (!events.is_empty()).then_some(events)
}

/// One message; `None` if it is not understood.
pub(super) fn read(owner: &str, part: Part<'_>, people: &People<'_>) -> Option<Event> {
    let item: Item<'_> = part.read().ok()?;
    if item.kind != "message_create" {
        return None;
    }
    let created = &item.message_create;
    let sender = created.sender_id.0.as_str();
    let recipient =
        created.target.as_ref().and_then(|target| target.recipient_id.as_ref()).map(|id| id.0.as_str());
    let own = sender == owner;
    let customer = if own { recipient.filter(|recipient| *recipient != owner)? } else { sender };
    let permalink = permalink(owner, customer);
    let (text, attachments) = created.message_data.read(&permalink, own);
    let id = item.id.0.clone();
    let what = if own {
        What::Own(OwnMessage { id, text, handle: None, attachments })
    } else {
        let group = recipient.is_some_and(|recipient| recipient != owner);
        What::Message(Message {
            id,
            author: people.person(sender),
            text,
            attachments,
            permalink: Some(permalink),
            parent: None,
            context: created.message_data.context(group),
        })
    };
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: customer.to_owned() };
    let at = made_at(&item.id.0, item.created_timestamp);
    Some(Event { id: format!("dm:{}", item.id.0), at, place: Place::Thread(thread), what })
}

/// Where an agent can see the conversation: X names it by both ids, the smaller one first.
pub(super) fn permalink(one: &str, other: &str) -> String {
    let (first, second) = if (one.len(), one) <= (other.len(), other) { (one, other) } else { (other, one) };
    format!("https://x.com/messages/{first}-{second}")
}

impl Data {
    fn read(&self, permalink: &str, own: bool) -> (String, Vec<Attachment>) {
        let file = self.attachment.as_ref();
        let short = file.and_then(|file| file.media.as_ref()?.url.clone());
        let mut urls = self.entities.as_ref().map(|entities| entities.urls.clone()).unwrap_or_default();
        urls.extend(short.map(|url| ShortUrl { url, expanded_url: None, media_key: Some(String::new()) }));
        let text = self.text.as_deref().unwrap_or_default();
        let text = if own { words::as_sent(text, &urls) } else { words::readable(text, &urls) };
        let mut files: Vec<Attachment> = file.map(|file| file.read(permalink)).into_iter().collect();
        if files.is_empty() && text.trim().is_empty() {
            let url = Some(permalink.to_owned());
            files.push(Attachment { kind: "unsupported".to_owned(), url, title: None, file: None });
        }
        (text, files)
    }

    fn context(&self, group: bool) -> Option<String> {
        let chosen = self.quick_reply_response.as_ref();
        let chosen = chosen.map(|chosen| match &chosen.metadata {
            Some(metadata) => format!("chose a quick reply ({metadata})"),
            None => "chose a quick reply".to_owned(),
        });
        let group = group.then(|| "wrote in a group conversation; a reply goes to them alone".to_owned());
        let parts: Vec<String> = chosen.into_iter().chain(group).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

impl Attached {
    /// Files of direct messages can be fetched by their participants only, so the link leads to the conversation; the
    /// public hosts are an exception.
    fn read(&self, permalink: &str) -> Attachment {
        let media = self.media.as_ref();
        let kind = match media.and_then(|media| media.kind.as_deref()).or(self.kind.as_deref()) {
            Some("animated_gif") => "gif",
            Some(kind) if !kind.is_empty() => kind,
            _ => "file",
        };
        let public = |url: &&str| url.starts_with("https://pbs.twimg.com/");
        let url = media.and_then(|media| media.media_url_https.as_deref()).filter(public).and_then(link);
        let file = media.and_then(Media::address).map(FileRef::by);
        let url = url.or_else(|| Some(permalink.to_owned()));
        Attachment { kind: kind.to_owned(), url, title: None, file }
    }
}
