//! Changing tickets: properties, delete, restore, merge. Each change tells the automation rules and the search index.

use deskbridge_connectors::http::Response;
use serde_json::{Map, Value, json};

use super::body::Form;
use super::errors::{Answer, Refusal};
use super::model::{CLOSED, Change, Happening, Properties};
use super::server::Freshdesk;
use super::validate::Fields;
use crate::Millis;

const FIELDS: [&str; 14] = [
    "subject",
    "description",
    "requester_id",
    "status",
    "priority",
    "source",
    "type",
    "tags",
    "group_id",
    "responder_id",
    "custom_fields",
    "cc_emails",
    "due_by",
    "fr_due_by",
];

/// The source of an outbound e-mail.
const OUTBOUND: u64 = 10;

impl Freshdesk {
    /// `PUT /tickets/{id}`. Tags replace the old ones; custom fields are merged. Subject and description of outbound tickets stay
    /// (uncertain: how that is refused). There is no hard close: a closed
    /// ticket can be changed and reopened.
    pub(super) fn update_ticket(&mut self, actor: u64, id: u64, form: Form, now: Millis) -> Answer {
        let ticket = self.writable_ticket(actor, id)?;
        let mut fields = Fields::new(&form, &FIELDS);
        if form.fields.is_empty() && form.files.is_empty() {
            fields.refuse("status", "Please send at least one field to change", "missing_field");
        }
        let old = ticket.properties.clone();
        let properties = self.read_properties(&mut fields, old.clone());
        let subject = fields.short_text("subject", 255);
        let description = fields.text("description");
        let cc_emails = fields.texts("cc_emails", 255);
        let requester = fields.number("requester_id");
        if requester.is_some_and(|id| self.is_shut_out(id) || !self.contacts.contains_key(&id)) {
            let message = "There is no contact matching the given requester_id";
            fields.refuse("requester_id", message, "invalid_value");
        }
        if old.source == OUTBOUND {
            for name in ["subject", "description"].into_iter().filter(|name| form.fields.contains_key(*name))
            {
                fields.refuse(name, "It cannot be changed in an outbound ticket", "invalid_field");
            }
        }
        fields.finish()?;
        if description.is_some() {
            self.may_edit()?;
        }
        let attachments = self.store_files(form.files, now);
        let changes = self.changes(&old, &properties);
        if let Some(ticket) = self.tickets.get_mut(&id) {
            if old.status != properties.status {
                ticket.stats.status_changed(old.status, properties.status, now);
            }
            ticket.properties = properties;
            ticket.subject = subject.unwrap_or_else(|| ticket.subject.clone());
            ticket.description = description.unwrap_or_else(|| ticket.description.clone());
            ticket.cc_emails = cc_emails.unwrap_or_else(|| ticket.cc_emails.clone());
            ticket.requester = requester.unwrap_or(ticket.requester);
            ticket.attachments.extend(attachments);
        }
        self.ticket_changed(id, now);
        if !changes.is_empty() {
            self.happened(actor, id, &Happening::Changed(changes), now);
        }
        let ticket = self.tickets.get(&id).ok_or(Refusal::NotFound)?;
        Ok(self.full_ticket_json(ticket, now).end().answer(200))
    }

