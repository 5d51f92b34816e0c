//! What the connector makes of webhooks and answers; the helpers that its tests share.

mod inbound;
mod lookup;
mod outbound;
mod reading;

use std::sync::Arc;

use deskbridge_core::effect::{Change, NewReply, ReplyForm};
use deskbridge_core::model::Surface;
use deskbridge_core::{Effect, EffectId, Moment};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::http::{Answer, Exchange, Method, Request, Response, Url};
use crate::{Connector, Keys, Next};

/// 2026-11-22 08:00 UTC.
const NOW: Moment = Moment(1_795_334_400_000);

fn connector() -> Arc<dyn Connector> {
    let secret = |text: &str| vec![SecretString::from(text)];
    let keys = Keys::default()
        .with("app_secrets", secret("app-secret"))
        .with("verify_tokens", secret("verify-token"))
        .with("page_token", secret("page-token"));
    let settings = json!({"page_id": "1001", "base_url": "http://127.0.0.1:8083/"});
    (super::REGISTRATION.open)(&settings, keys).expect("the settings are sound")
}

fn door() -> Request {
    Request::new(Method::POST, Url::parse("https://bridge.example/hooks/acme").unwrap())
}

fn ok(body: &Value) -> Answer {
    Answer::Response(Response::json(200, body))
}

fn error(status: u16, error: &Value) -> Answer {
    Answer::Response(Response::json(status, &json!({ "error": error })))
}

fn reply(surface: Surface, window_from: Option<Moment>) -> Effect {
    let (answers, customer) = match surface {
        Surface::Public => ("5001_6001", "7731001"),
        Surface::Direct => ("m_T1", "24001"),
    };
    let reply = NewReply {
        surface,
        answers: answers.to_owned(),
        customer: customer.to_owned(),
        text: "We will call you. 🚲".to_owned(),
        form: ReplyForm::Text,
        window_from,
    };
    let change = Change::PostReply(reply);
    Effect { id: EffectId(1234), first_started_at: NOW, started_at: NOW, change }
}

/// Plays a conversation with the API: the requests that were made, as `METHOD path?query`, and the result.
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
                assert_eq!(request.headers["authorization"], "Bearer page-token");
                exchanges.push(Exchange { request: *request, answer });
            }
        }
    }
}

fn shown(request: &Request) -> String {
    let query: Vec<String> = request.url.query_pairs().map(|(key, value)| format!("{key}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", request.method, request.url.path(), query.join("&"))
}

fn all_shown(exchanges: &[Exchange]) -> Vec<String> {
    exchanges.iter().map(|exchange| shown(&exchange.request)).collect()
}
