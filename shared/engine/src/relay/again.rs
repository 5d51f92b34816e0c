//! An agent asks to send an earlier reply again: its text is read from the helpdesk with the command.

use deskbridge_connectors::{Query, Reading};
use deskbridge_core::conversation::Conversation;
use deskbridge_core::model::AgentReply;
use deskbridge_core::said::asks_again;

use super::converse::{Stop, Talk};
use crate::ports::World;

impl<W: World> Talk<'_, W> {
    /// The replies, each command to send something again with the reply that it is about.
    pub(crate) async fn with_earlier(
        &self,
        conversation: &Conversation,
        mut replies: Vec<AgentReply>,
    ) -> Result<Vec<AgentReply>, Stop> {
        let Some(not_sent) = &conversation.not_sent else { return Ok(replies) };
        let Some(first) = replies.iter().position(asks_again) else { return Ok(replies) };
        let query = Query::Replies { ticket: not_sent.ticket.clone(), after: None };
        let Some(Reading::Replies(all)) = self.read(&query).await? else { return Ok(replies) };
        let earlier = all.replies.into_iter().find(|reply| not_sent.is(self.key, reply));
        let earlier = self.introduce(earlier.into_iter().collect()).await?.pop().map(Box::new);
        for command in replies[first..].iter_mut().filter(|reply| asks_again(reply)) {
            command.earlier.clone_from(&earlier);
        }
        Ok(replies)
    }
}
