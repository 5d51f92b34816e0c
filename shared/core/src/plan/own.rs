//! What was published in our own name: the proof of a reply, a colleague's answer, and how far a message got.

use super::{Planner, Verdict, reply_published};
use crate::Moment;
use crate::conversation::{ReplyPiece, Task, Unconfirmed};
use crate::effect::{EffectId, Receipt};
use crate::ledger::reply_refused;
use crate::model::{Fate, OwnMessage, Report};
use crate::notes::{Cause, Notice};
use crate::ring::Seen;
use crate::text;

impl Planner<'_> {
    pub(super) fn own(&mut self, own: &OwnMessage, at: Moment, cause: u64) -> Verdict {
        if self.next.recent.contains_hash(cause) {
            return Verdict::Echo;
        }
        let handle = own.handle.as_deref().and_then(EffectId::parse);
        let fingerprint = text::fingerprint(&own.text);
        let proven = self.prove(&own.id, cause, |id, piece| match handle {
            Some(handle) => id == handle,
            // A file has no text that it could be known by.
            None => piece.file.is_none() && !own.text.is_empty() && piece.fingerprint == fingerprint,
        });
        self.remember(Seen::Own(&own.id));
        // A handle of ours that nothing waits for: sent from another conversation (a private reply), or settled long ago.
        if proven || handle.is_some() {
            return Verdict::Echo;
        }
        // A colleague answered in the platform's own app: agents need not be told that the customer waits.
        self.next.was_answered_natively(at);
        self.note_if_ticket(cause)
    }

    /// Something that we published came back: settles the reply that it proves, if there was a doubt.
    fn prove(&mut self, message: &str, cause: u64, is_it: impl Fn(EffectId, &ReplyPiece) -> bool) -> bool {
        if let Some(at) = self.next.unconfirmed.iter().position(|one| is_it(one.id, &one.piece)) {
            let Unconfirmed { id, piece } = self.next.unconfirmed.remove(at);
            self.next.part_stands(id, &piece, message, self.policy);
            self.next.doubt_is_withdrawn(&piece.comment, piece.piece >= piece.of);
            if self.next.not_sent.as_ref().is_some_and(|one| one.comment.as_ref() == Some(&piece.comment)) {
                self.next.need_not_be_sent();
            }
            self.notify(Notice::Confirmed { piece: piece.piece, of: piece.of }, &piece.comment, cause);
            return true;
        }
        let sent = self.next.open.iter().position(|effect| {
            effect.attempt > 0 && matches!(&effect.task, Task::PostReply(piece) if is_it(effect.id, piece))
        });
        let Some(at) = sent else { return false };
        let effect = self.next.open.remove(at);
        self.next.part_was_made(effect.id, effect.started_at, &Receipt::of(message));
        if let Task::PostReply(piece) = &effect.task {
            self.next.part_stands(effect.id, piece, message, self.policy);
        }
        reply_published(&mut self.next, &effect);
        true
    }

    /// How far one of our messages got. The state never moves backwards: what reached the customer cannot fail any more.
    pub(super) fn report(&mut self, report: &Report, cause: u64) -> Verdict {
        if let Some(until) = report.until {
            let before = self.next.card.clone();
            self.next.got_until(until, &report.fate);
            return if self.next.card == before { Verdict::Ignored } else { Verdict::Noted };
        }
        let handle = report.handle.as_deref().and_then(EffectId::parse);
        let message = report.message.as_str();
        if handle.is_none() && !self.next.recent.contains(Seen::Own(message)) {
            // Sent by another system.
            return Verdict::Ignored;
        }
        if self.next.recent.contains_hash(cause) {
            return Verdict::Duplicate;
        }
        let delivered = Seen::Delivered(message);
        if let Fate::Failed { cause: why, code } = &report.fate {
            if self.next.recent.contains(delivered) {
                return Verdict::Ignored;
            }
            self.next.message_got(message, handle, &report.fate);
            return self.failed(message, handle, *why, code, cause);
        }
        let proven = handle.is_some_and(|handle| self.prove(message, cause, |id, _| id == handle));
        self.next.message_got(message, handle, &report.fate);
        let arrived = report.fate != Fate::Sent && !self.next.recent.contains(delivered);
        if proven {
            self.remember(Seen::Own(message));
        }
        if arrived {
            self.remember(delivered);
        }
        if proven {
            Verdict::Echo
        } else if arrived {
            Verdict::Noted
        } else {
            Verdict::Ignored
        }
    }

    /// The platform took a reply, and it will not arrive. That also answers whether it was taken.
    fn failed(
        &mut self,
        message: &str,
        handle: Option<EffectId>,
        why: Cause,
        code: &str,
        cause: u64,
    ) -> Verdict {
        if !self.has_ticket() {
            return Verdict::Ignored;
        }
        self.remember(Seen::Own(message));
        self.next.recent.remember_hash(cause, self.now, self.policy.horizon);
        self.next.unconfirmed.retain(|one| Some(one.id) != handle);
        let sent = self.next.open.iter().position(|effect| Some(effect.id) == handle && effect.attempt > 0);
        if let Some(at) = sent {
            // Its answer is not recorded yet. The parts behind it must not follow.
            let effect = self.next.open.remove(at);
            reply_refused(self.key, &mut self.next, &effect, why, code);
            return Verdict::Planned;
        }
        let (code, window_from) = (code.to_owned(), self.next.window_from);
        if let Some(handle) = handle {
            self.next.was_not_delivered(handle);
            self.next.earlier_part_fails(self.key, handle);
        }
        self.notify(Notice::Undelivered { cause: why, code, window_from }, message, cause);
        Verdict::Planned
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ConversationKey;
    use crate::card::Delivery;
    use crate::conversation::{Conversation, OpenEffect, Ticket};
    use crate::ledger::tests::{message, policy};
    use crate::model::{Event, Surface, TicketStatus, What};
    use crate::plan::due;
    use crate::{Moment, ledger, plan};

    const NOW: Moment = Moment(0);
    const OURS: EffectId = EffectId(1);

    fn report(fate: Fate) -> Event {
        let report = Report { message: "w1".to_owned(), handle: Some(OURS.to_string()), fate, until: None };
        Event { id: format!("{report:?}"), what: What::Report(report), ..message("m1", NOW) }
    }

    fn failed() -> Event {
        report(Fate::Failed { cause: Cause::Blocked, code: "131026".to_owned() })
    }

    fn piece(piece: u32) -> OpenEffect {
        let task = Task::PostReply(ReplyPiece {
            ticket: "35".to_owned(),
            comment: "501".to_owned(),
            answers: "m1".to_owned(),
            piece,
            of: 2,
            fingerprint: 0,
            fallback: None,
            file: None,
        });
        due(EffectId(u64::from(piece)), task, vec![7])
    }

    /// A conversation with a ticket and these open effects; the first is begun.
    fn with(open: Vec<OpenEffect>) -> Conversation {
        let ticket = Ticket { id: "35".to_owned(), status: TicketStatus::Open, status_at: NOW, cursor: None };
        let mut conversation = Conversation { open, ticket: Some(ticket), ..Conversation::default() };
        ledger::begin(&mut conversation, NOW);
        conversation
    }

    /// What is planned, and what was decided about each event.
    fn planned(conversation: &Conversation, events: &[Event]) -> (Vec<Task>, Vec<Verdict>) {
        let key = ConversationKey::mark("acme", "test");
        let later = NOW.plus(Duration::from_secs(9));
        let plan = plan(&key, Surface::Direct, conversation, events, &policy(), later);
        (plan.next.open.into_iter().map(|open| open.task).collect(), plan.verdicts)
    }

    #[test]
    fn what_reached_the_customer_cannot_fail_any_more() {
        for arrived in [Fate::Delivered, Fate::Read] {
            let (tasks, verdicts) = planned(&with(vec![]), &[report(arrived), failed()]);
            assert_eq!((tasks, verdicts), (vec![], vec![Verdict::Noted, Verdict::Ignored]));
        }
    }

    #[test]
    fn a_failure_is_told_once_whatever_else_is_reported() {
        let (tasks, verdicts) = planned(&with(vec![]), &[report(Fate::Sent), failed(), failed()]);
        assert!(matches!(tasks[..], [Task::Notify(Notice::Undelivered { cause: Cause::Blocked, .. })]));
        assert_eq!(verdicts, [Verdict::Ignored, Verdict::Planned, Verdict::Resumes]);
        let mut foreign = failed();
        let What::Report(report) = &mut foreign.what else { unreachable!("it was made so") };
        report.handle = None;
        assert_eq!(planned(&with(vec![]), &[foreign]).1, [Verdict::Ignored], "sent by another system");
    }

    #[test]
    fn a_report_settles_a_send_whose_answer_is_not_known() {
        for proof in [Fate::Sent, Fate::Delivered, Fate::Read] {
            let (tasks, verdicts) = planned(&with(vec![piece(1), piece(2)]), &[report(proof)]);
            assert_eq!((tasks.len(), verdicts), (1, vec![Verdict::Echo]), "the second part is still due");
        }
        let unconfirmed = |open| {
            let Task::PostReply(piece) = piece(1).task else { unreachable!("it was made so") };
            Conversation { unconfirmed: vec![Unconfirmed { id: OURS, piece }], ..with(open) }
        };
        let (tasks, _) = planned(&unconfirmed(vec![]), &[report(Fate::Sent)]);
        assert!(matches!(tasks[..], [Task::Notify(Notice::Confirmed { .. })]));
        let (tasks, _) = planned(&unconfirmed(vec![]), &[failed()]);
        assert!(matches!(tasks[..], [Task::Notify(Notice::Undelivered { .. })]));
    }

    #[test]
    fn a_reply_is_not_shown_as_accepted_whose_first_part_does_not_arrive() {
        let key = ConversationKey::mark("acme", "test");
        for id_of in [crate::plan::reply_effect_id, crate::plan::resend_effect_id] {
            let (first, second) = (id_of(&key, "501", 1), id_of(&key, "501", 2));
            let mut conversation = with(vec![]);
            conversation.reply_begins("501", second);
            conversation.part_was_made(second, NOW, &Receipt::of("w2"));
            let mut event = failed();
            let What::Report(report) = &mut event.what else { unreachable!("it was made so") };
            report.handle = Some(first.to_string());
            let next = plan(&key, Surface::Direct, &conversation, &[event], &policy(), NOW).next;
            assert_eq!(next.card.and_then(|card| card.delivery), Some(Delivery::Failed));
        }
    }

    #[test]
    fn no_part_of_a_reply_follows_one_that_failed() {
        let (tasks, _) = planned(&with(vec![piece(1), piece(2)]), &[failed()]);
        assert!(matches!(tasks[..], [Task::Notify(Notice::Refused { piece: 1, of: 2, .. })]), "{tasks:?}");
    }
}
