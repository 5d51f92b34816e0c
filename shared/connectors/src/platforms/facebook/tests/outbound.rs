//! Publishing replies.

use std::time::Duration;

use deskbridge_core::effect::{Change, EffectKind, Guarantee, NewNote, Outcome, Reason, Receipt, Refusal};
use deskbridge_core::model::{Surface, TicketStatus};
use deskbridge_core::{Effect, Moment};
use serde_json::{Value, json};

use super::{NOW, all_shown, connector, error, ok, play, reply};
use crate::http::{Answer, Exchange, Response};
use crate::platforms::facebook::REGISTRATION;
use crate::{Keys, Next, Session};

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

fn run(effect: &Effect, answers: Vec<Answer>) -> (Vec<Exchange>, Outcome) {
    let connector = connector();
    play(answers, |exchanges| connector.step(effect, &Session::unneeded(), exchanges))
}

fn body(exchange: &Exchange) -> Value {
    serde_json::from_slice(&exchange.request.body).unwrap()
}

/// A direct reply, this long after the customer's last action.
fn waited(milliseconds: i64) -> Effect {
    reply(Surface::Direct, Some(Moment(NOW.0 - milliseconds)))
}

fn window_closed() -> Answer {
    error(403, &json!({"code": 10, "error_subcode": 2_018_278, "message": "outside of allowed window"}))
}

#[test]
fn a_comment_goes_under_the_one_it_answers() {
    let effect = reply(Surface::Public, None);
    let (exchanges, outcome) = run(&effect, vec![ok(&json!({"id": "5001_7001"}))]);
    assert_eq!(all_shown(&exchanges), ["POST /v26.0/5001_6001/comments"]);
    let request = &exchanges[0].request;
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    let fields: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    assert_eq!(fields, [("message".to_owned(), "We will call you. 🚲".to_owned())]);
    assert_eq!(outcome, Outcome::Done(Receipt::of("5001_7001")));
}

#[test]
fn a_message_carries_our_effect_id() {
    let (exchanges, outcome) =
        run(&waited(0), vec![ok(&json!({"recipient_id": "24001", "message_id": "m_OUR1"}))]);
    assert_eq!(all_shown(&exchanges), ["POST /v26.0/1001/messages"]);
    let wanted = json!({
        "recipient": {"id": "24001"},
        "messaging_type": "RESPONSE",
        "message": {"text": "We will call you. 🚲", "metadata": "db-00000000000004d2"},
    });
    assert_eq!(body(&exchanges[0]), wanted);
    assert_eq!(outcome, Outcome::Done(Receipt::of("m_OUR1")));
}

#[test]
fn the_clock_chooses_how_a_message_is_declared() {
    for (waited_for, tag) in [
        (-HOUR, None),
        (0, None),
        (23 * HOUR + 59 * MINUTE, None),
        (24 * HOUR + MINUTE - 1, None),
        (24 * HOUR + MINUTE, Some("HUMAN_AGENT")),
        (3 * 24 * HOUR, Some("HUMAN_AGENT")),
        (7 * 24 * HOUR - 1, Some("HUMAN_AGENT")),
    ] {
        let (exchanges, _) = run(&waited(waited_for), vec![ok(&json!({"message_id": "m_1"}))]);
        let sent = body(&exchanges[0]);
        assert_eq!(sent["tag"].as_str(), tag, "{waited_for}");
        let declared = if tag.is_some() { "MESSAGE_TAG" } else { "RESPONSE" };
        assert_eq!(sent["messaging_type"], declared);
    }
    for too_late in [7 * 24 * HOUR, 30 * 24 * HOUR] {
        let (exchanges, outcome) = run(&waited(too_late), vec![]);
        assert!(exchanges.is_empty(), "nothing is asked");
        assert_eq!(outcome, Outcome::Refused(Refusal::new(Reason::Window, "7 days")));
    }
    let (exchanges, _) = run(&reply(Surface::Direct, None), vec![ok(&json!({"message_id": "m_1"}))]);
    assert_eq!(body(&exchanges[0])["messaging_type"], "RESPONSE");
}

#[test]
fn a_window_that_closed_a_moment_ago_is_met_with_the_tag() {
    let (exchanges, outcome) = run(&waited(HOUR), vec![window_closed(), ok(&json!({"message_id": "m_2"}))]);
    assert_eq!(body(&exchanges[0])["messaging_type"], "RESPONSE");
    assert_eq!(body(&exchanges[1])["tag"], "HUMAN_AGENT");
    assert_eq!(outcome, Outcome::Done(Receipt { late: true, ..Receipt::of("m_2") }));
    let (_, outcome) = run(&waited(HOUR), vec![window_closed(), window_closed()]);
    assert_eq!(outcome, Outcome::Refused(Refusal::new(Reason::Window, "10/2018278")));
    let (_, outcome) = run(&waited(48 * HOUR), vec![window_closed()]);
    assert_eq!(outcome, Outcome::Refused(Refusal::new(Reason::Window, "10/2018278")));
}

