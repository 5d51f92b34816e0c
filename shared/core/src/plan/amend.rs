//! What agents do to their own latest reply once it is published: they take it back, or change it.

use super::{Planner, Verdict};
use crate::command::Verb;
use crate::conversation::{ModerateTask, Task};
use crate::effect::EffectId;
use crate::model::AgentReply;
use crate::notes::{Cause, Notice};
use crate::outgoing::Outgoing;
use crate::ring::Seen;
use crate::said::published;

impl Planner<'_> {
    /// Takes the latest reply off the platform, all of its parts.
    pub(super) fn withdraw(&mut self, reply: &AgentReply, cause: u64) {
        let parts = match self.standing() {
            Ok(parts) => parts,
            Err(why) => return self.not_amended(Verb::Withdraw, why, reply, cause),
        };
        for part in parts {
            self.amend(Verb::Withdraw, part, reply, cause);
        }
    }

    /// Puts other words in the place of the latest reply. Only what is one message before and after can be changed.
    pub(super) fn edit(&mut self, reply: &AgentReply, cause: u64) {
        let Some(said) = published(reply, self.policy.reply_markup) else { return };
        let out = Outgoing::of(said, reply, self.policy, false);
        let parts = match self.standing() {
            Ok(parts) => parts,
            Err(why) => return self.not_amended(Verb::Edit, why, reply, cause),
        };
        let ([message], [_]) = (&parts[..], &out.pieces[..]) else {
            return self.not_amended(Verb::Edit, Cause::SeveralParts, reply, cause);
        };
        self.amend(Verb::Edit, message.clone(), reply, cause);
        let cautions = self.cautions(&out, false, reply);
        if !cautions.is_empty() {
            self.notify(Notice::Cautioned { cautions, parts: 1 }, &reply.comment, cause);
        }
    }

    /// The parts of the latest reply, once all of them are published.
    fn standing(&self) -> Result<Vec<String>, Cause> {
        match self.next.standing_reply() {
            _ if self.next.reply_is_under_way() => Err(Cause::UnderWay),
            [] => Err(Cause::NoReply),
            parts => Ok(parts.to_vec()),
        }
    }

    fn amend(&mut self, verb: Verb, message: String, reply: &AgentReply, cause: u64) {
        let comment = reply.comment.clone();
        let id = EffectId::of(&[self.key.as_str(), verb.word(), &comment, &message]);
        self.push(id, Task::Moderate(ModerateTask { verb, message, comment }), cause);
    }

    fn not_amended(&mut self, verb: Verb, why: Cause, reply: &AgentReply, cause: u64) {
        let notice = Notice::NotDone { verb, cause: why, code: String::new() };
        self.notify(notice, &reply.comment, cause);
    }

    /// Something that we published is gone from the platform: our own doing comes back, or somebody removed it there.
    pub(super) fn own_removed(&mut self, message: &str, cause: u64) -> Verdict {
        let withdraws = |task: &Task| matches!(task, Task::Moderate(task) if task.verb == Verb::Withdraw && task.message == message);
        let ours = self.next.recent.contains(Seen::Removed(message))
            || self.next.open.iter().any(|open| open.attempt > 0 && withdraws(&open.task));
        self.remember(Seen::Removed(message));
        self.next.reply_is_gone(message);
        if ours { Verdict::Echo } else { self.note_if_ticket(cause) }
    }
}
