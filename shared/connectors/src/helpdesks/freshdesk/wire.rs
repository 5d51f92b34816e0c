//! The parts of Freshdesk's JSON that we read. Everything that is not needed may be absent or of another shape.

use deskbridge_core::Moment;
use deskbridge_core::model::TicketStatus;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::TicketFacts;

/// An id: Freshdesk sends numbers of up to 19 digits, kept as text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "NumberOrText")]
pub(super) struct Id(pub(super) String);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl From<NumberOrText> for Id {
    fn from(value: NumberOrText) -> Self {
        match value {
            NumberOrText::Number(number) => Self(number.to_string()),
            NumberOrText::Text(text) => Self(text),
        }
    }
}

/// Something that was just made.
#[derive(Debug, Deserialize)]
pub(super) struct Made {
    pub(super) id: Id,
}

/// A ticket, alone or in a list.
#[derive(Debug, Deserialize)]
pub(super) struct Ticket {
    pub(super) id: Id,
    pub(super) status: u64,
    #[serde(default)]
    pub(super) requester_id: Option<Id>,
    /// With `include=requester`.
    #[serde(default)]
    requester: Option<Requester>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) subject: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    custom_fields: Option<Map<String, Value>>,
    #[serde(default)]
    deleted: Option<bool>,
    #[serde(default)]
    spam: Option<bool>,
    /// uncertain: not in Freshdesk's reference pages; believed where it appears.
    #[serde(default)]
    merged_ticket_id: Option<Id>,
}

#[derive(Debug, Deserialize)]
struct Requester {
    #[serde(default)]
    email: Option<String>,
}

impl Ticket {
    /// Whether the requester has an e-mail address, as far as they were included.
    pub(super) fn requester_has_email(&self) -> bool {
        let email = self.requester.as_ref().and_then(|requester| requester.email.as_deref());
        email.is_some_and(|email| !email.is_empty())
    }

    /// The conversation key in it.
    pub(super) fn conversation(&self, field: &str) -> Option<&str> {
        let value = self.custom_fields.as_ref()?.get(field)?.as_str()?;
        Some(value).filter(|value| !value.is_empty())
    }

    /// Its tags.
    pub(super) fn tags(&self) -> &[String] {
        self.tags.as_deref().unwrap_or_default()
    }

    /// Whether agents no longer see it: in the trash or in the spam folder.
    pub(super) fn is_gone(&self) -> bool {
        self.deleted == Some(true) || self.spam == Some(true)
    }

    /// The ticket that it was merged into.
    pub(super) fn merged_into(&self) -> Option<&str> {
        let id = self.merged_ticket_id.as_ref()?.0.as_str();
        Some(id).filter(|id| *id != self.id.0 && is_number(id))
    }

    /// When it was made.
    pub(super) fn created(&self) -> Option<Moment> {
        let time: jiff::Timestamp = self.created_at.as_deref()?.parse().ok()?;
        Some(Moment(time.as_millisecond()))
    }

    /// What the bridge wants to know of it.
    pub(super) fn facts(&self, field: &str) -> TicketFacts {
        TicketFacts {
            ticket: self.id.0.clone(),
            conversation: self.conversation(field).map(str::to_owned),
            status: status_of(self.status),
            tags: self.tags().to_vec(),
        }
    }
}

/// The status ids that the bridge itself sets or asks about.
pub(super) const STATUS_OPEN: u64 = 2;
/// Closed, which in Freshdesk is no more final than resolved.
pub(super) const STATUS_CLOSED: u64 = 5;

/// A status id in the bridge's words. A closed ticket (5) still takes notes and can be set back to open, unlike
/// Zendesk's, so it counts as solved. Ids from 6 on are an account's own ("Waiting on ...").
pub(super) fn status_of(id: u64) -> TicketStatus {
    match id {
        3 => TicketStatus::Pending,
        4 | STATUS_CLOSED => TicketStatus::Solved,
        id if id >= 6 => TicketStatus::Pending,
        _ => TicketStatus::Open,
    }
}

/// An entry of a ticket's conversation list: a reply or a note.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) body_text: Option<String>,
    #[serde(default)]
    pub(super) incoming: Option<bool>,
    #[serde(default)]
    pub(super) private: Option<bool>,
    #[serde(default)]
    pub(super) source: Option<i64>,
    #[serde(default)]
    pub(super) user_id: Option<Id>,
    #[serde(default)]
    pub(super) attachments: Option<Vec<File>>,
}

/// A file of an entry.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) attachment_url: Option<String>,
    #[serde(default)]
    pub(super) size: Option<u64>,
}

/// Whether this is a plain number.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A key that orders ids by number; `None` if one is not a number.
pub(super) fn order(id: &str) -> Option<(usize, &str)> {
    let digits = id.trim_start_matches('0');
    is_number(id).then_some((digits.len(), digits))
}
