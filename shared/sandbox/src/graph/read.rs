//! Reading single objects: pages, posts, comments, people, threads, messages, field by field.

use serde_json::{Map, Value, json};

use super::auth::Permission;
use super::error::GraphError;
use super::fields::{Field, parse};
use super::lists::ListArgs;
use super::route::Call;
use super::state::{Graph, MediaKind, Message, Node, Page, Person, Thread};
use super::webhook::{graph_time, status_type};
use crate::shelf::fresh;

/// A field's value: `None` where the object has none, which Graph leaves out.
pub(super) type Shown = Result<Option<Value>, GraphError>;

impl Graph {
    /// `GET /{id}`.
    pub(super) fn read(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        if let Some(page) = self.pages.get(id) {
            self.admit(call, id, Permission::PagesReadEngagement)?;
            let fields = asked(call, "name,id")?;
            return show(id, &fields, |field| self.page_field(call, page, field));
        }
        if let Some(node) = self.nodes.get(id) {
            self.admit(call, &node.page, Permission::PagesReadEngagement)?;
            if self.is_gone(node) {
                return Err(call.gone(id));
            }
            if node.foreign == Some(false) {
                return Err(GraphError::new(
                    10,
                    "(#10) This endpoint requires the 'Page Public Content Access' feature or is not visible to you",
                ));
            }
            let default =
                if node.is_post() { "created_time,message,id" } else { "created_time,from,message,id" };
            return self.show_node(call, node, &asked(call, default)?);
        }
        if let Some(key) = self.mids.get(id) {
            self.admit(call, &key.0, Permission::PagesMessaging)?;
            let found =
                self.threads.get(key).and_then(|thread| thread.messages.iter().find(|it| it.mid == id));
            let message = found.filter(|message| !message.deleted).ok_or_else(|| call.gone(id))?;
            return self.show_message(&key.0, &key.1, message, &asked(call, "id,created_time")?);
        }
        if let Some(((page, psid), thread)) = self.threads.iter().find(|(_, thread)| thread.id == id) {
            self.admit(call, page, Permission::PagesMessaging)?;
            return self.show_thread(call, page, psid, thread, &asked(call, "id,updated_time")?);
        }
        self.read_person(call, id)
    }

    /// A profile by PSID. The id of the feed world is not readable, which is how Graph treats people who do not use
    /// the app.
    fn read_person(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let found = call.pages().iter().find_map(|page| self.person(page, id));
        let person = found.filter(|person| person.psid == id).ok_or_else(|| call.gone(id))?;
        self.admit(call, &person.page, Permission::PagesMessaging)?;
        self.admit(call, &person.page, Permission::BusinessAssetUserProfileAccess)?;
        if person.unreadable {
            return Err(call.gone(id));
        }
        let fields = asked(call, "first_name,last_name,profile_pic,id")?;
        show(id, &fields, |field| Ok(profile_field(person, field)))
    }

    fn page_field(&self, call: &Call, page: &Page, field: &Field) -> Shown {
        let id = &page.seed.id;
        Ok(Some(match field.name.as_str() {
            "name" => page.seed.name.as_str().into(),
            "link" => format!("https://www.facebook.com/{id}").into(),
            "category" => "Product/service".into(),
            "is_published" => true.into(),
            "access_token" => page.seed.token.as_str().into(),
            "feed" | "posts" => self.feed_list(call, page, &field.name, &ListArgs::of_field(field))?,
            _ => return Err(unknown_field(field, "Page")),
        }))
    }

    /// One post or comment with the fields asked for.
    pub(super) fn show_node(&self, call: &Call, node: &Node, fields: &[Field]) -> Result<Value, GraphError> {
        show(&node.id, fields, |field| match self.common_field(call, node, field)? {
            Some(shown) => Ok(shown),
            None if node.is_post() => self.post_field(node, field),
            None => self.comment_field(call, node, field),
        })
    }

    /// Fields that posts and comments share; `None` if the field is not one of them.
    fn common_field(
        &self,
        call: &Call,
        node: &Node,
        field: &Field,
    ) -> Result<Option<Option<Value>>, GraphError> {
        let replies = || self.live_children(node).count();
        Ok(Some(Some(match field.name.as_str() {
            "message" => return Ok(Some((!node.text.is_empty()).then(|| node.text.as_str().into()))),
            "from" => return Ok(Some(self.author_value(node).map(|from| narrowed(from, &field.sub)))),
            "created_time" => graph_time(node.created).into(),
            "permalink_url" => self.permalink(node).into(),
            "is_hidden" => node.hidden.into(),
            "comments" => self.comment_list(call, node, &ListArgs::of_field(field))?,
            "comment_count" => replies().into(),
            "like_count" => node.reactions.values().filter(|kind| *kind == "like").count().into(),
            "user_likes" => node.reactions.contains_key(&node.page).into(),
            _ => return Ok(None),
        })))
    }

    fn post_field(&self, node: &Node, field: &Field) -> Shown {
        Ok(Some(match field.name.as_str() {
            "updated_time" => graph_time(node.edited.unwrap_or(node.created)).into(),
            "is_published" => node.published.into(),
            "status_type" => status_type(node).into(),
            "attachments" => return Ok(attachment(node).map(|shown| json!({ "data": [shown] }))),
            "full_picture" => {
                let photo = node.media.as_ref().filter(|media| media.kind == MediaKind::Photo);
                return Ok(photo.map(|media| media.url.as_str().into()));
            }
            "to" => json!({"data": [{"id": node.page, "name": self.page_name(&node.page)}]}),
            _ => return Err(unknown_field(field, "Post")),
        }))
    }

