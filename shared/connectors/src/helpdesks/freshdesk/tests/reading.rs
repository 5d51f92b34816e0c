//! What is read: replies, tickets, health.

use std::time::Duration;

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::file::FileRef;
use deskbridge_core::model::{AgentReply, Attachment};
use serde_json::{Value, json};

use super::*;
use crate::{Query, Reading, Replies, Session, TicketFacts, Trouble};

fn read(connector: &dyn Connector, query: &Query, turns: Vec<Turn>) -> Result<Reading, Trouble> {
    play(turns, |exchanges| connector.read(query, &Session::unneeded(), exchanges))
}

const ENTRIES: &str = "GET /tickets/35/conversations?per_page=100&page=1";

fn entry(id: u64, source: i64, incoming: bool, private: bool, body: &str) -> Value {
    json!({"id": id, "source": source, "incoming": incoming, "private": private, "body": body,
        "body_text": body, "user_id": 77, "attachments": []})
}

fn reply(id: &str, html: &str) -> AgentReply {
    AgentReply {
        comment: id.to_owned(),
        agent: None,
        html: html.to_owned(),
        attachments: vec![],
        private: false,
        agent_id: Some("77".to_owned()),
        earlier: None,
        target: None,
    }
}

fn replies_of(settings: &Value, list: &Value, after: Option<&str>) -> Replies {
    let query = Query::Replies { ticket: "35".to_owned(), after: after.map(str::to_owned) };
    match read(&*freshdesk(settings), &query, vec![get(ENTRIES, answer(200, list))]) {
        Ok(Reading::Replies(replies)) => replies,
        other => panic!("{other:?}"),
    }
}

fn ids(replies: &Replies) -> Vec<&str> {
    replies.replies.iter().map(|reply| reply.comment.as_str()).collect()
}

#[test]
fn only_what_agents_say_to_the_customer_is_mirrored() {
    let ours = "<p>Hi</p><p><small>ref db-00000000000000ff</small></p>";
    let quoting = "<p>See</p><blockquote>ref db-00000000000000ff</blockquote>";
    let cases = [
        (entry(1, 0, false, false, "reply"), true),
        (entry(1, 2, false, false, "public note"), true),
        (entry(1, 2, false, true, "private note"), false),
        (entry(1, 0, false, true, "private"), false),
        (entry(1, 0, true, false, "the customer"), false),
        (entry(1, 2, true, false, ours), false),
        (entry(1, 2, false, false, ours), false),
        // a reply quotes the whole conversation, our line included
        (entry(1, 0, false, false, quoting), true),
        (entry(1, 2, false, false, "This ticket is closed and merged into ticket 40"), false),
        (entry(1, 5, false, false, "tweet"), false),
        (entry(1, 6, false, false, "survey"), false),
        (entry(1, 8, false, false, "forwarded"), false),
        (entry(1, 9, false, false, "phone"), false),
        (entry(1, 21, false, false, "of tomorrow"), false),
        (json!({"id": 1, "source": 0, "incoming": false, "body": "of unknown privacy"}), false),
        (json!({"id": 1, "source": 0, "incoming": null, "private": null, "body": "x"}), false),
    ];
    for (entry, mirrored) in cases {
        let replies = replies_of(&json!({}), &json!([entry]), None);
        assert_eq!(replies.replies.len(), usize::from(mirrored), "{entry}");
        assert_eq!(replies.newest.as_deref(), Some("1"));
    }
}

#[test]
fn settings_decide_on_public_notes() {
    let list = json!([entry(1, 0, false, false, "reply"), entry(2, 2, false, false, "public note")]);
    let cases = [
        (json!({}), vec!["1", "2"]),
        (json!({"mirror_public_notes": false}), vec!["1"]),
        (json!({"bridge_agent_id": 77}), vec!["1"]),
        (json!({"bridge_agent_id": 78}), vec!["1", "2"]),
    ];
    for (settings, expected) in cases {
        assert_eq!(ids(&replies_of(&settings, &list, None)), expected, "{settings}");
    }
}

