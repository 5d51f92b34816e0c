//! The account as the demo's page shows it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::html::readable_text;
use super::model::{Conversation, Source, Ticket};
use super::server::Freshdesk;
use super::time::iso;

impl Freshdesk {
    /// Everything an agent would see, newest ticket first: `tickets[]` with `id, subject, status, tags, conversation, fields,
    /// requester, deleted, created_at, updated_at, url, entries[]`; an entry is the description or a conversation with
    /// `id, author, who, kind, public, text, html, files, at`. `who` is `customer`, `agent` or `bridge`.
    #[must_use]
    pub fn state(&self) -> Value {
        json!({
            "helpdesk": "freshdesk",
            "tickets": self.tickets.values().rev().map(|ticket| self.ticket_view(ticket)).collect::<Vec<_>>(),
            "webhooks": { "waiting": self.webhooks.waiting(), "dropped": self.webhooks.dropped },
            "maintenance": self.maintenance,
            "external_ids": self.external_ids_allowed,
        })
    }

    fn ticket_view(&self, ticket: &Ticket) -> Value {
        let entries = ticket.conversations.iter().filter_map(|id| self.conversations.get(id));
        let mut shown = vec![self.description_view(ticket)];
        shown.extend(entries.map(|entry| self.entry_view(entry)));
        json!({
            "id": ticket.id,
            "subject": ticket.subject,
            "status": self.status_label(ticket.properties.status),
            "priority": ticket.properties.priority,
            "tags": ticket.properties.tags,
            "conversation": ticket.properties.custom.get(&self.conversation_field),
            "fields": self.named_fields(ticket),
            "requester": self.person(ticket.requester).0,
            "deleted": ticket.deleted,
            "spam": ticket.spam,
            "created_at": iso(ticket.created),
            "updated_at": iso(ticket.updated),
            "url": self.agent_url(ticket.id),
            "entries": shown,
        })
    }

    /// The values of custom fields by the label that agents see, but for the one that carries the conversation.
    fn named_fields<'a>(&'a self, ticket: &'a Ticket) -> BTreeMap<&'a str, &'a Value> {
        let value = |name: &str| ticket.properties.custom.get(name).filter(|value| !value.is_null());
        let fields = self.custom_fields.iter().filter(|(_, field)| field.name != self.conversation_field);
        fields.filter_map(|(_, field)| Some((field.label.as_str(), value(&field.name)?))).collect()
    }

    fn description_view(&self, ticket: &Ticket) -> Value {
        let (author, who) = self.person(ticket.requester);
        json!({
            "id": null,
            "author": author,
            "who": who,
            "kind": "description",
            "public": true,
            "text": readable_text(&ticket.description),
            "html": ticket.description,
            "files": self.file_names(&ticket.attachments),
            "received": self.received(&ticket.attachments),
            "at": iso(ticket.created),
        })
    }

    fn entry_view(&self, entry: &Conversation) -> Value {
        let (author, who) = self.person(entry.author);
        json!({
            "id": entry.id,
            "author": author,
            "who": who,
            "kind": match entry.source {
                Source::Reply => "reply",
                Source::Note => "note",
            },
            "public": !entry.private,
            "text": readable_text(&entry.body),
            "html": entry.body,
            "files": self.file_names(&entry.attachments),
            "received": self.received(&entry.attachments),
            "at": iso(entry.created),
        })
    }

    fn file_names(&self, ids: &[u64]) -> Vec<&str> {
        ids.iter().filter_map(|id| self.attachments.get(id)).map(|file| file.name.as_str()).collect()
    }

    /// A user's name and part.
    pub(super) fn person(&self, id: u64) -> (&str, &'static str) {
        match (self.agent(id), self.contacts.get(&id)) {
            (Some(agent), _) if id == self.bridge => (&agent.name, "bridge"),
            (Some(agent), _) => (&agent.name, "agent"),
            (None, Some(contact)) => (&contact.name, "customer"),
            (None, None) => ("", "customer"),
        }
    }
}
