//! Sending replies, and whether all is set up.

use std::time::Duration;

use deskbridge_core::effect::{
    Change, EffectKind, Guarantee, NewReply, Outcome, Reason, Receipt, Refusal, ReplyForm,
};
use deskbridge_core::model::Surface;
use deskbridge_core::{Effect, EffectId, Moment};
use serde_json::{Value, json};

use super::{NOW, connector, connector_with, error, ok, play};
use crate::http::{Answer, Exchange};
use crate::{Connector, Query, Reading, Session, Trouble};

const HOUR: i64 = 3_600_000;

fn reply(customer: &str, waited: i64) -> Effect {
    let change = Change::PostReply(NewReply {
        surface: Surface::Direct,
        answers: "wamid.IN1".to_owned(),
        customer: customer.to_owned(),
        text: "We will call you. 🚲".to_owned(),
        form: ReplyForm::Text,
        window_from: Some(Moment(NOW.0 - waited)),
    });
    Effect { id: EffectId(1234), first_started_at: NOW, started_at: NOW, change }
}

fn run(connector: &dyn Connector, effect: &Effect, answers: Vec<Answer>) -> (Vec<Exchange>, Outcome) {
    play(answers, |exchanges| connector.step(effect, &Session::unneeded(), exchanges))
}

fn body(exchange: &Exchange) -> Value {
    serde_json::from_slice(&exchange.request.body).unwrap()
}

fn accepted() -> Answer {
    ok(
        &json!({"messaging_product": "whatsapp", "contacts": [{"wa_id": "49"}], "messages": [{"id": "wamid.OUT"}]}),
    )
}

#[test]
fn a_message_names_the_conversation_in_its_handle() {
    let (exchanges, outcome) = run(&*connector(), &reply("491700000001", 0), vec![accepted()]);
    assert_eq!(exchanges[0].request.url.path(), "/v26.0/5001/messages");
    let wanted = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+491700000001", "type": "text",
        "text": {"body": "We will call you. 🚲", "preview_url": true},
        "biz_opaque_callback_data": "db-00000000000004d2 491700000001",
    });
    assert_eq!(body(&exchanges[0]), wanted);
    assert_eq!(outcome, Outcome::Done(Receipt::of("wamid.OUT")));
    let quoting = connector_with(&json!({"quote_customer": true}));
    let (exchanges, _) = run(&*quoting, &reply("491700000001", 0), vec![accepted()]);
    assert_eq!(body(&exchanges[0])["context"], json!({"message_id": "wamid.IN1"}));
}

#[test]
fn a_hidden_number_is_reached_whichever_field_is_right() {
    let (exchanges, outcome) = run(&*connector(), &reply("DE.ann123", 0), vec![accepted()]);
    assert_eq!(
        (&body(&exchanges[0])["recipient"], &body(&exchanges[0])["to"]),
        (&json!("DE.ann123"), &Value::Null)
    );
    assert_eq!(outcome, Outcome::Done(Receipt::of("wamid.OUT")));
    for code in [100, 131_008, 131_009] {
        let answers = vec![error(400, code), accepted()];
        let (exchanges, outcome) = run(&*connector(), &reply("DE.ann123", 0), answers);
        assert_eq!(
            (&body(&exchanges[1])["to"], &body(&exchanges[1])["recipient"]),
            (&json!("DE.ann123"), &Value::Null)
        );
        assert_eq!(outcome, Outcome::Done(Receipt::of("wamid.OUT")));
    }
    // A phone number has only one place, and other refusals are not about the address.
    for (customer, code, reason) in
        [("491700000001", 100, Reason::Invalid), ("DE.ann123", 131_047, Reason::Window)]
    {
        let (_, outcome) = run(&*connector(), &reply(customer, 0), vec![error(400, code)]);
        assert_eq!(outcome, Outcome::Refused(Refusal::new(reason, code.to_string())));
    }
}

#[test]
fn after_a_day_nothing_is_sent() {
    for (waited, sent) in
        [(0, true), (24 * HOUR + 59_999, true), (24 * HOUR + 60_000, false), (90 * HOUR, false)]
    {
        let answers = if sent { vec![accepted()] } else { vec![] };
        let (exchanges, outcome) = run(&*connector(), &reply("491700000001", waited), answers);
        assert_eq!(exchanges.len(), usize::from(sent), "{waited}");
        if !sent {
            assert_eq!(outcome, Outcome::Refused(Refusal::new(Reason::Window, "24 hours")));
        }
    }
}

#[test]
fn every_known_code_has_its_class() {
    use Reason::{Blocked, Content, Invalid, Permission, Token, Window};
    for (code, reason) in [
        (0, Token),
        (190, Token),
        (10, Permission),
        (131_005, Permission),
        (131_031, Permission),
        (131_042, Permission),
        (133_010, Permission),
        (131_047, Window),
        (131_026, Blocked),
        (131_049, Blocked),
        (130_472, Blocked),
        (131_051, Content),
        (132_001, Content),
        (131_021, Invalid),
    ] {
        let (_, outcome) = run(&*connector(), &reply("491700000001", 0), vec![error(400, code)]);
        assert_eq!(outcome, Outcome::Refused(Refusal::new(reason, code.to_string())), "{code}");
    }
    for code in [4, 80_007, 130_429, 131_056, 131_057, 131_048] {
        let (_, outcome) = run(&*connector(), &reply("491700000001", 0), vec![error(400, code)]);
        assert_eq!(outcome, Outcome::RetryAfter(Duration::from_secs(60)), "{code}");
    }
    for answer in
        [error(500, 131_000), error(500, 1), error(503, 2), ok(&json!({"messages": []})), Answer::Lost]
    {
        let (_, outcome) = run(&*connector(), &reply("491700000001", 0), vec![answer]);
        assert_eq!(outcome, Outcome::Unknown);
    }
}

#[test]
fn a_send_is_proven_by_its_status() {
    let settle = Duration::from_secs(120);
    let kind = EffectKind::PostReply(Surface::Direct);
    assert_eq!(connector().guarantee(kind), Guarantee::Echoed { settle });
}

#[test]
fn health_asks_for_the_number_and_for_a_subscription() {
    let connector = connector();
    let health =
        |answers| play(answers, |exchanges| connector.read(&Query::Health, &Session::unneeded(), exchanges));
    let number =
        || ok(&json!({"verified_name": "Acme", "display_phone_number": "+1 555 0001", "id": "5001"}));
    let (exchanges, reading) =
        health(vec![number(), ok(&json!({"data": [{"whatsapp_business_api_data": {}}]}))]);
    assert_eq!(exchanges[1].request.url.path(), "/v26.0/4001/subscribed_apps");
    assert!(matches!(reading, Ok(Reading::Healthy(name)) if name == "Acme, +1 555 0001"));
    let (_, reading) = health(vec![number(), ok(&json!({"data": []}))]);
    assert!(matches!(reading, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Permission));
    let (_, reading) = health(vec![error(401, 190)]);
    assert!(matches!(reading, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Token));
}
