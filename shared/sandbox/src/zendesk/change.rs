//! Changes of a ticket: what may be asked for, and how a change is recorded, indexed and told to the triggers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Zendesk;
use super::account::{BRAND, FORM, GROUPS};
use super::call::{Actor, Id, Via, id, id_of, text};
use super::errors::{Details, Problem};
use super::html::Rendered;
use super::seed::Role;
use super::ticket::{Audit, Comment, Status, Ticket};
use super::triggers::Fired;
use super::uploads::{Attachment, Upload};

/// The longest comment, in characters. Uncertain: whether Zendesk counts characters or bytes.
const LONGEST_COMMENT: usize = 65_535;

/// A checked comment that is about to be added.
pub(super) struct NewComment {
    pub(super) rendered: Rendered,
    pub(super) public: bool,
    pub(super) author: Id,
    pub(super) attachments: Vec<Attachment>,
    pub(super) via: Via,
    pub(super) metadata: Value,
}

impl NewComment {
    /// One that the account writes itself, as a merge does.
    pub(super) fn plain(words: &str, public: bool, author: Id, via: Via) -> Self {
        let (rendered, attachments) = (Rendered::from_text(words), Vec::new());
        Self { rendered, public, author, attachments, via, metadata: comment_metadata(author, author) }
    }
}

impl Zendesk {
    /// Checks the fields of a `ticket` object that creating and updating share.
    pub(super) fn check_fields(&self, input: &Value, details: &mut Details) {
        let known = |name: &str, values: &[&str]| match input.get(name) {
            None | Some(Value::Null) => true,
            Some(value) => value.as_str().is_some_and(|value| values.contains(&value)),
        };
        if input.get("status").is_some_and(|value| value.as_str().and_then(Status::read).is_none()) {
            details.add("status", "Status: is not included in the list", "InvalidValue");
        }
        if !known("priority", &["urgent", "high", "normal", "low"]) {
            details.add("priority", "Priority: is invalid", "InvalidValue");
        }
        if !known("type", &["problem", "incident", "question", "task"]) {
            details.add("type", "Type: is invalid", "InvalidValue");
        }
        let ids: [(&str, &str, &[Id]); 3] = [
            ("group_id", "Group", &GROUPS),
            ("brand_id", "Brand", &[BRAND]),
            ("ticket_form_id", "Form", &[FORM]),
        ];
        for (name, title, legal) in ids {
            let given = input.get(name).filter(|value| !value.is_null());
            if given.is_some_and(|value| id(value).is_none_or(|id| !legal.contains(&id))) {
                details.add(name, &format!("{title}: is invalid"), "InvalidValue");
            }
        }
        let assignee = input.get("assignee_id").filter(|value| !value.is_null());
        let may_hold =
            || self.known_user(input, "assignee_id").is_some_and(|user| user.role != Role::EndUser);
        if assignee.is_some() && !may_hold() {
            details.add("assignee_id", "Assignee: is invalid", "InvalidValue");
        }
        self.check_options(input, details);
    }

    fn check_options(&self, input: &Value, details: &mut Details) {
        for given in input.get("custom_fields").and_then(Value::as_array).into_iter().flatten() {
            let field = self.seed.fields.iter().find(|field| id_of(given, "id") == Some(field.id));
            let Some(field) = field.filter(|field| field.date || !field.options.is_empty()) else { continue };
            let fits = |value: &str| match field.date {
                true => value.parse::<jiff::civil::Date>().is_ok() && value.len() == "2026-11-27".len(),
                false => field.options.iter().any(|option| option == value),
            };
            let legal = |value: &Value| value.is_null() || value.as_str().is_some_and(fits);
            if given.get("value").is_some_and(|value| !legal(value)) {
                let what = if field.date { "date" } else { "option" };
                let why = format!("{}: {} is not a valid {what}", field.title, given["value"]);
                details.add("base", &why, "InvalidValue");
            }
        }
    }

    /// Refuses a requester or author whom the account does not know, or who is suspended.
    pub(super) fn check_person(&self, input: &Value, name: &str) -> Result<(), Problem> {
        if input.get(name).is_none_or(Value::is_null) {
            return Ok(());
        }
        match self.known_user(input, name) {
            None => Err(Problem::invalid(name, &format!("{name}: is invalid"), "InvalidValue")),
            Some(user) if user.suspended => Err(Problem::suspended()),
            Some(_) => Ok(()),
        }
    }

    /// The comment of a `ticket` object, if it has one that is not blank.
    pub(super) fn read_comment(
        &self,
        input: &Value,
        author: Option<Id>,
        public: bool,
        actor: &Actor,
    ) -> Result<Option<NewComment>, Problem> {
        let Some(comment) = input.get("comment").filter(|value| !value.is_null()) else { return Ok(None) };
        let plain = text(comment, "body").filter(|body| !body.trim().is_empty());
        let rendered = match (text(comment, "html_body"), plain) {
            (Some(html), _) if !html.trim().is_empty() => (Rendered::from_html(html), html.chars().count()),
            (_, Some(body)) => (Rendered::from_text(body), body.chars().count()),
            // Uncertain: whether the API takes files without a word. Agents can send such comments.
            _ if comment["uploads"].as_array().is_some_and(|uploads| !uploads.is_empty()) => {
                (Rendered::from_text(""), 0)
            }
            _ => return Ok(None),
        };
        let (rendered, length) = rendered;
        if length > LONGEST_COMMENT {
            let why = "Description: is too long (maximum is 65535 characters)";
            return Err(Problem::invalid("comment", why, "InvalidValue"));
        }
        if rendered.is_blank() && length > 0 {
            return Ok(None);
        }
        self.check_person(comment, "author_id")?;
        let author = author.or_else(|| id_of(comment, "author_id")).unwrap_or(actor.user);
        let attachments = self.uploaded(comment.get("uploads"), actor)?;
        let public = comment.get("public").and_then(Value::as_bool).unwrap_or(public);
        let metadata = comment_metadata(author, actor.user);
        Ok(Some(NewComment { rendered, public, author, attachments, via: actor.via.clone(), metadata }))
    }

