//! Contacts and new tickets.

use std::time::Duration;

use deskbridge_core::effect::{Change, Outcome, Reason, Receipt, Refusal};
use deskbridge_core::model::TicketStatus;
use serde_json::{Value, json};

use super::*;
use crate::Session;

const IDENTITY: &str = "deskbridge:facebook:7741_41";

fn create(connector: &dyn Connector, ticket: NewTicket, turns: Vec<Turn>) -> Outcome {
    let effect = effect(Change::CreateTicket(ticket));
    play(turns, |exchanges| connector.step(&effect, &Session::unneeded(), exchanges))
}

fn contact(field: &str) -> Value {
    json!({"name": "Kim & Co", field: IDENTITY})
}

fn make_contact(answer: Answer) -> Turn {
    turn("POST /contacts", contact("unique_external_id"), answer)
}

fn make_ticket(requester: u64, answer: Answer) -> Turn {
    turn("POST /tickets", ticket_body(requester), answer)
}

fn made() -> Answer {
    answer(201, &json!({"id": 35, "status": 2, "requester_id": 501}))
}

fn done(requester: &str) -> Outcome {
    Outcome::Done(Receipt {
        id: "35".to_owned(),
        status: Some(TicketStatus::Open),
        requester: Some(requester.to_owned()),
        ..Receipt::default()
    })
}

fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}

#[test]
fn a_known_customer_costs_one_call_and_a_new_one_two() {
    assert_eq!(create(&*plain(), new_ticket(Some("501")), vec![make_ticket(501, made())]), done("501"));
    let turns = vec![
        // 19 digits: more than a float keeps
        make_contact(answer(201, &json!({"id": 1_860_000_000_000_000_001_u64, "name": "Kim & Co"}))),
        make_ticket(1_860_000_000_000_000_001, made()),
    ];
    assert_eq!(create(&*plain(), new_ticket(None), turns), done("1860000000000000001"));
}

#[test]
fn the_duplicate_tells_who_the_contact_is() {
    for status in [409, 400] {
        let told = validation("unique_external_id", "duplicate_value", &json!({"user_id": 501}));
        let turns = vec![make_contact(answer(status, &told)), make_ticket(501, made())];
        assert_eq!(create(&*plain(), new_ticket(None), turns), done("501"));
    }
}

#[test]
fn a_silent_duplicate_is_looked_up_and_believed_only_if_it_is_the_same() {
    let duplicate = || invalid(409, "unique_external_id", "duplicate_value");
    let line = "GET /contacts?unique_external_id=deskbridge:facebook:7741_41";
    let others = json!({"id": 1, "unique_external_id": null});
    let found = answer(200, &json!([others, {"id": 501, "unique_external_id": IDENTITY}]));
    let turns = vec![make_contact(duplicate()), get(line, found), make_ticket(501, made())];
    assert_eq!(create(&*plain(), new_ticket(None), turns), done("501"));
    let turns = vec![make_contact(duplicate()), get(line, answer(200, &json!([others])))];
    let hidden = refused(Reason::CustomerSuspended, "409/duplicate_value:unique_external_id");
    assert_eq!(create(&*plain(), new_ticket(None), turns), hidden);
}

#[test]
fn a_plan_without_external_ids_falls_back_to_the_twitter_id() {
    let refusals = [
        coded(403, "require_feature"),
        invalid(403, "unique_external_id", "require_feature"),
        invalid(400, "unique_external_id", "invalid_field"),
    ];
    for refusal in refusals {
        let told = validation("twitter_id", "duplicate_value", &json!({"user_id": 501}));
        let turns = vec![
            make_contact(refusal),
            turn("POST /contacts", contact("twitter_id"), answer(409, &told)),
            make_ticket(501, made()),
        ];
        assert_eq!(create(&*plain(), new_ticket(None), turns), done("501"));
    }
}

#[test]
fn a_forced_identification_never_falls_back() {
    let forced = freshdesk(&json!({"contact_by": "unique_external_id"}));
    let end = create(&*forced, new_ticket(None), vec![make_contact(coded(403, "require_feature"))]);
    assert_eq!(end, refused(Reason::Permission, "403/require_feature"));
    let forced = freshdesk(&json!({"contact_by": "twitter_id"}));
    let made_contact = turn("POST /contacts", contact("twitter_id"), answer(201, &json!({"id": 501})));
    let turns = vec![made_contact, make_ticket(501, made())];
    assert_eq!(create(&*forced, new_ticket(None), turns), done("501"));
}

#[test]
fn making_a_contact_is_safe_to_repeat() {
    let cases = [
        (Answer::Lost, Outcome::RetryAfter(Duration::from_secs(15))),
        (empty(502), Outcome::RetryAfter(Duration::from_secs(15))),
        (Answer::NotSent, Outcome::RetryAfter(Duration::from_secs(5))),
        (invalid(409, "email", "inconsistent_state"), Outcome::RetryAfter(Duration::from_secs(5))),
        (coded(401, "invalid_credentials"), refused(Reason::Token, "401/invalid_credentials")),
        (coded(403, "access_denied"), refused(Reason::Permission, "403/access_denied")),
        (empty(404), refused(Reason::Invalid, "404")),
        (invalid(400, "name", "invalid_value"), refused(Reason::Invalid, "400/invalid_value:name")),
    ];
    for (given, expected) in cases {
        assert_eq!(create(&*plain(), new_ticket(None), vec![make_contact(given)]), expected);
    }
}

