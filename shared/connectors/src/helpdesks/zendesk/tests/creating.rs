//! Opening a ticket: requesters, the request itself, and every way in which it is refused.

use std::time::Duration;

use deskbridge_core::Outcome;
use deskbridge_core::effect::{Reason, Receipt};

use super::*;

const POST: &str = "POST /api/v2/tickets";
const UPSERT: &str = "POST /api/v2/users/create_or_update";

fn upsert() -> Value {
    json!({"user": {"name": "Kim Park", "external_id": "deskbridge:facebook:9001", "skip_verify_email": true}})
}

fn ticket(requester: u64) -> Value {
    json!({"ticket": {
        "subject": "Messenger: Kim Park",
        "comment": {"html_body": "<p>Hello</p>", "public": true, "author_id": requester},
        "requester_id": requester, "submitter_id": requester,
        "external_id": CONVERSATION, "tags": ["deskbridge", "facebook"],
        "metadata": {"deskbridge": "db-0000000000000abc", "deskbridge_contents": "0000000000000007",
            "deskbridge_parts": "000000000007"},
    }})
}

fn made() -> Answer {
    let audit = json!({"id": 70, "events": [{"id": 71, "type": "Create", "field_name": "status", "value": "new"},
                                            {"id": 555, "type": "Comment", "public": true}]});
    answer(201, json!({"ticket": {"id": 35, "status": "new", "external_id": CONVERSATION}, "audit": audit}))
}

fn done(requester: &str) -> Outcome {
    Outcome::Done(Receipt {
        id: "35".to_owned(),
        status: Some(TicketStatus::New),
        requester: Some(requester.to_owned()),
        comment: Some("555".to_owned()),
        ..Receipt::default()
    })
}

fn create(zendesk: &Arc<dyn Connector>, new: NewTicket, turns: Vec<Turn>) -> (Outcome, Vec<Exchange>) {
    let effect = effect(Change::CreateTicket(new));
    play_recording(turns, |past| zendesk.step(&effect, &session(), past))
}

fn outcome(requester: Option<&str>, turns: Vec<Turn>) -> Outcome {
    create(&zendesk(), new_ticket(requester), turns).0
}

fn keys_of(past: &[Exchange]) -> Vec<&str> {
    past.iter().filter_map(|exchange| exchange.request.only_header("idempotency-key")).collect()
}

#[test]
fn a_known_person_takes_one_call_and_a_new_one_two() {
    let (outcome, past) = create(&zendesk(), new_ticket(Some("9001")), vec![(POST, ticket(9001), made())]);
    assert_eq!(outcome, done("9001"));
    assert_eq!(keys_of(&past), ["db-0000000000000abc"]);
    let turns = vec![(UPSERT, upsert(), user(77)), (POST, ticket(77), made())];
    assert_eq!(create(&zendesk(), new_ticket(None), turns).0, done("77"));
}

#[test]
fn the_account_decides_on_brand_group_form_fields_and_tags() {
    let zendesk =
        zendesk_with(json!({"brand_id": 11, "group_id": 22, "ticket_form_id": 33, "tags": ["social"],
                                      "conversation_field": 360_001, "permalink_field": 360_002}));
    let mut full = ticket(9001);
    full["ticket"]["tags"] = json!(["deskbridge", "social", "facebook"]);
    full["ticket"]["via_followup_source_id"] = json!(34);
    let minimal = full.clone();
    for (name, value) in [("brand_id", 11), ("group_id", 22), ("ticket_form_id", 33)] {
        full["ticket"][name] = json!(value);
    }
    full["ticket"]["custom_fields"] = json!([{"id": 360_001, "value": CONVERSATION},
                                             {"id": 360_002, "value": "https://facebook.example/1"}]);
    let mut new = new_ticket(Some("9001"));
    new.follow_up_of = Some("34".to_owned());
    let (outcome, _) = create(&zendesk, new.clone(), vec![(POST, full.clone(), made())]);
    assert_eq!(outcome, done("9001"));
    // A form that is gone: once more without the account's part, under a key of its own.
    let drift = answer(422, refusal("RecordInvalid", "ticket_form_id", "is invalid"));
    let turns = vec![(POST, full.clone(), drift.clone()), (POST, minimal.clone(), made())];
    let (outcome, past) = create(&zendesk, new.clone(), turns);
    assert_eq!(outcome, done("9001"));
    assert_eq!(keys_of(&past), ["db-0000000000000abc", "db-0000000000000abc-minimal"]);
    let (outcome, _) = create(&zendesk, new, vec![(POST, full, drift.clone()), (POST, minimal, drift)]);
    assert!(matches!(outcome, Outcome::Refused(refusal)
        if refusal.reason == Reason::Invalid && refusal.code == "422 RecordInvalid ticket_form_id"));
}

