//! The shapes of what a page's door is told about posts, comments and messages.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::auth::Permission;
use super::outbox::{Object, Update};
use super::state::{Author, Graph, MediaKind, Message, Node};
use crate::Millis;

/// The webhook fields of object `page` that the stand-in sends; a page starts subscribed to all of them.
pub(super) const FIELDS: [&str; 11] = [
    "feed",
    "mention",
    "messages",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
    "messaging_postbacks",
    "messaging_referrals",
    "standby",
];

/// A time as Graph writes it in nodes: `2025-10-09T08:53:20+0000`.
pub(super) fn graph_time(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// An id as a JSON number where it is one (`app_id` in echoes), else as text.
fn number_or_text(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

impl Graph {
    /// Tells a page's door about a change, if its app is subscribed to the field.
    pub(super) fn tell_change(&mut self, page: &str, field: &str, value: Value, now: Millis) {
        self.tell(page, field, Update::Change { field: field.to_owned(), value }, now);
    }

    /// Tells a page's door about a messaging item; in standby while another app owns the thread.
    pub(super) fn tell_messaging(&mut self, page: &str, psid: &str, field: &str, item: Value, now: Millis) {
        if self.thread_mut(page, psid).elsewhere {
            self.tell(page, "standby", Update::Standby(item), now);
        } else {
            self.tell(page, field, Update::Messaging(item), now);
        }
    }

    fn tell(&mut self, page: &str, field: &str, update: Update, now: Millis) {
        let Some(page) = self.pages.get(page) else { return };
        if page.subscribed.contains(field) {
            self.outbox.push(&page.seed.callback, Object::Page, &page.seed.id, update, now);
        }
    }

    /// Sends an update of any shape, subscribed or not.
    pub(super) fn tell_raw(&mut self, page: &str, update: Update, now: Millis) {
        self.tell_account(page, update.clone(), now);
        if let Some(page) = self.pages.get(page) {
            self.outbox.push(&page.seed.callback, Object::Page, &page.seed.id, update, now);
        }
    }

    /// Tells about something done to a post or comment on the field `feed`.
    pub(super) fn tell_feed(&mut self, id: &str, verb: &str, now: Millis) {
        let Some(node) = self.nodes.get(id) else { return };
        let page = node.page.clone();
        let mut value =
            if node.is_post() { self.post_value(node, verb) } else { self.comment_value(node, verb) };
        value["verb"] = verb.into();
        if verb == "remove" {
            value["created_time"] = now.div_euclid(1_000).into();
        }
        self.tell_change(&page, "feed", value, now);
    }

    /// `{id,name}` of an author as webhooks and reads show it; `None` where the page may not know.
    pub(super) fn author_value(&self, node: &Node) -> Option<Value> {
        match &node.author {
            Author::Unknown => None,
            Author::Page => Some(json!({"id": node.page, "name": self.page_name(&node.page)})),
            Author::Person(id) => self.person_value(&node.page, id),
        }
    }

    pub(super) fn person_value(&self, page: &str, feed_id: &str) -> Option<Value> {
        let allowed = self.pages.get(page).is_some_and(|page| page.has(Permission::PagesReadUserContent));
        let person = self.person(page, feed_id).filter(|_| allowed)?;
        Some(json!({"id": person.feed_id, "name": person.name}))
    }

    fn comment_value(&self, node: &Node, verb: &str) -> Value {
        let mut value = json!({
            "item": "comment",
            "post_id": node.post,
            "comment_id": node.id,
            "parent_id": node.parent,
            "created_time": node.created,
        });
        if let Some(from) = self.author_value(node) {
            value["from"] = from;
        }
        if let Some(post) = self.nodes.get(&node.post) {
            value["post"] = json!({
                "id": post.id,
                "status_type": status_type(post),
                "is_published": post.published,
                "updated_time": graph_time(post.edited.unwrap_or(post.created)),
                "permalink_url": self.permalink(post),
                "promotion_status": "inactive",
            });
        }
        if verb == "remove" {
            return value;
        }
        if let (Some(edited), "edited") = (node.edited, verb) {
            value["edited_time"] = edited.into();
        }
        // A comment of nothing but a sticker has neither text nor picture here: one must fetch its attachment.
        if !node.text.is_empty() {
            value["message"] = node.text.as_str().into();
        }
        match node.media.as_ref().map(|media| (media.kind, media.url.as_str())) {
            Some((MediaKind::Photo, url)) => value["photo"] = url.into(),
            Some((MediaKind::Video, url)) => value["video"] = url.into(),
            _ => {}
        }
        value
    }

    fn post_value(&self, node: &Node, verb: &str) -> Value {
        let own = node.author == Author::Page;
        let mut value = json!({"post_id": node.id, "created_time": node.created});
        let (item, media_id) = match node.media.as_ref().map(|media| media.kind) {
            Some(MediaKind::Photo) => ("photo", "photo_id"),
            Some(MediaKind::Video) => ("video", "video_id"),
            Some(MediaKind::Share) => ("share", "share_id"),
            Some(MediaKind::Link | MediaKind::Sticker) => ("link", ""),
            None if own => ("status", ""),
            None => ("post", ""),
        };
        value["item"] = item.into();
        if let Some(from) = self.author_value(node) {
            value["from"] = from;
        }
        if verb == "remove" {
            value["recipient_id"] = node.page.as_str().into();
            return value;
        }
        value["published"] = u8::from(node.published).into();
        if let (Some(edited), "edit" | "edited") = (node.edited, verb) {
            value["edited_time"] = edited.into();
        }
        if !node.text.is_empty() {
            value["message"] = node.text.as_str().into();
        }
        if let Some(media) = &node.media {
            value["link"] = media.url.as_str().into();
            if !media_id.is_empty() {
                value[media_id] = media.id.as_str().into();
            }
        }
        value
    }

    /// A reaction to a post or comment. `parent_id` is the post even where a comment is meant.
    pub(super) fn tell_reaction(
        &mut self,
        id: &str,
        from: Option<Value>,
        reaction: &str,
        undo: bool,
        now: Millis,
    ) {
        let Some(node) = self.nodes.get(id) else { return };
        let page = node.page.clone();
        let mut value = json!({
            "item": "reaction",
            "verb": if undo { "remove" } else { "add" },
            "reaction_type": reaction,
            "post_id": node.post,
            "parent_id": node.post,
            "created_time": now.div_euclid(1_000),
        });
        if !node.is_post() {
            value["comment_id"] = node.id.as_str().into();
        }
        if let Some(from) = from {
            value["from"] = from;
        }
        self.tell_change(&page, "feed", value, now);
    }

    /// A mention of the page: who wrote it is not told.
    pub(super) fn tell_mention(&mut self, id: &str, now: Millis) {
        let Some(node) = self.nodes.get(id) else { return };
        let page = node.page.clone();
        let mut value = json!({
            "item": if node.is_post() { "post" } else { "comment" },
            "verb": "add",
            "post_id": node.post,
            "message": node.text,
            "created_time": node.created,
        });
        if !node.is_post() {
            value["comment_id"] = node.id.as_str().into();
        }
        self.tell_change(&page, "mention", value, now);
    }

    /// Where people see a post or comment.
    pub(super) fn permalink(&self, node: &Node) -> String {
        let owner = match (&node.author, node.foreign) {
            (Author::Person(id), Some(_)) => id,
            _ => &node.page,
        };
        let post = self.nodes.get(&node.post).map_or(node.post.as_str(), Node::number);
        let base = format!("https://www.facebook.com/{owner}/posts/{post}");
        match node.parent.as_ref().and_then(|parent| self.nodes.get(parent)) {
            None => base,
            Some(parent) if parent.is_post() => format!("{base}?comment_id={}", node.number()),
            Some(parent) => {
                format!("{base}?comment_id={}&reply_comment_id={}", parent.number(), node.number())
            }
        }
    }
}

/// `status_type` of a post.
pub(super) fn status_type(post: &Node) -> &'static str {
    match post.media.as_ref().map(|media| media.kind) {
        Some(MediaKind::Photo) => "added_photos",
        Some(MediaKind::Video) => "added_video",
        Some(_) => "shared_story",
        None if post.author == Author::Page => "mobile_status_update",
        None => "wall_post",
    }
}

/// A messaging item between a person and a page, with what happened under `key`.
pub(super) fn messaging(from: &str, to: &str, at: Millis, key: &str, what: Value) -> Value {
    let mut item = json!({"sender": {"id": from}, "recipient": {"id": to}, "timestamp": at});
    item[key] = what;
    item
}

/// The item for a message, an echo if the page wrote it.
pub(super) fn message_item(page: &str, psid: &str, message: &Message, extra: Map<String, Value>) -> Value {
    let mut body = Map::new();
    body.insert("mid".to_owned(), message.mid.as_str().into());
    if !message.text.is_empty() {
        body.insert("text".to_owned(), message.text.as_str().into());
    }
    if !message.attachments.is_empty() {
        body.insert("attachments".to_owned(), message.attachments.clone().into());
    }
    if let Some(payload) = &message.quick_reply {
        body.insert("quick_reply".to_owned(), json!({ "payload": payload }));
    }
    if let Some(mid) = &message.reply_to {
        body.insert("reply_to".to_owned(), json!({ "mid": mid }));
    }
    if message.unsupported {
        body.insert("is_unsupported".to_owned(), true.into());
    }
    body.extend(extra);
    if !message.from_page {
        return messaging(psid, page, message.at, "message", body.into());
    }
    body.insert("is_echo".to_owned(), true.into());
    if let Some(app_id) = &message.app_id {
        body.insert("app_id".to_owned(), number_or_text(app_id));
    }
    if let Some(metadata) = &message.metadata {
        body.insert("metadata".to_owned(), metadata.as_str().into());
    }
    messaging(page, psid, message.at, "message", body.into())
}
