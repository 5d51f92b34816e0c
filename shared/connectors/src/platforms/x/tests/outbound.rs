//! Publishing replies.

use std::time::Duration;

use deskbridge_core::command::Template;
use deskbridge_core::effect::{
    Change, EffectKind, Guarantee, NewReply, Outcome, PrivateThread, Reason, Receipt, Refusal, ReplyForm,
};
use deskbridge_core::model::Surface;
use deskbridge_core::text::Measure;
use deskbridge_core::{Effect, EffectId};
use serde_json::{Value, json};

use super::{POST, all_shown, connector, connector_with, ok, play, refusal, reply, session};
use crate::http::{Answer, Exchange, Response};
use crate::platforms::x::REGISTRATION;
use crate::{Keys, Next, Session};

fn run(effect: &Effect, answers: Vec<Answer>) -> (Vec<Exchange>, Outcome) {
    let connector = connector();
    play(answers, |exchanges| connector.step(effect, &session(), exchanges))
}

fn body(exchange: &Exchange) -> Value {
    serde_json::from_slice(&exchange.request.body).unwrap()
}

fn with(surface: Surface, change: impl Fn(&mut NewReply)) -> Effect {
    let mut effect = reply(surface);
    if let Change::PostReply(reply) = &mut effect.change {
        change(reply);
    }
    effect
}