#[test]
fn each_answer_has_its_outcome() {
    let seconds = |count| Outcome::RetryAfter(Duration::from_secs(count));
    let said = |status, body| answer(status, body);
    let word = |word: &str| json!({"error": word, "description": "d"});
    let cases = [
        (Answer::NotSent, seconds(5)),
        (Answer::Lost, Outcome::Unknown),
        (said(500, json!({"status": 500, "error": "Internal Server Error"})), Outcome::Unknown),
        (Answer::Response(Response::text(502, "<html>")), Outcome::Unknown),
        (said(503, json!({})), Outcome::Unknown),
        (with_header(said(503, json!({})), "retry-after", "90"), seconds(90)),
        (said(429, word("APIRateLimitExceeded")), seconds(30)),
        (with_header(said(429, json!({})), "retry-after", "7"), seconds(7)),
        (with_header(said(429, json!({})), "retry-after", "soon"), seconds(30)),
        (said(409, word("IdempotentRequestInProgress")), seconds(2)),
        (said(409, word("DatabaseConflict")), seconds(5)),
        (Answer::Response(Response::text(201, "<html>")), Outcome::Unknown),
        (said(201, json!({"tickets": []})), Outcome::Unknown),
    ];
    for (place, (answer, expected)) in cases.into_iter().enumerate() {
        assert_eq!(outcome(Some("9001"), vec![(POST, ticket(9001), answer)]), expected, "case {place}");
    }
    let dated = with_header(said(429, json!({})), "retry-after", "Sun, 22 Nov 2026 10:00:42 GMT");
    let dated = with_header(dated, "date", "Sun, 22 Nov 2026 10:00:00 GMT");
    assert_eq!(outcome(Some("9001"), vec![(POST, ticket(9001), dated)]), seconds(42));
}

#[test]
fn each_refusal_has_its_reason() {
    let cases = [
        (401, json!({"error": "Couldn't authenticate you"}), Reason::Token, "401 Couldn't authenticate you"),
        (401, json!({"error": "invalid_token"}), Reason::Token, "401 invalid_token"),
        (403, json!({"error": {"title": "Forbidden", "message": "m"}}), Reason::Permission, "403 Forbidden"),
        (403, json!({"error": "Forbidden", "description": "d"}), Reason::Permission, "403 Forbidden"),
        (400, json!({"error": "ParameterMissing"}), Reason::Invalid, "400 ParameterMissing"),
        (404, json!({"error": "InvalidEndpoint"}), Reason::Invalid, "404 InvalidEndpoint"),
        (413, json!({}), Reason::Content, "413"),
        (
            422,
            refusal("RecordInvalid", "comment", "zu lang: Hallo Welt"),
            Reason::Content,
            "422 RecordInvalid comment",
        ),
        (
            422,
            json!({"error": "RecordInvalid", "details": {"x": [{"description": "d", "error": "BlankValue"}]}}),
            Reason::Invalid,
            "422 RecordInvalid x:BlankValue",
        ),
        (
            422,
            refusal("RecordInvalid", "requester", "Requester is suspended."),
            Reason::CustomerSuspended,
            "422 RecordInvalid requester",
        ),
    ];
    for (status, body, reason, code) in cases {
        let Outcome::Refused(refusal) =
            outcome(Some("9001"), vec![(POST, ticket(9001), answer(status, body))])
        else {
            panic!("{code}")
        };
        assert_eq!((refusal.reason, refusal.code.as_str()), (reason, code));
    }
}

#[test]
fn a_requester_who_is_somebody_else_now_is_asked_for_again() {
    let gone = || answer(422, refusal("RecordInvalid", "requester_id", "ist ungültig"));
    let first = || (POST, ticket(9001), gone());
    let turns = vec![first(), (UPSERT, upsert(), user(77)), (POST, ticket(77), made())];
    let (renewed, past) = create(&zendesk(), new_ticket(Some("9001")), turns);
    assert_eq!(renewed, done("77"));
    assert_eq!(keys_of(&past), ["db-0000000000000abc", "db-0000000000000abc-renewed"]);
    // Once only.
    let turns = vec![first(), (UPSERT, upsert(), user(77)), (POST, ticket(77), gone())];
    assert!(
        matches!(outcome(Some("9001"), turns), Outcome::Refused(refusal) if refusal.reason == Reason::Invalid)
    );
    // The same person still: nothing to gain.
    let turns = vec![first(), (UPSERT, upsert(), user(9001))];
    assert!(
        matches!(outcome(Some("9001"), turns), Outcome::Refused(refusal) if refusal.reason == Reason::Invalid)
    );
    // Suspended, in whatever language.
    let suspended = answer(200, json!({"user": {"id": 9001, "suspended": true}}));
    let turns = vec![first(), (UPSERT, upsert(), suspended)];
    assert!(
        matches!(outcome(Some("9001"), turns), Outcome::Refused(refusal) if refusal.reason == Reason::CustomerSuspended)
    );
}

