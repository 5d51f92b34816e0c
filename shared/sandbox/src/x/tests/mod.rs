//! The stand-in as a client, a customer and a door see it.

mod auth;
mod direct;
mod posts;
mod webhooks;

use deskbridge_connectors::http::{Method, Request, Response, Url};
use serde_json::{Value, json};

use super::{Act, Control, X, XSeed};
use crate::{Millis, StandIn};

const NOW: Millis = 1_795_000_000_123;
const MINUTE: Millis = 60 * 1_000;
const PAULA: &str = "7001";
const OUR_POST: &str = "900100";

/// The demo's world with a token in hand.
struct World {
    x: X,
    token: String,
}

impl World {
    fn new() -> Self {
        let seed = XSeed::demo(&Url::parse("http://127.0.0.1:8080").unwrap());
        let mut world = Self { x: X::new(seed), token: String::new() };
        world.token =
            body(&world.refresh("9001-demo-refresh-token", NOW))["access_token"].as_str().unwrap().to_owned();
        world
    }

    fn refresh(&mut self, token: &str, now: Millis) -> Response {
        self.refresh_as("demo-x-client-secret", token, now)
    }

    fn refresh_as(&mut self, secret: &str, token: &str, now: Millis) -> Response {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let request = Request::new(Method::POST, url("/2/oauth2/token")).form(&form);
        let request = request.header("authorization", &super::refresh::basic("demo-client", secret));
        self.x.handle(&request, now)
    }

    fn call(&mut self, method: Method, path: &str, json: &Value) -> Response {
        self.call_at(method, path, json, NOW)
    }

    fn call_at(&mut self, method: Method, path: &str, json: &Value, now: Millis) -> Response {
        let bearer = format!("Bearer {}", self.token);
        let request = Request::new(method, url(path)).header("authorization", &bearer);
        let request = if json.is_null() { request } else { request.json(json) };
        self.x.handle(&request, now)
    }

    fn get(&mut self, path: &str) -> Value {
        body(&self.call(Method::GET, path, &Value::Null))
    }

    fn answer(&mut self, on: &str, text: &str) -> Response {
        let json = json!({"text": text, "reply": {"in_reply_to_tweet_id": on}});
        self.call(Method::POST, "/2/tweets", &json)
    }

    fn write(&mut self, person: &str, text: &str) -> Response {
        let path = format!("/2/dm_conversations/with/{person}/messages");
        self.call(Method::POST, &path, &json!({ "text": text }))
    }

    fn act(&mut self, json: Value) -> String {
        let act: Act = serde_json::from_value(json).unwrap();
        self.x.act(act, NOW).unwrap()
    }

    fn post(&mut self, text: &str) -> String {
        self.act(json!({"do": "post", "person": PAULA, "text": text}))
    }

    fn control(&mut self, json: Value) {
        let control: Control = serde_json::from_value(json).unwrap();
        self.x.control(control, NOW).unwrap();
    }

    /// Takes all due webhooks as received and gives their bodies.
    fn drain(&mut self) -> Vec<Value> {
        let mut bodies = Vec::new();
        for webhook in self.x.due(NOW) {
            bodies.push(serde_json::from_slice(&webhook.request.body).unwrap());
            self.x.delivered(webhook.id, Some(200), NOW);
        }
        bodies
    }

    /// The types of all due events.
    fn kinds(&mut self) -> Vec<String> {
        self.drain()
            .iter()
            .map(|body| body["data"]["event_type"].as_str().unwrap_or("?").to_owned())
            .collect()
    }
}

fn url(path: &str) -> Url {
    Url::parse("http://127.0.0.1:8084").unwrap().join(path).unwrap()
}

fn body(response: &Response) -> Value {
    response.parse().unwrap()
}

/// Status and `detail` of a refusal.
fn refusal(response: &Response) -> (u16, String) {
    (response.status, body(response)["detail"].as_str().unwrap_or_default().to_owned())
}
