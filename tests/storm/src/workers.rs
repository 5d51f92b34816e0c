//! Those who work the queue off: one process that may choose what it takes up, or several that take what comes.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use deskbridge_engine::{Bridge, Delivery, Directory, Disposition, HeldBack, relay};
use futures_util::future::{LocalBoxFuture, join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::Shape;
use crate::queue::Batch;
use crate::time::lock;
use crate::world::{Ports, World};

/// As in the one process: so many conversations at once, and so many deliveries of each.
const GROUPS_AT_ONCE: usize = 32;
const DELIVERIES_AT_ONCE: usize = 10;
/// As in the template: so many relays at once.
const RELAYS: usize = 10;

/// All who work in this shape; they stop when all is `over`.
pub(crate) fn workers<'a>(
    shape: Shape,
    world: &Arc<World>,
    directory: &Directory,
    over: &'a dyn Fn() -> bool,
) -> Vec<LocalBoxFuture<'a, ()>> {
    let bridge = || Bridge::new(Ports(Arc::clone(world)), directory.clone());
    match shape {
        Shape::OneMachine => vec![one_process(bridge(), over).boxed_local()],
        Shape::Aws => (0..RELAYS).map(|_| one_relay(bridge(), over).boxed_local()).collect(),
    }
}

async fn one_process(bridge: Bridge<Ports>, over: &dyn Fn() -> bool) {
    let bridge = &bridge;
    let world = &bridge.world.0;
    let mut hands = FuturesUnordered::new();
    while !over() {
        let free = GROUPS_AT_ONCE - hands.len();
        let held = bridge.held_back();
        let batches = lock(&world.queue).claim(world.time.now(), free, DELIVERIES_AT_ONCE, &held);
        hands.extend(batches.into_iter().map(|batch| deal_with(bridge, vec![batch], false)));
        // They ask for their turns before anybody looks how much more there is room for.
        while hands.next().now_or_never().flatten().is_some() {}
        let full = hands.len() >= GROUPS_AT_ONCE;
        let news = pin!(news(world, bridge.held_back()));
        let mut news = news.fuse();
        poll_fn(|context| {
            let done = matches!(hands.poll_next_unpin(context), Poll::Ready(Some(())));
            let told = !full && news.poll_unpin(context).is_ready();
            if done || told { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

async fn one_relay(bridge: Bridge<Ports>, over: &dyn Fn() -> bool) {
    let world = &bridge.world.0;
    while !over() {
        let held = HeldBack::default();
        let batches =
            lock(&world.queue).claim(world.time.now(), DELIVERIES_AT_ONCE, DELIVERIES_AT_ONCE, &held);
        if batches.is_empty() {
            news(world, held).await;
        } else {
            deal_with(&bridge, batches, true).await;
        }
    }
}

/// Relays what was taken up, and tells the queue what became of it. Each group is relayed by itself, as in both shapes.
async fn deal_with(bridge: &Bridge<Ports>, batches: Vec<Batch>, receives_are_durable: bool) {
    let world = &bridge.world.0;
    let relayed = batches.iter().map(|batch| {
        let delivery = |one: &crate::queue::Received| Delivery {
            body: one.body.to_string(),
            receives: one.receives,
            receives_are_durable,
        };
        relay(bridge, batch.messages.iter().map(delivery).collect(), None)
    });
    let relayed = join_all(relayed).await;
    let now = world.time.now();
    for (batch, dispositions) in batches.iter().zip(relayed) {
        let outcomes: Vec<(u64, Option<i64>)> = batch
            .messages
            .iter()
            .zip(dispositions)
            .map(|(one, disposition)| match disposition {
                Disposition::Done => (one.seq, None),
                Disposition::Again { after, .. } => {
                    (one.seq, Some(now + i64::try_from(after.as_millis()).unwrap_or(i64::MAX).max(1)))
                }
            })
            .collect();
        lock(&world.queue).finish(&batch.group, &outcomes, now);
    }
}

/// Waits until there may be something to take up.
async fn news(world: &World, held: HeldBack) {
    let now = world.time.now();
    let due = lock(&world.queue).next_due(&held).filter(|due| *due > now);
    let at_once = lock(&world.queue).next_due(&held).is_some_and(|due| due <= now);
    if at_once {
        return;
    }
    let mut sleep = due.map(|due| world.time.sleep_until(due));
    let mut asked = false;
    poll_fn(|context| {
        let woken = sleep.as_mut().is_some_and(|sleep| sleep.poll_unpin(context).is_ready());
        if woken || asked {
            return Poll::Ready(());
        }
        asked = true;
        lock(&world.queue).wake(context.waker());
        Poll::Pending
    })
    .await;
}
