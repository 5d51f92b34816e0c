//! Settings, secrets, and the registry's line.

use serde_json::{Value, json};

use super::*;
use crate::helpdesks::freshdesk::REGISTRATION;
use crate::http::{Request, Url};

fn problems(settings: &Value, keys: Keys) -> Vec<String> {
    match (REGISTRATION.open)(settings, keys) {
        Ok(_) => vec![],
        Err(problems) => problems.into_iter().map(|problem| problem.setting).collect(),
    }
}

#[test]
fn the_sample_opens_and_names_its_owner() {
    let connector = (REGISTRATION.open)(&(REGISTRATION.sample_settings)(), keys()).unwrap();
    assert_eq!(connector.owner(), "acme.freshdesk.com");
    let local = json!({"base_url": "http://127.0.0.1:8082"});
    assert_eq!((REGISTRATION.open)(&local, keys()).unwrap().owner(), "127.0.0.1:8082");
}

#[test]
fn the_door_opens_without_the_api_key_and_the_relay_without_the_door_keys() {
    let sample = (REGISTRATION.sample_settings)();
    let secret = || vec![SecretString::from("a-secret")];
    assert_eq!(problems(&sample, Keys::default().with("webhook_keys", secret())), [""; 0]);
    assert_eq!(problems(&sample, Keys::default().with("api_key", secret())), [""; 0]);
}

#[test]
fn all_problems_are_told_at_once() {
    let settings = json!({
        "base_url": "http://acme.freshdesk.com",
        "conversation_field": "deskbridge",
        "source": 6,
        "tags": ["fine", "", "a,b", "x".repeat(33)],
        "custom_fields": {"region": "EU", "cf_region": null, "cf_ok": ["a"]},
    });
    let keys = Keys::default()
        .with("api_key", vec![SecretString::from("with space")])
        .with("webhook_keys", vec![SecretString::from("good"), SecretString::from("")]);
    let expected = [
        "base_url",
        "conversation_field",
        "custom_fields.cf_region",
        "custom_fields.region",
        "tags",
        "tags",
        "tags",
        "source",
        "api_key",
        "webhook_keys",
    ];
    assert_eq!(problems(&settings, keys), expected);
}

#[test]
fn each_wrong_setting_is_refused() {
    let cases = [
        (json!({}), "(settings)"),
        (json!({"base_url": "https://acme.freshdesk.com", "colour": "red"}), "(settings)"),
        (json!({"base_url": "https://acme.freshdesk.com", "contact_by": "email"}), "(settings)"),
        (json!({"base_url": "acme.freshdesk.com"}), "base_url"),
        (json!({"base_url": "https://acme.freshdesk.com/api/v2"}), "base_url"),
        (json!({"base_url": "https://key:X@acme.freshdesk.com"}), "base_url"),
        (json!({"base_url": "ftp://acme.freshdesk.com"}), "base_url"),
        (
            json!({"base_url": "https://acme.freshdesk.com", "custom_fields": {"cf_deskbridge": "x"}}),
            "custom_fields.cf_deskbridge",
        ),
    ];
    for (settings, expected) in cases {
        assert_eq!(problems(&settings, keys()), [expected], "{settings}");
    }
}

#[test]
fn every_fixture_passes_the_door_and_is_one_hint() {
    let connector = plain();
    let key = SecretString::from("a-door-key");
    assert!(REGISTRATION.fixtures.len() >= 6);
    for fixture in REGISTRATION.fixtures {
        let mut request = Request::get(Url::parse("https://bridge.example/hooks/acme").unwrap());
        request.body = fixture.body.into();
        assert!(connector.verify(request.clone(), STARTED).is_err());
        let verified = connector.verify((REGISTRATION.sign)(request, &key, STARTED), STARTED).unwrap();
        let events = connector.parse(&verified).unwrap();
        assert_eq!(events.len(), 1, "{}", fixture.name);
        assert_eq!(events[0].owner, connector.owner());
    }
}

#[test]
fn the_schema_knows_every_setting_and_no_secret() {
    let schema = (REGISTRATION.settings)().to_value();
    let names: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "base_url",
        "bridge_agent_id",
        "contact_by",
        "conversation_field",
        "custom_fields",
        "delivery_field",
        "group_id",
        "mirror_public_notes",
        "product_id",
        "reply_by_field",
        "reply_by_format",
        "show_delivery",
        "source",
        "tag_commands",
        "tags",
        "type",
    ];
    assert_eq!(names, expected);
    assert_eq!(schema["additionalProperties"], json!(false));
}
