//! Notes and replies.

use serde_json::{Value, json};

use super::{Desk, MINUTE, body, id, ids, problems, request};
use crate::freshdesk::Control;

fn desk_with_ticket() -> (Desk, u64) {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    (desk, kim)
}

#[test]
fn a_note_is_private_unless_told_otherwise() {
    let (mut desk, _) = desk_with_ticket();
    let note = desk.post("tickets/1/notes", &json!({ "body": "<p>for us</p>" }));
    assert_eq!(note.status, 201);
    let note = body(&note);
    assert_eq!(
        (&note["private"], &note["incoming"], &note["source"]),
        (&json!(true), &json!(false), &json!(2))
    );
    assert_eq!(note["user_id"], id(&desk.get("agents/me")));
    assert_eq!(note["ticket_id"], 1);
}

#[test]
fn the_customers_note_carries_the_contact_and_reopens_nothing() {
    let (mut desk, kim) = desk_with_ticket();
    desk.put("tickets/1", &json!({ "status": 4 }));
    desk.now += MINUTE;
    let said = json!({ "body": "<p>Any&nbsp;news?</p><p>Kim</p>", "incoming": true, "private": false, "user_id": kim });
    let note = body(&desk.post("tickets/1/notes", &said));
    assert_eq!(
        (&note["private"], &note["incoming"], &note["user_id"]),
        (&json!(false), &json!(true), &json!(kim))
    );
    assert_eq!(note["body_text"], "Any news? Kim");
    let ticket = body(&desk.get("tickets/1?include=stats"));
    assert_eq!(ticket["status"], 4);
    assert_eq!(ticket["updated_at"], "2026-03-01T12:01:00Z");
    assert_eq!(ticket["stats"]["requester_responded_at"], "2026-03-01T12:01:00Z");
}

#[test]
fn what_a_note_or_reply_may_not_be() {
    let (mut desk, kim) = desk_with_ticket();
    for (path, given, problem) in [
        ("notes", json!({}), "body missing_field"),
        ("notes", json!({ "body": "" }), "body invalid_value"),
        ("notes", json!({ "body": "x", "user_id": 7 }), "user_id invalid_value"),
        ("notes", json!({ "body": "x", "private": "yes" }), "private datatype_mismatch"),
        ("notes", json!({ "body": "x", "metadata": {} }), "metadata invalid_field"),
        ("reply", json!({ "body": "x", "user_id": kim }), "user_id invalid_value"),
        ("reply", json!({ "body": "x", "private": true }), "private invalid_field"),
    ] {
        assert_eq!(problems(&desk.post(&format!("tickets/1/{path}"), &given.clone())), [problem], "{given}");
    }
    assert!(ids(&desk.get("tickets/1/conversations")).is_empty());
    assert_eq!(desk.post("tickets/9/notes", &json!({ "body": "x" })).status, 404);
}

#[test]
fn a_reply_has_the_editors_frame_and_a_lossy_text() {
    let (mut desk, _) = desk_with_ticket();
    let reply = desk.agent_post("tickets/1/reply", &json!({ "body": "On its way" }));
    assert_eq!(reply.status, 201);
    let reply = body(&reply);
    assert!(reply["body"].as_str().unwrap().starts_with("<div style=\"font-family:"));
    assert_eq!(
        (&reply["source"], &reply["private"], &reply["incoming"]),
        (&json!(0), &json!(false), &json!(false))
    );
    assert_eq!(reply["to_emails"], json!([]));
    desk.reply(1, "Hi Kim,\n\nit came back.");
    let last = body(&desk.get("tickets/1/conversations"))[1].clone();
    assert!(last["body"].as_str().unwrap().contains("<div dir=\"ltr\"><br></div>"));
    assert_eq!(last["body_text"], "Hi Kim, it came back.");
    assert_eq!(body(&desk.get("tickets/1"))["status"], 2);
}