#[test]
fn a_refused_tag_does_not_condemn_the_account() {
    for code in [10, 100] {
        let (_, outcome) = run(&waited(48 * HOUR), vec![error(400, &json!({"code": code}))]);
        assert_eq!(outcome, Outcome::Refused(Refusal::new(Reason::Window, code.to_string())));
    }
    let (_, outcome) = run(&waited(HOUR), vec![error(400, &json!({"code": 10}))]);
    assert_eq!(outcome, Outcome::Refused(Refusal::new(Reason::Permission, "10")));
    let (_, outcome) = run(&waited(48 * HOUR), vec![error(400, &json!({"code": 190}))]);
    assert_eq!(outcome, Outcome::Refused(Refusal::new(Reason::Token, "190")));
}

#[test]
fn answers_become_outcomes() {
    let text = |status, body: &'static str| Answer::Response(Response::text(status, body));
    let refused = |reason, code: &str| Outcome::Refused(Refusal::new(reason, code));
    for (answer, wanted) in [
        (Answer::NotSent, Outcome::RetryAfter(Duration::from_secs(5))),
        (Answer::Lost, Outcome::Unknown),
        (text(200, "<html>"), Outcome::Unknown),
        (text(200, ""), Outcome::Unknown),
        (ok(&json!({"success": true})), Outcome::Unknown),
        (ok(&json!({"id": ""})), Outcome::Unknown),
        (text(502, "Bad Gateway"), Outcome::Unknown),
        (error(500, &json!({"code": 1, "error_subcode": 1_357_046})), Outcome::Unknown),
        (error(400, &json!({"code": 100, "error_subcode": 33})), refused(Reason::Gone, "100/33")),
        (error(400, &json!({"code": 190, "error_subcode": 463})), refused(Reason::Token, "190/463")),
        (error(403, &json!({"code": 200})), refused(Reason::Permission, "200")),
        (error(400, &json!({"code": 506})), refused(Reason::Duplicate, "506")),
        (error(400, &json!({"code": 368})), refused(Reason::Content, "368")),
        (error(403, &json!({"code": 32})), Outcome::RetryAfter(Duration::from_secs(60))),
    ] {
        let shown = format!("{answer:?}");
        assert_eq!(run(&reply(Surface::Public, None), vec![answer]).1, wanted, "{shown}");
    }
    let (_, outcome) = run(&waited(0), vec![error(400, &json!({"code": 551}))]);
    assert_eq!(outcome, refused(Reason::Blocked, "551"));
}

#[test]
fn nothing_is_sent_that_cannot_be_right() {
    let refusal = |effect: &Effect| match run(effect, vec![]).1 {
        Outcome::Refused(refusal) => refusal.reason,
        other => panic!("{other:?}"),
    };
    let mut note = reply(Surface::Public, None);
    note.change = Change::AddNote(NewNote {
        mailed: None,
        untag: Vec::new(),
        ticket: "1".to_owned(),
        status: TicketStatus::Open,
        html: String::new(),
        tags: Vec::new(),
        reopen: false,
        card: None,
    });
    assert_eq!(refusal(&note), Reason::Invalid);
    for id in ["", "..", "5001_6001/likes", "5001?x=1", "me#"] {
        let mut effect = reply(Surface::Public, None);
        if let Change::PostReply(reply) = &mut effect.change {
            reply.answers = id.to_owned();
        }
        assert_eq!(refusal(&effect), Reason::Invalid, "{id:?}");
    }
    let tokenless = (REGISTRATION.open)(&json!({"page_id": "1001"}), Keys::default()).unwrap();
    let next = tokenless.step(&reply(Surface::Public, None), &Session::unneeded(), &[]);
    let Next::Settled(Outcome::Refused(refusal)) = next else { panic!("{next:?}") };
    assert_eq!(refusal.reason, Reason::Token);
}

#[test]
fn promises_and_limits() {
    let connector = connector();
    for (surface, characters_max) in [(Surface::Public, 8_000), (Surface::Direct, 2_000)] {
        assert_eq!(connector.reply_rules(surface).characters_max, characters_max);
        let guarantee = connector.guarantee(EffectKind::PostReply(surface));
        assert!(matches!(guarantee, Guarantee::Findable { settle } if settle >= Duration::from_secs(60)));
    }
    assert_eq!(connector.guarantee(EffectKind::AddNote), Guarantee::Blind);
    assert_eq!(connector.owner(), "1001");
}
