//! What processes do behind the queue.

use std::sync::Arc;
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_engine::ports::{Clock, HeldKind, Store};
use deskbridge_engine::{Bridge, Disposition, put_back, relay};

use crate::ports::Ports;
use crate::queue::{Finish, Message};

/// What a worker does with a batch.
pub(crate) async fn work(bridge: Arc<Bridge<Ports>>, batch: Vec<Message>, until: Option<Moment>) {
    // Where workers have a time limit, the queue counts durably as SQS does.
    let deliveries = batch.iter().map(|one| one.delivery(until.is_some())).collect();
    let dispositions = relay(&bridge, deliveries, until).await;
    let now = bridge.world.now();
    let outcomes = batch.iter().zip(dispositions).map(|(one, disposition)| {
        let again_at = match disposition {
            Disposition::Done => None,
            Disposition::Again { after, .. } => Some(now.plus(after.max(Duration::from_secs(1))).0),
        };
        Finish { seq: one.seq, receives: one.receives, again_at }
    });
    // When the queue does not hear it, the batch comes again.
    let _ = bridge.world.finish(outcomes.collect()).await;
}

pub(crate) async fn put_back_parked(bridge: &Bridge<Ports>) {
    let records = bridge.world.held(HeldKind::Parked, 1000).await.unwrap_or_default();
    for record in records {
        // Records that only tell something stay where they are.
        let _ = put_back(bridge, record.kind, &record.id).await;
    }
}
