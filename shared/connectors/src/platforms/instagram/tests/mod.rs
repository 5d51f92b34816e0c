//! What the connector makes of webhooks and answers; the helpers that its tests share.

mod inbound;
mod lookup;
mod outbound;
mod reading;
mod renewing;

use std::sync::Arc;

use deskbridge_core::effect::{Change, NewReply, ReplyForm};
use deskbridge_core::model::Surface;
use deskbridge_core::{Effect, EffectId, Moment};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::http::{Answer, Exchange, Request, Response};
use crate::{Connector, Keys, Next};

/// 2026-11-22 08:00 UTC.
const NOW: Moment = Moment(1_795_334_400_000);
const TEXT: &str = "We will call you. 🚲";

/// By Instagram Login.
fn connector() -> Arc<dyn Connector> {
    connector_with(&json!({"account_id": "17001", "login": "instagram"}))
}

/// By Facebook Login.
fn linked() -> Arc<dyn Connector> {
    connector_with(&json!({"account_id": "17001", "login": "facebook", "page_id": "1001"}))
}

fn connector_with(settings: &Value) -> Arc<dyn Connector> {
    let secret = |text: &str| vec![SecretString::from(text)];
    let keys = Keys::default()
        .with("app_secrets", secret("app-secret"))
        .with("verify_tokens", secret("verify-token"))
        .with("access_token", secret("access-token"));
    (super::REGISTRATION.open)(settings, keys).expect("the settings are sound")
}

fn ok(body: &Value) -> Answer {
    Answer::Response(Response::json(200, body))
}

fn error(status: u16, error: &Value) -> Answer {
    Answer::Response(Response::json(status, &json!({ "error": error })))
}

fn gone() -> Answer {
    error(400, &json!({"code": 100, "error_subcode": 33}))
}

/// A reply to this comment, mention or message.
fn reply(surface: Surface, answers: &str, window_from: Option<Moment>) -> Effect {
    let reply = NewReply {
        surface,
        answers: answers.to_owned(),
        customer: "9901".to_owned(),
        text: TEXT.to_owned(),
        form: ReplyForm::Text,
        window_from,
    };
    Effect { id: EffectId(1234), first_started_at: NOW, started_at: NOW, change: Change::PostReply(reply) }
}

/// Plays a conversation with the API: the exchanges, and the result.
fn play<T>(answers: Vec<Answer>, step: impl Fn(&[Exchange]) -> Next<T>) -> (Vec<Exchange>, T) {
    let mut answers = answers.into_iter();
    let mut exchanges = Vec::new();
    loop {
        match step(&exchanges) {
            Next::Settled(result) => {
                assert_eq!(answers.len(), 0, "not all answers were asked for");
                return (exchanges, result);
            }
            Next::Call(request) => {
                let answer = answers.next().unwrap_or_else(|| panic!("not expected: {}", shown(&request)));
                assert_eq!(request.headers["authorization"], "Bearer access-token");
                exchanges.push(Exchange { request: *request, answer });
            }
        }
    }
}

/// `METHOD path?query`.
fn shown(request: &Request) -> String {
    let query: Vec<String> = request.url.query_pairs().map(|(key, value)| format!("{key}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", request.method, request.url.path(), query.join("&"))
}

fn all_shown(exchanges: &[Exchange]) -> Vec<String> {
    exchanges.iter().map(|exchange| shown(&exchange.request)).collect()
}
