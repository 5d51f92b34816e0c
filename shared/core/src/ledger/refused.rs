//! What is done about an effect that the remote side refused.

use super::Settled;
use super::files;
use super::linking::not_linked;
use super::redaction::not_redacted;
use crate::ConversationKey;
use crate::EffectId;
use crate::conversation::{Conversation, ModerateTask, OpenEffect, ReplyPiece, Task, Ticket};
use crate::effect::{Reason, Refusal};
use crate::model::TicketStatus;
use crate::not_sent::Why;
use crate::notes::{Cause, FileTrouble, NotLinked, Notice, Unredacted};
use crate::plan::{becomes_former, due, is_former_no_more, next_generation, notice_effect, ticket_effect_id};
use crate::policy::Policy;

/// What a refusal of the first open effect, which is off the list, leads to.
pub(super) fn refused(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    refusal: &Refusal,
    policy: &Policy,
) -> Settled {
    match (&effect.task, &refusal.reason) {
        (Task::PostReply(piece), Reason::Window)
            if policy.fallback_template.is_some() && piece.falls_back() =>
        {
            fall_back(key, conversation, effect, piece);
            Settled::GoOn
        }
        (Task::PostReply(piece), reason @ (Reason::Content | Reason::Invalid)) if piece.file.is_some() => {
            files::held_back(key, conversation, effect, FileTrouble::of(reason), &refusal.code)
        }
        (Task::PostReply(_), reason) => {
            reply_refused(key, conversation, effect, Cause::of(reason), &refusal.code)
        }
        (Task::Moderate(task), reason) => {
            not_done(key, conversation, effect, task, Cause::of(reason), &refusal.code)
        }
        (Task::AppendComment | Task::CopyFiles(_), Reason::TicketMerged(into)) => {
            // What agents wrote into an earlier ticket of ours is ours to publish, also if nothing of it was read yet.
            let cursor = is_former_no_more(conversation, into).map(Option::unwrap_or_default);
            let former = conversation.ticket.replace(Ticket {
                id: into.clone(),
                status: TicketStatus::Open,
                status_at: effect.started_at,
                cursor,
            });
            let id = former.as_ref().map_or_else(String::new, |ticket| ticket.id.clone());
            conversation.card_is_blank();
            if let Some(former) = former {
                becomes_former(conversation, former);
            }
            let again = due(effect.id, effect.task.clone(), effect.causes.clone());
            let note = notice_effect(key, Notice::TicketMerged(id), into, effect.causes.clone());
            conversation.open.splice(0..0, [again, note]);
            Settled::GoOn
        }
        (Task::AppendComment, Reason::TicketClosed | Reason::TicketDeleted) => {
            let former = conversation.ticket.as_ref().map_or_else(String::new, |ticket| ticket.id.clone());
            let deleted = refusal.reason == Reason::TicketDeleted;
            next_generation(conversation);
            if deleted {
                conversation.former.retain(|ticket| ticket.id != former);
            }
            let id = ticket_effect_id(key, conversation.generation);
            conversation.open.insert(0, due(id, Task::CreateTicket, effect.causes.clone()));
            if deleted {
                let note =
                    notice_effect(key, Notice::TicketDeleted(former.clone()), &former, effect.causes.clone());
                conversation.open.insert(1, note);
            }
            Settled::GoOn
        }
        (Task::LinkTicket(task), reason) => {
            not_linked(key, conversation, effect, task, NotLinked::of(reason), &refusal.code)
        }
        // What it tells stands in the other ticket, too.
        (Task::Notify(Notice::GoesOn { .. }), _) => Settled::GoOn,
        (Task::Redact(_), reason) => {
            not_redacted(key, conversation, effect, Unredacted::of(reason), &refusal.code)
        }
        (Task::CopyFiles(_), reason) if *reason != Reason::TicketDeleted => {
            files::not_copied(key, conversation, effect, FileTrouble::of(reason), &refusal.code)
        }
        // The customer's own act on a ticket that is gone: agents cannot see the ticket either.
        (Task::NoteEvents, Reason::TicketClosed | Reason::TicketDeleted)
        | (Task::CopyFiles(_), Reason::TicketDeleted) => Settled::GoOn,
        // Nor what stands in it; but a former ticket may be there.
        (Task::Notify(Notice::NotRedacted { .. }), Reason::TicketDeleted)
            if conversation.former.is_empty() =>
        {
            Settled::GoOn
        }
        _ => Settled::Hold(refusal.clone()),
    }
}

/// A reply, or a piece of it, was not published, and will not be: the agents are told.
pub(crate) fn reply_refused(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    cause: Cause,
    code: &str,
) -> Settled {
    let Task::PostReply(piece) = &effect.task else { return Settled::GoOn };
    drop_rest_of_reply(conversation, effect);
    conversation.reply_fails(&piece.comment);
    conversation.was_not_sent(effect.id, piece, Why::Refused);
    let notice = Notice::Refused {
        piece: piece.piece,
        of: piece.of,
        cause,
        code: code.to_owned(),
        window_from: conversation.window_of(effect.id),
    };
    conversation.open.insert(0, notice_effect(key, notice, &piece.comment, effect.causes.clone()));
    Settled::GoOn
}

/// A reply comes after the window: the account's template goes in its place, and the agents are told.
fn fall_back(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    piece: &ReplyPiece,
) {
    let is_file = |open: &OpenEffect| matches!(&open.task, Task::PostReply(piece) if piece.file.is_some());
    let files = conversation.open.iter().filter(|open| is_file(open) && open.causes == effect.causes).count();
    drop_rest_of_reply(conversation, effect);
    let notice = Notice::FellBack { window_from: conversation.window_from };
    let note = notice_effect(key, notice, &piece.comment, effect.causes.clone());
    let instead = ReplyPiece { piece: 1, of: 1, fingerprint: 0, fallback: Some(true), ..piece.clone() };
    let id = EffectId::of(&[&effect.id.to_string(), "fallback"]);
    let instead = due(id, Task::PostReply(instead), effect.causes.clone());
    conversation.reply_begins(&piece.comment, id);
    conversation.open.splice(0..0, [instead, note]);
    if files > 0 {
        let count = u32::try_from(files).unwrap_or(u32::MAX);
        let code = "a template carries no files".to_owned();
        let notice = Notice::FilesHeldBack { count, trouble: FileTrouble::Refused, code };
        let note = notice_effect(key, notice, &piece.comment, effect.causes.clone());
        conversation.open.insert(2, note);
    }
}

pub(super) fn not_done(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    task: &ModerateTask,
    cause: Cause,
    code: &str,
) -> Settled {
    let notice = Notice::NotDone { verb: task.verb, cause, code: code.to_owned() };
    conversation.open.insert(0, notice_effect(key, notice, &task.comment, effect.causes.clone()));
    Settled::GoOn
}

/// The later pieces of a reply make no sense without this one.
pub(super) fn drop_rest_of_reply(conversation: &mut Conversation, effect: &OpenEffect) {
    conversation
        .open
        .retain(|other| !(matches!(other.task, Task::PostReply(_)) && other.causes == effect.causes));
}
