//! What surrounds tickets: settings, brands, groups and ticket fields.

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::Id;
use super::errors::{Answer, Problem};

pub(super) const BRAND: Id = 360_100;
pub(super) const FORM: Id = 360_200;
pub(super) const GROUPS: [Id; 1] = [360_300];
/// Ids of the built-in ticket fields start here.
const SYSTEM_FIELDS: Id = 360_400;

impl Zendesk {
    pub(super) fn account_route(&self, path: &[&str]) -> Answer {
        match path {
            ["account", "settings"] => Ok(Response::json(200, &json!({"settings": self.settings()}))),
            ["brands"] => Ok(listed("brands", &[self.brand()])),
            ["groups"] => Ok(listed(
                "groups",
                &[json!({"id": GROUPS[0], "name": "Support", "default": true,
                "is_public": true, "deleted": false, "url": self.url(&format!("groups/{}.json", GROUPS[0]))})],
            )),
            ["ticket_forms"] => Ok(listed(
                "ticket_forms",
                &[json!({"id": FORM, "name": "Default", "active": true,
                "default": true, "position": 1, "end_user_visible": true})],
            )),
            ["ticket_fields"] => Ok(listed("ticket_fields", &self.ticket_fields())),
            _ => Err(Problem::no_endpoint()),
        }
    }

    fn settings(&self) -> Value {
        let workspace = self.redacting.workspace;
        json!({
            "active_features": {"agent_workspace": workspace, "rich_text_comments": true, "ccs_followers": true},
            "tickets": {"comments_public_by_default": true, "is_first_comment_private_enabled": true,
                "private_attachments": false, "rich_text_comments": true, "agent_workspace": workspace},
            "billing": {"plan": self.seed.plan.name()},
            "localization": {"locale_ids": [1]},
        })
    }

    fn brand(&self) -> Value {
        json!({"id": BRAND, "name": self.seed.subdomain, "subdomain": self.seed.subdomain,
            "brand_url": self.seed.base_url.as_str(), "active": true, "default": true, "has_help_center": false,
            "ticket_form_ids": [FORM], "url": self.url(&format!("brands/{BRAND}.json"))})
    }

    fn ticket_fields(&self) -> Vec<Value> {
        let built_in = ["subject", "description", "status", "tickettype", "priority", "group", "assignee"];
        let built_in = built_in.iter().zip(SYSTEM_FIELDS..).map(
            |(kind, id)| json!({"id": id, "type": kind, "title": kind, "active": true, "removable": false}),
        );
        let custom = self.seed.fields.iter().map(|field| {
            let kind = match (field.options.is_empty(), field.date) {
                (_, true) => "date",
                (true, false) => "text",
                (false, false) => "tagger",
            };
            let options: Vec<_> =
                field.options.iter().map(|tag| json!({"name": tag, "value": tag})).collect();
            json!({"id": field.id, "type": kind, "title": field.title, "active": true, "removable": true,
                "custom_field_options": options})
        });
        built_in.chain(custom).collect()
    }
}

fn listed(name: &str, rows: &[Value]) -> Response {
    Response::json(200, &json!({name: rows, "next_page": null, "previous_page": null, "count": rows.len()}))
}
