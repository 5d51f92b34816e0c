//! Credentials, scopes, roles, paths and maintenance.

use deskbridge_connectors::http::{Method, Request, Url};
use serde_json::{Value, json};

use super::super::{Control, Role};
use super::{AGENT_ID, BRIDGE_ID, Desk, START, Who, basic, request};

fn token_request(extra: &Value) -> Request {
    let mut body = json!({"grant_type": "client_credentials", "client_id": "deskbridge",
        "client_secret": "demo-client-secret", "scope": "read write"});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let url = Url::parse("http://127.0.0.1:8081/oauth/tokens").unwrap();
    Request::new(Method::POST, url).json(&body)
}

fn token(desk: &mut Desk, extra: &Value) -> Value {
    let response = desk.send(&token_request(extra));
    assert_eq!(response.status, 201);
    response.parse().unwrap()
}

fn with_token(desk: &mut Desk, token: &Value, method: &str, path: &str) -> (u16, Value) {
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let call = request(Who::Nobody, method, path, &Value::Null).header("authorization", &bearer);
    let response = desk.send(&call);
    (response.status, response.parse().unwrap_or(Value::Null))
}

#[test]
fn a_client_gets_a_token_that_acts_as_the_bridge_until_it_expires() {
    let mut desk = Desk::new();
    let token = token(&mut desk, &json!({"expires_in": 600}));
    assert_eq!(
        (token["token_type"].as_str(), token["expires_in"].as_i64(), token["scope"].as_str()),
        (Some("bearer"), Some(600), Some("read write"))
    );
    let (status, me) = with_token(&mut desk, &token, "GET", "users/me");
    assert_eq!(status, 200);
    assert_eq!((me["user"]["id"].as_i64(), me["user"]["role"].as_str()), (Some(BRIDGE_ID), Some("admin")));
    desk.now = START + 599_999;
    assert_eq!(with_token(&mut desk, &token, "GET", "tickets").0, 200);
    desk.now = START + 600_000;
    let (status, body) = with_token(&mut desk, &token, "GET", "tickets");
    assert_eq!((status, body["error"].as_str()), (401, Some("invalid_token")));
}

#[test]
fn token_requests_are_refused_for_what_is_wrong_with_them() {
    let rows = [
        (json!({"client_secret": "x"}), 401, "invalid_client"),
        (json!({"client_id": "x"}), 401, "invalid_client"),
        (json!({"grant_type": "password"}), 400, "unsupported_grant_type"),
        (json!({"grant_type": null}), 400, "invalid_request"),
        (json!({"expires_in": 300}), 400, "invalid_request"),
        (json!({"expires_in": 172_800}), 400, "invalid_request"),
    ];
    for (extra, status, error) in rows {
        let response = Desk::new().send(&token_request(&extra));
        let body: Value = response.parse().unwrap();
        assert_eq!((response.status, body["error"].as_str()), (status, Some(error)), "{extra}");
    }
}

#[test]
fn the_token_door_takes_a_form_too() {
    let url = Url::parse("http://127.0.0.1:8081/oauth/tokens").unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "deskbridge"),
        ("client_secret", "demo-client-secret"),
    ];
    let response = Desk::new().send(&Request::new(Method::POST, url).form(&form));
    let body: Value = response.parse().unwrap();
    assert_eq!((response.status, body["expires_in"].as_i64()), (201, Some(7_200)));
}

#[test]
fn one_wrong_scope_word_makes_a_token_that_may_do_nothing() {
    let mut desk = Desk::new();
    let token = token(&mut desk, &json!({"scope": "read wriite"}));
    let (status, body) = with_token(&mut desk, &token, "GET", "tickets");
    assert_eq!((status, body["error"]["title"].as_str()), (403, Some("Forbidden")));
}

#[test]
fn scopes_part_reading_from_writing_and_resource_from_resource() {
    let mut desk = Desk::new();
    let reader = token(&mut desk, &json!({"scope": "tickets:read"}));
    assert_eq!(with_token(&mut desk, &reader, "GET", "tickets").0, 200);
    assert_eq!(with_token(&mut desk, &reader, "POST", "tickets").0, 403);
    assert_eq!(with_token(&mut desk, &reader, "GET", "users/search?external_id=x").0, 403);
    let writer = token(&mut desk, &json!({"scope": "write"}));
    assert_eq!(with_token(&mut desk, &writer, "GET", "tickets").0, 403);
    assert_eq!(with_token(&mut desk, &writer, "POST", "tickets").0, 400);
}

#[test]
fn users_me_without_credentials_is_somebody_without_an_id() {
    let mut desk = Desk::new();
    let (status, body) = desk.call(Who::Nobody, "GET", "users/me.json", Value::Null);
    assert_eq!(
        (status, &body["user"]["id"], body["user"]["role"].as_str()),
        (200, &Value::Null, Some("end-user"))
    );
    let (status, body) = desk.call(Who::Nobody, "GET", "tickets", Value::Null);
    assert_eq!((status, body), (401, json!({"error": "Couldn't authenticate you"})));
}

#[test]
fn basic_takes_email_and_token_of_one_person() {
    let rows = [
        ("agent@acme.example/token:demo-agent-token", 200),
        ("AGENT@acme.example/token:demo-agent-token", 200),
        ("agent@acme.example/token:demo-bridge-token", 401),
        ("agent@acme.example:demo-agent-token", 401),
        ("nobody@acme.example/token:demo-agent-token", 401),
    ];
    for (login, status) in rows {
        let call = basic(request(Who::Nobody, "GET", "tickets", &Value::Null), login);
        assert_eq!(Desk::new().send(&call).status, status, "{login}");
    }
}

