//! Publishing replies.

use std::time::Duration;

use deskbridge_core::command::Verb;
use deskbridge_core::effect::{
    Change, EffectKind, Guarantee, Moderation, Outcome, PrivateThread, Reason, Receipt, Refusal, ReplyForm,
};
use deskbridge_core::model::Surface;
use deskbridge_core::text::Measure;
use deskbridge_core::{Effect, Moment};
use serde_json::{Value, json};

use super::{NOW, TEXT, all_shown, connector, error, gone, linked, ok, play, reply};
use crate::http::{Answer, Exchange, Response};
use crate::platforms::instagram::REGISTRATION;
use crate::{Connector, Keys, Next, Session};

const HOUR: i64 = 3_600_000;
const READ: &str = "fields=from,username,parent_id,hidden";

fn run(connector: &dyn Connector, effect: &Effect, answers: Vec<Answer>) -> (Vec<Exchange>, Outcome) {
    play(answers, |exchanges| connector.step(effect, &Session::unneeded(), exchanges))
}

fn comment(answers: Vec<Answer>) -> (Vec<Exchange>, Outcome) {
    run(&*connector(), &reply(Surface::Public, "17901", None), answers)
}

fn form(exchange: &Exchange) -> Vec<(String, String)> {
    form_urlencoded::parse(&exchange.request.body).into_owned().collect()
}

fn said(text: &str) -> Vec<(String, String)> {
    vec![("message".to_owned(), text.to_owned())]
}

fn body(exchange: &Exchange) -> Value {
    serde_json::from_slice(&exchange.request.body).unwrap()
}

fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}

#[test]
fn a_reply_goes_under_the_comment() {
    let top = json!({"id": "17901", "from": {"id": "9901", "username": "ann.lee"}, "hidden": false});
    let (exchanges, outcome) = comment(vec![ok(&top), ok(&json!({"id": "17999"}))]);
    let read = format!("GET /v26.0/17901?{READ}");
    assert_eq!(all_shown(&exchanges), [read.as_str(), "POST /v26.0/17901/replies"]);
    assert_eq!(form(&exchanges[1]), said(TEXT));
    assert_eq!(outcome, Outcome::Done(Receipt::of("17999")));
    assert_eq!(exchanges[1].request.url.host_str(), Some("graph.instagram.com"));
}

#[test]
fn a_reply_to_a_reply_goes_under_the_top_comment_and_names_whom_it_is_for() {
    for author in [json!({"from": {"id": "9902", "username": "bob_7"}}), json!({"username": "bob_7"})] {
        let mut nested = author;
        nested["parent_id"] = "17900".into();
        let (exchanges, _) = comment(vec![ok(&nested), ok(&json!({"id": "17999"}))]);
        assert_eq!(all_shown(&exchanges)[1], "POST /v26.0/17900/replies");
        assert_eq!(form(&exchanges[1]), said(&format!("@bob_7 {TEXT}")));
    }
    let nameless = json!({"id": "17901", "parent_id": "17900"});
    let (exchanges, _) = comment(vec![ok(&nameless), ok(&json!({"id": "17999"}))]);
    assert_eq!(form(&exchanges[1]), said(TEXT));
}

#[test]
fn what_cannot_be_answered_is_told_before_anything_is_written() {
    assert_eq!(comment(vec![ok(&json!({"id": "17901", "hidden": true}))]).1, refused(Reason::Gone, "hidden"));
    assert_eq!(comment(vec![gone()]).1, refused(Reason::Gone, "100/33"));
    for (answer, seconds) in [(Answer::Lost, 5), (Answer::NotSent, 5), (error(500, &json!({"code": 2})), 30)]
    {
        assert_eq!(comment(vec![answer]).1, Outcome::RetryAfter(Duration::from_secs(seconds)));
    }
}

