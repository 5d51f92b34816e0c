//! Readings from the helpdesk of a conversation, and what it means if they do not work.

use deskbridge_connectors::{Query, Reading, Trouble};
use deskbridge_core::effect::Reason;

use super::converse::{Stop, Talk};
use super::{Caller, backoff};
use crate::ports::World;

impl<W: World> Talk<'_, W> {
    /// Reads from the helpdesk; `None` if what is asked for does not exist any more.
    pub(crate) async fn read(&self, query: &Query) -> Result<Option<Reading>, Stop> {
        self.read_as(query, &[Reason::Token, Reason::Permission]).await
    }

    /// The same for something that we need not be allowed to see, which says nothing about the account.
    pub(crate) async fn read_if_allowed(&self, query: &Query) -> Result<Option<Reading>, Stop> {
        self.read_as(query, &[Reason::Token]).await
    }

    async fn read_as(&self, query: &Query, ill: &[Reason]) -> Result<Option<Reading>, Stop> {
        let helpdesk = &self.helpdesk.name;
        let now = self.now();
        if let Some(wait) = self.bridge.resting(helpdesk, now) {
            return Err(Stop::again(wait, format!("waits for account {helpdesk}")));
        }
        let _turn = self.turn_to_read()?;
        match (Caller { bridge: self.bridge, account: self.helpdesk }).read(query).await.result {
            Ok(reading) => {
                self.bridge.can_read(helpdesk);
                Ok(Some(reading))
            }
            Err(Trouble::RetryAfter(wait)) => {
                let wait = backoff(self.key.as_str(), self.receives(), wait);
                Err(Stop::again(wait, format!("{helpdesk} asks to wait")))
            }
            Err(Trouble::Refused(refusal)) if ill.contains(&refusal.reason) => {
                let wait = self.bridge.fell_ill(helpdesk, &refusal, now);
                Err(Stop::again(wait, crate::bridge::remedy(helpdesk, &refusal)))
            }
            Err(Trouble::Refused(_)) => Ok(None),
        }
    }
}