#[test]
fn credentials_and_roles_can_be_lost_and_return() {
    let mut desk = Desk::new();
    let old = token(&mut desk, &json!({}));
    desk.zendesk.control(&Control::ExpireTokens, desk.now).unwrap();
    assert_eq!(with_token(&mut desk, &old, "GET", "tickets").0, 401);
    let new = token(&mut desk, &json!({}));
    assert_eq!(with_token(&mut desk, &new, "GET", "tickets").0, 200);

    let email = "bridge@acme.example".to_owned();
    desk.zendesk.control(&Control::SetRole { email: email.clone(), role: Role::EndUser }, desk.now).unwrap();
    let (status, body) = with_token(&mut desk, &new, "GET", "tickets");
    assert_eq!((status, body["error"].as_str()), (403, Some("Forbidden")));
    assert_eq!(with_token(&mut desk, &new, "GET", "users/me").1["user"]["role"], "end-user");
    desk.zendesk.control(&Control::SetRole { email: email.clone(), role: Role::Admin }, desk.now).unwrap();
    assert_eq!(with_token(&mut desk, &new, "GET", "tickets").0, 200);

    desk.zendesk.control(&Control::RevokeApiToken { email: email.clone() }, desk.now).unwrap();
    assert_eq!(desk.call(Who::Bridge, "GET", "tickets", Value::Null).0, 401);
    assert!(desk.zendesk.control(&Control::RevokeApiToken { email }, desk.now).is_err());

    desk.zendesk.control(&Control::RevokeClient { client: "deskbridge".into() }, desk.now).unwrap();
    assert_eq!(with_token(&mut desk, &new, "GET", "tickets").0, 401);
    assert_eq!(desk.send(&token_request(&json!({}))).status, 401);

    let suspend = Control::SuspendUser { user: AGENT_ID, suspended: true };
    desk.zendesk.control(&suspend, desk.now).unwrap();
    assert_eq!(desk.call(Who::Agent, "GET", "tickets", Value::Null).0, 401);
}

#[test]
fn an_agent_is_not_an_admin() {
    let mut desk = Desk::new();
    let admin_only = [
        ("POST", "users/create_or_update"),
        ("GET", "webhooks"),
        ("POST", "triggers"),
        ("GET", "incremental/tickets/cursor?start_time=1"),
    ];
    for (method, path) in admin_only {
        assert_eq!(desk.call(Who::Agent, method, path, json!({})).0, 403, "{path}");
    }
    assert_eq!(desk.call(Who::Agent, "GET", "triggers", Value::Null).0, 200);
}

#[test]
fn unknown_paths_and_records_differ() {
    let mut desk = Desk::new();
    let rows = [
        ("nothing", "InvalidEndpoint"),
        ("tickets/x", "InvalidEndpoint"),
        ("tickets/77", "RecordNotFound"),
        ("users/77.json", "RecordNotFound"),
        ("webhooks.json", "InvalidEndpoint"),
    ];
    for (path, error) in rows {
        let (status, body) = desk.call(Who::Bridge, "GET", path, Value::Null);
        assert_eq!((status, body), (404, json!({"error": error, "description": "Not found"})), "{path}");
    }
}

#[test]
fn bodies_must_be_json_and_say_so() {
    let mut desk = Desk::new();
    let mut broken = request(Who::Bridge, "POST", "tickets", &json!({}));
    broken.body = "{".into();
    assert_eq!(desk.send(&broken).status, 422);
    let mut untyped = request(Who::Bridge, "POST", "tickets", &Value::Null);
    untyped.body = r#"{"ticket":{"comment":{"body":"x"}}}"#.into();
    let response = desk.send(&untyped);
    let body: Value = response.parse().unwrap();
    assert_eq!((response.status, body["error"].as_str()), (400, Some("ParameterMissing")));
}

#[test]
fn nobody_acts_for_a_customer_here() {
    let call = request(Who::Bridge, "GET", "tickets", &Value::Null).header("x-on-behalf-of", "10003");
    assert_eq!(Desk::new().send(&call).status, 403);
}

#[test]
fn maintenance_answers_html() {
    let mut desk = Desk::new();
    desk.zendesk.control(&Control::Maintenance { on: true, retry_after_s: Some(30) }, desk.now).unwrap();
    let response = desk.send(&request(Who::Bridge, "GET", "tickets", &Value::Null));
    assert_eq!(response.status, 503);
    assert_eq!(response.header_text("retry-after"), Some("30"));
    assert!(response.header_text("content-type").unwrap().starts_with("text/html"));
    assert!(response.parse::<Value>().is_err());
    desk.zendesk.control(&Control::Maintenance { on: false, retry_after_s: None }, desk.now).unwrap();
    assert_eq!(desk.call(Who::Bridge, "GET", "tickets", Value::Null).0, 200);
}

#[test]
fn the_account_describes_itself() {
    let mut desk = Desk::new();
    assert_eq!(desk.get("account/settings.json")["settings"]["tickets"]["comments_public_by_default"], true);
    assert_eq!(desk.get("brands")["count"], 1);
    assert_eq!(desk.get("groups")["groups"][0]["name"], "Support");
    let fields = desk.get("ticket_fields");
    let drop_down =
        fields["ticket_fields"].as_array().unwrap().iter().find(|field| field["id"] == 360_002).unwrap();
    assert_eq!(drop_down["custom_field_options"][0]["value"], "network_facebook");
}
