//! What a ticket shows beside its comments: its status, its tags, and how the conversation stands.

use deskbridge_core::card::Card;
use deskbridge_core::effect::{CardUpdate, NewComment, NewNote, Outcome, Reason, Receipt};
use deskbridge_core::model::TicketStatus;
use serde_json::{Map, Value};

use super::Freshdesk;
use super::api::{Asked, Walk};
use super::errors::Failure;
use super::outbound::distinct;
use super::wire::{STATUS_OPEN, Ticket, status_of};
use crate::Next;

/// What must be true of a ticket once a comment is there.
pub(super) struct After<'a> {
    reopen: bool,
    tags: &'a [String],
    untag: &'a [String],
    /// Its fields show this.
    fields: Option<&'a Card>,
    /// Its tags show this.
    shown: Option<&'a Card>,
}

impl<'a> After<'a> {
    /// What a comment in the customer's name asks for. Its fields change along with it, its tags need not.
    pub(super) fn comment(comment: &'a NewComment) -> Self {
        let reopen = comment.status.needs_reopening();
        Self { reopen, tags: &[], untag: &[], fields: Some(&comment.card), shown: None }
    }

    /// What a note asks for.
    pub(super) fn note(note: &'a NewNote) -> Self {
        let card = note.card.as_ref();
        Self { reopen: note.reopen, tags: &note.tags, untag: &note.untag, fields: card, shown: card }
    }
}

impl Freshdesk {
    /// The fields that show the card, as far as the account has them.
    pub(super) fn card_fields(&self, card: &Card) -> Map<String, Value> {
        let settings = &self.settings;
        let delivery = card.delivery.map(|delivery| delivery.word().to_owned());
        let reply_by = card.reply_by.map(|reply_by| settings.reply_by_format.value(reply_by));
        let fields =
            [settings.delivery_field.clone().zip(delivery), settings.reply_by_field.clone().zip(reply_by)];
        fields.into_iter().flatten().map(|(name, value)| (name, value.into())).collect()
    }

    pub(super) fn show_card(
        &self,
        update: &CardUpdate,
        walk: &mut Walk<'_>,
    ) -> Result<Outcome, Next<Outcome>> {
        let card = Some(&update.card);
        let after = After { reopen: false, tags: &[], untag: &[], fields: card, shown: card };
        Ok(match self.finish(&update.ticket, &after, walk)? {
            Ok(_) => Outcome::Done(Receipt::of(&update.ticket)),
            Err(failure) => failure.outcome(Reason::TicketDeleted),
        })
    }

    /// What belongs to a comment or note beside its text: the ticket set back to open, tags added to its own, the card.
    /// Making it twice is the same as making it once, and it tells the ticket's status if it had to ask. A field that does
    /// not take its value is left out.
    pub(super) fn finish<T>(
        &self,
        ticket: &str,
        after: &After<'_>,
        walk: &mut Walk<'_>,
    ) -> Asked<Option<TicketStatus>, T> {
        let mut change = Map::new();
        if after.reopen {
            change.insert("status".to_owned(), STATUS_OPEN.into());
        }
        if !after.tags.is_empty() || !after.untag.is_empty() || after.shown.is_some() {
            // Tags replace each other on update, so the ticket's own must be sent along.
            let now: Ticket = match walk.ask(self.api.get(&["tickets", ticket], &[]))? {
                Ok(now) => now,
                Err(failure) => return Ok(Err(failure.of_reading())),
            };
            if let Some(tags) = tags_after(&now, after) {
                change.insert("tags".to_owned(), tags.into());
            }
        }
        let fields = after.fields.map(|card| self.card_fields(card)).unwrap_or_default();
        if !fields.is_empty() {
            let mut whole = change.clone();
            whole.insert("custom_fields".to_owned(), fields.into());
            let changed = self.update::<T>(ticket, whole, walk)?;
            let refused = changed
                .as_ref()
                .is_err_and(|failure| failure.refusal().is_some_and(|error| error.status() == 400));
            if !refused {
                return Ok(changed);
            }
        }
        if change.is_empty() {
            return Ok(Ok(None));
        }
        self.update(ticket, change, walk)
    }

    fn update<T>(
        &self,
        ticket: &str,
        change: Map<String, Value>,
        walk: &mut Walk<'_>,
    ) -> Asked<Option<TicketStatus>, T> {
        let changed = walk.ask::<Ticket, T>(self.api.put(&["tickets", ticket], &change.into()))?;
        Ok(changed.and_then(|changed| match changed.merged_into() {
            Some(into) => Err(Failure::Merged(into.to_owned())),
            None => Ok(Some(status_of(changed.status))),
        }))
    }
}

/// The ticket's tags once they show what they must; `None` if they do already.
fn tags_after(now: &Ticket, after: &After<'_>) -> Option<Vec<String>> {
    let shown = after.shown.and_then(|card| card.tags_after(now.tags()));
    let shown = shown.as_deref().unwrap_or(now.tags());
    let kept = shown.iter().filter(|tag| !after.untag.contains(tag));
    let tags = distinct(kept.chain(after.tags).map(String::as_str));
    (tags != now.tags()).then_some(tags)
}
