//! What agents write: replies to be published, and commands.

use super::{Planner, Verdict};
use crate::command::{self, ALWAYS, Command, Verb};
use crate::compose::{Said, published};
use crate::conversation::{ModerateTask, ReplyPiece, Task};
use crate::effect::{EffectId, ReplyForm};
use crate::model::{AgentReply, Place};
use crate::notes::{Cause, Misasked, Notice};
use crate::text;

impl Planner<'_> {
    pub(super) fn reply(&mut self, reply: &AgentReply, place: &Place, cause: u64) -> Verdict {
        let Place::Ticket { ticket, .. } = place else { return Verdict::Ignored };
        if reply.private {
            self.command(reply, ticket, cause);
        } else if command::is_command(&reply.html) {
            // Also one that nobody knows: it may be a private one with a slip of the pen.
            self.hold_back(Notice::Help(Some(Misasked::InPublic)), &reply.comment, cause);
        } else {
            self.publish(reply, ticket, cause);
        }
        Verdict::Planned
    }

    /// An agent asks for something in a private note.
    fn command(&mut self, reply: &AgentReply, ticket: &str, cause: u64) {
        let asked = command::read(&text::plain(&reply.html)).flatten();
        let problem = match &asked {
            None => Some(Misasked::Unknown),
            Some(Command { verb, .. }) if !ALWAYS.contains(verb) && !self.policy.verbs.contains(verb) => {
                Some(Misasked::Impossible)
            }
            Some(Command { verb: Verb::Private | Verb::Public, rest }) if rest.is_empty() => {
                Some(Misasked::Empty)
            }
            Some(Command { verb: Verb::Private | Verb::Public, rest }) if command::read(rest).is_some() => {
                Some(Misasked::InPublic)
            }
            Some(_) => None,
        };
        let Some(Command { verb, .. }) = asked.filter(|_| problem.is_none()) else {
            return self.notify(Notice::Help(problem), &reply.comment, cause);
        };
        match verb {
            Verb::Help => self.notify(Notice::Help(None), &reply.comment, cause),
            Verb::Why => self.notify(Notice::Story, &reply.comment, cause),
            Verb::Template | Verb::Private | Verb::Public => self.publish(reply, ticket, cause),
            Verb::Hide | Verb::Unhide | Verb::Like | Verb::Delete => self.moderate(verb, reply, cause),
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
        let Some(Said { text, form }) = published(reply) else { return };
        let files = u32::try_from(reply.attachments.len()).unwrap_or(u32::MAX);
        let pieces = match form {
            ReplyForm::Template(_) => vec![text.clone()],
            _ => self.policy.pieces(&text),
        };
        if text::leftovers(&text).is_some() {
            self.hold_back(Notice::Placeholder, &reply.comment, cause);
        } else if pieces.is_empty() {
            let notice = if files > 0 { Notice::FilesNotSent(files) } else { Notice::NothingToSend };
            self.hold_back(notice, &reply.comment, cause);
        } else if let Some(answers) = self.next.reply_to.clone() {
            self.post(&pieces, &answers, reply, ticket, cause);
            if files > 0 {
                self.notify(Notice::FilesNotSent(files), &reply.comment, cause);
                self.next.reply_fails(&reply.comment);
            }
        } else {
            let notice = Notice::Refused {
                piece: 1,
                of: 1,
                cause: Cause::NoMessage,
                code: String::new(),
                window_from: self.next.window_from,
            };
            self.hold_back(notice, &reply.comment, cause);
        }
    }

    /// Nothing of a reply is sent, and the agent learns why.
    fn hold_back(&mut self, notice: Notice, comment: &str, cause: u64) {
        self.next.reply_is_held(comment);
        self.notify(notice, comment, cause);
    }

    fn post(&mut self, pieces: &[String], answers: &str, reply: &AgentReply, ticket: &str, cause: u64) {
        let of = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
        for (piece, text) in (1..).zip(pieces) {
            let id = EffectId::of(&[self.key.as_str(), "reply", &reply.comment, &piece.to_string()]);
            let task = Task::PostReply(ReplyPiece {
                ticket: ticket.to_owned(),
                comment: reply.comment.clone(),
                answers: answers.to_owned(),
                piece,
                of,
                fingerprint: text::fingerprint(text),
                fallback: None,
            });
            self.push(id, task, cause);
            self.next.reply_begins(&reply.comment, id);
        }
    }
}
