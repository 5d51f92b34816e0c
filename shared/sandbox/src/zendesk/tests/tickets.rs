//! Creating, reading and updating tickets.

use std::borrow::Borrow;

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::super::Control;
use super::{AGENT_ID, BRIDGE_ID, Desk, START, Who, request};

fn create(desk: &mut Desk, ticket: impl Borrow<Value>) -> (u16, Value) {
    desk.call(Who::Bridge, "POST", "tickets.json", json!({"ticket": ticket.borrow()}))
}

fn keyed(desk: &mut Desk, key: &str, words: &str) -> Response {
    let body = json!({"ticket": {"comment": {"body": words}}});
    desk.send(&request(Who::Bridge, "POST", "tickets", &body).header("idempotency-key", key))
}

#[test]
fn a_new_ticket_names_its_customer_and_carries_the_marker() {
    let mut desk = Desk::new();
    let kim = desk.customer("sb:fb:1");
    let body = json!({"ticket": {"subject": "Parcel", "requester_id": kim, "submitter_id": kim,
        "comment": {"html_body": "<p>Hi</p>", "public": true, "author_id": kim}, "external_id": "sb:t:1",
        "tags": ["DeskBridge", "two words"], "custom_fields": [{"id": 360_001, "value": "https://fb.example/1"},
            {"id": 360_002, "value": "network_facebook"}, {"id": 999, "value": "x"}],
        "metadata": {"deskbridge": "e1"}}});
    let response = desk.send(&request(Who::Bridge, "POST", "tickets", &body));
    assert_eq!(response.status, 201);
    assert!(response.header_text("location").unwrap().ends_with("/api/v2/tickets/1.json"));
    let answer: Value = response.parse().unwrap();
    let (ticket, audit) = (&answer["ticket"], &answer["audit"]);
    assert_eq!((ticket["requester_id"].as_i64(), ticket["submitter_id"].as_i64()), (Some(kim), Some(kim)));
    assert_eq!((ticket["status"].as_str(), ticket["via"]["channel"].as_str()), (Some("new"), Some("api")));
    assert_eq!(ticket["tags"], json!(["deskbridge", "network_facebook", "two", "words"]));
    let link = json!({"id": 360_001, "value": "https://fb.example/1"});
    let empty = |id: u32| json!({"id": id, "value": null});
    let network = json!({"id": 360_002, "value": "network_facebook"});
    assert_eq!(ticket["custom_fields"], json!([link, network, empty(360_003), empty(360_004)]));
    assert_eq!(ticket["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(audit["author_id"], BRIDGE_ID);
    assert_eq!(audit["metadata"]["custom"], json!({"deskbridge": "e1"}));
    let event = &audit["events"][0];
    assert_eq!((event["type"].as_str(), event["author_id"].as_i64()), (Some("Comment"), Some(kim)));
    let comment = &desk.get("tickets/1/comments")["comments"][0];
    assert_eq!(
        (comment["id"].as_i64(), comment["audit_id"].as_i64()),
        (event["id"].as_i64(), audit["id"].as_i64())
    );
}

#[test]
fn a_key_replays_its_answer_for_two_hours() {
    let mut desk = Desk::new();
    let first = keyed(&mut desk, "k1", "hello");
    assert_eq!((first.status, first.header_text("x-idempotency-lookup")), (201, Some("miss")));
    let again = keyed(&mut desk, "k1", "hello");
    assert_eq!((again.status, again.header_text("x-idempotency-lookup")), (201, Some("hit")));
    assert_eq!(again.body, first.body);
    assert_eq!(desk.get("tickets/count")["count"]["value"], 1);
    let other = keyed(&mut desk, "k1", "other words");
    let body: Value = other.parse().unwrap();
    let mismatch = json!({"error": "IdempotentRequestError",
        "description": "Request parameters don't match the given idempotency key"});
    assert_eq!((other.status, body), (400, mismatch));
    desk.now = START + 2 * 3_600_000 - 1;
    assert_eq!(keyed(&mut desk, "k1", "hello").header_text("x-idempotency-lookup"), Some("hit"));
    desk.now = START + 2 * 3_600_000;
    assert_eq!(keyed(&mut desk, "k1", "hello").header_text("x-idempotency-lookup"), Some("miss"));
    assert_eq!(desk.get("tickets/count")["count"]["value"], 2);
    assert_eq!(keyed(&mut desk, &"k".repeat(256), "hello").status, 400);
}

#[test]
fn a_refused_creation_uses_up_no_key() {
    let mut desk = Desk::new();
    assert_eq!(keyed(&mut desk, "k", " ").status, 422);
    assert_eq!(keyed(&mut desk, "k", "words").status, 201);
}

#[test]
fn the_requester_is_an_id_a_description_or_the_caller() {
    let mut desk = Desk::new();
    let comment = json!({"body": "x"});
    let (_, own) = create(&mut desk, json!({"comment": comment}));
    assert_eq!(own["ticket"]["requester_id"], BRIDGE_ID);
    let mut described =
        |requester: Value| create(&mut desk, json!({"comment": comment, "requester": requester}));
    let (_, first) = described(json!({"name": "Lee", "email": "lee@x.example"}));
    let (_, second) = described(json!({"name": "Lee again", "email": "LEE@x.example"}));
    assert_eq!(first["ticket"]["requester_id"], second["ticket"]["requester_id"]);
    // Without an e-mail address it is somebody new each time.
    let (_, third) = described(json!({"name": "Lee"}));
    let (_, fourth) = described(json!({"name": "Lee"}));
    assert_ne!(third["ticket"]["requester_id"], fourth["ticket"]["requester_id"]);
    let (status, body) = described(json!({"name": ""}));
    assert_eq!((status, body["details"]["requester"][0]["error"].as_str()), (422, Some("BlankValue")));
    let (status, body) = create(&mut desk, json!({"comment": comment, "requester_id": 77}));
    assert_eq!((status, body["details"]["requester_id"][0]["error"].as_str()), (422, Some("InvalidValue")));
}

#[test]
fn the_submitter_is_the_author_of_the_first_comment() {
    let mut desk = Desk::new();
    let (kim, lee) = (desk.customer("1"), desk.customer("2"));
    let (_, body) = create(
        &mut desk,
        json!({"requester_id": kim, "submitter_id": kim,
        "comment": {"body": "x", "author_id": lee}}),
    );
    assert_eq!(body["audit"]["events"][0]["author_id"], kim);
    let (_, body) = create(&mut desk, json!({"requester_id": kim, "comment": {"body": "x"}}));
    assert_eq!(body["audit"]["events"][0]["author_id"], BRIDGE_ID);
}

#[test]
fn the_suspended_can_neither_ask_nor_write() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let kim = desk.customer("sb:fb:1");
    desk.zendesk.control(&Control::SuspendUser { user: kim, suspended: true }, desk.now).unwrap();
    let refused = json!({"error": "RecordInvalid", "description": "Record validation errors",
        "details": {"requester": [{"description": "Requester is suspended."}]}});
    let answer = create(&mut desk, json!({"requester_id": kim, "comment": {"body": "x"}}));
    assert_eq!(answer, (422, refused.clone()));
    let answer = desk.update(Who::Bridge, ticket, json!({"comment": {"body": "x", "author_id": kim}}));
    assert_eq!(answer, (422, refused));
    // The bridge can still leave a note.
    assert_eq!(desk.update(Who::Bridge, ticket, json!({"comment": {"body": "x", "public": false}})).0, 200);
}

#[test]
fn wrong_fields_are_all_reported() {
    let mut desk = Desk::new();
    let (status, body) = create(
        &mut desk,
        json!({"status": "opened", "priority": "top", "type": "x", "group_id": 1,
        "brand_id": 1, "assignee_id": 77, "custom_fields": [{"id": 360_002, "value": "network_none"}]}),
    );
    assert_eq!(status, 422);
    let fields: Vec<_> = body["details"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["assignee_id", "base", "brand_id", "group_id", "priority", "status", "type"]);
    assert_eq!(body["details"]["base"].as_array().unwrap().len(), 2);
    assert_eq!(desk.get("tickets/count")["count"]["value"], 0);
}

#[test]
fn lists_come_in_both_kinds_of_pages() {
    let mut desk = Desk::new();
    for n in 1..=5 {
        let (status, _) =
            create(&mut desk, json!({"comment": {"body": "x"}, "external_id": format!("t{}", n % 2)}));
        assert_eq!(status, 201);
    }
    let ids = |list: &Value| {
        list["tickets"].as_array().unwrap().iter().map(|t| t["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let first = desk.get("tickets?page[size]=2");
    assert_eq!((ids(&first), &first["meta"]["has_more"]), (vec![1, 2], &json!(true)));
    let next = first["links"]["next"].as_str().unwrap().to_owned();
    // A ticket that goes between two pages disturbs nothing.
    assert_eq!(desk.call(Who::Agent, "DELETE", "tickets/2", Value::Null).0, 204);
    let second = desk.get(&next);
    assert_eq!(ids(&second), [3, 4]);
    let third = desk.get(second["links"]["next"].as_str().unwrap());
    assert_eq!(
        (ids(&third), &third["meta"]["has_more"], &third["links"]["next"]),
        (vec![5], &json!(false), &Value::Null)
    );
    let back = desk.get(third["links"]["prev"].as_str().unwrap());
    assert_eq!(ids(&back), [3, 4]);
    let offset = desk.get("tickets.json?per_page=3&page=2");
    assert_eq!((ids(&offset), offset["count"].as_i64()), (vec![5], Some(4)));
    assert!(offset["next_page"].is_null() && offset["previous_page"].as_str().unwrap().contains("page=1"));
    assert_eq!(ids(&desk.get("tickets?external_id=t1&sort_order=desc")), [5, 3, 1]);
    assert_eq!(ids(&desk.get("tickets/show_many?ids=5,2,1")), [5, 1]);
    assert_eq!(desk.call(Who::Bridge, "GET", "tickets?page[size]=101", Value::Null).0, 400);
    assert_eq!(desk.call(Who::Bridge, "GET", "tickets?page[size]=1&page[after]=x", Value::Null).0, 400);
}

#[test]
fn the_author_of_a_comment_is_not_its_updater() {
    let mut desk = Desk::new();
    let (ticket, kim) = (desk.ticket(), desk.customer("sb:fb:1"));
    desk.update(Who::Agent, ticket, json!({"status": "solved"}));
    let comment = json!({"html_body": "<p>Any news?</p>", "public": true, "author_id": kim});
    let (_, quiet) =
        desk.update(Who::Bridge, ticket, json!({"comment": comment, "metadata": {"deskbridge": "e2"}}));
    assert_eq!(
        (quiet["ticket"]["status"].as_str(), quiet["audit"]["author_id"].as_i64()),
        (Some("solved"), Some(BRIDGE_ID))
    );
    let (_, loud) = desk.update(Who::Bridge, ticket, json!({"comment": comment, "status": "open"}));
    assert_eq!(loud["ticket"]["status"], "open");
    let change = json!({"id": loud["audit"]["events"][1]["id"], "type": "Change", "field_name": "status", "value": "open",
        "previous_value": "solved"});
    assert_eq!(loud["audit"]["events"][1], change);
    let comments = desk.get(&format!("tickets/{ticket}/comments"));
    assert_eq!(comments["comments"][1]["author_id"], kim);
    assert_eq!(comments["comments"][1]["metadata"]["flags"], json!([11]));
    let audits = desk.get(&format!("tickets/{ticket}/audits?page[size]=10&sort=-created_at"));
    assert_eq!(audits["audits"][1]["metadata"]["custom"], json!({"deskbridge": "e2"}));
}

#[test]
fn statuses_follow_what_agents_do() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let (_, held) = desk.update(Who::Agent, ticket, json!({"assignee_id": AGENT_ID}));
    assert_eq!(held["ticket"]["status"], "open");
    assert_eq!(desk.update(Who::Agent, ticket, json!({"status": "new"})).0, 422);
    let other = desk.ticket();
    let (_, solved) = desk.update(Who::Agent, other, json!({"status": "solved"}));
    assert_eq!(
        (solved["ticket"]["status"].as_str(), solved["ticket"]["assignee_id"].as_i64()),
        (Some("solved"), Some(AGENT_ID))
    );
}

#[test]
fn tags_are_replaced_by_an_update_and_edited_by_their_own_path() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let path = format!("tickets/{ticket}/tags");
    let mut tags = |method: &str, list: Value| desk.call(Who::Bridge, method, &path, json!({"tags": list}));
    assert_eq!(tags("PUT", json!(["VIP"])), (200, json!({"tags": ["deskbridge", "social", "vip"]})));
    assert_eq!(tags("DELETE", json!(["social"])), (200, json!({"tags": ["deskbridge", "vip"]})));
    assert_eq!(tags("POST", json!(["only"])), (201, json!({"tags": ["only"]})));
    let (_, body) = desk.update(Who::Bridge, ticket, json!({"tags": ["a", "b"]}));
    assert_eq!(body["ticket"]["tags"], json!(["a", "b"]));
}

#[test]
fn a_safe_update_needs_the_newest_stamp_and_false_means_true() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let stamp = desk.get(&format!("tickets/{ticket}"))["ticket"]["updated_at"].clone();
    desk.now += 5_000;
    desk.update(Who::Agent, ticket, json!({"priority": "high"}));
    for safe in [json!(true), json!(false), json!("true")] {
        let (status, body) = desk.update(
            Who::Bridge,
            ticket,
            json!({"status": "open", "safe_update": safe, "updated_stamp": stamp}),
        );
        assert_eq!((status, body["error"].as_str()), (409, Some("UpdateConflict")), "{safe}");
    }
    let path = format!("tickets/{ticket}/tags");
    let tags = json!({"tags": ["x"], "safe_update": "true", "updated_stamp": stamp});
    assert_eq!(desk.call(Who::Bridge, "PUT", &path, tags).0, 409);
    let stamp = desk.get(&format!("tickets/{ticket}"))["ticket"]["updated_at"].clone();
    let fresh = json!({"status": "open", "safe_update": true, "updated_stamp": stamp});
    assert_eq!(desk.update(Who::Bridge, ticket, fresh).0, 200);
}

#[test]
fn an_update_without_a_change_leaves_no_audit() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let before = desk.get(&format!("tickets/{ticket}"))["ticket"]["updated_at"].clone();
    desk.now += 60_000;
    let (status, body) = desk.update(Who::Agent, ticket, json!({"status": "new"}));
    assert_eq!((status, &body["audit"], &body["ticket"]["updated_at"]), (200, &Value::Null, &before));
}
