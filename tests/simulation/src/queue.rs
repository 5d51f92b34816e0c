//! The queue as AWS documents its FIFO kind: groups in order, one batch of a group at a time, visibility, receive
//! counts, and a memory of five minutes for ids.

use std::collections::{BTreeMap, VecDeque};

use deskbridge_engine::{Delivery, Envelope};

/// How long the queue knows an id again.
const DEDUP_MS: i64 = 5 * 60_000;
/// After so many receives a message becomes a dead letter, unless a run wants it sooner.
pub(crate) const RECEIVES_MAX: u32 = 900;

/// A message of the queue.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) seq: u64,
    pub(crate) body: String,
    pub(crate) receives: u32,
    visible_at: i64,
}

impl Message {
    pub(crate) fn delivery(&self, receives_are_durable: bool) -> Delivery {
        Delivery { body: self.body.clone(), receives: self.receives, receives_are_durable }
    }
}

/// What becomes of a message: its number, the receive count that stands for the receipt, and when it comes again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish {
    pub(crate) seq: u64,
    pub(crate) receives: u32,
    pub(crate) again_at: Option<i64>,
}

pub(crate) struct FifoQueue {
    groups: BTreeMap<String, VecDeque<Message>>,
    known: BTreeMap<String, i64>,
    last: u64,
    /// After so many receives a message becomes a dead letter.
    pub(crate) receives_max: u32,
    /// Dead letters with their groups.
    pub(crate) dead: Vec<(String, Message)>,
}

impl Default for FifoQueue {
    fn default() -> Self {
        Self {
            groups: BTreeMap::new(),
            known: BTreeMap::new(),
            last: 0,
            receives_max: RECEIVES_MAX,
            dead: Vec::new(),
        }
    }
}

impl FifoQueue {
    /// Takes the envelopes; gives those that are new, with their numbers.
    pub(crate) fn send(&mut self, envelopes: &[Envelope], now: i64) -> Vec<(u64, String)> {
        self.known.retain(|_, at| *at + DEDUP_MS > now);
        let mut taken = Vec::new();
        for envelope in envelopes {
            if self.known.contains_key(&envelope.id) {
                continue;
            }
            self.known.insert(envelope.id.clone(), now);
            self.last += 1;
            let body = envelope.encode();
            taken.push((self.last, body.clone()));
            let message = Message { seq: self.last, body, receives: 0, visible_at: now };
            self.groups.entry(envelope.group.clone()).or_default().push_back(message);
        }
        taken
    }

    /// Takes something that is no envelope.
    pub(crate) fn put(&mut self, group: &str, body: String, now: i64) {
        self.last += 1;
        let message = Message { seq: self.last, body, receives: 0, visible_at: now };
        self.groups.entry(group.to_owned()).or_default().push_back(message);
    }

    /// Puts the dead letters back, as new messages.
    pub(crate) fn redrive(&mut self, now: i64) -> usize {
        let dead = std::mem::take(&mut self.dead);
        let count = dead.len();
        for (group, message) in dead {
            self.put(&group, message.body, now);
        }
        count
    }

    /// Rewrites the bodies that wait.
    pub(crate) fn rewrite(&mut self, mut rewrite: impl FnMut(&str) -> Option<String>) -> usize {
        let mut count = 0;
        for message in self.groups.values_mut().flatten() {
            if let Some(body) = rewrite(&message.body) {
                message.body = body;
                count += 1;
            }
        }
        count
    }

    /// Sets aside what was received too often and is due again; gives the groups.
    pub(crate) fn bury(&mut self, now: i64) -> Vec<String> {
        let mut buried = Vec::new();
        for (name, group) in &mut self.groups {
            let most = self.receives_max;
            let over = |message: &Message| message.receives >= most && message.visible_at <= now;
            while let Some(message) = group.front().is_some_and(over).then(|| group.pop_front()).flatten() {
                self.dead.push((name.clone(), message));
                buried.push(name.clone());
            }
        }
        self.groups.retain(|_, group| !group.is_empty());
        buried
    }

    /// The first messages of up to `groups` groups that may be worked on, oldest group first.
    pub(crate) fn claim(&mut self, now: i64, groups: u32, batch: u32, visibility_ms: i64) -> Vec<Message> {
        let mut due: Vec<(u64, String)> = self
            .groups
            .iter()
            .filter(|(_, group)| group.iter().all(|one| one.receives == 0 || one.visible_at <= now))
            .filter_map(|(name, group)| {
                group.front().filter(|head| head.visible_at <= now).map(|head| (head.seq, name.clone()))
            })
            .collect();
        due.sort_unstable();
        let mut claimed = Vec::new();
        for (_, name) in due.into_iter().take(usize::try_from(groups).unwrap_or(1)) {
            let group = self.groups.entry(name).or_default();
            for message in group.iter_mut().take(usize::try_from(batch).unwrap_or(1)) {
                if message.visible_at > now {
                    break;
                }
                message.receives += 1;
                message.visible_at = now + visibility_ms;
                claimed.push(message.clone());
            }
        }
        claimed
    }

    /// Removes messages or puts them off. An outdated receipt changes nothing for a message that somebody else has.
    pub(crate) fn finish(&mut self, outcomes: &[Finish]) {
        for outcome in outcomes {
            for group in self.groups.values_mut() {
                match outcome.again_at {
                    None => group.retain(|one| one.seq != outcome.seq),
                    Some(at) => group
                        .iter_mut()
                        .filter(|one| one.seq == outcome.seq && one.receives == outcome.receives)
                        .for_each(|one| one.visible_at = at),
                }
            }
        }
        self.groups.retain(|_, group| !group.is_empty());
    }

    /// When the next batch can be claimed.
    pub(crate) fn next_due(&self) -> Option<i64> {
        let free_at = |group: &VecDeque<Message>| {
            let received = group.iter().filter(|one| one.receives > 0).map(|one| one.visible_at).max();
            group.front().map(|head| head.visible_at.max(received.unwrap_or(head.visible_at)))
        };
        self.groups.values().filter_map(free_at).min()
    }
}
