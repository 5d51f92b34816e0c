//! `/resend` and `/retry`: an agent decides that a reply that was not sent, or may not have been, is to be sent again.

use std::ops::RangeInclusive;

use super::{Planner, resend_effect_id};
use crate::command::{self, Verb};
use crate::conversation::ReplyPiece;
use crate::effect::EffectId;
use crate::model::AgentReply;
use crate::not_sent::{NotSent, Why};
use crate::notes::{Misasked, Notice};
use crate::outgoing::Outgoing;
use crate::said::published;
use crate::text;

impl Planner<'_> {
    /// Sends the latest reply again that was not sent.
    pub(super) fn again(&mut self, verb: Verb, reply: &AgentReply, ticket: &str, cause: u64) {
        if let Err(problem) = self.try_again(verb, reply, ticket, cause) {
            self.notify(Notice::Help(Some(problem)), &reply.comment, cause);
        }
    }

    fn try_again(
        &mut self,
        verb: Verb,
        reply: &AgentReply,
        ticket: &str,
        cause: u64,
    ) -> Result<(), Misasked> {
        let not_sent = self.next.not_sent.clone().ok_or(Misasked::NothingUnsent)?;
        match not_sent.why {
            _ if not_sent.again.is_some() => return Err(Misasked::UnderWay),
            Why::Unfit => return Err(Misasked::Unfit),
            Why::Held if verb == Verb::Retry => return Err(Misasked::Held),
            _ => {}
        }
        let earlier = reply.earlier.as_deref().ok_or(Misasked::Vanished)?;
        let said = published(earlier, self.policy.reply_markup);
        let said = said.filter(|said| command::read(&said.text).is_none());
        let said = said.filter(|said| text::leftovers(&said.text).is_none()).ok_or(Misasked::Unfit)?;
        let way = self.way(&said).ok_or(Misasked::Vanished)?;
        let out = Outgoing::of(said, earlier, self.policy, way.privately);
        let parts = self.missing(&not_sent, earlier, out.count());
        let (mut first, mut sent) = (None, Vec::new());
        let standing = self.next.standing_reply().to_vec();
        let out = out.parts(ticket, &reply.comment, &way.answers);
        for part in out.filter(|part| parts.contains(&part.piece)) {
            let (id, piece) = (resend_effect_id(self.key, &reply.comment, part.piece), part.piece);
            self.post_part(id, part, cause);
            first.get_or_insert((id, piece));
            sent.push(id);
        }
        self.next.parts_still_stand(standing);
        self.privately(&way, sent);
        let (effect, first) = first.ok_or(Misasked::Vanished)?;
        self.under_way(not_sent, earlier, reply, effect, first);
        Ok(())
    }

    /// The parts that are to be sent.
    fn missing(&self, not_sent: &NotSent, earlier: &AgentReply, parts: usize) -> RangeInclusive<u32> {
        let first = match not_sent.comment {
            Some(_) => not_sent.first,
            None => not_sent.part_of(self.key, &earlier.comment).unwrap_or(1),
        };
        let last = u32::try_from(parts).unwrap_or(u32::MAX);
        first..=if not_sent.alone { first } else { last }
    }

    fn under_way(
        &mut self,
        not_sent: NotSent,
        earlier: &AgentReply,
        command: &AgentReply,
        effect: EffectId,
        first: u32,
    ) {
        let comment = Some(earlier.comment.clone());
        let again = Some(command.comment.clone());
        self.next.not_sent = Some(NotSent { comment, effect, first, again, ..not_sent });
    }

    /// A reply cannot go out, or not without the agent's word for it.
    pub(super) fn withheld(&mut self, why: Why, reply: &AgentReply, ticket: &str) {
        let effect = super::reply_effect_id(self.key, &reply.comment, 1);
        let piece = ReplyPiece {
            ticket: ticket.to_owned(),
            comment: reply.comment.clone(),
            answers: String::new(),
            piece: 1,
            of: 1,
            fingerprint: 0,
            file: None,
            fallback: None,
        };
        self.next.was_not_sent(effect, &piece, why);
    }
}
