//! Listing and embedding.

use serde_json::json;

use super::{DAY, Desk, MINUTE, body, id, ids, problems, ticket, with};

/// Three tickets, one minute apart; the first was changed last.
fn three() -> Desk {
    let mut desk = Desk::new();
    let kim = desk.kim();
    for _ in 0..3 {
        desk.ticket(kim);
        desk.now += MINUTE;
    }
    desk.put("tickets/1", &json!({ "status": 3 }));
    desk
}

#[test]
fn lists_are_sorted_and_paged_with_a_link_to_the_next_page() {
    let mut desk = three();
    for (query, expected) in [
        ("", vec![3, 2, 1]),
        ("?order_type=asc", vec![1, 2, 3]),
        ("?order_by=updated_at", vec![1, 3, 2]),
        ("?order_by=updated_at&order_type=asc", vec![2, 3, 1]),
        ("?order_by=status", vec![1, 3, 2]),
        ("?per_page=2&page=2", vec![1]),
        ("?per_page=2&page=3", vec![]),
        ("?filter=new_and_my_open", vec![3, 2]),
        ("?updated_since=2026-03-01T12:02:00Z", vec![3, 1]),
    ] {
        assert_eq!(ids(&desk.get(&format!("tickets{query}"))), expected, "{query}");
    }
    let first = desk.get("tickets?per_page=2&order_type=asc");
    let next = "<http://127.0.0.1:8082/api/v2/tickets?per_page=2&order_type=asc&page=2>; rel=\"next\"";
    assert_eq!(first.header_text("link"), Some(next));
    assert_eq!(desk.get("tickets?per_page=2&page=2").header_text("link"), None);
}

#[test]
fn bad_list_parameters_are_refused() {
    let mut desk = three();
    for (query, problem) in [
        ("per_page=101", "per_page invalid_value"),
        ("per_page=0", "per_page invalid_value"),
        ("page=301", "page invalid_value"),
        ("page=x", "page invalid_value"),
        ("order_by=subject", "order_by invalid_value"),
        ("order_type=up", "order_type invalid_value"),
        ("include=conversations", "include invalid_value"),
        ("updated_since=yesterday", "updated_since invalid_value"),
        ("filter=all", "filter invalid_value"),
        ("requester_id=kim", "requester_id datatype_mismatch"),
        ("cf_deskbridge=x", "cf_deskbridge invalid_field"),
    ] {
        assert_eq!(problems(&desk.get(&format!("tickets?{query}"))), [problem], "{query}");
    }
}

#[test]
fn only_the_last_thirty_days_unless_updated_since_lifts_it() {
    let mut desk = three();
    desk.now += 31 * DAY;
    let kim = body(&desk.get("tickets/1"))["requester_id"].as_u64().unwrap();
    desk.ticket(kim);
    assert_eq!(ids(&desk.get("tickets")), [4]);
    assert_eq!(ids(&desk.get("tickets?updated_since=2026-01-01")), [4, 3, 2, 1]);
}

#[test]
fn a_requester_filter_finds_the_newest_ticket_at_once() {
    let mut desk = three();
    let lee = id(&desk.post("contacts", &json!({ "name": "Lee", "email": "lee@example.org" })));
    let mine = desk.ticket(lee);
    assert_eq!(
        ids(&desk.get(&format!("tickets?requester_id={lee}&updated_since=2026-03-01T12:00:00Z"))),
        [mine]
    );
    assert_eq!(ids(&desk.get("tickets?email=lee@example.org")), [mine]);
    assert_eq!(ids(&desk.get("tickets?unique_external_id=fb:7")), [3, 2, 1]);
    assert!(ids(&desk.get("tickets?unique_external_id=fb:9")).is_empty());
}

#[test]
fn deleted_tickets_have_a_list_of_their_own() {
    let mut desk = three();
    desk.delete("tickets/2");
    assert_eq!(ids(&desk.get("tickets")), [3, 1]);
    assert_eq!(ids(&desk.get("tickets?filter=deleted")), [2]);
}

#[test]
fn include_embeds_and_costs_two_credits_each() {
    let mut desk = three();
    for number in 0..12 {
        desk.post("tickets/1/notes", &json!({ "body": format!("note {number}") }));
    }
    let shown = desk.get("tickets/1?include=conversations,requester,stats");
    assert_eq!(shown.header_text("x-ratelimit-used-currentrequest"), Some("7"));
    let ticket = body(&shown);
    assert_eq!(ticket["conversations"].as_array().unwrap().len(), 10);
    assert_eq!(ticket["conversations"][0]["body"], "note 0");
    assert_eq!(ticket["requester"]["name"], "Kim");
    assert_eq!(ticket["stats"]["pending_since"], "2026-03-01T12:03:00Z");
    let listed = desk.get("tickets?include=requester,stats");
    assert_eq!(listed.header_text("x-ratelimit-used-currentrequest"), Some("5"));
    assert_eq!(body(&listed)[0]["requester"]["name"], "Kim");
    assert!(body(&listed)[0].get("description").is_none());
    assert!(body(&desk.get("tickets"))[0].get("requester").is_none());
}

#[test]
fn a_requester_may_be_an_agent() {
    let mut desk = Desk::new();
    let me = id(&desk.get("agents/me"));
    let created = desk.post("tickets", &with(&ticket(me), &json!({})));
    assert_eq!(created.status, 201);
    assert_eq!(body(&desk.get("tickets/1?include=requester"))["requester"]["name"], "Deskbridge");
}
