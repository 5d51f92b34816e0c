//! Comments: reading, answering, hiding, deleting.

use serde_json::{Value, json};

use super::state::{Account, Comment};
use crate::graph::error::GraphError;
use crate::graph::fields::{Field, parse};
use crate::graph::lists::{ListArgs, listed};
use crate::graph::publish::tidy;
use crate::graph::read::{Shown, asked, narrowed, show, unknown_field};
use crate::graph::route::Call;
use crate::graph::state::Graph;
use crate::graph::webhook::graph_time;

/// The longest comment, in characters.
const COMMENT_LENGTH: usize = 2_200;

/// The comment's text, if there is one and it is not too long.
pub(super) fn text_of(call: &Call) -> Result<String, GraphError> {
    let text = tidy(&call.params.text("message").unwrap_or_default());
    if text.is_empty() {
        return Err(GraphError::parameter("The parameter message is required."));
    }
    if text.chars().count() > COMMENT_LENGTH {
        return Err(GraphError::parameter(format_args!(
            "Param message must be at most {COMMENT_LENGTH} characters long"
        )));
    }
    Ok(text)
}

impl Graph {
    /// `GET /{comment}`. Those under posts of others cannot be read.
    pub(super) fn read_comment(&self, call: &Call, account: &Account, id: &str) -> Result<Value, GraphError> {
        let comment = account.live(id).filter(|comment| account.owns(&comment.post));
        let comment = comment.ok_or_else(|| call.gone(id))?;
        account.show_comment(comment, &asked(call, "id,timestamp,text")?)
    }

    /// `GET /{comment}/replies`, oldest first.
    pub(super) fn replies(&self, call: &Call, account: &str, id: &str) -> Result<Value, GraphError> {
        let account = self.accounts.get(account).ok_or_else(|| call.gone(id))?;
        let comment = account.live(id).filter(|comment| account.owns(&comment.post));
        let comment = comment.ok_or_else(|| call.gone(id))?;
        account.comment_list(call, (id, "replies"), |one| one.parent.as_ref() == Some(&comment.id))
    }

    /// `GET /{post}/comments`: the top level.
    pub(super) fn comments_of_media(
        &self,
        call: &Call,
        account: &str,
        id: &str,
    ) -> Result<Value, GraphError> {
        let account = self.accounts.get(account).filter(|account| account.owns(id));
        let account = account.ok_or_else(|| call.gone(id))?;
        account.comment_list(call, (id, "comments"), |one| one.post == id && one.parent.is_none())
    }

    /// `POST /{comment}/replies`. Neither hidden nor live comments can be answered; which codes the platform uses for that is
    /// uncertain.
    pub(super) fn answer_comment(
        &mut self,
        call: &Call,
        account: &str,
        id: &str,
    ) -> Result<Value, GraphError> {
        let text = text_of(call)?;
        let of = self.accounts.get(account).ok_or_else(|| call.gone(id))?;
        let comment = of.live(id).filter(|comment| of.owns(&comment.post)).ok_or_else(|| call.gone(id))?;
        let hidden = |one: &Comment| one.hidden;
        if hidden(comment)
            || comment.parent.as_ref().and_then(|above| of.comments.get(above)).is_some_and(hidden)
        {
            return Err(GraphError::parameter("Hidden comments cannot be replied to"));
        }
        if of.posts.get(&comment.post).is_some_and(|post| post.product == "LIVE") {
            return Err(GraphError::parameter("Comments on live videos cannot be replied to"));
        }
        let post = comment.post.clone();
        let reply = self.file_comment(account, (&post, Some(id)), None, text, call.now);
        self.tell_comment(account, &reply, call.now);
        Ok(json!({ "id": reply }))
    }

    /// `POST /{comment}?hide=true`: in the address only, a body is passed over.
    pub(super) fn change_comment(
        &mut self,
        call: &Call,
        account: &str,
        id: &str,
    ) -> Result<Value, GraphError> {
        self.accounts.get(account).and_then(|of| of.live(id)).ok_or_else(|| call.gone(id))?;
        let asked = call.url.query_pairs().find(|(name, _)| name == "hide").map(|(_, value)| value == "true");
        let hidden = asked.ok_or_else(|| GraphError::parameter("The parameter hide is required."))?;
        self.hide_comment(id.to_owned(), hidden);
        Ok(json!({"success": true}))
    }

