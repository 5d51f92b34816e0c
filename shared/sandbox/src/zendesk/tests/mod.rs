//! Tests of the stand-in: requests in, responses and webhooks out, as values.

mod auth;
mod comments;
mod lifecycle;
mod limits;
mod sandbox;
mod search;
mod tickets;
mod users;
mod webhooks;

use std::borrow::Borrow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http::{Method, Request, Response, Url};
use serde_json::{Value, json};

use super::{Limits, Zendesk, ZendeskSeed};
use crate::{Millis, StandIn};

/// 2026-01-01T00:00:00Z
pub(super) const START: Millis = 1_767_225_600_000;
pub(super) const BRIDGE_ID: i64 = 10_001;
pub(super) const AGENT_ID: i64 = 10_002;

/// A demo account, a clock that the test moves, and people to call as.
pub(super) struct Desk {
    pub(super) zendesk: Zendesk,
    pub(super) now: Millis,
}

#[derive(Clone, Copy)]
pub(super) enum Who {
    Bridge,
    Agent,
    Nobody,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut ZendeskSeed)) -> Self {
        let mut seed = ZendeskSeed::demo(&Url::parse("http://127.0.0.1:8080").unwrap());
        change(&mut seed);
        Self { zendesk: Zendesk::new(seed), now: START }
    }

    pub(super) fn limited(limits: Limits) -> Self {
        Self::with(|seed| seed.limits = limits)
    }

    pub(super) fn send(&mut self, request: &Request) -> Response {
        self.zendesk.handle(request, self.now)
    }

    /// Status and JSON body of one call.
    pub(super) fn call(
        &mut self,
        who: Who,
        method: &str,
        path: &str,
        body: impl Borrow<Value>,
    ) -> (u16, Value) {
        let response = self.send(&request(who, method, path, body.borrow()));
        (response.status, response.parse().unwrap_or(Value::Null))
    }

    pub(super) fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call(Who::Bridge, "GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// A customer of that external id.
    pub(super) fn customer(&mut self, external_id: &str) -> i64 {
        let user =
            json!({"user": {"name": "Kim Park", "external_id": external_id, "skip_verify_email": true}});
        let (_, body) = self.call(Who::Bridge, "POST", "users/create_or_update", user);
        body["user"]["id"].as_i64().unwrap()
    }

    /// A ticket as the bridge makes it; gives its id.
    pub(super) fn ticket(&mut self) -> i64 {
        let kim = self.customer("sb:fb:1");
        let ticket = json!({"ticket": {"subject": "Parcel", "requester_id": kim, "submitter_id": kim,
            "comment": {"html_body": "<p>My parcel never came</p>", "public": true, "author_id": kim},
            "external_id": "sb:fb:t:1", "tags": ["deskbridge", "Social"], "metadata": {"deskbridge": "e1"}}});
        let (status, body) = self.call(Who::Bridge, "POST", "tickets", ticket);
        assert_eq!(status, 201, "{body}");
        body["ticket"]["id"].as_i64().unwrap()
    }

    pub(super) fn update(&mut self, who: Who, id: i64, ticket: impl Borrow<Value>) -> (u16, Value) {
        self.call(who, "PUT", &format!("tickets/{id}"), json!({"ticket": ticket.borrow()}))
    }

    /// Lets the agent solve a ticket and the automation close it.
    pub(super) fn close(&mut self, id: i64) {
        assert_eq!(self.update(Who::Agent, id, json!({"status": "solved"})).0, 200);
        self.zendesk.control(&super::Control::Close { ticket: id }, self.now).unwrap();
    }

    /// The bodies of the webhooks that are due, all of them accepted.
    pub(super) fn accept_webhooks(&mut self) -> Vec<Value> {
        let due = self.zendesk.due(self.now);
        for webhook in &due {
            self.zendesk.delivered(webhook.id, Some(200), self.now);
        }
        due.iter().map(|webhook| serde_json::from_slice(&webhook.request.body).unwrap()).collect()
    }
}

pub(super) fn request(who: Who, method: &str, path: &str, body: &Value) -> Request {
    let url = Url::parse("http://127.0.0.1:8081/api/v2/").unwrap().join(path).unwrap();
    let request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), url);
    let request = if body.is_null() { request } else { request.json(body) };
    match who {
        Who::Bridge => basic(request, "bridge@acme.example/token:demo-bridge-token"),
        Who::Agent => basic(request, "agent@acme.example/token:demo-agent-token"),
        Who::Nobody => request,
    }
}

pub(super) fn basic(request: Request, login: &str) -> Request {
    request.header("authorization", &format!("Basic {}", BASE64.encode(login)))
}
