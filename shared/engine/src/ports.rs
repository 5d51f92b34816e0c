//! The ports: everything the engine asks of the world. Implemented on AWS, on one machine, and in the simulator.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use deskbridge_connectors::http::{Answer, Request};
use deskbridge_core::{ConversationKey, Moment};
use serde::{Deserialize, Serialize};

use crate::envelope::{Envelope, Piece};
use crate::telemetry::Line;

/// Our own infrastructure failed. Always retried; never the remote side's or the caller's doing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} failed: {why}")]
pub struct Fault {
    /// What was tried, such as `saving a conversation`.
    pub what: &'static str,
    /// What the infrastructure said; never content.
    pub why: String,
}

impl Fault {
    /// A fault while doing `what`.
    pub fn new(what: &'static str, why: impl fmt::Display) -> Self {
        Self { what, why: why.to_string() }
    }
}

/// Counts the saves of one item; 0 stands for an item that does not exist.
pub type Version = u64;

/// A stored item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What [`deskbridge_core::Conversation::encode`] wrote.
    pub bytes: Vec<u8>,
    /// Its version, at least 1.
    pub version: Version,
}

/// Why a save did not happen, or may not have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveError {
    /// Somebody else saved first. Nothing was written.
    Conflict,
    /// Nobody knows whether it was written.
    Fault(Fault),
}

/// Remembers conversations, and keeps what waits for a person.
pub trait Store: Send + Sync {
    /// The item of a conversation. May be stale: the save is the judge.
    fn load(&self, key: &ConversationKey) -> impl Future<Output = Result<Option<Item>, Fault>> + Send;

    /// The item as the last save left it. Dearer where [`Store::load`] may be stale; the same elsewhere.
    fn load_latest(&self, key: &ConversationKey) -> impl Future<Output = Result<Option<Item>, Fault>> + Send {
        self.load(key)
    }

    /// Writes the item if its version is still `expected` (0: if there is none). Returns the new version.
    /// After `expires_at` the store may drop the item.
    fn save(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
        expires_at: Moment,
    ) -> impl Future<Output = Result<Version, SaveError>> + Send;

    /// Keeps a record for a person. Keeping the same id again changes nothing.
    fn hold(&self, held: &Held) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The records of a kind, oldest first, at most `limit`.
    fn held(&self, kind: HeldKind, limit: usize) -> impl Future<Output = Result<Vec<Held>, Fault>> + Send;

    /// Forgets a record that was put back or dealt with.
    fn release(&self, kind: HeldKind, id: &str) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Why a record is kept aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldKind {
    /// Authentic but not understood.
    Quarantine,
    /// Understood, but given up.
    Parked,
    /// Waits for its time, not for a person: `since` lies in the future, and the sweep puts it into the queue then.
    Timer,
}

impl HeldKind {
    /// Its name in stores, logs and metrics; never changed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quarantine => "quarantine",
            Self::Parked => "parked",
            Self::Timer => "timer",
        }
    }
}

/// A record kept for a person: whole, so that it can be put back. It contains what customers wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Names the record; the same event always gets the same id.
    pub id: String,
    /// Why it is here, broadly.
    pub kind: HeldKind,
    /// The account it came through.
    pub account: String,
    /// The conversation, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// Why it is here, in words.
    pub reason: String,
    /// Since when; of a timer: until when.
    pub since: Moment,
    /// The webhook's body as it was received, base64; empty if `envelopes` says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Which part of a long body this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece: Option<Piece>,
    /// The envelopes to put back into the queue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub envelopes: Vec<Envelope>,
}

/// Takes events, and delivers them at least once, in order within a group.
pub trait Queue: Send + Sync {
    /// Takes all envelopes or none; returns once they are durable.
    fn send(&self, envelopes: &[Envelope]) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Performs requests.
pub trait Http: Send + Sync {
    /// Performs one request within `deadline`. Never follows redirects, never retries by itself.
    fn send(&self, request: Request, deadline: Duration) -> impl Future<Output = Answer> + Send;
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// Reads secrets by reference (`env:NAME`, `file:PATH`, `ssm:/PATH`).
pub trait Secrets: Send + Sync {
    /// The value of a reference, or why there is none. The reason never contains the value.
    fn read(&self, reference: &str) -> impl Future<Output = Result<secrecy::SecretString, String>> + Send;

    /// The values of several references, in the same order. To be overridden where one call gives them all.
    fn read_all(
        &self,
        references: &[&str],
    ) -> impl Future<Output = Vec<Result<secrecy::SecretString, String>>> + Send {
        async move {
            let mut values = Vec::with_capacity(references.len());
            for reference in references {
                values.push(self.read(reference).await);
            }
            values
        }
    }
}

/// The ports of a door: it takes webhooks and hands them to the queue, nothing else.
pub trait Reception: Send + Sync {
    /// See [`Queue`].
    type Queue: Queue;
    /// See [`Clock`].
    type Clock: Clock;

    /// The queue.
    fn queue(&self) -> &Self::Queue;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// Takes one line of telemetry: logs it and counts it.
    fn record(&self, line: &Line);
}

/// All ports: what the relay and the sweep need.
pub trait World: Reception {
    /// See [`Store`].
    type Store: Store;
    /// See [`Http`].
    type Http: Http;

    /// The store.
    fn store(&self) -> &Self::Store;
    /// The HTTP client.
    fn http(&self) -> &Self::Http;
}
