//! Triggers: when a ticket changes, those whose conditions hold call a webhook with a rendered body.

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Call, Id, stamp, text};
use super::errors::{Answer, Problem};
use super::ticket::{Status, Ticket, tags};
use crate::Millis;

pub(super) struct Trigger {
    title: String,
    active: bool,
    conditions: Value,
    webhook: String,
    body: String,
    created: Millis,
}

/// What a trigger is told about the update it runs for.
pub(super) struct Fired {
    pub(super) created: bool,
    /// Whether the update's comment was public; `None` without a comment.
    pub(super) comment_public: Option<bool>,
    pub(super) actor: Id,
    pub(super) via: &'static str,
}

/// The condition fields that the stand-in understands; a trigger with another one is refused.
const FIELDS: [&str; 6] =
    ["current_tags", "comment_is_public", "current_via_id", "update_type", "role", "status"];

impl Zendesk {
    /// Sets up what our documentation tells an admin to: every change of a tagged ticket that the bridge did not make.
    pub(super) fn seed_trigger(&mut self, tag: Option<&str>, webhook: String, bridge: Id) {
        let mut all = vec![json!({"field": "role", "operator": "is_not", "value": bridge.to_string()})];
        all.extend(tag.map(|tag| json!({"field": "current_tags", "operator": "includes", "value": tag})));
        let id = self.next_id();
        let trigger = Trigger {
            title: "Deskbridge: tell the bridge".into(),
            active: true,
            conditions: json!({"all": all, "any": []}),
            webhook,
            body: super::seed::TRIGGER_BODY.into(),
            created: 0,
        };
        self.triggers.insert(id, trigger);
    }

    pub(super) fn triggers_route(&mut self, call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
        let id = path.first().map(|id| id.parse().map_err(|_| Problem::no_endpoint())).transpose()?;
        match (method, id, path.len()) {
            ("GET", None, _) => {
                let rows: Vec<_> =
                    self.triggers.iter().map(|(id, row)| self.trigger_view(*id, row)).collect();
                let count = rows.len();
                let list =
                    json!({"triggers": rows, "next_page": null, "previous_page": null, "count": count});
                Ok(Response::json(200, &list))
            }
            ("GET", Some(id), 1) => self.show_trigger(200, id),
            ("POST", None, _) => {
                self.require_admin(&call.actor)?;
                let trigger = self.read_trigger(call)?;
                let id = self.next_id();
                self.triggers.insert(id, trigger);
                self.show_trigger(201, id)
            }
            ("PUT", Some(id), 1) => {
                self.require_admin(&call.actor)?;
                self.triggers.get(&id).ok_or_else(Problem::not_found)?;
                let trigger = self.read_trigger(call)?;
                self.triggers.insert(id, trigger);
                self.show_trigger(200, id)
            }
            ("DELETE", Some(id), 1) => {
                self.require_admin(&call.actor)?;
                self.triggers.remove(&id).ok_or_else(Problem::not_found)?;
                Ok(Response::empty(204))
            }
            _ => Err(Problem::no_endpoint()),
        }
    }

    fn show_trigger(&self, status: u16, id: Id) -> Answer {
        let trigger = self.triggers.get(&id).ok_or_else(Problem::not_found)?;
        Ok(Response::json(status, &json!({"trigger": self.trigger_view(id, trigger)})))
    }

    fn read_trigger(&self, call: &Call<'_>) -> Result<Trigger, Problem> {
        let input = call.object("trigger")?;
        let title = text(input, "title").filter(|title| !title.trim().is_empty());
        let title = title.ok_or_else(|| Problem::invalid("title", "Title: cannot be blank", "BlankValue"))?;
        let conditions = input.get("conditions").cloned().unwrap_or(Value::Null);
        let known = |row: &Value| text(row, "field").is_some_and(|field| FIELDS.contains(&field));
        let rows: Vec<_> = ["all", "any"].iter().flat_map(|name| list(&conditions, name)).collect();
        if rows.is_empty() || !rows.into_iter().all(known) {
            return Err(Problem::invalid("conditions", "Conditions: are invalid", "InvalidValue"));
        }
        let action =
            list(input, "actions").iter().find(|row| text(row, "field") == Some("notification_webhook"));
        let value =
            action.and_then(|row| Some((row["value"].get(0)?.as_str()?, row["value"].get(1)?.as_str()?)));
        let (webhook, body) = value.filter(|(id, _)| self.hooks.contains_key(*id)).ok_or_else(|| {
            Problem::invalid(
                "actions",
                "Actions: notification_webhook needs a webhook and a body",
                "InvalidValue",
            )
        })?;
        Ok(Trigger {
            title: title.to_owned(),
            active: input.get("active").and_then(Value::as_bool).unwrap_or(true),
            conditions,
            webhook: webhook.to_owned(),
            body: body.to_owned(),
            created: call.now(),
        })
    }

