//! Which object a write touches, and taking in unknown ids as placeholders where the seed allows it.

use super::auth::Permission;
use super::error::GraphError;
use super::route::Call;
use super::state::{Author, Graph, Node};
use crate::Millis;

impl Graph {
    /// The page of a post or comment that a write names; the object must be there.
    pub(super) fn existing(
        &self,
        call: &Call,
        id: &str,
        permission: Permission,
    ) -> Result<String, GraphError> {
        let node = self.nodes.get(id).ok_or_else(|| call.gone(id))?;
        self.admit(call, &node.page, permission)?;
        if self.is_gone(node) || node.foreign == Some(false) {
            return Err(call.gone(id));
        }
        Ok(node.page.clone())
    }

    /// The page of a post or comment to write under; an unknown one counts if it may be adopted.
    pub(super) fn writable(
        &self,
        call: &Call,
        id: &str,
        permission: Permission,
    ) -> Result<String, GraphError> {
        if self.nodes.contains_key(id) {
            return self.existing(call, id, permission);
        }
        let page = self.home_of_unknown(id, call.pages()).ok_or_else(|| call.gone(id))?;
        self.admit(call, &page, permission)?;
        Ok(page)
    }

    /// The page that an unknown post or comment id would belong to, if it may be adopted. Made-up ids tell it by
    /// their prefix: a page's id, or the number of one of a page's posts. Else it is the first candidate.
    pub(super) fn home_of_unknown(&self, id: &str, candidates: &[String]) -> Option<String> {
        let (prefix, rest) = id.split_once('_').unwrap_or((id, "0"));
        if !self.adopts_unknown || !is_id(prefix) || !is_id(rest) || self.pages.contains_key(id) {
            return None;
        }
        if self.pages.contains_key(prefix) {
            return Some(prefix.to_owned());
        }
        match self.nodes.values().find(|node| node.is_post() && node.number() == prefix) {
            Some(post) => (!self.is_gone(post)).then(|| post.page.clone()),
            None => candidates.first().cloned(),
        }
    }

    /// Makes the placeholder for an unknown post or comment, and for the post it must hang under.
    pub(super) fn adopt_node(&mut self, id: &str, page: &str, now: Millis) {
        if self.nodes.contains_key(id) {
            return;
        }
        let prefix = id.split_once('_').map(|(prefix, _)| prefix);
        let post = match prefix {
            Some(prefix) if prefix != page => self.post_with_number(page, prefix, now),
            _ => None,
        };
        let blank = self.new_node(id.to_owned(), page, now.div_euclid(1_000));
        let adopted = Node { author: Author::Unknown, adopted: true, ..blank };
        self.insert(match post {
            Some(post) => Node { post: post.clone(), parent: Some(post), ..adopted },
            None => adopted,
        });
    }

    fn post_with_number(&mut self, page: &str, number: &str, now: Millis) -> Option<String> {
        let known =
            self.nodes.values().find(|node| node.is_post() && node.page == page && node.number() == number);
        if let Some(post) = known {
            return Some(post.id.clone());
        }
        let id = format!("{page}_{number}");
        self.adopt_node(&id, page, now);
        Some(id)
    }

    /// Makes sure of a person with this PSID at the page, adopting an unknown one where that is allowed.
    pub(super) fn psid(&mut self, page: &str, psid: &str) -> Result<(), GraphError> {
        let adopts_unknown = self.adopts_unknown;
        if self.person(page, psid).is_some_and(|person| person.psid == psid) {
            // Somebody may have signed a message of theirs by hand, so that nothing is known of it here.
            let thread = self.thread_mut(page, psid);
            thread.adopted |= adopts_unknown && thread.last_user_act.is_none() && thread.messages.is_empty();
            return Ok(());
        }
        if !adopts_unknown || !is_id(psid) {
            return Err(GraphError::no_such_user());
        }
        let feed_id = self.number().to_string();
        self.add_person(page, &feed_id, psid, "Somebody");
        if let Some(person) = self.person_mut(page, psid) {
            person.unreadable = true;
        }
        self.thread_mut(page, psid).adopted = true;
        Ok(())
    }
}

/// Real ids are digits; whoever makes one up may think of more.
fn is_id(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    !text.is_empty() && text.bytes().all(legal)
}