fn refused(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reply_answers_the_post() {
    let made =
        Answer::Response(Response::json(201, &json!({"data": {"id": "77", "text": "We will call you."}})));
    let (exchanges, outcome) = run(&reply(Surface::Public), vec![made]);
    assert_eq!(all_shown(&exchanges), ["POST /2/tweets"]);
    let wanted = json!({"text": "We will call you. 🚲", "reply": {"in_reply_to_tweet_id": POST}});
    assert_eq!(body(&exchanges[0]), wanted);
    assert_eq!(outcome, Outcome::Done(Receipt::of("77")));
}

#[test]
fn a_direct_reply_goes_to_the_customer() {
    let made = json!({"data": {"dm_conversation_id": "9001-1710000000000002001", "dm_event_id": "78"}});
    let (exchanges, outcome) = run(&reply(Surface::Direct), vec![ok(&made)]);
    assert_eq!(all_shown(&exchanges), ["POST /2/dm_conversations/with/1710000000000002001/messages"]);
    assert_eq!(body(&exchanges[0]), json!({"text": "We will call you. 🚲"}));
    assert_eq!(outcome, Outcome::Done(Receipt::of("78")));
}

#[test]
fn a_private_answer_to_a_post_is_a_direct_message() {
    let private = with(Surface::Public, |reply| reply.form = ReplyForm::Private);
    let made = json!({"data": {"dm_conversation_id": "9001-1710000000000002001", "dm_event_id": "78"}});
    let (exchanges, outcome) = run(&private, vec![ok(&made)]);
    assert_eq!(all_shown(&exchanges), ["POST /2/dm_conversations/with/1710000000000002001/messages"]);
    let private = Some(Box::new(PrivateThread { customer: "1710000000000002001".to_owned(), once: false }));
    assert_eq!(outcome, Outcome::Done(Receipt { private, ..Receipt::of("78") }));
    let template = Template { name: "hello".to_owned(), language: None, values: Vec::new() };
    let odd = with(Surface::Direct, |reply| reply.form = ReplyForm::Template(template.clone()));
    let (exchanges, outcome) = run(&odd, vec![]);
    assert!(exchanges.is_empty() && refused(outcome).reason == Reason::Invalid);
}

#[test]
fn each_attempt_is_signed_anew_and_the_same_one_alike() {
    let connector = connector();
    let header = |effect: &Effect, session: &Session| match connector.step(effect, session, &[]) {
        Next::Call(request) => request.headers["authorization"].to_str().unwrap().to_owned(),
        Next::Settled(outcome) => panic!("{outcome:?}"),
    };
    let effect = reply(Surface::Public);
    assert_eq!(header(&effect, &session()), header(&effect, &session()));
    let later = Session { at: session().at.plus(Duration::from_millis(1)), ..session() };
    assert_ne!(header(&effect, &session()), header(&effect, &later));
    let again = Session { nth: 1, ..session() };
    assert_ne!(header(&effect, &session()), header(&effect, &again), "in the same moment");
    let other = Effect { id: EffectId(1235), ..reply(Surface::Public) };
    assert_ne!(header(&effect, &session()), header(&other, &session()));
}

#[test]
fn an_uninvited_reply_is_for_a_person() {
    let words = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the \
                 author of the post you are replying to.";
    let (_, outcome) = run(&reply(Surface::Public), vec![refusal(403, words)]);
    assert_eq!(refused(outcome), Refusal::new(Reason::ByHand, "403"));
    let encrypted = with(Surface::Direct, |reply| reply.answers = "chat:e4f4d3fc".to_owned());
    let (exchanges, outcome) = run(&encrypted, vec![]);
    assert!(exchanges.is_empty(), "nothing is said in plain where it was said in secret");
    assert_eq!(refused(outcome).reason, Reason::ByHand);
}

#[test]
fn links_can_be_kept_out_of_posts() {
    let connector = connector_with(&json!({"links_in_posts": false}));
    for (surface, text, sent) in [
        (Surface::Public, "See acme.com/help", false),
        (Surface::Public, "See https://acme.com", false),
        (Surface::Public, "See our page, e.g. tomorrow", true),
        (Surface::Direct, "See https://acme.com", true),
    ] {
        let effect = with(surface, |reply| reply.text = text.to_owned());
        match connector.step(&effect, &session(), &[]) {
            Next::Call(_) => assert!(sent, "{text}"),
            Next::Settled(outcome) => {
                assert!(!sent, "{text}");
                assert_eq!(refused(outcome).reason, Reason::Content);
            }
        }
    }
}

#[test]
fn what_nobody_said_stays_unknown() {
    for answer in
        [Answer::Lost, ok(&json!({"data": {}})), ok(&json!({"errors": [{"title": "x"}]})), refusal(503, "")]
    {
        assert_eq!(run(&reply(Surface::Public), vec![answer]).1, Outcome::Unknown);
    }
    let (_, outcome) = run(&reply(Surface::Public), vec![Answer::NotSent]);
    assert!(matches!(outcome, Outcome::RetryAfter(_)));
}

#[test]
fn limits_are_those_of_the_platform() {
    let rules = connector().reply_rules(Surface::Public);
    assert_eq!((rules.characters_max, rules.measure), (280, Measure::Weighted));
    let rules = connector_with(&json!({"long_posts": true})).reply_rules(Surface::Public);
    assert_eq!((rules.characters_max, rules.measure), (25_000, Measure::Weighted));
    let rules = connector().reply_rules(Surface::Direct);
    assert_eq!((rules.characters_max, rules.measure), (10_000, Measure::Characters));
    let kinds = [Surface::Public, Surface::Direct].map(EffectKind::PostReply);
    for kind in kinds.into_iter().chain([EffectKind::PrivateReply]) {
        let guarantee = connector().guarantee(kind);
        assert_eq!(guarantee, Guarantee::Findable { settle: Duration::from_secs(120) });
    }
}

#[test]
fn the_door_alone_can_call_nothing() {
    let connector = (REGISTRATION.open)(&json!({"user_id": "9001"}), Keys::default()).unwrap();
    let next = connector.step(&reply(Surface::Public), &session(), &[]);
    assert!(matches!(next, Next::Settled(Outcome::Refused(refusal)) if refusal.reason == Reason::Token));
    let odd = with(Surface::Direct, |reply| reply.customer = "../users".to_owned());
    let (exchanges, outcome) = run(&odd, vec![]);
    assert!(exchanges.is_empty() && refused(outcome).reason == Reason::Invalid);
}
