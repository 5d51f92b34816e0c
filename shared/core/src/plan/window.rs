//! The reply window as time passes: agents are told before it closes, and the ticket shows when it is closed.

use std::time::Duration;

use super::{Planner, Verdict};
use crate::card::Window;
use crate::model::{Event, TicketStatus};
use crate::notes::Notice;

/// A sweep rings timers within minutes.
const OVERDUE: Duration = Duration::from_secs(3600);

impl Planner<'_> {
    /// The time came that was set. A timer of which nothing is remembered was set by an attempt that came to nothing.
    pub(super) fn timer(&mut self, event: &Event, cause: u64) -> Verdict {
        if self.next.timer != Some(event.at) {
            return Verdict::Ignored;
        }
        // Whoever rang it may have another clock.
        self.now = self.now.max(event.at);
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

    /// Sets the next timer, unless one is set already: it looks then whether the customer wrote meanwhile. One that is long
    /// overdue was lost (its record was removed, say), and another is set in its place.
    pub(super) fn set_timer(&mut self) {
        let waits = self.next.timer.is_some_and(|at| self.now.since(at) < OVERDUE);
        if waits || !self.has_ticket() {
            return;
        }
        let Some(reply_by) = self.next.reply_by(self.policy).filter(|reply_by| *reply_by > self.now) else {
            return;
        };
        let nudge_at = self.policy.nudge_before.map(|before| reply_by.minus(before));
        let nudge_at = nudge_at.filter(|at| *at > self.now && self.next.window() == Window::Open);
        self.next.timer = Some(nudge_at.unwrap_or(reply_by));
    }

    /// Whether agents still have the ticket before them.
    fn is_worked_on(&self) -> bool {
        let status = self.next.ticket.as_ref().map(|ticket| ticket.status);
        status.is_some_and(|status| !matches!(status, TicketStatus::Solved | TicketStatus::Closed))
    }

    fn wants_nudge(&self) -> bool {
        self.policy.nudge_before.is_some() && self.next.window() == Window::Open && !self.next.is_answered()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConversationKey;
    use crate::conversation::{Conversation, Task, Ticket};
    use crate::ledger::tests::{message, policy};
    use crate::model::{Surface, What};
    use crate::policy::Policy;
    use crate::{Moment, plan};

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const NUDGE: Duration = Duration::from_secs(7200);
    const START: Moment = Moment(0);

    fn windowed() -> Policy {
        Policy { reply_window_length: Some(DAY), nudge_before: Some(NUDGE), ..policy() }
    }

    fn planned(conversation: &Conversation, event: Event, now: Moment) -> Conversation {
        let key = ConversationKey::mark("acme", "test");
        plan(&key, Surface::Direct, conversation, &[event], &windowed(), now).next
    }

    /// A conversation whose customer wrote at the start.
    fn waiting() -> Conversation {
        let ticket =
            Ticket { id: "35".to_owned(), status: TicketStatus::Open, status_at: START, cursor: None };
        let known = Conversation { generation: 1, ticket: Some(ticket), ..Conversation::default() };
        planned(&known, message("m1", START), START)
    }

    fn ring(at: Moment) -> Event {
        Event { id: format!("timer:{}", at.0), at, what: What::Timer, ..message("m1", at) }
    }

    fn nudges(conversation: &Conversation) -> usize {
        let is_nudge = |task: &Task| matches!(task, Task::Notify(Notice::WindowCloses(_)));
        conversation.open.iter().filter(|open| is_nudge(&open.task)).count()
    }

    #[test]
    fn a_timer_that_was_not_set_does_nothing_and_one_that_was_does_its_work_once_whatever_the_clock_says() {
        let at = START.plus(DAY).minus(NUDGE);
        let waiting = waiting();
        assert_eq!(waiting.timer, Some(at));
        for other in [at.minus(NUDGE), at.plus(NUDGE)] {
            assert_eq!(planned(&waiting, ring(other), other), waiting);
        }
        for now in [at.minus(Duration::from_secs(90)), at, at.plus(Duration::from_secs(90))] {
            let rung = planned(&waiting, ring(at), now);
            assert_eq!((nudges(&rung), rung.timer), (1, Some(START.plus(DAY))), "{now}");
            assert_eq!(planned(&rung, ring(at), now), rung, "once");
            let over = planned(&rung, ring(START.plus(DAY)), START.plus(DAY).minus(Duration::from_secs(90)));
            assert_eq!((over.card.map(|card| card.window), over.timer), (Some(Window::Closed), None));
        }
    }

    #[test]
    fn a_timer_that_was_lost_is_set_anew_and_one_that_is_late_is_waited_for() {
        let waiting = waiting();
        let at = START.plus(DAY).minus(NUDGE);
        let late = at.plus(OVERDUE / 2);
        assert_eq!(planned(&waiting, message("m2", late), late).timer, Some(at));
        let lost = at.plus(OVERDUE);
        assert_eq!(planned(&waiting, message("m2", lost), lost).timer, Some(lost.plus(DAY).minus(NUDGE)));
    }
}
