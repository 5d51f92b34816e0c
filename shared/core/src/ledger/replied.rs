//! What it leads to that a reply was published, or that something was done to a message.

use crate::command::Verb;
use crate::conversation::{Conversation, ModerateTask, OpenEffect, ReplyPiece, Task};
use crate::effect::Receipt;
use crate::notes::Notice;
use crate::plan::notice_effect;
use crate::policy::Policy;
use crate::ring::Seen;
use crate::{ConversationKey, Moment, private};

/// A part of a reply was published.
pub(super) fn posted(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    piece: &ReplyPiece,
    receipt: &Receipt,
    policy: &Policy,
) {
    match &receipt.private {
        Some(thread) => private::began(conversation, effect, thread),
        None => conversation.part_stands(effect.id, piece, &receipt.id, policy),
    }
    if receipt.late && conversation.went_out_late(effect.started_at) {
        tell_late(key, conversation, effect, piece);
    }
}

/// What an agent asked for was done to a message. Of a reply in several parts that is told once, after the last of them.
pub(super) fn moderated(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    task: &ModerateTask,
    policy: &Policy,
    now: Moment,
) {
    if task.verb == Verb::Withdraw {
        conversation.recent.remember(Seen::Removed(&task.message), now, policy.horizon);
        conversation.reply_is_gone(&task.message);
    }
    let of_same_note =
        |open: &OpenEffect| matches!(&open.task, Task::Moderate(other) if other.comment == task.comment);
    if !conversation.open.iter().any(of_same_note) {
        let done = notice_effect(key, Notice::Done(task.verb), &task.comment, effect.causes.clone());
        conversation.open.insert(0, done);
    }
}

/// Tells the agents that a reply went out by an exception, once its last part did.
fn tell_late(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    piece: &ReplyPiece,
) {
    let notice = Notice::SentLate { window_from: conversation.window_of(effect.id) };
    let note = notice_effect(key, notice, &piece.comment, effect.causes.clone());
    let of_reply =
        |open: &OpenEffect| matches!(open.task, Task::PostReply(_)) && open.causes == effect.causes;
    let behind = conversation.open.iter().rposition(of_reply).map_or(0, |last| last + 1);
    conversation.open.insert(behind, note);
}