#[test]
fn answers_become_outcomes() {
    let read = || ok(&json!({"id": "17901"}));
    for (answer, wanted) in [
        (Answer::NotSent, Outcome::RetryAfter(Duration::from_secs(5))),
        (Answer::Lost, Outcome::Unknown),
        (Answer::Response(Response::text(200, "<html>")), Outcome::Unknown),
        (error(500, &json!({"code": -1, "error_subcode": 2_207_001})), Outcome::Unknown),
        (gone(), refused(Reason::Gone, "100/33")),
        (error(400, &json!({"code": 190, "error_subcode": 463})), refused(Reason::Token, "190/463")),
        (error(403, &json!({"code": 200})), refused(Reason::Permission, "200")),
        (error(400, &json!({"code": 368})), refused(Reason::Content, "368")),
        (error(403, &json!({"code": 80_002})), Outcome::RetryAfter(Duration::from_secs(60))),
    ] {
        let shown = format!("{answer:?}");
        assert_eq!(comment(vec![read(), answer]).1, wanted, "{shown}");
    }
}

#[test]
fn mentions_are_answered_where_they_stand() {
    let run = |answers: &str| {
        let effect = reply(Surface::Public, answers, None);
        run(&*linked(), &effect, vec![ok(&json!({"id": "17998"}))])
    };
    let (exchanges, outcome) = run("mention-18102-17940");
    assert_eq!(all_shown(&exchanges), ["POST /v26.0/17001/mentions"]);
    let pairs = [("media_id", "18102"), ("message", TEXT), ("comment_id", "17940")];
    assert_eq!(form(&exchanges[0]), pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(outcome, Outcome::Done(Receipt::of("17998")));
    let (exchanges, _) = run("mention-18101");
    assert_eq!(form(&exchanges[0]).len(), 2, "a caption has no comment");
}

#[test]
fn a_message_goes_out_by_the_page_or_by_the_account() {
    for (connector, path) in [(connector(), "/v26.0/17001/messages"), (linked(), "/v26.0/1001/messages")] {
        let effect = reply(Surface::Direct, "aWdfT1", Some(NOW));
        let sent = ok(&json!({"recipient_id": "9901", "message_id": "aWdfOUR"}));
        let (exchanges, outcome) = run(&*connector, &effect, vec![sent]);
        assert_eq!(all_shown(&exchanges), [format!("POST {path}")]);
        assert_eq!(body(&exchanges[0]), json!({"recipient": {"id": "9901"}, "message": {"text": TEXT}}));
        assert_eq!(outcome, Outcome::Done(Receipt::of("aWdfOUR")));
    }
}

#[test]
fn the_clock_chooses_the_tag_and_closes_the_window() {
    let waited = |hours: i64, answers: Vec<Answer>| {
        run(&*connector(), &reply(Surface::Direct, "aWdfT1", Some(Moment(NOW.0 - hours * HOUR))), answers)
    };
    let sent = || ok(&json!({"message_id": "aWdfOUR"}));
    let (exchanges, _) = waited(48, vec![sent()]);
    assert_eq!(
        (&body(&exchanges[0])["tag"], &body(&exchanges[0])["messaging_type"]),
        (&json!("HUMAN_AGENT"), &json!("MESSAGE_TAG"))
    );
    assert_eq!(waited(24 * 7, vec![]).1, refused(Reason::Window, "7 days"));
    let closed = || error(400, &json!({"code": 10, "error_subcode": 2_534_022}));
    let (exchanges, outcome) = waited(1, vec![closed(), sent()]);
    assert_eq!(body(&exchanges[1])["tag"], "HUMAN_AGENT");
    assert_eq!(outcome, Outcome::Done(Receipt { late: true, ..Receipt::of("aWdfOUR") }));
    assert_eq!(waited(48, vec![closed()]).1, refused(Reason::Window, "10/2534022"));
    assert_eq!(waited(48, vec![error(400, &json!({"code": 10}))]).1, refused(Reason::Window, "10"));
    for subcode in [2_534_014, 2_534_037] {
        let nobody = error(400, &json!({"code": 100, "error_subcode": subcode}));
        assert_eq!(waited(1, vec![nobody]).1, refused(Reason::Blocked, &format!("100/{subcode}")));
    }
}

fn privately(answers: &str, text: &str) -> Effect {
    let mut effect = reply(Surface::Public, answers, None);
    if let Change::PostReply(reply) = &mut effect.change {
        (reply.form, reply.text) = (ReplyForm::Private, text.to_owned());
    }
    effect
}

#[test]
fn a_private_reply_names_the_comment() {
    let sent = ok(&json!({"recipient_id": "9901", "message_id": "aWdfOUR"}));
    let (exchanges, outcome) = run(&*linked(), &privately("17901", "Your order?"), vec![sent]);
    assert_eq!(all_shown(&exchanges), ["POST /v26.0/1001/messages"]);
    let wanted = json!({"recipient": {"comment_id": "17901"}, "message": {"text": "Your order?"}});
    assert_eq!(body(&exchanges[0]), wanted);
    let private = Some(Box::new(PrivateThread { customer: "9901".to_owned(), once: true }));
    assert_eq!(outcome, Outcome::Done(Receipt { private, ..Receipt::of("aWdfOUR") }));
    let nameless = ok(&json!({"message_id": "aWdfOUR"}));
    let (_, outcome) = run(&*linked(), &privately("17901", "Your order?"), vec![nameless]);
    assert_eq!(outcome, Outcome::Done(Receipt::of("aWdfOUR")), "told by no one, the rest works");
    let long = privately("17901", &"é".repeat(501));
    assert_eq!(run(&*linked(), &long, vec![]).1, refused(Reason::Content, "longer than 1000 bytes"));
    let (_, outcome) = run(&*linked(), &privately("mention-18101", "Hi"), vec![]);
    assert_eq!(outcome, refused(Reason::Invalid, "mentions get no private reply"));
}

#[test]
fn comments_are_hidden_shown_and_deleted() {
    let moderate = |verb, message: &str, answers| {
        let change = Change::Moderate(Moderation { verb, message: message.to_owned(), text: String::new() });
        run(&*connector(), &Effect { change, ..reply(Surface::Public, "17901", None) }, answers)
    };
    let success = || ok(&json!({"success": true}));
    for (verb, shown) in [
        (Verb::Hide, "POST /v26.0/17901?hide=true"),
        (Verb::Unhide, "POST /v26.0/17901?hide=false"),
        (Verb::Delete, "DELETE /v26.0/17901"),
    ] {
        let (exchanges, outcome) = moderate(verb, "17901", vec![success()]);
        assert_eq!(all_shown(&exchanges), [shown]);
        assert_eq!(outcome, Outcome::Done(Receipt::of("17901")));
    }
    assert_eq!(moderate(Verb::Delete, "17901", vec![gone()]).1, Outcome::Done(Receipt::of("17901")));
    assert_eq!(moderate(Verb::Hide, "17901", vec![gone()]).1, refused(Reason::Gone, "100/33"));
    for (verb, message) in [(Verb::Like, "17901"), (Verb::Hide, "mention-18101")] {
        let (_, outcome) = moderate(verb, message, vec![]);
        assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.reason == Reason::Invalid));
    }
}

