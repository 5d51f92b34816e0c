//! The automation rule, its webhook and the retries.

use deskbridge_connectors::http::Request;
use serde_json::{Value, json};

use super::{Desk, MINUTE, body, id, problems, with};
use crate::freshdesk::{Act, Limits, Words};
use crate::{StandIn, Webhook};

impl Desk {
    fn due(&mut self) -> Vec<Webhook> {
        self.account.due(self.now)
    }

    /// Delivers everything and gives the bodies.
    fn told(&mut self) -> Vec<Value> {
        let due = self.due();
        for webhook in &due {
            self.account.delivered(webhook.id, Some(200), self.now);
        }
        due.iter().map(|webhook| json_of(&webhook.request)).collect()
    }
}

fn json_of(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn desk_with_ticket() -> Desk {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    desk
}

#[test]
fn an_agents_reply_is_told_with_real_values_and_a_static_header() {
    let mut desk = desk_with_ticket();
    desk.reply(1, "On its way");
    let due = desk.due();
    assert_eq!(due.len(), 1);
    let request = &due[0].request;
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "http://127.0.0.1:8080/hooks/globex-freshdesk")
    );
    assert_eq!(request.only_header("X-Deskbridge-Key"), Some("demo-freshdesk-hook-key"));
    assert_eq!(request.only_header("content-type"), Some("application/json"));
    let expected = json!({
        "v": 1,
        "ticket_id": "1",
        "conversation": "fb-1002-77",
        "status": "Open",
        "event": "{reply_sent:sent}",
    });
    assert_eq!(json_of(request), expected);
}

#[test]
fn everything_an_agent_does_is_told_and_nothing_the_bridge_does() {
    let mut desk = desk_with_ticket();
    desk.post("tickets/1/notes", &json!({ "body": "x", "incoming": true, "private": false }));
    desk.post("tickets/1/reply", &json!({ "body": "x" }));
    desk.put("tickets/1", &json!({ "status": 3 }));
    assert!(desk.told().is_empty());
    let words = || Words::typed("x");
    for (act, event, status) in [
        (Act::Note(words()), "{note_type:private}", "Pending"),
        (Act::PublicNote(words()), "{note_type:public}", "Pending"),
        (Act::Resolve, "{status:{from:Pending,to:Resolved}}", "Resolved"),
        (Act::Close, "{status:{from:Resolved,to:Closed}}", "Closed"),
        (Act::Reopen, "{status:{from:Closed,to:Open}}", "Open"),
    ] {
        desk.act(1, act);
        let told = desk.told();
        assert_eq!(told.len(), 1, "{event}");
        assert_eq!((&told[0]["event"], &told[0]["status"]), (&json!(event), &json!(status)));
    }
    desk.act(1, Act::Reopen);
    assert!(desk.told().is_empty(), "an update that changes nothing is no update");
    desk.agent_put("tickets/1", &json!({ "status": 6 }));
    assert_eq!(desk.told()[0]["status"], "Waiting on Customer");
    desk.act(1, Act::Delete);
    assert!(desk.told().is_empty(), "the rule asks for updates only");
}

#[test]
fn tickets_without_the_tag_are_not_told_of() {
    let mut desk = desk_with_ticket();
    desk.put("tickets/1", &json!({ "tags": ["other"] }));
    desk.reply(1, "x");
    assert!(desk.told().is_empty());
}

#[test]
fn a_merge_tells_of_both_tickets() {
    let mut desk = desk_with_ticket();
    let kim = body(&desk.get("tickets/1"))["requester_id"].as_u64().unwrap();
    desk.ticket(kim);
    assert_eq!(desk.act(2, Act::Merge { into: 1 }).status, 204);
    let told: Vec<(Value, Value)> =
        desk.told().iter().map(|told| (told["ticket_id"].clone(), told["event"].clone())).collect();
    assert_eq!(told[0], (json!("2"), json!("{note_type:private}")));
    assert_eq!(told[1], (json!("2"), json!("{status:{from:Open,to:Closed}}")));
    assert_eq!(told[2], (json!("1"), json!("{note_type:private}")));
}

#[test]
fn a_failed_webhook_is_retried_after_5_30_and_60_minutes_and_then_dropped() {
    let mut desk = desk_with_ticket();
    desk.reply(1, "x");
    let mut seen = Vec::new();
    for (wait, failure) in [(5, None), (30, Some(503)), (60, Some(401))] {
        let attempt = desk.due().remove(0);
        assert!(desk.due().is_empty(), "handed out once");
        assert_eq!(desk.account.next_due(), None);
        seen.push(attempt.id);
        desk.account.delivered(attempt.id, failure, desk.now);
        assert_eq!(desk.account.next_due(), Some(desk.now + wait * MINUTE));
        desk.now += wait * MINUTE - 1;
        assert!(desk.due().is_empty());
        desk.now += 1;
    }
    let last = desk.due().remove(0);
    assert!(!seen.contains(&last.id), "each attempt has its own id");
    desk.account.delivered(last.id, Some(500), desk.now);
    assert_eq!((desk.account.next_due(), desk.account.dropped_webhooks()), (None, 1));
    desk.account.delivered(last.id, Some(500), desk.now);
    assert_eq!(desk.account.dropped_webhooks(), 1, "a second report changes nothing");
}

