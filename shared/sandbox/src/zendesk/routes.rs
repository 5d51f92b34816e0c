//! From a request's method and path to its handler, through authentication, limits and rights.

use deskbridge_connectors::http::Request;
use serde_json::Value;

use super::Zendesk;
use super::call::{Call, Id};
use super::errors::{Answer, Problem};
use super::users::anonymous;
use crate::Millis;

impl Zendesk {
    pub(super) fn route(&mut self, request: &Request, now: Millis) -> Answer {
        let full = request.url.path().trim_matches('/').to_owned();
        let path = full.strip_suffix(".json").unwrap_or(&full);
        let parts: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["oauth", "tokens"]) => self.issue_token(request, now),
            ("GET", ["attachments", "token", id]) => self.content(id, request, now),
            ("GET", ["attachments", "temporary", id]) => self.temporary(id, request, now),
            // Webhooks alone never had the suffix.
            (_, ["api", "v2", "webhooks", ..]) if path != full => Err(Problem::no_endpoint()),
            (method, ["api", "v2", path @ ..]) => self.api(request, method, path, now),
            _ => Err(Problem::no_endpoint()),
        }
    }

    fn api(&mut self, request: &Request, method: &str, path: &[&str], now: Millis) -> Answer {
        self.limiter.account(&self.seed.limits, now)?;
        let Some((actor, scopes)) = self.authenticate(request, now)? else {
            let is_me = method == "GET" && path == ["users", "me"];
            return if is_me { Ok(anonymous()) } else { Err(Problem::unauthenticated()) };
        };
        let resource = match path.first().copied().unwrap_or_default() {
            // Files and searches belong to tickets; the rest has no scope of its own.
            "uploads" | "comment_redactions" | "deleted_tickets" | "incremental" => "tickets",
            other => other,
        };
        if !scopes.allow(resource, method != "GET") {
            return Err(Problem::scope());
        }
        if path != ["users", "me"] {
            self.require_staff(&actor)?;
        }
        if request.headers.contains_key("x-on-behalf-of") {
            // The stand-in has nobody who acts for a customer; doing it as the caller would be a lie.
            return Err(Problem::role());
        }
        let body = if path == ["uploads"] { Value::Null } else { json_body(request)? };
        self.dispatch(&Call { request, body, actor }, method, path)
    }

    fn dispatch(&mut self, call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
        match (method, path) {
            (_, ["users", rest @ ..]) => self.users_route(call, method, rest),
            (_, ["tickets", rest @ ..]) => self.tickets_route(call, method, rest),
            (_, ["triggers", rest @ ..]) => self.triggers_route(call, method, rest),
            (_, ["webhooks", rest @ ..]) => self.webhooks_route(call, method, rest),
            ("POST", ["uploads"]) => self.upload(call),
            ("PUT", ["comment_redactions", comment]) => self.redact_marked(call, number(comment)?),
            ("GET", ["deleted_tickets"]) => self.list_deleted(call),
            ("PUT", ["deleted_tickets", id, "restore"]) => self.restore_ticket(call, number(id)?),
            ("GET", ["search"]) => self.search(call),
            ("GET", ["incremental", "tickets", "cursor"]) => self.export_tickets(call),
            ("GET", ["job_statuses", job]) => self.job_status(job),
            ("GET", rest) => self.account_route(rest),
            _ => Err(Problem::no_endpoint()),
        }
    }

    pub(super) fn tickets_route(&mut self, call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
        match (method, path) {
            ("GET", []) => self.list_tickets(call),
            ("POST", []) => self.create_ticket(call),
            ("GET", ["count"]) => self.count_tickets(call),
            ("GET", ["show_many"]) => self.show_many_tickets(call),
            ("GET", [id]) => self.show_ticket(call, number(id)?),
            ("PUT", [id]) => self.update_ticket(call, number(id)?),
            ("DELETE", [id]) => self.delete_ticket(call, number(id)?),
            ("GET", [id, "comments"]) => self.list_comments(call, number(id)?),
            ("GET", [id, "audits"]) => self.list_audits(call, number(id)?),
            ("PUT" | "POST" | "DELETE", [id, "tags"]) => self.change_tags(call, method, number(id)?),
            ("POST", [id, "merge"]) => self.merge(call, number(id)?),
            ("PUT", [id, "comments", comment, "make_private"]) => {
                self.make_private(call, number(id)?, number(comment)?)
            }
            ("PUT", [id, "comments", comment, "redact"]) => {
                self.redact_text(call, number(id)?, number(comment)?)
            }
            ("PUT", [id, "comments", comment, "attachments", file, "redact"]) => {
                self.redact_file(call, number(id)?, number(comment)?, number(file)?)
            }
            _ => Err(Problem::no_endpoint()),
        }
    }
}

fn number(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::no_endpoint())
}

/// The JSON body. Without a JSON content type it is not read at all, as in the real API.
fn json_body(request: &Request) -> Result<Value, Problem> {
    let kind = request.only_header("content-type").unwrap_or_default();
    if request.body.is_empty() || !kind.starts_with("application/json") {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&request.body).map_err(|_| Problem::unreadable())
}
