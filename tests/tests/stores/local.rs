//! The stores and queues without a cloud: memory, on which the simulation stands, and the SQLite file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deskbridge_core::Moment;
use deskbridge_embedded::{Sqlite, SystemClock};
use deskbridge_engine::Envelope;
use deskbridge_tests::{MemoryQueue, MemoryStore};
use tempfile::TempDir;

use crate::{contract, queue_contract};

#[tokio::test]
async fn memory_keeps_the_contract() {
    contract::store(async || MemoryStore::default()).await;
    let queue = MemoryQueue::default();
    let received = async || {
        let groups = queue.claim(Moment(0), usize::MAX);
        groups.iter().flatten().map(|one| Envelope::decode(&one.body).unwrap()).collect::<Vec<_>>()
    };
    queue_contract::queue(&queue, received).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    let folders = TempDir::new().unwrap();
    let count = AtomicUsize::new(0);
    contract::store(async || {
        let name = count.fetch_add(1, Ordering::Relaxed).to_string();
        Sqlite::open(&folders.path().join(name), Arc::new(SystemClock::default())).unwrap()
    })
    .await;
}
