//! Tokens, permissions, parameters, errors, budgets and faults.

use deskbridge_connectors::http::{Method, Request};
use serde_json::{Value, json};

use super::super::outbox::hmac_hex;
use super::*;

#[test]
fn a_token_may_come_in_query_form_or_header_and_with_or_without_version() {
    let mut graph = world();
    let requests = [
        Request::get(url("/1001?access_token=acme-token")),
        Request::get(url("/v26.0/1001?access_token=acme-token")),
        Request::get(url("/v9.0/me")).header("authorization", "Bearer acme-token"),
        Request::get(url("/me")).header("authorization", "bearer acme-token"),
    ];
    for request in requests {
        let answer = graph.handle(&request, NOW);
        assert_eq!(answer.status, 200, "{request:?}");
        assert_eq!(body(&answer), json!({"id": "1001", "name": "Acme"}));
    }
    let form = Request::new(Method::POST, url("/1001_100/comments"))
        .form(&[("access_token", "acme-token"), ("message", "hello")]);
    assert_eq!(graph.handle(&form, NOW).status, 200);
}

#[test]
fn wrong_tokens_and_proofs_are_refused() {
    let mut graph = world();
    let proof = hmac_hex("demo-app-secret", b"acme-token");
    let cases = [
        ("/1001".to_owned(), Some((104, None))),
        ("/1001?access_token=nobody".to_owned(), Some((190, None))),
        ("/1001?access_token=acme-token&appsecret_proof=00".to_owned(), Some((100, None))),
        (format!("/1001?access_token=acme-token&appsecret_proof={proof}"), None),
        ("/1001?access_token=globex-token".to_owned(), Some((10, None))),
        ("/9001/subscriptions?access_token=9001|wrong".to_owned(), Some((190, None))),
        ("/9001/subscriptions?access_token=9001|demo-app-secret".to_owned(), None),
        ("/no/such/path?access_token=acme-token".to_owned(), Some((2500, None))),
    ];
    for (path, expected) in cases {
        let answer = graph.handle(&Request::get(url(&path)), NOW);
        let found = (!answer.is_success()).then(|| code(&body(&answer)));
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn the_error_envelope_is_whole() {
    let mut graph = world();
    let answer = call(&mut graph, Method::GET, "/100_404404404", &Value::Null);
    assert_eq!(answer.status, 400);
    let error = body(&answer)["error"].clone();
    assert_eq!((&error["code"], &error["error_subcode"]), (&json!(100), &json!(33)));
    assert_eq!(error["type"], "GraphMethodException");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("Unsupported get request. Object with ID '100_404404404' does not exist"));
    assert_eq!(error["fbtrace_id"].as_str().unwrap().len(), 23);
}

#[test]
fn a_dead_token_says_why_until_it_is_repaired() {
    let mut graph = world();
    for (state, subcode) in [
        ("expired", Some(463)),
        ("password_changed", Some(460)),
        ("app_removed", Some(458)),
        ("revoked", Some(467)),
        ("checkpoint", Some(459)),
        ("not_for_page", None),
    ] {
        control(&mut graph, json!({"do": "token", "page": "1001", "state": state}));
        let answer = call(&mut graph, Method::POST, "/1001_100/comments", &json!({"message": "x"}));
        assert_eq!(code(&body(&answer)), (190, subcode), "{state}");
        assert!(answer.header_text("www-authenticate").unwrap().starts_with("OAuth "), "{state}");
        let debug = get(&mut graph, "/debug_token?input_token=acme-token");
        assert_eq!(debug["data"]["is_valid"], false);
    }
    assert_eq!(graph.handle(&Request::get(url("/1002?access_token=globex-token")), NOW).status, 200);
    control(&mut graph, json!({"do": "token", "page": "1001", "state": "valid"}));
    assert!(post(&mut graph, "/1001_100/comments", &json!({"message": "x"}))["id"].is_string());
}

#[test]
fn lost_permissions_are_refused_by_what_they_are_for() {
    let cases = [
        ("pages_read_engagement", Method::GET, "/1001_100", 10),
        ("pages_manage_engagement", Method::POST, "/1001_100/comments", 200),
        ("pages_manage_posts", Method::POST, "/1001/feed", 200),
        ("pages_messaging", Method::POST, "/1001/messages", 230),
        ("pages_manage_metadata", Method::GET, "/1001/subscribed_apps", 200),
        ("business_asset_user_profile_access", Method::GET, "/3001", 10),
    ];
    for (permission, method, path, expected) in cases {
        let mut graph = world();
        act(&mut graph, json!({"do": "message", "page": "1001", "person": "3001", "text": "hi"}));
        let mut request = text_to("3001", "x");
        request["message"]["text"] = "x".into();
        let request = if path.ends_with("messages") { request } else { json!({"message": "x"}) };
        let request = if method == Method::GET { Value::Null } else { request };
        assert_eq!(call(&mut graph, method.clone(), path, &request).status, 200, "{permission} before");
        control(
            &mut graph,
            json!({"do": "permission", "page": "1001", "permission": permission, "granted": false}),
        );
        assert_eq!(code(&body(&call(&mut graph, method, path, &request))).0, expected, "{permission}");
        let debug = get(&mut graph, "/debug_token?input_token=acme-token");
        assert!(!debug["data"]["scopes"].as_array().unwrap().contains(&permission.into()), "{permission}");
        assert_eq!(debug["data"]["is_valid"], true);
    }
}

#[test]
fn budgets_throttle_and_tell_their_usage() {
    let mut seed = seed();
    seed.rates.app_calls_per_hour = Some(5);
    seed.rates.page_calls_per_day = Some(4);
    let mut graph = Graph::new(seed);
    let answer = call(&mut graph, Method::GET, "/1001", &Value::Null);
    assert_eq!(
        answer.header_text("x-app-usage").unwrap(),
        r#"{"call_count":20,"total_cputime":20,"total_time":20}"#
    );
    for _ in 0..3 {
        assert!(call(&mut graph, Method::GET, "/1001", &Value::Null).is_success());
    }
    let full = call_at(&mut graph, Method::GET, "/1001", &Value::Null, NOW + HOUR / 2);
    assert_eq!(code(&body(&full)).0, 80_001);
    assert_eq!(body(&full)["error"]["is_transient"], true);
    let usage: Value = serde_json::from_str(full.header_text("x-business-use-case-usage").unwrap()).unwrap();
    assert_eq!(usage["1001"][0]["call_count"], 100);
    assert_eq!(usage["1001"][0]["type"], "pages");
    assert_eq!(usage["1001"][0]["estimated_time_to_regain_access"], 24 * 60 - 30);
    let app = call_at(&mut graph, Method::GET, "/1001", &Value::Null, NOW + HOUR / 2);
    assert_eq!((app.status, code(&body(&app)).0), (403, 4));
    assert!(call_at(&mut graph, Method::GET, "/1001", &Value::Null, NOW + DAY).is_success());
}

#[test]
fn a_fault_hits_only_the_calls_it_names() {
    let mut graph = world();
    control(
        &mut graph,
        json!({"do": "fault", "page": "1001", "edge": "comments", "method": "POST", "code": 32, "calls": 1}),
    );
    assert!(get(&mut graph, "/1001_100/comments")["data"].is_array());
    let throttled = call(&mut graph, Method::POST, "/1001_100/comments", &json!({"message": "x"}));
    assert_eq!(code(&body(&throttled)).0, 32);
    assert!(throttled.header_text("x-app-usage").unwrap().contains("\"call_count\":100"));
    assert!(post(&mut graph, "/1001_100/comments", &json!({"message": "x"}))["id"].is_string());
    control(&mut graph, json!({"do": "fault", "code": 80001, "minutes": 7}));
    let throttled = call(&mut graph, Method::GET, "/1001", &Value::Null);
    let usage: Value =
        serde_json::from_str(throttled.header_text("x-business-use-case-usage").unwrap()).unwrap();
    assert_eq!(usage["1001"][0]["estimated_time_to_regain_access"], 7);
    control(&mut graph, json!({"do": "repair"}));
    assert_eq!(get(&mut graph, "/1001")["id"], "1001");
}

#[test]
fn a_performed_fault_answers_an_error_though_the_write_was_made() {
    let mut graph = world();
    act(&mut graph, json!({"do": "message", "page": "1001", "person": "3001", "text": "hi"}));
    drain(&mut graph, NOW);
    control(&mut graph, json!({"do": "fault", "code": 1, "subcode": 1357046, "performed": true, "calls": 1}));
    let answer = call(&mut graph, Method::POST, "/me/messages", &text_to("3001", "hello"));
    assert_eq!((answer.status, code(&body(&answer))), (500, (1, Some(1_357_046))));
    let items = items(&mut graph);
    assert_eq!(items[0]["message"]["text"], "hello");
    assert_eq!(items[0]["message"]["is_echo"], true);
}

#[test]
fn parameters_are_one_set_however_they_are_written() {
    let mut graph = world();
    act(&mut graph, json!({"do": "message", "page": "1001", "person": "3001", "text": "hi"}));
    let multipart = "--XX\r\ncontent-disposition: form-data; name=\"recipient\"\r\n\r\n{\"id\":\"3001\"}\r\n\
                     --XX\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\n{\"text\":\"multi\"}\r\n--XX--\r\n";
    let mut parts = Request::new(Method::POST, url("/me/messages?access_token=acme-token"))
        .header("content-type", "multipart/form-data; boundary=XX");
    parts.body = multipart.into();
    let form = |fields: &[(&str, &str)]| {
        Request::new(Method::POST, url("/me/messages?access_token=acme-token")).form(fields)
    };
    let requests = [
        form(&[("recipient", r#"{"id":3001}"#), ("message", r#"{"text":"as json"}"#)]),
        form(&[("recipient[id]", "3001"), ("message[text]", "as php")]),
        parts,
        Request::new(Method::POST, url("/me/messages?recipient={\"id\":\"3001\"}&access_token=acme-token"))
            .json(&json!({"message": {"text": "mixed"}})),
    ];
    for request in requests {
        let answer = graph.handle(&request, NOW);
        assert_eq!(body(&answer)["recipient_id"], "3001", "{}", String::from_utf8_lossy(&request.body));
    }
    let broken = Request::new(Method::POST, url("/me/messages?access_token=acme-token")).json(&[1, 2]);
    assert_eq!(code(&body(&graph.handle(&broken, NOW))).0, 100);
}

#[test]
fn the_same_calls_give_the_same_answers() {
    let run = || {
        let mut graph = world();
        let on = act(&mut graph, json!({"do": "comment", "on": "1001_100", "person": "2001", "text": "hi"}));
        let made = post(&mut graph, &format!("/{on}/comments"), &json!({"message": "hello"}));
        let sent = act(&mut graph, json!({"do": "message", "page": "1001", "person": "3001", "text": "hi"}));
        let webhooks: Vec<_> = graph.due(NOW).into_iter().map(|webhook| webhook.request.body).collect();
        (on, made, sent, webhooks, graph.overview())
    };
    assert_eq!(run(), run());
}
