//! The stand-in's rules, as values: each test talks HTTP to a fresh account.

mod account;
mod contacts;
mod conversations;
mod files;
mod limits;
mod search;
mod ticket_lists;
mod tickets;
mod view;
mod webhooks;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deskbridge_connectors::http::{Method, Request, Response, Url};
use serde_json::{Value, json};

use super::{Act, AgentAct, Freshdesk, FreshdeskSeed, Words};
use crate::{Millis, StandIn};

/// 2026-03-01T12:00:00Z.
const NOON: Millis = 1_772_366_400_000;
const MINUTE: Millis = 60_000;
const DAY: Millis = 24 * 60 * MINUTE;

const BRIDGE: &str = "demo-bridge-key";
const AGENT: &str = "demo-agent-key";

/// An account and a clock.
struct Desk {
    account: Freshdesk,
    now: Millis,
}

impl Desk {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut FreshdeskSeed)) -> Self {
        let mut seed = FreshdeskSeed::demo(&Url::parse("http://127.0.0.1:8080").unwrap());
        change(&mut seed);
        Self { account: Freshdesk::new(seed), now: NOON }
    }

    fn send(&mut self, request: &Request) -> Response {
        self.account.handle(request, self.now)
    }

    fn get(&mut self, path: &str) -> Response {
        self.send(&request("GET", path, BRIDGE))
    }

    fn post(&mut self, path: &str, body: &Value) -> Response {
        self.send(&request("POST", path, BRIDGE).json(body))
    }

    fn put(&mut self, path: &str, body: &Value) -> Response {
        self.send(&request("PUT", path, BRIDGE).json(body))
    }

    fn delete(&mut self, path: &str) -> Response {
        self.send(&request("DELETE", path, BRIDGE))
    }

    /// As the human agent.
    fn agent_post(&mut self, path: &str, body: &Value) -> Response {
        self.send(&request("POST", path, AGENT).json(body))
    }

    fn agent_put(&mut self, path: &str, body: &Value) -> Response {
        self.send(&request("PUT", path, AGENT).json(body))
    }

    /// A contact named Kim, known by an external id.
    fn kim(&mut self) -> u64 {
        let created = self.post("contacts", &json!({ "name": "Kim", "unique_external_id": "fb:7" }));
        assert_eq!(created.status, 201);
        id(&created)
    }

    /// Kim's ticket, as the bridge makes it.
    fn ticket(&mut self, requester: u64) -> u64 {
        let created = self.post("tickets", &ticket(requester));
        assert_eq!(created.status, 201, "{}", text(&created));
        id(&created)
    }

    fn act(&mut self, ticket: u64, act: Act) -> Response {
        self.account.act(&AgentAct::new(ticket, act), self.now)
    }

    fn reply(&mut self, ticket: u64, words: &str) -> Response {
        self.act(ticket, Act::Reply(Words::typed(words)))
    }
}

fn request(method: &str, path: &str, key: &str) -> Request {
    let url = Url::parse("http://127.0.0.1:8082/api/v2/").unwrap().join(path).unwrap();
    let method: Method = method.parse().unwrap();
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{key}:X")));
    Request::new(method, url).header("authorization", &basic)
}

/// The body of a new ticket.
fn ticket(requester: u64) -> Value {
    json!({
        "requester_id": requester,
        "subject": "Facebook comment by Kim",
        "description": "<p>My parcel never came</p>",
        "status": 2,
        "priority": 1,
        "source": 2,
        "tags": ["deskbridge"],
        "custom_fields": { "cf_deskbridge": "fb-1002-77" },
    })
}

/// `base` with `change` written over it; `null` takes a key out.
fn with(base: &Value, change: &Value) -> Value {
    let mut changed = base.clone();
    for (key, value) in change.as_object().unwrap() {
        changed[key] = value.clone();
        if value.is_null() {
            changed.as_object_mut().unwrap().remove(key);
        }
    }
    changed
}

fn body(response: &Response) -> Value {
    response.parse().unwrap_or_default()
}

fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

fn id(response: &Response) -> u64 {
    body(response)["id"].as_u64().unwrap()
}

/// Each problem of a 400 as `field code`.
fn problems(response: &Response) -> Vec<String> {
    assert_eq!(response.status, 400, "{}", text(response));
    let body = body(response);
    assert_eq!(body["description"], "Validation failed");
    let word = |error: &Value, key: &str| error[key].as_str().unwrap().to_owned();
    let errors = body["errors"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["message"].is_string()));
    errors.iter().map(|error| format!("{} {}", word(error, "field"), word(error, "code"))).collect()
}

fn ids(response: &Response) -> Vec<u64> {
    assert_eq!(response.status, 200, "{}", text(response));
    let body = body(response);
    let items = body.as_array().or_else(|| body["results"].as_array()).unwrap();
    items.iter().map(|item| item["id"].as_u64().unwrap()).collect()
}
