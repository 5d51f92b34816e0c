//! Taking out what a customer removed.

use deskbridge_core::effect::{Outcome, Reason, Receipt, Redaction, Refusal};

use super::*;

const AUDITS: &str = "GET /api/v2/tickets/35/audits?sort=-created_at&page[size]=100";
const BY_KEY: &str = "GET /api/v2/tickets?external_id=acme-facebook:post:1001_55:2001&page[size]=100";
const REDACT: &str = "PUT /api/v2/comment_redactions/777";
const BY_TEXT: &str = "PUT /api/v2/tickets/35/comments/777/redact";

fn redact(tickets: &[&str], turns: Vec<Turn>) -> Outcome {
    let known: Vec<Value> = tickets.iter().map(|ticket| json!({"id": ticket})).collect();
    let listed = (BY_KEY, Value::Null, answer(200, json!({"tickets": known})));
    walk(tickets, std::iter::once(listed).chain(turns).collect())
}

fn walk(tickets: &[&str], turns: Vec<Turn>) -> Outcome {
    let tickets = tickets.iter().map(|ticket| (*ticket).to_owned()).collect();
    let conversation = "acme-facebook:post:1001_55:2001".to_owned();
    let redaction = Redaction { message: 8, conversation, tickets, subject: "Facebook message".to_owned() };
    let effect = effect(Change::Redact(redaction));
    play(turns, |past| zendesk().step(&effect, &session(), past))
}

/// An update with our comment; `parts` is what it says of it.
fn audit(id: u64, parts: Option<&str>, html: &str) -> Value {
    let mut custom = json!({"deskbridge": "db-0000000000000abc"});
    custom["deskbridge_parts"] = json!(parts);
    let comment = json!({"id": 777, "type": "Comment", "public": true, "html_body": html});
    json!({"id": id, "created_at": format!("2026-11-22T14:{id}:00Z"), "metadata": {"custom": custom}, "events": [comment]})
}

fn audits(audits: &[Value]) -> Answer {
    answer(200, json!({"audits": audits, "meta": {"has_more": false}}))
}

fn marked(html: &str) -> Value {
    json!({"ticket_id": 35, "html_body": html})
}

fn done(id: &str) -> Outcome {
    Outcome::Done(Receipt::of(id))
}

fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}

fn forbidden() -> Answer {
    answer(403, json!({"error": "Forbidden", "description": "You do not have access"}))
}

const BURST: &str = "<div><p>one</p><hr><p>two &amp; more</p><hr><p>three</p></div>";
const MARKED: &str = "<div><p>one</p><hr><p><redact>two &amp; more</redact></p><hr><p>three</p></div>";
const PARTS: Option<&str> = Some("000000000007 000000000008 000000000009");

fn burst() -> Vec<Turn> {
    vec![(AUDITS, Value::Null, audits(&[audit(12, PARTS, BURST), audit(11, Some(""), "<p>x</p>")]))]
}

fn after(turn: Turn, more: Vec<Turn>) -> Vec<Turn> {
    burst().into_iter().chain([turn]).chain(more).collect()
}

#[test]
fn one_part_of_a_comment_is_blackened() {
    let redacted = answer(200, json!({"comment": {"id": 777, "html_body": "black"}}));
    assert_eq!(redact(&["35"], after((REDACT, marked(MARKED), redacted), vec![])), done("777"));
    let unchanged = answer(200, json!({"comment": {"id": 777, "html_body": BURST}}));
    let outcome = redact(&["35"], after((REDACT, marked(MARKED), unchanged), vec![]));
    assert_eq!(outcome, refused(Reason::Invalid, "ticket #35: the comment is as it was"));
}

#[test]
fn what_opened_a_ticket_also_leaves_its_subject() {
    let opened = |subject: &str| {
        let mut opened = audit(11, Some("000000000008"), "<p>Where is it?</p>");
        let create = json!({"type": "Create", "field_name": "subject", "value": subject});
        opened["events"].as_array_mut().unwrap().push(create);
        (AUDITS, Value::Null, audits(&[opened]))
    };
    let body = marked("<p><redact>Where is it?</redact></p>");
    let comment = || (REDACT, body.clone(), answer(200, json!({})));
    let bare = json!({"ticket": {"subject": "Facebook message by Kim"}});
    let put = |answer| ("PUT /api/v2/tickets/35", bare.clone(), answer);
    let ours = "Facebook message by Kim: \"Where is it?\"";
    let turns = vec![opened(ours), comment(), put(answer(200, json!({"ticket": {"id": 35}})))];
    assert_eq!(redact(&["35"], turns), done("777"));
    assert_eq!(
        redact(&["35"], vec![opened("Refund for Kim"), comment()]),
        done("777"),
        "an agent's words stay"
    );
    let turns = vec![opened(ours), comment(), put(answer(422, closed()))];
    assert_eq!(redact(&["35"], turns), refused(Reason::Invalid, "ticket #35: 422 RecordInvalid status"));
}

