//! Whose turn it is at a helpdesk with limits: asked before anything is loaded where that costs nothing, and before each effect.

use std::time::Duration;

use deskbridge_core::conversation::Task;
use deskbridge_core::pace::{Asking, Lane, Need};

use super::Mail;
use super::converse::{Stop, Talk};
use crate::bridge::Bridge;
use crate::directory::Account;
use crate::pace::Turn;
use crate::ports::{Clock, World};

/// The turn of ordinary deliveries as a whole; or how long they wait, of which nothing needs to be read or written.
///
/// A delivery that comes for the first time from a queue that counts durably is taken up all the same, and what is planned for it is
/// saved while it waits. Otherwise nobody could tell later whether it has been tried ([`super::first_attempt`]), and what came behind
/// it could not be merged with it.
pub(crate) fn turn_of_all<'a, W: World>(
    bridge: &'a Bridge<W>,
    helpdesk: &'a Account,
    mails: &[Mail],
) -> Result<Option<Turn<'a>>, Duration> {
    let Some(first) = mails.first() else { return Ok(None) };
    let lane = lane_of(mails);
    if lane == Lane::Urgent || first.is_certainly_first() {
        return Ok(None);
    }
    let asking = Asking { lane, need: Need::OF_MESSAGE, waited: first.receives > 1 };
    bridge.paces.begin(&helpdesk.name, asking, bridge.world.clock().now()).map(Some)
}

/// The lane of a conversation with these deliveries at hand.
pub(crate) fn lane_of(mails: &[Mail]) -> Lane {
    mails.iter().map(|mail| mail.envelope.lane()).min().unwrap_or(Lane::Ordinary)
}

pub(crate) fn why(account: &Account) -> String {
    format!("waits for its turn at {}, which takes only so many calls a minute", account.name)
}

impl<W: World> Talk<'_, W> {
    fn asking(&self, need: Need) -> Asking {
        Asking { lane: self.lane, need, waited: self.receives() > 1 }
    }

    /// The turn of one effect; or how long it waits.
    pub(crate) fn turn_of<'t>(&'t self, account: &'t Account, task: &Task) -> Result<Turn<'t>, Duration> {
        let asking = self.asking(self.still_needed(task));
        self.bridge.paces.begin(&account.name, asking, self.now())
    }

    /// Whether the effect would have to wait.
    pub(crate) fn must_wait(&self, account: &Account, task: &Task) -> bool {
        self.bridge.paces.is_closed(&account.name, self.asking(self.still_needed(task)), self.now())
    }

    /// Its calls belong to the turn of all, if there is one.
    fn still_needed(&self, task: &Task) -> Need {
        let need = Need::of(task);
        if self.has_turn { Need { calls: 0, ..need } } else { need }
    }

    /// The turn of one reading from the helpdesk.
    pub(crate) fn turn_to_read(&self) -> Result<Turn<'_>, Stop> {
        let asking = Asking { lane: Lane::Urgent, need: Need { calls: 1, updates: 0 }, waited: true };
        let turn = self.bridge.paces.begin(&self.helpdesk.name, asking, self.now());
        turn.map_err(|wait| Stop::again(wait, why(self.helpdesk)))
    }
}
