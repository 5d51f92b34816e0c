//! Reading tickets: one, many, and what `include=` adds.

use std::collections::BTreeSet;

use deskbridge_connectors::http::Request;

use super::contacts::time_filter;
use super::errors::{Answer, Refusal};
use super::html::lossy_text;
use super::model::{OPEN, Ticket};
use super::paging::Page;
use super::server::{Call, Freshdesk};
use super::time::{DAY, iso};
use crate::Millis;
use crate::shown::{NOTHING, NULL, Shown, shown};

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
        let items = found
            .into_iter()
            .map(|ticket| self.embed(self.shown_ticket(ticket), ticket, &include, now).end());
        page.answer(&items.collect::<Vec<_>>(), request, &self.base_url)
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
        let shown = self.full_ticket_json(ticket, call.now);
        Ok(self.embed(shown, ticket, &include, call.now).end().answer(200))
    }

    fn embed(&self, mut shown: Shown, ticket: &Ticket, include: &BTreeSet<String>, now: Millis) -> Shown {
        for name in include {
            shown = match name.as_str() {
                "conversations" => {
                    // Freshdesk documents that only ten are embedded.
                    let first = ticket.conversations.iter().take(10);
                    let first = first.filter_map(|id| self.conversations.get(id));
                    let first: Vec<_> = first.map(|entry| self.conversation_json(entry, now)).collect();
                    shown.with("conversations", &first)
                }
                "requester" => shown.with("requester", &self.requester_json(ticket.requester)),
                "stats" => shown.with("stats", &stats_json(ticket)),
                "company" => shown.with("company", &shown!({})),
                "sla_policy" => shown.with("sla_policy", &shown!({ "name": "Default SLA Policy" })),
                "description" => with_description(shown, ticket),
                _ => shown,
            };
        }
        shown
    }

    fn requester_json(&self, id: u64) -> Shown {
        match (self.contacts.get(&id), self.agent(id)) {
            (Some(contact), _) => shown!({
                "id": id,
                "name": contact.name,
                "email": contact.email,
                "mobile": contact.mobile,
                "phone": contact.phone,
            }),
            (None, Some(agent)) => {
                shown!({ "id": id, "name": agent.name, "email": agent.email, "mobile": NULL, "phone": NULL })
            }
            (None, None) => Shown::of(&NULL),
        }
    }

    /// A ticket as lists and search show it.
    pub(super) fn ticket_json(&self, ticket: &Ticket) -> Shown {
        self.shown_ticket(ticket).end()
    }

    /// The same, not ended yet.
    fn shown_ticket(&self, ticket: &Ticket) -> Shown {
        let properties = &ticket.properties;
        let shown = Shown::object()
            .with("association_type", &NULL)
            .with("cc_emails", &ticket.cc_emails)
            .with("company_id", &NULL)
            .with("created_at", &iso(ticket.created))
            .with("custom_fields", &self.custom_values(&properties.custom))
            .with("due_by", &iso(properties.due_by))
            .with("email_config_id", &NULL)
            .with("fr_due_by", &iso(properties.fr_due_by))
            .with("fr_escalated", &false)
            .with("fwd_emails", &NOTHING)
            .with("group_id", &properties.group)
            .with("id", &ticket.id)
            .with("is_escalated", &false)
            .with("priority", &properties.priority)
            .with("product_id", &NULL)
            .with("reply_cc_emails", &ticket.cc_emails)
            .with("requester_id", &ticket.requester)
            .with("responder_id", &properties.responder)
            .with("source", &properties.source)
            .with("spam", &ticket.spam)
            .with("status", &properties.status)
            .with("subject", &ticket.subject)
            .with("tags", &properties.tags)
            .with("ticket_cc_emails", &ticket.cc_emails)
            .with("to_emails", &NULL)
            .with("type", &properties.kind)
            .with("updated_at", &iso(ticket.updated));
        if ticket.deleted { shown.with("deleted", &true) } else { shown }
    }

    /// A ticket as it is shown alone, with its description and files; not ended yet.
    pub(super) fn full_ticket_json(&self, ticket: &Ticket, now: Millis) -> Shown {
        let shown = with_description(self.shown_ticket(ticket), ticket);
        shown.with("attachments", &self.attachments_json(&ticket.attachments, now))
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

fn with_description(shown: Shown, ticket: &Ticket) -> Shown {
    shown.with("description", &ticket.description).with("description_text", &lossy_text(&ticket.description))
}

fn stats_json(ticket: &Ticket) -> Shown {
    let stats = &ticket.stats;
    shown!({
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

fn included(request: &Request, allowed: &[&str]) -> Result<BTreeSet<String>, Refusal> {
    let include = request.query("include").unwrap_or_default();
    let names: BTreeSet<String> =
        include.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
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
