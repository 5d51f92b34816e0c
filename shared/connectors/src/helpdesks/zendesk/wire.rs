//! What Zendesk's JSON answers look like, as far as the bridge reads them. Everything that may be missing may be missing.

use deskbridge_core::Moment;
use deskbridge_core::model::TicketStatus;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::helpdesks::parts;

/// The name of our marker in a ticket's metadata. Zendesk shows it in the audit of the write, under `metadata.custom`.
pub(super) const MARKER: &str = "deskbridge";
/// Beside the marker: which messages a ticket was opened with.
pub(super) const CONTENTS: &str = "deskbridge_contents";
/// Beside the marker: which message is in which part of the comment.
pub(super) const PARTS: &str = "deskbridge_parts";

/// The name of what Zendesk puts in the place of a redacted file.
const REDACTED_FILE: &str = "redacted.txt";

/// An id: a number in most answers, text in webhooks. Never read as a floating-point number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Id;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an id as text or whole number")
            }

            fn visit_u64<E: Error>(self, id: u64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }

            fn visit_i64<E: Error>(self, id: i64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Id, E> {
                Ok(Id(id.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// An id as Zendesk wants it in a request: a number wherever it is one.
pub(super) fn id_value(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| Value::from(id), Value::from)
}

/// Orders numeric ids by size, without leaving text.
pub(super) fn id_rank(id: &str) -> (usize, &str) {
    let id = id.trim_start_matches('0');
    (id.len(), id)
}

/// `null` like absence.
fn lenient<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads one of Zendesk's status words; `hold` is one of the ways to wait. `None` for `deleted` and for words of a
/// language or custom status that we do not know.
pub(super) fn status(word: &str) -> Option<TicketStatus> {
    Some(match word.trim().to_lowercase().as_str() {
        "new" => TicketStatus::New,
        "open" => TicketStatus::Open,
        "pending" | "hold" => TicketStatus::Pending,
        "solved" => TicketStatus::Solved,
        "closed" => TicketStatus::Closed,
        _ => return None,
    })
}

/// Reads an RFC 3339 time.
pub(super) fn moment(text: &str) -> Option<Moment> {
    text.parse::<jiff::Timestamp>().ok().map(|time| Moment(time.as_millisecond()))
}

#[derive(Debug, Deserialize)]
pub(super) struct TicketAnswer {
    pub(super) ticket: Ticket,
    /// With `include=users`.
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    pub(super) audit: Option<Audit>,
}

impl TicketAnswer {
    /// Whether the requester's profile has an e-mail address, as far as users were included.
    pub(super) fn requester_has_email(&self) -> bool {
        let is_requester = |user: &&User| user.id.is_some() && user.id == self.ticket.requester_id;
        self.users.iter().find(is_requester).is_some_and(|user| !user.email.is_empty())
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Ticket {
    pub(super) id: Id,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) status: String,
    #[serde(default)]
    pub(super) external_id: Option<Id>,
    #[serde(default)]
    pub(super) requester_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created_at: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) updated_at: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tags: Vec<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) custom_fields: Vec<FieldValue>,
    #[serde(default)]
    pub(super) comment_count: Option<u64>,
}

impl Ticket {
    pub(super) fn status(&self) -> Option<TicketStatus> {
        status(&self.status)
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.status.eq_ignore_ascii_case("deleted")
    }

    pub(super) fn is_closed(&self) -> bool {
        self.status() == Some(TicketStatus::Closed)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct FieldValue {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) value: Value,
}

impl FieldValue {
    /// Whether this is the field, with that value, as `{"id": .., "value": ..}`.
    pub(super) fn is(&self, field: &Value) -> bool {
        field["id"].as_u64() == Some(self.id) && field["value"] == self.value
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Tickets {
    pub(super) tickets: Vec<Ticket>,
    #[serde(default)]
    pub(super) after_cursor: Option<String>,
    #[serde(default)]
    pub(super) end_of_stream: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Audit {
    #[serde(default)]
    pub(super) id: Id,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created_at: String,
    #[serde(default)]
    metadata: Value,
    #[serde(default, deserialize_with = "lenient")]
    events: Vec<AuditEvent>,
}

impl Audit {
    /// Our marker in it, if a write of ours made it.
    pub(super) fn marker(&self) -> Option<&str> {
        self.custom(MARKER)
    }

    /// Which messages a ticket was opened with, if the write that opened it says so.
    pub(super) fn contents(&self) -> Option<&str> {
        self.custom(CONTENTS)
    }

    /// Which message is in which part of the comment of this update, if a write of ours says so.
    pub(super) fn parts(&self) -> Option<Vec<u64>> {
        self.custom(PARTS).and_then(parts::read)
    }

    fn custom(&self, name: &str) -> Option<&str> {
        self.metadata.get("custom")?.get(name)?.as_str()
    }

    /// The id of the comment that came with this update.
    pub(super) fn comment(&self) -> Option<String> {
        self.comment_event()?.id.as_ref().map(|id| id.0.clone())
    }

    /// The HTML of that comment, as it is now.
    pub(super) fn html(&self) -> Option<&str> {
        self.comment_event()?.html_body.as_deref()
    }

    /// The files of that comment that are still there: a redacted one is replaced by an empty `redacted.txt`.
    pub(super) fn files(&self) -> Vec<String> {
        let files = self.comment_event().into_iter().flat_map(|event| &event.attachments);
        let there = files.filter(|file| file.file_name.as_deref() != Some(REDACTED_FILE));
        there.map(|file| file.id.0.clone()).collect()
    }

    /// Whether that comment is public.
    pub(super) fn is_public(&self) -> bool {
        self.comment_event().is_some_and(|event| event.public == Some(true))
    }

    fn comment_event(&self) -> Option<&AuditEvent> {
        self.events.iter().find(|event| event.kind == "Comment")
    }

    /// The subject that this update set, if it set one.
    pub(super) fn subject(&self) -> Option<&str> {
        let change = |event: &&AuditEvent| event.field_name.as_deref() == Some("subject");
        self.events.iter().rev().find(change)?.value.as_str()
    }

    /// The status that this update set, if it set one.
    pub(super) fn status(&self) -> Option<TicketStatus> {
        let change = |event: &&AuditEvent| event.field_name.as_deref() == Some("status");
        self.events.iter().rev().find(change)?.value.as_str().and_then(status)
    }

    /// Puts audits in the order in which they were made.
    pub(super) fn order(&self) -> (Option<Moment>, (usize, &str)) {
        (moment(&self.created_at), id_rank(&self.id.0))
    }
}

#[derive(Debug, Deserialize)]
struct AuditEvent {
    #[serde(default)]
    id: Option<Id>,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    field_name: Option<String>,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    html_body: Option<String>,
    #[serde(default)]
    public: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    attachments: Vec<AuditFile>,
}

/// A file of a comment, as an update tells it.
#[derive(Debug, Deserialize)]
struct AuditFile {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    file_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Audits {
    pub(super) audits: Vec<Audit>,
    #[serde(default)]
    pub(super) meta: Meta,
}

/// Where a cursor-paged list goes on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Meta {
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    after_cursor: Option<String>,
}

impl Meta {
    /// The cursor of the next page, if there is one.
    pub(super) fn next(self) -> Option<String> {
        self.after_cursor.filter(|_| self.has_more)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Comments {
    pub(super) comments: Vec<Comment>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) meta: Meta,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: Id,
    #[serde(rename = "type", default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) public: bool,
    #[serde(default)]
    pub(super) author_id: Id,
    #[serde(default)]
    pub(super) html_body: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) body: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) via: Via,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) attachments: Vec<File>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created_at: String,
}

impl Comment {
    /// Puts comments in the order in which they were written. Several may bear the same second.
    pub(super) fn order(&self) -> (Option<Moment>, (usize, &str)) {
        (moment(&self.created_at), id_rank(&self.id.0))
    }

    /// How it came to be related to another ticket: `merge`, `problem`.
    pub(super) fn relation(&self) -> &str {
        self.via.source.rel.as_deref().unwrap_or_default()
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Via {
    #[serde(default)]
    pub(super) channel: Value,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) source: Source,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Source {
    #[serde(default)]
    pub(super) rel: Option<String>,
    #[serde(default)]
    pub(super) to: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) file_name: Option<String>,
    #[serde(default)]
    pub(super) content_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) content_type: String,
    #[serde(default)]
    pub(super) malware_scan_result: Option<String>,
    #[serde(default)]
    pub(super) size: Option<u64>,
    /// Shown in the text.
    #[serde(default, deserialize_with = "lenient")]
    inline: bool,
}

impl File {
    /// Whether it belongs to what the agent says: the pictures of a signature or of quoted history do not. `shown` are those in
    /// the rest of the text.
    pub(super) fn is_meant(&self, shown: &[String]) -> bool {
        let address = self.content_url.as_deref().unwrap_or_default();
        !self.inline || shown.iter().any(|one| one == address)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct UserAnswer {
    pub(super) user: User,
}

#[derive(Debug, Deserialize)]
pub(super) struct Users {
    pub(super) users: Vec<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    email: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) role: String,
    #[serde(default)]
    pub(super) external_id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) suspended: bool,
}

impl User {
    pub(super) fn is_staff(&self) -> bool {
        matches!(self.role.as_str(), "agent" | "admin")
    }
}

#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) access_token: String,
    #[serde(default)]
    pub(super) expires_in: Option<u64>,
}
