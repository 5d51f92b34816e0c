//! Tokens by OAuth 2.0: when they are renewed, how, and what the answers mean.

use std::time::Duration;

use deskbridge_core::effect::{Outcome, Reason};

use super::*;
use crate::{Credential, Renewal, Trouble};

fn consenting(secret: Option<&str>) -> Arc<dyn Connector> {
    let keys = Keys::default().with("refresh_token", vec!["seed".into()]);
    let keys = secret.into_iter().fold(keys, |keys, secret| keys.with("client_secret", vec![secret.into()]));
    let settings = json!({"user_id": "9001", "base_url": "http://127.0.0.1:8084/", "client_id": "app"});
    (super::super::REGISTRATION.open)(&settings, keys).expect("the settings are sound")
}

fn renew(connector: &dyn Connector, answer: Answer) -> (Request, Result<Credential, Trouble>) {
    let seed = connector.seed().expect("a seed");
    let Next::Call(request) = connector.renew(&seed, NOW, &[]) else { panic!("it asks") };
    let exchanges = [Exchange { request: (*request).clone(), answer }];
    let Next::Settled(result) = connector.renew(&seed, NOW, &exchanges) else {
        panic!("one request is enough")
    };
    (*request, result)
}

#[test]
fn a_confidential_client_names_itself_in_the_header_and_a_public_one_in_the_form() {
    for (secret, header, form) in [
        (Some("hush"), Some("Basic YXBwOmh1c2g="), "grant_type=refresh_token&refresh_token=seed"),
        (None, None, "grant_type=refresh_token&refresh_token=seed&client_id=app"),
    ] {
        let (request, _) = renew(&*consenting(secret), Answer::Lost);
        assert_eq!(shown(&request), "POST /2/oauth2/token");
        assert_eq!(request.only_header("authorization"), header);
        assert_eq!(String::from_utf8_lossy(&request.body), form);
    }
}

#[test]
fn the_new_pair_is_used_and_its_end_known() {
    let given =
        json!({"token_type": "bearer", "expires_in": 7200, "access_token": "a", "refresh_token": "r"});
    let connector = consenting(None);
    let credential = renew(&*connector, ok(&given)).1.expect("renewed");
    assert!(credential.has_token(&"a".into()));
    assert_eq!(credential.ends_at, Some(NOW.plus(Duration::from_secs(7_200))));
    let after = |minutes: u64| connector.renewal(&credential, NOW.plus(Duration::from_secs(60 * minutes)));
    assert_eq!(
        [after(0), after(89), after(91), after(118), after(119), after(200)],
        [Renewal::NotYet, Renewal::NotYet, Renewal::Due, Renewal::Due, Renewal::Needed, Renewal::Needed,]
    );
    let session = Session { at: NOW, ..credential.session(NOW) };
    let Next::Call(request) = connector.step(&reply(Surface::Public), &session, &[]) else {
        panic!("it posts")
    };
    assert_eq!(request.only_header("authorization"), Some("Bearer a"));
    let Next::Settled(Outcome::Refused(refusal)) =
        connector.step(&reply(Surface::Public), &super::session(), &[])
    else {
        panic!("without a token nothing is sent")
    };
    assert_eq!(refusal.reason, Reason::Token);
}

#[test]
fn refusals_say_what_to_do_and_anything_else_is_tried_again() {
    let connector = consenting(Some("hush"));
    let refused = |status: u16, body: &Value| {
        let answer = Answer::Response(Response::json(status, body));
        match renew(&*connector, answer).1 {
            Err(Trouble::Refused(refusal)) => (refusal.reason, refusal.code),
            other => panic!("{other:?}"),
        }
    };
    let (reason, code) = refused(400, &json!({"error": "invalid_request", "error_description": "invalid"}));
    assert_eq!(reason, Reason::Token);
    assert_eq!(
        code,
        "400 invalid_request, the refresh token is used up or withdrawn; authorise the app again"
    );
    let (reason, code) = refused(401, &json!({"error": "unauthorized_client"}));
    assert_eq!((reason, code.contains("client_id and client_secret")), (Reason::Token, true), "{code}");
    let (_, code) = refused(400, &json!({"error": "Somebody's words"}));
    assert!(!code.contains("Somebody"), "{code}");
    for answer in [
        Answer::Lost,
        Answer::NotSent,
        Answer::Response(Response::empty(503)),
        Answer::Response(Response::text(200, "<html>")),
        Answer::Response(Response::json(429, &json!({}))),
        ok(&json!({"access_token": "a"})),
        ok(&json!({"access_token": "", "refresh_token": "r"})),
    ] {
        let result = renew(&*connector, answer.clone()).1;
        assert!(matches!(result, Err(Trouble::RetryAfter(_))), "{answer:?}: {result:?}");
    }
}

#[test]
fn keys_that_do_not_end_are_no_seed() {
    assert!(connector().seed().is_none());
    let door =
        (super::super::REGISTRATION.open)(&json!({"user_id": "9001", "client_id": "app"}), Keys::default());
    assert!(door.expect("the door opens").seed().is_none());
}
