//! The memory of what was seen: short hashes with the hour they came, so that a redelivered event is known again.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{Moment, digest};

const ENTRY: usize = 8;
const HOUR_MS: i64 = 3_600_000;

/// Hashes of recent ids, oldest first: 48 bits of hash and 16 bits of hours each.
///
/// At least [`Ring::ENTRIES_KEPT`] are kept; beyond that, only those younger than the sender's redelivery horizon. So an
/// ordinary conversation stays small, and a busy one never forgets what may still be redelivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Ring {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    entries: Vec<u8>,
}

impl Ring {
    /// So many entries are kept whatever their age.
    pub const ENTRIES_KEPT: usize = 64;
    /// More are never kept: a bound on the item's size (64 KiB).
    pub const ENTRIES_MAX: usize = 8_192;

    /// Whether `id` was seen.
    #[must_use]
    pub fn contains(&self, id: Seen<'_>) -> bool {
        self.contains_hash(id.hash())
    }

    /// Whether the id with this hash was seen.
    #[must_use]
    pub fn contains_hash(&self, hash: u64) -> bool {
        let wanted = &hash.to_be_bytes()[2..];
        self.entries.chunks_exact(ENTRY).any(|entry| &entry[..6] == wanted)
    }

    /// Remembers `id`, and forgets what is older than `horizon` and not needed.
    pub fn remember(&mut self, id: Seen<'_>, now: Moment, horizon: Duration) {
        self.remember_hash(id.hash(), now, horizon);
    }

    /// Remembers the id with this hash.
    pub fn remember_hash(&mut self, hash: u64, now: Moment, horizon: Duration) {
        if self.contains_hash(hash) {
            return;
        }
        self.entries.extend_from_slice(&hash.to_be_bytes()[2..]);
        self.entries.extend_from_slice(&hour(now).to_be_bytes());
        self.prune(now, horizon);
    }

    /// Forgets the id with this hash, so that it will be handled again.
    pub fn forget_hash(&mut self, hash: u64) {
        let wanted = hash.to_be_bytes();
        let kept: Vec<u8> = self
            .entries
            .chunks_exact(ENTRY)
            .filter(|entry| entry[..6] != wanted[2..])
            .flatten()
            .copied()
            .collect();
        self.entries = kept;
    }

    /// How many ids are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() / ENTRY
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn prune(&mut self, now: Moment, horizon: Duration) {
        let excess = self.len().saturating_sub(Self::ENTRIES_KEPT);
        let horizon_hours = u16::try_from(horizon.as_secs() / 3600 + 1).unwrap_or(u16::MAX);
        let old = self
            .entries
            .chunks_exact(ENTRY)
            .take(excess)
            .take_while(|entry| {
                hour(now).wrapping_sub(u16::from_be_bytes([entry[6], entry[7]])) > horizon_hours
            })
            .count();
        let dropped = old.max(self.len().saturating_sub(Self::ENTRIES_MAX));
        self.entries.drain(..dropped * ENTRY);
    }
}

/// What is remembered of an event or a remote object, each kind in a name space of its own.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// An event by its id.
    Event(&'a str),
    /// A customer's message by the platform's id: the same message told by two kinds of event is one.
    Message(&'a str),
    /// What a message of the conversation answers: agents were shown it.
    Parent(&'a str),
    /// A message that was removed, perhaps before it arrived.
    Removed(&'a str),
    /// A message that was removed when no ticket was known in which it could stand.
    Unredacted(&'a str),
    /// Something we published, by the platform's id.
    Own(&'a str),
    /// An agent's reply, by the helpdesk's comment id.
    Reply(&'a str),
    /// Something we published that reached the customer, by the platform's id.
    Delivered(&'a str),
    /// The messages that a ticket was opened with by an attempt that was not recorded, by their name in the ticket.
    Contents(&'a str),
}

impl Seen<'_> {
    /// The 48-bit hash that is remembered.
    #[must_use]
    pub fn hash(self) -> u64 {
        let (space, id) = match self {
            Self::Event(id) => ("event", id),
            Self::Message(id) => ("message", id),
            Self::Parent(id) => ("parent", id),
            Self::Removed(id) => ("removed", id),
            Self::Unredacted(id) => ("unredacted", id),
            Self::Own(id) => ("own", id),
            Self::Reply(id) => ("reply", id),
            Self::Delivered(id) => ("delivered", id),
            Self::Contents(name) => ("contents", name),
        };
        digest(&[space, id]) & 0x0000_ffff_ffff_ffff
    }
}

fn hour(now: Moment) -> u16 {
    // Hours wrap after seven years; ages are compared by wrapping subtraction.
    u16::try_from(now.0.div_euclid(HOUR_MS).rem_euclid(65_536)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HORIZON: Duration = Duration::from_secs(7 * 24 * 3600);

    #[test]
    fn young_entries_are_never_forgotten_and_old_ones_make_room() {
        let mut ring = Ring::default();
        let start = Moment::from_seconds(1_760_000_000);
        let ids: Vec<String> = (0..200).map(|n| n.to_string()).collect();
        for id in &ids {
            ring.remember(Seen::Event(id), start, HORIZON);
        }
        assert!(ids.iter().all(|id| ring.contains(Seen::Event(id))));
        let later = start.plus(HORIZON + Duration::from_secs(7200));
        ring.remember(Seen::Event("new"), later, HORIZON);
        assert_eq!(ring.len(), Ring::ENTRIES_KEPT);
        assert!(ring.contains(Seen::Event("new")) && ring.contains(Seen::Event("199")));
        assert!(!ring.contains(Seen::Event("0")));
    }

    #[test]
    fn kinds_do_not_mix_and_forgetting_is_exact() {
        let mut ring = Ring::default();
        ring.remember(Seen::Message("1"), Moment(0), HORIZON);
        assert!(!ring.contains(Seen::Event("1")) && !ring.contains(Seen::Own("1")));
        ring.remember(Seen::Message("1"), Moment(0), HORIZON);
        assert_eq!(ring.len(), 1);
        ring.forget_hash(Seen::Message("1").hash());
        assert!(ring.is_empty());
    }
}
