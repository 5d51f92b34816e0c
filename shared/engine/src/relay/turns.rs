//! Whose turn it is at a helpdesk with limits: asked before anything is planned for ordinary deliveries, and before each effect.

use std::time::Duration;

use deskbridge_core::conversation::{Conversation, Task};
use deskbridge_core::pace::{Asking, Lane, Need};

use super::Mail;
use super::converse::{Stop, Talk};
use crate::directory::Account;
use crate::pace::Turn;
use crate::ports::World;

/// The lane of a conversation with these deliveries at hand.
pub(crate) fn lane_of(mails: &[Mail]) -> Lane {
    mails.iter().map(|mail| mail.envelope.lane(false)).min().unwrap_or(Lane::Ordinary)
}

pub(crate) fn why(account: &Account) -> String {
    format!("waits for its turn at {}, which takes only so many calls a minute", account.name)
}

impl<W: World> Talk<'_, W> {
    fn asking(&self, task: &Task) -> Asking {
        let need = Need::of(task);
        // Its calls belong to the turn of all, if there is one.
        let need = if self.has_turn { Need { calls: 0, ..need } } else { need };
        Asking { lane: self.lane, need, has_ticket: *task != Task::CreateTicket, waited: self.receives() > 1 }
    }

    /// The turn of ordinary deliveries as a whole, before anything is read for them or planned. What follows into a ticket needs no turn
    /// but that of its effect.
    ///
    /// What comes for the first time from a queue that counts durably is taken up all the same, and what is planned for it is saved while
    /// it waits. Otherwise nobody could tell later whether it has been tried ([`super::first_attempt`]), and what came behind it
    /// could not be merged with it.
    pub(crate) fn turn_of_all(&self, conversation: &Conversation) -> Result<Option<Turn<'_>>, Stop> {
        let is_new = self.mails.first().is_some_and(Mail::is_certainly_first);
        if self.lane == Lane::Urgent || conversation.ticket.is_some() || is_new {
            return Ok(None);
        }
        let asking = self.asking(&Task::CreateTicket);
        let turn = self.bridge.paces.begin(&self.helpdesk.name, asking, self.now());
        turn.map(Some).map_err(|wait| Stop::again(wait, why(self.helpdesk)))
    }

    /// The turn of one effect; or how long it waits.
    pub(crate) fn turn_of<'t>(&'t self, account: &'t Account, task: &Task) -> Result<Turn<'t>, Duration> {
        self.bridge.paces.begin(&account.name, self.asking(task), self.now())
    }

    /// Whether the effect would have to wait.
    pub(crate) fn must_wait(&self, account: &Account, task: &Task) -> bool {
        self.bridge.paces.is_closed(&account.name, self.asking(task), self.now())
    }

    /// The turn of one reading from the helpdesk.
    pub(crate) fn turn_to_read(&self) -> Result<Turn<'_>, Stop> {
        let need = Need { calls: 1, updates: 0 };
        let asking = Asking { lane: Lane::Urgent, need, has_ticket: true, waited: true };
        let turn = self.bridge.paces.begin(&self.helpdesk.name, asking, self.now());
        turn.map_err(|wait| Stop::again(wait, why(self.helpdesk)))
    }
}
