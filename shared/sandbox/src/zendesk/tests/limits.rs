//! Rate limits and their headers.

use serde_json::{Value, json};

use super::super::{Control, Limits, Plan};
use super::{Desk, Who, request};

#[test]
fn the_account_has_so_many_calls_a_minute() {
    let mut desk = Desk::limited(Limits { account_per_minute: 2, ..Limits::off() });
    let call = request(Who::Bridge, "GET", "tickets", &Value::Null);
    let first = desk.send(&call);
    assert_eq!((first.status, first.header_text("x-rate-limit")), (200, Some("2")));
    assert_eq!(first.header_text("x-rate-limit-remaining"), Some("1"));
    assert_eq!(first.header_text("ratelimit-reset"), Some("60"));
    desk.now += 20_500;
    assert_eq!(desk.send(&call).status, 200);
    let refused = desk.send(&call);
    assert_eq!((refused.status, refused.header_text("retry-after")), (429, Some("40")));
    assert_eq!(refused.header_text("x-rate-limit-remaining"), Some("0"));
    let body: Value = refused.parse().unwrap();
    assert_eq!(body["error"], "APIRateLimitExceeded");
    desk.now += 39_500;
    assert_eq!(desk.send(&call).status, 200);
}

#[test]
fn updates_count_for_the_account_and_for_user_and_ticket() {
    let mut desk = Desk::limited(Limits { updates_per_ticket: 2, updates_per_minute: 4, ..Limits::off() });
    let (one, two) = (desk.ticket(), desk.ticket());
    let mut note = |who: Who, id: i64| {
        let body = json!({"ticket": {"comment": {"body": "x", "public": false}}});
        desk.send(&request(who, "PUT", &format!("tickets/{id}"), &body))
    };
    let first = note(Who::Bridge, one);
    assert_eq!(
        first.header_text("zendesk-ratelimit-tickets-update"),
        Some("total=4; remaining=3; resets=60")
    );
    assert_eq!(note(Who::Bridge, one).status, 200);
    let refused = note(Who::Bridge, one);
    assert_eq!((refused.status, refused.header_text("retry-after")), (429, Some("600")));
    // Another user and another ticket have their own; the account's limit is for all of them.
    assert_eq!(note(Who::Agent, one).status, 200);
    assert_eq!(note(Who::Bridge, two).status, 200);
    let refused = note(Who::Agent, two);
    assert_eq!((refused.status, refused.header_text("retry-after")), (429, Some("60")));
    desk.now += 60_000;
    assert_eq!(desk.update(Who::Agent, two, json!({"status": "open"})).0, 200);
    assert_eq!(desk.update(Who::Bridge, one, json!({"status": "open"})).0, 429);
    desk.now += 540_000;
    assert_eq!(desk.update(Who::Bridge, one, json!({"status": "open"})).0, 200);
}

#[test]
fn plans_have_the_documented_limits_and_the_demo_none() {
    let of = |plan| {
        let limits = Limits::of(plan);
        (
            limits.account_per_minute,
            limits.updates_per_minute,
            limits.updates_per_ticket,
            limits.exports_per_minute,
        )
    };
    assert_eq!(of(Plan::Team), (200, 100, 30, 10));
    assert_eq!(of(Plan::Professional), (400, 100, 30, 10));
    assert_eq!(of(Plan::Enterprise), (700, 100, 30, 10));
    assert_eq!(of(Plan::EnterprisePlus), (2_500, 300, 30, 30));
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    for n in 0..200 {
        assert_eq!(desk.update(Who::Bridge, ticket, json!({"comment": {"body": format!("{n}")}})).0, 200);
    }
}

#[test]
fn deletions_and_exports_have_their_own_and_limits_can_change() {
    let mut desk = Desk::new();
    let limits: Control =
        serde_json::from_str(r#"{"do":"limits","limits":{"deletes_per_minute":1,"exports_per_minute":1}}"#)
            .unwrap();
    desk.zendesk.control(&limits, desk.now).unwrap();
    let (one, two) = (desk.ticket(), desk.ticket());
    assert_eq!(desk.call(Who::Agent, "DELETE", &format!("tickets/{one}"), Value::Null).0, 204);
    assert_eq!(desk.call(Who::Agent, "DELETE", &format!("tickets/{two}"), Value::Null).0, 429);
    desk.get("incremental/tickets/cursor?start_time=1");
    assert_eq!(desk.call(Who::Bridge, "GET", "incremental/tickets/cursor?start_time=1", Value::Null).0, 429);
    desk.zendesk.control(&Control::Limits { limits: Limits::off() }, desk.now).unwrap();
    assert_eq!(desk.call(Who::Agent, "DELETE", &format!("tickets/{two}"), Value::Null).0, 204);
}
