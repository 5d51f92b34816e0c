//! Reading tickets: one, many, and what `include=` adds.

use deskbridge_connectors::http::{Request, Response};
use serde_json::{Value, json};

use super::contacts::time_filter;
use super::errors::{Answer, Refusal};
use super::html::lossy_text;
use super::model::{OPEN, Ticket};
use super::paging::Page;
use super::server::{Call, Freshdesk};
use super::time::{DAY, iso};
use crate::Millis;

const FILTERS: [&str; 9] = [
    "requester_id",
    "email",
    "unique_external_id",
    "filter",
    "updated_since",
    "order_by",
    "order_type",
    "include",
    "company_id",
];

impl Freshdesk {
    /// Without `updated_since` only tickets created within the last 30 days are listed, as Freshdesk documents.
    /// Unlike `/search` the list is fresh.
    pub(super) fn list_tickets(&self, call: Call<'_>) -> Answer {
        let Call { request, actor, now } = call;
        let page = Page::of(request, &FILTERS)?;
        let include = included(request, &["stats", "requester", "description", "company"])?;
        let order = Order::of(request)?;
        let mut found: Vec<&Ticket> =
            self.tickets.values().filter(|ticket| self.sees(actor, ticket)).collect();
        self.apply_filter(&mut found, request, actor)?;
        match time_filter(request, "updated_since")? {
            Some(since) => found.retain(|ticket| seconds(ticket.updated) >= seconds(since)),
            None => found.retain(|ticket| ticket.created > now - 30 * DAY),
        }
        if let Some(requester) = self.requester_filter(request)? {
            found.retain(|ticket| Some(ticket.requester) == requester);
        }
        if request.query("company_id").is_some() {
            // The account has no companies.
            found.clear();
        }
        order.sort(&mut found);
        let items = found.into_iter().map(|ticket| {
            let mut json = self.ticket_json(ticket);
            self.embed(&mut json, ticket, &include, now);
            json
        });
        page.answer(items.collect(), request, &self.base_url)
    }

    fn apply_filter(&self, found: &mut Vec<&Ticket>, request: &Request, actor: u64) -> Result<(), Refusal> {
        match request.query("filter").as_deref() {
            None => found.retain(|ticket| !ticket.deleted && !ticket.spam),
            Some("deleted") => found.retain(|ticket| ticket.deleted),
            Some("spam") => found.retain(|ticket| ticket.spam),
            // Nobody can watch a ticket here.
            Some("watching") => found.clear(),
            Some("new_and_my_open") => found.retain(|ticket| {
                let mine = ticket.properties.responder.is_none_or(|responder| responder == actor);
                mine && ticket.properties.status == OPEN && !ticket.deleted && !ticket.spam
            }),
            Some(_) => {
                let message = "It should be one of these values: 'new_and_my_open,watching,spam,deleted'";
                return Err(Refusal::field("filter", message, "invalid_value"));
            }
        }
        Ok(())
    }

    /// `Some(None)`: filtered by somebody whom nobody knows.
    fn requester_filter(&self, request: &Request) -> Result<Option<Option<u64>>, Refusal> {
        if let Some(id) = request.query("requester_id") {
            let message = "It should be a/an Positive Integer";
            let id = id.parse().map_err(|_| Refusal::field("requester_id", message, "datatype_mismatch"))?;
            return Ok(Some(Some(id)));
        }
        for name in ["email", "unique_external_id"] {
            if let Some(value) = request.query(name) {
                if name == "unique_external_id" {
                    self.external_ids()?;
                }
                return Ok(Some(self.holder(name, &value)));
            }
        }
        Ok(None)
    }

    pub(super) fn show_ticket(&self, call: Call<'_>, id: u64) -> Answer {
        let ticket = self.visible_ticket(call.actor, id)?;
        let allowed = ["conversations", "requester", "company", "stats", "sla_policy"];
        let include = included(call.request, &allowed)?;
        let mut json = self.full_ticket_json(ticket, call.now);
        self.embed(&mut json, ticket, &include, call.now);
        Ok(Response::json(200, &json))
    }

    fn embed(&self, json: &mut Value, ticket: &Ticket, include: &[String], now: Millis) {
        for name in include {
            match name.as_str() {
                "conversations" => {
                    // Freshdesk documents that only ten are embedded.
                    let first = ticket.conversations.iter().take(10);
                    let first = first.filter_map(|id| self.conversations.get(id));
                    json["conversations"] = first.map(|entry| self.conversation_json(entry, now)).collect();
                }
                "requester" => json["requester"] = self.requester_json(ticket.requester),
                "stats" => json["stats"] = stats_json(ticket),
                "company" => json["company"] = json!({}),
                "sla_policy" => json["sla_policy"] = json!({ "name": "Default SLA Policy" }),
                "description" => {
                    json["description"] = json!(ticket.description);
                    json["description_text"] = json!(lossy_text(&ticket.description));
                }
                _ => {}
            }
        }
    }

