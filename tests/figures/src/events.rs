//! What an event costs, counted: everything that passes the meters until nothing is left to do.

use deskbridge_tests::lambda::Function;
use deskbridge_tests::meter::Call;

use crate::scene::{Scene, knock, webhook};

/// So many events a scenario counts, ten a batch where they come in batches.
const EVENTS: u32 = 20;
const BATCH: u32 = 10;

/// What all events of a scenario cost together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    pub(crate) events: f64,
    pub(crate) doors: f64,
    pub(crate) batches: f64,
    /// Calls of ours to the queue.
    pub(crate) sends: f64,
    pub(crate) reads: f64,
    pub(crate) read_units: f64,
    pub(crate) writes: f64,
    pub(crate) write_units: f64,
    pub(crate) helpdesk_calls: f64,
    pub(crate) platform_calls: f64,
    /// Bytes to the internet.
    pub(crate) bytes_out: f64,
    pub(crate) log_lines: f64,
    pub(crate) log_bytes: f64,
}

/// A scenario and its count.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) count: Count,
}

/// The functions, and who comments next.
struct Stage<'a> {
    scene: &'a Scene,
    ingress: Function,
    relay: Function,
    next_id: u32,
}

/// Counts all scenarios.
pub(crate) async fn count(scene: &Scene) -> Vec<Scenario> {
    let mut stage =
        Stage { scene, ingress: scene.house.ingress().await, relay: scene.house.relay().await, next_id: 0 };
    // The first event pays for signing in.
    stage.comments(&[9_000], 1).await;
    let new: Vec<u32> = (0..EVENTS).map(|nth| 10_000 + nth).collect();
    let busy: Vec<u32> = (0..EVENTS).map(|nth| 20_000 + nth).collect();
    let mut scenarios = Vec::new();
    for (name, people, batch) in [
        ("new ticket, quiet", &new, 1),
        ("follow-up, quiet", &new, 1),
        ("new ticket, busy", &busy, BATCH),
        ("follow-up, busy", &busy, BATCH),
    ] {
        scenarios.push(Scenario { name, count: stage.comments(people, batch).await });
    }
    let count = stage.known_again().await;
    scenarios.push(Scenario { name: "event that is known already", count });
    scenarios
}

impl Stage<'_> {
    /// Each of these people comments; the relay gets them in batches of that size.
    async fn comments(&mut self, people: &[u32], batch: u32) -> Count {
        self.reset();
        let mut count = Count::default();
        for people in people.chunks(batch as usize) {
            let calls = self.scene.house.sqs.calls();
            for person in people {
                self.next_id += 1;
                knock(&self.ingress, webhook(*person, self.next_id, "demo-app-secret"), 200).await;
                count.doors += 1.0;
            }
            count.sends += number(self.scene.house.sqs.calls() - calls);
            self.deliver(&mut count).await;
        }
        self.fill(count)
    }

    /// The last event comes once more, past the queue's own memory.
    async fn known_again(&mut self) -> Count {
        self.next_id += 1;
        knock(&self.ingress, webhook(10_000, self.next_id, "demo-app-secret"), 200).await;
        let known = self.scene.house.sqs.messages().remove(0);
        self.deliver(&mut Count::default()).await;
        self.reset();
        let mut count = Count::default();
        for _ in 0..EVENTS {
            self.scene.house.sqs.put(&known.group, &known.body);
            self.deliver(&mut count).await;
        }
        self.fill(count)
    }

    /// One batch to the relay, which must be done with all of it at once.
    async fn deliver(&self, count: &mut Count) {
        count.events += number(self.scene.house.sqs.messages().len());
        count.batches += 1.0;
        let stay = self.scene.house.trigger(&self.relay).await;
        assert!(stay.is_empty(), "{:#?}", self.relay.output());
    }

    fn reset(&self) {
        for meter in [&self.scene.house.table, &self.scene.zendesk, &self.scene.graph] {
            drop(meter.take());
        }
        self.ingress.forget_output();
        self.relay.forget_output();
    }

    fn fill(&self, mut count: Count) -> Count {
        let table = self.scene.house.table.take();
        let (writes, reads): (Vec<Call>, Vec<Call>) =
            table.into_iter().partition(|call| call.what.ends_with(".PutItem"));
        (count.reads, count.read_units) = (number(reads.len()), units(&reads));
        (count.writes, count.write_units) = (number(writes.len()), units(&writes));
        let (helpdesk, platform) = (self.scene.zendesk.take(), self.scene.graph.take());
        (count.helpdesk_calls, count.platform_calls) = (number(helpdesk.len()), number(platform.len()));
        count.bytes_out = number(helpdesk.iter().chain(&platform).map(|call| call.bytes_out).sum());
        let lines = [self.ingress.output(), self.relay.output()].concat();
        count.log_lines = number(lines.len());
        count.log_bytes = number(lines.iter().map(|line| line.len() + 1).sum());
        count
    }
}

fn units(calls: &[Call]) -> f64 {
    // An empty sum of floats is minus zero.
    calls.iter().map(|call| call.units).sum::<f64>() + 0.0
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a count"))
}
