//! The stand-in as a client, a customer and a door see it.

mod auth;
mod feed;
mod instagram;
mod messenger;
mod webhooks;

use deskbridge_connectors::http::{Method, Request, Response, Url};
use serde_json::{Value, json};

use super::{Act, Control, Graph, GraphSeed};
use crate::{Millis, StandIn};

const NOW: Millis = 1_763_800_000_123;
const HOUR: Millis = 3_600 * 1_000;
const DAY: Millis = 24 * HOUR;

/// The demo's world, but with a token for each page: `acme-token` and `globex-token`.
fn world() -> Graph {
    Graph::new(seed())
}

/// A world that takes in nothing unknown.
fn strict_world() -> Graph {
    Graph::new(GraphSeed { adopts_unknown: false, ..seed() })
}

fn seed() -> GraphSeed {
    let mut seed = GraphSeed::demo(&Url::parse("http://127.0.0.1:8080").unwrap());
    seed.pages[0].token = "acme-token".to_owned();
    seed.pages[1].token = "globex-token".to_owned();
    seed
}

fn url(path: &str) -> Url {
    Url::parse("http://127.0.0.1:8083").unwrap().join(path).unwrap()
}

fn body(response: &Response) -> Value {
    response.parse().unwrap()
}

/// `GET` as Acme.
fn get(graph: &mut Graph, path: &str) -> Value {
    body(&call(graph, Method::GET, path, &Value::Null))
}

/// `POST` of JSON as Acme.
fn post(graph: &mut Graph, path: &str, json: &Value) -> Value {
    body(&call(graph, Method::POST, path, json))
}

fn call(graph: &mut Graph, method: Method, path: &str, json: &Value) -> Response {
    call_at(graph, method, path, json, NOW)
}

fn call_at(graph: &mut Graph, method: Method, path: &str, json: &Value, now: Millis) -> Response {
    let request = Request::new(method, url(path)).header("authorization", "Bearer acme-token");
    let request = if json.is_null() { request } else { request.json(json) };
    graph.handle(&request, now)
}

/// An act written as JSON.
fn act(graph: &mut Graph, json: Value) -> String {
    act_at(graph, json, NOW)
}

fn act_at(graph: &mut Graph, json: Value, now: Millis) -> String {
    let act: Act = serde_json::from_value(json).unwrap();
    graph.act(act, now).unwrap().id
}

fn control(graph: &mut Graph, json: Value) {
    let control: Control = serde_json::from_value(json).unwrap();
    graph.control(control, NOW).unwrap();
}

/// `(code, subcode)` of an error answer.
fn code(answer: &Value) -> (u64, Option<u64>) {
    (answer["error"]["code"].as_u64().unwrap(), answer["error"]["error_subcode"].as_u64())
}

/// Takes all due webhooks as received and gives their bodies.
fn drain(graph: &mut Graph, now: Millis) -> Vec<Value> {
    let mut bodies = Vec::new();
    for webhook in graph.due(now) {
        bodies.push(serde_json::from_slice(&webhook.request.body).unwrap());
        graph.delivered(webhook.id, Some(200), now);
    }
    bodies
}

/// The values of all due feed changes.
fn changes(graph: &mut Graph) -> Vec<Value> {
    let bodies = drain(graph, NOW);
    let entries = bodies.iter().flat_map(|body| body["entry"].as_array().unwrap());
    entries
        .flat_map(|entry| entry["changes"].as_array().unwrap())
        .map(|change| change["value"].clone())
        .collect()
}

/// All due messaging items.
fn items(graph: &mut Graph) -> Vec<Value> {
    let bodies = drain(graph, NOW);
    let entries = bodies.iter().flat_map(|body| body["entry"].as_array().unwrap());
    entries.flat_map(|entry| entry["messaging"].as_array().unwrap()).cloned().collect()
}

fn text_to(psid: &str, text: &str) -> Value {
    json!({"recipient": {"id": psid}, "messaging_type": "RESPONSE", "message": {"text": text}})
}
