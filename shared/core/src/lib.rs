//! Pure decisions of the bridge: its words, what to do with an event, what is remembered, how text is shaped.
//!
//! No async, clock, randomness or IO: everything is a function of its arguments, so it can be read, tested and simulated.

pub mod card;
pub mod command;
pub mod compose;
pub mod conversation;
pub mod effect;
pub mod file;
mod key;
pub mod ledger;
pub mod model;
mod moment;
pub mod not_sent;
pub mod notes;
mod outgoing;
pub mod pace;
mod plan;
pub mod policy;
pub mod private;
pub mod ring;
pub mod said;
mod story;
pub mod style;
pub mod text;

pub use conversation::Conversation;
pub use effect::{Effect, EffectId, EffectKind, Guarantee, Outcome};
pub use key::ConversationKey;
pub use model::Event;
pub use moment::Moment;
pub use plan::{EVENTS_PER_UPDATE_MAX, Plan, Verdict, cause_of, plan};
pub use policy::Policy;

use sha2::{Digest, Sha256};

/// A 64-bit name for some parts. Parts are kept apart, so `["ab", "c"]` and `["a", "bc"]` differ.
#[must_use]
pub fn digest(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let bytes: [u8; 32] = hash.finalize().into();
    u64::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
}
