//! Files that do not get where they should: agents are told, and nothing else waits for long.

use super::Settled;
use crate::ConversationKey;
use crate::conversation::{Conversation, OpenEffect, Task};
use crate::effect::Reason;
use crate::not_sent::Why;
use crate::notes::{FileTrouble, Notice};
use crate::plan::notice_effect;

impl FileTrouble {
    /// The trouble for agents of a refusal by the side that is to take a file.
    #[must_use]
    pub fn of(reason: &Reason) -> Self {
        match reason {
            Reason::Gone | Reason::TicketDeleted => Self::Gone,
            _ => Self::Refused,
        }
    }
}

/// The files of a message were not copied, and will not be. The effect is off the list already.
pub(super) fn not_copied(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    trouble: FileTrouble,
    code: &str,
) -> Settled {
    let notice = Notice::FilesNotCopied { count: 1, trouble, code: code.to_owned() };
    let about = effect.id.to_string();
    conversation.open.insert(0, notice_effect(key, notice, &about, effect.causes.clone()));
    Settled::GoOn
}

/// A file of a reply was not sent, and will not be. The files behind it still go. The effect is off the list already.
pub(super) fn held_back(
    key: &ConversationKey,
    conversation: &mut Conversation,
    effect: &OpenEffect,
    trouble: FileTrouble,
    code: &str,
) -> Settled {
    let Task::PostReply(piece) = &effect.task else { return Settled::GoOn };
    conversation.reply_fails(&piece.comment);
    conversation.was_not_sent(effect.id, piece, Why::Unfit);
    let notice = Notice::FilesHeldBack { count: 1, trouble, code: code.to_owned() };
    let about = format!("{}#{}", piece.comment, piece.piece);
    conversation.open.insert(0, notice_effect(key, notice, &about, effect.causes.clone()));
    Settled::GoOn
}

/// The file of the first open effect, a piece of a reply, cannot be sent: the agents are told, and the rest goes on.
pub fn hold_file_back(
    key: &ConversationKey,
    conversation: &mut Conversation,
    trouble: FileTrouble,
    code: &str,
) {
    if !conversation.open.is_empty() {
        let effect = conversation.open.remove(0);
        held_back(key, conversation, &effect, trouble, code);
    }
}

/// Some files of the first open effect, a copy, are not to be had: `places` has a bit for each. They are told first, and
/// then left out; if those are `all` that it was to copy, nothing is left of it.
pub fn leave_out(
    key: &ConversationKey,
    conversation: &mut Conversation,
    places: u32,
    (trouble, code): (FileTrouble, &str),
    all: bool,
) {
    let Some(effect) = conversation.open.first_mut() else { return };
    let Task::CopyFiles(left_out) = &mut effect.task else { return };
    *left_out |= places;
    let about = format!("{} {left_out:x}", effect.id);
    let causes = effect.causes.clone();
    if all {
        conversation.open.remove(0);
    }
    let notice = Notice::FilesNotCopied { count: places.count_ones(), trouble, code: code.to_owned() };
    conversation.open.insert(0, notice_effect(key, notice, &about, causes));
}

/// Nothing is left to copy by the first open effect, and it was certainly not made.
pub fn nothing_to_copy(conversation: &mut Conversation) {
    if conversation.open.first().is_some_and(|effect| matches!(effect.task, Task::CopyFiles(_))) {
        conversation.open.remove(0);
    }
}

/// The message of the first open effect, a copy, is not at hand any more: the agents are told.
pub fn lose_files(key: &ConversationKey, conversation: &mut Conversation) {
    if !conversation.open.is_empty() {
        let effect = conversation.open.remove(0);
        not_copied(key, conversation, &effect, FileTrouble::Lost, "");
    }
}

