//! Items that are no conversations: what arrives under their key belongs to another one.

use std::time::Duration;

use crate::Moment;
use crate::conversation::Conversation;
use crate::ring::Seen;

/// Under this name the ring of such an item remembers since when it leads on.
const LEADING: Seen<'static> = Seen::Event("leads on");

impl Conversation {
    /// Whether what arrives under this item's key is dealt with in another conversation.
    #[must_use]
    pub fn leads_on(&self) -> bool {
        self.continues.is_some() || self.private.as_ref().is_some_and(|private| private.of.is_some())
    }

    /// The item that leads on since now.
    #[must_use]
    pub fn leading_since(mut self, now: Moment, horizon: Duration) -> Self {
        self.recent.remember(LEADING, now, horizon);
        self
    }

    /// Whether something that was received at that moment may have been dealt with before the item led on. Remembered to the hour,
    /// and told with an hour more for wrong clocks; never of items of which it is not remembered.
    #[must_use]
    pub fn may_have_led_later(&self, received_at: Moment) -> bool {
        self.recent.was_remembered_since(LEADING, received_at.minus(Duration::from_secs(3600)))
    }

    /// The item of a conversation of its own after all.
    #[must_use]
    pub fn on_its_own(self) -> Self {
        Self { continues: None, private: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConversationKey;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn what_came_well_after_is_led_for_certain() {
        let now = Moment::from_seconds(1_760_000_000);
        let key = ConversationKey::mark("acme", "test");
        for item in [Conversation::forwarding_to("lena"), Conversation::default().belonging_to(&key)] {
            assert!(item.leads_on() && !item.may_have_led_later(now), "not remembered: led as ever");
            let item = item.leading_since(now, HOUR);
            assert!(item.may_have_led_later(now.minus(HOUR)) && item.may_have_led_later(now));
            assert!(!item.may_have_led_later(now.plus(3 * HOUR)));
            assert!(!item.on_its_own().leads_on());
        }
    }
}
