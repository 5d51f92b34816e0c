//! The same seeds over every store: whatever is underneath, the same happens, down to the last request and its time.

use std::sync::Arc;

use deskbridge_aws::{Cloud, DynamoStore};
use deskbridge_core::{ConversationKey, Moment};
use deskbridge_embedded::{Sqlite, SystemClock};
use deskbridge_engine::ports::{Held, HeldKind, Item, SaveError, Store, Version};
use deskbridge_simulation::{Draws, Records, Report, accounts, run, run_over};
use deskbridge_tests::dynamo;
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};

/// How many seeds are compared, beginning with 1; `DESKBRIDGE_SEEDS` says otherwise.
const SEEDS: u64 = 20;
/// Long after the simulated time and the machine's: nothing expires in a run.
const NEVER: Moment = Moment(4_102_444_800_000);

/// A real store, waited for.
struct Waited<S> {
    store: S,
    runtime: Handle,
}

impl<S: Store> Records for Waited<S> {
    fn load(&mut self, key: &ConversationKey) -> Option<Item> {
        self.runtime.block_on(self.store.load_latest(key)).expect("the store works")
    }

    fn save(&mut self, key: &ConversationKey, bytes: &[u8], expected: Version) -> Result<Version, SaveError> {
        let saved = self.runtime.block_on(self.store.save(key, bytes.to_vec(), expected, NEVER));
        assert!(!matches!(saved, Err(SaveError::Fault(_))), "{saved:?}");
        saved
    }

    fn hold(&mut self, held: &Held) {
        self.runtime.block_on(self.store.hold(held)).expect("the store works");
    }

    fn held(&mut self, kind: HeldKind, limit: usize) -> Vec<Held> {
        self.runtime.block_on(self.store.held(kind, limit)).expect("the store works")
    }

    fn release(&mut self, kind: HeldKind, id: &str) {
        self.runtime.block_on(self.store.release(kind, id)).expect("the store works");
    }
}

/// Compares a store, made anew for every seed, with memory.
fn compare(name: &str, mut made: impl FnMut(u64) -> Box<dyn Records>) {
    let accounts = accounts();
    let wanted = std::env::var("DESKBRIDGE_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    let seeds = wanted.unwrap_or(SEEDS);
    let (mut steps, mut saves) = (0, 0);
    for seed in 1..=seeds {
        let in_memory = run(Draws::of_seed(seed), &accounts, true);
        let other = run_over(made(seed), Draws::of_seed(seed), &accounts, true);
        if in_memory.trace.hash() != other.trace.hash() {
            panic!("seed {seed}: memory and {name} part: {}", first_difference(&in_memory, &other));
        }
        assert_eq!(in_memory.broken, other.broken, "seed {seed}");
        steps += other.trace.steps();
        saves += other.trace.lines().iter().filter(|line| line.contains(" save ")).count();
    }
    println!("{seeds} seeds over memory and {name}: {steps} steps and {saves} saves alike");
    assert!(saves as u64 > 10 * seeds, "{saves} saves in {seeds} seeds: they are about nothing");
}

fn first_difference(one: &Report, other: &Report) -> String {
    let both = one.trace.lines().iter().zip(other.trace.lines());
    let parted = both.filter(|(one, other)| one != other).map(|(one, other)| format!("{one:?}, {other:?}"));
    parted.into_iter().next().unwrap_or_else(|| "one goes on when the other has ended".to_owned())
}

#[test]
fn sqlite_does_what_memory_does() {
    let runtime = Runtime::new().expect("a runtime");
    let folders = TempDir::new().expect("a folder");
    compare("SQLite", |seed| {
        let folder = folders.path().join(seed.to_string());
        let store = Sqlite::open(&folder, Arc::new(SystemClock::default())).expect("a file");
        Box::new(Waited { store, runtime: runtime.handle().clone() })
    });
}

#[test]
fn dynamodb_does_what_memory_does() {
    let runtime = Runtime::new().expect("a runtime");
    let url = runtime.block_on(dynamo::start());
    let cloud = Cloud::emulated(&url).expect("the emulator's address");
    compare("DynamoDB", |seed| {
        let table = format!("seed-{seed}");
        runtime.block_on(dynamo::create_table(&url, &table));
        let store = DynamoStore::new(&cloud, table).expect("TLS");
        Box::new(Waited { store, runtime: runtime.handle().clone() })
    });
}
