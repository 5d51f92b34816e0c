//! What agents write: replies to be published, and commands.

use super::way::Way;
use super::{Planner, Verdict, reply_effect_id};
use crate::command::{self, ALWAYS, Command, TAG_COMMAND, Verb};
use crate::conversation::{ModerateTask, ReplyPiece, Task};
use crate::effect::EffectId;
use crate::model::{AgentReply, Place};
use crate::not_sent::Why;
use crate::notes::{Cause, Misasked, Notice};
use crate::outgoing::Outgoing;
use crate::said::published;
use crate::text;

impl Planner<'_> {
    pub(super) fn reply(&mut self, reply: &AgentReply, place: &Place, cause: u64) -> Verdict {
        let Place::Ticket { ticket, .. } = place else { return Verdict::Ignored };
        if reply.private {
            self.command(reply, ticket, cause);
        } else if command::is_command(&reply.html) {
            // Also one that nobody knows: it may be a private one with a slip of the pen.
            let notice = Notice::Help(Some(Misasked::InPublic));
            self.hold_back(Why::Unfit, notice, reply, ticket, cause);
        } else {
            self.publish(reply, ticket, cause);
        }
        Verdict::Planned
    }

    /// An agent asks for something in a private note.
    fn command(&mut self, reply: &AgentReply, ticket: &str, cause: u64) {
        self.carry_out(reply, ticket, cause);
        if reply.comment.starts_with(TAG_COMMAND)
            && let Some(Command { verb, .. }) = command::read(&text::plain(&reply.html)).flatten()
        {
            self.notify(Notice::TagTaken(verb), &reply.comment, cause);
        }
    }

    fn carry_out(&mut self, reply: &AgentReply, ticket: &str, cause: u64) {
        let asked = command::read(&text::plain(&reply.html)).flatten();
        let problem = match &asked {
            None => Some(Misasked::Unknown),
            Some(Command { verb: Verb::As, .. }) => Some(Misasked::OtherAccount),
            Some(Command { verb, .. }) if !ALWAYS.contains(verb) && !self.policy.verbs.contains(verb) => {
                Some(Misasked::Impossible)
            }
            Some(Command { verb: Verb::Private | Verb::Public | Verb::Edit, rest }) if rest.is_empty() => {
                Some(Misasked::Empty)
            }
            Some(Command { verb: Verb::Private | Verb::Public | Verb::Edit, rest })
                if command::read(rest).is_some() =>
            {
                Some(Misasked::InPublic)
            }
            Some(_) => None,
        };
        if problem == Some(Misasked::InPublic) {
            self.withheld(Why::Unfit, reply, ticket);
        }
        let Some(Command { verb, rest }) = asked.filter(|_| problem.is_none()) else {
            return self.notify(Notice::Help(problem), &reply.comment, cause);
        };
        match verb {
            Verb::Help | Verb::As => self.notify(Notice::Help(None), &reply.comment, cause),
            Verb::Why => self.notify(Notice::Story, &reply.comment, cause),
            Verb::Template | Verb::Private | Verb::Public => self.publish(reply, ticket, cause),
            Verb::Link => self.link(&rest, reply, cause),
            Verb::Unlink => self.unlink(reply, cause),
            Verb::Retry | Verb::Resend => self.again(verb, reply, ticket, cause),
            Verb::Hide | Verb::Unhide | Verb::Like | Verb::Delete => self.moderate(verb, reply, cause),
            Verb::Withdraw => self.withdraw(reply, cause),
            Verb::Edit => self.edit(reply, cause),
        }
    }

    fn moderate(&mut self, verb: Verb, reply: &AgentReply, cause: u64) {
        let comment = reply.comment.clone();
        match self.next.reply_to.clone() {
            Some(message) => {
                let id = EffectId::of(&[self.key.as_str(), "moderate", &comment]);
                self.push(id, Task::Moderate(ModerateTask { verb, message, comment }), cause);
            }
            None => {
                let notice = Notice::NotDone { verb, cause: Cause::NoMessage, code: String::new() };
                self.notify(notice, &comment, cause);
            }
        }
    }

    fn publish(&mut self, reply: &AgentReply, ticket: &str, cause: u64) {
        let Some(said) = published(reply, self.policy.reply_markup) else { return };
        if self.is_spent(&said) {
            return self.spent(reply, cause);
        }
        let way = self.way(&said);
        let privately = way.as_ref().is_some_and(|way| way.privately);
        let out = Outgoing::of(said, reply, self.policy, privately);
        let cautions = self.cautions(&out, privately, reply);
        let held_back = out.held_back.first().map(|trouble| Notice::FilesHeldBack {
            count: u32::try_from(out.held_back.len()).unwrap_or(u32::MAX),
            trouble: *trouble,
            code: String::new(),
        });
        if text::leftovers(&out.said.text).is_some() {
            self.hold_back(Why::Unfit, Notice::Placeholder, reply, ticket, cause);
        } else if out.count() == 0 {
            let notice = held_back.unwrap_or(Notice::NothingToSend);
            self.hold_back(Why::Unfit, notice, reply, ticket, cause);
        } else if self.is_held(&cautions, reply) {
            self.hold_back(Why::Held, Notice::Held { cautions }, reply, ticket, cause);
        } else if let Some(way) = way {
            self.post(&out, &way, reply, ticket, cause);
            if let Some(notice) = held_back {
                self.notify(notice, &reply.comment, cause);
                self.next.reply_fails(&reply.comment);
            }
            if !cautions.is_empty() {
                let parts = u32::try_from(out.pieces.len()).unwrap_or(u32::MAX);
                self.notify(Notice::Cautioned { cautions, parts }, &reply.comment, cause);
            }
        } else {
            let notice = Notice::Refused {
                piece: 1,
                of: 1,
                cause: Cause::NoMessage,
                code: String::new(),
                window_from: self.next.window_from,
            };
            self.hold_back(Why::Refused, notice, reply, ticket, cause);
        }
    }

    /// Nothing of a reply is sent, and the agent learns why.
    fn hold_back(&mut self, why: Why, notice: Notice, reply: &AgentReply, ticket: &str, cause: u64) {
        self.withheld(why, reply, ticket);
        self.next.reply_is_held(&reply.comment);
        self.notify(notice, &reply.comment, cause);
    }

    fn post(&mut self, out: &Outgoing, way: &Way, reply: &AgentReply, ticket: &str, cause: u64) {
        self.next.need_not_be_sent();
        let mut parts = Vec::new();
        for part in out.parts(ticket, &reply.comment, &way.answers) {
            let id = reply_effect_id(self.key, &reply.comment, part.piece);
            self.post_part(id, part, cause);
            parts.push(id);
        }
        self.privately(way, parts);
    }

    /// Plans one part; the last one that is planned stands for the reply.
    pub(super) fn post_part(&mut self, id: EffectId, part: ReplyPiece, cause: u64) {
        self.next.reply_begins(&part.comment, id);
        self.push(id, Task::PostReply(part), cause);
    }
}