#[test]
fn an_agent_has_a_name_unless_nobody_may_see_it() {
    let query = Query::Agent { id: "77".to_owned() };
    let agent = json!({"id": 77, "contact": {"name": "Maya Torres", "email": "maya@globex.example"}});
    for (answer, wanted) in [
        (answer(200, &agent), Some("Maya Torres")),
        (answer(200, &json!({"id": 77})), None),
        (coded(403, "access_denied"), None),
        (answer(404, &json!({})), None),
    ] {
        let read = read(&*plain(), &query, vec![get("GET /agents/77", answer)]);
        assert!(matches!(&read, Ok(Reading::Agent(name)) if name.as_deref() == wanted), "{read:?}");
    }
}

#[test]
fn the_cursor_counts_by_number_and_replies_come_oldest_first() {
    let list = json!([
        entry(1000, 0, false, false, "c"),
        entry(999, 0, false, false, "b"),
        entry(98, 0, false, false, "a"),
        entry(1001, 2, false, true, "private"),
    ]);
    let cases = [
        (None, vec!["98", "999", "1000"]),
        (Some("98"), vec!["999", "1000"]),
        (Some("999"), vec!["1000"]),
        (Some("1000"), vec![]),
        (Some("99999999999999999999999"), vec![]),
    ];
    for (after, expected) in cases {
        let replies = replies_of(&json!({}), &list, after);
        assert_eq!(ids(&replies), expected, "{after:?}");
        assert_eq!(replies.newest.as_deref(), Some("1001"));
    }
}

#[test]
fn attachments_travel_along() {
    let file = |kind: &str| json!({"id": 5, "name": "a.bin", "content_type": kind, "attachment_url": "https://s3/x"});
    let mut with_files = entry(1, 0, false, false, "<div>Hi</div>");
    with_files["attachments"] =
        json!([file("image/png"), file("video/mp4"), file("application/pdf"), {"id": 6}]);
    let attachment = |kind: &str, content_type: &str| Attachment {
        kind: kind.to_owned(),
        url: Some("https://s3/x".to_owned()),
        title: Some("a.bin".to_owned()),
        file: Some(FileRef { content_type: Some(content_type.to_owned()), ..FileRef::by("https://s3/x") }),
    };
    let bare = Attachment { kind: "file".to_owned(), url: None, title: None, file: None };
    let attachments = vec![
        attachment("photo", "image/png"),
        attachment("video", "video/mp4"),
        attachment("file", "application/pdf"),
        bare,
    ];
    let replies = replies_of(&json!({}), &json!([with_files]), None);
    assert_eq!(replies.replies, [AgentReply { attachments, ..reply("1", "<div>Hi</div>") }]);
}

#[test]
fn pictures_in_the_text_are_files_if_they_were_put_there_in_freshdesk() {
    let own = "https://attachment.freshdesk.com/inline/attachment?token=a.b.c";
    let html = format!(
        "<div>Look: <img class=\"inline\" src=\"{own}\"> <img src=\"https://track.example/1.gif\"></div>\
         <div class=\"freshdesk_quote\"><img src=\"{own}x\"> before</div>"
    );
    let replies = replies_of(&json!({}), &json!([entry(1, 0, false, false, &html)]), None);
    let found: Vec<_> = replies.replies[0].attachments.iter().map(|one| one.url.as_deref()).collect();
    assert_eq!(found, [Some(own)]);
}

