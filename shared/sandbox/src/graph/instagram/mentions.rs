//! Posts and comments of others that mention the account. Facebook Login only.

use serde_json::{Value, json};

use super::comments::{permalink, text_of};
use super::state::Account;
use crate::graph::error::GraphError;
use crate::graph::fields::Field;
use crate::graph::read::{Shown, show, unknown_field};
use crate::graph::route::Call;
use crate::graph::state::Graph;
use crate::graph::webhook::graph_time;

impl Graph {
    /// `mentioned_comment.comment_id(ID){..}` of an account.
    pub(super) fn mentioned_comment(&self, call: &Call, account: &Account, field: &Field) -> Shown {
        let id = field.args.get("comment_id").cloned().unwrap_or_default();
        let comment = account.live(&id).filter(|comment| !account.owns(&comment.post));
        let comment =
            comment.filter(|comment| mentions(account, &comment.text)).ok_or_else(|| call.gone(&id))?;
        show(&id, &field.sub, |field| {
            Ok(Some(match field.name.as_str() {
                "text" => comment.text.as_str().into(),
                "timestamp" => graph_time(comment.at.div_euclid(1_000)).into(),
                "username" => account.username(comment.author.as_deref()).into(),
                "media" => json!({"id": comment.post, "permalink": permalink(&comment.post)}),
                "like_count" => 0.into(),
                _ => return Err(unknown_field(field, "IGComment")),
            }))
        })
        .map(Some)
    }

    /// `mentioned_media.media_id(ID){..}` of an account.
    pub(super) fn mentioned_media(&self, call: &Call, account: &Account, field: &Field) -> Shown {
        let id = field.args.get("media_id").cloned().unwrap_or_default();
        let post = account.posts.get(&id).filter(|post| mentions(account, &post.caption));
        let post = post.ok_or_else(|| call.gone(&id))?;
        show(&id, &field.sub, |field| {
            Ok(Some(match field.name.as_str() {
                "caption" => post.caption.as_str().into(),
                "username" => account.username(post.owner.as_deref()).into(),
                "permalink" => permalink(&id).into(),
                "media_type" => "IMAGE".into(),
                _ => return Err(unknown_field(field, "IGMedia")),
            }))
        })
        .map(Some)
    }

    /// `POST /{account}/mentions`: a comment under the post, or under the comment, that mentions the account.
    pub(super) fn answer_mention(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let text = text_of(call)?;
        let account = self.accounts.get(id).filter(|account| account.seed.page.is_some());
        let account = account.ok_or_else(|| GraphError::unknown_path(&format!("/{id}/mentions")))?;
        let media = call.params.text("media_id").unwrap_or_default();
        let post = account.posts.get(&media).filter(|post| post.owner.is_some());
        let post = post.ok_or_else(|| call.gone(&media))?;
        let comment = call.params.text("comment_id");
        let mentioned = match &comment {
            Some(comment) => account.live(comment).is_some_and(|found| mentions(account, &found.text)),
            None => mentions(account, &post.caption),
        };
        if !mentioned {
            return Err(call.gone(comment.as_deref().unwrap_or(&media)));
        }
        let made = self.file_comment(id, (&media, comment.as_deref()), None, text, call.now);
        Ok(json!({ "id": made }))
    }
}

fn mentions(account: &Account, text: &str) -> bool {
    text.contains(&format!("@{}", account.seed.username))
}
