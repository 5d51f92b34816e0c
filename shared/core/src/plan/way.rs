//! Where an agent's reply goes: under the public message, as its one private reply, or into the direct messages that followed.

use super::Planner;
use crate::Moment;
use crate::command::Verb;
use crate::effect::{EffectId, ReplyForm};
use crate::model::{AgentReply, Event, Message, Place};
use crate::notes::{Cause, Notice};
use crate::said::Said;

/// Where a reply goes, and what it answers there.
pub(super) struct Way {
    pub(super) answers: String,
    pub(super) privately: bool,
}

impl Planner<'_> {
    /// The way of a reply; `None` if there is nothing to answer. A reply answers the customer's latest message wherever that was
    /// said, unless the agent says where it goes.
    pub(super) fn way(&self, said: &Said) -> Option<Way> {
        let side = self.next.side();
        let answered = side.filter(|side| side.reply_to.is_some());
        let privately = match said.form {
            ReplyForm::Private => answered.is_some(),
            ReplyForm::Text | ReplyForm::File(_) => {
                answered.is_some_and(|side| side.latest) && !said.in_public
            }
            ReplyForm::Template(_) => false,
        };
        let public = || self.next.reply_to.clone();
        let answers = if privately { side.and_then(|side| side.reply_to.clone()) } else { public() };
        Some(Way { answers: answers?, privately })
    }

    /// Whether a message got its one private reply already, and the customer has not answered it.
    pub(super) fn is_spent(&self, said: &Said) -> bool {
        let side = self.next.side();
        said.form == ReplyForm::Private
            && side.is_some_and(|side| {
                side.reply_to.is_none() && side.spent.is_some() && side.spent == self.next.reply_to
            })
    }

    pub(super) fn spent(&mut self, reply: &AgentReply, cause: u64) {
        let notice = Notice::NotDone { verb: Verb::Private, cause: Cause::Spent, code: String::new() };
        self.notify(notice, &reply.comment, cause);
    }

    /// The customer wrote: what a reply answers from now on.
    pub(super) fn spoke(&mut self, message: &Message, event: &Event) {
        if let Place::Privately { customer, .. } = &event.place {
            self.next.side_with(customer).reply_to = Some(message.id.clone());
            self.next.side_with(customer).latest = true;
            self.acted(event);
            return;
        }
        self.acted(event);
        self.next.reply_to = Some(message.id.clone());
        if let Some(customer) = self.next.side().map(|side| side.customer.clone()) {
            self.next.side_with(&customer).latest = false;
        }
    }

    /// The customer did something that opens a reply window.
    pub(super) fn acted(&mut self, event: &Event) {
        let later = |window: &mut Option<Moment>| {
            *window = Some(window.map_or(event.at, |earlier| earlier.max(event.at)));
        };
        if let Place::Privately { customer, .. } = &event.place {
            later(&mut self.next.side_with(customer).window_from);
        } else {
            later(&mut self.next.window_from);
            self.next.window_opened();
        }
    }

    /// These parts of a reply go into the direct messages.
    pub(super) fn privately(&mut self, way: &Way, parts: Vec<EffectId>) {
        if way.privately {
            self.next.send_privately(parts);
        }
    }
}
