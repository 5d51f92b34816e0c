//! The page's view and the agent's shortcuts.

use deskbridge_connectors::http::{Request, Response, Url};
use serde_json::{Value, json};

use super::{Desk, MINUTE, body, problems};

fn act(desk: &mut Desk, what: &Value) -> Response {
    let url = Url::parse("http://127.0.0.1:8082/_sandbox/act").unwrap();
    desk.send(&Request::new("POST".parse().unwrap(), url).json(what))
}

fn state(desk: &mut Desk) -> Value {
    body(&desk.send(&Request::get(Url::parse("http://127.0.0.1:8082/_sandbox/state").unwrap())))
}

#[test]
fn the_view_shows_tickets_newest_first_with_everything_said() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    desk.ticket(kim);
    desk.now += MINUTE;
    desk.post(
        "tickets/1/notes",
        &json!({ "body": "<p>Hello?</p>", "incoming": true, "private": false, "user_id": kim }),
    );
    assert_eq!(act(&mut desk, &json!({ "do": "reply", "ticket": 1, "text": "Hi,\nsoon." })).status, 201);
    assert_eq!(act(&mut desk, &json!({ "do": "note", "ticket": 1, "html": "<b>for us</b>" })).status, 201);
    desk.post("tickets/1/notes", &json!({ "body": "could not confirm" }));
    let state = state(&mut desk);
    assert_eq!(state["tickets"][0]["id"], 2);
    let ticket = &state["tickets"][1];
    assert_eq!((&ticket["status"], &ticket["requester"]), (&json!("Open"), &json!("Kim")));
    assert_eq!((&ticket["conversation"], &ticket["tags"]), (&json!("fb-1002-77"), &json!(["deskbridge"])));
    let entries: Vec<Value> = ticket["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            json!([entry["author"], entry["who"], entry["kind"], entry["public"], entry["text"], entry["at"]])
        })
        .collect();
    let (first, then) = ("2026-03-01T12:00:00Z", "2026-03-01T12:01:00Z");
    assert_eq!(
        entries,
        [
            json!(["Kim", "customer", "description", true, "My parcel never came", first]),
            json!(["Kim", "customer", "note", true, "Hello?", then]),
            json!(["Maya Torres", "agent", "reply", true, "Hi,\nsoon.", then]),
            json!(["Maya Torres", "agent", "note", false, "for us", then]),
            json!(["Deskbridge", "bridge", "note", false, "could not confirm", then]),
        ]
    );
    assert_eq!(state["webhooks"], json!({ "waiting": 2, "dropped": 0 }));
}

#[test]
fn every_shortcut_does_what_the_api_does() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    desk.ticket(kim);
    for (what, status, label) in [
        (json!({ "do": "resolve", "ticket": 1 }), 200, "Resolved"),
        (json!({ "do": "reopen", "ticket": 1 }), 200, "Open"),
        (json!({ "do": "close", "ticket": 1 }), 200, "Closed"),
        (json!({ "do": "public_note", "ticket": 1, "text": "x" }), 201, "Closed"),
        (json!({ "do": "merge", "ticket": 1, "into": 2 }), 204, "Closed"),
    ] {
        assert_eq!(act(&mut desk, &what.clone()).status, status, "{what}");
        assert_eq!(state(&mut desk)["tickets"][1]["status"], label, "{what}");
    }
    assert_eq!(act(&mut desk, &json!({ "do": "delete", "ticket": 1 })).status, 204);
    assert_eq!(act(&mut desk, &json!({ "do": "spam", "ticket": 2 })).status, 204);
    let tickets = state(&mut desk)["tickets"].clone();
    assert_eq!((&tickets[1]["deleted"], &tickets[0]["spam"]), (&json!(true), &json!(true)));
    assert_eq!(desk.put("tickets/2", &json!({ "status": 2 })).status, 404);
    assert_eq!(body(&desk.get("tickets/2"))["spam"], true);
}

#[test]
fn a_shortcut_is_refused_as_the_api_would() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    assert_eq!(act(&mut desk, &json!({ "do": "reply", "ticket": 9, "text": "x" })).status, 404);
    assert_eq!(
        problems(&act(&mut desk, &json!({ "do": "reply", "ticket": 1, "text": " " }))),
        ["body invalid_value"]
    );
    let nobody = json!({ "do": "reply", "ticket": 1, "text": "x", "agent": "nobody@example.org" });
    assert_eq!(problems(&act(&mut desk, &nobody)), ["agent invalid_value"]);
    assert_eq!(act(&mut desk, &json!({ "do": "dance", "ticket": 1 })).status, 400);
    let bridge = json!({ "do": "note", "ticket": 1, "text": "x", "agent": "deskbridge@globex.example" });
    assert_eq!(act(&mut desk, &bridge).status, 201);
}
