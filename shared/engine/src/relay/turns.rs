//! Whose turn it is at a helpdesk with limits: asked before anything is loaded where that costs nothing, and before each effect.

use std::time::Duration;

use deskbridge_core::conversation::{Conversation, Task};
use deskbridge_core::pace::{Asking, Lane, Need};

use super::Mail;
use super::converse::{Stop, Talk};
use crate::bridge::Bridge;
use crate::directory::Account;
use crate::pace::Turn;
use crate::ports::{Clock, World};

/// The turn of ordinary deliveries as a whole, where the queue does not count durably; or how long they wait, of which nothing needs to
/// be read or written.
pub(crate) fn before_loading<'a, W: World>(
    bridge: &'a Bridge<W>,
    helpdesk: &'a Account,
    mails: &[Mail],
) -> Result<Option<Turn<'a>>, Duration> {
    match mails.first() {
        Some(first) if !first.receives_are_durable => turn_of_all(bridge, helpdesk, mails),
        _ => Ok(None),
    }
}

fn turn_of_all<'a, W: World>(
    bridge: &'a Bridge<W>,
    helpdesk: &'a Account,
    mails: &[Mail],
) -> Result<Option<Turn<'a>>, Duration> {
    let lane = lane_of(mails);
    if lane == Lane::Urgent {
        return Ok(None);
    }
    let waited = mails.first().is_some_and(|first| first.receives > 1);
    let asking = Asking { lane, need: Need::OF_MESSAGE, has_ticket: false, waited };
    bridge.paces.begin(&helpdesk.name, asking, bridge.world.clock().now()).map(Some)
}

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

    /// The turn of ordinary deliveries as a whole, where the queue counts durably: only then it matters what is remembered.
    ///
    /// One that comes for the first time is taken up all the same, and what is planned for it is saved while it waits. Otherwise nobody
    /// could tell later whether it has been tried ([`super::first_attempt`]), and what came behind it could not be merged with it. What
    /// follows into a ticket needs no turn but that of its effect.
    pub(crate) fn turn_after_loading(&self, conversation: &Conversation) -> Result<Option<Turn<'_>>, Stop> {
        let waits = |first: &Mail| first.receives_are_durable && first.receives > 1;
        if conversation.ticket.is_some() || !self.mails.first().is_some_and(waits) {
            return Ok(None);
        }
        turn_of_all(self.bridge, self.helpdesk, self.mails)
            .map_err(|wait| Stop::again(wait, why(self.helpdesk)))
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
