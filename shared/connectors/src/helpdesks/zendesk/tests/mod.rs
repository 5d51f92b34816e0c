//! The connector's tests: conversations with Zendesk as tables of requests and answers.

mod commenting;
mod creating;
mod doors;
mod files;
mod finding;
mod linking;
mod opening;
mod reading;
mod redacting;
mod showing;

use std::sync::Arc;

use deskbridge_core::card::Card;
use deskbridge_core::effect::{Change, Customer, NewComment, NewNote, NewTicket};
use deskbridge_core::model::{Person, TicketStatus};
use deskbridge_core::{Effect, EffectId, Moment};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{REGISTRATION, Settings};
use crate::http::{Answer, Exchange, Response, header};
use crate::{Connector, Keys, Next, Session};

/// 2026-11-22T10:00:00Z.
const START: Moment = Moment(1_795_341_600_000);
const CONVERSATION: &str = "acme-facebook:d:9001";
const KEY: &str = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";

fn keys() -> Keys {
    let secret = |text: &str| vec![SecretString::from(text.to_owned())];
    Keys::default().with("webhook_secrets", secret(KEY)).with("client_secret", secret("s3cret"))
}

fn zendesk() -> Arc<dyn Connector> {
    zendesk_with(json!({}))
}

fn zendesk_with(more: Value) -> Arc<dyn Connector> {
    let mut settings = Settings::sample();
    let Value::Object(more) = more else { panic!("settings are a table") };
    for (name, value) in more {
        settings[name] = value;
    }
    (REGISTRATION.open)(&settings, keys()).map_err(|problems| format!("{problems:?}")).unwrap()
}

fn session() -> Session {
    Session { token: Some(SecretString::from("access".to_owned())), ..Session::unneeded() }
}

fn customer(requester: Option<&str>) -> Customer {
    Customer {
        platform: "facebook".to_owned(),
        person: Person { id: "9001".to_owned(), name: None },
        display_name: "Kim Park".to_owned(),
        requester: requester.map(str::to_owned),
    }
}

fn effect(change: Change) -> Effect {
    Effect { id: EffectId(0xabc), first_started_at: START, started_at: START, change }
}

fn new_ticket(requester: Option<&str>) -> NewTicket {
    NewTicket {
        conversation: CONVERSATION.to_owned(),
        customer: customer(requester),
        subject: "Messenger: Kim Park".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        tags: vec!["facebook".to_owned(), "deskbridge".to_owned()],
        permalink: Some("https://facebook.example/1".to_owned()),
        follow_up_of: None,
        contents: 7,
        parts: vec![7],
        card: Card::default(),
    }
}

fn comment(status: TicketStatus, requester: Option<&str>) -> Effect {
    effect(Change::AppendComment(NewComment {
        ticket: "35".to_owned(),
        status,
        customer: customer(requester),
        html: "<p>Any news?</p>".to_owned(),
        parts: vec![8, 9],
        card: Card::default(),
    }))
}

fn note(status: TicketStatus, tags: &[&str], reopen: bool) -> Effect {
    effect(Change::AddNote(NewNote {
        mailed: None,
        untag: Vec::new(),
        ticket: "35".to_owned(),
        status,
        html: "<p>Not posted.</p>".to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        reopen,
        card: None,
    }))
}

/// One expected request, with its JSON body (`null` if it has none), and the answer to it.
type Turn = (&'static str, Value, Answer);

fn answer(status: u16, body: impl Into<Value>) -> Answer {
    Answer::Response(Response::json(status, &body.into()))
}

fn with_header(answer: Answer, name: &'static str, value: &str) -> Answer {
    match answer {
        Answer::Response(response) => Answer::Response(response.header(name, value)),
        other => other,
    }
}

fn refusal(word: &str, field: &str, description: &str) -> Value {
    json!({"error": word, "description": "Record validation errors",
           "details": {field: [{"description": description}]}})
}

fn closed() -> Value {
    refusal("RecordInvalid", "status", "Status: geschlossen verhindert die Aktualisierung")
}

fn missing() -> Answer {
    answer(404, json!({"error": "RecordNotFound", "description": "Not found"}))
}

fn user(id: u64) -> Answer {
    answer(200, json!({"user": {"id": id, "role": "end-user", "suspended": false}}))
}

/// Plays a conversation: each request must be the expected one, and after the last answer there must be a result.
fn play<T>(turns: Vec<Turn>, next: impl Fn(&[Exchange]) -> Next<T>) -> T {
    play_recording(turns, next).0
}

fn play_recording<T>(turns: Vec<Turn>, next: impl Fn(&[Exchange]) -> Next<T>) -> (T, Vec<Exchange>) {
    let mut exchanges = Vec::new();
    for (place, (target, body, answer)) in turns.into_iter().enumerate() {
        let Next::Call(request) = next(&exchanges) else {
            panic!("turn {place}: no request, expected {target}")
        };
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let query = query.replace("%5B", "[").replace("%5D", "]").replace("%3A", ":");
        assert_eq!(format!("{} {}{query}", request.method, request.url.path()), target, "turn {place}");
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        assert_eq!(sent, body, "turn {place}: body of {target}");
        assert_eq!(request.url.host_str(), Some("acme.zendesk.com"));
        if !target.ends_with("/oauth/tokens") {
            assert_eq!(request.headers[header::AUTHORIZATION], "Bearer access");
            assert!(request.headers[header::AUTHORIZATION].is_sensitive());
        }
        exchanges.push(Exchange { request: *request, answer });
    }
    match next(&exchanges) {
        Next::Settled(result) => (result, exchanges),
        Next::Call(request) => panic!("one more request: {request:?}"),
    }
}
