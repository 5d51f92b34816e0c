//! A glance at the tickets, for tests with so many of them, or that look so often, that the whole state would be too much.

use std::collections::BTreeSet;

use super::Zendesk;
use super::call::Id;
use super::seed::Role;
use super::ticket::Status;
use super::uploads::Attachment;
use crate::Millis;

/// A ticket at a glance.
pub struct Glance<'a> {
    /// Its number.
    pub id: Id,
    /// Its subject.
    pub subject: &'a str,
    /// Its tags.
    pub tags: &'a BTreeSet<String>,
    /// Whether an agent threw it away.
    pub deleted: bool,
    /// Whether it takes no more comments.
    pub closed: bool,
    /// What travels in its `external_id`.
    pub external_id: Option<&'a str>,
    /// When it was made.
    pub created: Millis,
    /// Its comments, oldest first.
    pub comments: Vec<GlanceAtComment<'a>>,
}

/// One of its comments.
pub struct GlanceAtComment<'a> {
    /// The role of its author; `None`: the account itself.
    pub role: Option<Role>,
    /// Whether the customer sees it.
    pub public: bool,
    /// Its text.
    pub text: &'a str,
    /// Its HTML.
    pub html: &'a str,
    /// The lengths of its files, in bytes.
    pub files: Vec<usize>,
    /// Since when.
    pub at: Millis,
}

impl Zendesk {
    /// All tickets at a glance.
    pub fn glances(&self) -> impl Iterator<Item = Glance<'_>> {
        self.tickets.values().map(move |ticket| Glance {
            id: ticket.id,
            subject: &ticket.subject,
            tags: &ticket.tags,
            deleted: ticket.deleted.is_some(),
            closed: ticket.status == Status::Closed,
            external_id: ticket.external_id.as_deref(),
            created: ticket.created,
            comments: ticket
                .comments
                .iter()
                .map(|comment| GlanceAtComment {
                    role: self.users.get(&comment.author).map(|user| user.role),
                    public: comment.public,
                    text: &comment.rendered.plain,
                    html: &comment.rendered.html,
                    files: comment.attachments.iter().map(Attachment::len).collect(),
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
