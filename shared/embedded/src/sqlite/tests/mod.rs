//! Tests of the file: what is durable, in which order it comes, and how many commits it takes.

mod commits;
mod consumer;
mod file;
mod lanes;
mod operator;
mod plans;
mod store;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::model::{Event, Place, What};
use deskbridge_engine::ports::{Clock, Queue};
use deskbridge_engine::{Cargo, Envelope, HeldBack};
use tempfile::TempDir;

use super::{Claimed, Settle, Sqlite};

const LEASE: Duration = Duration::from_secs(60);
const START: i64 = 1_000_000_000_000;

/// A clock that a test moves.
#[derive(Clone)]
struct HandClock(Arc<AtomicI64>);

impl Default for HandClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
}

impl HandClock {
    fn forward(&self, while_: Duration) {
        self.0.fetch_add(i64::try_from(while_.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

/// An open file in a folder of its own.
struct Bench {
    folder: TempDir,
    clock: HandClock,
    file: Sqlite,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = HandClock::default();
        let file = open(folder.path(), &clock);
        Self { folder, clock, file }
    }

    /// As after the process ended and started again.
    fn reopen(self) -> Self {
        let Self { folder, clock, file } = self;
        drop(file);
        let file = open(folder.path(), &clock);
        Self { folder, clock, file }
    }

    async fn send(&self, events: &[(&str, &str)]) {
        let envelopes: Vec<_> = events.iter().map(|(group, id)| envelope(group, id)).collect();
        self.file.send(&envelopes).await.unwrap();
    }

    async fn claim(&self, groups_max: usize, per_group_max: usize) -> Vec<Vec<Claimed>> {
        self.file.claim(groups_max, per_group_max, LEASE, HeldBack::default()).await.unwrap()
    }

    /// Claims what there is, as `group:id,id` per group.
    async fn claim_names(&self) -> Vec<String> {
        names(&self.claim(100, 10).await)
    }

    async fn finish(&self, claimed: &[Claimed], settle: &Settle) {
        let outcomes = claimed.iter().map(|one| (one.receipt(), settle.clone())).collect();
        self.file.finish(outcomes).await.unwrap();
    }
}

fn open(folder: &Path, clock: &HandClock) -> Sqlite {
    Sqlite::open(folder, Arc::new(clock.clone())).unwrap()
}

fn envelope(group: &str, id: &str) -> Envelope {
    let what = What::Unknown { kind: "test".into(), raw: String::new() };
    let event = Event { id: id.into(), at: Moment(START), place: Place::Account, what };
    let account = group.split(':').next().unwrap().to_owned();
    Envelope {
        v: Envelope::FORMAT,
        id: id.into(),
        group: group.into(),
        account,
        received_at: Moment(START),
        trace: String::new(),
        cargo: Cargo::Event(Box::new(event)),
    }
}

fn names(claimed: &[Vec<Claimed>]) -> Vec<String> {
    let id = |one: &Claimed| Envelope::decode(&one.body).unwrap().id;
    claimed
        .iter()
        .map(|batch| format!("{}:{}", batch[0].group, batch.iter().map(id).collect::<Vec<_>>().join(",")))
        .collect()
}

fn again(seconds: u64) -> Settle {
    Settle::Again { after: Duration::from_secs(seconds), why: "the helpdesk is down".into() }
}
