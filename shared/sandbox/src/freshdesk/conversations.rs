//! Notes and replies.

use deskbridge_connectors::http::Response;

use super::body::{self, Form};
use super::errors::{Answer, Refusal};
use super::html::{framed, lossy_text};
use super::model::{Conversation, Happening, Source};
use super::paging::Page;
use super::server::{Call, Freshdesk};
use super::time::iso;
use super::validate::Fields;
use crate::Millis;
use crate::shown::{NULL, Shown, shown};

const NOTE_FIELDS: [&str; 5] = ["body", "private", "incoming", "user_id", "notify_emails"];
const REPLY_FIELDS: [&str; 5] = ["body", "user_id", "from_email", "cc_emails", "bcc_emails"];

impl Freshdesk {
    /// `POST /tickets/{id}/notes`. Private unless told otherwise, and never reopens the ticket, not even as the
    /// customer's (uncertain, the stricter reading: "customer responds" rules see no API notes).
    pub(super) fn add_note(&mut self, actor: u64, ticket: u64, form: Form, now: Millis) -> Answer {
        self.writable_ticket(actor, ticket)?;
        let mut fields = Fields::new(&form, &NOTE_FIELDS);
        let body = fields.required_text("body");
        let private = fields.flag("private").unwrap_or(true);
        let incoming = fields.flag("incoming").unwrap_or(false);
        let author = fields.number("user_id").unwrap_or(actor);
        let known = self.agent(author).is_some() || self.contacts.contains_key(&author);
        if !known || self.is_shut_out(author) {
            fields.refuse("user_id", "There is no user matching the given user_id", "invalid_value");
        }
        let to_emails = fields.texts("notify_emails", 255).unwrap_or_default();
        fields.finish()?;
        let attachments = self.store_files(form.files, now);
        let entry = Conversation {
            incoming,
            private,
            to_emails,
            attachments,
            ..self.blank_conversation(ticket, Source::Note, author, body, now)
        };
        let response = self.add_conversation(entry, now);
        // uncertain: rules take the API key's agent for the performer, not the `user_id`.
        self.happened(actor, ticket, &Happening::Note { private }, now);
        Ok(response)
    }

    /// `POST /tickets/{id}/reply`, by agents only; the ticket keeps its status.
    ///
    /// uncertain: whether Freshdesk lets an agent reply to a contact without an e-mail address. It is accepted here,
    /// with empty `to_emails`, because a bridge must carry the reply in either case; where Freshdesk refuses, agents
    /// write public notes instead, which this stand-in has as well.
    pub(super) fn add_reply(&mut self, actor: u64, ticket: u64, form: Form, now: Millis) -> Answer {
        let requester = self.writable_ticket(actor, ticket)?.requester;
        let mut fields = Fields::new(&form, &REPLY_FIELDS);
        let body = framed(&fields.required_text("body"));
        let author = fields.number("user_id").unwrap_or(actor);
        if self.agent(author).is_none() {
            fields.refuse("user_id", "There is no agent matching the given user_id", "invalid_value");
        }
        let from_email = fields.text("from_email");
        let cc_emails = fields.texts("cc_emails", 255).unwrap_or_default();
        let bcc_emails = fields.texts("bcc_emails", 255).unwrap_or_default();
        fields.finish()?;
        let attachments = self.store_files(form.files, now);
        let address = self.contacts.get(&requester).and_then(|contact| contact.email.clone());
        let entry = Conversation {
            from_email: from_email.or_else(|| Some(self.support_email())),
            to_emails: address.into_iter().collect(),
            cc_emails,
            bcc_emails,
            attachments,
            ..self.blank_conversation(ticket, Source::Reply, author, body, now)
        };
        let response = self.add_conversation(entry, now);
        self.happened(actor, ticket, &Happening::Reply, now);
        Ok(response)
    }

    fn blank_conversation(
        &mut self,
        ticket: u64,
        source: Source,
        author: u64,
        body: String,
        now: Millis,
    ) -> Conversation {
        Conversation {
            id: self.ids.conversation(),
            ticket,
            source,
            author,
            body,
            incoming: false,
            private: false,
            from_email: None,
            to_emails: Vec::new(),
            cc_emails: Vec::new(),
            bcc_emails: Vec::new(),
            attachments: Vec::new(),
            created: now,
            updated: now,
        }
    }

