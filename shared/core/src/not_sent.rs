//! The latest reply that was not sent, or may not have been: what `/resend` sends again. No text: only where it stands.

use minicbor::{Decode, Encode};

use crate::EffectId;
use crate::conversation::{Conversation, OpenEffect, ReplyPiece};
use crate::model::AgentReply;
use crate::plan::{reply_effect_id, resend_effect_id};
use crate::{ConversationKey, conversation::Task};

/// More parts of one reply are not looked for.
const PARTS_MAX: u32 = 64;

/// A reply that an agent may want to send again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NotSent {
    /// The ticket in which it was written.
    #[n(0)]
    pub ticket: String,
    /// The helpdesk's id of the comment; `None` if only the effect is known.
    #[n(1)]
    pub comment: Option<String>,
    /// The effect that would have sent it (its first part that was not).
    #[n(2)]
    pub effect: EffectId,
    /// Why it is here.
    #[n(3)]
    pub why: Why,
    /// The first part that was not sent, from 1.
    #[n(4)]
    pub first: u32,
    /// Whether that part alone is missing.
    #[n(5)]
    pub alone: bool,
    /// The command's comment, while it is being sent again.
    #[n(6)]
    pub again: Option<String>,
}

/// Why a reply was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Why {
    /// Held before it went out, for personal data.
    #[n(0)]
    Held,
    /// The platform refused it, or could not be reached.
    #[n(1)]
    Refused,
    /// Nobody knows whether it was published.
    #[n(2)]
    Unconfirmed,
    /// The platform reported later that it did not arrive.
    #[n(3)]
    Undelivered,
    /// It cannot go out as it is: a placeholder, a command, no text.
    #[n(4)]
    Unfit,
}

impl NotSent {
    /// Whether this is the reply.
    #[must_use]
    pub fn is(&self, key: &ConversationKey, reply: &AgentReply) -> bool {
        match &self.comment {
            Some(comment) => *comment == reply.comment,
            None => self.part_of(key, &reply.comment).is_some(),
        }
    }

    /// Which part of the reply in that comment the effect sends.
    pub(crate) fn part_of(&self, key: &ConversationKey, comment: &str) -> Option<u32> {
        (1..=PARTS_MAX).find(|&part| reply_effect_id(key, comment, part) == self.effect)
    }
}

impl Conversation {
    /// Part of a reply was not sent. While another reply is being sent again, that is the one to remember.
    pub(crate) fn was_not_sent(&mut self, effect: EffectId, piece: &ReplyPiece, why: Why) {
        match &mut self.not_sent {
            Some(one) if one.again.as_deref() == Some(&piece.comment) => {
                one.again = None;
                one.effect = effect;
                one.why = why;
                one.first = piece.piece;
            }
            Some(one) if one.again.is_some() => {}
            slot => {
                *slot = Some(NotSent {
                    ticket: piece.ticket.clone(),
                    comment: Some(piece.comment.clone()),
                    effect,
                    why,
                    first: piece.piece,
                    alone: false,
                    again: None,
                });
            }
        }
    }

    /// The part with this name did not arrive after all.
    pub(crate) fn was_not_delivered(&mut self, effect: EffectId) {
        let Some(ticket) = self.ticket.as_ref().map(|ticket| ticket.id.clone()) else { return };
        if self.not_sent.as_ref().is_none_or(|one| one.again.is_none()) {
            let why = Why::Undelivered;
            self.not_sent =
                Some(NotSent { ticket, comment: None, effect, why, first: 1, alone: true, again: None });
        }
    }

    /// The part with this name did not arrive: if it is one of the latest reply, and not its last, the reply is incomplete whatever is
    /// reported of the others.
    pub(crate) fn earlier_part_fails(&mut self, key: &ConversationKey, effect: EffectId) {
        let latest = self.card.as_ref().and_then(|card| card.latest.as_ref());
        let Some(latest) = latest.filter(|latest| latest.part != effect) else { return };
        let comment = latest.comment.clone();
        let is_part = |part| {
            [reply_effect_id, resend_effect_id].iter().any(|id_of| id_of(key, &comment, part) == effect)
        };
        if (1..=PARTS_MAX).any(is_part) {
            self.reply_fails(&comment);
        }
    }

    /// The last part of a reply is published: if that was sent again, nothing is missing any more.
    pub(crate) fn was_sent_again(&mut self, effect: &OpenEffect) {
        let Task::PostReply(piece) = &effect.task else { return };
        self.not_sent.take_if(|one| one.again.as_deref() == Some(&piece.comment));
    }

    /// Something newer is said, or the reply turned up: it need not be sent again.
    pub(crate) fn need_not_be_sent(&mut self) {
        self.not_sent.take_if(|one| one.again.is_none());
    }
}
