//! The webhooks as requests: signature, envelopes, batches, subscriptions and redelivery.

use deskbridge_connectors::http::{Method, Request};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

fn comment(on: &str, text: &str) -> Value {
    json!({"do": "comment", "on": on, "person": "77", "name": "Zoë", "text": text})
}

#[test]
fn a_webhook_is_signed_over_its_exact_bytes() {
    let mut graph = world();
    let id = act(&mut graph, comment("1001_100", "Wie laut? 🫖"));
    let webhook = graph.due(NOW).remove(0);
    assert_eq!(webhook.request.method, Method::POST);
    assert_eq!(webhook.request.url.as_str(), "http://127.0.0.1:8080/hooks/acme-facebook");
    assert_eq!(webhook.request.only_header("content-type"), Some("application/json"));
    let signature = webhook.request.only_header("X-Hub-Signature-256").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"demo-app-secret").unwrap();
    mac.update(&webhook.request.body);
    mac.verify_slice(&hex::decode(signature.strip_prefix("sha256=").unwrap()).unwrap()).unwrap();

    let text = std::str::from_utf8(&webhook.request.body).unwrap();
    assert!(text.is_ascii() && text.contains("Zo\\u00eb") && text.contains("\\ud83e\\uded6"));
    let body: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        body,
        json!({"object": "page", "entry": [{"id": "1001", "time": NOW / 1_000, "changes": [{"field": "feed", "value": {
            "item": "comment", "verb": "add", "from": {"id": "77", "name": "Zoë"}, "message": "Wie laut? 🫖",
            "post_id": "1001_100", "parent_id": "1001_100", "comment_id": id, "created_time": NOW / 1_000,
            "post": {
                "id": "1001_100", "status_type": "mobile_status_update", "is_published": true,
                "updated_time": "2025-10-09T08:53:20+0000", "promotion_status": "inactive",
                "permalink_url": "https://www.facebook.com/1001/posts/100",
            },
        }}]}]})
    );
}

#[test]
fn a_failed_webhook_comes_again_with_the_same_bytes_until_36_hours_are_over() {
    let mut graph = world();
    act(&mut graph, comment("1001_100", "hi"));
    let mut now = NOW;
    let mut times = Vec::new();
    let mut bodies = std::collections::BTreeSet::new();
    while let Some(at) = graph.next_due() {
        now = at;
        for webhook in graph.due(now) {
            times.push(now - NOW);
            bodies.insert(webhook.request.body.to_vec());
            assert!(graph.due(now + DAY).is_empty(), "a webhook on its way is not due");
            assert_eq!(graph.next_due(), None);
            graph.delivered(webhook.id, if times.len() % 2 == 0 { None } else { Some(500) }, now);
        }
    }
    assert_eq!(times[..4], [0, 1_000, 11_000, 71_000]);
    let gaps: Vec<Millis> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.is_sorted(), "less and less often: {gaps:?}");
    assert!(now - NOW <= 36 * HOUR && now - NOW > 30 * HOUR, "{}", now - NOW);
    assert_eq!(bodies.len(), 1);
    let counts = graph.webhooks();
    assert_eq!((counts.delivered, counts.dropped, counts.waiting), (0, 1, 0));
    assert_eq!(counts.failed_attempts, times.len() as u64);
}

#[test]
fn only_200_counts_as_received() {
    for (status, received) in [(Some(200), true), (Some(202), false), (Some(401), false), (None, false)] {
        let mut graph = world();
        act(&mut graph, comment("1001_100", "hi"));
        let id = graph.due(NOW)[0].id;
        graph.delivered(id, status, NOW);
        assert_eq!(graph.next_due().is_none(), received, "{status:?}");
    }
    let mut graph = world();
    graph.delivered(99, Some(200), NOW);
    assert_eq!(graph.webhooks().delivered, 0);
}

