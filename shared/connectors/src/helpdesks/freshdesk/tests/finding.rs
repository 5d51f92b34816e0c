//! Effects whose answer never came.

use std::time::Duration;

use deskbridge_core::effect::{Change, EffectKind, Guarantee, Reason, Receipt, Refusal};
use deskbridge_core::model::Surface;
use serde_json::{Value, json};

use super::*;
use crate::{Found, Session, Trouble};

fn look(change: Change, turns: Vec<Turn>) -> Found {
    let (connector, effect) = (plain(), effect(change));
    play(turns, |exchanges| connector.lookup(&effect, &Session::unneeded(), exchanges))
}

const BY_REQUESTER: &str = "GET /tickets?updated_since=2026-11-22T14:00:00Z&order_by=created_at&order_type=desc\
    &requester_id=501&per_page=100&page=1";
const ALL: &str = "GET /tickets?updated_since=2026-11-22T14:00:00Z&order_by=created_at&order_type=desc\
    &per_page=100&page=1";
const ALL_SECOND: &str = "GET /tickets?updated_since=2026-11-22T14:00:00Z&order_by=created_at&order_type=desc\
    &per_page=100&page=2";
const BY_IDENTITY: &str = "GET /contacts?unique_external_id=deskbridge:facebook:7741_41";
const ENTRIES: &str = "GET /tickets/35/conversations?per_page=100&page=1";

fn listed(id: u64, created: &str, conversation: &str) -> Value {
    json!({"id": id, "status": 3, "requester_id": 501, "created_at": created, "custom_fields":
        {"cf_deskbridge": conversation, "cf_other": null}})
}

fn ticket_found(id: &str) -> Found {
    let status = Some(TicketStatus::Pending);
    Found::Yes(Receipt { status, requester: Some("501".to_owned()), ..Receipt::of(id) })
}

fn create(requester: Option<&str>) -> Change {
    Change::CreateTicket(new_ticket(requester))
}

#[test]
fn a_ticket_is_known_by_its_conversation_and_its_age() {
    let ours = "fb:1002:7741";
    let cases = [
        (json!([listed(35, "2026-11-22T14:02:01Z", ours)]), ticket_found("35")),
        (json!([listed(35, "2026-11-22T14:00:30Z", ours)]), ticket_found("35")),
        (json!([listed(35, "2026-11-22T19:32:01+05:30", ours)]), ticket_found("35")),
        // an older ticket of the same conversation, updated just now
        (json!([listed(12, "2026-11-22T13:59:59Z", ours)]), Found::No),
        (json!([listed(35, "2026-11-22T14:02:01Z", "fb:1002:9999")]), Found::No),
        (
            json!([{"id": 35, "status": 2, "custom_fields": null, "created_at": "2026-11-22T14:02:01Z"}]),
            Found::No,
        ),
        (json!([listed(35, "yesterday", ours)]), Found::No),
        (json!([]), Found::No),
        // should it have been made twice, the first counts
        (
            json!([listed(36, "2026-11-22T14:03:00Z", ours), listed(35, "2026-11-22T14:02:01Z", ours)]),
            ticket_found("35"),
        ),
    ];
    for (list, expected) in cases {
        let turns = vec![get(BY_REQUESTER, answer(200, &list))];
        assert_eq!(look(create(Some("501")), turns), expected, "{list}");
    }
}

#[test]
fn a_ticket_of_the_conversation_that_is_as_young_is_not_taken_for_the_next_one() {
    let ours = "fb:1002:7741";
    let list = |ids: &[u64]| {
        let listed: Vec<Value> =
            ids.iter().map(|id| listed(*id, &format!("2026-11-22T14:02:{id}Z"), ours)).collect();
        get(BY_REQUESTER, answer(200, &json!(listed)))
    };
    let opened_by = |id: u64, description: &str| {
        let ticket = json!({"id": id, "status": 3, "description": description});
        let line = if id == 34 { "GET /tickets/34" } else { "GET /tickets/35" };
        get(line, answer(200, &ticket))
    };
    let (mine, others) =
        ("<p>Hi</p><p>ref db-00000000000000ff</p>", "<p>Hi</p><p>ref db-00000000000000fe</p>");
    let cases = [
        (vec![list(&[12])], Found::No),
        (vec![list(&[12, 34]), opened_by(34, others)], Found::No),
        (vec![list(&[35, 34, 12]), opened_by(34, others), opened_by(35, mine)], ticket_found("35")),
        // Whatever became of our line: it is young enough.
        (vec![list(&[35, 12]), opened_by(35, "<p>Hi</p>")], ticket_found("35")),
        (
            vec![list(&[35]), get("GET /tickets/35", empty(500))],
            Found::CannotTell(Trouble::RetryAfter(Duration::from_secs(15))),
        ),
    ];
    for (turns, expected) in cases {
        let next = NewTicket { follow_up_of: Some("12".to_owned()), ..new_ticket(Some("501")) };
        assert_eq!(look(Change::CreateTicket(next), turns), expected);
    }
}

