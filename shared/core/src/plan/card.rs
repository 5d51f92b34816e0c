//! Keeping the ticket's card in step with what is known.

use super::{Planner, due};
use crate::ConversationKey;
use crate::conversation::{Conversation, Task};
use crate::effect::EffectId;
use crate::policy::Policy;

impl Planner<'_> {
    pub(super) fn show_card(&mut self) {
        show_card(self.key, &mut self.next, self.policy);
    }

    /// Shows also what was not worth an update of its own when it came.
    pub(super) fn show_card_at_last(&mut self) {
        if self.next.card_differs(self.policy) {
            push(self.key, &mut self.next);
        }
    }
}

/// Plans an update of the ticket if it shows something else than it should. However much changes meanwhile, one update is
/// enough: it shows what is known when it is made.
pub(crate) fn show_card(key: &ConversationKey, conversation: &mut Conversation, policy: &Policy) {
    if conversation.card_is_stale(policy) {
        push(key, conversation);
    }
}

fn push(key: &ConversationKey, conversation: &mut Conversation) {
    let underway =
        conversation.open.iter().any(|open| matches!(open.task, Task::ShowCard | Task::CreateTicket));
    if conversation.ticket.is_some() && !underway {
        let id = EffectId::of(&[key.as_str(), "card"]);
        conversation.open.push(due(id, Task::ShowCard, Vec::new()));
    }
}