    fn requester_json(&self, id: u64) -> Value {
        match (self.contacts.get(&id), self.agent(id)) {
            (Some(contact), _) => json!({
                "id": id,
                "name": contact.name,
                "email": contact.email,
                "mobile": contact.mobile,
                "phone": contact.phone,
            }),
            (None, Some(agent)) => {
                json!({ "id": id, "name": agent.name, "email": agent.email, "mobile": null, "phone": null })
            }
            (None, None) => Value::Null,
        }
    }

    /// A ticket as lists and search show it.
    pub(super) fn ticket_json(&self, ticket: &Ticket) -> Value {
        let properties = &ticket.properties;
        let mut json = json!({
            "association_type": null,
            "cc_emails": ticket.cc_emails,
            "company_id": null,
            "created_at": iso(ticket.created),
            "custom_fields": self.custom_values(&properties.custom),
            "due_by": iso(properties.due_by),
            "email_config_id": null,
            "fr_due_by": iso(properties.fr_due_by),
            "fr_escalated": false,
            "fwd_emails": [],
            "group_id": properties.group,
            "id": ticket.id,
            "is_escalated": false,
            "priority": properties.priority,
            "product_id": null,
            "reply_cc_emails": ticket.cc_emails,
            "requester_id": ticket.requester,
            "responder_id": properties.responder,
            "source": properties.source,
            "spam": ticket.spam,
            "status": properties.status,
            "subject": ticket.subject,
            "tags": properties.tags,
            "ticket_cc_emails": ticket.cc_emails,
            "to_emails": null,
            "type": properties.kind,
            "updated_at": iso(ticket.updated),
        });
        if ticket.deleted {
            json["deleted"] = json!(true);
        }
        json
    }

    /// A ticket as it is shown alone, with its description and files.
    pub(super) fn full_ticket_json(&self, ticket: &Ticket, now: Millis) -> Value {
        let mut json = self.ticket_json(ticket);
        json["description"] = json!(ticket.description);
        json["description_text"] = json!(lossy_text(&ticket.description));
        json["attachments"] = self.attachments_json(&ticket.attachments, now);
        json
    }

    /// The name of a status: the four that everybody has, then the account's own.
    pub(super) fn status_label(&self, status: u64) -> String {
        match status {
            2 => "Open".to_owned(),
            3 => "Pending".to_owned(),
            4 => "Resolved".to_owned(),
            5 => "Closed".to_owned(),
            own => {
                let position = usize::try_from(own.saturating_sub(6)).unwrap_or(usize::MAX);
                self.statuses.get(position).cloned().unwrap_or_else(|| own.to_string())
            }
        }
    }
}

fn stats_json(ticket: &Ticket) -> Value {
    let stats = &ticket.stats;
    json!({
        "agent_responded_at": stats.agent_responded.map(iso),
        "requester_responded_at": stats.requester_responded.map(iso),
        "first_responded_at": stats.first_responded.map(iso),
        "status_updated_at": stats.status_updated.map(iso),
        "reopened_at": stats.reopened.map(iso),
        "resolved_at": stats.resolved.map(iso),
        "closed_at": stats.closed.map(iso),
        "pending_since": stats.pending_since.map(iso),
    })
}

fn included(request: &Request, allowed: &[&str]) -> Result<Vec<String>, Refusal> {
    let include = request.query("include").unwrap_or_default();
    let names: Vec<String> = include.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.iter().all(|name| allowed.contains(&name.as_str())) {
        return Ok(names);
    }
    let message = format!("It should be one of these values: '{}'", allowed.join(","));
    Err(Refusal::field("include", message, "invalid_value"))
}

/// How a list is sorted: newest first unless asked otherwise.
struct Order {
    key: fn(&Ticket) -> i64,
    ascending: bool,
}

impl Order {
    fn of(request: &Request) -> Result<Self, Refusal> {
        let key: fn(&Ticket) -> i64 = match request.query("order_by").as_deref() {
            None | Some("created_at") => |ticket| ticket.created,
            Some("updated_at") => |ticket| ticket.updated,
            Some("due_by") => |ticket| ticket.properties.due_by,
            Some("status") => |ticket| i64::try_from(ticket.properties.status).unwrap_or(i64::MAX),
            Some(_) => {
                let message = "It should be one of these values: 'due_by,created_at,updated_at,status'";
                return Err(Refusal::field("order_by", message, "invalid_value"));
            }
        };
        let ascending = match request.query("order_type").as_deref() {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => {
                let message = "It should be one of these values: 'asc,desc'";
                return Err(Refusal::field("order_type", message, "invalid_value"));
            }
        };
        Ok(Self { key, ascending })
    }

    fn sort(&self, tickets: &mut [&Ticket]) {
        tickets.sort_by_key(|ticket| ((self.key)(ticket), ticket.id));
        if !self.ascending {
            tickets.reverse();
        }
    }
}

fn seconds(at: Millis) -> i64 {
    at.div_euclid(1000)
}
