//! The states of an effect: when it may be sent, what to do with one found open, what its outcome means.
//!
//! An effect is saved as started before its request leaves, and its outcome is saved afterwards. Whoever finds a started
//! effect without an outcome must assume that it may have been made.

mod contents;
mod files;
mod given_up;
mod linking;
mod redaction;
mod refused;
mod replied;

use std::time::Duration;

use contents::compare_contents;
pub use files::{forget_copies, hold_file_back, leave_out, lose_files, nothing_to_copy};
pub(crate) use given_up::known_as_given_up;
use given_up::put_aside;
use linking::not_linked;
use redaction::not_redacted;
pub(crate) use refused::reply_refused;
use refused::{drop_rest_of_reply, not_done, refused};

use crate::ConversationKey;
use crate::card::Delivery;
use crate::conversation::{Conversation, EffectState, OpenEffect, Task, Ticket, Unconfirmed};
use crate::effect::{Guarantee, Outcome, Reason, Receipt, Refusal};
use crate::file::FILE_PATIENCE;
use crate::model::TicketStatus;
use crate::not_sent::Why;
use crate::notes::{Cause, FileTrouble, NotLinked, Notice, Unredacted};
use crate::plan::{append_effect_id, linked, notice_effect, reply_published, show_card};
use crate::policy::Policy;
use crate::ring::Seen;
use crate::{EffectId, Moment};

/// So many unconfirmed replies are remembered, newest last, in case their proof arrives.
const UNCONFIRMED_KEPT: usize = 4;

/// What may be done with the next open effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Send it (again).
    Send,
    /// An earlier request may still land: wait this long before anything else.
    Wait(Duration),
    /// Find out whether it was made.
    Lookup,
    /// Nobody can find out whether it was made.
    CannotKnow,
}

/// Decides what may be done with an open effect at `now`.
#[must_use]
pub fn resume(effect: &OpenEffect, guarantee: Guarantee, now: Moment) -> Resume {
    if effect.state == EffectState::Due {
        return Resume::Send;
    }
    let after = |settle: Duration, then: Resume| {
        let waited = now.since(effect.started_at);
        if waited < settle { Resume::Wait(settle - waited) } else { then }
    };
    match guarantee {
        Guarantee::Natural => Resume::Send,
        Guarantee::Overwrites { settle } => after(settle, Resume::Send),
        Guarantee::Keyed { window, .. } if now.since(effect.first_started_at) < window => Resume::Send,
        Guarantee::Keyed { settle, .. } | Guarantee::Findable { settle } => after(settle, Resume::Lookup),
        Guarantee::Echoed { settle } => after(settle, Resume::CannotKnow),
        Guarantee::Blind => Resume::CannotKnow,
    }
}

/// Records that the first open effect is being made. To be saved before the request leaves.
pub fn begin(conversation: &mut Conversation, now: Moment) {
    if let Some(effect) = conversation.open.first_mut() {
        if effect.attempt == 0 {
            effect.first_started_at = now;
        }
        effect.uncertain |= effect.state == EffectState::Started;
        effect.attempt = effect.attempt.saturating_add(1);
        effect.started_at = now;
        effect.state = EffectState::Started;
        effect.begun_with = None;
    }
}

/// Records that an effect may have been begun by somebody who could not record it: since `first_started_at` at the
/// earliest and `latest` at the latest. See the relay's first attempts.
pub fn assume_begun(conversation: &mut Conversation, id: EffectId, first_started_at: Moment, latest: Moment) {
    if let Some(effect) = conversation.open.iter_mut().find(|effect| effect.id == id) {
        // One that was given up in doubt is known to have begun before.
        let earliest = if effect.attempt == 0 { first_started_at } else { effect.first_started_at };
        effect.state = EffectState::Started;
        effect.attempt = effect.attempt.max(1);
        effect.first_started_at = earliest.min(first_started_at);
        effect.started_at = latest;
    }
}

/// Records that the latest attempt was certainly not made. If an earlier one may have been, nothing is certain yet.
fn not_made(effect: &mut OpenEffect) {
    if !effect.uncertain {
        effect.state = EffectState::Due;
    }
}

/// Records that no attempt at the first open effect was made: it was looked up, and is not there.
pub fn not_there(conversation: &mut Conversation) {
    if let Some(effect) = conversation.open.first_mut() {
        effect.uncertain = false;
        effect.begun_with = None;
        effect.state = EffectState::Due;
    }
}

