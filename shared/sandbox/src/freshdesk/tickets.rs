//! `/tickets`: which operation a path means, and creating a ticket.

use super::body::{self, Form};
use super::contacts::looks_like_email;
use super::errors::{Answer, Refusal};
use super::model::{CLOSED, Contact, Properties, RESOLVED, Ticket};
use super::seed::TicketScope;
use super::server::{Call, Freshdesk, number};
use super::time::{DAY, parse};
use super::validate::Fields;
use crate::Millis;

/// What may be named as the requester; exactly one of them.
const REQUESTERS: [&str; 6] =
    ["requester_id", "email", "facebook_id", "phone", "twitter_id", "unique_external_id"];

const FIELDS: [&str; 20] = [
    "requester_id",
    "email",
    "facebook_id",
    "phone",
    "twitter_id",
    "unique_external_id",
    "name",
    "subject",
    "description",
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

/// Sources that a caller may set: e-mail, portal, phone, chat, mobile, feedback widget, outbound e-mail. Native X and
/// Facebook tickets carry 5 and 6, which nobody can set.
const SOURCES: [u64; 7] = [1, 2, 3, 7, 8, 9, 10];

/// Types of a new account.
pub(super) const TYPES: [&str; 5] = ["Question", "Incident", "Problem", "Feature Request", "Refund"];

/// Whom a new ticket is for.
enum Requester {
    Known(u64),
    New(Box<Contact>),
}

impl Freshdesk {
    pub(super) fn route_tickets(&mut self, call: Call<'_>, path: &[&str]) -> Answer {
        let Call { request, actor, now } = call;
        match (request.method.as_str(), path) {
            ("GET", []) => self.list_tickets(call),
            ("POST", []) => self.create_ticket(body::read(request)?, now),
            (_, []) => Err(Refusal::Method("GET, POST")),
            ("PUT", ["merge"]) => self.merge_tickets(actor, &body::read(request)?, now),
            (_, ["merge"]) => Err(Refusal::Method("PUT")),
            ("GET", [id]) => self.show_ticket(call, number(id)?),
            ("PUT", [id]) => self.update_ticket(actor, number(id)?, body::read(request)?, now),
            ("DELETE", [id]) => self.delete_ticket(actor, number(id)?, now),
            (_, [_]) => Err(Refusal::Method("GET, PUT, DELETE")),
            ("PUT", [id, "restore"]) => self.restore_ticket(actor, number(id)?, now),
            (_, [_, "restore"]) => Err(Refusal::Method("PUT")),
            ("POST", [id, "notes"]) => self.add_note(actor, number(id)?, body::read(request)?, now),
            ("POST", [id, "reply"]) => self.add_reply(actor, number(id)?, body::read(request)?, now),
            (_, [_, "notes" | "reply"]) => Err(Refusal::Method("POST")),
            ("GET", [id, "conversations"]) => self.list_conversations(call, number(id)?),
            (_, [_, "conversations"]) => Err(Refusal::Method("GET")),
            _ => Err(Refusal::NotFound),
        }
    }

    fn create_ticket(&mut self, form: Form, now: Millis) -> Answer {
        if form.fields.contains_key("unique_external_id") {
            self.external_ids()?;
        }
        let mut fields = Fields::new(&form, &FIELDS);
        let subject = fields.required_text("subject");
        fields.short_text("subject", 255);
        let description = fields.required_text("description");
        let cc_emails = fields.texts("cc_emails", 255).unwrap_or_default();
        let start =
            Properties { due_by: now + 3 * DAY, fr_due_by: now + DAY, source: 2, ..Properties::default() };
        // uncertain: the reference page gives status and priority a default, accounts require them nonetheless. The
        // stricter reading.
        fields.require_choice("status", &self.status_ids());
        fields.require_choice("priority", &[1, 2, 3, 4]);
        let properties = self.read_properties(&mut fields, start);
        let requester = self.read_requester(&mut fields, now);
        fields.finish()?;
        let Some(requester) = requester else { return Err(Refusal::NotFound) };
        let requester = match requester {
            Requester::Known(id) => id,
            Requester::New(contact) => self.add_contact(*contact, now),
        };
        let id = self.ids.ticket();
        let attachments = self.store_files(form.files, now);
        let mut ticket = Ticket {
            id,
            subject,
            description,
            requester,
            properties,
            attachments,
            cc_emails,
            created: now,
            ..Ticket::default()
        };
        ticket.stats.status_changed(0, ticket.properties.status, now);
        self.tickets.insert(id, ticket);
        self.ticket_changed(id, now);
        let ticket = self.tickets.get(&id).ok_or(Refusal::NotFound)?;
        let location = self.address(&format!("tickets/{id}"));
        Ok(self.full_ticket_json(ticket, now).end().answer(201).header("location", &location))
    }

    /// `base` with the given properties written over it.
    pub(super) fn read_properties(&self, fields: &mut Fields<'_>, base: Properties) -> Properties {
        let mut to = base;
        to.status = fields.choice("status", &self.status_ids()).unwrap_or(to.status);
        to.priority = fields.choice("priority", &[1, 2, 3, 4]).unwrap_or(to.priority);
        to.source = fields.choice("source", &SOURCES).unwrap_or(to.source);
        if fields.given("type") {
            to.kind = fields.text("type");
            if to.kind.as_ref().is_some_and(|kind| !TYPES.contains(&kind.as_str())) {
                let message = format!("It should be one of these values: '{}'", TYPES.join(","));
                fields.refuse("type", message, "invalid_value");
            }
        }
        if fields.given("group_id") {
            to.group = fields.number("group_id");
            if to.group.is_some_and(|group| !self.groups.iter().any(|(id, _)| *id == group)) {
                fields.refuse("group_id", "There is no group matching the given group_id", "invalid_value");
            }
        }
        if fields.given("responder_id") {
            to.responder = fields.number("responder_id");
            if to.responder.is_some_and(|agent| self.agent(agent).is_none()) {
                fields.refuse(
                    "responder_id",
                    "There is no agent matching the given responder_id",
                    "invalid_value",
                );
            }
        }
        if let Some(tags) = fields.texts("tags", 32) {
            to.tags = tags;
        }
        read_due_times(fields, &mut to);
        let closing = matches!(to.status, RESOLVED | CLOSED);
        to.custom = self.read_custom_fields(fields, &to.custom, closing);
        to
    }

    fn read_requester(&self, fields: &mut Fields<'_>, now: Millis) -> Option<Requester> {
        let named: Vec<&str> = REQUESTERS.into_iter().filter(|name| fields.has(name)).collect();
        let name = match named.as_slice() {
            [name] => *name,
            [] => {
                let message = format!("Please fill at least 1 of {} fields", REQUESTERS.join(", "));
                fields.refuse("requester_id", message, "missing_field");
                return None;
            }
            // uncertain: one requester is documented, what two of them do is not.
            [_, second, ..] => {
                fields.refuse(second, "Only one way of naming the requester can be used", "invalid_field");
                return None;
            }
        };
        let user = match name {
            "requester_id" => {
                let id = fields.number(name)?;
                (self.contacts.contains_key(&id) || self.agent(id).is_some()).then_some(id)
            }
            _ => {
                let value = fields.short_text(name, 255)?;
                self.holder(name, &value)
            }
        };
        match user {
            Some(id) => self.usable_requester(fields, name, id),
            None => new_requester(fields, name, now),
        }
    }

    /// uncertain: that blocked and deleted contacts cannot ask is known, the wording is not.
    fn usable_requester(&self, fields: &mut Fields<'_>, name: &str, id: u64) -> Option<Requester> {
        if self.is_shut_out(id) {
            fields.refuse(name, "The contact is blocked or deleted", "invalid_value");
            return None;
        }
        Some(Requester::Known(id))
    }

    /// Whether a contact is blocked or deleted.
    pub(super) fn is_shut_out(&self, id: u64) -> bool {
        self.contacts.get(&id).is_some_and(|contact| contact.blocked || contact.deleted)
    }

    /// A ticket that the agent may see, deleted or not. uncertain: "no access" is taken as 403 rather than 404, so that
    /// lost rights are not mistaken for a lost ticket.
    pub(super) fn visible_ticket(&self, actor: u64, id: u64) -> Result<&Ticket, Refusal> {
        let ticket = self.tickets.get(&id).ok_or(Refusal::NotFound)?;
        if self.sees(actor, ticket) { Ok(ticket) } else { Err(Refusal::Denied) }
    }

    /// A ticket that the agent may change; a deleted one answers 404 to every change but `restore`.
    pub(super) fn writable_ticket(&self, actor: u64, id: u64) -> Result<&Ticket, Refusal> {
        let ticket = self.visible_ticket(actor, id)?;
        if ticket.deleted || ticket.spam { Err(Refusal::NotFound) } else { Ok(ticket) }
    }

    pub(super) fn sees(&self, actor: u64, ticket: &Ticket) -> bool {
        let scope = self.agent(actor).map(|agent| agent.scope);
        scope == Some(TicketScope::Global) || ticket.properties.responder == Some(actor)
    }

    /// 2 to 5 and the account's own.
    pub(super) fn status_ids(&self) -> Vec<u64> {
        (2..6 + self.statuses.len() as u64).collect()
    }
}

/// A contact is made for a requester that nobody knows yet, except by id, and except by `facebook_id`: the newer pages
/// say that such a contact must exist, and none made through the API has one.
fn new_requester(fields: &mut Fields<'_>, name: &str, now: Millis) -> Option<Requester> {
    if matches!(name, "requester_id" | "facebook_id") {
        let message = format!("There is no contact matching the given {name}");
        fields.refuse(name, message, "invalid_value");
        return None;
    }
    let value = fields.text(name)?;
    if name == "phone" && !fields.has("name") {
        fields.refuse("name", "It should be a/an String", "missing_field");
    }
    if name == "email" && !looks_like_email(&value) {
        fields.refuse("email", "It should be in the 'valid email address' format", "invalid_value");
    }
    let fallback = value.split('@').next().unwrap_or_default().to_owned();
    let name_text = fields.text("name").unwrap_or(fallback);
    let mut contact = Contact { name: name_text, created: now, updated: now, ..Contact::default() };
    contact.set_key(name, Some(value));
    Some(Requester::New(Box::new(contact)))
}

/// Both times or none: one alone would fight with the service-level policy.
fn read_due_times(fields: &mut Fields<'_>, to: &mut Properties) {
    for (name, other) in [("due_by", "fr_due_by"), ("fr_due_by", "due_by")] {
        if fields.has(name) && !fields.has(other) {
            fields.refuse(other, format!("Should be given together with {name}"), "missing_field");
        }
        let Some(text) = fields.text(name) else { continue };
        match (parse(&text), name) {
            (Some(time), "due_by") => to.due_by = time,
            (Some(time), _) => to.fr_due_by = time,
            (None, _) => {
                let message = "It should be in the 'combined date and time ISO8601' format";
                fields.refuse(name, message, "invalid_value");
            }
        }
    }
}