#[test]
fn every_ticket_is_looked_through_and_one_that_is_gone_shows_nothing() {
    let former = "GET /api/v2/tickets/34/audits?sort=-created_at&page[size]=100";
    let black = audit(12, Some("000000000008"), "<p>\u{2587}\u{2587}</p>");
    let turns = vec![(AUDITS, Value::Null, audits(&[black])), (former, Value::Null, missing())];
    assert_eq!(redact(&["35", "34"], turns), done("777"), "done before");
    let turns = vec![(AUDITS, Value::Null, audits(&[audit(12, Some("000000000009"), "<p>x</p>")]))];
    assert_eq!(redact(&["35"], turns), done(""), "nothing stands there");
}

#[test]
fn without_agent_workspace_exact_texts_are_blackened() {
    let first = (REDACT, marked(MARKED), forbidden());
    let by_text = |answer| (BY_TEXT, json!({"text": "two & more"}), answer);
    let outcome = redact(&["35"], after(first.clone(), vec![by_text(answer(200, json!({})))]));
    assert_eq!(outcome, done("777"));
    let outcome = redact(&["35"], after(first.clone(), vec![by_text(forbidden())]));
    assert_eq!(outcome, refused(Reason::Permission, "ticket #35: 403 Forbidden"));
    let outcome = redact(&["35"], after(first, vec![by_text(Answer::Lost)]));
    assert!(matches!(outcome, Outcome::RetryAfter(_)), "{outcome:?}");

    let same = "<p>no</p><hr><p>no</p>";
    let audit = audit(12, Some("000000000007 000000000008"), same);
    let body = marked("<p>no</p><hr><p><redact>no</redact></p>");
    let turns = vec![(AUDITS, Value::Null, audits(&[audit])), (REDACT, body, forbidden())];
    let code = "ticket #35: 403 Forbidden, and by its words alone it cannot be told from the rest";
    assert_eq!(redact(&["35"], turns), refused(Reason::Gone, code), "no guess");
}

#[test]
fn nothing_is_redacted_by_guess() {
    let merged = audit(12, PARTS, "<p>one</p><p>two</p><p>three</p>");
    let outcome = redact(&["35"], vec![(AUDITS, Value::Null, audits(&[merged]))]);
    assert_eq!(outcome, refused(Reason::Gone, "ticket #35: the parts of a comment cannot be told apart"));
    let old = audit(12, None, "<p>one</p>");
    let outcome = redact(&["35"], vec![(AUDITS, Value::Null, audits(&[old]))]);
    let code = "ticket #35: comments that do not say which messages they show";
    assert_eq!(outcome, refused(Reason::Gone, code));
}

#[test]
fn a_ticket_of_which_the_bridge_does_not_know_is_looked_through_too() {
    let listed = answer(200, json!({"tickets": [{"id": 35}, {"id": 36}]}));
    let none = audits(&[audit(11, Some(""), "<p>x</p>")]);
    let own = "GET /api/v2/tickets/36/audits?sort=-created_at&page[size]=100";
    let turns = vec![(BY_KEY, Value::Null, listed), (own, Value::Null, none)];
    let redacted = answer(200, json!({"comment": {"id": 777, "html_body": "black"}}));
    let turns = turns.into_iter().chain(after((REDACT, marked(MARKED), redacted), vec![])).collect();
    assert_eq!(walk(&["36"], turns), done("777"));
}

#[test]
fn who_may_not_list_tickets_redacts_those_that_are_known_and_an_outage_is_waited_for() {
    let redacted = answer(200, json!({"comment": {"id": 777, "html_body": "black"}}));
    let turns = after((REDACT, marked(MARKED), redacted), vec![]);
    let turns = std::iter::once((BY_KEY, Value::Null, forbidden())).chain(turns).collect();
    assert_eq!(walk(&["35"], turns), done("777"));
    let outcome = walk(&["35"], vec![(BY_KEY, Value::Null, Answer::Lost)]);
    assert!(matches!(outcome, Outcome::RetryAfter(_)), "{outcome:?}");
}