/// What an outcome leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The effect is settled (perhaps by being replaced); go on with the next open one.
    GoOn,
    /// It is still open; come back not sooner than after this while.
    Later(Duration),
    /// It is still due, but the account cannot act until somebody repairs it.
    Blocked(Refusal),
    /// It was given up and must be kept for a person, with what it was about.
    Hold(Refusal),
}

/// Applies the outcome of the first open effect.
pub fn settle(
    key: &ConversationKey,
    conversation: &mut Conversation,
    outcome: &Outcome,
    policy: &Policy,
    now: Moment,
) -> Settled {
    let settled = apply(key, conversation, outcome, policy, now);
    show_card(key, conversation, policy);
    settled
}

fn apply(
    key: &ConversationKey,
    conversation: &mut Conversation,
    outcome: &Outcome,
    policy: &Policy,
    now: Moment,
) -> Settled {
    let Some(effect) = conversation.open.first().cloned() else { return Settled::GoOn };
    match outcome {
        Outcome::Done(receipt) => {
            conversation.open.remove(0);
            made(conversation, &effect, receipt, policy, now);
            match &effect.task {
                Task::CreateTicket | Task::AppendComment => {
                    compare_contents(key, conversation, &effect, receipt, policy, now);
                }
                Task::Moderate(task) => replied::moderated(key, conversation, &effect, task, policy, now),
                Task::Redact(_) => redaction::made(key, conversation, &effect, receipt),
                Task::LinkTicket(task) => linked(key, conversation, task, receipt, &effect.causes, now),
                Task::PostReply(piece) => replied::posted(key, conversation, &effect, piece, receipt, policy),
                Task::NoteEvents
                | Task::Notify(_)
                | Task::Forward(_)
                | Task::ShowCard
                | Task::CopyFiles(_) => {}
            }
            Settled::GoOn
        }
        // Whoever comes next must wait and look. A process that was frozen sent its request long after its intent, so
        // the wait counts from now.
        Outcome::Unknown => {
            conversation.open[0].started_at = now;
            waits(conversation, &effect, Duration::ZERO)
        }
        Outcome::RetryAfter(wait) => retry_later(key, conversation, &effect, *wait, policy, now),
        Outcome::Refused(refusal) => match refusal.reason {
            // Who may write in tickets need not be allowed to redact: that must not keep everything else waiting.
            Reason::Permission if matches!(effect.task, Task::Redact(_)) => {
                conversation.open.remove(0);
                not_redacted(key, conversation, &effect, Unredacted::Right, &refusal.code)
            }
            Reason::Permission if let Task::LinkTicket(task) = &effect.task => {
                conversation.open.remove(0);
                not_linked(key, conversation, &effect, task, NotLinked::Refused, &refusal.code)
            }
            // What a ticket shows beside its comments is not worth waiting for.
            _ if effect.task == Task::ShowCard && refusal.reason != Reason::Token => {
                conversation.open.remove(0);
                conversation.card_is_shown(conversation.card(policy));
                Settled::GoOn
            }
            Reason::Permission if matches!(effect.task, Task::CopyFiles(_)) => {
                conversation.open.remove(0);
                refused(key, conversation, &effect, refusal, policy)
            }
            Reason::Token | Reason::Permission => {
                not_made(&mut conversation.open[0]);
                show_queued(key, conversation, &effect, policy);
                Settled::Blocked(refusal.clone())
            }
            _ => {
                conversation.open.remove(0);
                refused(key, conversation, &effect, refusal, policy)
            }
        },
    }
}

/// Gives up on knowing whether the first open effect, a reply, was made: remembers it in case its proof arrives, and
/// tells the agents. The cursor stays before the agent's comment until they were told: whoever reads it again meets the
/// open note, and makes it.
pub fn give_up_knowing(key: &ConversationKey, conversation: &mut Conversation) {
    if conversation.open.is_empty() {
        return;
    }
    let effect = conversation.open.remove(0);
    let Task::PostReply(piece) = &effect.task else { return };
    drop_rest_of_reply(conversation, &effect);
    conversation.reply_has(Delivery::Unconfirmed, &piece.comment);
    conversation.was_not_sent(effect.id, piece, Why::Unconfirmed);
    let notice = Notice::Unconfirmed { piece: piece.piece, of: piece.of };
    conversation.open.insert(0, notice_effect(key, notice, &piece.comment, effect.causes.clone()));
    conversation.unconfirmed.push(Unconfirmed { id: effect.id, piece: piece.clone() });
    let excess = conversation.unconfirmed.len().saturating_sub(UNCONFIRMED_KEPT);
    conversation.unconfirmed.drain(..excess);
}

