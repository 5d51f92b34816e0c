//! Making a ticket one of a conversation's.

use deskbridge_core::effect::{Outcome, Reason, Receipt, Refusal, TicketLink};
use deskbridge_core::model::TicketStatus;

use super::*;

const TICKET: &str = "GET /api/v2/tickets/35";
const UPDATE: &str = "PUT /api/v2/tickets/35";
const TAGS: &str = "PUT /api/v2/tickets/35/tags";
const KEY: &str = "acme-facebook:direct:7";

fn link(settings: &Value, turns: Vec<Turn>) -> Outcome {
    let (ticket, conversation) = ("35".to_owned(), KEY.to_owned());
    let tags = vec!["deskbridge".to_owned()];
    let effect = effect(Change::LinkTicket(TicketLink { ticket, conversation, tags }));
    play(turns, |past| zendesk_with(settings.clone()).step(&effect, &session(), past))
}

fn ticket(more: &Value) -> Answer {
    let mut ticket = json!({"id": 35, "status": "open"});
    ticket.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer(200, json!({ "ticket": ticket }))
}

fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}

fn done() -> Outcome {
    Outcome::Done(Receipt { status: Some(TicketStatus::Open), ..Receipt::of("35") })
}

#[test]
fn the_key_goes_into_the_external_id_and_the_tags_are_added() {
    for before in [json!({}), json!({"external_id": null}), json!({"external_id": KEY})] {
        let turns = vec![
            (TICKET, Value::Null, ticket(&before)),
            (UPDATE, json!({"ticket": {"external_id": KEY}}), ticket(&json!({"external_id": KEY}))),
            (TAGS, json!({"tags": ["deskbridge"]}), answer(200, json!({"tags": ["deskbridge"]}))),
        ];
        assert_eq!(link(&json!({}), turns), done());
    }
}

#[test]
fn another_systems_external_id_is_left_alone() {
    let theirs = || (TICKET, Value::Null, ticket(&json!({"external_id": "crm-7"})));
    assert_eq!(link(&json!({}), vec![theirs()]), refused(Reason::Content, "external_id"));
    let change = json!({"ticket": {"custom_fields": [{"id": 360, "value": KEY}]}});
    let turns = vec![
        theirs(),
        (UPDATE, change, ticket(&json!({"external_id": "crm-7"}))),
        (TAGS, json!({"tags": ["deskbridge"]}), answer(200, json!({"tags": ["deskbridge"]}))),
    ];
    assert_eq!(link(&json!({"conversation_field": 360}), turns), done());
}

#[test]
fn what_takes_nothing_is_left_alone() {
    for (found, wanted) in [
        (missing(), refused(Reason::TicketDeleted, "404 RecordNotFound")),
        (ticket(&json!({"status": "deleted"})), refused(Reason::TicketDeleted, "deleted")),
        (ticket(&json!({"status": "closed"})), refused(Reason::TicketClosed, "closed")),
        (
            ticket(&json!({"external_id": "acme-facebook:direct:8"})),
            refused(Reason::Duplicate, "the ticket of another conversation"),
        ),
    ] {
        assert_eq!(link(&json!({}), vec![(TICKET, Value::Null, found)]), wanted);
    }
}