#[test]
fn nothing_is_sent_that_cannot_be_right() {
    for id in ["", "..", "17901/likes", "17901?x=1"] {
        let (_, outcome) = run(&*connector(), &reply(Surface::Public, id, None), vec![]);
        assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.reason == Reason::Invalid), "{id:?}");
    }
    let tokenless = (REGISTRATION.open)(&(REGISTRATION.sample_settings)(), Keys::default()).unwrap();
    let next = tokenless.step(&reply(Surface::Public, "17901", None), &Session::unneeded(), &[]);
    let Next::Settled(Outcome::Refused(refusal)) = next else { panic!("{next:?}") };
    assert_eq!(refusal.reason, Reason::Token);
}

#[test]
fn promises_and_limits() {
    let connector = connector();
    for (surface, most, measure) in
        [(Surface::Public, 2_168, Measure::Characters), (Surface::Direct, 1_000, Measure::Bytes)]
    {
        let rules = connector.reply_rules(surface);
        assert_eq!((rules.characters_max, rules.measure), (most, measure));
        let guarantee = connector.guarantee(EffectKind::PostReply(surface));
        assert!(matches!(guarantee, Guarantee::Findable { settle } if settle >= Duration::from_secs(60)));
    }
    assert_eq!(connector.guarantee(EffectKind::AddNote), Guarantee::Blind);
    assert_eq!(connector.owner(), "17001");
}
