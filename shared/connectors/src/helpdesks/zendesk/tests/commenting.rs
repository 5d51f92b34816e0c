//! Comments and notes: reopening, tags, and tickets that take no more.

use std::time::Duration;

use deskbridge_core::Outcome;
use deskbridge_core::effect::{NewReply, Reason, Receipt, ReplyForm};
use deskbridge_core::model::Surface;

use super::*;

const PUT: &str = "PUT /api/v2/tickets/35";
const TAGS: &str = "PUT /api/v2/tickets/35/tags";
const LOOK: &str = "GET /api/v2/tickets/35?include=comment_count";
const COMMENTS: &str = "GET /api/v2/tickets/35/comments?sort=-created_at&page[size]=100";
const UPSERT: &str = "POST /api/v2/users/create_or_update";

fn said(author: u64, reopen: bool) -> Value {
    let comment = json!({"html_body": "<p>Any news?</p>", "public": true, "author_id": author});
    let mut update = update(&comment, reopen);
    update["ticket"]["metadata"]["deskbridge_parts"] = json!("000000000008 000000000009");
    update
}

fn noted(reopen: bool) -> Value {
    update(&json!({"html_body": "<p>Not posted.</p>", "public": false}), reopen)
}

fn update(comment: &Value, reopen: bool) -> Value {
    let mut ticket = json!({"comment": comment, "metadata": {"deskbridge": "db-0000000000000abc"}});
    if reopen {
        ticket["status"] = json!("open");
    }
    json!({"ticket": ticket})
}

fn opening() -> Value {
    json!({"ticket": {"status": "open"}})
}

fn ok(status: &str) -> Answer {
    let audit = json!({"id": 90, "events": [{"id": 91, "type": "Change"}, {"id": 777, "type": "Comment"}]});
    answer(200, json!({"ticket": {"id": 35, "status": status}, "audit": audit}))
}

fn ticket(status: &str, tags: &[&str], comments: u64) -> Answer {
    answer(200, json!({"ticket": {"id": 35, "status": status, "tags": tags, "comment_count": comments}}))
}

fn done(status: TicketStatus, requester: Option<&str>) -> Outcome {
    let requester = requester.map(str::to_owned);
    Outcome::Done(Receipt { id: "777".to_owned(), status: Some(status), requester, ..Receipt::default() })
}

fn step(effect: &Effect, turns: Vec<Turn>) -> Outcome {
    play(turns, |past| zendesk().step(effect, &session(), past))
}