#[test]
fn long_conversations_are_read_to_the_end() {
    let full: Vec<Value> = (1..=100).map(|id| entry(id, 2, true, false, "x")).collect();
    let with_link = Response::json(200, &json!([entry(150, 2, true, false, "x")]))
        .header("link", "<https://acme.freshdesk.com/api/v2/tickets/35/conversations?page=3>; rel=\"next\"");
    let query = Query::Replies { ticket: "35".to_owned(), after: Some("100".to_owned()) };
    let turns = vec![
        get(ENTRIES, answer(200, &json!(full))),
        get("GET /tickets/35/conversations?per_page=100&page=2", Answer::Response(with_link)),
        get(
            "GET /tickets/35/conversations?per_page=100&page=3",
            answer(200, &json!([entry(200, 0, false, false, "last")])),
        ),
    ];
    match read(&*plain(), &query, turns) {
        Ok(Reading::Replies(replies)) => {
            assert_eq!(replies.replies, [reply("200", "last")]);
            assert_eq!(replies.newest.as_deref(), Some("200"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn reading_says_why_it_did_not_work() {
    let refused = |reason, code: &str| Trouble::Refused(Refusal::new(reason, code));
    let cases = [
        (empty(404), refused(Reason::TicketDeleted, "404")),
        (coded(403, "access_denied"), refused(Reason::Permission, "403/access_denied")),
        (Answer::Lost, Trouble::RetryAfter(Duration::from_secs(15))),
        (empty(429), Trouble::RetryAfter(Duration::from_secs(60))),
    ];
    let query = Query::Replies { ticket: "35".to_owned(), after: None };
    for (given, expected) in cases {
        assert_eq!(read(&*plain(), &query, vec![get(ENTRIES, given)]).unwrap_err(), expected);
    }
    let foreign = Query::Replies { ticket: "35".to_owned(), after: Some("abc".to_owned()) };
    let end = read(&*plain(), &foreign, vec![]).unwrap_err();
    assert_eq!(end, refused(Reason::Invalid, "cursor is not a conversation id"));
}

fn ticket(more: &Value) -> Answer {
    let mut ticket = json!({"id": 35, "status": 2, "custom_fields": {"cf_deskbridge": "fb:1002:7741"}});
    ticket.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    answer(200, &ticket)
}

fn facts(status: TicketStatus) -> TicketFacts {
    TicketFacts {
        ticket: "35".to_owned(),
        conversation: Some("fb:1002:7741".to_owned()),
        status,
        tags: vec![],
    }
}

fn read_ticket(turns: Vec<Turn>) -> Result<TicketFacts, Refusal> {
    match read(&*plain(), &Query::Ticket { ticket: "35".to_owned() }, turns) {
        Ok(Reading::Ticket(facts)) => Ok(facts),
        Err(Trouble::Refused(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_ticket_tells_its_status_or_that_it_is_gone() {
    let gone = |code: &str| Err(Refusal::new(Reason::TicketDeleted, code));
    let merged = || Err(Refusal::new(Reason::TicketMerged("40".to_owned()), "merged"));
    let cases = [
        (ticket(&json!({})), Ok(facts(TicketStatus::Open))),
        (ticket(&json!({"status": 3, "merged_ticket_id": null})), Ok(facts(TicketStatus::Pending))),
        (ticket(&json!({"status": 4})), Ok(facts(TicketStatus::Solved))),
        (ticket(&json!({"status": 6})), Ok(facts(TicketStatus::Pending))),
        (ticket(&json!({"deleted": true})), gone("in the trash or marked as spam")),
        (ticket(&json!({"spam": true})), gone("in the trash or marked as spam")),
        (ticket(&json!({"merged_ticket_id": 40})), merged()),
        (ticket(&json!({"merged_ticket_id": 35})), Ok(facts(TicketStatus::Open))),
        (empty(404), gone("404")),
    ];
    for (given, expected) in cases {
        assert_eq!(read_ticket(vec![get("GET /tickets/35", given)]), expected);
    }
}

#[test]
fn a_closed_ticket_may_have_been_merged() {
    let note = |text: &str| answer(200, &json!([entry(1, 2, false, true, text)]));
    let cases = [
        ("Closing this, bye", Ok(facts(TicketStatus::Solved))),
        ("This ticket is closed and merged into ticket 35", Ok(facts(TicketStatus::Solved))),
        (
            "This ticket is closed and merged into ticket 40",
            Err(Refusal::new(Reason::TicketMerged("40".to_owned()), "merged")),
        ),
    ];
    for (text, expected) in cases {
        let turns = vec![get("GET /tickets/35", ticket(&json!({"status": 5}))), get(ENTRIES, note(text))];
        assert_eq!(read_ticket(turns), expected, "{text}");
    }
}

#[test]
fn changed_tickets_are_ours_only() {
    let line = "GET /tickets?updated_since=2026-11-22T14:02:00Z&order_by=updated_at&order_type=asc\
        &per_page=100&page=1";
    let list = json!([
        {"id": 35, "status": 5, "custom_fields": {"cf_deskbridge": "fb:1002:7741"}},
        {"id": 36, "status": 2, "custom_fields": {"cf_deskbridge": null}},
        {"id": 37, "status": 2, "custom_fields": {"cf_deskbridge": ""}},
        {"id": 38, "status": 2},
    ]);
    let turns = vec![get(line, answer(200, &list))];
    match read(&*plain(), &Query::Changed { since: STARTED }, turns) {
        Ok(Reading::Tickets(tickets)) => assert_eq!(tickets, [facts(TicketStatus::Solved)]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn health_names_what_is_to_be_set_up() {
    let me = |more: Value| {
        let mut me = json!({"id": 9, "type": "support_agent", "ticket_scope": 1,
            "contact": {"name": "Deskbridge", "email": "bridge@acme.example"}});
        me.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        get("GET /agents/me", answer(200, &me))
    };
    let fields = |list: Value| get("GET /ticket_fields", answer(200, &list));
    let own = json!({"name": "cf_deskbridge", "required_for_agents": false});
    let region = json!({"name": "cf_region", "required_for_agents": true});
    let form = || fields(json!([{"name": "subject", "required_for_agents": true}, own]));
    let refused = |reason, code: &str| Err(Trouble::Refused(Refusal::new(reason, code)));
    let absent = "no ticket field cf_deskbridge: create it as single-line text (Admin > Ticket fields)";
    let mandatory = "ticket field cf_region is mandatory: set custom_fields.cf_region";
    let scope = "ticket_scope 2: give the bridge's agent global access to tickets";
    let other = "the API key is of agent 9: correct bridge_agent_id";
    let cases = [
        (json!({}), vec![me(json!({})), form()], Ok("Deskbridge")),
        (json!({"bridge_agent_id": 9}), vec![me(json!({"contact": null})), form()], Ok("9")),
        (
            json!({}),
            vec![me(json!({})), get("GET /ticket_fields", coded(403, "access_denied"))],
            Ok("Deskbridge"),
        ),
        (json!({}), vec![me(json!({"ticket_scope": 2}))], refused(Reason::Permission, scope)),
        (json!({"bridge_agent_id": 10}), vec![me(json!({}))], refused(Reason::Invalid, other)),
        (json!({}), vec![me(json!({})), fields(json!([region]))], refused(Reason::Invalid, absent)),
        (json!({}), vec![me(json!({})), fields(json!([own, region]))], refused(Reason::Invalid, mandatory)),
        (
            json!({"custom_fields": {"cf_region": "EU"}}),
            vec![me(json!({})), fields(json!([own, region]))],
            Ok("Deskbridge"),
        ),
        (
            json!({}),
            vec![get("GET /agents/me", coded(401, "invalid_credentials"))],
            refused(Reason::Token, "401/invalid_credentials"),
        ),
    ];
    for (settings, turns, expected) in cases {
        let told = match read(&*freshdesk(&settings), &Query::Health, turns) {
            Ok(Reading::Healthy(name)) => Ok(name),
            Err(trouble) => Err(trouble),
            other => panic!("{other:?}"),
        };
        assert_eq!(told, expected.map(str::to_owned));
    }
}

#[test]
fn questions_to_platforms_are_refused() {
    let query = Query::Owner { message: "1".to_owned() };
    let refusal = Refusal::new(Reason::Invalid, "only platforms tell this");
    assert_eq!(read(&*plain(), &query, vec![]).unwrap_err(), Trouble::Refused(refusal));
}
