//! The customer's comments and private notes.

use std::time::Duration;

use deskbridge_core::effect::{Change, NewReply, Outcome, Reason, Receipt, Refusal, ReplyForm};
use deskbridge_core::model::Surface;
use serde_json::{Value, json};

use super::*;
use crate::Session;

fn step(connector: &dyn Connector, change: Change, turns: Vec<Turn>) -> Outcome {
    let effect = effect(change);
    play(turns, |exchanges| connector.step(&effect, &Session::unneeded(), exchanges))
}

fn append(status: TicketStatus, turns: Vec<Turn>) -> Outcome {
    step(&*plain(), Change::AppendComment(new_comment(status, Some("501"))), turns)
}

fn note(tags: &[&str], reopen: bool, turns: Vec<Turn>) -> Outcome {
    step(&*plain(), Change::AddNote(new_note(tags, reopen)), turns)
}

fn comment_body() -> Value {
    json!({"body": format!("<p>And now?</p>{COMMENT}"), "incoming": true, "private": false, "user_id": 501})
}

fn nameless_body() -> Value {
    let name = "<p><strong>Kim &amp; Co:</strong></p>";
    json!({"body": format!("{name}<p>And now?</p>{COMMENT}"), "incoming": true, "private": false})
}

fn note_body() -> Value {
    json!({"body": format!("<p>Not sent</p>{REFERENCE}"), "private": true})
}

fn post(body: Value, answer: Answer) -> Turn {
    turn("POST /tickets/35/notes", body, answer)
}

fn put(body: Value, answer: Answer) -> Turn {
    turn("PUT /tickets/35", body, answer)
}

/// The look at a closed ticket: was it merged?
fn merged_note(text: Option<&str>) -> Turn {
    let note = |text| json!({"id": 8000, "body_text": text, "source": 2, "incoming": false, "private": true});
    let entries: Vec<Value> = text.into_iter().map(note).collect();
    get("GET /tickets/35/conversations?per_page=100&page=1", answer(200, &json!(entries)))
}

fn made() -> Answer {
    answer(201, &json!({"id": 9001, "ticket_id": 35, "incoming": true}))
}

fn ticket(status: u64) -> Answer {
    answer(200, &json!({"id": 35, "status": status, "tags": ["vip", "deskbridge"]}))
}

fn commented(status: Option<TicketStatus>) -> Outcome {
    let requester = Some("501".to_owned());
    Outcome::Done(Receipt { status, requester, ..Receipt::of("9001") })
}

fn noted(status: Option<TicketStatus>) -> Outcome {
    Outcome::Done(Receipt { status, ..Receipt::of("9001") })
}

fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}

#[test]
fn a_comment_costs_one_call_while_the_ticket_is_open() {
    for status in [TicketStatus::New, TicketStatus::Open] {
        assert_eq!(append(status, vec![post(comment_body(), made())]), commented(None));
    }
}

#[test]
fn a_comment_reopens_what_is_not_open() {
    for status in [TicketStatus::Pending, TicketStatus::Solved, TicketStatus::Closed] {
        let mut turns = vec![post(comment_body(), made()), put(json!({"status": 2}), ticket(2))];
        if status != TicketStatus::Pending {
            turns.insert(0, merged_note(None));
        }
        assert_eq!(append(status, turns), commented(Some(TicketStatus::Open)));
    }
}

#[test]
fn nothing_is_written_into_a_ticket_that_was_closed_by_a_merge() {
    let turns = vec![merged_note(Some("This ticket is closed and merged into ticket 40"))];
    assert_eq!(append(TicketStatus::Solved, turns), refused(Reason::TicketMerged("40".to_owned()), "merged"));
}

#[test]
fn an_unknown_customer_becomes_a_contact_first() {
    let contact = json!({"name": "Kim & Co", "unique_external_id": "deskbridge:facebook:7741_41"});
    let turns =
        vec![turn("POST /contacts", contact, answer(201, &json!({"id": 501}))), post(comment_body(), made())];
    let change = Change::AppendComment(new_comment(TicketStatus::Open, None));
    assert_eq!(step(&*plain(), change, turns), commented(None));
}

