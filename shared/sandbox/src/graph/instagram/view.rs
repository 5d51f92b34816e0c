//! Instagram accounts, for people to look at.

use serde_json::{Value, json};

use super::perform_direct::INBOX;
use super::state::{Account, Comment, Follower, Post};
use crate::graph::state::{Graph, Message, Thread};

/// The standard messaging window.
const WINDOW: crate::Millis = 24 * 3_600 * 1_000;

impl Graph {
    /// Every account.
    pub(in crate::graph) fn accounts_overview(&self) -> Vec<Value> {
        self.accounts.values().map(Account::overview).collect()
    }
}

impl Follower {
    fn overview(&self, id: &str) -> Value {
        json!({ "id": id, "username": self.username, "name": self.name, "blocks": self.blocks })
    }
}

impl Account {
    fn overview(&self) -> Value {
        let posts: Vec<Value> = self.posts.iter().map(|(id, post)| self.post_overview(id, post)).collect();
        let threads = self.threads.iter().map(|(person, thread)| self.thread_overview(person, thread));
        json!({
            "id": self.seed.id, "username": self.seed.username, "page": self.seed.page, "token": self.token,
            "people": self.people.iter().map(|(id, person)| person.overview(id)).collect::<Vec<_>>(),
            "posts": posts, "threads": threads.collect::<Vec<_>>(),
        })
    }

    fn post_overview(&self, id: &str, post: &Post) -> Value {
        let top = |comment: &Comment| comment.post == id && comment.parent.is_none();
        json!({
            "id": id, "author": self.username(post.owner.as_deref()), "author_id": post.owner,
            "is_us": post.owner.is_none(), "text": post.caption, "kind": post.product,
            "comments": self.comments_overview(top),
        })
    }

    fn comments_overview(&self, belongs: impl Fn(&Comment) -> bool) -> Vec<Value> {
        let mut found: Vec<&Comment> = self.comments.values().filter(|comment| belongs(comment)).collect();
        found.sort_unstable_by_key(|comment| comment.seq);
        found.into_iter().map(|comment| self.comment_overview(comment)).collect()
    }

    fn comment_overview(&self, comment: &Comment) -> Value {
        let replies: Vec<Value> = self
            .comments
            .values()
            .filter(|one| one.parent.as_ref() == Some(&comment.id))
            .map(|reply| self.comment_overview(reply))
            .collect();
        json!({
            "id": comment.id, "author": self.username(comment.author.as_deref()), "author_id": comment.author,
            "is_us": comment.author.is_none(), "text": comment.text, "at": comment.at,
            "hidden": comment.hidden, "removed": comment.removed, "comments": replies,
        })
    }

    fn thread_overview(&self, person: &str, thread: &Thread) -> Value {
        json!({
            "person": person, "username": self.username(Some(person)),
            "window_open_until": thread.last_user_act.map(|at| at + WINDOW),
            "messages": thread.messages.iter().map(message_overview).collect::<Vec<_>>(),
        })
    }
}

fn message_overview(message: &Message) -> Value {
    json!({
        "id": message.mid, "from_us": message.from_page, "native": message.app_id.as_deref() == Some(INBOX),
        "text": message.text, "attachments": message.attachments, "at": message.at, "edits": message.edits,
        "unsent": message.deleted,
    })
}
