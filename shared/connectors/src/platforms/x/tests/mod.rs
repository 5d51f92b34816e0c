//! What the connector makes of webhooks and answers; the helpers that its tests share.

mod inbound;
mod lookup;
mod oauth2;
mod outbound;
mod reading;

use std::sync::Arc;

use deskbridge_core::effect::{Change, NewReply, ReplyForm};
use deskbridge_core::model::Surface;
use deskbridge_core::{Effect, EffectId, Moment};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::http::{Answer, Exchange, Method, Request, Response, Url};
use crate::{Connector, Keys, Next, Session};

/// 2026-11-22 08:00 UTC.
const NOW: Moment = Moment(1_795_334_400_000);

/// The post that is answered in these tests.
const POST: &str = "2124378010517864449";

fn connector() -> Arc<dyn Connector> {
    connector_with(&json!({}))
}

fn connector_with(more: &Value) -> Arc<dyn Connector> {
    let secret = |text: &str| vec![SecretString::from(text)];
    let keys = Keys::default()
        .with("webhook_secrets", secret("consumer-secret"))
        .with("consumer_key", secret("consumer-key"))
        .with("consumer_secret", secret("consumer-secret"))
        .with("access_token", secret("9001-token"))
        .with("access_token_secret", secret("token-secret"));
    let mut settings = json!({"user_id": "9001", "base_url": "http://127.0.0.1:8084/"});
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    (super::REGISTRATION.open)(&settings, keys).expect("the settings are sound")
}

fn session() -> Session {
    Session { at: NOW, ..Session::unneeded() }
}

fn door() -> Request {
    Request::new(Method::POST, Url::parse("https://bridge.example/hooks/acme").unwrap())
}

fn ok(body: &Value) -> Answer {
    Answer::Response(Response::json(200, body))
}

fn refusal(status: u16, detail: &str) -> Answer {
    let problem = json!({"title": "Forbidden", "detail": detail, "type": "about:blank", "status": status});
    Answer::Response(Response::json(status, &problem))
}

fn reply(surface: Surface) -> Effect {
    let answers = match surface {
        Surface::Public => POST,
        Surface::Direct => "2124378010517860001",
    };
    let reply = NewReply {
        surface,
        answers: answers.to_owned(),
        customer: "1710000000000002001".to_owned(),
        text: "We will call you. 🚲".to_owned(),
        form: ReplyForm::Text,
        window_from: None,
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
                let header = request.headers["authorization"].to_str().unwrap();
                assert!(header.starts_with("OAuth ") && header.contains("oauth_timestamp=\"1795334400\""));
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
