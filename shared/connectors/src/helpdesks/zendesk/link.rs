//! Making a ticket one of a conversation's: an agent wants the conversation to go on there. Doing it twice is harmless.

use deskbridge_core::effect::{Outcome, Reason, Receipt, TicketLink};
use serde_json::{Map, Value, json};

use super::Zendesk;
use super::api::Talk;
use super::comments::After;
use super::outbound::refused;
use super::reading::{facts, is_ours};
use super::wire::{Ticket, TicketAnswer};
use crate::Next;

pub(super) fn link(
    zendesk: &Zendesk,
    link: &TicketLink,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    let ticket = match talk.get::<TicketAnswer, _>(&["tickets", &link.ticket], &[])? {
        Ok(answer) if !answer.ticket.is_deleted() => answer.ticket,
        Ok(_) => return Ok(refused(Reason::TicketDeleted, "deleted")),
        Err(failure) if failure.is_missing() => {
            return Ok(refused(Reason::TicketDeleted, "404 RecordNotFound"));
        }
        Err(failure) => return Ok(failure.harmless()),
    };
    if ticket.is_closed() {
        return Ok(refused(Reason::TicketClosed, "closed"));
    }
    let theirs = facts(zendesk, &ticket).and_then(|facts| facts.conversation);
    if theirs.is_some_and(|theirs| theirs != link.conversation) {
        return Ok(refused(Reason::Duplicate, "the ticket of another conversation"));
    }
    let Some(change) = change(zendesk, &ticket, &link.conversation) else {
        return Ok(refused(Reason::Content, "external_id"));
    };
    let path = ["tickets", &link.ticket];
    let told = match talk.put::<TicketAnswer, _>(&path, || json!({"ticket": change}))? {
        Ok(answer) => answer.ticket.status(),
        Err(failure) if failure.is_missing() => {
            return Ok(refused(Reason::TicketDeleted, "404 RecordNotFound"));
        }
        Err(failure) => return Ok(failure.outcome()),
    };
    let after = After { open: false, tags: &link.tags, untag: &[], card: None };
    Ok(match super::comments::finish(&zendesk.settings, &link.ticket, told, &after, talk)? {
        Ok(status) => Outcome::Done(Receipt { status, ..Receipt::of(&link.ticket) }),
        Err(wait) => Outcome::RetryAfter(wait),
    })
}

/// Where the key goes: into the external id, unless another system uses that, and into the account's field. `None`: there is no
/// place for it.
fn change(zendesk: &Zendesk, ticket: &Ticket, key: &str) -> Option<Value> {
    let used = ticket.external_id.as_ref().map(|id| id.0.as_str()).filter(|id| !id.is_empty());
    let free = used.is_none_or(is_ours);
    let field = zendesk.settings.conversation_field;
    let mut change = Map::new();
    if free {
        change.insert("external_id".to_owned(), key.into());
    }
    if let Some(id) = field {
        change.insert("custom_fields".to_owned(), json!([{"id": id, "value": key}]));
    }
    (!change.is_empty()).then(|| change.into())
}
