//! What one reads once to know an account: agents, groups, ticket fields, mailboxes, products, settings.

use deskbridge_connectors::http::{Request, Response};
use serde_json::{Value, json};

use super::errors::{Answer, Refusal};
use super::model::Agent;
use super::paging::Page;
use super::seed::{FieldKind, FieldSeed};
use super::server::{Call, Freshdesk, number};
use super::tickets::TYPES;
use super::time::iso;
use crate::shown::{NOTHING, NULL, Shown, shown};

impl Freshdesk {
    pub(super) fn route_account(&self, call: Call<'_>, path: &[&str]) -> Answer {
        let known = matches!(
            path,
            ["agents"
                | "groups"
                | "ticket_fields"
                | "email_configs"
                | "products"
                | "companies"
                | "contact_fields"]
                | ["agents" | "groups", _]
                | ["settings", "helpdesk"]
                | ["account"]
        );
        if !known {
            return Err(Refusal::NotFound);
        }
        if call.request.method != "GET" {
            return Err(Refusal::Method("GET"));
        }
        let list = |items: Vec<Value>| self.plain_list(call.request, &items);
        match path {
            ["agents"] => self.list_agents(call.request),
            ["agents", "me"] => self.show_agent(call.actor),
            ["agents", id] => self.show_agent(number(id)?),
            ["groups"] => list(self.groups.iter().map(|group| self.group_json(group)).collect()),
            ["groups", id] => {
                let id = number(id)?;
                let group = self.groups.iter().find(|(group, _)| *group == id).ok_or(Refusal::NotFound)?;
                Ok(Response::json(200, &self.group_json(group)))
            }
            ["ticket_fields"] => {
                Page::of(call.request, &[])?.answer(&self.ticket_fields(), call.request, &self.base_url)
            }
            ["email_configs"] => list(vec![self.mailbox_json()]),
            ["settings", "helpdesk"] => Ok(Response::json(
                200,
                &json!({ "primary_language": "en", "supported_languages": [], "portal_languages": [] }),
            )),
            ["account"] => Ok(Response::json(200, &self.account_json())),
            // A new account has no products, companies or contact fields of its own.
            _ => list(Vec::new()),
        }
    }

    fn account_json(&self) -> Value {
        json!({
            "account_domain": self.base_url.host_str(),
            "account_id": 1,
            "account_name": "Sandbox",
            "timezone": "Eastern Time (US & Canada)",
            "total_agents": { "full_time": self.agents.len(), "occasional": 0 },
        })
    }

    fn plain_list(&self, request: &Request, items: &[Value]) -> Answer {
        Page::of(request, &[])?.answer(items, request, &self.base_url)
    }

    fn list_agents(&self, request: &Request) -> Answer {
        let page = Page::of(request, &["email"])?;
        let email = request.query("email");
        let wanted =
            |agent: &&Agent| email.as_ref().is_none_or(|email| agent.email.eq_ignore_ascii_case(email));
        let agents: Vec<_> = self.agents.iter().filter(wanted).map(|agent| self.agent_json(agent)).collect();
        page.answer(&agents, request, &self.base_url)
    }

    fn show_agent(&self, id: u64) -> Answer {
        let agent = self.agent(id).ok_or(Refusal::NotFound)?;
        Ok(self.agent_json(agent).answer(200))
    }

    fn agent_json(&self, agent: &Agent) -> Shown {
        let born = iso(self.born);
        let contact = shown!({
            "active": true,
            "created_at": born,
            "email": agent.email,
            "job_title": NULL,
            "language": "en",
            "last_login_at": NULL,
            "mobile": NULL,
            "name": agent.name,
            "phone": NULL,
            "time_zone": "Eastern Time (US & Canada)",
            "updated_at": born,
        });
        shown!({
            "available": true,
            "available_since": NULL,
            "contact": contact,
            "created_at": born,
            "group_ids": NOTHING,
            "id": agent.id,
            "last_active_at": NULL,
            "occasional": false,
            "role_ids": NOTHING,
            "signature": NULL,
            "ticket_scope": agent.scope.number(),
            "type": "support_agent",
            "updated_at": born,
        })
    }

