//! Making a ticket one of a conversation's.

use deskbridge_core::effect::{Change, Outcome, Reason, Receipt, Refusal, TicketLink};
use deskbridge_core::model::TicketStatus;
use serde_json::{Value, json};

use super::*;
use crate::Session;

const TICKET: &str = "GET /tickets/35";
const UPDATE: &str = "PUT /tickets/35";
const KEY: &str = "acme-facebook:direct:7";

fn link(turns: Vec<Turn>) -> Outcome {
    let (ticket, conversation) = ("35".to_owned(), KEY.to_owned());
    let tags = vec!["deskbridge".to_owned()];
    let effect = effect(Change::LinkTicket(TicketLink { ticket, conversation, tags }));
    play(turns, |past| plain().step(&effect, &Session::unneeded(), past))
}

fn ticket(more: &Value) -> Answer {
    let mut ticket = json!({"id": 35, "status": 2, "tags": ["vip"]});
    ticket.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer(200, &ticket)
}

#[test]
fn the_key_and_the_tags_are_written_beside_what_is_there() {
    for before in [json!({}), json!({"custom_fields": {"cf_deskbridge": KEY}})] {
        let change = json!({"custom_fields": {"cf_deskbridge": KEY}, "tags": ["vip", "deskbridge"]});
        let turns = vec![get(TICKET, ticket(&before)), turn(UPDATE, change, ticket(&json!({"status": 3})))];
        let receipt = Receipt { status: Some(TicketStatus::Pending), ..Receipt::of("35") };
        assert_eq!(link(turns), Outcome::Done(receipt));
    }
}

#[test]
fn what_takes_nothing_is_left_alone() {
    let theirs = json!({"custom_fields": {"cf_deskbridge": "acme-facebook:direct:8"}});
    for (found, reason) in [
        (empty(404), Reason::TicketDeleted),
        (ticket(&json!({"deleted": true})), Reason::TicketDeleted),
        (ticket(&json!({"spam": true})), Reason::TicketDeleted),
        (ticket(&json!({"merged_ticket_id": 36})), Reason::TicketDeleted),
        (ticket(&theirs), Reason::Duplicate),
    ] {
        let outcome = link(vec![get(TICKET, found)]);
        assert!(
            matches!(&outcome, Outcome::Refused(Refusal { reason: why, .. }) if *why == reason),
            "{outcome:?}"
        );
    }
}