    fn add_conversation(&mut self, entry: Conversation, now: Millis) -> Response {
        let json = self.conversation_json(&entry, now);
        if let Some(ticket) = self.tickets.get_mut(&entry.ticket) {
            ticket.conversations.push(entry.id);
            if !entry.private && entry.incoming {
                ticket.stats.requester_responded = Some(now);
            } else if !entry.private {
                ticket.stats.agent_responded = Some(now);
                ticket.stats.first_responded = ticket.stats.first_responded.or(Some(now));
            }
        }
        self.ticket_changed(entry.ticket, now);
        self.conversations.insert(entry.id, entry);
        json.answer(201)
    }

    /// `GET /tickets/{id}/conversations`, oldest first. A deleted ticket's can still be read.
    pub(super) fn list_conversations(&self, call: Call<'_>, ticket: u64) -> Answer {
        let ticket = self.visible_ticket(call.actor, ticket)?;
        let page = Page::of(call.request, &[])?;
        let entries = ticket.conversations.iter().filter_map(|id| self.conversations.get(id));
        let items: Vec<_> = entries.map(|entry| self.conversation_json(entry, call.now)).collect();
        page.answer(&items, call.request, &self.base_url)
    }

    /// Notes can be edited and deleted for good; replies cannot, they have left the house.
    pub(super) fn route_conversation(&mut self, call: Call<'_>, id: u64) -> Answer {
        let ticket = self.conversations.get(&id).ok_or(Refusal::NotFound)?.ticket;
        self.writable_ticket(call.actor, ticket)?;
        match call.request.method.as_str() {
            "PUT" => self.edit_note(id, body::read(call.request)?, call.now),
            "DELETE" => self.delete_note(id, call.now),
            _ => Err(Refusal::Method("PUT, DELETE")),
        }
    }

    /// uncertain: an edit runs no automation rules, as "note added" and "ticket updated" do not mention it.
    fn edit_note(&mut self, id: u64, form: Form, now: Millis) -> Answer {
        self.only_note(id)?;
        self.may_edit()?;
        let mut fields = Fields::new(&form, &["body"]);
        let body = fields.required_text("body");
        fields.finish()?;
        let attachments = self.store_files(form.files, now);
        let entry = self.conversations.get_mut(&id).ok_or(Refusal::NotFound)?;
        (entry.body, entry.updated) = (body, now);
        if !attachments.is_empty() {
            entry.attachments = attachments;
        }
        let ticket = entry.ticket;
        self.ticket_changed(ticket, now);
        Ok(self.conversation_json(&self.conversations[&id], now).answer(200))
    }

    /// uncertain: which right of an agent it is, and how its lack is told.
    pub(super) fn may_edit(&self) -> Result<(), Refusal> {
        if self.editing_allowed { Ok(()) } else { Err(Refusal::Denied) }
    }

    fn delete_note(&mut self, id: u64, now: Millis) -> Answer {
        self.only_note(id)?;
        if let Some(entry) = self.conversations.remove(&id) {
            if let Some(ticket) = self.tickets.get_mut(&entry.ticket) {
                ticket.conversations.retain(|other| *other != id);
            }
            self.ticket_changed(entry.ticket, now);
        }
        Ok(Response::empty(204))
    }

    /// uncertain: the status and words for editing a reply.
    fn only_note(&self, id: u64) -> Result<(), Refusal> {
        match self.conversations.get(&id).map(|entry| entry.source) {
            Some(Source::Note) => Ok(()),
            Some(Source::Reply) => {
                Err(Refusal::field("id", "Only public and private notes can be changed", "invalid_value"))
            }
            None => Err(Refusal::NotFound),
        }
    }

    /// A reply or note as the API shows it.
    pub(super) fn conversation_json(&self, entry: &Conversation, now: Millis) -> Shown {
        let reply = entry.source == Source::Reply;
        // uncertain: Freshdesk does not say what `category` means; clients must not look at it.
        shown!({
            "attachments": self.attachments_json(&entry.attachments, now),
            "bcc_emails": entry.bcc_emails,
            "body": entry.body,
            "body_text": lossy_text(&entry.body),
            "category": if reply { 3_u8 } else { 2 },
            "cc_emails": entry.cc_emails,
            "created_at": iso(entry.created),
            "email_failure_count": NULL,
            "from_email": entry.from_email,
            "id": entry.id,
            "incoming": entry.incoming,
            "outgoing_failures": NULL,
            "private": entry.private,
            "source": entry.source as u8,
            "source_additional_info": NULL,
            "support_email": reply.then(|| self.support_email()),
            "thread_id": NULL,
            "thread_message_id": NULL,
            "ticket_id": entry.ticket,
            "to_emails": entry.to_emails,
            "updated_at": iso(entry.updated),
            "user_id": entry.author,
        })
    }

    pub(super) fn support_email(&self) -> String {
        format!("support@{}", self.base_url.host_str().unwrap_or("localhost"))
    }
}
