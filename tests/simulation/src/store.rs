//! The store as DynamoDB documents its conditional writes: linearizable per item, with reads that may be old.

use std::collections::BTreeMap;

use deskbridge_core::ConversationKey;
use deskbridge_engine::ports::{Held, HeldKind, Item, SaveError, Version};

#[derive(Default)]
pub(crate) struct CasStore {
    /// The item now, and as it was before the last save.
    items: BTreeMap<String, (Item, Option<Item>)>,
    pub(crate) held: Vec<Held>,
    pub(crate) item_bytes_max: usize,
}

impl CasStore {
    pub(crate) fn load(&self, key: &ConversationKey, stale: bool) -> Option<Item> {
        let (item, before) = self.items.get(key.as_str())?;
        if stale { before.clone() } else { Some(item.clone()) }
    }

    pub(crate) fn save(
        &mut self,
        key: &ConversationKey,
        bytes: &[u8],
        expected: Version,
    ) -> Result<Version, SaveError> {
        let before = self.items.get(key.as_str()).map(|(item, _)| item.clone());
        let version = before.as_ref().map_or(0, |item| item.version);
        if version != expected {
            return Err(SaveError::Conflict);
        }
        self.item_bytes_max = self.item_bytes_max.max(bytes.len());
        let item = Item { bytes: bytes.to_vec(), version: version + 1 };
        self.items.insert(key.as_str().to_owned(), (item, before));
        Ok(version + 1)
    }

    /// Rewrites all items as the version before wrote them: format 1 has no checksum.
    pub(crate) fn take_back_to_format_before(&mut self) -> usize {
        const SUM: usize = 4;
        for (item, before) in self.items.values_mut() {
            for item in Some(item).into_iter().chain(before) {
                if let [2, cbor @ ..] = item.bytes.as_slice() {
                    item.bytes = [&[1], &cbor[..cbor.len() - SUM]].concat();
                }
            }
        }
        self.items.len()
    }

    pub(crate) fn hold(&mut self, held: &Held) {
        if !self.held.iter().any(|other| (other.kind, &other.id) == (held.kind, &held.id)) {
            self.held.push(held.clone());
        }
    }

    pub(crate) fn held(&self, kind: HeldKind, limit: usize) -> Vec<Held> {
        self.held.iter().filter(|held| held.kind == kind).take(limit).cloned().collect()
    }

    pub(crate) fn release(&mut self, kind: HeldKind, id: &str) {
        self.held.retain(|held| (held.kind, held.id.as_str()) != (kind, id));
    }
}
