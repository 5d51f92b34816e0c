//! Items that are no conversations: what arrives under their key belongs to another one.

use crate::conversation::Conversation;

impl Conversation {
    /// Whether what arrives under this item's key is dealt with in another conversation.
    #[must_use]
    pub fn leads_on(&self) -> bool {
        self.continues.is_some() || self.private.as_ref().is_some_and(|private| private.of.is_some())
    }
}
