//! What an account's door is told.

use serde_json::{Value, json};

use crate::Millis;
use crate::graph::outbox::{Object, Update};
use crate::graph::state::Graph;

impl Graph {
    /// Tells an account's door; nothing if there is no such account.
    pub(in crate::graph) fn tell_account(&mut self, account: &str, update: Update, now: Millis) {
        let Some(account) = self.accounts.get(account) else { return };
        self.outbox.push(&account.seed.callback, Object::Instagram, &account.seed.id, update, now);
    }

    pub(super) fn tell_in_changes(&mut self, account: &str, field: &str, value: Value, now: Millis) {
        self.tell_account(account, Update::Change { field: field.to_owned(), value }, now);
    }

    /// A comment under a post of the account, by whomever.
    pub(super) fn tell_comment(&mut self, account: &str, id: &str, now: Millis) {
        let Some(of) = self.accounts.get(account) else { return };
        let Some(comment) = of.comments.get(id).filter(|comment| of.owns(&comment.post)) else { return };
        let product = of.posts.get(&comment.post).map_or("FEED", |post| &post.product);
        let mut from = of.author_shown(comment.author.as_deref());
        if comment.author.is_none() {
            from["self_ig_scoped_id"] = of.seed.id.as_str().into();
        }
        let mut value = json!({
            "id": id, "from": from, "media": {"id": comment.post, "media_product_type": product},
        });
        if !comment.text.is_empty() {
            value["text"] = comment.text.as_str().into();
        }
        if let Some(parent) = &comment.parent {
            value["parent_id"] = parent.as_str().into();
        }
        let field = if product == "LIVE" { "live_comments" } else { "comments" };
        self.tell_in_changes(account, field, value, now);
    }

    /// Neither who nor what is told.
    pub(super) fn tell_account_mention(
        &mut self,
        account: &str,
        media: &str,
        comment: Option<&str>,
        now: Millis,
    ) {
        let mut value = json!({ "media_id": media });
        if let Some(comment) = comment {
            value["comment_id"] = comment.into();
        }
        self.tell_in_changes(account, "mentions", value, now);
    }

    /// A messaging item; in standby while another app owns the thread.
    pub(super) fn tell_direct(&mut self, account: &str, person: &str, item: Value, now: Millis) {
        let update = match self.is_elsewhere(account, person) {
            true => Update::Standby(item),
            false => Update::Messaging(item),
        };
        self.tell_account(account, update, now);
    }

    /// A message of ours comes back.
    pub(super) fn tell_echo(&mut self, account: &str, person: &str, mid: &str, now: Millis) {
        if let Some(item) = self.echo_item(account, person, mid) {
            self.tell_direct(account, person, item, now);
        }
    }
}
