//! Search: its lag, its quoting, its language.

use form_urlencoded::Serializer;
use serde_json::json;

use super::{Desk, MINUTE, body, ids, problems, text};
use deskbridge_connectors::http::Response;

fn search(desk: &mut Desk, what: &str, query: &str, page: &str) -> Response {
    let mut pairs = Serializer::new(String::new());
    pairs.append_pair("query", query);
    if !page.is_empty() {
        pairs.append_pair("page", page);
    }
    desk.get(&format!("search/{what}?{}", pairs.finish()))
}

fn tickets(desk: &mut Desk, query: &str) -> Response {
    search(desk, "tickets", &format!("\"{query}\""), "")
}

#[test]
fn a_change_is_found_only_after_the_lag() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    desk.now += 2 * MINUTE - 1;
    assert!(ids(&tickets(&mut desk, "cf_deskbridge:'fb-1002-77'")).is_empty());
    desk.now += 1;
    let found = tickets(&mut desk, "cf_deskbridge:'fb-1002-77'");
    assert_eq!(ids(&found), [1]);
    assert_eq!(body(&found)["total"], 1);
    desk.put("tickets/1", &json!({ "status": 4 }));
    assert_eq!(ids(&tickets(&mut desk, "status:2")), [1], "search still knows the old state");
    desk.delete("tickets/1");
    desk.now += 2 * MINUTE;
    assert!(ids(&tickets(&mut desk, "status:2 OR status:4")).is_empty());
}

#[test]
fn the_query_language() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    desk.now += MINUTE;
    desk.ticket(kim);
    desk.put("tickets/2", &json!({ "status": 3, "priority": 4, "tags": ["late", "vip"], "type": "Refund" }));
    desk.now += 10 * MINUTE;
    for (query, expected) in [
        ("status:3", vec![2]),
        ("status:2 OR status:3", vec![2, 1]),
        ("(status:2 OR status:3) AND priority:4", vec![2]),
        ("status:2 AND priority:4 OR tag:'vip'", vec![2]),
        ("tag:'deskbridge'", vec![1]),
        ("type:'refund'", vec![2]),
        ("type:null", vec![1]),
        ("priority:>2", vec![2]),
        ("priority:<1", vec![1]),
        ("created_at:>'2026-03-01T12:01:00Z'", vec![2]),
        ("created_at:<'2026-03-02'", vec![2, 1]),
        ("cf_deskbridge:'fb-1002-77' AND status:2", vec![1]),
        ("agent_id:null", vec![2, 1]),
    ] {
        assert_eq!(ids(&tickets(&mut desk, query)), expected, "{query}");
    }
}

#[test]
fn bad_queries_are_refused() {
    let mut desk = Desk::new();
    for (query, problem) in [
        ("status:2".to_owned(), "query invalid_value"),
        ("\"cf_deskbridge:fb\"".to_owned(), "query invalid_value"),
        ("\"cf_deskbridge:'fb\"".to_owned(), "query invalid_value"),
        ("\"cf_other:'x'\"".to_owned(), "cf_other invalid_field"),
        ("\"subject:'x'\"".to_owned(), "subject invalid_field"),
        ("\"status:2 status:3\"".to_owned(), "query invalid_value"),
        ("\"(status:2\"".to_owned(), "query invalid_value"),
        ("\"\"".to_owned(), "query invalid_value"),
        ("\"".to_owned(), "query invalid_value"),
        (format!("\"cf_deskbridge:'{}'\"", "a".repeat(500)), "query invalid_value"),
        (format!("\"{}\"", "(".repeat(400)), "query invalid_value"),
    ] {
        assert_eq!(problems(&search(&mut desk, "tickets", &query, "")), [problem], "{query}");
    }
    assert_eq!(problems(&desk.get("search/tickets")), ["query missing_field"]);
    assert_eq!(problems(&search(&mut desk, "tickets", "\"status:2\"", "11")), ["page invalid_value"]);
    assert_eq!(desk.get("search/agents?query=x").status, 404);
}

#[test]
fn results_come_thirty_at_a_time() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    for _ in 0..31 {
        desk.ticket(kim);
    }
    desk.now += 10 * MINUTE;
    let first = tickets(&mut desk, "status:2");
    assert_eq!((ids(&first).len(), &body(&first)["total"]), (30, &json!(31)));
    assert_eq!(ids(&search(&mut desk, "tickets", "\"status:2\"", "2")), [1]);
}

#[test]
fn contacts_are_searched_with_the_same_lag() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    let query = "\"unique_external_id:'fb:7'\"";
    assert!(ids(&search(&mut desk, "contacts", query, "")).is_empty());
    desk.now += 2 * MINUTE;
    assert_eq!(ids(&search(&mut desk, "contacts", query, "")), [kim]);
    let refused = search(&mut desk, "contacts", "\"status:2\"", "");
    assert_eq!(problems(&refused), ["status invalid_field"], "{}", text(&refused));
}
