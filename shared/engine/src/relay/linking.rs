//! An agent wants a conversation to go on in another ticket: what that ticket says of itself is read with the command.

use deskbridge_connectors::{Query, Reading};
use deskbridge_core::model::{AgentReply, LinkTarget};
use deskbridge_core::said::ticket_to_link;

use super::converse::{Stop, Talk};
use crate::ports::World;

impl<W: World> Talk<'_, W> {
    /// The replies, each `/link` with the ticket that it names.
    pub(crate) async fn with_targets(&self, mut replies: Vec<AgentReply>) -> Result<Vec<AgentReply>, Stop> {
        for reply in replies.iter_mut().filter(|reply| reply.private) {
            if let Some(ticket) = ticket_to_link(reply) {
                reply.target = self.target(ticket).await?;
            }
        }
        Ok(replies)
    }

    /// What a ticket says of itself, and what was last written in it: nothing up to there is ours to publish.
    async fn target(&self, ticket: String) -> Result<Option<LinkTarget>, Stop> {
        let query = Query::Ticket { ticket: ticket.clone() };
        let Some(Reading::Ticket(facts)) = self.read_if_allowed(&query).await? else { return Ok(None) };
        let query = Query::Replies { ticket: ticket.clone(), after: None };
        let Some(Reading::Replies(replies)) = self.read_if_allowed(&query).await? else { return Ok(None) };
        let (conversation, status) = (facts.conversation, facts.status);
        Ok(Some(LinkTarget { ticket, conversation, status, newest: replies.newest }))
    }
}
