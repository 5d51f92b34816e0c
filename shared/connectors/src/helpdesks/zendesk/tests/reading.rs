//! Reading: replies after a cursor, tickets, changes, health.

use std::time::Duration;

use deskbridge_core::effect::Reason;
use deskbridge_core::model::{Message, Thread};

use super::*;
use crate::{Query, Reading, Replies, TicketFacts, Trouble};

const COMMENTS: &str = "GET /api/v2/tickets/35/comments?sort=-created_at&page[size]=100&include=users&include_inline_images=true";

fn read(
    zendesk: &Arc<dyn Connector>,
    query: &Query,
    turns: Vec<(&'static str, Answer)>,
) -> Result<Reading, Trouble> {
    let turns = turns.into_iter().map(|(target, answer)| (target, Value::Null, answer)).collect();
    play(turns, |past| zendesk.read(query, &session(), past))
}

fn replies_of(
    zendesk: &Arc<dyn Connector>,
    after: Option<&str>,
    turns: Vec<(&'static str, Answer)>,
) -> Replies {
    let query = Query::Replies { ticket: "35".to_owned(), after: after.map(str::to_owned) };
    match read(zendesk, &query, turns) {
        Ok(Reading::Replies(replies)) => replies,
        other => panic!("{other:?}"),
    }
}

fn ids(replies: &Replies) -> Vec<&str> {
    replies.replies.iter().map(|reply| reply.comment.as_str()).collect()
}

/// A public comment of the agent Ana, at that second.
fn said(id: u64, second: u64, more: Value) -> Value {
    let mut comment = json!({"id": id, "type": "Comment", "public": true, "author_id": 77, "body": "b",
        "html_body": format!("<p>{id}</p>"), "via": {"channel": "web", "source": {"rel": null}}, "attachments": [],
        "created_at": format!("2026-11-22T10:00:{second:02}Z")});
    let Value::Object(more) = more else { panic!("a comment is an object") };
    for (name, value) in more {
        comment[name] = value;
    }
    comment
}

fn page(comments: &[Value], cursor: Option<&str>) -> Answer {
    let users = json!([{"id": 77, "name": "Ana", "role": "agent"}, {"id": 78, "name": "Bo", "role": "admin"},
                       {"id": 9001, "name": "Kim", "role": "end-user"}]);
    let meta = json!({"has_more": cursor.is_some(), "after_cursor": cursor});
    answer(200, json!({"comments": comments, "users": users, "meta": meta}))
}

#[test]
fn only_what_a_person_of_the_staff_said_in_public_goes_out() {
    let rel = |rel: &str| json!({"via": {"channel": "system", "source": {"rel": rel}}});
    let cases = [
        (json!({}), true, true),
        (json!({"author_id": 78}), true, true),
        (json!({"author_id": 9001}), false, false),
        (json!({"public": false}), false, false),
        (json!({"type": "VoiceComment"}), false, false),
        (json!({"via": {"channel": "api", "source": {}}}), true, true),
        (json!({"via": {"channel": 5}}), true, true),
        (json!({"via": {"channel": "rule", "source": {"rel": "trigger"}}}), false, true),
        (json!({"via": {"channel": "rule"}, "author_id": -1}), false, true),
        (rel("problem"), false, true),
        (rel("merge"), false, false),
    ];
    for (more, by_default, with_automations) in cases {
        for (mirror, expected) in [(false, by_default), (true, with_automations)] {
            let zendesk = zendesk_with(json!({"mirror_automations": mirror}));
            let replies =
                replies_of(&zendesk, None, vec![(COMMENTS, page(&[said(1, 0, more.clone())], None))]);
            assert_eq!(replies.replies.len() == 1, expected, "{more}, automations {mirror}");
            assert_eq!(replies.newest.as_deref(), Some("1"));
        }
    }
}

#[test]
fn a_reply_brings_agent_html_and_files() {
    let file = |kind: &str, scan: &str| json!({"file_name": "a", "content_type": kind, "content_url": "https://x.example/a", "malware_scan_result": scan});
    let files = json!([file("image/png", "malware_not_found"), file("application/pdf", "malware_found")]);
    let comments = [
        said(2, 1, json!({"html_body": "", "body": "1 < 2\nok"})),
        said(1, 0, json!({"attachments": files})),
    ];
    let replies = replies_of(&zendesk(), None, vec![(COMMENTS, page(&comments, None))]).replies;
    assert_eq!(replies[0].agent.as_deref(), Some("Ana"));
    assert_eq!((replies[0].html.as_str(), replies[1].html.as_str()), ("<p>1</p>", "<p>1 &lt; 2<br>ok</p>"));
    let files: Vec<_> =
        replies[0].attachments.iter().map(|file| (file.kind.as_str(), file.url.as_deref())).collect();
    assert_eq!(files, [("photo", Some("https://x.example/a")), ("file", None)]);
}

#[test]
fn what_comes_after_the_cursor_is_read_oldest_first() {
    let all = || {
        [
            said(14, 9, json!({})),
            said(13, 8, json!({"public": false})),
            said(12, 7, json!({})),
            said(11, 6, json!({})),
        ]
    };
    let read = |after: Option<&str>| replies_of(&zendesk(), after, vec![(COMMENTS, page(&all(), None))]);
    assert_eq!(ids(&read(None)), ["11", "12", "14"]);
    assert_eq!(ids(&read(Some("11"))), ["12", "14"]);
    assert_eq!(ids(&read(Some("13"))), ["14"]);
    assert_eq!((ids(&read(Some("14"))).len(), read(Some("14")).newest.as_deref()), (0, Some("14")));
    // A cursor whose comment vanished still says by its number what is newer.
    assert_eq!(ids(&read(Some("9"))), ["11", "12", "14"]);
    let empty = replies_of(&zendesk(), Some("9"), vec![(COMMENTS, page(&[], None))]);
    assert_eq!(empty.newest.as_deref(), Some("9"));
}

#[test]
fn comments_of_one_second_are_kept_in_order_however_they_are_listed() {
    for order in [[12, 11, 13], [11, 12, 13], [13, 12, 11]] {
        let comments: Vec<Value> = order.iter().map(|id| said(*id, 5, json!({}))).collect();
        let replies = replies_of(&zendesk(), Some("11"), vec![(COMMENTS, page(&comments, None))]);
        assert_eq!((ids(&replies), replies.newest.as_deref()), (vec!["12", "13"], Some("13")));
    }
}

#[test]
fn pages_are_read_until_the_cursor_is_met() {
    const SECOND: &str = "GET /api/v2/tickets/35/comments?sort=-created_at&page[size]=100&include=users\
                          &include_inline_images=true&page[after]=c1";
    let first = || (COMMENTS, page(&[said(14, 9, json!({}))], Some("c1")));
    let replies = replies_of(
        &zendesk(),
        Some("12"),
        vec![first(), (SECOND, page(&[said(12, 7, json!({}))], Some("c2")))],
    );
    assert_eq!(ids(&replies), ["14"]);
    assert_eq!(ids(&replies_of(&zendesk(), Some("14"), vec![first()])), Vec::<&str>::new());
}

#[test]
fn authors_who_did_not_come_along_are_asked_for() {
    let comments =
        [said(3, 2, json!({"author_id": 80})), said(2, 1, json!({"author_id": 79})), said(1, 0, json!({}))];
    let users = answer(
        200,
        json!({"users": [{"id": 79, "name": "Cy", "role": "agent"}, {"id": 80, "role": "end-user"}]}),
    );
    let who = "GET /api/v2/users/show_many?ids=79%2C80";
    let replies = replies_of(&zendesk(), None, vec![(COMMENTS, page(&comments, None)), (who, users)]);
    assert_eq!(ids(&replies), ["1", "2"]);
    let query = Query::Replies { ticket: "35".to_owned(), after: None };
    let lost = read(&zendesk(), &query, vec![(COMMENTS, page(&comments, None)), (who, Answer::Lost)]);
    assert!(matches!(lost, Err(Trouble::RetryAfter(_))));
}

#[test]
fn a_ticket_tells_its_facts() {
    let zendesk = zendesk_with(json!({"conversation_field": 360_001}));
    let query = Query::Ticket { ticket: "35".to_owned() };
    let facts = |ticket: Value| {
        read(&zendesk, &query, vec![("GET /api/v2/tickets/35", answer(200, json!({"ticket": ticket})))])
    };
    let field = json!([{"id": 1, "value": null}, {"id": 360_001, "value": "a:d:1"}]);
    let cases = [
        (
            json!({"id": 35, "status": "hold", "external_id": CONVERSATION}),
            Some(CONVERSATION),
            TicketStatus::Pending,
        ),
        (
            json!({"id": 35, "status": "new", "external_id": null, "custom_fields": field}),
            Some("a:d:1"),
            TicketStatus::New,
        ),
        (json!({"id": "35", "status": "closed", "external_id": "order-12"}), None, TicketStatus::Closed),
    ];
    for (ticket, conversation, status) in cases {
        let expected = TicketFacts {
            ticket: "35".to_owned(),
            conversation: conversation.map(str::to_owned),
            status,
            tags: vec![],
        };
        assert!(matches!(facts(ticket), Ok(Reading::Ticket(facts)) if facts == expected));
    }
    assert!(
        matches!(facts(json!({"id": 35, "status": "deleted"})), Err(Trouble::Refused(it)) if it.reason == Reason::TicketDeleted)
    );
    for query in [query, Query::Replies { ticket: "35".to_owned(), after: None }] {
        let target = if matches!(query, Query::Ticket { .. }) { "GET /api/v2/tickets/35" } else { COMMENTS };
        let gone = read(&zendesk, &query, vec![(target, missing())]);
        assert!(matches!(gone, Err(Trouble::Refused(it)) if it.reason == Reason::TicketDeleted));
    }
}

#[test]
fn changes_are_ours_alone_and_each_ticket_comes_once() {
    const FIRST: &str = "GET /api/v2/incremental/tickets/cursor?start_time=1795341600";
    const SECOND: &str = "GET /api/v2/incremental/tickets/cursor?cursor=c1";
    let query = Query::Changed { since: START };
    let row = |id: u64, status: &str, external_id: Value| json!({"id": id, "status": status, "external_id": external_id});
    let one = json!({"after_cursor": "c1", "end_of_stream": false, "tickets": [
        row(35, "open", json!("a:d:1")), row(36, "open", json!("order-1")), row(37, "open", Value::Null),
        row(38, "deleted", json!("a:d:2"))]});
    let two =
        json!({"after_cursor": "c2", "end_of_stream": true, "tickets": [row(35, "solved", json!("a:d:1"))]});
    let Ok(Reading::Tickets(tickets)) =
        read(&zendesk(), &query, vec![(FIRST, answer(200, one)), (SECOND, answer(200, two))])
    else {
        panic!()
    };
    let conversation = Some("a:d:1".to_owned());
    assert_eq!(
        tickets,
        [TicketFacts { ticket: "35".to_owned(), conversation, status: TicketStatus::Solved, tags: vec![] }]
    );
    // The last minute cannot be read yet.
    let recent = answer(422, json!({"error": "InvalidValue", "description": "Too recent start_time."}));
    assert!(
        matches!(read(&zendesk(), &query, vec![(FIRST, recent)]), Ok(Reading::Tickets(none)) if none.is_empty())
    );
    let denied = read(&zendesk(), &query, vec![(FIRST, answer(403, json!({"error": "Forbidden"})))]);
    assert!(matches!(denied, Err(Trouble::Refused(it)) if it.reason == Reason::Permission));
}

#[test]
fn health_sees_through_anonymous_and_powerless_credentials() {
    const ME: &str = "GET /api/v2/users/me";
    const COUNT: &str = "GET /api/v2/tickets/count";
    let me = |id: Value, role: &str| {
        (ME, answer(200, json!({"user": {"id": id, "name": "Social bridge", "role": role}})))
    };
    let health = |turns| read(&zendesk(), &Query::Health, turns);
    let counted = (COUNT, answer(200, json!({"count": {"value": 3}})));
    assert!(
        matches!(health(vec![me(json!(1), "admin"), counted]), Ok(Reading::Healthy(name)) if name == "Social bridge")
    );
    let refused = |turns| match health(turns) {
        Err(Trouble::Refused(refusal)) => refusal.reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(vec![me(Value::Null, "end-user")]), Reason::Token);
    assert_eq!(refused(vec![me(json!(1), "end-user")]), Reason::Permission);
    let forbidden = answer(403, json!({"error": {"title": "Forbidden", "message": "m"}}));
    assert_eq!(refused(vec![me(json!(1), "agent"), (COUNT, forbidden)]), Reason::Permission);
    assert_eq!(refused(vec![(ME, answer(401, json!({"error": "invalid_token"})))]), Reason::Token);
    assert!(
        matches!(health(vec![(ME, Answer::NotSent)]), Err(Trouble::RetryAfter(wait)) if wait == Duration::from_secs(5))
    );
}

#[test]
fn what_only_platforms_know_is_refused() {
    let thread = Thread {
        surface: deskbridge_core::model::Surface::Direct,
        post: String::new(),
        customer: "1".to_owned(),
    };
    let message = Message {
        id: "m".to_owned(),
        author: Person { id: "1".to_owned(), name: None },
        text: String::new(),
        attachments: vec![],
        permalink: None,
        parent: None,
        context: None,
    };
    for query in [Query::Context { thread, message }, Query::Owner { message: "m".to_owned() }] {
        assert!(
            matches!(read(&zendesk(), &query, vec![]), Err(Trouble::Refused(it)) if it.reason == Reason::Invalid)
        );
    }
}
