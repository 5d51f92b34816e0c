//! A message is removed on the platform: its copy is redacted, and agents are told that something was removed.

use super::{Planner, Verdict, due};
use crate::conversation::Task;
use crate::effect::EffectId;
use crate::ring::Seen;

impl Planner<'_> {
    pub(super) fn removed(&mut self, message: &str, cause: u64) -> Verdict {
        if self.next.recent.contains(Seen::Own(message)) {
            return self.own_removed(message, cause);
        }
        // It may arrive before the message itself, which must then not be shown.
        self.remember(Seen::Removed(message));
        let verdict = self.note_if_ticket(cause);
        if verdict == Verdict::Planned {
            // Before the note that tells of it: others may still join that.
            self.redact(message, cause, self.next.open.len() - 1);
        } else if !self.next.former.is_empty() {
            self.redact(message, cause, self.next.open.len());
            return Verdict::Planned;
        } else {
            self.remember(Seen::Unredacted(message));
        }
        verdict
    }

    /// A removed message comes (again) that an attempt given up in doubt may have written: if it did, that is redacted.
    pub(super) fn redact_what_is_in_doubt(&mut self, message: &str) {
        let removed = Seen::Removed(message);
        if self.next.recent.contains(removed) {
            self.redact(message, removed.hash(), self.next.open.len());
        }
    }

    fn redact(&mut self, message: &str, cause: u64, at: usize) {
        let id = EffectId::of(&[self.key.as_str(), "redact", &cause.to_string()]);
        if self.next.open.iter().any(|open| open.id == id) {
            return;
        }
        let task = Task::Redact(Seen::Message(message).hash());
        self.next.open.insert(at, due(id, task, vec![cause]));
    }
}

#[cfg(test)]
mod tests {
    use crate::ConversationKey;
    use crate::conversation::{Conversation, EffectState, FormerTicket, Task, Ticket};
    use crate::ledger::tests::{message, policy};
    use crate::model::{Event, Surface, TicketStatus, What};
    use crate::ring::Seen;
    use crate::{Moment, cause_of, ledger, plan};

    const NOW: Moment = Moment(0);

    fn removal(of: &str) -> Event {
        let what = What::Removed { message: of.to_owned() };
        Event { id: format!("removal of {of}"), what, ..message(of, NOW) }
    }

    fn planned(conversation: &Conversation, events: &[Event]) -> Conversation {
        let key = ConversationKey::mark("acme", "test");
        plan(&key, Surface::Direct, conversation, events, &policy(), NOW).next
    }

    fn tasks(conversation: &Conversation) -> Vec<&Task> {
        conversation.open.iter().map(|open| &open.task).collect()
    }

    fn redact(message: &str) -> Task {
        Task::Redact(Seen::Message(message).hash())
    }

    #[test]
    fn removals_are_redacted_each_and_told_together() {
        let events = [message("m1", NOW), removal("m1"), removal("m2")];
        let next = planned(&Conversation::default(), &events);
        assert_eq!(tasks(&next), [&Task::CreateTicket, &redact("m1"), &redact("m2"), &Task::NoteEvents]);
        assert_eq!(planned(&next, &events[1..]), next, "once");
    }

    #[test]
    fn without_a_present_ticket_former_ones_are_redacted_and_without_any_nothing() {
        let former = vec![FormerTicket { id: "34".to_owned(), cursor: None }];
        let next = planned(&Conversation { former, ..Conversation::default() }, &[removal("m1")]);
        assert_eq!(tasks(&next), [&redact("m1")]);
        assert_eq!(planned(&Conversation::default(), &[removal("m1")]).open, []);
    }

    #[test]
    fn what_was_given_up_in_doubt_is_redacted_once_it_is_found() {
        let key = ConversationKey::mark("acme", "test");
        let mut conversation = planned(&Conversation::default(), &[message("m1", NOW)]);
        ledger::begin(&mut conversation, NOW);
        ledger::settle(&key, &mut conversation, &crate::Outcome::Unknown, &policy(), NOW);
        let late = NOW.plus(policy().give_up_after);
        assert!(ledger::doubt_is_over(&key, &mut conversation, &policy(), late).is_some());
        conversation.recent.forget_hash(cause_of(&message("m1", NOW)));
        let next = planned(&conversation, &[removal("m1"), message("m1", NOW)]);
        assert_eq!(tasks(&next), [&Task::CreateTicket, &redact("m1")]);
        assert_eq!(next.open[0].state, EffectState::Started, "to be looked up");
    }

    #[test]
    fn what_opened_a_ticket_unknown_to_us_and_was_removed_meanwhile_is_redacted_when_it_comes_again() {
        let opened_with = crate::compose::contents_of(&[cause_of(&message("m1", NOW))]).to_string();
        let mut conversation = planned(&Conversation::default(), &[removal("m1")]);
        conversation.recent.remember(Seen::Contents(&opened_with), NOW, policy().horizon);
        assert_eq!(planned(&conversation, &[message("m1", NOW)]).open, [], "its ticket is not known yet");
        let former = vec![FormerTicket { id: "34".to_owned(), cursor: None }];
        let closed = Conversation { former, ..conversation.clone() };
        assert_eq!(
            tasks(&planned(&closed, &[message("m1", NOW)])),
            [&redact("m1")],
            "it stands in an earlier one"
        );
        let ticket = Ticket { id: "35".to_owned(), status: TicketStatus::Open, status_at: NOW, cursor: None };
        conversation.ticket = Some(ticket);
        let next = planned(&conversation, &[message("m1", NOW)]);
        assert_eq!(tasks(&next), [&redact("m1")]);
        let again = planned(&Conversation { open: Vec::new(), ..next }, &[message("m1", NOW)]);
        assert_eq!(again.open, [], "once");
    }
}
