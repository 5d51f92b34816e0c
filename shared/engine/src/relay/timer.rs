//! Timers: a conversation wants to be looked at again at some time. A record with the event is kept until then, and the sweep
//! puts it into the queue.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::conversation::Conversation;
use deskbridge_core::model::{Event, Place, What};

use super::converse::{Stop, Talk};
use crate::bridge::Bridge;
use crate::envelope::Envelope;
use crate::ports::{Clock, Fault, Held, HeldKind, Queue, Store, World};
use crate::telemetry::Line;

/// So many timers are read at once.
const PAGE: usize = 100;

impl<W: World> Talk<'_, W> {
    /// Keeps a record of a timer that was set, before anything depends on it. A timer of which the conversation knows nothing
    /// does no harm; a conversation that waits for a timer of which there is no record would wait for ever.
    pub(super) async fn keep_timer(&self, before: &Conversation, next: &Conversation) -> Result<(), Stop> {
        let Some(at) = next.timer.filter(|at| before.timer != Some(*at)) else { return Ok(()) };
        let kept = self.bridge.world.store().hold(&self.timer(at)).await;
        kept.map_err(|fault| {
            self.bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
            Stop::Lost(Duration::from_secs(5), "the store cannot keep a timer".to_owned())
        })
    }

    fn timer(&self, at: Moment) -> Held {
        let (account, key) = (&self.platform.name, self.key.as_str());
        let id = format!("{key}@{}", at.0);
        // Queues drop what an account has told before: others of its conversations may wait for the same moment.
        let event = Event {
            id: format!("timer:{id}"),
            at,
            place: Place::Thread(self.thread.clone()),
            what: What::Timer,
        };
        Held {
            id,
            kind: HeldKind::Timer,
            account: account.clone(),
            conversation: Some(key.to_owned()),
            reason: "waits for its time".to_owned(),
            since: at,
            body: String::new(),
            piece: None,
            envelopes: vec![Envelope::event(account, event, at)],
        }
    }
}

/// Puts the timers whose time has come into the queue; gives their number. What fails is tried again by the next sweep.
pub(crate) async fn ring<W: World>(bridge: &Bridge<W>) -> usize {
    let mut rung = 0;
    loop {
        match ring_some(bridge).await {
            Ok(0) => return rung,
            Ok(some) => rung += some,
            Err(fault) => {
                bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
                return rung;
            }
        }
    }
}

async fn ring_some<W: World>(bridge: &Bridge<W>) -> Result<usize, Fault> {
    let now = bridge.world.clock().now();
    let mut timers = bridge.world.store().held(HeldKind::Timer, PAGE).await?;
    timers.retain(|timer| timer.since <= now);
    let envelopes: Vec<Envelope> = timers
        .iter()
        .flat_map(|timer| &timer.envelopes)
        .map(|envelope| Envelope { received_at: now, ..envelope.clone() })
        .collect();
    if !envelopes.is_empty() {
        bridge.world.queue().send(&envelopes).await?;
    }
    for timer in &timers {
        bridge.world.store().release(HeldKind::Timer, &timer.id).await?;
    }
    Ok(timers.len())
}
