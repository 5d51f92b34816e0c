//! Showing in a ticket's fields and tags how its conversation stands.

use deskbridge_core::card::Card;
use deskbridge_core::effect::{CardUpdate, Outcome, Receipt};
use serde_json::{Value, json};

use super::Settings;
use super::api::{Heard, Talk};
use super::errors::Failure;
use super::wire::{Ticket, TicketAnswer};
use crate::Next;

/// Somebody may change the ticket between our reading and our writing; so often it is read anew.
const TRIES: usize = 3;

/// The fields that show the card, as far as the account has them.
pub(super) fn fields(settings: &Settings, card: &Card) -> Vec<Value> {
    let delivery = settings.delivery_field.zip(card.delivery.map(|delivery| delivery.tag().to_owned()));
    let reply_by = card.reply_by.map(|reply_by| settings.reply_by_format.value(reply_by));
    let reply_by = settings.reply_by_field.zip(reply_by);
    delivery.into_iter().chain(reply_by).map(|(id, value)| json!({"id": id, "value": value})).collect()
}

pub(super) fn show(
    settings: &Settings,
    update: &CardUpdate,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    Ok(match set(settings, &update.ticket, &update.card, &[], talk)? {
        Ok(()) => Outcome::Done(Receipt::of(&update.ticket)),
        Err(failure) => failure.outcome(),
    })
}

/// Makes the ticket show the card and bear these tags, in one update; in none if it does already. A field that does not take
/// its value is left out.
pub(super) fn set<T>(
    settings: &Settings,
    ticket: &str,
    card: &Card,
    tags: &[String],
    talk: &mut Talk<'_>,
) -> Heard<(), T> {
    let mut fields = fields(settings, card);
    let mut contested = 0;
    loop {
        let now = match talk.get::<TicketAnswer, _>(&["tickets", ticket], &[])? {
            Ok(answer) => answer.ticket,
            Err(failure) => return Ok(Err(failure.of_reading())),
        };
        let Some(change) = change(&now, card, tags, &fields) else { return Ok(Ok(())) };
        match talk.put::<Value, _>(&["tickets", ticket], || change)? {
            Ok(_) => return Ok(Ok(())),
            Err(Failure::Said(problem)) if problem.status == 422 && !fields.is_empty() => fields.clear(),
            Err(Failure::Said(problem)) if problem.status == 409 && contested < TRIES => contested += 1,
            Err(failure) => return Ok(Err(failure)),
        }
    }
}

/// What is to be changed in the ticket as it is. Tags replace each other, so nobody may have changed it since.
fn change(now: &Ticket, card: &Card, tags: &[String], fields: &[Value]) -> Option<Value> {
    if now.is_closed() {
        return None;
    }
    let mut wanted = card.tags_after(&now.tags).unwrap_or_else(|| now.tags.clone());
    wanted.extend(tags.iter().filter(|tag| !now.tags.contains(tag)).cloned());
    let differs = |field: &&Value| !now.custom_fields.iter().any(|one| one.is(field));
    let fields: Vec<&Value> = fields.iter().filter(differs).collect();
    let mut ticket = json!({});
    if wanted != now.tags {
        ticket["tags"] = wanted.into();
        if !now.updated_at.is_empty() {
            ticket["safe_update"] = true.into();
            ticket["updated_stamp"] = now.updated_at.as_str().into();
        }
    }
    if !fields.is_empty() {
        ticket["custom_fields"] = json!(fields);
    }
    (ticket != json!({})).then(|| json!({"ticket": ticket}))
}