#[test]
fn without_the_right_to_write_as_the_customer_the_name_is_said() {
    let refusals = [
        invalid(400, "user_id", "invalid_value"),
        coded(403, "require_feature"),
        coded(403, "access_denied"),
    ];
    for refusal in refusals {
        let turns = vec![post(comment_body(), refusal), post(nameless_body(), made())];
        assert_eq!(append(TicketStatus::Open, turns), commented(None));
    }
    let turns = vec![
        post(comment_body(), coded(403, "access_denied")),
        post(nameless_body(), coded(403, "access_denied")),
    ];
    assert_eq!(append(TicketStatus::Open, turns), refused(Reason::Permission, "403/access_denied"));
}

#[test]
fn each_answer_to_a_comment_has_its_outcome() {
    let cases = [
        (Answer::NotSent, Outcome::RetryAfter(Duration::from_secs(5))),
        (Answer::Lost, Outcome::Unknown),
        (empty(504), Outcome::Unknown),
        (answer(201, &json!([])), Outcome::Unknown),
        (empty(429), Outcome::RetryAfter(Duration::from_secs(60))),
        (empty(404), refused(Reason::TicketDeleted, "404")),
        (coded(401, "invalid_credentials"), refused(Reason::Token, "401/invalid_credentials")),
        (invalid(400, "body", "invalid_value"), refused(Reason::Invalid, "400/invalid_value:body")),
    ];
    for (given, expected) in cases {
        let shown = format!("{given:?}");
        assert_eq!(append(TicketStatus::Open, vec![post(comment_body(), given)]), expected, "{shown}");
    }
}

#[test]
fn once_the_comment_stands_it_is_never_written_again() {
    let cases = [
        (Answer::NotSent, Outcome::Unknown),
        (Answer::Lost, Outcome::Unknown),
        (empty(500), Outcome::Unknown),
        (empty(429), Outcome::Unknown),
        (coded(401, "invalid_credentials"), Outcome::Unknown),
        (invalid(400, "cf_region", "missing_field"), Outcome::Unknown),
        (empty(404), refused(Reason::TicketDeleted, "404")),
        (
            answer(200, &json!({"id": 35, "status": 2, "merged_ticket_id": 40})),
            refused(Reason::TicketMerged("40".to_owned()), "merged"),
        ),
    ];
    for (given, expected) in cases {
        let shown = format!("{given:?}");
        let turns = vec![post(comment_body(), made()), put(json!({"status": 2}), given)];
        assert_eq!(append(TicketStatus::Pending, turns), expected, "{shown}");
    }
}

#[test]
fn a_note_is_private_and_costs_one_call() {
    assert_eq!(note(&[], false, vec![post(note_body(), made())]), noted(None));
}

#[test]
fn a_note_adds_its_tags_to_the_tickets_own_in_one_update() {
    let read = || get("GET /tickets/35", ticket(4));
    let tags = json!(["vip", "deskbridge", "not_sent"]);
    let cases = [
        (
            &["not_sent"][..],
            false,
            vec![read(), put(json!({"tags": tags}), ticket(4))],
            Some(TicketStatus::Solved),
        ),
        (
            &["not_sent"],
            true,
            vec![read(), put(json!({"status": 2, "tags": tags}), ticket(2))],
            Some(TicketStatus::Open),
        ),
        (&["vip"], true, vec![read(), put(json!({"status": 2}), ticket(2))], Some(TicketStatus::Open)),
        (&["vip"], false, vec![read()], None),
        (&[], true, vec![put(json!({"status": 2}), ticket(2))], Some(TicketStatus::Open)),
    ];
    for (added, reopen, more, status) in cases {
        let mut turns = vec![post(note_body(), made())];
        turns.extend(more);
        assert_eq!(note(added, reopen, turns), noted(status), "{added:?} {reopen}");
    }
}

#[test]
fn doubt_after_the_note_is_left_to_the_lookup() {
    for lost in [Answer::Lost, Answer::NotSent, empty(503), empty(429)] {
        let turns = vec![post(note_body(), made()), get("GET /tickets/35", lost)];
        assert_eq!(note(&["not_sent"], true, turns), Outcome::Unknown);
    }
}

#[test]
fn replies_are_not_for_helpdesks() {
    let reply = NewReply {
        surface: Surface::Public,
        answers: "1".to_owned(),
        customer: "2".to_owned(),
        text: "Hi".to_owned(),
        form: ReplyForm::Text,
        window_from: None,
    };
    let end = step(&*plain(), Change::PostReply(reply), vec![]);
    assert_eq!(end, refused(Reason::Invalid, "a helpdesk posts no replies"));
}
