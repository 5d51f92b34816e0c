//! What of the latest reply stands on the platform, as far as it can be taken back there.

use crate::command::Verb;
use crate::conversation::{Conversation, ReplyPiece};
use crate::effect::EffectId;
use crate::policy::Policy;

impl Conversation {
    /// A part of a reply stands on the platform. Remembered of the latest one, in public, where it can be taken back.
    pub(crate) fn part_stands(&mut self, part: EffectId, piece: &ReplyPiece, message: &str, policy: &Policy) {
        let remembered = policy.verbs.contains(&Verb::Withdraw) && !self.goes_privately(part);
        if let Some((latest, _)) = self.latest_and_delivery()
            && latest.comment == piece.comment
            && remembered
            && !message.is_empty()
        {
            latest.standing.get_or_insert_default().push(message.to_owned());
        }
    }

    /// The platform's ids of the parts of the latest reply, where it can be taken back.
    pub(crate) fn standing_reply(&self) -> &[String] {
        let latest = self.card.as_ref().and_then(|card| card.latest.as_ref());
        latest.and_then(|latest| latest.standing.as_deref()).unwrap_or_default()
    }

    /// A message of ours is gone from the platform. Once all of the latest reply is, nothing is told of how far it got.
    pub(crate) fn reply_is_gone(&mut self, message: &str) {
        let Some((latest, delivery)) = self.latest_and_delivery() else { return };
        let Some(standing) = &mut latest.standing else { return };
        standing.retain(|one| one != message);
        if standing.is_empty() {
            latest.standing = None;
            latest.part = EffectId(0);
            latest.message = None;
            *delivery = None;
        }
    }
}
