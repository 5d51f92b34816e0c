//! Who wrote a reply, where the account signs its replies and the helpdesk's list of comments tells only an id.

use deskbridge_connectors::{Query, Reading};
use deskbridge_core::model::AgentReply;
use deskbridge_core::style::Signature;

use super::converse::{Stop, Talk};
use crate::ports::World;

impl<W: World> Talk<'_, W> {
    /// The replies with the names of their agents: one call for each agent and process, and none for an account that does not sign.
    pub(crate) async fn introduce(&self, mut replies: Vec<AgentReply>) -> Result<Vec<AgentReply>, Stop> {
        if self.policy.style.signature == Signature::None {
            return Ok(replies);
        }
        for reply in replies.iter_mut().filter(|reply| reply.agent.is_none()) {
            if let Some(id) = &reply.agent_id {
                reply.agent = self.name_of_agent(id).await?;
            }
        }
        Ok(replies)
    }

    async fn name_of_agent(&self, id: &str) -> Result<Option<String>, Stop> {
        let (memo, helpdesk) = (&self.bridge.memo, &self.helpdesk.name);
        if let Some(known) = memo.agent(helpdesk, id) {
            return Ok(known);
        }
        let name = match self.read(&Query::Agent { id: id.to_owned() }).await? {
            Some(Reading::Agent(name)) => name,
            _ => None,
        };
        memo.keep_agent(helpdesk, id, name.clone());
        Ok(name)
    }
}
