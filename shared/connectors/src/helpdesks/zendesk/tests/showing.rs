//! The card: one update of tags and fields, and none where nothing changes.

use deskbridge_core::Outcome;
use deskbridge_core::card::{Delivery, Window};
use deskbridge_core::effect::{CardUpdate, Reason, Receipt};

use super::*;

const GET: &str = "GET /api/v2/tickets/35";
const PUT: &str = "PUT /api/v2/tickets/35";
const STAMP: &str = "2026-11-27T10:00:00Z";

fn card() -> Card {
    let reply_by = Some(Moment::from_seconds(1_795_788_120));
    Card { delivery: Some(Delivery::Delivered), reply_by, window: Window::Open }
}

fn show(turns: Vec<Turn>) -> Outcome {
    let settings = json!({"delivery_field": 3, "reply_by_field": 4});
    let effect = effect(Change::ShowCard(CardUpdate { ticket: "35".to_owned(), card: card() }));
    play(turns, |past| zendesk_with(settings.clone()).step(&effect, &session(), past))
}

fn ticket(status: &str, tags: &[&str], fields: impl Into<Value>) -> Answer {
    let ticket = json!({"id": 35, "status": status, "tags": tags, "updated_at": STAMP, "custom_fields": fields.into()});
    answer(200, json!({"ticket": ticket}))
}

fn fields() -> Value {
    json!([{"id": 3, "value": "deskbridge_delivered"}, {"id": 4, "value": "2026-11-27"}])
}

fn tags() -> Value {
    let tags = ["vip", "deskbridge_delivered"];
    json!({"tags": tags, "safe_update": true, "updated_stamp": STAMP})
}

fn done() -> Outcome {
    Outcome::Done(Receipt::of("35"))
}

#[test]
fn tags_and_fields_change_in_one_update_that_nobody_else_may_have_overtaken() {
    let mut both = tags();
    both["custom_fields"] = fields();
    let both = json!({"ticket": both});
    let before = || ticket("open", &["vip", "deskbridge_accepted"], json!([{"id": 3, "value": null}]));
    let turns = vec![(GET, Value::Null, before()), (PUT, both.clone(), answer(200, json!({})))];
    assert_eq!(show(turns), done());
    let conflict = answer(409, json!({"error": "UpdateConflict"}));
    let turns = vec![
        (GET, Value::Null, before()),
        (PUT, both.clone(), conflict),
        (GET, Value::Null, before()),
        (PUT, both, answer(200, json!({}))),
    ];
    assert_eq!(show(turns), done());
}

#[test]
fn what_is_shown_already_or_cannot_change_any_more_costs_no_update() {
    let shown = ticket("open", &["vip", "deskbridge_delivered"], fields());
    assert_eq!(show(vec![(GET, Value::Null, shown)]), done());
    let closed = ticket("closed", &["vip"], json!([]));
    assert_eq!(show(vec![(GET, Value::Null, closed)]), done());
}

#[test]
fn a_field_that_does_not_take_its_value_is_left_out() {
    let mut both = tags();
    both["custom_fields"] = fields();
    let before = || ticket("open", &["vip", "deskbridge_accepted"], json!([]));
    let refused = answer(422, refusal("RecordInvalid", "base", "Reply by: is not a valid date"));
    let turns = vec![
        (GET, Value::Null, before()),
        (PUT, json!({"ticket": both}), refused),
        (GET, Value::Null, before()),
        (PUT, json!({"ticket": tags()}), answer(200, json!({}))),
    ];
    assert_eq!(show(turns), done());
    match show(vec![(GET, Value::Null, missing())]) {
        Outcome::Refused(refusal) => assert_eq!(refusal.reason, Reason::Invalid),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_settings_for_one_field_are_refused() {
    let mut settings = Settings::sample();
    settings["delivery_field"] = json!(7);
    settings["reply_by_field"] = json!(7);
    let problems = (REGISTRATION.open)(&settings, keys()).err().unwrap();
    assert_eq!(problems[0].setting, "reply_by_field");
    assert!(problems[0].problem.contains("`delivery_field`"), "{problems:?}");
}
