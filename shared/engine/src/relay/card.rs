//! When the ticket is made to show how the conversation stands: nothing else waits for it.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::conversation::{EffectState, OpenEffect, Task};
use deskbridge_core::ledger;

use super::converse::Stop;
use super::effects::Ledger;
use crate::directory::Account;
use crate::ports::World;

/// A card that waits until a request before it can no longer land keeps the conversation's last delivery, and a queue in order
/// keeps what comes meanwhile behind that: nobody is to wait for a card longer than this.
pub(super) const CARD_LOOKS_AGAIN: Duration = Duration::from_secs(15);

impl<W: World> Ledger<'_, W> {
    /// A reply has to wait, and the ticket is to tell so meanwhile.
    pub(super) async fn show_that_it_waits(&mut self) -> Result<(), Stop> {
        let helpdesk = self.talk.helpdesk;
        let due = |open: &&OpenEffect| open.task == Task::ShowCard && open.state == EffectState::Due;
        let Some(open) = self.conversation.open.first().filter(due).cloned() else { return Ok(()) };
        if self.conversation.open.len() == 1 || self.passes_over_card(helpdesk, self.now()) {
            return self.save_if_dirty().await;
        }
        let Some(effect) = self.compose(&open) else { return self.save_if_dirty().await };
        match self.send(helpdesk, &open, effect).await {
            Ok(()) | Err(Stop::Again(..)) => self.save_if_dirty().await,
            Err(stop) => Err(stop),
        }
    }

    /// Whether the card is not to be shown now: it is shown already, or the helpdesk rests and something else waits behind it.
    pub(super) fn passes_over_card(&mut self, helpdesk: &Account, now: Moment) -> bool {
        let shown = ledger::drop_card_if_shown(&mut self.conversation, &self.talk.policy);
        let rests = self.conversation.open.len() > 1
            && (self.talk.bridge.resting(&helpdesk.name, now).is_some()
                || self.talk.must_wait(helpdesk, &Task::ShowCard));
        if !shown && rests {
            ledger::put_card_last(&mut self.conversation);
        }
        self.dirty |= shown || rests;
        shown || rests
    }
}
