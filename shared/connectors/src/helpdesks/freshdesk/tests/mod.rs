//! The connector as values: what it asks for, in order, and what it makes of the answers.

mod creating;
mod files;
mod finding;
mod linking;
mod opening;
mod reading;
mod redacting;
mod showing;
mod writing;

use std::sync::Arc;

use deskbridge_core::card::Card;
use deskbridge_core::effect::{Change, Customer, Effect, NewComment, NewNote, NewTicket};
use deskbridge_core::model::{Person, TicketStatus};
use deskbridge_core::{EffectId, Moment};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::http::{Answer, Exchange, Response, header};
use crate::{Connector, Keys, Next};

/// 2026-11-22T14:02:00Z
const STARTED: Moment = Moment(1_795_356_120_000);
const REFERENCE: &str = "<p><small>ref db-00000000000000ff</small></p>";
const OPENING: &str = "<p><small>ref db-00000000000000ff 000000000007</small></p>";
const COMMENT: &str = "<p><small>ref db-00000000000000ff 000000000008 000000000009</small></p>";

/// One expected request and the answer to it.
struct Turn {
    line: &'static str,
    body: Value,
    answer: Answer,
}

/// `line` is method, path below `/api/v2` and decoded query; `body` is null for none.
fn turn(line: &'static str, body: Value, answer: Answer) -> Turn {
    Turn { line, body, answer }
}

fn get(line: &'static str, answer: Answer) -> Turn {
    turn(line, Value::Null, answer)
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::Response(Response::json(status, body))
}

fn empty(status: u16) -> Answer {
    Answer::Response(Response::empty(status))
}

/// Freshdesk's refusal of one field.
fn invalid(status: u16, field: &str, code: &str) -> Answer {
    answer(status, &validation(field, code, &json!(null)))
}

fn validation(field: &str, code: &str, info: &Value) -> Value {
    json!({"description": "Validation failed",
        "errors": [{"field": field, "message": "private words", "code": code, "additional_info": info}]})
}

fn coded(status: u16, code: &str) -> Answer {
    answer(status, &json!({"code": code, "message": "private words"}))
}

/// Plays the turns; every request must be the expected one, with our credential, and none may be left over.
fn play<T: std::fmt::Debug>(turns: Vec<Turn>, next: impl Fn(&[Exchange]) -> Next<T>) -> T {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for turn in turns {
        let request = match next(&exchanges) {
            Next::Call(request) => *request,
            Next::Settled(end) => panic!("ended with {end:?} before {}", turn.line),
        };
        let query: Vec<String> =
            request.url.query_pairs().map(|(key, value)| format!("{key}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let path = request.url.path().strip_prefix("/api/v2").unwrap();
        assert_eq!(format!("{} {path}{mark}{}", request.method, query.join("&")), turn.line);
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        assert_eq!(body, turn.body, "{}", turn.line);
        // base64 of "the-key:X"
        assert_eq!(request.only_header("authorization"), Some("Basic dGhlLWtleTpY"));
        assert!(request.headers[header::AUTHORIZATION].is_sensitive());
        assert_eq!(request.url.origin().ascii_serialization(), "https://acme.freshdesk.com");
        exchanges.push(Exchange { request, answer: turn.answer });
    }
    match next(&exchanges) {
        Next::Settled(end) => end,
        Next::Call(request) => panic!("one request too many: {request:?}"),
    }
}

fn keys() -> Keys {
    let secret = |text: &str| vec![SecretString::from(text)];
    Keys::default().with("webhook_keys", secret("a-door-key")).with("api_key", secret("the-key"))
}

/// The connector with these settings beside the address.
fn freshdesk(more: &Value) -> Arc<dyn Connector> {
    let mut settings = json!({"base_url": "https://acme.freshdesk.com"});
    settings.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    (super::REGISTRATION.open)(&settings, keys()).unwrap()
}

fn plain() -> Arc<dyn Connector> {
    freshdesk(&json!({}))
}

fn effect(change: Change) -> Effect {
    Effect { id: EffectId(0xff), first_started_at: STARTED, started_at: STARTED, change }
}

fn kim(requester: Option<&str>) -> Customer {
    Customer {
        platform: "facebook".to_owned(),
        person: Person { id: "7741A".to_owned(), name: Some("Kim & Co".to_owned()) },
        display_name: "Kim & Co".to_owned(),
        requester: requester.map(str::to_owned),
    }
}

fn new_ticket(requester: Option<&str>) -> NewTicket {
    NewTicket {
        conversation: "fb:1002:7741".to_owned(),
        customer: kim(requester),
        subject: "Comment by Kim".to_owned(),
        html: "<p>My parcel</p>".to_owned(),
        tags: vec!["deskbridge".to_owned()],
        permalink: None,
        follow_up_of: None,
        contents: 7,
        parts: vec![7],
        card: Card::default(),
    }
}

fn new_comment(status: TicketStatus, requester: Option<&str>) -> NewComment {
    NewComment {
        ticket: "35".to_owned(),
        status,
        customer: kim(requester),
        html: "<p>And now?</p>".to_owned(),
        parts: vec![8, 9],
        card: Card::default(),
    }
}

fn new_note(tags: &[&str], reopen: bool) -> NewNote {
    NewNote {
        mailed: None,
        untag: Vec::new(),
        ticket: "35".to_owned(),
        status: TicketStatus::Solved,
        html: "<p>Not sent</p>".to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        reopen,
        card: None,
    }
}

/// The ticket that [`new_ticket`] becomes, as request.
fn ticket_body(requester: u64) -> Value {
    json!({
        "subject": "Comment by Kim",
        "description": format!("<p>My parcel</p>{OPENING}"),
        "requester_id": requester,
        "status": 2,
        "priority": 1,
        "source": 2,
        "tags": ["deskbridge"],
        "custom_fields": {"cf_deskbridge": "fb:1002:7741"},
    })
}
