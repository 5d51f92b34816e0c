//! The card: tags and fields beside the comments of a ticket.

use deskbridge_core::card::{Delivery, Window};
use deskbridge_core::effect::{CardUpdate, Change, Outcome, Receipt};
use serde_json::{Value, json};

use super::*;
use crate::Session;

fn show(turns: Vec<Turn>) -> Outcome {
    let reply_by = Some(Moment::from_seconds(1_795_788_120));
    let card = Card { delivery: Some(Delivery::Accepted), reply_by, window: Window::Closed };
    let effect = effect(Change::ShowCard(CardUpdate { ticket: "35".to_owned(), card }));
    let settings = json!({"delivery_field": "cf_d", "reply_by_field": "cf_r", "reply_by_format": "time"});
    let connector = freshdesk(&settings);
    play(turns, |exchanges| connector.step(&effect, &Session::unneeded(), exchanges))
}

fn ticket(tags: &[&str]) -> Turn {
    get("GET /tickets/35", answer(200, &json!({"id": 35, "status": 2, "tags": tags})))
}

fn put(body: Value, answer: Answer) -> Turn {
    turn("PUT /tickets/35", body, answer)
}

fn tags() -> [&'static str; 3] {
    ["vip", "deskbridge_accepted", "deskbridge_window_closed"]
}

fn fields() -> Value {
    json!({"cf_d": "accepted", "cf_r": "2026-11-27 14:02 UTC"})
}

fn changed() -> Answer {
    answer(200, &json!({"id": 35, "status": 2}))
}

#[test]
fn tags_and_fields_change_in_one_update() {
    let body = json!({"tags": tags(), "custom_fields": fields()});
    let turns = vec![ticket(&["vip", "deskbridge_undelivered"]), put(body, changed())];
    assert_eq!(show(turns), Outcome::Done(Receipt::of("35")));
}

#[test]
fn a_field_that_does_not_take_its_value_is_left_out() {
    let refused = json!({"description": "Validation failed",
        "errors": [{"field": "cf_r", "message": "Unexpected field", "code": "invalid_field"}]});
    let both = json!({"tags": tags(), "custom_fields": fields()});
    let turns =
        vec![ticket(&["vip"]), put(both, answer(400, &refused)), put(json!({"tags": tags()}), changed())];
    assert_eq!(show(turns), Outcome::Done(Receipt::of("35")));
}
