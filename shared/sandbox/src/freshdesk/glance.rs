//! A glance at the tickets, for tests that look so often that the whole state would be too much.

use super::model::{CLOSED, Conversation, Ticket};
use super::server::Freshdesk;

/// A ticket at a glance.
pub struct Glance<'a> {
    /// Its number.
    pub id: u64,
    /// What the field for the conversation holds.
    pub conversation: Option<&'a str>,
    /// Its subject.
    pub subject: &'a str,
    /// Its tags.
    pub tags: &'a [String],
    /// Whether an agent threw it away, or took it for spam.
    pub deleted: bool,
    /// Whether it is closed.
    pub closed: bool,
    /// The description, then the conversations, oldest first.
    pub entries: Vec<GlanceAtEntry<'a>>,
}

/// The description of a ticket, or one of its conversations.
pub struct GlanceAtEntry<'a> {
    /// `customer`, `agent` or `bridge`.
    pub who: &'static str,
    /// Whether the customer sees it.
    pub public: bool,
    /// Its HTML.
    pub html: &'a str,
    /// The lengths of its files, in bytes.
    pub files: Vec<usize>,
}

impl Freshdesk {
    /// All tickets at a glance, oldest first.
    pub fn glances(&self) -> impl Iterator<Item = Glance<'_>> {
        self.tickets.values().map(|ticket| Glance {
            id: ticket.id,
            conversation: ticket.properties.custom.get(&self.conversation_field).and_then(|key| key.as_str()),
            subject: &ticket.subject,
            tags: &ticket.properties.tags,
            deleted: ticket.deleted || ticket.spam,
            closed: ticket.properties.status == CLOSED,
            entries: self.entries(ticket),
        })
    }

    fn entries<'a>(&'a self, ticket: &'a Ticket) -> Vec<GlanceAtEntry<'a>> {
        let description = GlanceAtEntry {
            who: self.person(ticket.requester).1,
            public: true,
            html: &ticket.description,
            files: self.file_lengths(&ticket.attachments),
        };
        let conversations = ticket.conversations.iter().filter_map(|id| self.conversations.get(id));
        let entry = |entry: &'a Conversation| GlanceAtEntry {
            who: self.person(entry.author).1,
            public: !entry.private,
            html: &entry.body,
            files: self.file_lengths(&entry.attachments),
        };
        [description].into_iter().chain(conversations.map(entry)).collect()
    }

    fn file_lengths(&self, ids: &[u64]) -> Vec<usize> {
        ids.iter().filter_map(|id| self.attachments.get(id)).map(|file| file.bytes.len()).collect()
    }
}
