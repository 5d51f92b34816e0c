//! What the engine tells about its work: one struct per line; logs, metrics and the live view all derive from it. A line
//! never carries what people wrote, their names, or secrets.

use serde::Serialize;

/// One line.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// A door turned a request away.
    Rejected {
        /// The door, if it exists.
        door: String,
        /// Why, as [`deskbridge_connectors::Reject::name`].
        reason: &'static str,
    },
    /// A door took a webhook, and the queue has its events.
    Accepted {
        /// The door.
        door: String,
        /// How many events it carried.
        events: usize,
        /// How many parts were not understood.
        unreadable: usize,
        /// Names this webhook in the lines that follow from it.
        trace: String,
    },
    /// A door could not hand its events to the queue; the sender will try again.
    QueueRefused {
        /// The door.
        door: String,
    },
    /// The relay took events of one conversation.
    Delivery(Delivered),
    /// An effect was tried or looked up.
    Effect(EffectLine),
    /// Something is now kept for a person.
    Held {
        /// `quarantine` or `parked`.
        kind: &'static str,
        /// The account.
        account: String,
        /// Why.
        reason: String,
    },
    /// An account stopped or started working.
    Account {
        /// The account.
        account: String,
        /// Whether it works now.
        working: bool,
        /// Why not, and what to do.
        reason: String,
    },
    /// A sweep has looked at all accounts.
    Swept {
        /// Tickets that changed and are now being read.
        hints: usize,
        /// What customers wrote and no webhook told.
        missed: usize,
        /// Accounts that do not work, or lack something.
        failing: usize,
    },
    /// Our own infrastructure failed.
    Fault {
        /// What was tried.
        what: &'static str,
        /// What it said.
        why: String,
    },
}

/// Events of one conversation, and what became of them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Delivered {
    /// The account.
    pub account: String,
    /// The group: the conversation key, or what stands for it.
    pub group: String,
    /// The verdicts, by name, in order.
    pub verdicts: Vec<&'static str>,
    /// What the events are, by name, in order.
    pub events: Vec<&'static str>,
    /// The webhooks that they came with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<String>,
    /// How many deliveries are finished.
    pub done: usize,
    /// How many must come again.
    pub again: usize,
    /// Why they must come again.
    pub why: Option<String>,
    /// The effects that were made, by kind and remote id: `create_ticket 35`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<String>,
    /// The ticket afterwards.
    pub ticket: Option<String>,
    /// Reads of the store.
    pub loads: u32,
    /// Writes to the store.
    pub saves: u32,
    /// Milliseconds since the first of them was received.
    pub age_ms: u64,
}

/// One attempt at an effect.
#[derive(Clone, Debug, Serialize)]
pub struct EffectLine {
    /// The account that acted.
    pub account: String,
    /// The conversation.
    pub conversation: String,
    /// The effect.
    pub effect: String,
    /// Its kind.
    pub kind: &'static str,
    /// Which attempt.
    pub attempt: u32,
    /// `send` or `lookup`.
    pub way: &'static str,
    /// `done`, `refused`, `retry_after` or `unknown`; for lookups `found`, `not_found` or `cannot_tell`.
    pub outcome: &'static str,
    /// The remote id, or the remote side's code of a refusal.
    pub detail: String,
    /// Calls made to the remote side.
    pub calls: u32,
}

impl Line {
    /// Its name in logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rejected { .. } => "rejected",
            Self::Accepted { .. } => "accepted",
            Self::QueueRefused { .. } => "queue_refused",
            Self::Delivery(_) => "delivery",
            Self::Effect(_) => "effect",
            Self::Held { .. } => "held",
            Self::Account { .. } => "account",
            Self::Swept { .. } => "swept",
            Self::Fault { .. } => "fault",
        }
    }
}
