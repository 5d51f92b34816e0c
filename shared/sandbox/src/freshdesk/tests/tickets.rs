//! Creating, changing, deleting and merging tickets.

use serde_json::{Value, json};

use super::{Desk, MINUTE, body, id, problems, text, ticket, with};
use crate::freshdesk::{Control, FieldKind, FieldSeed};

#[test]
fn a_ticket_is_created_bare_with_its_location_and_numbers_count_up() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    let created = desk.post("tickets", &ticket(kim));
    assert_eq!(created.status, 201);
    assert_eq!(created.header_text("location"), Some("http://127.0.0.1:8082/api/v2/tickets/1"));
    let body = body(&created);
    assert_eq!((&body["id"], &body["status"], &body["source"]), (&json!(1), &json!(2), &json!(2)));
    assert_eq!(body["requester_id"], kim);
    assert_eq!(
        body["custom_fields"],
        json!({ "cf_deskbridge": "fb-1002-77", "cf_delivery": null, "cf_reply_by": null })
    );
    assert_eq!(body["description_text"], "My parcel never came");
    assert_eq!(body["created_at"], "2026-03-01T12:00:00Z");
    assert_eq!(desk.ticket(kim), 2);
}

#[test]
fn each_rule_of_a_new_ticket_has_its_code() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    let good = ticket(kim);
    for (change, expected) in [
        (json!({ "status": null }), "status missing_field"),
        (json!({ "priority": null }), "priority missing_field"),
        (json!({ "subject": null }), "subject missing_field"),
        (json!({ "description": null }), "description missing_field"),
        (json!({ "requester_id": null }), "requester_id missing_field"),
        (json!({ "requester_id": 42 }), "requester_id invalid_value"),
        (json!({ "requester_id": "42" }), "requester_id datatype_mismatch"),
        (json!({ "email": "kim@example.org" }), "email invalid_field"),
        (json!({ "requester_id": null, "facebook_id": "7" }), "facebook_id invalid_value"),
        (json!({ "requester_id": null, "phone": "7" }), "name missing_field"),
        (json!({ "requester_id": null, "email": "kim" }), "email invalid_value"),
        (json!({ "status": 9 }), "status invalid_value"),
        (json!({ "status": "2" }), "status datatype_mismatch"),
        (json!({ "priority": 0 }), "priority invalid_value"),
        (json!({ "source": 6 }), "source invalid_value"),
        (json!({ "type": "Praise" }), "type invalid_value"),
        (json!({ "group_id": 1 }), "group_id invalid_value"),
        (json!({ "responder_id": 1 }), "responder_id invalid_value"),
        (json!({ "tags": ["a".repeat(33)] }), "tags invalid_value"),
        (json!({ "tags": "deskbridge" }), "tags datatype_mismatch"),
        (json!({ "subject": "a".repeat(256) }), "subject invalid_value"),
        (json!({ "due_by": "2026-04-01T00:00:00Z" }), "fr_due_by missing_field"),
        (json!({ "custom_fields": { "cf_other": "x" } }), "cf_other invalid_field"),
        (json!({ "custom_fields": { "cf_deskbridge": 7 } }), "cf_deskbridge datatype_mismatch"),
        (json!({ "custom_fields": "x" }), "custom_fields datatype_mismatch"),
        (json!({ "external_id": "x" }), "external_id invalid_field"),
    ] {
        let answer = desk.post("tickets", &with(&good, &change.clone()));
        assert_eq!(problems(&answer), [expected], "{change}");
    }
    assert_eq!(desk.post("tickets", &with(&good, &json!({ "source": null }))).status, 201);
    assert_eq!(desk.post("tickets", &with(&good, &json!({ "status": 7 }))).status, 201);
}

#[test]
fn an_unknown_requester_becomes_a_contact_and_a_known_one_is_found() {
    let mut desk = Desk::new();
    for who in [
        json!({ "email": "kim@example.org" }),
        json!({ "phone": "+4930123", "name": "Kim" }),
        json!({ "twitter_id": "kim" }),
        json!({ "unique_external_id": "fb:7" }),
    ] {
        let mut asked = with(&ticket(0), &json!({ "requester_id": null }));
        asked = with(&asked, &who.clone());
        let first = body(&desk.post("tickets", &asked.clone()));
        assert!(first["requester_id"].is_u64(), "{first}");
        let second = body(&desk.post("tickets", &asked));
        assert_eq!(first["requester_id"], second["requester_id"], "{who}");
    }
}

#[test]
fn blocked_and_deleted_contacts_cannot_ask() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    assert!(desk.account.control(&Control::BlockContact { contact: kim, on: true }));
    assert_eq!(problems(&desk.post("tickets", &ticket(kim))), ["requester_id invalid_value"]);
    assert!(desk.account.control(&Control::BlockContact { contact: kim, on: false }));
    assert_eq!(desk.post("tickets", &ticket(kim)).status, 201);
    desk.delete(&format!("contacts/{kim}"));
    assert_eq!(problems(&desk.post("tickets", &ticket(kim))), ["requester_id invalid_value"]);
    assert!(!desk.account.control(&Control::BlockContact { contact: 1, on: true }));
}