/// Reduces the first open effect to the causes that are at hand: the others are forgotten, so that they are planned
/// anew when they are delivered again. Only for an effect that certainly was not made.
pub fn keep_causes(key: &ConversationKey, conversation: &mut Conversation, at_hand: &[u64]) {
    let Some(effect) = conversation.open.first_mut() else { return };
    let missing: Vec<u64> = effect.causes.iter().copied().filter(|cause| !at_hand.contains(cause)).collect();
    let named_by = effect.causes.first().copied();
    effect.causes.retain(|cause| at_hand.contains(cause));
    let first = effect.causes.first().copied();
    if effect.task != Task::CreateTicket
        && first != named_by
        && let Some(first) = first
    {
        // The message that it is named by will be planned under that name again, and must not find this one. A comment is named by its
        // first message still, so that whoever plans that message again after a doubt knows what it belonged to.
        effect.id = match effect.task {
            Task::AppendComment => append_effect_id(key, first),
            _ => EffectId::of(&[&effect.id.to_string(), "without", &first.to_string()]),
        };
    }
    let empty = effect.causes.is_empty();
    missing.iter().for_each(|&cause| conversation.recent.forget_hash(cause));
    forget_copies(conversation, &missing);
    // A notice about the same messages needs none of them, and must not stand for one that is yet to be planned.
    for notice in conversation.open.iter_mut().filter(|other| matches!(other.task, Task::Notify(_))) {
        notice.causes.retain(|cause| !missing.contains(cause));
    }
    if empty {
        let effect = conversation.open.remove(0);
        if effect.task == Task::CreateTicket {
            conversation.generation = conversation.generation.saturating_sub(1);
        }
    }
}

/// Takes the first open effect, which shows the card, off the list if the ticket shows it already; gives whether it did.
pub fn drop_card_if_shown(conversation: &mut Conversation, policy: &Policy) -> bool {
    // One that was begun may have shown anything.
    let due = conversation.open.first().is_some_and(|effect| effect.state == EffectState::Due);
    let shown = due && !conversation.card_differs(policy);
    if shown {
        conversation.open.remove(0);
    }
    shown
}

/// Puts the first open effect, which shows the card, behind all others: nothing need wait for it.
pub fn put_card_last(conversation: &mut Conversation) {
    conversation.open.rotate_left(1);
}

fn made(
    conversation: &mut Conversation,
    effect: &OpenEffect,
    receipt: &Receipt,
    policy: &Policy,
    now: Moment,
) {
    if receipt.requester.is_some() {
        conversation.requester.clone_from(&receipt.requester);
    }
    match &effect.task {
        Task::CreateTicket => {
            conversation.ticket = Some(Ticket {
                id: receipt.id.clone(),
                status: receipt.status.unwrap_or(TicketStatus::New),
                status_at: now,
                cursor: receipt.comment.clone(),
            });
            conversation.card_is_shown(conversation.card(policy));
        }
        Task::AppendComment => {
            let merged = |open: &OpenEffect| matches!(open.task, Task::Notify(Notice::TicketMerged(_)));
            let after_merge = conversation.open.iter().any(merged);
            conversation.comment_showed(policy);
            if let Some(ticket) = &mut conversation.ticket {
                let reopened =
                    if ticket.status.needs_reopening() { TicketStatus::Open } else { ticket.status };
                ticket.hear(receipt.status.unwrap_or(reopened), now);
                if after_merge {
                    // What agents wrote in the other ticket before is not ours to publish.
                    ticket.cursor.get_or_insert_with(|| receipt.id.clone());
                }
            }
        }
        Task::Notify(Notice::GoesOn { .. }) => {}
        Task::NoteEvents | Task::Notify(_) => {
            if matches!(&effect.task, Task::Notify(notice) if notice.changes_card()) {
                conversation.card_is_shown(conversation.card(policy));
            }
            if let (Some(ticket), Some(status)) = (&mut conversation.ticket, receipt.status) {
                ticket.hear(status, now);
            }
        }
        Task::PostReply(_) => {
            conversation.recent.remember(Seen::Own(&receipt.id), now, policy.horizon);
            conversation.part_was_made(effect.id, effect.started_at, receipt);
            reply_published(conversation, effect);
        }
        Task::ShowCard => conversation.card_is_shown(conversation.card(policy)),
        Task::CopyFiles(_) => {
            conversation.comment_showed(policy);
            if let (Some(ticket), Some(status)) = (&mut conversation.ticket, receipt.status) {
                ticket.hear(status, now);
            }
        }
        Task::Moderate(_) | Task::Redact(_) | Task::LinkTicket(_) | Task::Forward(_) => {}
    }
}

