//! A comment as the API shows it: whose it is, what it hangs under, whether it can be answered.

use serde::Deserialize;

use crate::meta::graph::{Halt, Node, Replay};
use crate::meta::wire::{Id, lenient};

/// A comment, as far as it lets itself be read.
#[derive(Default, Deserialize)]
pub(super) struct Target {
    #[serde(default, deserialize_with = "lenient")]
    from: Option<From>,
    /// Told instead of `from` where that is not granted.
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
    /// Told of comments of the account that asks, and of no others.
    #[serde(default, deserialize_with = "lenient")]
    user: Option<Node>,
    #[serde(default, deserialize_with = "lenient")]
    parent_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) media: Option<Node>,
    #[serde(default, deserialize_with = "lenient")]
    hidden: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
struct From {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    username: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    self_ig_scoped_id: Option<Id>,
}

impl Target {
    /// Reads a comment with all that answering it needs.
    pub(super) fn read(replay: &mut Replay<'_>, comment: &str) -> Result<Self, Halt> {
        replay.get(&[comment], &[("fields", "from,username,parent_id,hidden")])
    }

    /// The comment that replies go under: itself, or the one above, for there is one level of replies only.
    pub(super) fn top<'a>(&'a self, comment: &'a str) -> &'a str {
        self.above().unwrap_or(comment)
    }

    /// The comment above, if this is a reply.
    pub(super) fn above(&self) -> Option<&str> {
        self.parent_id.as_ref().map(|id| id.0.as_str()).filter(|id| !id.is_empty())
    }

    /// The author's name.
    pub(super) fn name(&self) -> Option<&str> {
        let from = self.from.as_ref().and_then(|from| from.username.as_deref());
        from.or(self.username.as_deref()).filter(|name| !name.trim().is_empty())
    }

    /// The author's id; the account's for its own.
    pub(super) fn author(&self, account: &str) -> Option<String> {
        let from = self.from.as_ref();
        if self.user.is_some() || from.is_some_and(|from| from.self_ig_scoped_id.is_some()) {
            return Some(account.to_owned());
        }
        from?.id.as_ref().map(|id| id.0.clone()).filter(|id| !id.is_empty())
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.hidden == Some(true)
    }
}
