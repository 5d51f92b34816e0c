//! A customer's id may change while the conversation goes on. It keeps its name, which is in its ticket; under the new id an
//! item is left that says where it goes on, and whatever arrives there is sent on.

use std::time::Duration;

use deskbridge_core::conversation::Conversation;
use deskbridge_core::model::{Event, Place, Thread, What};
use deskbridge_core::{ConversationKey, Moment};

use super::converse::{CONFLICTS_MAX, Stop, Talk};
use super::effects::KEPT_FOR;
use super::{Disposition, route};
use crate::envelope::Envelope;
use crate::ports::{Fault, Queue, SaveError, Store, World};
use crate::telemetry::Line;

impl<W: World> Talk<'_, W> {
    /// Sends all on to the conversation that is named by the customer's earlier id.
    pub(crate) async fn forward(&self, earlier: &str) -> Vec<Disposition> {
        let thread = Thread { customer: earlier.to_owned(), ..self.thread.clone() };
        route::send_all_to(self.bridge, self.mails, &Place::Thread(thread)).await
    }

    /// Remembers under each new id where the conversation goes on. An id that already has a ticket keeps it, because
    /// its first message came before this was told: then both tickets are told of each other.
    pub(crate) async fn leave_forwarding(
        &self,
        conversation: &Conversation,
        events: &mut [Event],
    ) -> Result<(), Stop> {
        for event in events {
            let What::Renamed { to, other_ticket } = &mut event.what else { continue };
            let thread = Thread { customer: to.clone(), ..self.thread.clone() };
            let key = ConversationKey::new(&self.platform.name, &thread);
            if key == *self.key {
                continue;
            }
            if let Some(other) = self.lead_from(&key).await? {
                if let Some(own) = &conversation.ticket {
                    self.tell_other(&event.id, event.at, thread, own.id.clone()).await?;
                }
                *other_ticket = Some(other);
            }
        }
        Ok(())
    }

    /// Remembers under this key that it leads to this conversation, unless one of its own has begun there: gives that one's ticket,
    /// empty if it has none yet.
    async fn lead_from(&self, key: &ConversationKey) -> Result<Option<String>, Stop> {
        let mut version = 0;
        for _ in 0..CONFLICTS_MAX {
            let item = Conversation::forwarding_to(&self.thread.customer).encode();
            let expires_at = self.now().plus(KEPT_FOR);
            match self.bridge.world.store().save(key, item, version, expires_at).await {
                Ok(_) => return Ok(None),
                Err(SaveError::Conflict) => {}
                Err(SaveError::Fault(fault)) => return Err(self.lost(fault, "the store cannot save")),
            }
            let (other, found) = self.load_of(key, true).await?;
            if other.leads_on() {
                return Ok(None);
            }
            if !other.is_nobodys() || other.private.is_some() {
                return Ok(Some(other.ticket.map(|ticket| ticket.id).unwrap_or_default()));
            }
            // Only what others told of that id came before this.
            version = found;
        }
        Err(Stop::Again(Duration::from_secs(1), "another process works on the new id".to_owned()))
    }

    /// Tells the customer's conversation under the new id of the one under the earlier id. Doing it twice is doing it once.
    async fn tell_other(
        &self,
        renaming: &str,
        at: Moment,
        thread: Thread,
        ticket: String,
    ) -> Result<(), Stop> {
        let what = What::Renamed { to: thread.customer.clone(), other_ticket: Some(ticket) };
        let event = Event { id: format!("{renaming}:there"), at, place: Place::Thread(thread), what };
        let envelope = Envelope::event(&self.platform.name, event, self.now());
        let sent = self.bridge.world.queue().send(&[envelope]).await;
        sent.map_err(|fault| self.lost(fault, "the queue refuses"))
    }

    fn lost(&self, fault: Fault, why: &str) -> Stop {
        self.bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
        Stop::Lost(Duration::from_secs(5), why.to_owned())
    }
}
