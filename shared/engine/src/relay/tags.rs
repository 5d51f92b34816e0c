//! Commands by tag, for macros: a tag such as `deskbridge_hide` acts like a private note with the command, and is taken off when
//! that is done. Only where the helpdesk account wants it: tags cost a reading with every hint.

use deskbridge_connectors::{Query, Reading};
use deskbridge_core::command::{TAG_COMMAND, by_tag};
use deskbridge_core::conversation::Conversation;
use deskbridge_core::model::AgentReply;
use deskbridge_core::ring::Seen;

use super::converse::{Stop, Talk};
use crate::ports::World;

/// So often one tag may be set within the time that the ring remembers.
const TIMES_MAX: u32 = 64;

impl<W: World> Talk<'_, W> {
    /// The commands that the tags of a ticket stand for.
    pub(crate) async fn commands_by_tag(
        &self,
        conversation: &Conversation,
        ticket: &str,
    ) -> Result<Vec<AgentReply>, Stop> {
        if !self.helpdesk.connector.tag_commands() {
            return Ok(Vec::new());
        }
        let query = Query::Ticket { ticket: ticket.to_owned() };
        let Some(Reading::Ticket(facts)) = self.read(&query).await? else { return Ok(Vec::new()) };
        let words = facts.tags.iter().filter_map(|tag| by_tag(tag)).map(|verb| verb.word());
        Ok(words.filter_map(|word| command(conversation, ticket, word)).collect())
    }
}

/// A tag as the note that it stands for. It has a name of its own each time it is set, and keeps it until it is taken off.
fn command(conversation: &Conversation, ticket: &str, word: &str) -> Option<AgentReply> {
    let mut names = (0..TIMES_MAX).map(|nth| format!("{TAG_COMMAND}{ticket}:{word}:{nth}"));
    let comment = names.find(|name| {
        let cause = Seen::Reply(name).hash();
        conversation.has_open(cause) || !conversation.recent.contains_hash(cause)
    })?;
    Some(AgentReply {
        comment,
        agent: None,
        agent_id: None,
        html: format!("/{word}"),
        attachments: Vec::new(),
        private: true,
        earlier: None,
        target: None,
    })
}
