//! Tickets with their comments and audits, as the account keeps them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::call::{Id, Via, id, id_of, text};
use super::html::Rendered;
use super::uploads::Attachment;
use crate::Millis;
use crate::shown::Shown;

/// Where a ticket stands, in the order of a ticket's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    New,
    Open,
    Pending,
    Hold,
    Solved,
    Closed,
}

impl Status {
    const ALL: [Self; 6] = [Self::New, Self::Open, Self::Pending, Self::Hold, Self::Solved, Self::Closed];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Hold => "hold",
            Self::Solved => "solved",
            Self::Closed => "closed",
        }
    }

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

pub(super) struct Comment {
    pub(super) id: Id,
    pub(super) audit_id: Id,
    pub(super) author: Id,
    pub(super) public: bool,
    pub(super) rendered: Rendered,
    pub(super) attachments: Vec<Attachment>,
    pub(super) at: Millis,
    pub(super) via: Via,
    pub(super) metadata: Value,
}

/// One update of a ticket. `events` holds all of it but the comment, which is kept once, in the ticket.
pub(super) struct Audit {
    pub(super) id: Id,
    pub(super) author: Id,
    pub(super) at: Millis,
    pub(super) via: Via,
    pub(super) metadata: Value,
    pub(super) comment: Option<Id>,
    pub(super) events: Vec<Value>,
}

pub(super) struct Ticket {
    pub(super) id: Id,
    pub(super) subject: String,
    pub(super) external_id: Option<String>,
    pub(super) requester: Id,
    pub(super) submitter: Id,
    pub(super) assignee: Option<Id>,
    pub(super) group: Option<Id>,
    pub(super) brand: Id,
    pub(super) form: Id,
    pub(super) problem: Option<Id>,
    pub(super) status: Status,
    pub(super) priority: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) fields: BTreeMap<Id, Value>,
    pub(super) comments: Vec<Comment>,
    pub(super) audits: Vec<Audit>,
    pub(super) created: Millis,
    pub(super) updated: Millis,
    pub(super) via: Via,
    pub(super) followups: Vec<Id>,
    /// What a later comment is when it does not say whether it is public.
    pub(super) public_by_default: bool,
    pub(super) deleted: Option<(Millis, Id)>,
    /// What search knows: views of the ticket, each from a moment on.
    pub(super) indexed: Vec<(Millis, Shown)>,
}

impl Ticket {
    pub(super) fn comment(&self, comment: Id) -> Option<&Comment> {
        self.comments.iter().find(|row| row.id == comment)
    }

    /// Whether anything in it is visible to the requester.
    pub(super) fn is_public(&self) -> bool {
        self.comments.iter().any(|comment| comment.public)
    }

    /// The fields whose changes an audit reports, with ids as strings.
    pub(super) fn tracked(&self) -> BTreeMap<String, Value> {
        let opt = |id: Option<Id>| id.map(|id| id.to_string());
        let mut fields: BTreeMap<String, Value> = [
            ("subject", json!(self.subject)),
            ("status", json!(self.status.name())),
            ("external_id", json!(self.external_id)),
            ("requester_id", json!(self.requester.to_string())),
            ("assignee_id", json!(opt(self.assignee))),
            ("group_id", json!(opt(self.group))),
            ("brand_id", json!(self.brand.to_string())),
            ("ticket_form_id", json!(self.form.to_string())),
            ("problem_id", json!(opt(self.problem))),
            ("priority", json!(self.priority)),
            ("type", json!(self.kind)),
            ("tags", json!(self.tags)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        fields.extend(self.fields.iter().map(|(id, value)| (id.to_string(), value.clone())));
        fields
    }

    /// Takes over the fields of a checked `ticket` object; names that it does not have are ignored.
    pub(super) fn apply(&mut self, input: &Value, options: &BTreeMap<Id, Vec<String>>) {
        for (name, value) in input.as_object().into_iter().flatten() {
            let text_value = value.as_str().map(str::to_owned);
            match name.as_str() {
                "subject" => self.subject = text_value.unwrap_or_default(),
                "external_id" => self.external_id = text_value.or_else(|| id(value).map(|id| id.to_string())),
                "requester_id" => self.requester = id(value).unwrap_or(self.requester),
                "assignee_id" => self.assignee = id(value),
                "group_id" => self.group = id(value),
                "brand_id" => self.brand = id(value).unwrap_or(self.brand),
                "ticket_form_id" => self.form = id(value).unwrap_or(self.form),
                "problem_id" => self.problem = id(value),
                "priority" => self.priority = text_value,
                "type" => self.kind = text_value,
                "tags" => self.tags = tags(value),
                _ => {}
            }
        }
        self.apply_fields(input, options);
        if let Some(status) = text(input, "status").and_then(Status::read) {
            self.status = status;
        }
        // A ticket that somebody holds is no longer new.
        if self.status == Status::New && self.assignee.is_some() {
            self.status = Status::Open;
        }
    }

    /// Sets custom fields; unknown ids are ignored without a word. The option of a drop-down is also a tag.
    fn apply_fields(&mut self, input: &Value, options: &BTreeMap<Id, Vec<String>>) {
        for field in input.get("custom_fields").and_then(Value::as_array).into_iter().flatten() {
            let Some(options) = id_of(field, "id").and_then(|id| Some((id, options.get(&id)?))) else {
                continue;
            };
            let (id, options) = options;
            let value = field.get("value").cloned().unwrap_or(Value::Null);
            if !options.is_empty() {
                self.tags.retain(|tag| !options.contains(tag));
                self.tags.extend(value.as_str().map(str::to_owned));
            }
            self.fields.insert(id, value);
        }
    }
}

/// The tags of a list or a spaced string: lower case, without spaces.
pub(super) fn tags(value: &Value) -> BTreeSet<String> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let words = list.iter().filter_map(Value::as_str).flat_map(str::split_whitespace);
    words.map(str::to_lowercase).collect()
}