#[test]
fn webhooks_share_the_rate_limit_and_wait_for_the_next_hour() {
    let mut desk = desk_with_ticket();
    desk.now += 10 * MINUTE;
    for _ in 0..3 {
        desk.reply(1, "x");
    }
    desk.account
        .control(&crate::freshdesk::Control::Limits { limits: Some(Limits { total: 2, ..Limits::TRIAL }) });
    assert_eq!(desk.due().len(), 2);
    assert_eq!(desk.get("agents/me").status, 429, "the webhooks used the minute up");
    desk.now += 50 * MINUTE - 1;
    assert!(desk.due().is_empty());
    desk.now += 1;
    assert_eq!(desk.due().len(), 1);
}

#[test]
fn a_webhook_held_back_for_a_day_is_dropped() {
    let mut desk = desk_with_ticket();
    desk.reply(1, "x");
    desk.account.control(&crate::freshdesk::Control::Limits { limits: Some(Limits::FREE) });
    for _ in 0..25 {
        assert!(desk.due().is_empty());
        desk.now += 60 * MINUTE;
    }
    assert!(desk.due().is_empty());
    assert_eq!((desk.account.dropped_webhooks(), desk.account.next_due()), (1, None));
}

/// A rule that tells of public notes and replies, as an installer would post it.
fn own_rule() -> Value {
    json!({
        "name": "Own",
        "active": true,
        "performer": { "type": 1 },
        "events": [{ "field_name": "reply_sent" }, { "field_name": "note_type", "value": "public" }],
        "conditions": [{ "name": "condition_set_1", "match_type": "all", "properties": [
            { "resource_type": "ticket", "field_name": "tag_names", "operator": "in", "value": ["vip"] },
        ] }],
        "actions": [{
            "field_name": "trigger_webhook", "request_type": "POST", "url": "https://b.example/hook",
            "content_type": "JSON", "content_layout": "2",
            "content": { "id": "{{ticket.id}}", "who": "{{ticket.contact.unique_external_id}}", "no": "{{ticket.nothing}}" },
            "custom_headers": { "X-Key": "s" },
        }],
    })
}

#[test]
fn rules_can_be_made_changed_and_removed_through_the_api() {
    let mut desk = desk_with_ticket();
    let listed = body(&desk.get("automations/4/rules"));
    assert_eq!(listed[0]["name"], "Deskbridge");
    assert_eq!(desk.delete(&format!("automations/4/rules/{}", listed[0]["id"])).status, 204);
    let created = desk.post("automations/4/rules", &own_rule());
    assert_eq!(created.status, 201);
    desk.agent_put("tickets/1", &json!({ "tags": ["vip"] }));
    desk.act(1, Act::Note(Words::typed("private")));
    assert!(desk.told().is_empty(), "neither an update nor a private note");
    desk.act(1, Act::PublicNote(Words::typed("public")));
    desk.post("tickets/1/reply", &json!({ "body": "any agent, the bridge too" }));
    assert_eq!(desk.told(), vec![json!({ "id": "1", "who": "fb:7", "no": "" }); 2]);
    let path = format!("automations/4/rules/{}", id(&created));
    assert_eq!(body(&desk.put(&path, &json!({ "active": false })))["active"], false);
    desk.reply(1, "x");
    assert!(desk.told().is_empty());
    assert_eq!(desk.get("automations/1/rules").status, 404);
}

#[test]
fn a_rule_that_could_not_run_is_refused() {
    let mut desk = Desk::new();
    let mail = json!([{ "field_name": "send_email_to_agent" }]);
    for (change, problem) in [
        (json!({ "name": null }), "name missing_field"),
        (json!({ "events": null }), "events missing_field"),
        (json!({ "actions": null }), "actions missing_field"),
        (json!({ "actions": mail }), "actions invalid_value"),
        (json!({ "performer": { "type": 2 } }), "performer invalid_value"),
        (json!({ "colour": 1 }), "colour invalid_field"),
    ] {
        assert_eq!(
            problems(&desk.post("automations/4/rules", &with(&own_rule(), &change.clone()))),
            [problem],
            "{change}"
        );
    }
}
