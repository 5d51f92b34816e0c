//! Automation rules for ticket updates: who did what to which ticket, and the webhook that tells of it.
//!
//! The rules' JSON follows what public exports show. uncertain: the names `reply_sent` and `custom_headers` and the
//! performer's numbers. Only type 4 (ticket updates) and only the action `trigger_webhook` exist here; anything else is
//! refused rather than kept and ignored.

use deskbridge_connectors::http::{HeaderName, HeaderValue, Method, Request, Response, Url, header};
use serde_json::{Map, Value, json};

use super::body::{self, Form};
use super::errors::{Answer, Refusal};
use super::model::{Change, Conversation, Happening, Rule, Ticket};
use super::seed::WebhookSeed;
use super::server::{Call, Freshdesk, number};
use super::time::iso;
use super::validate::Fields;
use crate::Millis;

const FIELDS: [&str; 8] =
    ["name", "active", "performer", "events", "conditions", "actions", "position", "operator"];

/// The performer "an agent", and "an agent or the requester".
const BY_AGENT: u64 = 1;
const BY_ANYBODY: u64 = 3;

/// The rule that an administrator sets up for the bridge.
pub(super) fn bridge_rule(webhook: &WebhookSeed, field: &str, performers: &[u64]) -> Map<String, Value> {
    let rule = json!({
        "name": "Deskbridge",
        "active": true,
        "performer": { "type": BY_AGENT, "members": performers },
        "events": [{ "field_name": "ticket_action", "value": "update" }],
        "conditions": [{ "name": "condition_set_1", "match_type": "all", "properties": [
            { "resource_type": "ticket", "field_name": "tag_names", "operator": "in", "value": [webhook.tag] },
        ] }],
        "actions": [{
            "field_name": "trigger_webhook",
            "request_type": "POST",
            "url": webhook.endpoint.as_str(),
            "content_type": "JSON",
            "content_layout": "2",
            "content": {
                "v": 1,
                "ticket_id": "{{ticket.id}}",
                "conversation": format!("{{{{ticket.{field}}}}}"),
                "status": "{{ticket.status}}",
                "event": "{{triggered_event}}",
            },
            "custom_headers": { webhook.header_name.as_str(): webhook.header_secret },
        }],
    });
    Form::of(rule).fields
}

impl Freshdesk {
    pub(super) fn route_rules(&mut self, call: Call<'_>, kind: &str, path: &[&str]) -> Answer {
        if kind != "4" {
            return Err(Refusal::NotFound);
        }
        let method = call.request.method.as_str();
        match (method, path) {
            ("GET", []) => Ok(Response::json(200, &self.rules.values().map(rule_json).collect::<Vec<_>>())),
            ("POST", []) => {
                let id = self.add_rule(checked_rule(&body::read(call.request)?)?, call.now);
                Ok(Response::json(201, &rule_json(&self.rules[&id])))
            }
            (_, []) => Err(Refusal::Method("GET, POST")),
            ("GET", [id]) => {
                let rule = self.rules.get(&number(id)?).ok_or(Refusal::NotFound)?;
                Ok(Response::json(200, &rule_json(rule)))
            }
            ("PUT", [id]) => {
                let rule = self.rules.get_mut(&number(id)?).ok_or(Refusal::NotFound)?;
                let mut definition = rule.definition.clone();
                definition.extend(body::read(call.request)?.fields);
                rule.definition = checked_rule(&Form::of(Value::Object(definition)))?;
                rule.updated = call.now;
                Ok(Response::json(200, &rule_json(rule)))
            }
            ("DELETE", [id]) => {
                self.rules.remove(&number(id)?).map(|_| Response::empty(204)).ok_or(Refusal::NotFound)
            }
            (_, [_]) => Err(Refusal::Method("GET, PUT, DELETE")),
            _ => Err(Refusal::NotFound),
        }
    }

    pub(super) fn add_rule(&mut self, definition: Map<String, Value>, now: Millis) -> u64 {
        let id = self.ids.other();
        self.rules.insert(id, Rule { id, definition, created: now, updated: now });
        id
    }

