//! A ticket that does not become the conversation's.

use super::Settled;
use crate::ConversationKey;
use crate::conversation::{Conversation, LinkTask, OpenEffect};
use crate::notes::{NotLinked, Notice};
use crate::plan::notice_effect;

/// Agents are told why.
pub(super) fn not_linked(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    task: &LinkTask,
    why: NotLinked,
    code: &str,
) -> Settled {
    let notice = Notice::NotLinked { ticket: task.ticket.clone(), why, code: code.to_owned() };
    conversation.open.insert(0, notice_effect(key, notice, &task.comment, effect.causes.clone()));
    Settled::GoOn
}
