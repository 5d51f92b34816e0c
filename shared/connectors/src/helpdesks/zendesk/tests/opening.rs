//! Settings, keys and signing in.

use std::time::Duration;

use deskbridge_core::effect::Reason;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::*;
use crate::{Query, Trouble};

fn problems(settings: &Value, keys: Keys) -> Vec<String> {
    (REGISTRATION.open)(settings, keys).err().unwrap_or_default().into_iter().map(|it| it.setting).collect()
}

fn one(name: &str) -> Keys {
    Keys::default().with(name, vec![SecretString::from("x".to_owned())])
}

#[test]
fn every_problem_is_reported_with_its_setting() {
    let base = "https://acme.zendesk.com";
    let cases = [
        (json!({"base_url": base, "client_id": "d"}), Keys::default(), vec![]),
        (json!({"base_url": "http://127.0.0.1:8081", "client_id": "d"}), one("client_secret"), vec![]),
        (json!({"base_url": base, "email": "a@b.example"}), one("api_token"), vec![]),
        (json!({"base_url": base}), Keys::default(), vec!["client_id"]),
        (json!({"base_url": base, "client_id": "d", "email": "a@b.example"}), Keys::default(), vec!["email"]),
        (json!({"base_url": base, "client_id": "d"}), one("api_token"), vec!["client_secret"]),
        (json!({"base_url": base, "email": "a@b.example"}), one("client_secret"), vec!["api_token"]),
        (json!({"base_url": base, "email": "a@b.example/token"}), Keys::default(), vec!["email"]),
        (json!({"base_url": "http://acme.zendesk.com", "client_id": "d"}), Keys::default(), vec!["base_url"]),
        (
            json!({"base_url": "https://acme.zendesk.com/api/v2", "client_id": "d"}),
            Keys::default(),
            vec!["base_url"],
        ),
        (
            json!({"base_url": "https://u:p@acme.zendesk.com", "client_id": "d"}),
            Keys::default(),
            vec!["base_url"],
        ),
        (json!({"base_url": base, "client_id": "d", "surprise": 1}), Keys::default(), vec!["base_url"]),
        (
            json!({"base_url": "acme", "tags": ["Two Words"], "conversation_field": 1, "permalink_field": 1}),
            Keys::default(),
            vec!["base_url", "client_id", "tags", "permalink_field"],
        ),
    ];
    for (settings, keys, expected) in cases {
        assert_eq!(problems(&settings, keys), expected, "{settings}");
    }
}

#[test]
fn the_owner_is_the_subdomain_or_the_authority() {
    assert_eq!(zendesk().owner(), "acme");
    assert_eq!(zendesk_with(json!({"base_url": "http://127.0.0.1:8081"})).owner(), "127.0.0.1:8081");
}

#[test]
fn sign_in_exchanges_the_client_for_a_session() {
    let ask = json!({"grant_type": "client_credentials", "client_id": "deskbridge", "client_secret": "s3cret",
                     "scope": "read write"});
    let signed =
        |answer| play(vec![("POST /oauth/tokens", ask.clone(), answer)], |past| zendesk().sign_in(past));
    for (expires_in, lifetime) in [(json!(7200), Some(6600)), (json!(300), Some(60)), (Value::Null, None)] {
        let body = json!({"access_token": "t0ken", "token_type": "bearer", "expires_in": expires_in});
        let session = signed(answer(201, body)).unwrap();
        assert_eq!(session.token.unwrap().expose_secret(), "t0ken");
        assert_eq!(session.lifetime, lifetime.map(Duration::from_secs));
    }
    let unknown = json!({"error": "invalid_client", "error_description": "Client authentication failed"});
    for status in [400, 401] {
        let Err(Trouble::Refused(refusal)) = signed(answer(status, unknown.clone())) else { panic!() };
        assert_eq!((refusal.reason, refusal.code), (Reason::Token, format!("{status} invalid_client")));
    }
    let wait = signed(Answer::Lost).unwrap_err();
    assert_eq!(wait, Trouble::RetryAfter(Duration::from_secs(1)));
}

#[test]
fn a_client_without_its_secret_cannot_sign_in() {
    let door = (REGISTRATION.open)(&Settings::sample(), one("webhook_secrets")).unwrap_or_else(|_| panic!());
    let Next::Settled(Err(Trouble::Refused(refusal))) = door.sign_in(&[]) else { panic!() };
    assert_eq!(refusal.reason, Reason::Token);
}

#[test]
fn an_api_token_needs_no_session() {
    let settings = json!({"base_url": "https://acme.zendesk.com", "email": "agent@acme.example"});
    let keys = Keys::default().with("api_token", vec![SecretString::from("tok".to_owned())]);
    let zendesk = (REGISTRATION.open)(&settings, keys).unwrap_or_else(|_| panic!());
    let Next::Settled(Ok(session)) = zendesk.sign_in(&[]) else { panic!() };
    assert!(session.token.is_none() && session.lifetime.is_none());
    let Next::Call(request) = zendesk.read(&Query::Health, &session, &[]) else { panic!() };
    // base64("agent@acme.example/token:tok")
    assert_eq!(request.headers[header::AUTHORIZATION], "Basic YWdlbnRAYWNtZS5leGFtcGxlL3Rva2VuOnRvaw==");
    assert!(request.headers[header::AUTHORIZATION].is_sensitive());
}
