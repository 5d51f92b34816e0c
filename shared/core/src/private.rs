//! The private side of a public conversation: once an agent answered a comment privately, what the customer writes back
//! stays in the same ticket, and is answered where it was said.

use minicbor::{Decode, Encode};

use crate::conversation::{Conversation, OpenEffect, Task};
use crate::effect::PrivateThread;
use crate::plan::due;
use crate::{ConversationKey, EffectId, Moment};

/// So many parts of replies are remembered as private; no more are open at once.
const PIECES_KEPT: usize = 64;

/// What an item knows of direct messages that followed a private reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Private {
    /// Of a public conversation: its private side.
    #[n(0)]
    pub side: Option<Side>,
    /// This is no conversation: these direct messages belong to the public conversation of that key.
    #[n(1)]
    pub of: Option<String>,
}

/// The private side of a public conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Side {
    /// The customer's id in direct messages.
    #[n(0)]
    pub customer: String,
    /// The platform's id of their latest direct message; `None` until they answer.
    #[n(1)]
    pub reply_to: Option<String>,
    /// When they last did something there.
    #[n(2)]
    pub window_from: Option<Moment>,
    /// Whether the latest message of the conversation is a direct one: then that is what a reply answers.
    #[n(3)]
    pub latest: bool,
    /// The public message whose one private reply is sent.
    #[n(4)]
    pub spent: Option<String>,
    /// The open effects that go there.
    #[n(5)]
    pub pieces: Vec<EffectId>,
}

impl Conversation {
    /// The private side, if there is one.
    #[must_use]
    pub fn side(&self) -> Option<&Side> {
        self.private.as_ref()?.side.as_ref()
    }

    /// The private side with that customer; made if there is none.
    pub(crate) fn side_with(&mut self, customer: &str) -> &mut Side {
        let slot = &mut self.private.get_or_insert_default().side;
        let spent = slot.as_ref().and_then(|side| side.spent.clone());
        slot.take_if(|side| side.customer != customer);
        slot.get_or_insert_with(|| Side { customer: customer.to_owned(), spent, ..Side::default() })
    }

    /// Whether the effect with this name goes to the private side.
    #[must_use]
    pub fn goes_privately(&self, effect: EffectId) -> bool {
        self.side().is_some_and(|side| side.pieces.contains(&effect))
    }

    /// These effects go to the private side. Those that are not open any more are forgotten.
    pub(crate) fn send_privately(&mut self, effects: Vec<EffectId>) {
        let open: Vec<EffectId> = self.open.iter().map(|effect| effect.id).collect();
        if let Some(side) = self.private.as_mut().and_then(|private| private.side.as_mut()) {
            side.pieces.retain(|piece| open.contains(piece));
            side.pieces.extend(effects);
            let excess = side.pieces.len().saturating_sub(PIECES_KEPT);
            side.pieces.drain(..excess);
        }
    }

    /// When the customer last opened the window through which this effect goes.
    pub(crate) fn window_of(&self, effect: EffectId) -> Option<Moment> {
        if self.goes_privately(effect) { self.side()?.window_from } else { self.window_from }
    }

    /// What is remembered under the direct conversation's key: that it belongs to this one.
    #[must_use]
    pub fn belonging_to(self, key: &ConversationKey) -> Self {
        let private = Private { side: None, of: Some(key.as_str().to_owned()) };
        Self { private: Some(private), ..self }
    }

    /// Whether nothing is known under this key but what was seen, so that it may come to belong to another.
    #[must_use]
    pub fn is_nobodys(&self) -> bool {
        self.ticket.is_none()
            && self.open.is_empty()
            && self.former.is_empty()
            && self.continues.is_none()
            && self.given_up.is_none()
    }
}

/// A private reply was sent: the direct messages of whoever got it belong here from now on.
pub(crate) fn began(conversation: &mut Conversation, effect: &OpenEffect, thread: &PrivateThread) {
    let Task::PostReply(piece) = &effect.task else { return };
    let side = conversation.side_with(&thread.customer);
    if thread.once {
        side.spent = Some(piece.answers.clone());
    }
    let id = EffectId::of(&[&effect.id.to_string(), "forward"]);
    let task = Task::Forward(thread.customer.clone());
    conversation.open.insert(0, due(id, task, effect.causes.clone()));
}
