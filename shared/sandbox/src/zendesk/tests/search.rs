//! Search with its lag, and the incremental export.

use serde_json::{Value, json};

use super::{Desk, START, Who};

fn count(desk: &mut Desk, query: &str) -> i64 {
    let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    desk.get(&format!("search.json?query={encoded}"))["count"].as_i64().unwrap()
}

#[test]
fn search_lags_behind_and_shows_stale_statuses() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    assert_eq!(count(&mut desk, "type:ticket"), 0);
    assert_eq!(desk.get("tickets?external_id=sb:fb:t:1")["count"], 1, "the list never lags");
    desk.now = START + 60_000;
    assert_eq!(count(&mut desk, "type:ticket"), 1);
    desk.update(Who::Agent, ticket, json!({"status": "solved"}));
    assert_eq!((count(&mut desk, "status:new"), count(&mut desk, "status:solved")), (1, 0));
    desk.now += 60_000;
    assert_eq!((count(&mut desk, "status:new"), count(&mut desk, "status:solved")), (0, 1));
}

#[test]
fn queries_combine_terms() {
    let mut desk = Desk::new();
    desk.ticket();
    desk.now += 60_000;
    let rows = [
        ("type:ticket external_id:\"sb:fb:t:1\"", 1),
        ("type:ticket external_id:sb:fb:t:2", 0),
        ("type:ticket tags:deskbridge status<solved", 1),
        ("type:ticket status>open", 0),
        ("type:ticket parcel", 1),
        ("type:ticket subject:\"parcel\" \"never came\"", 1),
        ("type:ticket tags:absent", 0),
        ("type:user external_id:sb:fb:1", 1),
        ("type:user email:agent@acme.example", 1),
    ];
    for (query, expected) in rows {
        assert_eq!(count(&mut desk, query), expected, "{query}");
    }
    assert_eq!(desk.get("search?query=type:ticket")["results"][0]["result_type"], "ticket");
    assert_eq!(desk.call(Who::Bridge, "GET", "search?query=x&page=11", Value::Null).0, 422);
    assert_eq!(desk.call(Who::Bridge, "GET", "search", Value::Null).0, 400);
}

#[test]
fn the_export_follows_changes_but_not_the_last_minute() {
    let mut desk = Desk::new();
    let (one, two) = (desk.ticket(), desk.ticket());
    let start = format!("incremental/tickets/cursor?per_page=1&start_time={}", START / 1_000 - 60);
    let ids = |page: &Value| {
        page["tickets"].as_array().unwrap().iter().map(|t| t["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(desk.get(&start)["tickets"], json!([]));
    desk.now = START + 60_000;
    let first = desk.get(&start);
    assert_eq!((ids(&first), first["end_of_stream"].as_bool()), (vec![one], Some(false)));
    let second = desk.get(first["after_url"].as_str().unwrap());
    assert_eq!((ids(&second), second["end_of_stream"].as_bool()), (vec![two], Some(true)));
    desk.call(Who::Agent, "DELETE", &format!("tickets/{one}"), Value::Null);
    desk.now += 60_000;
    let third = desk.get(second["after_url"].as_str().unwrap());
    assert_eq!((ids(&third), third["tickets"][0]["status"].as_str()), (vec![one], Some("deleted")));
    let recent = format!("incremental/tickets/cursor?start_time={}", desk.now / 1_000);
    assert_eq!(desk.call(Who::Bridge, "GET", &recent, Value::Null).0, 422);
}