    /// Runs the rules over what `actor` did to a ticket.
    pub(super) fn happened(&mut self, actor: u64, ticket: u64, what: &Happening, now: Millis) {
        let Some(ticket) = self.tickets.get(&ticket) else { return };
        let matching = self.rules.values().filter(|rule| {
            let rule = &rule.definition;
            rule.get("active") != Some(&Value::Bool(false))
                && performed_by(rule.get("performer"), actor)
                && items(rule.get("events")).any(|event| is_event(event, what))
                && items(rule.get("conditions")).all(|set| self.holds(set, ticket))
        });
        let actions = matching.flat_map(|rule| items(rule.definition.get("actions")));
        let requests: Vec<Request> =
            actions.filter_map(|action| self.webhook(action, ticket, what)).collect();
        for request in requests {
            self.webhooks.push(request, now);
        }
    }

    fn holds(&self, set: &Value, ticket: &Ticket) -> bool {
        let mut properties =
            items(set.get("properties")).map(|property| self.property_holds(property, ticket));
        if set["match_type"] == "any" { properties.any(|holds| holds) } else { properties.all(|holds| holds) }
    }

    fn property_holds(&self, property: &Value, ticket: &Ticket) -> bool {
        let wanted = match &property["value"] {
            Value::Array(values) => values.clone(),
            value => vec![value.clone()],
        };
        let field = property["field_name"].as_str().unwrap_or_default();
        let held = match field {
            "tag_names" => json!(ticket.properties.tags),
            "ticket_type" => json!(ticket.properties.kind),
            field if field.starts_with("cf_") => {
                ticket.properties.custom.get(field).cloned().unwrap_or_default()
            }
            field => self.ticket_json(ticket).value()[field].clone(),
        };
        let found = match &held {
            Value::Array(values) => values.iter().any(|value| wanted.contains(value)),
            value => wanted.contains(value),
        };
        let negated = matches!(property["operator"].as_str(), Some("not_in" | "is_not"));
        found != negated
    }

    fn webhook(&self, action: &Value, ticket: &Ticket, what: &Happening) -> Option<Request> {
        let url = Url::parse(action["url"].as_str()?).ok()?;
        let template = match &action["content"] {
            Value::String(text) => text.clone(),
            content => content.to_string(),
        };
        let mut request = Request::new(Method::POST, url);
        request.body = self.rendered(&template, ticket, what).into();
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in action["custom_headers"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            if let (Ok(name), Ok(mut value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                value.set_sensitive(true);
                request.headers.insert(name, value);
            }
        }
        Some(request)
    }

    /// The template with its placeholders filled in, as they are: a quote in a value breaks the JSON around it, which is
    /// why the bridge's own rule sends no text that people wrote.
    fn rendered(&self, template: &str, ticket: &Ticket, what: &Happening) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else { break };
            out.push_str(before);
            out.push_str(&self.placeholder(name.trim(), ticket, what));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn placeholder(&self, name: &str, ticket: &Ticket, what: &Happening) -> String {
        let requester = self.contacts.get(&ticket.requester);
        let latest = |private| {
            let entries = ticket.conversations.iter().rev().filter_map(|id| self.conversations.get(id));
            let mut matching = entries.filter(|entry: &&Conversation| entry.private == private);
            matching.next().map(|entry| entry.body.clone()).unwrap_or_default()
        };
        match name {
            "triggered_event" => triggered(what),
            "ticket.id" => ticket.id.to_string(),
            "ticket.subject" => ticket.subject.clone(),
            "ticket.status" => self.status_label(ticket.properties.status),
            "ticket.priority" => priority_label(ticket.properties.priority).to_owned(),
            "ticket.tags" => ticket.properties.tags.join(","),
            "ticket.url" => self.agent_url(ticket.id),
            "ticket.modified_on" => iso(ticket.updated),
            "ticket.latest_public_comment" => latest(false),
            "ticket.latest_private_comment" => latest(true),
            "ticket.requester.name" | "ticket.contact.name" => {
                requester.map(|contact| contact.name.clone()).unwrap_or_default()
            }
            "ticket.contact.unique_external_id" => {
                requester.and_then(|contact| contact.external_id.clone()).unwrap_or_default()
            }
            own => match own.strip_prefix("ticket.").and_then(|field| ticket.properties.custom.get(field)) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None => String::new(),
                Some(other) => other.to_string(),
            },
        }
    }

