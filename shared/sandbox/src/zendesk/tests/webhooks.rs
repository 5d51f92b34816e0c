//! Triggers and the deliveries they cause.

use serde_json::{Value, json};

use super::super::{Control, signature};
use super::{AGENT_ID, Desk, START, Who};
use crate::{Millis, StandIn};

#[test]
fn signatures_match_known_ones() {
    let secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
    let rows = [
        (r#"{"ticket_id":"35"}"#, "wonxN62gr0G6DHTG45sy7HW1NJ/xQfYW2+cUQMnO+k0="),
        ("", "3oJmZ0ji7b+iOyoxyTZdQvIjlUaHYF+GNZ7cSymja8w="),
    ];
    for (body, expected) in rows {
        assert_eq!(signature(secret, "2026-01-01T00:00:00Z", body.as_bytes()), expected);
    }
}

/// A ticket to which the agent has just replied.
fn replied() -> (Desk, i64) {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    desk.update(Who::Agent, ticket, json!({"comment": {"body": "On its way", "public": true}}));
    (desk, ticket)
}

#[test]
fn an_agents_change_calls_the_bridge_with_a_signed_request() {
    let (mut desk, ticket) = replied();
    assert_eq!(desk.zendesk.next_due(), Some(START));
    desk.now += 2_000;
    let due = desk.zendesk.due(desk.now);
    let [webhook] = due.as_slice() else { panic!("one webhook expected") };
    let request = &webhook.request;
    assert_eq!(request.url.as_str(), "http://127.0.0.1:8080/hooks/acme-zendesk");
    let expected = format!(
        r#"{{"v":1,"ticket_id":"{ticket}","external_id":"sb:fb:t:1","status":"new","actor":"{AGENT_ID}"}}"#
    );
    assert_eq!(request.body, expected);
    let header = |name: &str| request.only_header(name).unwrap();
    let timestamp = header("x-zendesk-webhook-signature-timestamp");
    assert_eq!(timestamp, "2026-01-01T00:00:02Z");
    let signed = signature("demo-zendesk-webhook-secret", timestamp, &request.body);
    assert_eq!(header("x-zendesk-webhook-signature"), signed);
    assert_eq!(header("x-zendesk-webhook-id").len(), 26);
    assert!(
        !header("x-zendesk-webhook-invocation-id").is_empty() && !header("x-zendesk-account-id").is_empty()
    );
    // What was handed out is not due again.
    assert_eq!((desk.zendesk.due(desk.now).len(), desk.zendesk.next_due()), (0, None));
}

#[test]
fn every_kind_of_change_counts_but_the_bridges_own() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    desk.update(Who::Bridge, ticket, json!({"comment": {"body": "x", "public": false}, "status": "open"}));
    assert_eq!(desk.accept_webhooks(), Vec::<Value>::new());
    desk.update(Who::Agent, ticket, json!({"comment": {"body": "x", "public": false}}));
    desk.update(Who::Agent, ticket, json!({"status": "solved"}));
    desk.zendesk.control(&Control::Close { ticket }, desk.now).unwrap();
    let told = desk.accept_webhooks();
    let seen: Vec<_> = told.iter().map(|body| (body["status"].as_str(), body["actor"].as_str())).collect();
    let agent = AGENT_ID.to_string();
    let agent = Some(agent.as_str());
    assert_eq!(seen, [(Some("open"), agent), (Some("solved"), agent), (Some("closed"), Some("-1"))]);

    let other = desk.ticket();
    let target = desk.ticket();
    desk.call(Who::Agent, "POST", &format!("tickets/{target}/merge"), json!({"ids": [other]}));
    let merged: Vec<_> = desk.accept_webhooks().iter().map(|body| body["ticket_id"].clone()).collect();
    assert_eq!(merged, [json!(other.to_string()), json!(target.to_string())]);

    // Without its tag a ticket is silent.
    desk.update(Who::Agent, target, json!({"tags": []}));
    desk.update(Who::Agent, target, json!({"comment": {"body": "x"}}));
    assert_eq!(desk.accept_webhooks(), Vec::<Value>::new());
}

/// When the retries of a delivery come that always meets the same answer, relative to the first attempt.
fn retries(answer: Option<u16>) -> Vec<Millis> {
    let (mut desk, _) = replied();
    let mut times = Vec::new();
    let mut invocations = Vec::new();
    while let Some(at) = desk.zendesk.next_due() {
        assert!(desk.zendesk.due(at - 1).is_empty());
        let due = desk.zendesk.due(at);
        invocations.extend(due[0].request.only_header("x-zendesk-webhook-invocation-id").map(str::to_owned));
        desk.zendesk.delivered(due[0].id, answer, at);
        times.push(at - START);
    }
    invocations.dedup();
    assert_eq!(invocations.len(), 1, "a retry is the same invocation");
    times
}

#[test]
fn retries_depend_on_the_answer() {
    let three = vec![0, 5_000, 15_000, 35_000];
    assert_eq!(retries(None), [0, 5_000, 15_000, 35_000, 75_000, 155_000]);
    for status in [409, 429, 503] {
        assert_eq!(retries(Some(status)), three, "{status}");
    }
    for status in [200, 204, 400, 401, 404, 500, 502] {
        assert_eq!(retries(Some(status)), [0], "{status}");
    }
}

