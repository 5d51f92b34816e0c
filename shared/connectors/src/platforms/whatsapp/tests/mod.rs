//! What the connector makes of webhooks and answers; the helpers that its tests share.

mod inbound;
mod outbound;

use std::sync::Arc;

use deskbridge_core::Moment;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::http::{Answer, Exchange, Response};
use crate::{Connector, Keys, Next};

/// 2026-11-22 08:00 UTC.
const NOW: Moment = Moment(1_795_334_400_000);

fn connector() -> Arc<dyn Connector> {
    connector_with(&json!({}))
}

fn connector_with(more: &Value) -> Arc<dyn Connector> {
    let secret = |text: &str| vec![SecretString::from(text)];
    let keys = Keys::default()
        .with("app_secrets", secret("app-secret"))
        .with("verify_tokens", secret("verify-token"))
        .with("access_token", secret("access-token"));
    let mut settings = json!({
        "phone_number_id": "5001", "business_account_id": "4001", "base_url": "http://127.0.0.1:8083/",
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (super::REGISTRATION.open)(&settings, keys).expect("the settings are sound")
}

fn ok(body: &Value) -> Answer {
    Answer::Response(Response::json(200, body))
}

fn error(status: u16, code: i64) -> Answer {
    Answer::Response(Response::json(status, &json!({ "error": {"code": code, "message": "told"} })))
}

/// Plays a conversation with the API.
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
                let answer = answers.next().expect("no request more");
                assert_eq!(request.headers["authorization"], "Bearer access-token");
                exchanges.push(Exchange { request: *request, answer });
            }
        }
    }
}
