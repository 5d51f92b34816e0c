//! Lookups: was it made, and what is still missing?

use std::time::Duration;

use deskbridge_core::effect::{Reason, Receipt};

use super::*;
use crate::{Found, Trouble};

const LIST: &str = "GET /api/v2/tickets?external_id=acme-facebook:d:9001&page[size]=100";
const OPENED: &str = "GET /api/v2/tickets/35/audits?sort=created_at&page[size]=100";
const AUDITS: &str = "GET /api/v2/tickets/35/audits?sort=-created_at&page[size]=100";
const TICKET: &str = "GET /api/v2/tickets/35";
const PUT: &str = "PUT /api/v2/tickets/35";

const OURS: &str = "db-0000000000000abc";

fn lookup(effect: &Effect, turns: Vec<(&'static str, Answer)>) -> Found {
    let turns = turns.into_iter().map(|(target, answer)| (target, body_of(target), answer)).collect();
    play(turns, |past| zendesk().lookup(effect, &session(), past))
}

fn body_of(target: &str) -> Value {
    match target {
        PUT => json!({"ticket": {"status": "open"}}),
        "PUT /api/v2/tickets/35/tags" => json!({"tags": ["undelivered"]}),
        _ => Value::Null,
    }
}

fn ticket(id: u64, created_at: &str) -> Value {
    json!({"id": id, "status": "new", "external_id": CONVERSATION, "requester_id": 9001, "created_at": created_at})
}

fn tickets(tickets: &Value) -> Answer {
    answer(200, json!({"tickets": tickets}))
}

/// An audit with that marker and the status it set, if any.
fn audit(id: u64, at: &str, marker: Option<&str>, status: Option<&str>) -> Value {
    let mut events = vec![json!({"id": id * 10, "type": "Comment"})];
    events.extend(
        status.map(
            |status| json!({"id": id * 10 + 1, "type": "Change", "field_name": "status", "value": status}),
        ),
    );
    let custom = marker.map_or_else(|| json!({}), |marker| json!({"deskbridge": marker}));
    json!({"id": id, "created_at": at, "metadata": {"system": {}, "custom": custom}, "events": events})
}

fn audits(audits: &[Value]) -> Answer {
    answer(200, json!({"audits": audits, "meta": {"has_more": false}}))
}

fn yes(id: &str, status: Option<TicketStatus>) -> Found {
    Found::Yes(Receipt { id: id.to_owned(), status, requester: None, ..Receipt::default() })
}

#[test]
fn a_ticket_is_found_by_its_opening_audit() {
    let effect = effect(Change::CreateTicket(new_ticket(Some("9001"))));
    let listed = || (LIST, tickets(&json!([ticket(35, "2026-11-22T10:00:02Z")])));
    let opened = |marker| {
        audits(&[
            audit(7, "2026-11-22T10:00:02Z", marker, None),
            audit(8, "2026-11-22T10:05:00Z", Some("db-1"), None),
        ])
    };
    let receipt = Receipt {
        id: "35".to_owned(),
        status: Some(TicketStatus::New),
        requester: Some("9001".to_owned()),
        comment: Some("70".to_owned()),
        ..Receipt::default()
    };
    assert_eq!(lookup(&effect, vec![listed(), (OPENED, opened(Some(OURS)))]), Found::Yes(receipt.clone()));
    // Should metadata not reach the audit, a new ticket of this conversation can only be ours.
    assert_eq!(lookup(&effect, vec![listed(), (OPENED, opened(None))]), Found::Yes(receipt));
    assert_eq!(lookup(&effect, vec![listed(), (OPENED, opened(Some("db-0000000000000def")))]), Found::No);
    assert_eq!(lookup(&effect, vec![listed(), (OPENED, missing())]), Found::No);
}

#[test]
fn a_ticket_of_ours_says_which_messages_it_was_opened_with() {
    let effect = effect(Change::CreateTicket(new_ticket(Some("9001"))));
    let found = |contents: &str| {
        let mut opened = audit(7, "2026-11-22T10:00:02Z", Some(OURS), None);
        opened["metadata"]["custom"]["deskbridge_contents"] = json!(contents);
        let listed = tickets(&json!([ticket(35, "2026-11-22T10:00:02Z")]));
        match lookup(&effect, vec![(LIST, listed), (OPENED, audits(&[opened]))]) {
            Found::Yes(receipt) => receipt.opened_with,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(found("0000000000000007"), Some(7));
    assert_eq!(found("0000000000000008"), Some(8));
}

#[test]
fn older_generations_of_a_conversation_are_not_ours() {
    let mut new = new_ticket(Some("9001"));
    new.follow_up_of = Some("34".to_owned());
    let effect = effect(Change::CreateTicket(new));
    let mut foreign = ticket(36, "2026-11-22T10:00:02Z");
    foreign["external_id"] = json!("ACME-facebook:d:9001");
    for rows in [
        json!([]),
        json!([ticket(34, "2026-11-22T10:00:00Z")]),
        json!([ticket(33, "2026-11-22T09:57:00Z")]),
        json!([foreign]),
    ] {
        assert_eq!(lookup(&effect, vec![(LIST, tickets(&rows))]), Found::No);
    }
    // Newest first among those that can be ours.
    let both = json!([ticket(9, "2026-11-22T09:59:00Z"), ticket(35, "2026-11-22T10:00:02Z")]);
    let opened = audits(&[audit(7, "2026-11-22T10:00:02Z", Some(OURS), None)]);
    assert!(
        matches!(lookup(&effect, vec![(LIST, tickets(&both)), (OPENED, opened)]), Found::Yes(receipt) if receipt.id == "35")
    );
}

#[test]
fn trouble_while_looking_is_not_an_answer() {
    let create = effect(Change::CreateTicket(new_ticket(Some("9001"))));
    for (effect, target) in [(create, LIST), (comment(TicketStatus::Open, Some("9001")), AUDITS)] {
        for (answer, wait) in [(Answer::Lost, 1), (answer(500, json!({})), 30), (answer(503, json!({})), 60)]
        {
            let found = lookup(&effect, vec![(target, answer)]);
            assert_eq!(found, Found::CannotTell(Trouble::RetryAfter(Duration::from_secs(wait))));
        }
        let refused = lookup(&effect, vec![(target, answer(401, json!({"error": "invalid_token"})))]);
        assert!(
            matches!(refused, Found::CannotTell(Trouble::Refused(refusal)) if refusal.reason == Reason::Token)
        );
    }
}

#[test]
fn a_comment_is_found_by_its_marker_and_the_ticket_is_open_afterwards() {
    let effect = comment(TicketStatus::Open, None);
    let mine = |status| audit(8, "2026-11-22T10:00:05Z", Some(OURS), status);
    let later = |status| audit(9, "2026-11-22T10:00:05Z", None, status);
    let earlier = audit(7, "2026-11-22T09:59:59Z", None, Some("solved"));
    let is = |status: &str| (TICKET, answer(200, json!({"ticket": {"id": 35, "status": status}})));
    let open = Some(TicketStatus::Open);
    // Our own update, or a later one, set the status: that stands.
    assert_eq!(
        lookup(&effect, vec![(AUDITS, audits(&[later(None), mine(Some("open")), earlier.clone()]))]),
        yes("80", open)
    );
    let solved = vec![(AUDITS, audits(&[later(Some("solved")), mine(Some("open"))]))];
    assert_eq!(lookup(&effect, solved), yes("80", Some(TicketStatus::Solved)));
    // Nobody did: then the ticket is asked, and opened if it waits.
    let found = || (AUDITS, audits(&[later(None), mine(None), earlier.clone()]));
    assert_eq!(lookup(&effect, vec![found(), is("new")]), yes("80", Some(TicketStatus::New)));
    let reopened =
        vec![found(), is("solved"), (PUT, answer(200, json!({"ticket": {"id": 35, "status": "open"}})))];
    assert_eq!(lookup(&effect, reopened), yes("80", open));
    let unsure = lookup(&effect, vec![found(), is("solved"), (PUT, Answer::Lost)]);
    assert_eq!(unsure, Found::CannotTell(Trouble::RetryAfter(Duration::from_secs(1))));
}

#[test]
fn a_comment_that_is_not_there_was_not_made() {
    let effect = comment(TicketStatus::Open, Some("9001"));
    let other = audit(8, "2026-11-22T10:00:05Z", Some("db-0000000000000def"), None);
    assert_eq!(lookup(&effect, vec![(AUDITS, audits(std::slice::from_ref(&other)))]), Found::No);
    assert_eq!(lookup(&effect, vec![(AUDITS, missing())]), Found::No);
    // Pages are read until they are older than the effect, and no further.
    const SECOND: &str = "GET /api/v2/tickets/35/audits?sort=-created_at&page[size]=100&page[after]=c1";
    let page = |rows: Value, cursor: &str| {
        answer(200, json!({"audits": rows, "meta": {"has_more": true, "after_cursor": cursor}}))
    };
    let first = || (AUDITS, page(json!([other, audit(7, "2026-11-22T10:00:01Z", None, None)]), "c1"));
    let old =
        json!([audit(6, "2026-11-22T09:58:30Z", None, None), audit(5, "2026-11-22T09:57:00Z", None, None)]);
    assert_eq!(lookup(&effect, vec![first(), (SECOND, page(old, "c2"))]), Found::No);
    // Oldest first, against our wish: go on to the end.
    let rising =
        json!([audit(1, "2026-11-20T09:00:00Z", None, None), audit(2, "2026-11-21T09:00:00Z", None, None)]);
    let last = audits(&[audit(8, "2026-11-22T10:00:05Z", Some(OURS), Some("open"))]);
    assert_eq!(
        lookup(&effect, vec![(AUDITS, page(rising, "c1")), (SECOND, last)]),
        Found::Yes(Receipt {
            id: "80".to_owned(),
            status: Some(TicketStatus::Open),
            requester: Some("9001".to_owned()),
            ..Receipt::default()
        })
    );
}

#[test]
fn a_list_without_end_is_left_undecided() {
    let effect = comment(TicketStatus::Open, Some("9001"));
    let mut exchanges = Vec::new();
    let found = loop {
        match zendesk().lookup(&effect, &session(), &exchanges) {
            Next::Call(request) => {
                let rows = json!([audit(1, "2026-11-22T10:00:05Z", None, None)]);
                let body = json!({"audits": rows, "meta": {"has_more": true, "after_cursor": "again"}});
                exchanges.push(Exchange { request: *request, answer: answer(200, body) });
            }
            Next::Settled(found) => break found,
        }
    };
    assert_eq!(exchanges.len(), 20);
    assert!(matches!(found, Found::CannotTell(Trouble::RetryAfter(_))));
}

#[test]
fn a_found_note_gets_its_tags() {
    let mine = || (AUDITS, audits(&[audit(8, "2026-11-22T10:00:05Z", Some(OURS), None)]));
    let tags = "PUT /api/v2/tickets/35/tags";
    let quiet = note(TicketStatus::Solved, &["undelivered"], false);
    assert_eq!(lookup(&quiet, vec![mine(), (tags, answer(200, json!({})))]), yes("80", None));
    let asking = note(TicketStatus::Open, &["undelivered"], true);
    let pending = answer(200, json!({"ticket": {"id": 35, "status": "hold"}}));
    let turns = vec![
        mine(),
        (TICKET, pending),
        (PUT, answer(200, json!({"ticket": {"id": 35, "status": "open"}}))),
        (tags, answer(200, json!({}))),
    ];
    assert_eq!(lookup(&asking, turns), yes("80", Some(TicketStatus::Open)));
}