    /// `DELETE /{comment}`, with its replies.
    pub(super) fn remove_comment(
        &mut self,
        call: &Call,
        account: &str,
        id: &str,
    ) -> Result<Value, GraphError> {
        self.accounts.get(account).and_then(|of| of.live(id)).ok_or_else(|| call.gone(id))?;
        self.delete_comment(id.to_owned());
        Ok(json!({"success": true}))
    }

    /// Nobody is told.
    pub(in crate::graph) fn hide_comment(&mut self, id: String, hidden: bool) -> String {
        if let Some(comment) = self.accounts.values_mut().find_map(|account| account.comments.get_mut(&id)) {
            comment.hidden = hidden;
        }
        id
    }

    /// Nobody is told.
    pub(in crate::graph) fn delete_comment(&mut self, id: String) -> String {
        if let Some(comment) = self.accounts.values_mut().find_map(|account| account.comments.get_mut(&id)) {
            comment.removed = true;
        }
        id
    }
}

impl Account {
    /// `GET /{post}`: one of its own.
    pub(super) fn read_post(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let post = self.posts.get(id).filter(|post| post.owner.is_none()).ok_or_else(|| call.gone(id))?;
        show(id, &asked(call, "id")?, |field| {
            Ok(Some(match field.name.as_str() {
                "caption" => post.caption.as_str().into(),
                "permalink" => permalink(id).into(),
                "username" => self.seed.username.as_str().into(),
                "media_product_type" => post.product.as_str().into(),
                _ => return Err(unknown_field(field, "IGMedia")),
            }))
        })
    }

    fn comment_list(
        &self,
        call: &Call,
        (owner, edge): (&str, &str),
        belongs: impl Fn(&Comment) -> bool,
    ) -> Result<Value, GraphError> {
        let args = ListArgs::of_call(call, "id,timestamp,text")?;
        let default = parse("id,timestamp,text")?;
        let fields = if args.fields.is_empty() { &default } else { &args.fields };
        let mut found: Vec<&Comment> =
            self.comments.values().filter(|comment| !comment.removed && belongs(comment)).collect();
        found.sort_unstable_by_key(|comment| comment.seq);
        let slice = args.cut(found.into_iter().map(|comment| (comment.seq, comment)).collect(), false)?;
        listed(call, owner, edge, &slice, &args, |comment| self.show_comment(comment, fields))
    }

    fn show_comment(&self, comment: &Comment, fields: &[Field]) -> Result<Value, GraphError> {
        show(&comment.id, fields, |field| self.comment_field(comment, field))
    }

    fn comment_field(&self, comment: &Comment, field: &Field) -> Shown {
        let author = comment.author.as_deref();
        Ok(Some(match field.name.as_str() {
            "text" => comment.text.as_str().into(),
            "timestamp" => graph_time(comment.at.div_euclid(1_000)).into(),
            "username" => self.username(author).into(),
            "from" => narrowed(self.author_shown(author), &field.sub),
            "user" if author.is_none() => json!({ "id": self.seed.id }),
            "parent_id" => return Ok(comment.parent.as_deref().map(Value::from)),
            "user" => return Ok(None),
            "media" => json!({ "id": comment.post }),
            "hidden" => comment.hidden.into(),
            "like_count" => 0.into(),
            _ => return Err(unknown_field(field, "IGComment")),
        }))
    }

    /// `{id,username}` of a comment's author.
    pub(super) fn author_shown(&self, author: Option<&str>) -> Value {
        json!({"id": author.unwrap_or(&self.seed.id), "username": self.username(author)})
    }
}

/// Where people see a post.
pub(super) fn permalink(post: &str) -> String {
    format!("https://www.instagram.com/p/{post}/")
}
