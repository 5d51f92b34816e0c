//! The rules that an account's owner may choose, and those that its platform sets.

use std::sync::Arc;
use std::time::Duration;

use crate::command::Verb;
use crate::file::FilePolicy;
use crate::style::ReplyStyle;
use crate::text::{self, Markup, Measure};

/// What [`crate::plan()`] needs to know of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The platform's kind, such as `facebook`.
    pub platform: &'static str,
    /// The platform's name for people, such as `Facebook`.
    pub platform_title: &'static str,
    /// After a direct conversation was solved for so long, the customer's next message opens a new ticket.
    pub grace: Duration,
    /// How long seen events are remembered: longer than any sender redelivers.
    pub horizon: Duration,
    /// The most characters of one published reply; longer ones are split.
    pub reply_characters_max: usize,
    /// What counts as a character there.
    pub reply_measure: Measure,
    /// What emphasis becomes there.
    pub reply_markup: Markup,
    /// The platform's rule until when replies are taken, as half a sentence for agents; empty if there is none.
    pub reply_window: &'static str,
    /// How long after the customer's last act replies are taken, where there is such a rule.
    pub reply_window_length: Option<Duration>,
    /// Whether the platform charges more for a public reply with a link.
    pub links_cost: bool,
    /// What agents may ask for beside [`crate::command::ALWAYS`].
    pub verbs: &'static [Verb],
    /// An effect that could not be made for so long is parked.
    pub give_up_after: Duration,
    /// Tags of every ticket.
    pub tags: Vec<String>,
    /// What the helpdesk shows beside the comments of a ticket.
    pub card: CardRules,
    /// So long before the reply window closes, agents are told once that a customer has no answer yet. `None`: never.
    pub nudge_before: Option<Duration>,
    /// What is sent instead of a reply that comes after the window: what an agent would write behind `/template`, with
    /// `{reply}` for the reply's text.
    pub fallback_template: Option<String>,
    /// Whether the note about a reply that did not reach the platform tells if the customer has an e-mail address.
    pub fallback_email: bool,
    /// What is done with files.
    pub files: FilePolicy,
    /// How replies look, and what is checked before they go out.
    pub style: Arc<ReplyStyle>,
    /// The rules of the direct messages that may follow a private reply; of a platform that has both.
    pub direct: Option<Arc<Policy>>,
}

/// What a helpdesk account shows of its conversations, see [`crate::card`]. Trouble is always shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CardRules {
    /// How far a reply got, too.
    pub delivery: bool,
    /// Until when replies are taken.
    pub reply_by: bool,
}

impl Policy {
    /// The tag by which helpdesk triggers know our tickets.
    pub const TAG: &'static str = "deskbridge";
    /// The tag of a ticket with a reply that was refused.
    pub const TAG_UNDELIVERED: &'static str = "deskbridge_undelivered";
    /// The tag of a ticket with a reply of unknown fate.
    pub const TAG_UNCONFIRMED: &'static str = "deskbridge_unconfirmed";
    /// The tag of a ticket that may still show what the customer removed.
    pub const TAG_UNREDACTED: &'static str = "deskbridge_unredacted";

    /// The rules of direct messages: these ones, where there are no others.
    #[must_use]
    pub fn private(&self) -> &Self {
        self.direct.as_deref().unwrap_or(self)
    }

    /// A reply of this agent in pieces that the platform takes, the last one signed as the account wants it.
    #[must_use]
    pub fn pieces(&self, reply: &str, agent: Option<&str>) -> Vec<String> {
        let ending = self.style.ending(agent, reply);
        text::split_signed(reply, &ending, self.reply_characters_max, self.reply_measure)
    }
}
