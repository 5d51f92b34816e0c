//! A batch of the queue, as Lambda delivers it: hands it to the relay, and says which messages must come again.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbridge_core::Moment;
use deskbridge_engine::ports::{Reception, World};
use deskbridge_engine::telemetry::Line;
use deskbridge_engine::{Bridge, Delivery, Disposition, quarantine, relay};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use crate::queue::SqsQueue;

/// What is left of the invocation's time for answering when the relay has to be done.
const MARGIN: Duration = Duration::from_millis(1500);
/// When a message on which the program panicked is tried again ...
const AFTER_PANIC: Duration = Duration::from_secs(60);
/// ... and after how many deliveries it is quarantined instead, so that its conversation can go on.
const PANICS_MAX: u32 = 5;

/// The event of an SQS trigger, of which only what the relay uses is read.
#[derive(Clone, Deserialize)]
pub struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    receipt_handle: String,
    body: String,
    attributes: Attributes,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    approximate_receive_count: String,
    #[serde(default)]
    message_group_id: String,
}

impl Record {
    fn delivery(&self) -> Delivery {
        let receives = self.attributes.approximate_receive_count.parse().unwrap_or(1);
        Delivery { body: self.body.clone(), receives, receives_are_durable: true }
    }
}

/// The answer: the messages that stay in the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Remaining {
    batch_item_failures: Vec<Remainder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Remainder {
    item_identifier: String,
}

/// Relays a batch. `deadline` is when Lambda ends the invocation.
pub async fn relay_batch<W>(bridge: &Bridge<W>, batch: &Batch, deadline: SystemTime) -> Remaining
where
    W: World + Reception<Queue = SqsQueue>,
{
    let groups = by_group(&batch.records);
    let until = last_moment(deadline);
    let handled = join_all(groups.iter().map(|records| relay_group(bridge, records, until))).await;
    let mut remaining = Remaining::default();
    let mut postponed = Vec::new();
    for (record, disposition) in groups.iter().flatten().zip(handled.into_iter().flatten()) {
        if let Disposition::Again { after, .. } = disposition {
            postponed.push((record.receipt_handle.as_str(), after));
            remaining.batch_item_failures.push(Remainder { item_identifier: record.message_id.clone() });
        }
    }
    if let Err(fault) = bridge.world.queue().postpone(&postponed).await {
        bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
    }
    remaining
}

/// Relays one group. A panic is confined to the message that causes it: those before it are done, those after it wait.
async fn relay_group<W: World>(bridge: &Bridge<W>, records: &[&Record], until: Moment) -> Vec<Disposition> {
    if let Some(dispositions) = guarded(bridge, records, until).await {
        return dispositions;
    }
    let mut dispositions = Vec::with_capacity(records.len());
    for record in records {
        let disposition = match guarded(bridge, &[record], until).await.and_then(|mut one| one.pop()) {
            Some(disposition) => disposition,
            None => after_panic(bridge, record).await,
        };
        let again = disposition != Disposition::Done;
        dispositions.push(disposition.clone());
        if again {
            dispositions.resize(records.len(), disposition);
            break;
        }
    }
    dispositions
}

async fn after_panic<W: World>(bridge: &Bridge<W>, record: &Record) -> Disposition {
    let why = format!("the program panicked on message {}", record.message_id);
    bridge.world.record(&Line::Fault { what: "relaying an event", why: why.clone() });
    let delivery = record.delivery();
    if delivery.receives >= PANICS_MAX {
        quarantine(bridge, &delivery, "the bridge failed on it again and again (a bug)").await
    } else {
        Disposition::Again { after: AFTER_PANIC, why }
    }
}

/// Relays messages of one group; `None` if the program panicked. What it had begun is then like what a crash leaves, and
/// the ledger knows how to go on from that.
async fn guarded<W: World>(
    bridge: &Bridge<W>,
    records: &[&Record],
    until: Moment,
) -> Option<Vec<Disposition>> {
    let deliveries = records.iter().map(|record| record.delivery()).collect();
    AssertUnwindSafe(relay(bridge, deliveries, Some(until))).catch_unwind().await.ok()
}

/// The records by group, in order.
fn by_group(records: &[Record]) -> Vec<Vec<&Record>> {
    let mut groups: Vec<Vec<&Record>> = Vec::new();
    for record in records {
        let group = &record.attributes.message_group_id;
        match groups.iter_mut().find(|records| records[0].attributes.message_group_id == *group) {
            Some(records) => records.push(record),
            None => groups.push(vec![record]),
        }
    }
    groups
}

fn last_moment(deadline: SystemTime) -> Moment {
    let at = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(MARGIN);
    Moment(i64::try_from(at.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
