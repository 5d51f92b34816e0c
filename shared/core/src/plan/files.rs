//! The files of a customer's message: copied by an effect of their own, so that the message itself never waits for them.

use super::Planner;
use crate::conversation::Task;
use crate::effect::EffectId;
use crate::file;
use crate::model::Message;

impl Planner<'_> {
    pub(super) fn copy_files(&mut self, message: &Message, cause: u64) {
        if file::wanted(&self.policy.files, &self.next, message, 0).is_empty() {
            return;
        }
        let id = EffectId::of(&[self.key.as_str(), "files", &cause.to_string()]);
        if !self.next.open.iter().any(|effect| effect.id == id) {
            self.push(id, Task::CopyFiles(0), cause);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ConversationKey;
    use crate::conversation::{Conversation, Task};
    use crate::file::FileRef;
    use crate::ledger::tests::{message, policy};
    use crate::model::{Attachment, Event, Surface, What};
    use crate::{Moment, plan};

    const NOW: Moment = Moment(0);

    fn photo(id: &str) -> Event {
        let mut event = message(id, NOW);
        if let What::Message(message) = &mut event.what {
            let file = Some(FileRef::by("1"));
            message.attachments = vec![Attachment { kind: "photo".to_owned(), url: None, title: None, file }];
        }
        event
    }

    fn tasks(events: &[Event]) -> Vec<(Task, usize)> {
        let key = ConversationKey::mark("acme", "test");
        let next = plan(&key, Surface::Direct, &Conversation::default(), events, &policy(), NOW).next;
        next.open.into_iter().map(|open| (open.task, open.causes.len())).collect()
    }

    #[test]
    fn files_follow_their_message_and_later_messages_still_join_it() {
        let files = (Task::CopyFiles(0), 1);
        assert_eq!(tasks(&[photo("m1")]), [(Task::CreateTicket, 1), files.clone()]);
        let burst = [photo("m1"), message("m2", NOW), photo("m3")];
        assert_eq!(tasks(&burst), [(Task::CreateTicket, 3), files.clone(), files]);
        assert_eq!(tasks(&[photo("m1"), photo("m1")]).len(), 2, "once");
    }

    #[test]
    fn files_of_a_removed_message_are_not_copied() {
        let what = What::Removed { message: "m1".to_owned() };
        let removal = Event { id: "removal".to_owned(), what, ..message("m1", NOW) };
        let redact = (Task::Redact(crate::ring::Seen::Message("m1").hash()), 1);
        assert_eq!(tasks(&[removal, photo("m1")]), [(Task::CreateTicket, 1), redact]);
    }
}
