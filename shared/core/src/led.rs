//! Items that are no conversations: what arrives under their key belongs to another one.

use crate::Moment;
use crate::conversation::Conversation;

impl Conversation {
    /// Whether what arrives under this item's key is dealt with in another conversation.
    #[must_use]
    pub fn leads_on(&self) -> bool {
        self.continues.is_some() || self.private.as_ref().is_some_and(|private| private.of.is_some())
    }

    /// The item that leads on since then.
    #[must_use]
    pub fn leading_since(self, now: Moment) -> Self {
        Self { let_go: Some(now), ..self }
    }

    /// Whether something that was received at that moment may have been dealt with before the item led on. Never, if it is not
    /// remembered since when it does. Clocks are taken to agree: to wait for them would keep quick answers from where they belong.
    #[must_use]
    pub fn may_have_led_later(&self, received_at: Moment) -> bool {
        self.let_go.is_some_and(|since| received_at < since)
    }

    /// The item of a conversation of its own after all.
    #[must_use]
    pub fn on_its_own(self) -> Self {
        Self { continues: None, private: None, let_go: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConversationKey;

    #[test]
    fn what_came_after_is_led_for_certain() {
        let now = Moment::from_seconds(1_760_000_000);
        let key = ConversationKey::mark("acme", "test");
        for item in [Conversation::forwarding_to("lena"), Conversation::default().belonging_to(&key)] {
            assert!(item.leads_on() && !item.may_have_led_later(now), "not remembered: led as ever");
            let item = item.leading_since(now);
            assert!(item.may_have_led_later(Moment(now.0 - 1)));
            assert!(!item.may_have_led_later(now) && !item.may_have_led_later(Moment(now.0 + 1)));
            assert!(!item.on_its_own().leads_on());
        }
    }
}
