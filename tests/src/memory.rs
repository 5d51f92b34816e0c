//! Store and queue in memory, with the rules of the real ones.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{Fault, Held, HeldKind, Item, Queue, SaveError, Store, Version};

use crate::accident::pause;

/// A lock in a single-threaded test is never poisoned by anything but a failed test.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Conversations and held records.
#[derive(Default)]
pub struct MemoryStore {
    inner: Mutex<StoreState>,
}

#[derive(Default)]
struct StoreState {
    items: BTreeMap<String, Item>,
    held: Vec<Held>,
    loads: u32,
    saves: u32,
    item_bytes_max: usize,
    refuse_saves: u32,
    lose_save_answers: u32,
    stale_loads: u32,
}

impl MemoryStore {
    /// Loads and saves so far, and the largest item.
    pub fn counts(&self) -> (u32, u32, usize) {
        let state = lock(&self.inner);
        (state.loads, state.saves, state.item_bytes_max)
    }

    /// The next so many saves fail without effect.
    pub fn refuse_saves(&self, times: u32) {
        lock(&self.inner).refuse_saves = times;
    }

    /// The next so many saves succeed without saying so.
    pub fn lose_save_answers(&self, times: u32) {
        lock(&self.inner).lose_save_answers = times;
    }

    /// The next so many loads that may be stale know nothing of any item, as if nobody had ever saved it.
    pub fn load_stale(&self, times: u32) {
        lock(&self.inner).stale_loads = times;
    }

    fn save_now(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
    ) -> Result<Version, SaveError> {
        let mut state = lock(&self.inner);
        state.saves += 1;
        if state.refuse_saves > 0 {
            state.refuse_saves -= 1;
            return Err(SaveError::Fault(Fault::new("saving", "refused by the test")));
        }
        let version = state.items.get(key.as_str()).map_or(0, |item| item.version);
        if version != expected {
            return Err(SaveError::Conflict);
        }
        state.item_bytes_max = state.item_bytes_max.max(bytes.len());
        state.items.insert(key.as_str().to_owned(), Item { bytes, version: version + 1 });
        if state.lose_save_answers > 0 {
            state.lose_save_answers -= 1;
            return Err(SaveError::Fault(Fault::new("saving", "answer lost by the test")));
        }
        Ok(version + 1)
    }

    /// Forgets a conversation, as a table restored from an old backup would.
    pub fn forget(&self, key: &str) {
        lock(&self.inner).items.remove(key);
    }
}

impl Store for MemoryStore {
    async fn load(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        pause().await;
        let stale = {
            let mut state = lock(&self.inner);
            let stale = state.stale_loads > 0;
            state.stale_loads = state.stale_loads.saturating_sub(1);
            state.loads += u32::from(stale);
            stale
        };
        if stale { Ok(None) } else { self.load_latest(key).await }
    }

    async fn load_latest(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        let mut state = lock(&self.inner);
        state.loads += 1;
        Ok(state.items.get(key.as_str()).cloned())
    }

    async fn save(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
        _expires_at: Moment,
    ) -> Result<Version, SaveError> {
        pause().await;
        let saved = self.save_now(key, bytes, expected);
        pause().await;
        saved
    }

    async fn hold(&self, held: &Held) -> Result<(), Fault> {
        pause().await;
        let mut state = lock(&self.inner);
        if !state.held.iter().any(|other| (other.kind, &other.id) == (held.kind, &held.id)) {
            state.held.push(held.clone());
        }
        Ok(())
    }

    async fn held(&self, kind: HeldKind, limit: usize) -> Result<Vec<Held>, Fault> {
        let mut held: Vec<Held> =
            lock(&self.inner).held.iter().filter(|held| held.kind == kind).cloned().collect();
        held.sort_by_key(|held| held.since);
        held.truncate(limit);
        Ok(held)
    }

    async fn release(&self, kind: HeldKind, id: &str) -> Result<(), Fault> {
        lock(&self.inner).held.retain(|held| (held.kind, held.id.as_str()) != (kind, id));
        Ok(())
    }
}

/// A queue with groups and visibility.
#[derive(Default)]
pub struct MemoryQueue {
    inner: Mutex<QueueState>,
}

#[derive(Default)]
struct QueueState {
    groups: BTreeMap<String, VecDeque<Queued>>,
    known: HashSet<String>,
    next: u64,
    refusing: bool,
}

/// A message of the queue.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Its number.
    pub seq: u64,
    /// The encoded envelope.
    pub body: String,
    /// How often it was claimed.
    pub receives: u32,
    /// Not before.
    pub visible_at: Moment,
}

impl MemoryQueue {
    /// From now on the queue takes nothing (or takes again).
    pub fn refuse(&self, refusing: bool) {
        lock(&self.inner).refusing = refusing;
    }

    /// The first messages of every group whose head is due, at most `most` of each.
    pub fn claim(&self, now: Moment, most: usize) -> Vec<Vec<Queued>> {
        let mut state = lock(&self.inner);
        let due = state
            .groups
            .values_mut()
            .filter(|group| group.front().is_some_and(|head| head.visible_at <= now));
        due.map(|group| {
            let batch = group.iter_mut().take(most).take_while(|one| one.visible_at <= now);
            batch
                .map(|one| {
                    one.receives += 1;
                    one.clone()
                })
                .collect()
        })
        .collect()
    }

    /// Forgets which messages it has seen, as queues do after some minutes.
    pub fn forget_known(&self) {
        lock(&self.inner).known.clear();
    }

    /// Removes a message, or puts it off.
    pub fn finish(&self, seq: u64, again_at: Option<Moment>) {
        let mut state = lock(&self.inner);
        for group in state.groups.values_mut() {
            match again_at {
                None => group.retain(|one| one.seq != seq),
                Some(at) => group.iter_mut().filter(|one| one.seq == seq).for_each(|one| one.visible_at = at),
            }
        }
        state.groups.retain(|_, group| !group.is_empty());
    }

    /// When the next head is due.
    pub fn next_visible(&self) -> Option<Moment> {
        lock(&self.inner).groups.values().filter_map(|group| group.front()).map(|head| head.visible_at).min()
    }

    /// How many messages wait.
    pub fn depth(&self) -> usize {
        lock(&self.inner).groups.values().map(VecDeque::len).sum()
    }
}

impl Queue for MemoryQueue {
    async fn send(&self, envelopes: &[Envelope]) -> Result<(), Fault> {
        pause().await;
        let mut state = lock(&self.inner);
        if state.refusing {
            return Err(Fault::new("queueing", "refused by the test"));
        }
        for envelope in envelopes {
            if state.known.insert(envelope.id.clone()) {
                state.next += 1;
                let queued =
                    Queued { seq: state.next, body: envelope.encode(), receives: 0, visible_at: Moment(0) };
                state.groups.entry(envelope.group.clone()).or_default().push_back(queued);
            }
        }
        Ok(())
    }
}
