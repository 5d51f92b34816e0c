//! What the bridge remembers at rest must be something that goes on by itself.

use deskbridge_core::Conversation;
use deskbridge_engine::ports::Held;

use super::Oracle;

impl Oracle {
    /// `items` are the conversations with their keys, `timers` the records that are kept for them until their time comes.
    pub(crate) fn check_memory(&mut self, items: &[(String, Conversation)], timers: &[Held], now: i64) {
        for (key, item) in items {
            let Some(at) = item.timer.filter(|at| at.0 > now) else { continue };
            if !timers.iter().any(|timer| timer.conversation.as_ref() == Some(key) && timer.since == at) {
                self.breaks(format!("timers: {key} waits for a time of which there is no record"));
            }
        }
        // A webhook tells of every new id, again and again until a door takes it.
        for key in self.names.later_keys() {
            let is_known = items.iter().any(|(known, _)| *known == key);
            if !is_known && !self.parked.contains(&self.names.first_key(&key)) {
                self.breaks(format!("renamed: nothing is remembered under {key}, the customer's new id"));
            }
        }
    }
}