#[test]
fn making_the_user_does_no_harm_twice() {
    let nobody = answer(200, json!({"user": {"id": null}}));
    for (answer, wait) in [(Answer::Lost, 1), (Answer::NotSent, 5), (answer(500, json!({})), 30), (nobody, 1)]
    {
        let waited = outcome(None, vec![(UPSERT, upsert(), answer)]);
        assert_eq!(waited, Outcome::RetryAfter(Duration::from_secs(wait)));
    }
    // A twin was faster: it can be found, in whatever case Zendesk keeps the id.
    let taken = json!({"error": "RecordInvalid", "details": {"external_id": [{"error": "DuplicateValue"}]}});
    let found = json!({"users": [{"id": 5, "external_id": "other"}, {"id": 77, "external_id": "Deskbridge:facebook:9001"}]});
    let search = "GET /api/v2/users/search?external_id=deskbridge:facebook:9001";
    let duplicate = || (UPSERT, upsert(), answer(422, taken.clone()));
    let turns = vec![duplicate(), (search, Value::Null, answer(200, found)), (POST, ticket(77), made())];
    assert_eq!(outcome(None, turns), done("77"));
    let turns = vec![duplicate(), (search, Value::Null, answer(200, json!({"users": []})))];
    assert!(matches!(outcome(None, turns), Outcome::Refused(refusal) if refusal.reason == Reason::Invalid));
}

#[test]
fn external_ids_never_collide_by_case() {
    use crate::helpdesks::zendesk::users::external_id;
    assert_eq!(external_id("facebook", "9001"), "deskbridge:facebook:9001");
    assert_eq!(external_id("youtube", "UCa"), "deskbridge:youtube:x-554361");
    assert_eq!(external_id("youtube", "554361"), "deskbridge:youtube:554361");
    let folded = ["UCa", "UcA", "uca", "x-554361", ""].map(|id| external_id("y", id).to_lowercase());
    assert_eq!(folded.iter().collect::<std::collections::BTreeSet<_>>().len(), folded.len());
}

#[test]
fn a_person_without_a_name_gets_an_honest_one() {
    let mut new = new_ticket(None);
    new.customer.display_name = " \u{7}\n".to_owned();
    let mut body = upsert();
    body["user"]["name"] = json!("facebook customer 9001");
    let (outcome, _) = create(&zendesk(), new, vec![(UPSERT, body, user(77)), (POST, ticket(77), made())]);
    assert_eq!(outcome, done("77"));
}

#[test]
fn a_known_key_with_another_body_means_that_the_ticket_is_there() {
    let mismatch =
        || (POST, ticket(9001), answer(400, json!({"error": "IdempotentRequestError", "description": "d"})));
    let list = "GET /api/v2/tickets?external_id=acme-facebook:d:9001&page[size]=100";
    let audits = "GET /api/v2/tickets/35/audits?sort=created_at&page[size]=100";
    let ours = json!({"tickets": [{"id": 35, "status": "open", "external_id": CONVERSATION, "requester_id": 9001,
                                   "created_at": "2026-11-22T10:00:01Z"}]});
    let opened = json!({"audits": [{"id": 70, "created_at": "2026-11-22T10:00:01Z",
        "metadata": {"custom": {"deskbridge": "db-0000000000000abc"}}, "events": [{"id": 555, "type": "Comment"}]}]});
    let turns =
        vec![mismatch(), (list, Value::Null, answer(200, ours)), (audits, Value::Null, answer(200, opened))];
    let Outcome::Done(receipt) = outcome(Some("9001"), turns) else { panic!() };
    assert_eq!((receipt.id.as_str(), receipt.comment.as_deref()), ("35", Some("555")));
    let turns = vec![mismatch(), (list, Value::Null, answer(200, json!({"tickets": []})))];
    assert!(
        matches!(outcome(Some("9001"), turns), Outcome::Refused(refusal) if refusal.reason == Reason::Invalid)
    );
    assert_eq!(outcome(Some("9001"), vec![mismatch(), (list, Value::Null, Answer::Lost)]), Outcome::Unknown);
}
