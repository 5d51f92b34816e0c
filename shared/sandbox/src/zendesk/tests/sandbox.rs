//! The sandbox's own door, and that the same calls always give the same account.

use deskbridge_connectors::http::{Method, Request, Url};
use serde_json::{Value, json};

use super::{AGENT_ID, Desk, Who};
use crate::StandIn;

fn door(desk: &mut Desk, method: Method, name: &str, body: &Value) -> (u16, Value) {
    let url = Url::parse("http://127.0.0.1:8081/_sandbox/").unwrap().join(name).unwrap();
    let response = desk.send(&Request::new(method, url).json(body));
    (response.status, response.parse().unwrap_or(Value::Null))
}

fn act(desk: &mut Desk, body: &Value) -> (u16, Value) {
    door(desk, Method::POST, "act", body)
}

#[test]
fn an_agent_replies_notes_solves_and_reopens() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let (status, body) = act(&mut desk, &json!({"do": "reply", "ticket": ticket, "text": "Hello"}));
    assert_eq!((status, body["ticket"]["status"].as_str()), (200, Some("open")));
    assert_eq!(body["ticket"]["assignee_id"], AGENT_ID);
    assert_eq!(body["audit"]["via"]["channel"], "web");
    assert_eq!(desk.accept_webhooks().len(), 1, "an agent's deed is a change like any other");
    act(&mut desk, &json!({"do": "note", "ticket": ticket, "html": "<p>psst</p>"}));
    assert_eq!(act(&mut desk, &json!({"do": "solve", "ticket": ticket})).1["ticket"]["status"], "solved");
    assert_eq!(act(&mut desk, &json!({"do": "reopen", "ticket": ticket})).1["ticket"]["status"], "open");
    assert_eq!(act(&mut desk, &json!({"do": "close", "ticket": ticket})).1["ticket"]["status"], "closed");
    assert_eq!(act(&mut desk, &json!({"do": "reopen", "ticket": ticket})).0, 422);
    let comments = desk.get(&format!("tickets/{ticket}/comments"));
    let public: Vec<_> =
        comments["comments"].as_array().unwrap().iter().map(|row| row["public"].clone()).collect();
    assert_eq!(public, [json!(true), json!(true), json!(false)]);
}

#[test]
fn an_agent_merges_and_deletes() {
    let mut desk = Desk::new();
    let (one, two) = (desk.ticket(), desk.ticket());
    assert_eq!(act(&mut desk, &json!({"do": "merge", "ticket": one})).0, 400);
    assert_eq!(act(&mut desk, &json!({"do": "merge", "ticket": one, "into": two})).0, 200);
    assert_eq!(desk.get(&format!("tickets/{one}"))["ticket"]["status"], "closed");
    assert_eq!(act(&mut desk, &json!({"do": "delete", "ticket": two})).0, 204);
    let (_, state) = door(&mut desk, Method::GET, "state", &Value::Null);
    assert_eq!(
        (state["tickets"][0]["id"].as_i64(), state["tickets"][0]["status"].as_str()),
        (Some(two), Some("deleted"))
    );
}

#[test]
fn wrong_deeds_are_refused_in_words() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let rows = [
        (json!({"do": "dance", "ticket": ticket}), 422),
        (json!({"do": "reply", "ticket": ticket}), 400),
        (json!({"do": "reply", "ticket": 77, "text": "x"}), 404),
        (json!({"do": "reply", "ticket": ticket, "text": "x", "agent": "who@x.example"}), 401),
    ];
    for (body, status) in rows {
        let (got, answer) = act(&mut desk, &body);
        assert_eq!(got, status, "{body}");
        assert!(!answer["error"].is_null());
    }
    assert_eq!(door(&mut desk, Method::POST, "control", &json!({"do": "close", "ticket": ticket})).0, 422);
    assert_eq!(door(&mut desk, Method::POST, "nothing", &json!({})).0, 404);
}

#[test]
fn the_state_shows_what_a_page_needs() {
    let mut desk = Desk::new();
    let (first, second) = (desk.ticket(), desk.ticket());
    act(&mut desk, &json!({"do": "note", "ticket": second, "text": "psst"}));
    let (status, state) = door(&mut desk, Method::GET, "state", &Value::Null);
    assert_eq!((status, state["tickets"][1]["id"].as_i64()), (200, Some(first)));
    let shown = &state["tickets"][0];
    assert_eq!((shown["subject"].as_str(), shown["status"].as_str()), (Some("Parcel"), Some("new")));
    assert_eq!(
        (shown["requester"]["name"].as_str(), shown["external_id"].as_str()),
        (Some("Kim Park"), Some("sb:fb:t:1"))
    );
    let comments: Vec<_> = shown["comments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["author"].as_str().unwrap(),
                row["role"].as_str().unwrap(),
                row["public"] == true,
                row["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        comments,
        [("Kim Park", "end-user", true, "My parcel never came"), ("Ana Agent", "agent", false, "psst"),]
    );
    assert_eq!(state["webhooks"]["waiting"], 1);
}

#[test]
fn control_works_over_http_even_during_maintenance() {
    let mut desk = Desk::new();
    let on = json!({"do": "maintenance", "on": true});
    assert_eq!(door(&mut desk, Method::POST, "control", &on), (200, json!({"ok": true})));
    assert_eq!(desk.call(Who::Bridge, "GET", "tickets", Value::Null).0, 503);
    assert_eq!(door(&mut desk, Method::GET, "state", &Value::Null).1["maintenance"], true);
    let off = json!({"do": "maintenance", "on": false});
    assert_eq!(door(&mut desk, Method::POST, "control", &off).0, 200);
    let role = json!({"do": "set_role", "email": "agent@acme.example", "role": "end-user"});
    assert_eq!(door(&mut desk, Method::POST, "control", &role).0, 200);
    assert_eq!(desk.call(Who::Agent, "GET", "tickets", Value::Null).0, 403);
}

#[test]
fn the_same_calls_give_the_same_account() {
    let run = || {
        let mut desk = Desk::new();
        let ticket = desk.ticket();
        act(&mut desk, &json!({"do": "reply", "ticket": ticket, "text": "Hello"}));
        let webhook = desk.zendesk.due(desk.now).remove(0);
        let signed = webhook.request.only_header("x-zendesk-webhook-signature").unwrap().to_owned();
        (desk.get(&format!("tickets/{ticket}/audits")), signed, desk.zendesk.state())
    };
    assert_eq!(run(), run());
}
