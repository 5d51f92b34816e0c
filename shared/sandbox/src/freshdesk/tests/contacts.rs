//! Contacts: unique values, filters, deleting, merging, the plan trap.

use serde_json::json;

use super::{Desk, MINUTE, body, id, ids, problems, text};
use crate::freshdesk::Control;

#[test]
fn every_key_of_a_contact_is_unique_and_the_refusal_names_the_holder() {
    for (key, value) in [
        ("email", "kim@example.org"),
        ("phone", "+4930123"),
        ("mobile", "+49170123"),
        ("twitter_id", "sb:fb:7"),
        ("unique_external_id", "fb:7"),
    ] {
        let mut desk = Desk::new();
        let first = desk.post("contacts", &json!({ "name": "Kim", key: value }));
        assert_eq!(first.status, 201, "{}", text(&first));
        assert_eq!(body(&first)[key], value);
        let address = format!("http://127.0.0.1:8082/api/v2/contacts/{}", id(&first));
        assert_eq!(first.header_text("location"), Some(address.as_str()));

        let second = desk.post("contacts", &json!({ "name": "Kim again", key: value }));
        assert_eq!(second.status, 409);
        let error = &body(&second)["errors"][0];
        assert_eq!(error["field"], key);
        assert_eq!(error["code"], "duplicate_value");
        assert_eq!(error["additional_info"]["user_id"], id(&first));

        let url = form_urlencoded::Serializer::new(String::new()).append_pair(key, value).finish();
        assert_eq!(ids(&desk.get(&format!("contacts?{url}"))), [id(&first)], "{key}");
        assert!(ids(&desk.get(&format!("contacts?{key}=other"))).is_empty());
    }
}

#[test]
fn an_email_compares_without_case_and_agents_hold_theirs_too() {
    let mut desk = Desk::new();
    let kim = desk.post("contacts", &json!({ "name": "Kim", "email": "Kim@Example.org" }));
    assert_eq!(desk.post("contacts", &json!({ "name": "K", "email": "kim@example.ORG" })).status, 409);
    assert_eq!(ids(&desk.get("contacts?email=kim@example.org")), [id(&kim)]);
    assert_eq!(desk.post("contacts", &json!({ "name": "M", "email": "maya@globex.example" })).status, 409);
}

#[test]
fn what_a_contact_needs_is_said_all_at_once() {
    let mut desk = Desk::new();
    let all = desk.post("contacts", &json!({ "colour": "red", "tags": "x" }));
    let expected =
        ["colour invalid_field", "name missing_field", "tags datatype_mismatch", "email missing_field"];
    assert_eq!(problems(&all), expected);
    for (given, problem) in [
        (json!({ "name": "K", "phone": 7 }), "phone datatype_mismatch"),
        (json!({ "name": " ", "phone": "7" }), "name invalid_value"),
        (json!({ "name": "K", "email": "kim" }), "email invalid_value"),
        (json!({ "name": "K", "phone": "7", "custom_fields": { "cf_x": 1 } }), "cf_x invalid_field"),
    ] {
        assert_eq!(problems(&desk.post("contacts", &given.clone())), [problem], "{given}");
    }
    assert!(ids(&desk.get("contacts")).is_empty());
}

#[test]
fn a_contact_can_be_changed_but_not_into_somebody_else() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    let lee = id(&desk.post("contacts", &json!({ "name": "Lee", "unique_external_id": "fb:8" })));
    desk.now += MINUTE;
    let changed = desk.put(&format!("contacts/{lee}"), &json!({ "name": "Lee Doe", "twitter_id": "lee" }));
    assert_eq!(
        (&body(&changed)["name"], &body(&changed)["unique_external_id"]),
        (&json!("Lee Doe"), &json!("fb:8"))
    );
    assert_eq!(desk.put(&format!("contacts/{lee}"), &json!({ "unique_external_id": "fb:7" })).status, 409);
    assert_eq!(desk.put(&format!("contacts/{lee}"), &json!({ "unique_external_id": "fb:8" })).status, 200);
    assert_eq!(ids(&desk.get("contacts?updated_since=2026-03-01T12:01:00Z")), [lee]);
    let bare = desk.put(&format!("contacts/{kim}"), &json!({ "unique_external_id": null }));
    assert_eq!(problems(&bare), ["email missing_field"]);
}

#[test]
fn a_deleted_contact_can_be_read_and_restored_and_still_holds_its_keys() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    let path = format!("contacts/{kim}");
    assert_eq!(desk.delete(&path).status, 204);
    assert_eq!(body(&desk.get(&path))["deleted"], true);
    assert!(ids(&desk.get("contacts?unique_external_id=fb:7")).is_empty());
    assert_eq!(ids(&desk.get("contacts?state=deleted")), [kim]);
    assert_eq!(desk.put(&path, &json!({ "name": "K" })).status, 404);
    assert_eq!(desk.delete(&path).status, 404);
    let again = desk.post("contacts", &json!({ "name": "Kim", "unique_external_id": "fb:7" }));
    assert_eq!(body(&again)["errors"][0]["additional_info"]["user_id"], kim);
    assert_eq!(desk.put(&format!("{path}/restore"), &json!({})).status, 204);
    assert_eq!(ids(&desk.get("contacts?unique_external_id=fb:7")), [kim]);
    assert_eq!(desk.put(&format!("{path}/restore"), &json!({})).status, 404);
}

#[test]
fn merging_moves_tickets_and_fills_what_the_primary_lacks() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    let ticket = desk.ticket(kim);
    let primary = id(&desk.post("contacts", &json!({ "name": "Kim Doe", "email": "kim@example.org" })));
    let merge = json!({ "primary_contact_id": primary, "secondary_contact_ids": [kim] });
    assert_eq!(desk.post("contacts/merge", &merge.clone()).status, 204);
    assert_eq!(ids(&desk.get("contacts?unique_external_id=fb:7")), [primary]);
    assert_eq!(body(&desk.get(&format!("contacts/{kim}")))["deleted"], true);
    assert_eq!(body(&desk.get(&format!("tickets/{ticket}")))["requester_id"], primary);
    assert_eq!(problems(&desk.post("contacts/merge", &merge)), ["secondary_contact_ids invalid_value"]);
}

#[test]
fn a_plan_without_external_ids_refuses_them_everywhere_and_twitter_id_still_works() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    assert!(desk.account.control(&Control::ExternalIds { on: false }));
    for refused in [
        desk.post("contacts", &json!({ "name": "Lee", "unique_external_id": "fb:8" })),
        desk.get("contacts?unique_external_id=fb:7"),
        desk.get("tickets?unique_external_id=fb:7"),
        desk.post("tickets", &json!({ "unique_external_id": "fb:7" })),
    ] {
        assert_eq!(refused.status, 403);
        assert_eq!(body(&refused)["code"], "require_feature");
    }
    assert!(body(&desk.get(&format!("contacts/{kim}"))).get("unique_external_id").is_none());
    let fallback = desk.post("contacts", &json!({ "name": "Lee", "twitter_id": "sb:fb:8" }));
    assert_eq!(fallback.status, 201);
    assert_eq!(ids(&desk.get("contacts?twitter_id=sb:fb:8")), [id(&fallback)]);
}