fn reason(outcome: Outcome) -> Reason {
    match outcome {
        Outcome::Refused(refusal) => refusal.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_comment_is_one_call_and_reopens_what_waits() {
    use TicketStatus::{New, Open, Pending, Solved};
    for (status, reopen, after) in
        [(New, false, "new"), (Open, false, "open"), (Pending, true, "open"), (Solved, true, "open")]
    {
        let turns = vec![(PUT, said(9001, reopen), ok(after))];
        let expected = if status == New { New } else { Open };
        assert_eq!(step(&comment(status, Some("9001")), turns), done(expected, Some("9001")));
    }
    let upsert = json!({"user": {"name": "Kim Park", "external_id": "deskbridge:facebook:9001", "skip_verify_email": true}});
    let turns = vec![(UPSERT, upsert, user(77)), (PUT, said(77, false), ok("open"))];
    assert_eq!(step(&comment(Open, None), turns), done(Open, Some("77")));
}

#[test]
fn a_ticket_solved_behind_our_back_is_reopened() {
    let effect = comment(TicketStatus::Open, Some("9001"));
    let first = || (PUT, said(9001, false), ok("solved"));
    assert_eq!(
        step(&effect, vec![first(), (PUT, opening(), ok("open"))]),
        done(TicketStatus::Open, Some("9001"))
    );
    // The comment is there, so nothing here may say that it is not.
    for late in [Answer::Lost, Answer::NotSent, answer(429, json!({})), answer(500, json!({}))] {
        assert_eq!(step(&effect, vec![first(), (PUT, opening(), late)]), Outcome::Unknown);
    }
    let refused = vec![first(), (PUT, opening(), answer(403, json!({"error": "Forbidden"})))];
    assert_eq!(step(&effect, refused), done(TicketStatus::Solved, Some("9001")));
    assert_eq!(
        step(&effect, vec![(PUT, said(9001, false), ok("closed"))]),
        done(TicketStatus::Closed, Some("9001"))
    );
}

#[test]
fn failures_of_a_comment_are_told_apart() {
    let seconds = |count| Outcome::RetryAfter(Duration::from_secs(count));
    let cases = [
        (Answer::Lost, Outcome::Unknown),
        (Answer::NotSent, seconds(5)),
        (answer(504, json!({})), Outcome::Unknown),
        (with_header(answer(429, json!({})), "retry-after", "9"), seconds(9)),
        (answer(409, json!({"error": "UpdateConflict"})), seconds(5)),
    ];
    for (answer, expected) in cases {
        assert_eq!(
            step(&comment(TicketStatus::Open, Some("9001")), vec![(PUT, said(9001, false), answer)]),
            expected
        );
    }
    let cases = [
        (missing(), Reason::TicketDeleted),
        (answer(404, json!({"error": "InvalidEndpoint"})), Reason::Invalid),
        (Answer::Response(Response::text(404, "No help desk here")), Reason::Invalid),
        (answer(401, json!({"error": "invalid_token"})), Reason::Token),
        (answer(422, refusal("RecordInvalid", "base", "Requester is suspended.")), Reason::CustomerSuspended),
    ];
    for (answer, expected) in cases {
        let effect = comment(TicketStatus::Open, Some("9001"));
        assert_eq!(reason(step(&effect, vec![(PUT, said(9001, false), answer)])), expected);
    }
}

#[test]
fn a_refused_comment_is_explained_by_the_ticket_itself() {
    let effect = comment(TicketStatus::Solved, Some("9001"));
    let first = || (PUT, said(9001, true), answer(422, closed()));
    let explained = |look: Answer| step(&effect, vec![first(), (LOOK, Value::Null, look)]);
    assert_eq!(reason(explained(missing())), Reason::TicketDeleted);
    assert_eq!(reason(explained(ticket("deleted", &[], 1))), Reason::TicketDeleted);
    assert_eq!(reason(explained(ticket("open", &[], 5_000))), Reason::TicketClosed);
    assert_eq!(explained(Answer::Lost), Outcome::RetryAfter(Duration::from_secs(1)));
    // Closed for good, no merge.
    let own = json!({"comments": [{"id": 1, "body": "see #12", "created_at": "2026-11-22T09:00:00Z"}]});
    let turns = vec![
        first(),
        (LOOK, Value::Null, ticket("closed", &[], 3)),
        (COMMENTS, Value::Null, answer(200, own)),
    ];
    assert_eq!(reason(step(&effect, turns)), Reason::TicketClosed);
    // Nothing wrong with the ticket, nor with the customer: the request itself is.
    let turns = vec![
        first(),
        (LOOK, Value::Null, ticket("open", &[], 3)),
        (
            UPSERT,
            json!({"user": {"name": "Kim Park", "external_id": "deskbridge:facebook:9001", "skip_verify_email": true}}),
            user(9001),
        ),
    ];
    assert_eq!(reason(step(&effect, turns)), Reason::Invalid);
}

#[test]
fn a_merged_ticket_names_its_target() {
    let effect = comment(TicketStatus::Open, Some("9001"));
    let comments = |rel: Value, to: Value| {
        let text = "Diese Anfrage wurde mit #35 geschlossen und in #40 \"Paket #9\" zusammengeführt";
        json!({"comments": [{"id": 9, "body": text, "created_at": "2026-11-22T09:00:00Z",
                             "via": {"channel": "system", "source": {"rel": rel, "from": {}, "to": to}}},
                            {"id": 8, "body": "older #41", "created_at": "2026-11-22T08:00:00Z"}]})
    };
    let start = |tags: &[&str], comments: Value| {
        vec![
            (PUT, said(9001, false), answer(422, closed())),
            (LOOK, Value::Null, ticket("closed", tags, 3)),
            (COMMENTS, Value::Null, answer(200, comments)),
        ]
    };
    let merged = Reason::TicketMerged("40".to_owned());
    let tagged = start(&["closed_by_merge"], comments(Value::Null, json!({})));
    assert_eq!(reason(step(&effect, tagged)), merged);
    let told = start(&["closed_by_merge"], comments(json!("merge"), json!({"ticket_id": 44})));
    assert_eq!(reason(step(&effect, told)), Reason::TicketMerged("44".to_owned()));
    // Without the tag, the other ticket must be alive: this one may have been the target of its merge.
    for (other, expected) in [
        (answer(200, json!({"ticket": {"id": 40, "status": "open"}})), merged),
        (answer(200, json!({"ticket": {"id": 40, "status": "closed"}})), Reason::TicketClosed),
        (missing(), Reason::TicketClosed),
    ] {
        let mut turns = start(&[], comments(json!("merge"), json!({})));
        turns.push(("GET /api/v2/tickets/40", Value::Null, other));
        assert_eq!(reason(step(&effect, turns)), expected);
    }
}

#[test]
fn an_author_who_is_somebody_else_now_is_asked_for_again() {
    let upsert = json!({"user": {"name": "Kim Park", "external_id": "deskbridge:facebook:9001", "skip_verify_email": true}});
    let turns = vec![
        (PUT, said(9001, false), answer(422, refusal("RecordInvalid", "author_id", "ungültig"))),
        (UPSERT, upsert, user(77)),
        (PUT, said(77, false), ok("open")),
    ];
    assert_eq!(step(&comment(TicketStatus::Open, Some("9001")), turns), done(TicketStatus::Open, Some("77")));
}

#[test]
fn a_note_is_private_and_adds_its_tags() {
    use TicketStatus::{Open, Solved};
    assert_eq!(step(&note(Solved, &[], false), vec![(PUT, noted(false), ok("solved"))]), done(Solved, None));
    assert_eq!(step(&note(Solved, &[], true), vec![(PUT, noted(true), ok("open"))]), done(Open, None));
    let tags = || json!({"tags": ["undelivered"]});
    let tagged = note(Open, &["undelivered"], true);
    let turns = |last| vec![(PUT, noted(false), ok("open")), (TAGS, tags(), last)];
    assert_eq!(step(&tagged, turns(answer(200, json!({"tags": ["undelivered"]})))), done(Open, None));
    assert_eq!(step(&tagged, turns(Answer::Lost)), Outcome::Unknown);
    assert_eq!(step(&tagged, turns(answer(422, json!({})))), done(Open, None));
    let behind = vec![
        (PUT, noted(false), ok("pending")),
        (PUT, opening(), ok("open")),
        (TAGS, tags(), answer(200, json!({}))),
    ];
    assert_eq!(step(&tagged, behind), done(Open, None));
}

#[test]
fn a_note_on_a_ticket_that_is_over_says_so() {
    let refused = |look| {
        let turns = vec![(PUT, noted(false), answer(422, closed())), (LOOK, Value::Null, look)];
        reason(step(&note(TicketStatus::Open, &["x"], false), turns))
    };
    assert_eq!(refused(ticket("closed", &["closed_by_merge"], 3)), Reason::TicketClosed);
    assert_eq!(refused(missing()), Reason::TicketDeleted);
    assert_eq!(refused(ticket("open", &[], 3)), Reason::Invalid);
    let gone = vec![(PUT, noted(false), missing())];
    assert_eq!(reason(step(&note(TicketStatus::Open, &[], false), gone)), Reason::TicketDeleted);
}

#[test]
fn a_helpdesk_takes_no_replies() {
    let reply = effect(Change::PostReply(NewReply {
        surface: Surface::Direct,
        answers: "m1".to_owned(),
        customer: "9001".to_owned(),
        text: "hi".to_owned(),
        form: ReplyForm::Text,
        window_from: None,
    }));
    assert_eq!(reason(step(&reply, vec![])), Reason::Invalid);
}

#[test]
fn an_id_cannot_leave_its_place_in_the_path() {
    let Change::AppendComment(mut comment) = comment(TicketStatus::Open, Some("9001")).change else {
        panic!()
    };
    comment.ticket = "35/../../users/1?x".to_owned();
    let Next::Call(request) = zendesk().step(&effect(Change::AppendComment(comment)), &session(), &[]) else {
        panic!()
    };
    assert_eq!(request.url.path(), "/api/v2/tickets/35%2F..%2F..%2Fusers%2F1%3Fx");
    assert_eq!(request.url.query(), None);
}