#[test]
fn an_unknown_requester_is_found_first_or_done_without() {
    let list = || answer(200, &json!([listed(35, "2026-11-22T14:02:01Z", "fb:1002:7741")]));
    let contact = json!([{"id": 501, "unique_external_id": "deskbridge:facebook:7741_41"}]);
    let cases = [
        (answer(200, &contact), BY_REQUESTER),
        (answer(200, &json!([])), ALL),
        (coded(403, "require_feature"), ALL),
        (invalid(400, "unique_external_id", "invalid_field"), ALL),
    ];
    for (contacts, line) in cases {
        let turns = vec![get(BY_IDENTITY, contacts), get(line, list())];
        assert_eq!(look(create(None), turns), ticket_found("35"), "{line}");
    }
}

#[test]
fn further_pages_are_read_until_they_are_too_old() {
    let page = |created: &str| {
        let entries: Vec<Value> = (1..=100).map(|id| listed(id, created, "other")).collect();
        answer(200, &json!(entries))
    };
    let nobody = || get(BY_IDENTITY, answer(200, &json!([])));
    let turns =
        vec![nobody(), get(ALL, page("2026-11-22T14:05:00Z")), get(ALL_SECOND, answer(200, &json!([])))];
    assert_eq!(look(create(None), turns), Found::No);
    let turns = vec![nobody(), get(ALL, page("2026-11-22T13:00:00Z"))];
    assert_eq!(look(create(None), turns), Found::No);
}

#[test]
fn a_lookup_that_is_not_answered_cannot_tell() {
    let retry = |seconds| Found::CannotTell(Trouble::RetryAfter(Duration::from_secs(seconds)));
    let token = Refusal::new(Reason::Token, "401");
    let cases = [
        (Answer::Lost, retry(15)),
        (Answer::NotSent, retry(5)),
        (empty(500), retry(15)),
        (answer(200, &json!({"not": "a list"})), retry(15)),
        (empty(429), retry(60)),
        (empty(401), Found::CannotTell(Trouble::Refused(token))),
    ];
    for (given, expected) in cases {
        let shown = format!("{given:?}");
        assert_eq!(look(create(Some("501")), vec![get(BY_REQUESTER, given)]), expected, "{shown}");
    }
}

fn entries(bodies: &[&str]) -> Answer {
    let list: Vec<Value> =
        bodies.iter().zip(9001..).map(|(body, id)| json!({"id": id, "body": body, "source": 2})).collect();
    answer(200, &json!(list))
}

#[test]
fn a_comment_is_known_by_its_reference_and_then_finished() {
    let comment = |status| Change::AppendComment(new_comment(status, Some("501")));
    let present = || get(ENTRIES, entries(&["<p>Hi</p>", "<p>And now?</p><p>ref db-00000000000000ff</p>"]));
    let yes = |status| Found::Yes(Receipt { status, ..Receipt::of("9002") });
    assert_eq!(look(comment(TicketStatus::Open), vec![present()]), yes(None));
    let reopened = || answer(200, &json!({"id": 35, "status": 2}));
    let reopen = |answer| turn("PUT /tickets/35", json!({"status": 2}), answer);
    let turns = vec![present(), reopen(reopened())];
    assert_eq!(look(comment(TicketStatus::Solved), turns), yes(Some(TicketStatus::Open)));
    let turns = vec![present(), reopen(Answer::Lost)];
    let later = Found::CannotTell(Trouble::RetryAfter(Duration::from_secs(15)));
    assert_eq!(look(comment(TicketStatus::Solved), turns), later);
    let turns = vec![present(), reopen(invalid(400, "cf_region", "missing_field"))];
    let told = Refusal::new(Reason::Invalid, "400/missing_field:cf_region");
    assert_eq!(look(comment(TicketStatus::Solved), turns), Found::CannotTell(Trouble::Refused(told)));
    let absent = get(ENTRIES, entries(&["<p>Hi</p>", "<p>ref db-00000000000000fe</p>"]));
    assert_eq!(look(comment(TicketStatus::Solved), vec![absent]), Found::No);
}

#[test]
fn a_note_is_found_and_gets_its_tags() {
    let turns = vec![
        get(ENTRIES, entries(&["Not sent ref db-00000000000000ff"])),
        get("GET /tickets/35", answer(200, &json!({"id": 35, "status": 4, "tags": ["vip"]}))),
        turn(
            "PUT /tickets/35",
            json!({"status": 2, "tags": ["vip", "not_sent"]}),
            answer(200, &json!({"id": 35, "status": 2})),
        ),
    ];
    let found = look(Change::AddNote(new_note(&["not_sent"], true)), turns);
    let status = Some(TicketStatus::Open);
    assert_eq!(found, Found::Yes(Receipt { status, ..Receipt::of("9001") }));
}

#[test]
fn nothing_is_to_be_found_in_a_ticket_that_is_gone() {
    let turns = vec![get(ENTRIES, empty(404))];
    assert_eq!(look(Change::AddNote(new_note(&[], false)), turns), Found::No);
}

#[test]
fn everything_we_write_can_be_found_after_a_minute_at_least() {
    for kind in [EffectKind::CreateTicket, EffectKind::AppendComment, EffectKind::AddNote] {
        match plain().guarantee(kind) {
            Guarantee::Findable { settle } => assert!(settle >= Duration::from_secs(60), "{kind:?}"),
            other => panic!("{kind:?}: {other:?}"),
        }
    }
    assert_eq!(plain().guarantee(EffectKind::PostReply(Surface::Direct)), Guarantee::Blind);
}
