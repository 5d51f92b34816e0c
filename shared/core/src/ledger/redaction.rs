//! What agents must remove by hand, because it could not be redacted.

use super::Settled;
use crate::ConversationKey;
use crate::conversation::{Conversation, OpenEffect};
use crate::effect::Receipt;
use crate::notes::{Notice, Unredacted};
use crate::plan::notice_effect;

/// A redaction was made. If it found nothing, the message never arrived, or its ticket is gone; or it stands in a ticket that is
/// not remembered any more, and that must be told.
pub(super) fn made(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    receipt: &Receipt,
) {
    let remembered = conversation.former.len() + usize::from(conversation.ticket.is_some());
    let forgotten = usize::try_from(conversation.generation).is_ok_and(|tickets| tickets > remembered);
    if receipt.id.is_empty() && forgotten {
        let code = "it is in none of the tickets that the bridge remembers";
        not_redacted(key, conversation, effect, Unredacted::Unclear, code);
    }
}

/// The agents are told. Nothing else waits for it.
pub(super) fn not_redacted(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    cause: Unredacted,
    code: &str,
) -> Settled {
    let notice = Notice::NotRedacted { cause, code: code.to_owned() };
    let about = effect.id.to_string();
    conversation.open.insert(0, notice_effect(key, notice, &about, effect.causes.clone()));
    Settled::GoOn
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::policy;
    use super::super::{begin, settle};
    use super::*;
    use crate::Moment;
    use crate::conversation::{FormerTicket, Task};
    use crate::effect::{EffectId, Outcome, Reason, Refusal};
    use crate::plan::due;

    /// What a redaction, begun at the epoch, leads to; and what is open then.
    fn after(outcome: &Outcome, generation: u32, now: Moment) -> (Settled, Vec<Task>) {
        let key = ConversationKey::mark("acme", "test");
        let former = vec![FormerTicket { id: "35".to_owned(), cursor: None }];
        let open = vec![due(EffectId(1), Task::Redact(7), vec![8])];
        let mut conversation = Conversation { open, former, generation, ..Conversation::default() };
        begin(&mut conversation, Moment(0));
        let settled = settle(&key, &mut conversation, outcome, &policy(), now);
        (settled, conversation.open.into_iter().map(|open| open.task).collect())
    }

    fn told(cause: Unredacted, code: &str) -> Task {
        Task::Notify(Notice::NotRedacted { cause, code: code.to_owned() })
    }

    #[test]
    fn whatever_is_refused_is_told_and_only_a_dead_credential_waits() {
        let refused = |reason| after(&Outcome::Refused(Refusal::new(reason, "403")), 1, Moment(0));
        for (reason, cause) in [
            (Reason::Permission, Unredacted::Right),
            (Reason::Gone, Unredacted::Unclear),
            (Reason::Invalid, Unredacted::Refused),
            (Reason::TicketClosed, Unredacted::Refused),
        ] {
            assert_eq!(refused(reason), (Settled::GoOn, vec![told(cause, "403")]));
        }
        let (settled, open) = refused(Reason::Token);
        assert!(matches!(settled, Settled::Blocked(_)) && open == [Task::Redact(7)]);
        let again = Outcome::RetryAfter(Duration::from_secs(9));
        assert_eq!(after(&again, 1, Moment(0)).1, [Task::Redact(7)]);
        let late = Moment(0).plus(policy().give_up_after);
        assert_eq!(after(&again, 1, late), (Settled::GoOn, vec![told(Unredacted::GaveUp, "")]));
    }

    #[test]
    fn what_was_not_found_is_told_only_if_a_ticket_is_forgotten() {
        let (nothing, done) = (Outcome::Done(Receipt::of("")), Outcome::Done(Receipt::of("9")));
        assert_eq!(after(&nothing, 1, Moment(0)), (Settled::GoOn, vec![]));
        assert_eq!(after(&done, 2, Moment(0)), (Settled::GoOn, vec![]));
        let code = "it is in none of the tickets that the bridge remembers";
        assert_eq!(after(&nothing, 2, Moment(0)).1, [told(Unredacted::Unclear, code)]);
    }

    #[test]
    fn where_nobody_can_be_told_in_the_ticket_a_person_is_told_if_an_earlier_ticket_may_show_it() {
        let key = ConversationKey::mark("acme", "test");
        for former in [vec![], vec![FormerTicket { id: "34".to_owned(), cursor: None }]] {
            let another = !former.is_empty();
            let notice = Notice::NotRedacted { cause: Unredacted::Refused, code: String::new() };
            let open = vec![due(EffectId(1), Task::Notify(notice), vec![8])];
            let mut conversation = Conversation { open, former, ..Conversation::default() };
            let deleted = Outcome::Refused(Refusal::new(Reason::TicketDeleted, "404"));
            let settled = settle(&key, &mut conversation, &deleted, &policy(), Moment(0));
            assert_eq!(matches!(settled, Settled::Hold(_)), another, "{settled:?}");
        }
    }
}
