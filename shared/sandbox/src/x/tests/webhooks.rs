//! Webhooks: which events are told, how they are signed, and that the connector understands every one of them.

use deskbridge_connectors::{Keys, Verified};
use deskbridge_core::model::What;

use super::super::outbox::signature;
use super::*;

#[test]
fn one_post_may_be_several_events() {
    let mut world = World::new();
    world.post("hello @acme");
    assert_eq!(world.kinds(), ["post.mention.create"]);
    world.act(json!({"do": "post", "person": PAULA, "text": "@acme how much?", "on": OUR_POST}));
    assert_eq!(world.kinds(), ["post.mention.create", "post.reply.create"]);
    world.act(json!({"do": "post", "person": PAULA, "text": "nice", "quotes": OUR_POST}));
    assert_eq!(world.kinds(), ["post.quote.create"]);
    world.act(json!({"do": "repost", "person": PAULA, "id": OUR_POST}));
    assert_eq!(world.kinds(), ["post.repost.create"]);
    world.post("kettles are great");
    assert_eq!(world.kinds(), [""; 0], "nobody of ours is addressed");
    world.control(json!({"do": "protect", "person": PAULA, "on": true}));
    world.post("hello @acme again");
    assert_eq!(world.kinds(), [""; 0], "protected posts are never told");
}

#[test]
fn what_the_account_does_comes_back() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    world.act(json!({"do": "message", "person": PAULA, "text": "Hello?"}));
    world.drain();
    world.answer(&post, "Hello!");
    world.write(PAULA, "Hello!");
    world.act(json!({"do": "encrypted", "person": PAULA, "by_account": true}));
    world.call(Method::DELETE, &format!("/2/tweets/{OUR_POST}"), &Value::Null);
    assert_eq!(world.kinds(), ["post.create", "dm.sent", "chat.sent", "post.delete"]);
}

#[test]
fn webhooks_are_signed_and_tried_a_few_times() {
    let mut world = World::new();
    world.post("@acme hello");
    let mut now = NOW;
    let mut bodies = Vec::new();
    for _ in 0..5 {
        let due = world.x.due(now);
        assert_eq!(due.len(), 1);
        let request = &due[0].request;
        let signed = signature("demo-consumer-secret", &request.body);
        assert_eq!(request.only_header("x-twitter-webhooks-signature"), Some(signed.as_str()));
        assert_eq!(request.url.as_str(), "http://127.0.0.1:8080/hooks/acme-x");
        bodies.push(request.body.clone());
        world.x.delivered(due[0].id, Some(503), now);
        now = world.x.next_due().unwrap_or(now);
    }
    bodies.dedup();
    assert_eq!((bodies.len(), world.x.next_due()), (1, None));
    assert_eq!(world.x.webhooks().dropped, 1);
    world.control(json!({"do": "replay"}));
    assert_eq!(world.kinds(), ["post.mention.create"], "what was lost can be replayed");
}

#[test]
fn the_challenge_is_a_signed_get() {
    let mut world = World::new();
    world.control(json!({"do": "challenge"}));
    let due = world.x.due(NOW);
    let request = &due[0].request;
    assert_eq!(request.method, Method::GET);
    let signed = signature("demo-consumer-secret", request.url.query().unwrap().as_bytes());
    assert_eq!(request.only_header("x-twitter-webhooks-signature"), Some(signed.as_str()));
}

/// Everything that can happen, in both envelopes.
fn everything(world: &mut World) -> Vec<Value> {
    let post = world.post("@acme hello");
    for act in [
        json!({"do": "post", "person": PAULA, "text": "how much, @acme?", "on": OUR_POST}),
        json!({"do": "post", "person": PAULA, "text": "@acme look", "photo": "https://pbs.twimg.com/a.jpg"}),
        json!({"do": "post", "person": PAULA, "text": "@acme look", "video": "https://pbs.twimg.com/v.jpg"}),
        json!({"do": "post", "person": "99", "name": "New One", "text": "nice", "quotes": OUR_POST}),
        json!({"do": "repost", "person": PAULA, "id": OUR_POST}),
        json!({"do": "edit", "id": post, "text": "@acme hello again"}),
        json!({"do": "message", "person": PAULA, "text": "Hello?", "photo": "https://ton.twitter.com/x.jpg"}),
        json!({"do": "post", "text": "Hello!", "on": post}),
        json!({"do": "message", "person": PAULA, "text": "Hello!", "by_account": true}),
        json!({"do": "delete", "id": OUR_POST}),
    ] {
        world.act(act);
    }
    world.drain()
}

#[test]
fn the_connector_understands_everything() {
    let connector =
        (deskbridge_connectors::find("x").unwrap().open)(&json!({"user_id": "9001"}), Keys::default())
            .unwrap();
    for older in [false, true] {
        let mut world = World::new();
        world.control(json!({"do": "older", "on": older}));
        let mut bodies = everything(&mut world);
        if !older {
            world.act(json!({"do": "encrypted", "person": PAULA}));
            world.act(json!({"do": "typing", "person": PAULA}));
            let second = world.post("hi @acme");
            world.act(json!({"do": "like", "id": second}));
            bodies.extend(world.drain());
        }
        assert!(bodies.len() > 9, "{}", bodies.len());
        for body in bodies {
            let mut request = Request::new(Method::POST, url("/"));
            request.body = body.to_string().into();
            for inbound in connector.parse(&Verified::kept(request)).unwrap() {
                assert_eq!(inbound.owner, "9001");
                assert!(!matches!(inbound.event.what, What::Unknown { .. }), "{body:#}");
            }
        }
    }
}

#[test]
fn the_sandbox_has_paths_of_its_own() {
    let mut world = World::new();
    let mut ask = |method: Method, path: &str, json: &Value| {
        world.x.handle(&Request::new(method, url(path)).json(json), NOW)
    };
    let acts = json!([{"do": "post", "person": PAULA, "text": "@acme hi"}, {"do": "like", "id": OUR_POST}]);
    let done = body(&ask(Method::POST, "/_sandbox/act", &acts));
    assert_eq!(done["ids"].as_array().unwrap().len(), 2);
    let state = body(&ask(Method::GET, "/_sandbox/state", &Value::Null));
    assert_eq!((state["posts"].as_array().unwrap().len(), &state["accounts"][0]["id"]), (3, &json!("9001")));
    assert!(!state.to_string().contains("demo-"), "no key is shown");
    for (method, path, json, status) in [
        (Method::POST, "/_sandbox/act", json!({"do": "fly"}), 400),
        (Method::POST, "/_sandbox/act", json!({"do": "post", "on": "1", "text": "x"}), 400),
        (Method::POST, "/_sandbox/control", json!({"do": "token", "account": "1", "state": "valid"}), 400),
        (Method::POST, "/_sandbox/control", json!({"do": "repair"}), 200),
        (Method::GET, "/_sandbox/act", Value::Null, 405),
        (Method::GET, "/_sandbox/else", Value::Null, 404),
    ] {
        assert_eq!(ask(method, path, &json).status, status, "{path} {json}");
    }
}
