//! Keys, signatures, tokens that expire, credits.

use std::sync::Arc;

use deskbridge_connectors::http::{Answer, Exchange};
use deskbridge_connectors::{Connector, Keys, Next, Query, Reading, Session, Trouble};
use deskbridge_core::Moment;

use super::*;

/// The connector with the demo's keys, one of them perhaps another.
fn connector(other: Option<&str>) -> Arc<dyn Connector> {
    let demo = [
        ("webhook_secrets", "demo-consumer-secret"),
        ("consumer_key", "demo-consumer-key"),
        ("consumer_secret", "demo-consumer-secret"),
        ("access_token", "9001-demo-access-token"),
        ("access_token_secret", "demo-access-token-secret"),
    ];
    let value = |name: &str, value: &str| if other == Some(name) { "another".into() } else { value.into() };
    let keys =
        demo.iter().fold(Keys::default(), |keys, (name, text)| keys.with(name, vec![value(name, text)]));
    let settings = json!({"user_id": "9001", "base_url": "http://127.0.0.1:8084"});
    (deskbridge_connectors::find("x").unwrap().open)(&settings, keys).unwrap()
}

/// Asks for the account as the bridge does, at its time; gives the last answer too.
fn health(x: &mut X, connector: &dyn Connector, ours: Millis, theirs: Millis) -> (u16, bool) {
    let session = Session { at: Moment(ours), ..Session::unneeded() };
    let mut exchanges: Vec<Exchange> = Vec::new();
    loop {
        match connector.read(&Query::Health, &session, &exchanges) {
            Next::Call(request) => {
                let answer = Answer::Response(x.handle(&request, theirs));
                exchanges.push(Exchange { request: *request, answer });
            }
            Next::Settled(read) => {
                let Answer::Response(response) = &exchanges[0].answer else { panic!("no answer") };
                let refused = matches!(read, Err(Trouble::Refused(_)));
                assert!(refused || matches!(read, Ok(Reading::Healthy(_))));
                return (response.status, !refused);
            }
        }
    }
}

#[test]
fn a_signature_counts_with_the_right_keys_at_the_right_time_once() {
    let mut world = World::new();
    let good = connector(None);
    assert_eq!(health(&mut world.x, &*good, NOW, NOW), (200, true));
    assert_eq!(health(&mut world.x, &*good, NOW, NOW), (401, false), "the same nonce again");
    assert_eq!(health(&mut world.x, &*good, NOW + 1, NOW), (200, true));
    assert_eq!(health(&mut world.x, &*good, NOW + 6 * MINUTE, NOW), (401, false));
    assert_eq!(health(&mut world.x, &*good, NOW - 6 * MINUTE, NOW), (401, false));
    for key in ["consumer_key", "consumer_secret", "access_token", "access_token_secret"] {
        assert_eq!(health(&mut world.x, &*connector(Some(key)), NOW + 2, NOW), (401, false), "{key}");
    }
    let anonymous = world.x.handle(&Request::get(url("/2/users/me")), NOW);
    assert_eq!((anonymous.status, body(&anonymous)["title"].as_str()), (401, Some("Unauthorized")));
}

#[test]
fn tokens_of_the_newer_kind_expire_and_are_renewed_once() {
    let mut world = World::new();
    let later = NOW + 121 * MINUTE;
    let me = |world: &mut World, now| world.call_at(Method::GET, "/2/users/me", &Value::Null, now).status;
    assert_eq!(me(&mut world, NOW), 200);
    assert_eq!(me(&mut world, later), 401);
    assert_eq!(world.refresh("9001-demo-refresh-token", later).status, 400, "it was used before");
    let next = world.x.bearers.refresh.keys().next().unwrap().clone();
    let renewed = body(&world.refresh(&next, later));
    assert_eq!(renewed["expires_in"], 7_200);
    world.token = renewed["access_token"].as_str().unwrap().to_owned();
    assert_eq!(me(&mut world, later), 200);
}

#[test]
fn only_the_app_renews_and_a_new_consent_ends_the_former() {
    let mut world = World::new();
    world.control(json!({"do": "authorise", "refresh_token": "anew"}));
    let refused = world.refresh_as("another-secret", "anew", NOW);
    assert_eq!((refused.status, &body(&refused)["error"]), (401, &json!("unauthorized_client")));
    assert_eq!(world.refresh("refresh-1", NOW).status, 400, "the former consent is over");
    let first = world.token.clone();
    world.token = body(&world.refresh("anew", NOW))["access_token"].as_str().unwrap().to_owned();
    assert_ne!(world.token, first);
    assert_eq!(world.call(Method::GET, "/2/users/me", &Value::Null).status, 200);
    world.token = first;
    assert_eq!(world.call(Method::GET, "/2/users/me", &Value::Null).status, 401, "ended by the newer one");
    world.control(json!({"do": "token", "state": "revoked"}));
    world.control(json!({"do": "authorise", "refresh_token": "again"}));
    assert_eq!(world.refresh("again", NOW).status, 400, "the owner withdrew the consent");
}

#[test]
fn a_token_may_be_revoked_read_only_or_locked() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    for (state, reads, writes, kind) in [
        ("revoked", 401, 401, "about:blank"),
        ("read_only", 200, 403, "https://api.twitter.com/2/problems/oauth1-permissions"),
        ("locked", 403, 403, "https://api.twitter.com/2/problems/client-forbidden"),
    ] {
        world.control(json!({"do": "token", "state": state}));
        assert_eq!(world.call(Method::GET, "/2/users/me", &Value::Null).status, reads, "{state}");
        let answer = world.answer(&post, "Hello!");
        assert_eq!((answer.status, body(&answer)["type"].as_str()), (writes, Some(kind)), "{state}");
    }
}

#[test]
fn without_credits_nothing_that_costs_is_done() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    world.control(json!({"do": "credits", "left": 1}));
    assert_eq!(world.answer(&post, "Hello!").status, 201);
    let refused = world.answer(&post, "Hello again!");
    assert_eq!((refused.status, body(&refused)["title"].as_str()), (402, Some("CreditsDepleted")));
    assert_eq!(world.call(Method::GET, "/2/users/me", &Value::Null).status, 200);
}