#[test]
fn acts_in_one_batch_share_a_post_per_door() {
    let mut seed = seed();
    seed.pages[1].callback = seed.pages[0].callback.clone();
    let mut graph = Graph::new(seed);
    let acts = json!([
        comment("1001_100", "one"),
        comment("1001_100", "two"),
        comment("1002_200", "for Globex"),
        {"do": "message", "page": "1001", "person": "3001", "text": "hi"},
        {"do": "raw", "page": "1001", "change": {"field": "feed", "value": {"item": "hologram", "verb": "add"}}},
        {"do": "raw", "page": "1001", "messaging": {"optin": {"type": "x"}}},
    ]);
    let answer = graph.handle(&Request::new(Method::POST, url("/_sandbox/act")).json(&acts), NOW);
    assert_eq!(body(&answer)["ids"].as_array().unwrap().len(), 6);
    let bodies = drain(&mut graph, NOW);
    assert_eq!(bodies.len(), 1);
    let entries = bodies[0]["entry"].as_array().unwrap();
    let shape: Vec<(&str, usize, usize, bool)> = entries
        .iter()
        .map(|entry| {
            let count = |key: &str| entry[key].as_array().map_or(0, Vec::len);
            let seconds = entry["time"] == NOW / 1_000;
            (entry["id"].as_str().unwrap(), count("changes"), count("messaging"), seconds)
        })
        .collect();
    assert_eq!(
        shape,
        [
            ("1001", 2, 0, true),
            ("1002", 1, 0, true),
            ("1001", 0, 1, false),
            ("1001", 1, 0, true),
            ("1001", 0, 1, false)
        ]
    );
    assert_eq!(entries[3]["changes"][0]["value"]["item"], "hologram");

    let apart = json!({"batch": false, "acts": [comment("1001_100", "3"), comment("1001_100", "4")]});
    graph.handle(&Request::new(Method::POST, url("/_sandbox/act")).json(&apart), NOW);
    assert_eq!(drain(&mut graph, NOW).len(), 2);
}

#[test]
fn a_batch_that_breaks_off_still_tells_what_was_done() {
    let mut graph = world();
    let acts = json!([comment("1001_100", "one"), {"do": "remove", "id": "1001_1"}]);
    let answer = graph.handle(&Request::new(Method::POST, url("/_sandbox/act")).json(&acts), NOW);
    assert_eq!(answer.status, 400);
    assert_eq!(changes(&mut graph).len(), 1);
    act(&mut graph, comment("1001_100", "after"));
    assert_eq!(drain(&mut graph, NOW).len(), 1, "later acts are not held back");
}

#[test]
fn the_batching_switch_joins_what_is_due_for_one_page() {
    let mut graph = world();
    for batching in [false, true] {
        control(&mut graph, json!({"do": "batching", "on": batching}));
        for index in 0..3 {
            act(&mut graph, comment("1001_100", &format!("{batching} {index}")));
            act(&mut graph, comment("1002_200", &format!("{batching} {index}")));
        }
        let posts = drain(&mut graph, NOW);
        assert_eq!(posts.len(), if batching { 2 } else { 6 });
        let told: usize = posts
            .iter()
            .map(|body| {
                body["entry"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|entry| entry["changes"].as_array().unwrap().len())
                    .sum::<usize>()
            })
            .sum();
        assert_eq!(told, 6);
    }
    for index in 0..1_001 {
        act(&mut graph, comment("1001_100", &format!("many {index}")));
    }
    let sizes: Vec<usize> = drain(&mut graph, NOW)
        .iter()
        .map(|body| body["entry"][0]["changes"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [1_000, 1]);
}

#[test]
fn a_page_is_told_only_what_it_subscribed_to() {
    let mut graph = world();
    let subscribed = get(&mut graph, "/1001/subscribed_apps");
    assert_eq!(subscribed["data"][0]["id"], "9001");
    assert!(
        post(&mut graph, "/1001/subscribed_apps", &json!({"subscribed_fields": "messages"}))["success"]
            == true
    );
    act(&mut graph, comment("1001_100", "unheard"));
    assert!(drain(&mut graph, NOW).is_empty());
    act(&mut graph, json!({"do": "message", "page": "1001", "person": "3001", "text": "heard"}));
    assert_eq!(items(&mut graph).len(), 1);
    let app = "/9001/subscriptions?access_token=9001|demo-app-secret";
    let app = body(&graph.handle(&Request::get(url(app)), NOW));
    assert_eq!(app["data"][0]["callback_url"], "http://127.0.0.1:8080/hooks/acme-facebook");
}

#[test]
fn the_handshake_asks_the_door_with_the_verify_token() {
    let mut graph = world();
    control(&mut graph, json!({"do": "handshake", "page": "1001"}));
    let webhook = graph.due(NOW).remove(0);
    assert_eq!(webhook.request.method, Method::GET);
    assert_eq!(webhook.request.url.path(), "/hooks/acme-facebook");
    assert_eq!(webhook.request.query("hub.mode").as_deref(), Some("subscribe"));
    assert_eq!(webhook.request.query("hub.verify_token").as_deref(), Some("demo-verify-token"));
    assert!(webhook.request.query("hub.challenge").is_some());
}
