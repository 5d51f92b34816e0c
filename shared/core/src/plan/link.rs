//! `/link` and `/unlink`: an agent wants the conversation to go on in another ticket, or in a new one.

use super::{Planner, becomes_former, is_former_no_more};
use crate::EffectId;
use crate::conversation::{Conversation, LinkTask, Task, Ticket};
use crate::effect::Receipt;
use crate::model::{AgentReply, LinkTarget, TicketStatus};
use crate::notes::{NotLinked, Notice};
use crate::{ConversationKey, Moment};

use super::notice_effect;

/// The number in what follows `/link`, with or without `#`; `None` if there is none.
#[must_use]
pub(crate) fn ticket_in(rest: &str) -> Option<&str> {
    let number = rest.trim().trim_start_matches('#').trim_end_matches('.');
    let is_number = (1..=19).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

impl Planner<'_> {
    pub(super) fn link(&mut self, rest: &str, reply: &AgentReply, cause: u64) {
        let number = ticket_in(rest).unwrap_or_default().to_owned();
        match self.linkable(&number, reply.target.as_ref()) {
            Ok(None) => {
                self.next.let_go = None;
                self.notify(Notice::Done(crate::command::Verb::Link), &reply.comment, cause);
            }
            Ok(Some(target)) => {
                let id = EffectId::of(&[self.key.as_str(), "link", &reply.comment]);
                let task = Task::LinkTicket(LinkTask {
                    ticket: target.ticket.clone(),
                    status: target.status,
                    cursor: target.newest.clone(),
                    comment: reply.comment.clone(),
                });
                self.push(id, task, cause);
            }
            Err(why) => {
                let notice = Notice::NotLinked { ticket: number, why, code: String::new() };
                self.notify(notice, &reply.comment, cause);
            }
        }
    }

    /// The ticket if the conversation may go on there; nothing if it does so already.
    fn linkable<'t>(
        &self,
        number: &str,
        target: Option<&'t LinkTarget>,
    ) -> Result<Option<&'t LinkTarget>, NotLinked> {
        let present = self.next.ticket.as_ref().is_some_and(|ticket| ticket.id == number);
        if number.is_empty() {
            return Err(NotLinked::NoNumber);
        }
        if present {
            return if self.next.let_go.is_some() { Ok(None) } else { Err(NotLinked::Present) };
        }
        let target = target.filter(|target| target.ticket == number).ok_or(NotLinked::Missing)?;
        if target.conversation.as_ref().is_some_and(|theirs| theirs != self.key.as_str()) {
            return Err(NotLinked::Taken);
        }
        if target.status == TicketStatus::Closed { Err(NotLinked::Closed) } else { Ok(Some(target)) }
    }

    pub(super) fn unlink(&mut self, reply: &AgentReply, cause: u64) {
        self.next.let_go = Some(self.now);
        self.notify(Notice::Unlinked, &reply.comment, cause);
    }
}

/// The ticket bears the conversation's key: it is the present one from now on, and agents are told in both.
pub(crate) fn linked(
    key: &ConversationKey,
    conversation: &mut Conversation,
    task: &LinkTask,
    receipt: &Receipt,
    causes: &[u64],
    now: Moment,
) {
    // Of a ticket that was ours before, we know better how far it was read.
    let known = is_former_no_more(conversation, &task.ticket);
    let present = Ticket {
        id: task.ticket.clone(),
        status: receipt.status.unwrap_or(task.status),
        status_at: now,
        cursor: known.unwrap_or_else(|| task.cursor.clone()),
    };
    conversation.let_go = None;
    conversation.card_is_blank();
    let mut told = Vec::new();
    if let Some(former) = conversation.ticket.replace(present) {
        let goes_on = Notice::GoesOn { here: former.id.clone(), there: task.ticket.clone() };
        told.push(notice_effect(key, Notice::Linked(former.id.clone()), &task.comment, causes.to_vec()));
        told.push(notice_effect(key, goes_on, &task.comment, causes.to_vec()));
        becomes_former(conversation, former);
    }
    conversation.open.splice(0..0, told);
}