    /// What differs, in labels; rules do not run for an update that changes nothing.
    fn changes(&self, old: &Properties, new: &Properties) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut note = |field, from: String, to: String| {
            if from != to {
                changes.push(Change { field, from, to });
            }
        };
        note("status", self.status_label(old.status), self.status_label(new.status));
        note("priority", old.priority.to_string(), new.priority.to_string());
        note("ticket_type", old.kind.clone().unwrap_or_default(), new.kind.clone().unwrap_or_default());
        note("group_id", id_text(old.group), id_text(new.group));
        note("responder_id", id_text(old.responder), id_text(new.responder));
        note("tag_names", old.tags.join(","), new.tags.join(","));
        note("custom_fields", json!(old.custom).to_string(), json!(new.custom).to_string());
        changes
    }

    /// Soft: the ticket can still be read, says `deleted: true`, and may be restored.
    pub(super) fn delete_ticket(&mut self, actor: u64, id: u64, now: Millis) -> Answer {
        self.writable_ticket(actor, id)?;
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.deleted = true;
        }
        self.ticket_changed(id, now);
        self.happened(actor, id, &Happening::Gone("delete"), now);
        Ok(Response::empty(204))
    }

    /// What an agent can do in the browser but nobody can through the API: a spam ticket can still be read and answers
    /// 404 to every change.
    pub(super) fn mark_spam(&mut self, actor: u64, id: u64, now: Millis) -> Answer {
        self.writable_ticket(actor, id)?;
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.spam = true;
        }
        self.ticket_changed(id, now);
        self.happened(actor, id, &Happening::Gone("marked_spam"), now);
        Ok(Response::empty(204))
    }

    pub(super) fn restore_ticket(&mut self, actor: u64, id: u64, now: Millis) -> Answer {
        self.visible_ticket(actor, id)?;
        let ticket = self.tickets.get_mut(&id).filter(|ticket| ticket.deleted).ok_or(Refusal::NotFound)?;
        ticket.deleted = false;
        self.ticket_changed(id, now);
        Ok(Response::empty(204))
    }

    /// `PUT /tickets/merge`. The secondary tickets are closed with a note, the primary one gets a note per secondary;
    /// conversations stay where they are. Nothing in the ticket object names the merge (uncertain), only the notes do.
    pub(super) fn merge_tickets(&mut self, actor: u64, form: &Form, now: Millis) -> Answer {
        // The misspelling is Freshdesk's own.
        let known =
            ["primary_id", "ticket_ids", "note_in_primary", "note_in_secondary", "convert_recepients_to_cc"];
        let mut fields = Fields::new(form, &known);
        let primary = fields.number("primary_id");
        let secondaries = fields.numbers("ticket_ids").unwrap_or_default();
        fields.flag("convert_recepients_to_cc");
        let usable = |id: &u64| self.writable_ticket(actor, *id).is_ok();
        if !primary.as_ref().is_some_and(usable) {
            fields.refuse("primary_id", "There is no ticket matching the given primary_id", "invalid_value");
        }
        if secondaries.is_empty() || !secondaries.iter().all(|id| usable(id) && Some(*id) != primary) {
            fields.refuse(
                "ticket_ids",
                "There are no tickets matching the given ticket_ids",
                "invalid_value",
            );
        }
        let in_primary = fields.object("note_in_primary").cloned();
        let in_secondary = fields.object("note_in_secondary").cloned();
        fields.finish()?;
        let primary = primary.unwrap_or_default();
        for id in secondaries {
            let told = format!("This ticket is closed and merged into ticket {primary}");
            self.merge_note(actor, id, in_secondary.as_ref(), &told, now)?;
            self.close_merged(actor, id, now);
            let told = format!("Ticket with ID {id} has been merged into this ticket");
            self.merge_note(actor, primary, in_primary.as_ref(), &told, now)?;
        }
        Ok(Response::empty(204))
    }

    /// Closes without asking for the fields that an agent must fill in before closing.
    fn close_merged(&mut self, actor: u64, id: u64, now: Millis) {
        let Some(ticket) = self.tickets.get_mut(&id) else { return };
        let old = ticket.properties.clone();
        ticket.properties.status = CLOSED;
        ticket.stats.status_changed(old.status, CLOSED, now);
        let changes = self.changes(&old, &Properties { status: CLOSED, ..old.clone() });
        self.ticket_changed(id, now);
        if !changes.is_empty() {
            self.happened(actor, id, &Happening::Changed(changes), now);
        }
    }

    fn merge_note(
        &mut self,
        actor: u64,
        ticket: u64,
        wanted: Option<&Map<String, Value>>,
        told: &str,
        now: Millis,
    ) -> Answer {
        let own = wanted.and_then(|note| note.get("body")).and_then(|body| body.as_str());
        let private = wanted.and_then(|note| note.get("private")).and_then(Value::as_bool);
        let body = own.map_or_else(|| format!("<div>{told}</div>"), |own| format!("<div>{told}</div>{own}"));
        let note = json!({ "body": body, "private": private.unwrap_or(true) });
        self.add_note(actor, ticket, Form::of(note), now)
    }

    /// Stamps a ticket and tells the search index, which will know a while later.
    pub(super) fn ticket_changed(&mut self, id: u64, now: Millis) {
        let Some(ticket) = self.tickets.get_mut(&id) else { return };
        ticket.updated = now;
        let visible = !ticket.deleted && !ticket.spam;
        let json = visible.then(|| self.ticket_json(&self.tickets[&id]));
        self.ticket_index.put(id, json, now);
    }
}

fn id_text(id: Option<u64>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
