//! A customer's id may change while the conversation goes on. It keeps its name, which is in its ticket; under the new id an
//! item is left that says where it goes on, and whatever arrives there is sent on.

use std::time::Duration;

use deskbridge_core::ConversationKey;
use deskbridge_core::conversation::Conversation;
use deskbridge_core::model::{Event, Thread, What};

use super::converse::{Stop, Talk};
use super::effects::KEPT_FOR;
use super::{Disposition, route};
use crate::ports::{SaveError, Store, World};
use crate::telemetry::Line;

impl<W: World> Talk<'_, W> {
    /// Sends all on to the conversation that is named by the customer's earlier id.
    pub(crate) async fn forward(&self, earlier: &str) -> Vec<Disposition> {
        let thread = Thread { customer: earlier.to_owned(), ..self.thread.clone() };
        let mut dispositions = Vec::with_capacity(self.mails.len());
        for mail in self.mails {
            let disposition = route::send_to(self.bridge, mail, &thread).await;
            let stop = disposition != Disposition::Done;
            dispositions.push(disposition);
            if stop {
                break;
            }
        }
        dispositions
    }

    /// Remembers under each new id where the conversation goes on. An id that already has a conversation keeps it.
    pub(crate) async fn leave_forwarding(&self, events: &[Event]) -> Result<(), Stop> {
        for event in events {
            let What::Renamed { to } = &event.what else { continue };
            let thread = Thread { customer: to.clone(), ..self.thread.clone() };
            let key = ConversationKey::new(&self.platform.name, &thread);
            if key == *self.key {
                continue;
            }
            let item = Conversation::forwarding_to(&self.thread.customer).encode();
            let expires_at = self.now().plus(KEPT_FOR);
            match self.bridge.world.store().save(&key, item, 0, expires_at).await {
                Ok(_) | Err(SaveError::Conflict) => {}
                Err(SaveError::Fault(fault)) => {
                    self.bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
                    return Err(Stop::Lost(Duration::from_secs(5), "the store cannot save".to_owned()));
                }
            }
        }
        Ok(())
    }
}