#[test]
fn required_fields_are_enforced_on_the_api_too() {
    let field = |name: &str, kind: FieldKind, agents: bool, closure: bool| FieldSeed {
        kind,
        required_for_agents: agents,
        required_for_closure: closure,
        ..FieldSeed::text(name, name)
    };
    let product = FieldKind::Dropdown(vec!["Shoes".to_owned(), "Hats".to_owned()]);
    let mut desk = Desk::with(|seed| {
        seed.custom_fields.push(field("cf_product", product, true, false));
        seed.custom_fields.push(field("cf_cost", FieldKind::Number, false, true));
        seed.custom_fields.push(field("cf_vip", FieldKind::Checkbox, false, false));
    });
    let kim = desk.kim();
    assert_eq!(problems(&desk.post("tickets", &ticket(kim))), ["cf_product missing_field"]);
    let asked = |product: &str| with(&ticket(kim), &json!({ "custom_fields": { "cf_product": product } }));
    assert_eq!(problems(&desk.post("tickets", &asked("Cars"))), ["cf_product invalid_value"]);
    assert_eq!(desk.post("tickets", &asked("Hats")).status, 201);
    assert_eq!(problems(&desk.put("tickets/1", &json!({ "status": 4 }))), ["cf_cost missing_field"]);
    let wrong = json!({ "custom_fields": { "cf_cost": "7", "cf_vip": 1 } });
    assert_eq!(
        problems(&desk.put("tickets/1", &wrong)),
        ["cf_cost datatype_mismatch", "cf_vip datatype_mismatch"]
    );
    let closing = json!({ "status": 4, "custom_fields": { "cf_cost": 7 } });
    assert_eq!(body(&desk.put("tickets/1", &closing))["custom_fields"]["cf_product"], "Hats");
}

#[test]
fn an_update_replaces_tags_merges_custom_fields_and_can_reopen_a_closed_ticket() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    let closed = desk.put("tickets/1", &json!({ "status": 5, "tags": ["late"], "priority": 4 }));
    assert_eq!((&body(&closed)["status"], &body(&closed)["tags"]), (&json!(5), &json!(["late"])));
    assert_eq!(body(&closed)["custom_fields"]["cf_deskbridge"], "fb-1002-77");
    desk.now += MINUTE;
    assert_eq!(body(&desk.put("tickets/1", &json!({ "status": 2 })))["status"], 2);
    let stats = body(&desk.get("tickets/1?include=stats"))["stats"].clone();
    assert_eq!(stats["reopened_at"], "2026-03-01T12:01:00Z");
    assert_eq!(stats["closed_at"], Value::Null);
    let cleared = desk.put("tickets/1", &json!({ "custom_fields": { "cf_deskbridge": null } }));
    assert_eq!(body(&cleared)["custom_fields"]["cf_deskbridge"], Value::Null);
    assert_eq!(problems(&desk.put("tickets/1", &json!({}))), ["status missing_field"]);
    assert_eq!(problems(&desk.put("tickets/1", &json!({ "stattus": 2 }))), ["stattus invalid_field"]);
}

#[test]
fn a_deleted_ticket_can_be_read_and_restored_but_not_changed() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    assert_eq!(desk.delete("tickets/1").status, 204);
    assert_eq!(body(&desk.get("tickets/1"))["deleted"], true);
    for refused in [
        desk.put("tickets/1", &json!({ "status": 2 })),
        desk.post("tickets/1/notes", &json!({ "body": "x" })),
        desk.post("tickets/1/reply", &json!({ "body": "x" })),
        desk.delete("tickets/1"),
        desk.get("tickets/99"),
    ] {
        assert_eq!((refused.status, refused.body.len()), (404, 0));
    }
    assert_eq!(desk.put("tickets/1/restore", &json!({})).status, 204);
    assert_eq!(desk.put("tickets/1", &json!({ "status": 2 })).status, 200);
    assert!(body(&desk.get("tickets/1")).get("deleted").is_none());
}

#[test]
fn merging_closes_the_secondary_and_leaves_notes_on_both() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    for _ in 0..3 {
        desk.ticket(kim);
    }
    let merge = json!({ "primary_id": 1, "ticket_ids": [2, 3], "convert_recepients_to_cc": false });
    let merged = desk.put("tickets/merge", &merge);
    assert_eq!(merged.status, 204, "{}", text(&merged));
    assert_eq!(body(&desk.get("tickets/2"))["status"], 5);
    let primary = body(&desk.get("tickets/1/conversations"));
    assert_eq!(primary[0]["body_text"], "Ticket with ID 2 has been merged into this ticket");
    assert_eq!(primary[1]["private"], true);
    let secondary = body(&desk.get("tickets/3/conversations"));
    assert_eq!(secondary[0]["body_text"], "This ticket is closed and merged into ticket 1");
    assert_eq!(desk.post("tickets/3/notes", &json!({ "body": "still writable" })).status, 201);
    for (bad, problem) in [
        (json!({ "primary_id": 9, "ticket_ids": [2] }), "primary_id invalid_value"),
        (json!({ "primary_id": 1, "ticket_ids": [1] }), "ticket_ids invalid_value"),
        (json!({ "primary_id": 1 }), "ticket_ids invalid_value"),
    ] {
        assert_eq!(problems(&desk.put("tickets/merge", &bad)), [problem]);
    }
}

#[test]
fn an_agent_without_global_scope_sees_only_own_tickets() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    let me = id(&desk.get("agents/me"));
    desk.now += 1;
    desk.post("tickets", &with(&ticket(kim), &json!({ "responder_id": me })));
    let scope = json!({ "do": "scope", "agent": "deskbridge@globex.example", "scope": "restricted" });
    assert!(desk.account.control(&serde_json::from_value(scope).unwrap()));
    let refused = desk.get("tickets/1");
    assert_eq!((refused.status, &body(&refused)["code"]), (403, &json!("access_denied")));
    assert_eq!(desk.post("tickets/1/notes", &json!({ "body": "x" })).status, 403);
    assert_eq!(super::ids(&desk.get("tickets")), [2]);
    assert_eq!(body(&desk.get("agents/me"))["ticket_scope"], 3);
}