/// A reply has to wait: the ticket tells so, before it is tried again.
fn show_queued(key: &ConversationKey, conversation: &mut Conversation, effect: &OpenEffect, policy: &Policy) {
    let Task::PostReply(piece) = &effect.task else { return };
    conversation.reply_has(Delivery::Queued, &piece.comment);
    show_card(key, conversation, policy);
    if conversation.open.last().is_some_and(|last| last.task == Task::ShowCard && last.attempt == 0) {
        conversation.open.rotate_right(1);
    }
}

/// An effect has to wait, the first open one unless a card went before it meanwhile. Others need not wait for a file or a card.
fn waits(conversation: &mut Conversation, effect: &OpenEffect, wait: Duration) -> Settled {
    let is_first = conversation.open.first().is_some_and(|first| first.id == effect.id);
    if is_first && let_others_pass(conversation) { Settled::GoOn } else { Settled::Later(wait) }
}

/// The first open effect has to wait. If others go first, it is behind them then; gives whether they do. A file lets everything
/// pass, but what may have been copied already must not be overtaken by what redacts it. A card lets everything pass but files,
/// so that the two do not take turns for ever.
pub fn let_others_pass(conversation: &mut Conversation) -> bool {
    let Some((first, behind)) = conversation.open.split_first() else { return false };
    let any = |wanted: fn(&Task) -> bool| behind.iter().any(|effect| wanted(&effect.task));
    let pass = match first.task {
        Task::CopyFiles(_) => {
            let redacts = any(|task| matches!(task, Task::Redact(_)));
            any(|task| !matches!(task, Task::CopyFiles(_))) && (first.state == EffectState::Due || !redacts)
        }
        Task::ShowCard => any(|task| !matches!(task, Task::CopyFiles(_))),
        _ => false,
    };
    if pass {
        conversation.open.rotate_left(1);
    }
    pass
}

fn retry_later(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    wait: Duration,
    policy: &Policy,
    now: Moment,
) -> Settled {
    if !is_over(effect, policy, now) {
        not_made(&mut conversation.open[0]);
        if effect.task == Task::ShowCard {
            put_card_last(conversation);
            return Settled::Later(wait);
        }
        show_queued(key, conversation, effect, policy);
        return waits(conversation, effect, wait);
    }
    conversation.open.remove(0);
    match &effect.task {
        Task::ShowCard => Settled::GoOn,
        Task::PostReply(_) => reply_refused(key, conversation, effect, Cause::GaveUp, ""),
        Task::Moderate(task) => not_done(key, conversation, effect, task, Cause::GaveUp, ""),
        Task::Redact(_) => not_redacted(key, conversation, effect, Unredacted::GaveUp, ""),
        Task::LinkTicket(task) => not_linked(key, conversation, effect, task, NotLinked::Refused, "gave up"),
        Task::CopyFiles(_) => files::not_copied(key, conversation, effect, FileTrouble::GaveUp, ""),
        _ => {
            put_aside(conversation, effect, effect.uncertain);
            Settled::Hold(Refusal::new(Reason::Invalid, "gave up after repeated attempts"))
        }
    }
}

/// Whether an effect has been tried for long enough.
fn is_over(effect: &OpenEffect, policy: &Policy, now: Moment) -> bool {
    let patience = match effect.task {
        Task::CopyFiles(_) => policy.give_up_after.min(FILE_PATIENCE),
        _ => policy.give_up_after,
    };
    now.since(effect.first_started_at) >= patience
}

/// Nobody can say yet whether the first open effect was made, and the remote side asks to wait. `None`: wait. Otherwise it has
/// been asked for long enough, and the effect is off the list: a reply's fate is told to the agents; anything else must be
/// kept for a person.
pub fn doubt_is_over(
    key: &ConversationKey,
    conversation: &mut Conversation,
    policy: &Policy,
    now: Moment,
) -> Option<Settled> {
    let effect = conversation.open.first().filter(|effect| is_over(effect, policy, now)).cloned()?;
    if matches!(effect.task, Task::PostReply(_)) {
        give_up_knowing(key, conversation);
        return Some(Settled::GoOn);
    }
    conversation.open.remove(0);
    if matches!(effect.task, Task::CopyFiles(_)) {
        return Some(files::not_copied(key, conversation, &effect, FileTrouble::GaveUp, ""));
    }
    put_aside(conversation, &effect, true);
    Some(Settled::Hold(Refusal::new(Reason::Invalid, "gave up finding out whether it was made")))
}

#[cfg(test)]
pub(crate) mod tests;