    fn comment_field(&self, call: &Call, node: &Node, field: &Field) -> Shown {
        let ours = node.author == super::state::Author::Page;
        Ok(Some(match field.name.as_str() {
            "parent" => {
                let parent = node.parent.as_ref().and_then(|parent| self.nodes.get(parent));
                let Some(parent) = parent.filter(|parent| !parent.is_post()) else { return Ok(None) };
                let default = parse("created_time,from,message")?;
                self.show_node(call, parent, if field.sub.is_empty() { &default } else { &field.sub })?
            }
            "object" => json!({ "id": node.post }),
            "attachment" => return Ok(attachment(node)),
            "can_hide" => (!ours).into(),
            "can_comment" | "can_remove" | "can_like" => true.into(),
            "can_reply_privately" => (!ours && !node.answered_privately).into(),
            "is_private" => false.into(),
            _ => return Err(unknown_field(field, "Comment")),
        }))
    }

    pub(super) fn show_thread(
        &self,
        call: &Call,
        page: &str,
        psid: &str,
        thread: &Thread,
        fields: &[Field],
    ) -> Result<Value, GraphError> {
        let updated = thread.messages.last().map_or(0, |message| message.at);
        show(&thread.id, fields, |field| {
            Ok(Some(match field.name.as_str() {
                "updated_time" => graph_time(updated.div_euclid(1_000)).into(),
                "link" => format!("/{page}/inbox/{}/", thread.id).into(),
                "message_count" => thread.messages.len().into(),
                "can_reply" => (!thread.elsewhere).into(),
                "participants" => json!({"data": [self.party(page, psid), self.party(page, page)]}),
                "messages" => self.message_list(call, page, psid, thread, &ListArgs::of_field(field))?,
                _ => return Err(unknown_field(field, "UnifiedThread")),
            }))
        })
    }

    pub(super) fn show_message(
        &self,
        page: &str,
        psid: &str,
        message: &Message,
        fields: &[Field],
    ) -> Result<Value, GraphError> {
        let (from, to) = if message.from_page { (page, psid) } else { (psid, page) };
        show(&message.mid, fields, |field| {
            Ok(Some(match field.name.as_str() {
                "created_time" => graph_time(message.at.div_euclid(1_000)).into(),
                "message" => message.text.as_str().into(),
                "from" => self.party(page, from),
                "to" => json!({"data": [self.party(page, to)]}),
                "attachments" if message.attachments.is_empty() => return Ok(None),
                "attachments" => self.attachments_now(&message.attachments),
                "reply_to" => return Ok(message.reply_to.as_ref().map(|mid| json!({ "mid": mid }))),
                _ => return Err(unknown_field(field, "Message")),
            }))
        })
    }

    /// One side of a thread as the Conversations API shows it.
    fn party(&self, page: &str, id: &str) -> Value {
        let name = match self.person(page, id) {
            _ if id == page => self.page_name(page).to_owned(),
            Some(person) => person.name.clone(),
            None => String::new(),
        };
        json!({"name": name, "email": format!("{id}@facebook.com"), "id": id})
    }
}

/// The asked fields of a call, or the default ones.
pub(super) fn asked(call: &Call, default: &str) -> Result<Vec<Field>, GraphError> {
    let text = call.params.text("fields").filter(|text| !text.trim().is_empty());
    parse(text.as_deref().unwrap_or(default))
}

/// The object with the asked fields; `id` is always there.
pub(super) fn show(
    id: &str,
    fields: &[Field],
    mut value: impl FnMut(&Field) -> Shown,
) -> Result<Value, GraphError> {
    let mut object = Map::new();
    for field in fields.iter().filter(|field| field.name != "id") {
        if let Some(shown) = value(field)? {
            object.insert(field.name.clone(), shown);
        }
    }
    object.insert("id".to_owned(), id.into());
    Ok(object.into())
}

pub(super) fn unknown_field(field: &Field, kind: &str) -> GraphError {
    GraphError::parameter(format_args!(
        "Tried accessing nonexisting field ({}) on node type ({kind})",
        field.name
    ))
}

fn profile_field(person: &Person, field: &Field) -> Option<Value> {
    let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    match field.name.as_str() {
        "name" => Some(person.name.as_str().into()),
        "first_name" => Some(first.into()),
        "last_name" => (!last.is_empty()).then(|| last.into()),
        "profile_pic" => {
            Some(format!("https://platform-lookaside.fbsbx.com/sandbox/{}.jpg", person.psid).into())
        }
        // Locale, timezone and gender need permissions of their own; Graph leaves out what it may not show.
        _ => None,
    }
}

/// Only the asked parts of a small object such as `from{name}`; the id is always there.
pub(super) fn narrowed(value: Value, sub: &[Field]) -> Value {
    let Value::Object(mut object) = value else { return value };
    if !sub.is_empty() {
        object.retain(|name, _| name == "id" || sub.iter().any(|field| field.name == *name));
    }
    object.into()
}

/// What hangs on a post or comment, as `attachment` shows it.
fn attachment(node: &Node) -> Option<Value> {
    let media = node.media.as_ref()?;
    let url = media.url.as_str();
    let target = json!({"id": media.id, "url": url});
    Some(match media.kind {
        MediaKind::Photo => {
            json!({"type": "photo", "url": url, "target": target, "media": {"image": {"src": fresh(url)}}})
        }
        MediaKind::Video => {
            json!({"type": "video_inline", "url": url, "target": target, "media": {"source": url}})
        }
        MediaKind::Sticker => {
            json!({"type": "sticker", "url": url, "target": target, "media": {"image": {"src": url}}})
        }
        MediaKind::Link | MediaKind::Share => json!({"type": "share", "url": url, "target": target}),
    })
}
