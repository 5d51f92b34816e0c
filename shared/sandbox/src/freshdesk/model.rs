//! What the account holds.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::seed::TicketScope;
use crate::Millis;

/// Statuses that every account has.
pub(super) const OPEN: u64 = 2;
pub(super) const PENDING: u64 = 3;
pub(super) const RESOLVED: u64 = 4;
pub(super) const CLOSED: u64 = 5;

/// Somebody who answers tickets, or the bridge.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) scope: TicketScope,
    pub(super) revoked: bool,
}

/// Somebody who asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Contact {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) twitter_id: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) other_emails: Vec<String>,
    pub(super) address: Option<String>,
    pub(super) description: Option<String>,
    pub(super) job_title: Option<String>,
    pub(super) language: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) view_all_tickets: bool,
    pub(super) blocked: bool,
    pub(super) deleted: bool,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

impl Contact {
    /// The values by which a contact is known; no two users share one.
    pub(super) const KEYS: [&str; 5] = ["email", "phone", "mobile", "twitter_id", "unique_external_id"];

    /// The value of one of [`Contact::KEYS`].
    pub(super) fn key(&self, name: &str) -> Option<&str> {
        match name {
            "email" => self.email.as_deref(),
            "phone" => self.phone.as_deref(),
            "mobile" => self.mobile.as_deref(),
            "twitter_id" => self.twitter_id.as_deref(),
            "unique_external_id" => self.external_id.as_deref(),
            _ => None,
        }
    }

    /// Sets one of [`Contact::KEYS`].
    pub(super) fn set_key(&mut self, name: &str, value: Option<String>) {
        let value = value.filter(|value| !value.trim().is_empty());
        match name {
            "email" => self.email = value,
            "phone" => self.phone = value,
            "mobile" => self.mobile = value,
            "twitter_id" => self.twitter_id = value,
            "unique_external_id" => self.external_id = value,
            _ => {}
        }
    }

    /// Whether the contact is known by this value. E-mail addresses compare without case.
    pub(super) fn is_known_by(&self, name: &str, value: &str) -> bool {
        if name == "email" {
            let mut emails = self.email.iter().chain(&self.other_emails);
            return emails.any(|email| email.eq_ignore_ascii_case(value));
        }
        self.key(name) == Some(value)
    }
}

/// One ticket.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticket {
    pub(super) id: u64,
    pub(super) subject: String,
    pub(super) description: String,
    pub(super) requester: u64,
    pub(super) properties: Properties,
    pub(super) attachments: Vec<u64>,
    pub(super) conversations: Vec<u64>,
    pub(super) cc_emails: Vec<String>,
    pub(super) deleted: bool,
    pub(super) spam: bool,
    pub(super) created: Millis,
    pub(super) updated: Millis,
    pub(super) stats: Stats,
}

/// What `POST` and `PUT` may set on a ticket.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Properties {
    pub(super) status: u64,
    pub(super) priority: u64,
    pub(super) source: u64,
    pub(super) kind: Option<String>,
    pub(super) group: Option<u64>,
    pub(super) responder: Option<u64>,
    pub(super) tags: Vec<String>,
    pub(super) custom: Map<String, Value>,
    pub(super) due_by: Millis,
    pub(super) fr_due_by: Millis,
}

/// When things happened to a ticket.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    pub(super) agent_responded: Option<Millis>,
    pub(super) requester_responded: Option<Millis>,
    pub(super) first_responded: Option<Millis>,
    pub(super) status_updated: Option<Millis>,
    pub(super) reopened: Option<Millis>,
    pub(super) resolved: Option<Millis>,
    pub(super) closed: Option<Millis>,
    pub(super) pending_since: Option<Millis>,
}

impl Stats {
    /// Notes a change of status.
    pub(super) fn status_changed(&mut self, from: u64, to: u64, now: Millis) {
        self.status_updated = Some(now);
        self.pending_since = (to == PENDING).then_some(now);
        match to {
            RESOLVED => self.resolved = Some(now),
            CLOSED => {
                self.closed = Some(now);
                self.resolved = self.resolved.or(Some(now));
            }
            _ if matches!(from, RESOLVED | CLOSED) => {
                self.reopened = Some(now);
                (self.resolved, self.closed) = (None, None);
            }
            _ => {}
        }
    }
}

/// One reply or note.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) id: u64,
    pub(super) ticket: u64,
    pub(super) source: Source,
    pub(super) author: u64,
    pub(super) body: String,
    pub(super) incoming: bool,
    pub(super) private: bool,
    pub(super) from_email: Option<String>,
    pub(super) to_emails: Vec<String>,
    pub(super) cc_emails: Vec<String>,
    pub(super) bcc_emails: Vec<String>,
    pub(super) attachments: Vec<u64>,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

/// How a conversation came about, with its number in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Reply = 0,
    Note = 2,
}

/// One stored file.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) bytes: Bytes,
    pub(super) created: Millis,
}

/// One automation rule for ticket updates; the definition is what the API was given.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) id: u64,
    pub(super) definition: Map<String, Value>,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

/// What an agent did to a ticket, as automation rules see it.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    Reply,
    Note {
        private: bool,
    },
    Changed(Vec<Change>),
    /// Moved to the trash or to spam: `delete` or `marked_spam`.
    Gone(&'static str),
}

/// One changed property, in the words of the account (labels, not numbers).
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) field: &'static str,
    pub(super) from: String,
    pub(super) to: String,
}

/// The ids that the account gives out, per kind and in order.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    user: u64,
    ticket: u64,
    conversation: u64,
    other: u64,
}

impl Ids {
    pub(super) const fn new() -> Self {
        Self { user: 501_002_381_500, ticket: 0, conversation: 501_004_117_000, other: 501_000_090_000 }
    }

    /// For a contact or an agent: both are users.
    pub(super) fn user(&mut self) -> u64 {
        next(&mut self.user)
    }

    pub(super) fn ticket(&mut self) -> u64 {
        next(&mut self.ticket)
    }

    pub(super) fn conversation(&mut self) -> u64 {
        next(&mut self.conversation)
    }

    /// For everything else: attachments, groups, fields, rules.
    pub(super) fn other(&mut self) -> u64 {
        next(&mut self.other)
    }
}

fn next(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}