    fn uploaded(&self, tokens: Option<&Value>, actor: &Actor) -> Result<Vec<Attachment>, Problem> {
        let mut files = Vec::new();
        for token in tokens.and_then(Value::as_array).into_iter().flatten() {
            let upload = token.as_str().and_then(|token| self.uploads.get(token));
            let upload = upload.filter(|upload| actor.now < upload.expires).ok_or_else(|| {
                Problem::invalid(
                    "uploads",
                    "Uploads: the upload token is invalid or has expired",
                    "InvalidValue",
                )
            })?;
            files.extend(upload.files.iter().cloned());
        }
        Ok(files)
    }

    /// The option tags of each custom field.
    pub(super) fn field_options(&self) -> BTreeMap<Id, Vec<String>> {
        self.seed.fields.iter().map(|field| (field.id, field.options.clone())).collect()
    }

    /// Records one update: `ticket` as it is now, `before` as it was (`None` when it is being created). Gives the
    /// audit's id, or `None` if nothing changed.
    pub(super) fn record(
        &mut self,
        mut ticket: Ticket,
        before: Option<&BTreeMap<String, Value>>,
        comment: Option<NewComment>,
        input: &Value,
        actor: &Actor,
    ) -> Option<Id> {
        let created = before.is_none();
        let mut events = self.events(&ticket, before);
        if events.is_empty() && comment.is_none() {
            self.tickets.insert(ticket.id, ticket);
            return None;
        }
        let audit_id = self.next_id();
        let comment_public = comment.as_ref().map(|comment| comment.public);
        let comment = comment.map(|new| self.add_comment(&mut ticket, new, audit_id, actor));
        for event in &mut events {
            event["id"] = self.next_id().into();
        }
        let custom = input.get("metadata").filter(|value| value.is_object()).cloned().unwrap_or(json!({}));
        ticket.audits.push(Audit {
            id: audit_id,
            author: actor.user,
            at: actor.now,
            via: actor.via.clone(),
            metadata: json!({"system": {"client": "deskbridge-sandbox", "ip_address": "127.0.0.1"}, "custom": custom}),
            comment,
            events,
        });
        let id = ticket.id;
        self.store(ticket, actor);
        self.fire(
            id,
            &Fired { created, comment_public, actor: actor.user, via: actor.via.number() },
            actor.now,
        );
        Some(audit_id)
    }

    /// Keeps a ticket that changed, and lets search know of it after its lag.
    pub(super) fn store(&mut self, mut ticket: Ticket, actor: &Actor) {
        ticket.updated = actor.now;
        let known = ticket.indexed.iter().rposition(|(from, _)| *from <= actor.now).unwrap_or(0);
        ticket.indexed.drain(..known);
        let view = self.ticket_view(&ticket);
        ticket.indexed.push((actor.now + self.seed.search_lag_ms, view));
        self.tickets.insert(ticket.id, ticket);
    }

    fn add_comment(&mut self, ticket: &mut Ticket, new: NewComment, audit_id: Id, actor: &Actor) -> Id {
        let id = self.next_id();
        // An upload serves one comment.
        let used =
            |upload: &Upload| upload.files.iter().any(|file| new.attachments.iter().any(|a| a.id == file.id));
        self.uploads.retain(|_, upload| actor.now < upload.expires && !used(upload));
        ticket.comments.push(Comment {
            id,
            audit_id,
            author: new.author,
            public: new.public,
            rendered: new.rendered,
            attachments: new.attachments,
            at: actor.now,
            via: new.via,
            metadata: new.metadata,
        });
        id
    }

    fn events(&self, ticket: &Ticket, before: Option<&BTreeMap<String, Value>>) -> Vec<Value> {
        let after = ticket.tracked();
        let Some(before) = before else {
            let given = after.iter().filter(|(_, value)| !value.is_null());
            let event = |(name, value)| json!({"type": "Create", "field_name": name, "value": value});
            return given.map(event).collect();
        };
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let changed = names.into_iter().map(|name| (name, before.get(name), after.get(name)));
        let changed = changed.filter(|(_, old, new)| old != new);
        changed
            .map(|(name, old, new)| json!({"type": "Change", "field_name": name, "value": new, "previous_value": old}))
            .collect()
    }
}

/// Tells the agent when somebody else wrote in the author's name (flag 11). Uncertain: the flag's number.
fn comment_metadata(author: Id, updater: Id) -> Value {
    let flags: &[u32] = if author == updater { &[] } else { &[11] };
    json!({"system": {"client": "deskbridge-sandbox", "ip_address": "127.0.0.1"}, "custom": {}, "flags": flags})
}
