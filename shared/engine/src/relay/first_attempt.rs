//! The keyed fast path: the first attempt at opening a ticket goes without a recorded intent, which saves one of two writes
//! for every new conversation.
//!
//! The queue's message is the durable intent then: the effect's name, and so its idempotency key, can be computed again from
//! the conversation alone. Four things make that safe.
//!
//! - Only one event, only at its certainly first delivery, only while the helpdesk remembers the key whenever the attempt
//!   was made since the door took the event, and only after a read of the store that is not stale.
//! - Whoever meets that event again without a record of an attempt assumes that there was one ([`Talk::assume_begun`]), and
//!   goes the recorded way: the same key while it is remembered, a lookup afterwards.
//! - What an attempt without a record carried is one event. So at a later delivery the ticket is opened with that event
//!   alone, and what waits behind it follows ([`Talk::first_run`]); only then are agents' answers in it read.
//! - A ticket says which messages it was opened with. If they are others after all, ours are brought in as a comment.

use deskbridge_core::conversation::{Conversation, OpenEffect, Task};
use deskbridge_core::effect::{EffectKind, Guarantee};
use deskbridge_core::model::{Event, Surface, TicketStatus, What};
use deskbridge_core::{Moment, cause_of, ledger};

use super::Mail;
use super::converse::Talk;
use crate::envelope::Cargo;
use crate::ports::World;

impl Mail {
    fn event(&self) -> Option<&Event> {
        match &self.envelope.cargo {
            Cargo::Event(event) => Some(event),
            Cargo::Unreadable { .. } => None,
        }
    }

    /// Whether nobody can have taken it up before.
    pub(super) fn is_certainly_first(&self) -> bool {
        self.receives_are_durable && self.receives <= 1
    }
}

impl<W: World> Talk<'_, W> {
    /// Whether the item must be read as the last save left it, because a first attempt may follow.
    pub(crate) fn needs_latest(&self) -> bool {
        self.keyed_until(self.now()).is_some()
            && matches!(self.mails, [mail] if mail.is_certainly_first() && mail.event().is_some_and(says_something))
    }

    /// How many of the mails are dealt with in one go: all of them, unless an earlier delivery may have opened a ticket with
    /// the first of them without our knowing.
    pub(crate) fn first_run(&self, conversation: &Conversation) -> usize {
        let all = self.mails.len();
        if self.keyed_until(self.now()).is_none() || !self.may_open_ticket(conversation) {
            return all;
        }
        let mut opening = self.mails.iter().enumerate().filter(|(_, mail)| {
            let news =
                |event: &Event| says_something(event) && !conversation.recent.contains_hash(cause_of(event));
            mail.event().is_some_and(news)
        });
        let Some((first, mail)) = opening.next() else { return all };
        let again = |mail: &Mail| mail.receives_are_durable && mail.receives > 1;
        if again(mail) || opening.any(|(_, mail)| again(mail)) { first + 1 } else { all }
    }

    /// A ticket is planned of which nothing is recorded, and not at the first delivery: assumes that it was begun.
    pub(crate) fn assume_begun(&self, before: &Conversation, planned: &mut Conversation) {
        let Some((open, mail)) = self.unrecorded_ticket(before, planned) else { return };
        let (id, received_at, now) = (open.id, mail.envelope.received_at, self.now());
        let Some(until) = self.keyed_until(received_at).filter(|_| mail.receives_are_durable) else { return };
        if mail.is_certainly_first() && now < until {
            return;
        }
        // A first delivery so late is one that was put back into the queue: its attempts are long over.
        let latest = if mail.is_certainly_first() { received_at } else { now };
        ledger::assume_begun(planned, id, received_at, latest);
    }

    /// Whether this planned effect may be begun without a record. `before` is the item, read with [`Talk::needs_latest`].
    pub(crate) fn is_first_attempt(&self, before: &Conversation, planned: &Conversation) -> bool {
        self.unrecorded_ticket(before, planned).is_some_and(|(open, mail)| {
            let still_keyed =
                self.keyed_until(mail.envelope.received_at).is_some_and(|until| self.now() < until);
            open.attempt == 0 && open.causes.len() == 1 && mail.is_certainly_first() && still_keyed
        })
    }

    /// The ticket that is to be opened next and of which the item says nothing, with the mail of its first event.
    fn unrecorded_ticket<'c>(
        &self,
        before: &Conversation,
        planned: &'c Conversation,
    ) -> Option<(&'c OpenEffect, &Mail)> {
        let open = planned.open.first().filter(|open| open.task == Task::CreateTicket)?;
        if before.open.iter().any(|known| known.id == open.id) {
            return None;
        }
        let first = open.causes.first()?;
        let of_first = |mail: &&Mail| mail.event().is_some_and(|event| cause_of(event) == *first);
        Some((open, self.mails.iter().find(of_first)?))
    }

    /// Until when the helpdesk remembers the key of a ticket opened at that moment without a record; `None` if it takes no keys, or if
    /// the conversation's own key may come to lead to another conversation while the ticket is opened (a customer's id changes, or a
    /// private reply takes their direct messages to a public conversation).
    fn keyed_until(&self, at: Moment) -> Option<Moment> {
        if self.thread.surface == Surface::Direct {
            return None;
        }
        match self.helpdesk.connector.guarantee(EffectKind::CreateTicket) {
            Guarantee::Keyed { window, .. } => Some(at.plus(window)),
            _ => None,
        }
    }

    fn may_open_ticket(&self, conversation: &Conversation) -> bool {
        let opening = conversation.open.iter().any(|open| open.task == Task::CreateTicket);
        let over = conversation.ticket.as_ref().is_none_or(|ticket| {
            let direct = self.thread.surface == Surface::Direct || conversation.side().is_some();
            direct && ticket.status == TicketStatus::Solved
        });
        !opening && (over || conversation.let_go.is_some())
    }
}

/// Whether an event can open a ticket.
fn says_something(event: &Event) -> bool {
    matches!(event.what, What::Message(_) | What::Edited(_))
}
