//! The store as DynamoDB documents its conditional writes: linearizable per item, with reads that may be old. What is kept
//! lies in memory, or in whatever store a run is given.

use std::collections::BTreeMap;

use deskbridge_core::{Conversation, ConversationKey};
use deskbridge_engine::ports::{Held, HeldKind, Item, SaveError, Version};

/// A store that is asked one thing at a time, and never fails by itself.
pub trait Records: Send {
    /// The item as the last save left it.
    fn load(&mut self, key: &ConversationKey) -> Option<Item>;

    /// Writes the item if its version is still `expected` (0: if there is none).
    ///
    /// # Errors
    /// When somebody else saved first.
    fn save(&mut self, key: &ConversationKey, bytes: &[u8], expected: Version) -> Result<Version, SaveError>;

    /// Keeps a record for a person. Keeping the same id again changes nothing.
    fn hold(&mut self, held: &Held);

    /// The records of a kind, oldest first, at most `limit`.
    fn held(&mut self, kind: HeldKind, limit: usize) -> Vec<Held>;

    /// Forgets a record.
    fn release(&mut self, kind: HeldKind, id: &str);
}

/// Records in memory.
#[derive(Default)]
pub struct Memory {
    items: BTreeMap<String, Item>,
    held: Vec<Held>,
}

impl Records for Memory {
    fn load(&mut self, key: &ConversationKey) -> Option<Item> {
        self.items.get(key.as_str()).cloned()
    }

    fn save(&mut self, key: &ConversationKey, bytes: &[u8], expected: Version) -> Result<Version, SaveError> {
        let version = self.items.get(key.as_str()).map_or(0, |item| item.version);
        if version != expected {
            return Err(SaveError::Conflict);
        }
        let item = Item { bytes: bytes.to_vec(), version: version + 1 };
        self.items.insert(key.as_str().to_owned(), item);
        Ok(version + 1)
    }

    fn hold(&mut self, held: &Held) {
        if !self.held.iter().any(|other| (other.kind, &other.id) == (held.kind, &held.id)) {
            self.held.push(held.clone());
            self.held.sort_by(|one, other| (one.since, &one.id).cmp(&(other.since, &other.id)));
        }
    }

    fn held(&mut self, kind: HeldKind, limit: usize) -> Vec<Held> {
        self.held.iter().filter(|held| held.kind == kind).take(limit).cloned().collect()
    }

    fn release(&mut self, kind: HeldKind, id: &str) {
        self.held.retain(|held| (held.kind, held.id.as_str()) != (kind, id));
    }
}

/// Records, and what makes reading them less simple than it seems.
pub(crate) struct CasStore {
    records: Box<dyn Records>,
    /// All that was ever saved of each item, the latest last: a read may be old.
    saved: BTreeMap<String, Vec<Item>>,
    /// Items up to these versions were written by the version of the bridge before.
    of_format_before: BTreeMap<String, Version>,
    pub(crate) item_bytes_max: usize,
}

impl CasStore {
    pub(crate) fn over(records: Box<dyn Records>) -> Self {
        Self { records, saved: BTreeMap::new(), of_format_before: BTreeMap::new(), item_bytes_max: 0 }
    }

    /// The item as it was so many saves ago.
    pub(crate) fn load(&mut self, key: &ConversationKey, saves_ago: u32) -> Option<Item> {
        let item = if saves_ago == 0 { self.records.load(key)? } else { self.former(key, saves_ago)? };
        let written_before =
            self.of_format_before.get(key.as_str()).is_some_and(|version| item.version <= *version);
        Some(if written_before { in_format_before(item) } else { item })
    }

    pub(crate) fn save(
        &mut self,
        key: &ConversationKey,
        bytes: &[u8],
        expected: Version,
    ) -> Result<Version, SaveError> {
        let version = self.records.save(key, bytes, expected)?;
        self.item_bytes_max = self.item_bytes_max.max(bytes.len());
        let item = Item { bytes: bytes.to_vec(), version };
        self.saved.entry(key.as_str().to_owned()).or_default().push(item);
        Ok(version)
    }

    fn former(&self, key: &ConversationKey, saves_ago: u32) -> Option<Item> {
        let saves_ago = usize::try_from(saves_ago).unwrap_or(usize::MAX);
        self.saved.get(key.as_str())?.iter().rev().nth(saves_ago).cloned()
    }

    /// From now on all items read as the version before wrote them, until they are saved again; gives how many there are.
    pub(crate) fn take_back_to_format_before(&mut self) -> usize {
        let latest = |(name, items): (&String, &Vec<Item>)| Some((name.clone(), items.last()?.version));
        self.of_format_before = self.saved.iter().filter_map(latest).collect();
        self.of_format_before.len()
    }

    /// What is remembered of every conversation, by its key.
    pub(crate) fn conversations(&self) -> Vec<(String, Conversation)> {
        let latest = self.saved.iter().filter_map(|(key, saved)| Some((key, saved.last()?)));
        latest
            .filter_map(|(key, item)| Some((key.clone(), Conversation::decode(&item.bytes).ok()?)))
            .collect()
    }

    pub(crate) fn hold(&mut self, held: &Held) {
        self.records.hold(held);
    }

    pub(crate) fn held(&mut self, kind: HeldKind, limit: usize) -> Vec<Held> {
        self.records.held(kind, limit)
    }

    /// All records of all kinds.
    pub(crate) fn all_held(&mut self) -> Vec<Held> {
        [HeldKind::Quarantine, HeldKind::Parked]
            .into_iter()
            .flat_map(|kind| self.held(kind, usize::MAX))
            .collect()
    }

    pub(crate) fn release(&mut self, kind: HeldKind, id: &str) {
        self.records.release(kind, id);
    }
}

/// The item as the version before wrote it: format 1 has no checksum.
fn in_format_before(item: Item) -> Item {
    const SUM: usize = 4;
    match item.bytes.as_slice() {
        [2, cbor @ ..] => Item { bytes: [&[1], &cbor[..cbor.len() - SUM]].concat(), ..item },
        _ => item,
    }
}
