//! What arrives under a key that leads to another conversation is dealt with there. Two things are not sent on: a message of which a
//! first attempt may have opened a ticket before anybody knew that the key leads on, since that attempt is recorded nowhere and
//! would be made again under another name; and news of tickets that bear this key, which no other conversation knows.

use deskbridge_core::conversation::{Conversation, EffectState, Task};
use deskbridge_core::model::What;

use super::converse::Talk;
use super::effects::Ledger;
use super::privately::public_key_of;
use super::{Disposition, Mail};
use crate::envelope::Cargo;
use crate::ports::World;

/// What is to be done with the first of some deliveries under a key that leads on.
pub(super) enum Led<'a> {
    /// Sent on.
    On(&'a [Mail]),
    /// Hints, dealt with here.
    Hints(&'a [Mail]),
    /// A ticket may have been opened before: this is a conversation of its own.
    Never,
}

impl<W: World> Talk<'_, W> {
    /// Sorts the first deliveries. The same at every delivery: what was sent on once is not dealt with here later. Only if a ticket was
    /// perhaps opened a moment ago (`begun`) this process knows better than clocks.
    pub(super) fn first_led(&self, conversation: &Conversation, begun: bool) -> Led<'_> {
        let hints = self.mails.iter().take_while(|mail| is_hint(mail)).count();
        if hints > 0 {
            return Led::Hints(&self.mails[..hints]);
        }
        if begun || self.may_have_been_begun(conversation) {
            return Led::Never;
        }
        let others = self.mails.iter().take_while(|mail| !is_hint(mail)).count();
        Led::On(&self.mails[..others])
    }

    /// Sends all on to where the key leads.
    pub(super) async fn lead_on(&self, conversation: &Conversation) -> Vec<Disposition> {
        match (&conversation.continues, public_key_of(conversation)) {
            (Some(earlier), _) => self.forward(earlier).await,
            (None, Some(public)) => self.forward_to_public(public).await,
            (None, None) => Vec::new(),
        }
    }

    fn may_have_been_begun(&self, conversation: &Conversation) -> bool {
        let mut mails = self.mails.iter().filter(|mail| self.may_be_a_first_attempt(mail));
        mails.any(|mail| conversation.may_have_led_later(mail.envelope.received_at))
    }
}

impl<W: World> Ledger<'_, W> {
    /// Whether a first attempt was made that perhaps opened a ticket.
    pub(super) fn may_have_opened_a_ticket(&self) -> bool {
        let certainly_not = self.conversation.open.first().is_some_and(|open| {
            open.task == Task::CreateTicket && open.state == EffectState::Due && !open.uncertain
        });
        !self.first_attempt && !certainly_not
    }
}

fn is_hint(mail: &Mail) -> bool {
    matches!(&mail.envelope.cargo, Cargo::Event(event) if matches!(event.what, What::Hint(_)))
}