#[test]
fn each_answer_to_a_new_ticket_has_its_outcome() {
    let throttled = |seconds: &str| {
        let response =
            Response::json(429, &json!({"message": "You have exceeded the limit of requests per hour"}));
        Answer::Response(response.header("retry-after", seconds))
    };
    let cases = [
        (Answer::NotSent, Outcome::RetryAfter(Duration::from_secs(5))),
        (Answer::Lost, Outcome::Unknown),
        (empty(500), Outcome::Unknown),
        (Answer::Response(Response::text(503, "<html>maintenance</html>")), Outcome::Unknown),
        (Answer::Response(Response::text(200, "<html>welcome</html>")), Outcome::Unknown),
        (answer(201, &json!({"id": 35.5})), Outcome::Unknown),
        (throttled("42"), Outcome::RetryAfter(Duration::from_secs(42))),
        (throttled("0"), Outcome::RetryAfter(Duration::from_secs(1))),
        (throttled("soon"), Outcome::RetryAfter(Duration::from_secs(60))),
        (throttled("999999"), Outcome::RetryAfter(Duration::from_secs(3600))),
        (coded(401, "invalid_credentials"), refused(Reason::Token, "401/invalid_credentials")),
        (coded(403, "access_denied"), refused(Reason::Permission, "403/access_denied")),
        (coded(403, "require_feature"), refused(Reason::Permission, "403/require_feature")),
        (empty(301), refused(Reason::Invalid, "301")),
        (empty(404), refused(Reason::Invalid, "404")),
        (coded(400, "invalid_json"), refused(Reason::Invalid, "400/invalid_json")),
        (coded(415, "no <b>words</b>"), refused(Reason::Invalid, "415/nobwordsb")),
        (invalid(400, "cf_region", "missing_field"), refused(Reason::Invalid, "400/missing_field:cf_region")),
        (
            invalid(400, "cf_deskbridge", "invalid_field"),
            refused(Reason::Invalid, "400/invalid_field:cf_deskbridge"),
        ),
    ];
    for (given, expected) in cases {
        let shown = format!("{given:?}");
        let end = create(&*plain(), new_ticket(Some("501")), vec![make_ticket(501, given)]);
        assert_eq!(end, expected, "{shown}");
    }
}

fn full() -> Arc<dyn Connector> {
    freshdesk(&json!({"type": "Question", "group_id": 22, "product_id": 5, "source": 7,
        "tags": ["social", "deskbridge"], "custom_fields": {"cf_region": "EU"}}))
}

fn full_body(optional: bool) -> Value {
    let mut body = ticket_body(501);
    body["source"] = json!(7);
    body["tags"] = json!(["deskbridge", "social"]);
    if optional {
        body["type"] = json!("Question");
        body["group_id"] = json!(22);
        body["product_id"] = json!(5);
        body["custom_fields"]["cf_region"] = json!("EU");
    }
    body
}

#[test]
fn optional_fields_are_given_up_once() {
    for field in ["type", "group_id", "product_id", "cf_region", "custom_fields.cf_region"] {
        let turns = vec![
            turn("POST /tickets", full_body(true), invalid(400, field, "invalid_value")),
            turn("POST /tickets", full_body(false), made()),
        ];
        assert_eq!(create(&*full(), new_ticket(Some("501")), turns), done("501"), "{field}");
    }
    let turns = vec![
        turn("POST /tickets", full_body(true), invalid(400, "type", "invalid_value")),
        turn("POST /tickets", full_body(false), invalid(400, "type", "missing_field")),
    ];
    let end = create(&*full(), new_ticket(Some("501")), turns);
    assert_eq!(end, refused(Reason::Invalid, "400/missing_field:type"));
}

#[test]
fn a_requester_who_is_gone_is_asked_for_once() {
    let gone = || invalid(400, "requester_id", "invalid_value");
    let holder =
        |id: u64| answer(409, &validation("unique_external_id", "duplicate_value", &json!({"user_id": id})));
    let suspended = refused(Reason::CustomerSuspended, "400/invalid_value:requester_id");
    let cases = [
        (vec![make_ticket(501, gone()), make_contact(holder(502)), make_ticket(502, made())], done("502")),
        (vec![make_ticket(501, gone()), make_contact(holder(501))], suspended.clone()),
        (
            vec![make_ticket(501, gone()), make_contact(holder(502)), make_ticket(502, gone())],
            suspended.clone(),
        ),
    ];
    for (turns, expected) in cases {
        assert_eq!(create(&*plain(), new_ticket(Some("501")), turns), expected);
    }
    let turns = vec![make_contact(holder(501)), make_ticket(501, gone())];
    assert_eq!(create(&*plain(), new_ticket(None), turns), suspended);
}

#[test]
fn a_follow_up_names_its_predecessor_and_long_words_are_cut() {
    let ticket = NewTicket {
        subject: "ß".repeat(300),
        tags: vec!["x".repeat(40), String::new(), "a".to_owned(), "a".to_owned()],
        follow_up_of: Some("12".to_owned()),
        contents: 7,
        ..new_ticket(Some("501"))
    };
    let mut body = ticket_body(501);
    body["subject"] = json!(format!("{}…", "ß".repeat(254)));
    body["tags"] = json!(["x".repeat(32), "a"]);
    let continues = "<p><em>Continues ticket #12.</em></p>";
    body["description"] = json!(format!("<p>My parcel</p>{continues}{OPENING}"));
    assert_eq!(create(&*plain(), ticket, vec![turn("POST /tickets", body, made())]), done("501"));
}
