//! A glance at the tickets, for tests with so many of them that the whole state would be too much.

use super::Zendesk;
use super::call::Id;
use super::seed::Role;
use crate::Millis;

/// A ticket at a glance.
pub struct Glance<'a> {
    /// What travels in its `external_id`.
    pub external_id: Option<&'a str>,
    /// When it was made.
    pub created: Millis,
    /// Its comments, oldest first.
    pub comments: Vec<GlanceAtComment<'a>>,
}

/// One of its comments.
pub struct GlanceAtComment<'a> {
    /// Whether it stands there in a customer's name.
    pub by_customer: bool,
    /// Its text.
    pub text: &'a str,
    /// Since when.
    pub at: Millis,
}

impl Zendesk {
    /// All tickets at a glance.
    pub fn glances(&self) -> impl Iterator<Item = Glance<'_>> {
        let customer = |id: &Id| self.users.get(id).is_some_and(|user| user.role == Role::EndUser);
        self.tickets.values().map(move |ticket| Glance {
            external_id: ticket.external_id.as_deref(),
            created: ticket.created,
            comments: ticket
                .comments
                .iter()
                .map(|comment| GlanceAtComment {
                    by_customer: customer(&comment.author),
                    text: &comment.rendered.plain,
                    at: comment.at,
                })
                .collect(),
        })
    }

    /// The number of the newest ticket; 0 if there is none.
    #[must_use]
    pub fn newest_ticket(&self) -> i64 {
        self.last_ticket
    }
}