    fn group_json(&self, (id, name): &(u64, String)) -> Value {
        json!({
            "agent_ids": [],
            "auto_ticket_assign": 0,
            "business_hour_id": null,
            "created_at": iso(self.born),
            "description": null,
            "escalate_to": null,
            "id": id,
            "name": name,
            "unassigned_for": null,
            "updated_at": iso(self.born),
        })
    }

    fn mailbox_json(&self) -> Value {
        json!({
            "active": true,
            "created_at": iso(self.born),
            "group_id": null,
            "id": 1,
            "name": "Support",
            "primary_role": true,
            "product_id": null,
            "reply_email": self.support_email(),
            "to_email": self.support_email(),
            "updated_at": iso(self.born),
        })
    }

    fn ticket_fields(&self) -> Vec<Shown> {
        let statuses: serde_json::Map<String, Value> = self
            .status_ids()
            .into_iter()
            .map(|id| (id.to_string(), json!([self.status_label(id), self.status_label(id)])))
            .collect();
        let priorities = json!({ "Low": 1, "Medium": 2, "High": 3, "Urgent": 4 });
        let sources = json!({ "Email": 1, "Portal": 2, "Phone": 3, "Chat": 7, "Feedback Widget": 9 });
        let groups: serde_json::Map<String, Value> =
            self.groups.iter().map(|(id, name)| (name.clone(), json!(id))).collect();
        let standard = [
            ("requester", "Search a requester", true, Value::Null),
            ("subject", "Subject", true, Value::Null),
            ("ticket_type", "Type", false, json!(TYPES)),
            ("source", "Source", false, sources),
            ("status", "Status", true, Value::Object(statuses)),
            ("priority", "Priority", true, priorities),
            ("group", "Group", false, Value::Object(groups)),
            ("agent", "Agent", false, Value::Null),
            ("description", "Description", true, Value::Null),
        ];
        let born = iso(self.born);
        let mut fields: Vec<Shown> = Vec::new();
        for (name, label, required, choices) in standard {
            let id = 501_000_080_000 + fields.len() as u64;
            let field = field_json(&born, id, name, label, &format!("default_{name}"), fields.len() + 1)
                .with("required_for_agents", &required)
                .with("required_for_closure", &false)
                .with("default", &true);
            let field = if choices.is_null() { field } else { field.with("choices", &choices) };
            fields.push(field.end());
        }
        for (id, field) in &self.custom_fields {
            let json = custom_field_json(&born, *id, field, fields.len() + 1);
            fields.push(json);
        }
        fields
    }
}

fn custom_field_json(born: &str, id: u64, field: &FieldSeed, position: usize) -> Shown {
    let kind = match field.kind {
        FieldKind::Text => "custom_text",
        FieldKind::Paragraph => "custom_paragraph",
        FieldKind::Number => "custom_number",
        FieldKind::Checkbox => "custom_checkbox",
        FieldKind::Date => "custom_date",
        FieldKind::Dropdown(_) => "custom_dropdown",
    };
    let shown = field_json(born, id, &field.name, &field.label, kind, position)
        .with("required_for_agents", &field.required_for_agents)
        .with("required_for_closure", &field.required_for_closure)
        .with("default", &false);
    let FieldKind::Dropdown(labels) = &field.kind else { return shown.end() };
    shown.with("choices", labels).end()
}

/// What all fields show; not ended yet. `born` is when the account was made, as the API writes it.
fn field_json(born: &str, id: u64, name: &str, label: &str, kind: &str, position: usize) -> Shown {
    Shown::object()
        .with("created_at", &born)
        .with("customers_can_edit", &false)
        .with("description", &NULL)
        .with("displayed_to_customers", &false)
        .with("id", &id)
        .with("label", &label)
        .with("label_for_customers", &label)
        .with("name", &name)
        .with("position", &position)
        .with("required_for_customers", &false)
        .with("type", &kind)
        .with("updated_at", &born)
}
