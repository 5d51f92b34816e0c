//! Making a ticket one of a conversation's: an agent wants the conversation to go on there. Doing it twice is harmless.

use deskbridge_core::effect::{Outcome, Reason, Receipt, Refusal, TicketLink};
use serde_json::json;

use super::Freshdesk;
use super::api::Walk;
use super::outbound::distinct;
use super::wire::{Ticket, status_of};
use crate::Next;

impl Freshdesk {
    pub(super) fn link(&self, link: &TicketLink, walk: &mut Walk<'_>) -> Result<Outcome, Next<Outcome>> {
        let path = ["tickets", &link.ticket];
        let ticket: Ticket = match walk.ask(self.api.get(&path, &[]))? {
            Ok(ticket) => ticket,
            Err(failure) => return Ok(failure.outcome_of_repeatable(Reason::TicketDeleted)),
        };
        if ticket.is_gone() || ticket.merged_into().is_some() {
            return Ok(refused(Reason::TicketDeleted, "in the trash, spam or merged"));
        }
        let field = &self.settings.conversation_field;
        if ticket.conversation(field).is_some_and(|theirs| theirs != link.conversation) {
            return Ok(refused(Reason::Duplicate, "the ticket of another conversation"));
        }
        let change = json!({
            "custom_fields": { field.as_str(): link.conversation },
            // Tags replace each other on update, so the ticket's own must be sent along.
            "tags": distinct(ticket.tags().iter().chain(&link.tags).map(String::as_str)),
        });
        Ok(match walk.ask::<Ticket, _>(self.api.put(&path, &change))? {
            Ok(changed) => {
                let status = Some(status_of(changed.status));
                Outcome::Done(Receipt { status, ..Receipt::of(&link.ticket) })
            }
            Err(failure) => failure.outcome_of_repeatable(Reason::TicketDeleted),
        })
    }
}

fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}
