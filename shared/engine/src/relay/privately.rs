//! After a private reply to a public message, the customer's direct messages belong to the public conversation. Under the
//! direct conversation's key an item is left that says so, and whatever arrives there is sent on. A person who has a
//! direct conversation of their own keeps it.

use std::time::Duration;

use deskbridge_core::ConversationKey;
use deskbridge_core::conversation::Conversation;
use deskbridge_core::model::{Place, Surface, Thread};

use super::converse::{CONFLICTS_MAX, Stop, Talk};
use super::effects::KEPT_FOR;
use super::{Disposition, route};
use crate::ports::{SaveError, Store, World};
use crate::telemetry::Line;

impl<W: World> Talk<'_, W> {
    /// Sends all on to the public conversation that they belong to.
    pub(crate) async fn forward_to_public(&self, public: &str) -> Vec<Disposition> {
        let Some((_, _, thread)) = ConversationKey::parse(public) else {
            return self.all_again(
                Duration::from_secs(300),
                "the item leads to no conversation: restore the table or file",
            );
        };
        let customer = self.thread.customer.clone();
        route::send_all_to(self.bridge, self.mails, &Place::Privately { thread, customer }).await
    }

    /// Remembers under the key of the customer's direct messages that they belong here.
    pub(crate) async fn lead_here(&self, customer: &str) -> Result<(), Stop> {
        let (surface, customer) = (Surface::Direct, customer.to_owned());
        let thread = Thread { surface, post: String::new(), customer };
        let key = ConversationKey::new(&self.platform.name, &thread);
        for _ in 0..CONFLICTS_MAX {
            let (item, version) = self.load_of(&key, true).await?;
            if !item.is_nobodys() {
                return Ok(());
            }
            let bytes = item.belonging_to(self.key).encode();
            let expires_at = self.now().plus(KEPT_FOR);
            match self.bridge.world.store().save(&key, bytes, version, expires_at).await {
                Ok(_) => return Ok(()),
                Err(SaveError::Conflict) => {}
                Err(SaveError::Fault(fault)) => {
                    self.bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
                    return Err(Stop::Again(Duration::from_secs(5), "the store cannot save".to_owned()));
                }
            }
        }
        Err(Stop::Again(Duration::from_secs(1), "another process works on the direct messages".to_owned()))
    }
}

/// The public conversation that the direct messages under this key belong to, if they do.
pub(crate) fn public_key_of(conversation: &Conversation) -> Option<&str> {
    conversation.private.as_ref()?.of.as_deref()
}
