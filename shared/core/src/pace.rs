//! The pace at which a remote side with limits is called: who goes first, what is left for them, and when the others come back.
//!
//! A pure policy: it takes what answers tell of the limits, and the time. What it knows may be lost at any moment, and costs
//! nothing but a refused call then.
//!
//! - **Lanes.** Direct messages and all that agents wait for are urgent, and so is what is said where somebody has a ticket already; public
//!   messages of others are ordinary.
//! - **Reserve.** Of a limit's window the ordinary lane may use half at once and the other half evenly as time passes. So whatever is
//!   urgent finds room at any moment, and at the end of the window nothing was left unused.
//! - **Slots.** What has to wait is told when its turn will be, one after the other, so that it comes back once and not with every
//!   window; and what came later goes behind it.
//! - **Refusals.** After a 429 nobody calls until the time that it named; then one does, and the others follow when that went well.

mod window;

use std::time::Duration;

use crate::Moment;
use crate::conversation::Task;
use crate::model::{Event, Place, Surface, What};
use window::Window;

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Direct messages, agents' replies and wishes, removed messages, timers, and what is said in conversations that are known: somebody
    /// waits.
    Urgent,
    /// What people write and do in public with whom nobody talks yet: there may be any number at once.
    Ordinary,
}

impl Lane {
    /// The lane of an event, by nothing but what is known when it is queued. `is_known`: something of its conversation is remembered
    /// already, so that there is a ticket, or will be at once. (A queue that cannot look that up says `false`.) A conversation is
    /// as urgent as the most urgent event of it that waits: its events are never reordered.
    #[must_use]
    pub fn of(event: &Event, is_known: bool) -> Self {
        let in_public = match &event.place {
            Place::Thread(thread) => thread.surface == Surface::Public,
            Place::Beside { .. } => true,
            Place::Privately { .. } | Place::Ticket { .. } | Place::Account => false,
        };
        match &event.what {
            What::Signal { .. } => Self::Ordinary,
            What::Message(_)
            | What::Edited(_)
            | What::Activity(_)
            | What::Hidden { .. }
            | What::Renamed { .. }
                if in_public && !is_known =>
            {
                Self::Ordinary
            }
            _ => Self::Urgent,
        }
    }

    /// Its number in stores: never changed.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Urgent => 0,
            Self::Ordinary => 1,
        }
    }

    /// Of so many groups that are taken up one after the other, one is ordinary if any may go: the urgent lane goes first, but a
    /// consumer that is kept busy by it still does other work. (Where a remote side's limit is what everybody waits for, the
    /// reserve decides, not this.)
    pub const ORDINARY_EVERY: u32 = 4;

    /// The lane to look into first for the `nth` group that is taken up.
    #[must_use]
    pub fn first_for(nth: u32) -> Self {
        if nth % Self::ORDINARY_EVERY == Self::ORDINARY_EVERY - 1 { Self::Ordinary } else { Self::Urgent }
    }
}

/// What is left of a limit, as an answer told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// So many calls are taken per window.
    pub limit: u32,
    /// So many more in this one.
    pub left: u32,
    /// Until the window ends, if the answer says that.
    pub resets: Option<Duration>,
}

/// What one answer told of the limits of its account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of all calls.
    pub calls: Option<Left>,
    /// Of changes to tickets that are there, where those have a limit of their own.
    pub updates: Option<Left>,
    /// It was refused since a limit of the account is used up.
    pub refused: Option<Refused>,
}

/// A limit of the account that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub limit: Limit,
    /// For how long.
    pub wait: Duration,
}

/// The limits that an account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Of all calls.
    Calls,
    /// Of changes to tickets that are there.
    Updates,
}

/// About how much of the limits an effect needs. Too low a number costs a refused call in a storm, too high a one some room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Calls.
    pub calls: u32,
    /// Those of them that change a ticket.
    pub updates: u32,
}

impl Need {
    /// What the first effect of a message that waits needs at most: a new ticket with its requester.
    pub const OF_MESSAGE: Self = Self { calls: 2, updates: 0 };