/// The messages with these causes are to be planned anew: so are their files.
pub fn forget_copies(conversation: &mut Conversation, causes: &[u64]) {
    conversation.open.retain(|effect| {
        !(matches!(effect.task, Task::CopyFiles(_))
            && effect.causes.iter().any(|cause| causes.contains(cause)))
    });
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::policy;
    use super::super::{begin, settle};
    use super::*;
    use crate::Moment;
    use crate::effect::{EffectId, Outcome, Refusal};
    use crate::plan::due;

    fn key() -> ConversationKey {
        ConversationKey::mark("acme", "test")
    }

    /// A copy that is begun, and what is open behind it.
    fn begun(behind: Vec<Task>) -> Conversation {
        let tasks = std::iter::once(Task::CopyFiles(0)).chain(behind);
        let open = (0_u64..).zip(tasks).map(|(id, task)| due(EffectId(id), task, vec![id])).collect();
        let mut conversation = Conversation { open, ..Conversation::default() };
        begin(&mut conversation, Moment(0));
        conversation
    }

    fn tasks(conversation: &Conversation) -> Vec<&Task> {
        conversation.open.iter().map(|open| &open.task).collect()
    }

    #[test]
    fn a_file_that_has_to_wait_lets_others_pass() {
        let wait = Outcome::RetryAfter(Duration::from_secs(9));
        let mut one = begun(vec![Task::AppendComment, Task::CopyFiles(0)]);
        assert_eq!(settle(&key(), &mut one, &wait, &policy(), Moment(1)), Settled::GoOn);
        assert_eq!(tasks(&one), [&Task::AppendComment, &Task::CopyFiles(0), &Task::CopyFiles(0)]);
        let mut alone = begun(vec![Task::CopyFiles(0)]);
        let later = Settled::Later(Duration::from_secs(9));
        assert_eq!(settle(&key(), &mut alone, &wait, &policy(), Moment(1)), later, "nobody else to let pass");
        let mut doubt = begun(vec![Task::Redact(0), Task::NoteEvents]);
        let settled = settle(&key(), &mut doubt, &Outcome::Unknown, &policy(), Moment(1));
        assert_eq!(
            settled,
            Settled::Later(Duration::ZERO),
            "what may be there is redacted after it is known"
        );
    }

    #[test]
    fn nobody_waits_longer_than_an_hour_for_a_file() {
        let wait = Outcome::RetryAfter(Duration::from_secs(9));
        let mut one = begun(vec![]);
        settle(&key(), &mut one, &wait, &policy(), Moment(0).plus(Duration::from_secs(3599)));
        assert_eq!(tasks(&one), [&Task::CopyFiles(0)]);
        settle(&key(), &mut one, &wait, &policy(), Moment(0).plus(Duration::from_secs(3600)));
        let told = Notice::FilesNotCopied { count: 1, trouble: FileTrouble::GaveUp, code: String::new() };
        assert_eq!(tasks(&one), [&Task::Notify(told)]);
    }

    #[test]
    fn a_refusal_is_told_and_only_a_dead_credential_waits() {
        for reason in [Reason::Permission, Reason::Content, Reason::Invalid] {
            let mut one = begun(vec![]);
            let refused = Outcome::Refused(Refusal::new(reason, "422"));
            assert_eq!(settle(&key(), &mut one, &refused, &policy(), Moment(1)), Settled::GoOn);
            let told =
                Notice::FilesNotCopied { count: 1, trouble: FileTrouble::Refused, code: "422".to_owned() };
            assert_eq!(tasks(&one), [&Task::Notify(told)]);
        }
        let dead = Outcome::Refused(Refusal::new(Reason::Token, "401"));
        let mut one = begun(vec![]);
        assert!(matches!(settle(&key(), &mut one, &dead, &policy(), Moment(1)), Settled::Blocked(_)));
        assert_eq!(tasks(&one), [&Task::CopyFiles(0)]);
    }

    #[test]
    fn what_is_left_out_is_told_before_the_rest_is_copied() {
        let mut one = begun(vec![]);
        leave_out(&key(), &mut one, 0b101, (FileTrouble::TooLarge, ""), false);
        let told =
            |count, trouble| Task::Notify(Notice::FilesNotCopied { count, trouble, code: String::new() });
        assert_eq!(tasks(&one), [&told(2, FileTrouble::TooLarge), &Task::CopyFiles(0b101)]);
        one.open.remove(0);
        leave_out(&key(), &mut one, 0b010, (FileTrouble::Gone, ""), true);
        assert_eq!(tasks(&one), [&told(1, FileTrouble::Gone)]);
    }
}
