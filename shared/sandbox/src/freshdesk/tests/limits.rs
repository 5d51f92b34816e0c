//! The rate limit.

use serde_json::json;

use super::{AGENT, Desk, MINUTE, body, request, ticket};
use crate::freshdesk::{Control, Limits};

fn limited(limits: Limits) -> Desk {
    Desk::with(|seed| seed.limits = Some(limits))
}

#[test]
fn every_answer_tells_what_is_left_and_the_minute_renews_it() {
    let mut desk = limited(Limits { total: 3, ..Limits::TRIAL });
    desk.now += 15_000;
    for left in ["2", "1", "0"] {
        let answer = desk.get("agents/me");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header_text("x-ratelimit-total"), Some("3"));
        assert_eq!(answer.header_text("x-ratelimit-remaining"), Some(left));
        assert_eq!(answer.header_text("x-ratelimit-used-currentrequest"), Some("1"));
    }
    let refused = desk.send(&request("GET", "agents/me", AGENT));
    assert_eq!(refused.status, 429, "all agents share one limit");
    assert_eq!(refused.header_text("retry-after"), Some("45"));
    assert_eq!(refused.header_text("x-ratelimit-remaining"), Some("0"));
    assert!(body(&refused)["message"].as_str().unwrap().starts_with("You have exceeded the limit"));
    desk.now += 45_000;
    assert_eq!(desk.get("agents/me").status, 200);
}

#[test]
fn invalid_calls_count_as_well() {
    let mut desk = limited(Limits { total: 3, ..Limits::TRIAL });
    assert_eq!(desk.send(&request("GET", "agents/me", "wrong")).status, 401);
    assert_eq!(desk.get("tickets/9").status, 404);
    assert_eq!(desk.post("tickets", &json!({})).status, 400);
    assert_eq!(desk.get("agents/me").status, 429);
}

#[test]
fn four_kinds_of_calls_have_limits_of_their_own() {
    let one = Limits { total: 100, create: 1, update: 1, list: 1, contacts_list: 1 };
    let mut desk = limited(one);
    let kim = desk.kim();
    desk.ticket(kim);
    assert_eq!(desk.post("tickets", &ticket(kim)).status, 429);
    for (path, first, second) in [("tickets", 200, 429), ("contacts", 200, 429), ("agents", 200, 200)] {
        assert_eq!((desk.get(path).status, desk.get(path).status), (first, second), "{path}");
    }
    assert_eq!(desk.put("tickets/1", &json!({ "status": 3 })).status, 200);
    assert_eq!(desk.put("tickets/1", &json!({ "status": 2 })).status, 429);
    assert_eq!(desk.get("tickets/1").status, 200);
    desk.now += MINUTE;
    assert_eq!(desk.put("tickets/1", &json!({ "status": 2 })).status, 200);
}

#[test]
fn the_free_plan_has_no_api_and_no_limits_mean_no_headers() {
    let mut desk = limited(Limits::FREE);
    let refused = desk.get("agents/me");
    assert_eq!((refused.status, &body(&refused)["code"]), (403, &json!("require_feature")));
    desk.account.control(&Control::Limits { limits: None });
    let answer = desk.get("agents/me");
    assert_eq!((answer.status, answer.header_text("x-ratelimit-total")), (200, None));
}

#[test]
fn limits_can_shrink_below_what_is_used() {
    let mut desk = Desk::new();
    for _ in 0..9 {
        desk.get("agents/me");
    }
    desk.account.control(&Control::Limits { limits: Some(Limits { total: 5, ..Limits::TRIAL }) });
    let refused = desk.get("agents/me");
    assert_eq!((refused.status, refused.header_text("x-ratelimit-remaining")), (429, Some("0")));
}
