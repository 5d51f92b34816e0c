//! The page's writes to its feed: comments, posts, hiding, editing, deleting, likes.

use serde_json::{Value, json};

use super::auth::Permission;
use super::error::GraphError;
use super::route::Call;
use super::state::{Author, Graph, Media, MediaKind, Node};

/// The longest comment, in characters.
const COMMENT_LENGTH: usize = 8_000;

impl Graph {
    /// `POST /{post or comment}/comments`.
    pub(super) fn reply(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let page = self.writable(call, id, Permission::PagesManageEngagement)?;
        let text = text_of(call)?;
        let media = self.attached(call)?;
        if text.is_empty() && media.is_none() {
            return Err(GraphError::parameter("Missing message or attachment"));
        }
        self.adopt_node(id, &page, call.now);
        let comment =
            self.add_comment(id, Author::Page, text, media, call.second()).ok_or_else(|| call.gone(id))?;
        self.tell_feed(&comment, "add", call.now);
        Ok(json!({ "id": comment }))
    }

    /// Files a comment under a post or comment and gives its id. What answers a reply hangs under the reply's own
    /// parent, because threads have two levels.
    pub(super) fn add_comment(
        &mut self,
        on: &str,
        author: Author,
        text: String,
        media: Option<Media>,
        second: i64,
    ) -> Option<String> {
        let target = self.nodes.get(on)?;
        let parent = match &target.parent {
            Some(parent) if *parent != target.post => parent.clone(),
            _ => target.id.clone(),
        };
        let post = self.nodes.get(&target.post)?;
        let (page, prefix, post) = (post.page.clone(), post.number().to_owned(), post.id.clone());
        let id = format!("{prefix}_{}", self.number());
        let blank = self.new_node(id.clone(), &page, second);
        self.insert(Node { post, parent: Some(parent), author, text, media, ..blank });
        Some(id)
    }

    fn attached(&mut self, call: &Call) -> Result<Option<Media>, GraphError> {
        if call.params.text("attachment_id").is_some() {
            return Err(GraphError::parameter("The attachment_id is not one of your photos"));
        }
        if let Some(file) = &call.file {
            let url = self.uploaded_photo(file)?;
            return Ok(Some(Media { kind: MediaKind::Photo, url, id: self.number().to_string() }));
        }
        let Some(url) = call.params.text("attachment_url") else { return Ok(None) };
        if !is_web_url(&url) {
            return Err(GraphError::parameter("attachment_url should represent a valid URL"));
        }
        Ok(Some(Media { kind: MediaKind::Photo, url, id: self.number().to_string() }))
    }

    /// `POST /{page}/feed`. A text equal to the page's latest post is refused as a duplicate.
    pub(super) fn publish(&mut self, call: &Call, page: &str) -> Result<Value, GraphError> {
        self.admit(call, page, Permission::PagesManagePosts)?;
        let text = text_of(call)?;
        let link = call.params.text("link");
        if text.is_empty() && link.is_none() {
            return Err(GraphError::parameter("Missing message or attachment"));
        }
        let posts = self.pages.get(page).into_iter().flat_map(|page| page.posts.iter().rev());
        let latest = posts.filter_map(|id| self.nodes.get(id)).find(|post| post.author == Author::Page);
        if latest.is_some_and(|post| post.text == text && !post.removed && link.is_none()) {
            return Err(GraphError::new(506, "Duplicate status message").sub(1_455_006));
        }
        let media = link.map(|url| Media { kind: MediaKind::Link, url, id: String::new() });
        let published = call.params.flag("published").unwrap_or(true);
        let id = format!("{page}_{}", self.number());
        let blank = self.new_node(id.clone(), page, call.second());
        self.insert(Node { text, media, published, ..blank });
        self.tell_feed(&id, "add", call.now);
        Ok(json!({ "id": id }))
    }

    /// `POST /{post or comment}` with `is_hidden` or `message`.
    pub(super) fn change(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        self.existing(call, id, Permission::PagesManageEngagement)?;
        let hidden = call.params.flag("is_hidden");
        let text = call.params.text("message").map(|_| text_of(call)).transpose()?;
        let Some(node) = self.nodes.get(id) else { return Err(call.gone(id)) };
        let ours = node.author == Author::Page;
        if hidden.is_some() && ours || text.is_some() && !ours {
            let message = "(#200) Permissions error: this is not allowed for this post or comment";
            return Err(GraphError::new(200, message));
        }
        match (hidden, text) {
            (Some(hidden), _) => self.set_hidden(id, hidden, call.now),
            (None, Some(text)) if !text.is_empty() => self.set_text(id, text, call.now),
            _ => return Err(GraphError::parameter("Missing message or is_hidden")),
        }
        Ok(json!({"success": true}))
    }

    pub(super) fn set_hidden(&mut self, id: &str, hidden: bool, now: crate::Millis) {
        let Some(node) = self.nodes.get_mut(id).filter(|node| node.hidden != hidden) else { return };
        node.hidden = hidden;
        self.tell_feed(id, if hidden { "hide" } else { "unhide" }, now);
    }

    /// A comment's edit is told as `edited`, a visitor's post's as `edit`.
    pub(super) fn set_text(&mut self, id: &str, text: String, now: crate::Millis) {
        let Some(node) = self.nodes.get_mut(id) else { return };
        node.text = text;
        node.edited = Some(now.div_euclid(1_000));
        let verb = if node.is_post() && node.author != Author::Page { "edit" } else { "edited" };
        self.tell_feed(id, verb, now);
    }

    /// `DELETE /{post or comment}`: the page may delete any comment under its posts.
    pub(super) fn delete(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        self.existing(call, id, Permission::PagesManageEngagement)?;
        self.set_removed(id, call.now);
        Ok(json!({"success": true}))
    }

    pub(super) fn set_removed(&mut self, id: &str, now: crate::Millis) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.removed = true;
        }
        self.tell_feed(id, "remove", now);
    }

    /// `POST` and `DELETE /{post or comment}/likes`, as the page.
    pub(super) fn like(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let page = self.existing(call, id, Permission::PagesManageEngagement)?;
        let undo = call.method == "DELETE";
        let Some(node) = self.nodes.get_mut(id) else { return Err(call.gone(id)) };
        let before = node.reactions.remove(&page);
        if !undo {
            node.reactions.insert(page.clone(), "like".to_owned());
        }
        if before.is_some() == undo {
            let from = json!({"id": page, "name": self.page_name(&page)});
            self.tell_reaction(id, Some(from), "like", undo, call.now);
        }
        Ok(json!({"success": true}))
    }
}

/// The message parameter as Meta keeps it (ends trimmed, plain line breaks), if it is not too long.
fn text_of(call: &Call) -> Result<String, GraphError> {
    let text = tidy(&call.params.text("message").unwrap_or_default());
    if text.chars().count() > COMMENT_LENGTH {
        return Err(GraphError::parameter(format_args!(
            "Param message must be at most {COMMENT_LENGTH} characters long"
        )));
    }
    Ok(text)
}

pub(super) fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

pub(super) fn is_web_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
