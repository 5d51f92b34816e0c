//! What was written by an attempt of which nobody knows what it carried: compared with what should be there.

use crate::ConversationKey;
use crate::Moment;
use crate::compose::contents_of;
use crate::conversation::{Conversation, EffectState, OpenEffect, Task};
use crate::effect::Receipt;
use crate::plan::{append_effect_id, due};
use crate::policy::Policy;
use crate::ring::Seen;

/// The ticket, or the comment, is there. If an earlier attempt made it with other events, ours are brought in, and those are
/// remembered: should they come after all, they are there already. (A comment in doubt that was put back is planned with no more
/// than the event that it is named by.)
pub(super) fn compare_contents(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    receipt: &Receipt,
    policy: &Policy,
    now: Moment,
) {
    let ours = contents_of(&effect.causes);
    let begun_with = effect.begun_with.as_deref().unwrap_or_default();
    let there: &[u64] = match receipt.opened_with {
        Some(contents) if contents == ours => return,
        Some(contents) => {
            conversation.recent.remember(Seen::Contents(&contents.to_string()), now, policy.horizon);
            if contents == contents_of(begun_with) { begun_with } else { &[] }
        }
        None if begun_with.is_empty() => return,
        None => begun_with,
    };
    there.iter().for_each(|&cause| conversation.recent.remember_hash(cause, now, policy.horizon));
    let alone = receipt.opened_with;
    let is_missing = |cause: &u64| !there.contains(cause) && Some(contents_of(&[*cause])) != alone;
    bring_in(key, conversation, effect, is_missing);
}

/// Brings in those of the effect's events that are missing in its ticket, and takes those that are not out of what waits.
fn bring_in(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    is_missing: impl Fn(&u64) -> bool,
) {
    for waiting in &mut conversation.open {
        if waiting.task == Task::AppendComment && waiting.state == EffectState::Due {
            waiting.causes.retain(&is_missing);
        }
    }
    conversation.open.retain(|waiting| waiting.task != Task::AppendComment || !waiting.causes.is_empty());
    let missing: Vec<u64> = effect.causes.iter().copied().filter(is_missing).collect();
    let Some(first) = missing.first() else { return };
    let append = due(append_effect_id(key, *first), Task::AppendComment, missing);
    conversation.open.insert(0, append);
}
