//! Direct messages.

use super::*;

#[test]
fn who_wrote_first_can_be_answered() {
    let mut world = World::new();
    let refused = world.write(PAULA, "Buy a kettle!");
    assert_eq!(
        refusal(&refused),
        (403, "You do not have permission to DM one or more participants.".to_owned())
    );
    world.act(json!({"do": "message", "person": PAULA, "text": "Hello?"}));
    let made = world.write(PAULA, "Hello!");
    assert_eq!((made.status, &body(&made)["data"]["dm_conversation_id"]), (201, &json!("7001-9001")));
    world.control(json!({"do": "block", "person": PAULA, "on": true}));
    assert_eq!(world.write(PAULA, "Still there?").status, 403);
    world.control(json!({"do": "block", "person": PAULA, "on": false}));
    assert_eq!(world.write(PAULA, "").status, 400);
    assert_eq!(world.write(PAULA, &"x".repeat(10_001)).status, 400);
}

#[test]
fn a_conversation_is_read_newest_first() {
    let mut world = World::new();
    world.act(json!({"do": "message", "person": PAULA, "text": "Hello?"}));
    world.act(json!({"do": "encrypted", "person": PAULA, "text": "secret"}));
    world.write(PAULA, "Hello & welcome!");
    let path = "/2/dm_conversations/with/7001/dm_events?dm_event.fields=sender_id,created_at";
    let all = world.get(path);
    let texts: Vec<&str> =
        all["data"].as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Hello &amp; welcome!", "Hello?"], "nothing of what is encrypted");
    assert_eq!(all["data"][0]["sender_id"], "9001");
    let first = world.get(&format!("{path}&max_results=1"));
    let token = first["meta"]["next_token"].as_str().unwrap();
    let second = world.get(&format!("{path}&max_results=1&pagination_token={token}"));
    assert_eq!((&second["data"][0]["text"], &second["meta"]["next_token"]), (&json!("Hello?"), &Value::Null));
    assert_eq!(world.get("/2/dm_conversations/with/7002/dm_events"), json!({"meta": {"result_count": 0}}));
}

#[test]
fn a_day_has_its_own_budget() {
    let mut world = World::new();
    world.act(json!({"do": "message", "person": PAULA, "text": "Hello?"}));
    for nth in 0..15 {
        assert_eq!(world.write(PAULA, &format!("Hello {nth}")).status, 201);
    }
    let refused = world.write(PAULA, "Hello 15");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header_text("x-user-limit-24hour-remaining"), Some("1425"));
    assert_eq!(refused.header_text("x-rate-limit-remaining"), Some("0"));
}
