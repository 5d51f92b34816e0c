//! Accidents: a process that dies at any point of its work, and webhooks that never arrive.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deskbridge_engine::ports::{Held, HeldKind, Store};
use deskbridge_engine::{Disposition, relay, sweep};

use crate::delivery;

use crate::memory::lock;
use crate::{House, Remote};

/// A message whose consumer died is visible again after this while.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(30);

/// Every call of a port waits once before and once after, so that a process can die there.
pub(crate) fn pause() -> impl Future<Output = ()> {
    Pause(false)
}

struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls a future so many times, then drops it.
fn poll_at_most<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

impl House {
    /// Sweeps in a process that dies after so many steps; tells whether it died.
    pub fn sweep_and_die_after(&self, steps: usize) -> bool {
        poll_at_most(sweep(&self.bridge), steps).is_none()
    }

    /// Relays every due group once in a process that dies after so many steps of each; tells whether it died.
    pub fn relay_and_die_after(&self, steps: usize) -> bool {
        let queue = &self.bridge.world.queue;
        let mut died = false;
        for batch in queue.claim(self.now(), 10) {
            let deliveries = batch.iter().map(|one| delivery(&one.body, one.receives)).collect();
            let dispositions = poll_at_most(relay(&self.bridge, deliveries, None), steps);
            died |= dispositions.is_none();
            for (at, one) in batch.iter().enumerate() {
                let again_after = match dispositions.as_ref().map(|all| &all[at]) {
                    None => Some(VISIBILITY),
                    Some(Disposition::Done) => None,
                    Some(Disposition::Again { after, .. }) => Some((*after).max(Duration::from_millis(1))),
                };
                queue.finish(one.seq, again_after.map(|after| self.now().plus(after)));
            }
        }
        died
    }

    /// Takes all webhooks that are due at a stand-in and throws them away; gives their number. The stand-in believes that
    /// they arrived.
    pub fn lose_webhooks(&self, remote: &Remote) -> usize {
        let now = self.now().0;
        let due = lock(&remote.stand_in).due(now);
        for webhook in &due {
            lock(&remote.stand_in).delivered(webhook.id, Some(200), now);
        }
        due.len()
    }

    /// Takes all webhooks that are due at a stand-in and delivers each so many times.
    pub async fn repeat_webhooks(&self, remote: &Remote, times: usize) {
        let now = self.now().0;
        let due = lock(&remote.stand_in).due(now);
        for webhook in due {
            for _ in 0..times {
                let response = self.knock(webhook.request.clone()).await;
                assert_eq!(response.status, 200);
            }
            lock(&remote.stand_in).delivered(webhook.id, Some(200), now);
        }
    }

    /// What is kept because it was not understood.
    pub async fn quarantined(&self) -> Vec<Held> {
        self.held(HeldKind::Quarantine).await
    }

    /// What is kept because it was given up.
    pub async fn parked(&self) -> Vec<Held> {
        self.held(HeldKind::Parked).await
    }

    async fn held(&self, kind: HeldKind) -> Vec<Held> {
        self.bridge.world.store.held(kind, 1000).await.unwrap_or_default()
    }
}

impl House {
    /// What the bridge told since the last time, one line each: for looking at a test that fails.
    #[must_use]
    pub fn told(&self) -> String {
        let lines = self.bridge.world.take_lines();
        lines.iter().map(|line| format!("{}\n", serde_json::to_string(line).unwrap_or_default())).collect()
    }
}
