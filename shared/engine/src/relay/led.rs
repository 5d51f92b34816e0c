//! What arrives under a key that leads to another conversation is dealt with there.

use deskbridge_core::conversation::Conversation;

use super::Disposition;
use super::converse::Talk;
use super::privately::public_key_of;
use crate::ports::World;

impl<W: World> Talk<'_, W> {
    /// Sends all on to where the key leads. Nothing was ever begun under it: of a direct conversation every attempt is recorded, so
    /// that the key cannot come to lead on meanwhile.
    pub(super) async fn lead_on(&self, conversation: &Conversation) -> Vec<Disposition> {
        match (&conversation.continues, public_key_of(conversation)) {
            (Some(earlier), _) => self.forward(earlier).await,
            (None, Some(public)) => self.forward_to_public(public).await,
            (None, None) => Vec::new(),
        }
    }
}