    /// What a task needs.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        match task {
            Task::CreateTicket => Self::OF_MESSAGE,
            Task::AppendComment | Task::NoteEvents | Task::Notify(_) => Self { calls: 1, updates: 1 },
            Task::ShowCard | Task::LinkTicket(_) | Task::Redact(_) | Task::CopyFiles(_) => {
                Self { calls: 2, updates: 1 }
            }
            Task::PostReply(_) | Task::Moderate(_) | Task::Forward(_) => Self { calls: 1, updates: 0 },
        }
    }
}

/// Whoever asks to begin something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Their lane.
    pub lane: Lane,
    /// What they need.
    pub need: Need,
    /// Whether the conversation has its ticket: its calls go before those that open tickets.
    pub has_ticket: bool,
    /// Whether they come back from waiting, so that they need not queue again behind those who wait.
    pub waited: bool,
}

impl Asking {
    fn lane_of_calls(self) -> Lane {
        if self.has_ticket { Lane::Urgent } else { self.lane }
    }
}

/// Whether somebody may call now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// So many may begin something.
    Now(u32),
    /// Nobody before then.
    At(Moment),
}

/// The pace of one account.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    calls: Window,
    updates: Window,
}

impl Pace {
    /// Takes in what an answer told.
    pub fn hear(&mut self, told: &Limits, now: Moment) {
        if let Some(left) = told.calls {
            self.calls.hear(left, now);
        }
        if let Some(left) = told.updates {
            self.updates.hear(left, now);
        }
        match told.refused {
            Some(Refused { limit: Limit::Calls, wait }) => self.calls.refuse(wait, now),
            Some(Refused { limit: Limit::Updates, wait }) => self.updates.refuse(wait, now),
            None => {}
        }
    }

    /// Asks to begin something. Once begun, it counts until [`Pace::end`].
    ///
    /// # Errors
    /// After which while to ask again: the slot that is kept for whoever asks.
    pub fn begin(&mut self, asking: Asking, now: Moment) -> Result<(), Duration> {
        let Asking { lane, need, .. } = asking;
        let at = match self.opens(asking, now) {
            (None, None) => {
                self.calls.enter(need.calls, now);
                self.updates.enter(need.updates, now);
                return Ok(());
            }
            (Some(at), None) => self.calls.keep_slot(asking.lane_of_calls(), need.calls, at, now),
            (None, Some(at)) => self.updates.keep_slot(lane, need.updates, at, now),
            (Some(one), Some(other)) => self.updates.keep_slot(lane, need.updates, one.max(other), now),
        };
        Err(at.since(now).max(Window::SHORTEST_WAIT))
    }

    /// Whether something would have to wait.
    #[must_use]
    pub fn is_closed(&self, asking: Asking, now: Moment) -> bool {
        self.opens(asking, now) != (None, None)
    }

    /// When the limits of calls and of updates allow it, where that is not now.
    fn opens(&self, asking: Asking, now: Moment) -> (Option<Moment>, Option<Moment>) {
        let Asking { lane, need, waited, .. } = asking;
        let opens = |window: &Window, lane, need| {
            if need == 0 { None } else { window.opens(lane, need, waited, now) }
        };
        (opens(&self.calls, asking.lane_of_calls(), need.calls), opens(&self.updates, lane, need.updates))
    }

    /// What was begun is over; its answers have been heard.
    pub fn end(&mut self, need: Need) {
        self.calls.leave(need.calls);
        self.updates.leave(need.updates);
    }

    /// Whether, and how often, something of this lane could begin that needs what a message needs. For a consumer that can choose
    /// what it takes up: what it leaves lying waits without being received. Nothing new before those who have slots had them.
    #[must_use]
    pub fn opening(&self, lane: Lane, now: Moment) -> Opening {
        let each = if lane == Lane::Urgent { 1 } else { Need::OF_MESSAGE.calls };
        match self.calls.opens(lane, each, false, now) {
            Some(at) => Opening::At(at.max(now.plus(Window::SHORTEST_WAIT))),
            // One goes ahead.
            None if self.calls.is_refused() => Opening::Now(1),
            None => match self.calls.room(lane, now) {
                u32::MAX => Opening::Now(u32::MAX),
                room => Opening::Now(room / each),
            },
        }
    }
}

#[cfg(test)]
mod tests;
