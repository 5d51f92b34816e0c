//! Taking out what a customer removed.

use deskbridge_core::effect::{Change, Outcome, Reason, Receipt, Redaction, Refusal};
use serde_json::{Value, json};

use super::*;
use crate::Session;

const TICKET: &str = "GET /tickets/35";
const ENTRIES: &str = "GET /tickets/35/conversations?per_page=100&page=1";
const GONE: &str = "<p><em>(removed by the customer)</em></p>";

fn redact(message: u64, tickets: &[&str], turns: Vec<Turn>) -> Outcome {
    let tickets = tickets.iter().map(|ticket| (*ticket).to_owned()).collect();
    let conversation = "acme:post:1".to_owned();
    let redaction = Redaction { message, conversation, tickets, subject: "Facebook message".to_owned() };
    let effect = effect(Change::Redact(redaction));
    play(turns, |past| plain().step(&effect, &Session::unneeded(), past))
}

fn ticket(subject: &str) -> Turn {
    let description = format!("<div><p>My parcel</p>{OPENING}</div>");
    get(TICKET, answer(200, &json!({"id": 35, "status": 2, "subject": subject, "description": description})))
}

fn note(id: u64, body: &str) -> Value {
    json!({"id": id, "source": 2, "private": false, "incoming": true, "body": body})
}

fn entries(entries: &[Value]) -> Turn {
    get(ENTRIES, answer(200, &json!(entries)))
}

fn done(id: &str) -> Outcome {
    Outcome::Done(Receipt::of(id))
}

fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}

#[test]
fn one_part_of_a_note_is_replaced() {
    let two = |second: &str| format!("<p>And now?</p><hr>{second}{COMMENT}");
    let agents = json!({"id": 2, "source": 0, "private": false, "body": two("<p>quoted</p>")});
    let listed = || entries(&[agents.clone(), note(3, &two("<p>Well?</p>"))]);
    let put = |answer| turn("PUT /conversations/3", json!({"body": two(GONE)}), answer);
    let turns = vec![ticket("x"), listed(), put(answer(200, &json!({"id": 3})))];
    assert_eq!(redact(9, &["35"], turns), done("3"));
    let turns = vec![ticket("x"), listed(), put(coded(403, "access_denied"))];
    assert_eq!(redact(9, &["35"], turns), refused(Reason::Permission, "ticket #35: 403/access_denied"));
    let turns = vec![ticket("x"), listed(), put(Answer::Lost)];
    assert!(matches!(redact(9, &["35"], turns), Outcome::RetryAfter(_)));
    let turns = vec![ticket("x"), entries(&[note(3, &two(GONE))])];
    assert_eq!(redact(9, &["35"], turns), done("3"), "done before");
}

#[test]
fn what_opened_a_ticket_is_replaced_in_description_and_subject() {
    let description = format!("<div>{GONE}{OPENING}</div>");
    let put = |body: Value, answer| turn("PUT /tickets/35", body, answer);
    let ok = || answer(200, &json!({"id": 35, "status": 2}));
    let both = json!({"description": description, "subject": "Facebook message by Kim"});
    let ours = "Facebook message by Kim: \"My parcel\"";
    let turns = vec![ticket(ours), entries(&[]), put(both.clone(), ok())];
    assert_eq!(redact(7, &["35"], turns), done("35"));
    let turns = vec![ticket("Refund"), entries(&[]), put(json!({"description": description}), ok())];
    assert_eq!(redact(7, &["35"], turns), done("35"), "an agent's words stay");
    let turns = vec![ticket(ours), entries(&[]), put(both, invalid(400, "description", "invalid_field"))];
    let code = "ticket #35: 400/invalid_field:description";
    assert_eq!(redact(7, &["35"], turns), refused(Reason::Invalid, code));
}

#[test]
fn what_stands_nowhere_needs_nothing() {
    assert_eq!(redact(1, &["35"], vec![ticket("x"), entries(&[])]), done(""));
    let trash = get(TICKET, answer(200, &json!({"id": 35, "status": 2, "deleted": true})));
    let former = get("GET /tickets/34", empty(404));
    assert_eq!(redact(7, &["35", "34"], vec![trash, former]), done(""));
}

#[test]
fn nothing_is_replaced_by_guess() {
    let merged = note(3, &format!("<p>And now?</p><p>Well?</p>{COMMENT}"));
    let outcome = redact(9, &["35"], vec![ticket("x"), entries(&[merged])]);
    assert_eq!(outcome, refused(Reason::Gone, "ticket #35: the parts of an entry cannot be told apart"));
    let old = note(3, &format!("<p>And now?</p>{REFERENCE}"));
    let outcome = redact(9, &["35"], vec![ticket("x"), entries(&[old])]);
    let code = "ticket #35: entries that do not say which messages they show";
    assert_eq!(outcome, refused(Reason::Gone, code));
}
