//! What an agent should know beside a message: who wrote it, where it is, what it answers.

use std::collections::BTreeMap;

use deskbridge_connectors::{Query, Reading};
use deskbridge_core::conversation::{Conversation, Task};
use deskbridge_core::model::{Event, Message, Quote, Surface, What};
use deskbridge_core::ring::Seen;

use super::Caller;
use super::converse::Talk;
use crate::ports::World;

/// Context is read for at most so many messages of a batch.
const CONTEXTS_MAX: usize = 3;

impl<W: World> Talk<'_, W> {
    /// Adds names, permalinks and what messages answer, as far as the platform tells. Nothing waits for it.
    pub(crate) async fn add_context(
        &self,
        conversation: &Conversation,
        events: &mut [Event],
        quotes: &mut BTreeMap<String, Quote>,
    ) {
        let opens_ticket = conversation.ticket.is_none();
        if opens_ticket && self.must_wait(self.helpdesk, &Task::CreateTicket) {
            // What is planned now is shown to nobody yet, and asked again when its turn comes.
            return;
        }
        let mut asked = 0;
        for event in events {
            let What::Message(message) = &mut event.what else { continue };
            let wanted = asked < CONTEXTS_MAX
                && self.needs_context(conversation, message, opens_ticket && asked == 0)
                && self.bridge.resting(&self.platform.name, self.now()).is_none();
            if !wanted {
                continue;
            }
            asked += 1;
            let query = Query::Context { thread: self.thread.clone(), message: message.clone() };
            let caller = Caller { bridge: self.bridge, account: self.platform };
            if let Ok(Reading::Context(context)) = caller.read(&query).await.result {
                message.author.name = message.author.name.take().or(context.name);
                message.permalink = message.permalink.take().or(context.permalink);
                quotes.extend(context.quote.map(|quote| (message.id.clone(), quote)));
            }
        }
    }

    fn needs_context(&self, conversation: &Conversation, message: &Message, opens_ticket: bool) -> bool {
        let recent = &conversation.recent;
        let seen = Seen::Message(&message.id);
        let unfinished = conversation.has_open(seen.hash());
        if recent.contains(seen) && !unfinished {
            return false;
        }
        let nameless = opens_ticket && message.author.name.is_none();
        let stranger = |parent: &String| {
            let known = recent.contains(Seen::Message(parent)) || recent.contains(Seen::Own(parent));
            // What agents were shown once is not shown again, but this very message may not have arrived yet.
            !known && (unfinished || !recent.contains(Seen::Parent(parent)))
        };
        nameless || (self.thread.surface == Surface::Public && message.parent.as_ref().is_some_and(stranger))
    }
}