    /// Where agents open the ticket in their browser.
    pub(super) fn agent_url(&self, ticket: u64) -> String {
        format!("{}/a/tickets/{ticket}", self.base_url.as_str().trim_end_matches('/'))
    }
}

fn checked_rule(form: &Form) -> Result<Map<String, Value>, Refusal> {
    let mut fields = Fields::new(form, &FIELDS);
    fields.required_text("name");
    fields.flag("active");
    let performer =
        fields.object("performer").and_then(|performer| performer.get("type")).and_then(Value::as_u64);
    if !matches!(performer, Some(BY_AGENT | BY_ANYBODY)) {
        fields.refuse("performer", "It should be one of these values: '1,3'", "invalid_value");
    }
    if items(form.fields.get("events")).next().is_none() {
        fields.refuse("events", "It should be a/an Array", "missing_field");
    }
    let mut actions = items(form.fields.get("actions")).peekable();
    if actions.peek().is_none() {
        fields.refuse("actions", "It should be a/an Array", "missing_field");
    }
    for action in actions {
        let addressed = action["url"].as_str().is_some_and(|url| Url::parse(url).is_ok());
        if action["field_name"] != "trigger_webhook" || action["request_type"] != "POST" || !addressed {
            fields.refuse("actions", "It should trigger a webhook by POST", "invalid_value");
        }
    }
    fields.finish()?;
    Ok(form.fields.clone())
}

fn rule_json(rule: &Rule) -> Value {
    let mut json = Value::Object(rule.definition.clone());
    json["id"] = json!(rule.id);
    json["created_at"] = json!(iso(rule.created));
    json["updated_at"] = json!(iso(rule.updated));
    json
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// Everybody who changes tickets here is an agent; no members means any of them.
fn performed_by(performer: Option<&Value>, actor: u64) -> bool {
    let mut members = items(performer.and_then(|performer| performer.get("members"))).peekable();
    members.peek().is_none() || members.any(|member| member.as_u64() == Some(actor))
}

fn is_event(event: &Value, what: &Happening) -> bool {
    let is = |key: &str, text: &str| event[key] == "--" || event[key] == text || event.get(key).is_none();
    match (event["field_name"].as_str().unwrap_or_default(), what) {
        ("reply_sent", Happening::Reply) => true,
        ("note_type", Happening::Note { private }) => is("value", note_kind(*private)),
        ("ticket_action", Happening::Gone(how)) => event["value"] == *how,
        ("ticket_action", _) => event["value"] == "update",
        (field, Happening::Changed(changes)) => {
            let matches =
                |change: &Change| change.field == field && is("from", &change.from) && is("to", &change.to);
            changes.iter().any(matches)
        }
        _ => false,
    }
}

/// uncertain: the exact wording of `{{triggered_event}}`; public samples show `{field:value}` and `{field:{from,to}}`.
fn triggered(what: &Happening) -> String {
    match what {
        Happening::Reply => "{reply_sent:sent}".to_owned(),
        Happening::Note { private } => format!("{{note_type:{}}}", note_kind(*private)),
        Happening::Gone(how) => format!("{{ticket_action:{how}}}"),
        Happening::Changed(changes) => {
            // Custom fields hold text that people wrote, so only the fact of their change is told.
            let told = changes.iter().map(|Change { field, from, to }| match *field {
                "custom_fields" => "custom_fields".to_owned(),
                field => format!("{field}:{{from:{from},to:{to}}}"),
            });
            format!("{{{}}}", told.collect::<Vec<_>>().join(","))
        }
    }
}

const fn note_kind(private: bool) -> &'static str {
    if private { "private" } else { "public" }
}

const fn priority_label(priority: u64) -> &'static str {
    match priority {
        1 => "Low",
        2 => "Medium",
        3 => "High",
        _ => "Urgent",
    }
}
