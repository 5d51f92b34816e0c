//! The reply window as time passes: agents are told before it closes, and the ticket shows when it is closed.

use super::{Planner, Verdict};
use crate::card::Window;
use crate::model::{Event, TicketStatus};
use crate::notes::Notice;

impl Planner<'_> {
    /// The time came that was set. A timer of which nothing is remembered was set by an attempt that came to nothing.
    pub(super) fn timer(&mut self, event: &Event, cause: u64) -> Verdict {
        if self.next.timer != Some(event.at) {
            return Verdict::Ignored;
        }
        self.next.timer = None;
        self.show_card_at_last();
        let (Some(reply_by), true) = (self.next.reply_by(self.policy), self.is_worked_on()) else {
            return Verdict::Noted;
        };
        if self.now >= reply_by {
            self.next.window_is(Window::Closed);
        } else if self.wants_nudge()
            && self.now.plus(self.policy.nudge_before.unwrap_or_default()) >= reply_by
        {
            self.next.window_is(Window::Closing);
            self.notify(Notice::WindowCloses(reply_by), &reply_by.0.to_string(), cause);
            return Verdict::Planned;
        }
        Verdict::Noted
    }

    /// Sets the next timer, unless one is set already: it looks then whether the customer wrote meanwhile.
    pub(super) fn set_timer(&mut self) {
        if self.next.timer.is_some() || !self.has_ticket() {
            return;
        }
        let Some(reply_by) = self.next.reply_by(self.policy).filter(|reply_by| *reply_by > self.now) else {
            return;
        };
        let nudge_at = self.policy.nudge_before.map(|before| reply_by.minus(before));
        let nudge_at = nudge_at.filter(|at| *at > self.now && self.window() == Window::Open);
        self.next.timer = Some(nudge_at.unwrap_or(reply_by));
    }

    /// Whether agents still have the ticket before them.
    fn is_worked_on(&self) -> bool {
        let status = self.next.ticket.as_ref().map(|ticket| ticket.status);
        status.is_some_and(|status| !matches!(status, TicketStatus::Solved | TicketStatus::Closed))
    }

    fn wants_nudge(&self) -> bool {
        self.policy.nudge_before.is_some() && self.window() == Window::Open && !self.next.is_answered()
    }

    fn window(&self) -> Window {
        self.next.card.as_ref().map_or(Window::Open, |card| card.window)
    }
}
