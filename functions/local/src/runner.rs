//! The consumer of the queue: claims what is due, lets the relay deal with it, finishes it. Conversations side by side,
//! each in order.

use std::sync::Arc;
use std::time::Duration;

use deskbridge_embedded::{Claimed, Settle, Sqlite};
use deskbridge_engine::{Bridge, Delivery, Disposition, quarantine, relay};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::world::LocalWorld;

/// So many deliveries of a conversation are handled together: what a queue on AWS hands over at most, too.
const DELIVERIES_AT_ONCE: usize = 10;
/// Longer than any work on a batch can take; a claim older than this belongs to a task that died.
const LEASE: Duration = Duration::from_secs(15 * 60);
/// A delivery that made the relay panic so often is quarantined.
const PANICS_MAX: u32 = 5;

/// Runs until it is stopped; then finishes what is in hand.
pub(crate) async fn run(bridge: Arc<Bridge<LocalWorld>>, groups_at_once: usize, stop: CancellationToken) {
    let sqlite = bridge.world.sqlite.clone();
    let mut tasks = JoinSet::new();
    while !stop.is_cancelled() {
        while tasks.try_join_next().is_some() {}
        let free = groups_at_once.saturating_sub(tasks.len());
        match sqlite.claim(free, DELIVERIES_AT_ONCE, LEASE, bridge.held_back()).await {
            Ok(groups) => {
                for group in groups {
                    tasks.spawn(deal_with(Arc::clone(&bridge), sqlite.clone(), group));
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "cannot claim deliveries");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        // What was taken up asks for its turn first: until it has, nobody can tell how much more there is room for.
        tokio::task::yield_now().await;
        let full = tasks.len() >= groups_at_once;
        tokio::select! {
            () = stop.cancelled() => {}
            _ = tasks.join_next(), if !tasks.is_empty() => {}
            _ = sqlite.wait(bridge.held_back()), if !full => {}
        }
    }
    while tasks.join_next().await.is_some() {}
}

async fn deal_with(bridge: Arc<Bridge<LocalWorld>>, sqlite: Sqlite, group: Vec<Claimed>) {
    // The count of receives is written along with the next commit, so a crash may forget it.
    let delivery = |one: &Claimed| Delivery {
        body: one.body.clone(),
        receives: one.receives,
        receives_are_durable: false,
    };
    let deliveries = || group.iter().map(delivery).collect::<Vec<_>>();
    let relayed = {
        let (bridge, deliveries) = (Arc::clone(&bridge), deliveries());
        // A task of its own, so that a panic stays with this conversation.
        tokio::spawn(async move { relay(&bridge, deliveries, None).await }).await
    };
    let dispositions = match relayed {
        Ok(dispositions) => dispositions,
        Err(_) => after_panic(&bridge, &deliveries()).await,
    };
    let outcomes = group.iter().zip(dispositions).map(|(one, disposition)| {
        let settle = match disposition {
            Disposition::Done => Settle::Done,
            Disposition::Again { after, why } => Settle::Again { after, why },
        };
        (one.receipt(), settle)
    });
    if let Err(fault) = sqlite.finish(outcomes.collect()).await {
        // They come again when their lease ends; the ledger knows what was done.
        tracing::error!(%fault, "cannot finish deliveries");
    }
}

async fn after_panic(bridge: &Bridge<LocalWorld>, deliveries: &[Delivery]) -> Vec<Disposition> {
    let mut dispositions = Vec::with_capacity(deliveries.len());
    for (at, delivery) in deliveries.iter().enumerate() {
        // Which one it was is not known; the first goes first, the others come again without it.
        dispositions.push(if at == 0 && delivery.receives >= PANICS_MAX {
            quarantine(bridge, delivery, "the bridge failed on it again and again (a bug)").await
        } else {
            Disposition::Again {
                after: Duration::from_secs(5),
                why: "the bridge failed on it (a bug)".to_owned(),
            }
        });
    }
    dispositions
}