#[test]
fn a_reply_goes_to_the_contacts_address_if_there_is_one() {
    let mut desk = Desk::new();
    let kim = id(&desk.post("contacts", &json!({ "name": "Kim", "email": "kim@example.org" })));
    desk.ticket(kim);
    let reply =
        body(&desk.agent_post("tickets/1/reply", &json!({ "body": "x", "cc_emails": ["lee@example.org"] })));
    assert_eq!(reply["to_emails"], json!(["kim@example.org"]));
    assert_eq!(reply["cc_emails"], json!(["lee@example.org"]));
}

#[test]
fn conversations_come_oldest_first_in_pages() {
    let (mut desk, _) = desk_with_ticket();
    let written: Vec<u64> = (0..5)
        .map(|number| id(&desk.post("tickets/1/notes", &json!({ "body": format!("note {number}") }))))
        .collect();
    assert_eq!(ids(&desk.get("tickets/1/conversations")), written);
    let page = desk.get("tickets/1/conversations?per_page=2&page=2");
    assert_eq!(ids(&page), written[2..4]);
    let next = "<http://127.0.0.1:8082/api/v2/tickets/1/conversations?per_page=2&page=3>; rel=\"next\"";
    assert_eq!(page.header_text("link"), Some(next));
    assert_eq!(desk.get("tickets/1/conversations?per_page=2&page=3").header_text("link"), None);
}

#[test]
fn notes_can_be_edited_and_deleted_and_replies_cannot() {
    let (mut desk, _) = desk_with_ticket();
    let note = id(&desk.post("tickets/1/notes", &json!({ "body": "typo" })));
    let reply = id(&desk.agent_post("tickets/1/reply", &json!({ "body": "sent" })));
    desk.now += MINUTE;
    let edited = body(&desk.put(&format!("conversations/{note}"), &json!({ "body": "no typo" })));
    assert_eq!((&edited["body"], &edited["updated_at"]), (&json!("no typo"), &json!("2026-03-01T12:01:00Z")));
    assert_eq!(edited["created_at"], "2026-03-01T12:00:00Z");
    assert_eq!(
        problems(&desk.put(&format!("conversations/{reply}"), &json!({ "body": "x" }))),
        ["id invalid_value"]
    );
    assert_eq!(problems(&desk.delete(&format!("conversations/{reply}"))), ["id invalid_value"]);
    assert_eq!(desk.delete(&format!("conversations/{note}")).status, 204);
    assert_eq!(desk.delete(&format!("conversations/{note}")).status, 404);
    assert_eq!(ids(&desk.get("tickets/1/conversations")), [reply]);
    assert_eq!(desk.send(&request("GET", &format!("conversations/{reply}"), super::BRIDGE)).status, 405);
}

#[test]
fn ids_are_numbers_and_times_whole_seconds() {
    let (mut desk, _) = desk_with_ticket();
    desk.now += 999;
    let note = body(&desk.post("tickets/1/notes", &json!({ "body": "x" })));
    assert!(note["id"].is_u64());
    assert_eq!(note["created_at"], "2026-03-01T12:00:00Z");
    assert_eq!(note["from_email"], Value::Null);
}

#[test]
fn an_agent_without_the_right_edits_nothing() {
    let (mut desk, _) = desk_with_ticket();
    let note = id(&desk.post("tickets/1/notes", &json!({ "body": "x" })));
    let edits = [
        (format!("conversations/{note}"), json!({ "body": "y" })),
        ("tickets/1".into(), json!({ "description": "y" })),
    ];
    for (on, status) in [(false, 403), (true, 200)] {
        desk.account.control(&Control::Editing { on });
        for (path, edit) in &edits {
            assert_eq!(desk.put(path, edit).status, status, "{path}");
        }
        assert_eq!(desk.put("tickets/1", &json!({ "priority": 2 })).status, 200);
    }
}

#[test]
fn what_an_outbound_ticket_says_stays() {
    let (mut desk, _) = desk_with_ticket();
    desk.put("tickets/1", &json!({ "source": 10 }));
    let refused = desk.put("tickets/1", &json!({ "subject": "y", "description": "y" }));
    assert_eq!(problems(&refused), ["subject invalid_field", "description invalid_field"]);
}
