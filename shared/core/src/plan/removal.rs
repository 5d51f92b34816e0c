//! A message is removed on the platform: its copy is redacted, and agents are told that something was removed.

use super::{Planner, Verdict, due};
use crate::conversation::Task;
use crate::effect::EffectId;
use crate::ring::Seen;

impl Planner<'_> {
    pub(super) fn removed(&mut self, message: &str, cause: u64) -> Verdict {
        // It may arrive before the message itself, which must then not be shown.
        self.remember(Seen::Removed(message));
        let verdict = self.note_if_ticket(cause);
        if verdict == Verdict::Planned {
            self.redact(Seen::Message(message).hash(), cause);
        }
        verdict
    }

    /// Takes the message out of the tickets, before the note that tells of it: others may still join that.
    fn redact(&mut self, message: u64, cause: u64) {
        let id = EffectId::of(&[self.key.as_str(), "redact", &cause.to_string()]);
        let before_the_note = self.next.open.len().saturating_sub(1);
        self.next.open.insert(before_the_note, due(id, Task::Redact(message), vec![cause]));
    }
}
