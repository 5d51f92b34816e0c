//! What of the latest reply stands on the platform, as far as it can be taken back there.

use crate::command::Verb;
use crate::conversation::{Conversation, ReplyPiece, Task};
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

    /// Whether a part of the latest reply may still be published.
    pub(crate) fn reply_is_under_way(&self) -> bool {
        let latest = self.card.as_ref().and_then(|card| card.latest.as_ref());
        latest.is_some_and(|latest| {
            let of_latest =
                |task: &Task| matches!(task, Task::PostReply(piece) if piece.comment == latest.comment);
            self.open.iter().any(|open| of_latest(&open.task))
        })
    }

    /// The parts of a reply that stood before an agent had the others sent again stand still.
    pub(crate) fn parts_still_stand(&mut self, standing: Vec<String>) {
        if let Some((latest, _)) = self.latest_and_delivery()
            && !standing.is_empty()
        {
            latest.standing = Some(standing);
        }
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