    fn trigger_view(&self, id: Id, trigger: &Trigger) -> Value {
        let action = json!({"field": "notification_webhook", "value": [trigger.webhook, trigger.body]});
        json!({"id": id, "url": self.url(&format!("triggers/{id}.json")), "title": trigger.title,
            "active": trigger.active, "conditions": trigger.conditions, "actions": [action],
            "created_at": stamp(trigger.created), "updated_at": stamp(trigger.created)})
    }

    /// Runs the triggers for one update.
    pub(super) fn fire(&mut self, ticket: Id, fired: &Fired, now: Millis) {
        let Some(ticket) = self.tickets.get(&ticket) else { return };
        let fits = |trigger: &&Trigger| trigger.active && self.holds(&trigger.conditions, ticket, fired);
        let calls: Vec<_> = self
            .triggers
            .values()
            .filter(fits)
            .map(|trigger| (trigger.webhook.clone(), render(&trigger.body, ticket, fired)))
            .collect();
        for (webhook, body) in calls {
            self.enqueue(webhook, body, now);
        }
    }

    fn holds(&self, conditions: &Value, ticket: &Ticket, fired: &Fired) -> bool {
        let any = list(conditions, "any");
        list(conditions, "all").iter().all(|row| self.condition(row, ticket, fired))
            && (any.is_empty() || any.iter().any(|row| self.condition(row, ticket, fired)))
    }

    fn condition(&self, row: &Value, ticket: &Ticket, fired: &Fired) -> bool {
        let operator = text(row, "operator").unwrap_or("is");
        let wanted = match &row["value"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let holds = match text(row, "field").unwrap_or_default() {
            "current_tags" => tags(&json!(wanted)).iter().any(|tag| ticket.tags.contains(tag)),
            "comment_is_public" => match wanted.as_str() {
                "true" | "requester_can_see_comment" => fired.comment_public == Some(true),
                "false" => fired.comment_public == Some(false),
                _ => fired.comment_public.is_some(),
            },
            "current_via_id" => fired.via == wanted,
            "update_type" => (wanted == "Create") == fired.created,
            "role" => self.has_role(fired.actor, &wanted),
            "status" => match (operator, Status::read(&wanted)) {
                ("less_than", Some(wanted)) => ticket.status < wanted,
                ("greater_than", Some(wanted)) => ticket.status > wanted,
                (_, wanted) => Some(ticket.status) == wanted,
            },
            _ => false,
        };
        holds != matches!(operator, "is_not" | "not_includes")
    }

    /// The current user by role or by id. Uncertain: that the condition takes an id.
    fn has_role(&self, user: Id, wanted: &str) -> bool {
        match wanted {
            "all" => true,
            "agent" => self.is_staff(user),
            "end_user" => !self.is_staff(user),
            id => user.to_string() == id,
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Fills the placeholders in, without any escaping, as the real thing does; unknown ones become nothing.
fn render(template: &str, ticket: &Ticket, fired: &Fired) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, tail)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.push_str(&match name.trim() {
            "ticket.id" => ticket.id.to_string(),
            "ticket.external_id" => ticket.external_id.clone().unwrap_or_default(),
            "ticket.status" => ticket.status.name().to_owned(),
            "ticket.title" => ticket.subject.clone(),
            "ticket.requester.id" => ticket.requester.to_string(),
            "current_user.id" => fired.actor.to_string(),
            "ticket.latest_public_comment" => {
                let last = ticket.comments.iter().rfind(|comment| comment.public);
                last.map(|comment| comment.rendered.plain.clone()).unwrap_or_default()
            }
            _ => String::new(),
        });
        rest = tail;
    }
    out.push_str(rest);
    out
}