/// A desk of which so many webhooks were answered with 500 and so many with 200, in that order.
fn after(failures: usize, successes: usize) -> (Desk, i64) {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    for n in 0..failures + successes {
        desk.update(Who::Agent, ticket, json!({"comment": {"body": format!("{n}")}}));
    }
    for (n, webhook) in desk.zendesk.due(desk.now).into_iter().enumerate() {
        desk.zendesk.delivered(webhook.id, Some(if n < successes { 200 } else { 500 }), desk.now);
    }
    (desk, ticket)
}

fn next_reply_arrives(desk: &mut Desk, ticket: i64) -> bool {
    desk.update(Who::Agent, ticket, json!({"comment": {"body": "next"}}));
    desk.accept_webhooks().len() == 1
}

#[test]
fn the_breaker_opens_at_seventy_percent_and_drops() {
    let (mut desk, ticket) = after(13, 7);
    assert!(next_reply_arrives(&mut desk, ticket), "65 % is still fine");
    let (mut desk, ticket) = after(14, 6);
    assert!(!next_reply_arrives(&mut desk, ticket));
    assert_eq!(desk.zendesk.state()["webhooks"]["dropped"], 1);
    desk.now += 59_999;
    assert!(!next_reply_arrives(&mut desk, ticket));
    desk.now += 1;
    assert!(next_reply_arrives(&mut desk, ticket));
    let (mut desk, ticket) = after(19, 0);
    assert!(next_reply_arrives(&mut desk, ticket), "too few to judge");
}

#[test]
fn the_breaker_opens_after_a_thousand_errors_whatever_their_share() {
    let (mut desk, ticket) = after(1_000, 1_000);
    assert!(next_reply_arrives(&mut desk, ticket));
    let (mut desk, ticket) = after(1_001, 1_000);
    assert!(!next_reply_arrives(&mut desk, ticket));
}

#[test]
fn an_admin_sets_up_a_webhook_and_a_trigger() {
    let mut desk = Desk::with(|seed| seed.webhook = None);
    let hook = json!({"webhook": {"name": "bridge", "status": "active", "endpoint": "https://b.example/hooks/x",
        "http_method": "POST", "request_format": "json", "subscriptions": ["conditional_ticket_events"]}});
    let (status, body) = desk.call(Who::Bridge, "POST", "webhooks", hook);
    assert_eq!((status, body["webhook"]["status"].as_str()), (201, Some("active")));
    let id = body["webhook"]["id"].as_str().unwrap().to_owned();
    let secret = desk.get(&format!("webhooks/{id}/signing_secret"))["signing_secret"].clone();
    assert_eq!(secret["algorithm"], "SHA256");

    let trigger = |field: &str| {
        json!({"trigger": {"title": "t", "conditions": {"all": [
        {"field": field, "operator": "includes", "value": "deskbridge"},
        {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"},
        {"field": "current_via_id", "operator": "is_not", "value": "0"}],
        "any": [{"field": "update_type", "operator": "is", "value": "Change"}]},
        "actions": [{"field": "notification_webhook", "value": [id, "{\"id\":\"{{ticket.id}}\",\"x\":\"{{nothing}}\"}"]}]}})
    };
    assert_eq!(desk.call(Who::Bridge, "POST", "triggers", trigger("moon_phase")).0, 422);
    let (status, body) = desk.call(Who::Bridge, "POST", "triggers.json", trigger("current_tags"));
    assert_eq!(status, 201);
    let made = body["trigger"]["id"].clone();
    let ticket = desk.ticket();
    desk.update(Who::Agent, ticket, json!({"comment": {"body": "note", "public": false}}));
    assert_eq!(desk.accept_webhooks(), Vec::<Value>::new());
    desk.update(Who::Agent, ticket, json!({"comment": {"body": "reply", "public": true}}));
    assert_eq!(desk.accept_webhooks(), [json!({"id": ticket.to_string(), "x": ""})]);
    assert_eq!(desk.get("triggers")["count"], 1);
    assert_eq!(desk.call(Who::Bridge, "DELETE", &format!("triggers/{made}"), Value::Null).0, 204);
    desk.update(Who::Agent, ticket, json!({"comment": {"body": "reply", "public": true}}));
    assert_eq!(desk.accept_webhooks(), Vec::<Value>::new());

    let path = format!("webhooks/{id}/signing_secret");
    let (status, rotated) = desk.call(Who::Bridge, "POST", &path, Value::Null);
    assert_eq!(status, 201);
    assert_ne!(rotated["signing_secret"]["secret"], secret["secret"]);
    assert_eq!(desk.call(Who::Bridge, "DELETE", &format!("webhooks/{id}"), Value::Null).0, 204);
    assert_eq!(desk.get("webhooks")["webhooks"], json!([]));
    let both = json!({"webhook": {"name": "b", "endpoint": "ftp://x"}});
    assert_eq!(desk.call(Who::Bridge, "POST", "webhooks", both).0, 422);
}
