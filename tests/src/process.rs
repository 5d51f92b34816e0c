//! A process of the bridge in the house, and running it until nothing is left to do.

use std::time::Duration;

use deskbridge_connectors::http::{Request, Response};
use deskbridge_core::Moment;
use deskbridge_engine::ports::World;
use deskbridge_engine::{BODY_BYTES_MAX, Bridge, Delivery, Disposition, accept, relay};

use crate::accident::VISIBILITY;
use crate::memory::lock;
use crate::{House, Remote, delivery};

/// A house that is still busy after so many rounds has an endless loop.
const ROUNDS_MAX: u32 = 20_000;

/// A process of the bridge in the house: what comes to its doors, and what the queue delivers to it.
pub trait Process {
    /// Takes one request to a door.
    fn knock(&self, request: Request) -> impl Future<Output = Response>;

    /// Deals with a batch; `None` if it dies meanwhile.
    fn relay(&self, deliveries: Vec<Delivery>) -> impl Future<Output = Option<Vec<Disposition>>>;
}

impl<W: World> Process for Bridge<W> {
    async fn knock(&self, request: Request) -> Response {
        let door = request.url.path().trim_start_matches("/hooks/").to_owned();
        accept(&self.world, &self.directory, &door, BODY_BYTES_MAX, request).await
    }

    async fn relay(&self, deliveries: Vec<Delivery>) -> Option<Vec<Disposition>> {
        Some(relay(self, deliveries, None).await)
    }
}

impl House {
    /// Carries every due webhook to its door once; gives their number.
    pub async fn deliver_webhooks(&self) -> usize {
        self.deliver_to(&self.bridge, &self.remotes()).await
    }

    async fn deliver_to(&self, process: &impl Process, remotes: &[&Remote]) -> usize {
        let mut carried = 0;
        for remote in remotes {
            let now = self.now();
            remote.apply_late(now);
            let due = lock(&remote.stand_in).due(now.0);
            for webhook in due {
                let response = process.knock(webhook.request).await;
                lock(&remote.stand_in).delivered(webhook.id, Some(response.status), self.now().0);
                carried += 1;
            }
        }
        carried
    }

    /// Relays every due group once; gives the number of deliveries.
    pub async fn relay_due(&self) -> usize {
        self.relay_due_in(&self.bridge).await
    }

    /// The same in another process.
    pub async fn relay_due_in(&self, process: &impl Process) -> usize {
        let queue = &self.bridge.world.queue;
        let mut dealt_with = 0;
        for batch in queue.claim(self.now(), 10) {
            let deliveries = batch.iter().map(|one| delivery(&one.body, one.receives)).collect();
            let dispositions = process.relay(deliveries).await;
            assert!(dispositions.as_ref().is_none_or(|dispositions| dispositions.len() == batch.len()));
            for (at, one) in batch.iter().enumerate() {
                let again_after = match dispositions.as_ref().map(|all| &all[at]) {
                    None => Some(VISIBILITY),
                    Some(Disposition::Done) => None,
                    Some(Disposition::Again { after, .. }) => Some((*after).max(Duration::from_millis(1))),
                };
                queue.finish(one.seq, again_after.map(|after| self.now().plus(after)));
                dealt_with += 1;
            }
        }
        dealt_with
    }

    /// Runs until nothing is left to do within `patience` of virtual time.
    ///
    /// # Panics
    /// When it never ends.
    pub async fn settle_within(&self, patience: Duration) {
        self.settle_in(&self.bridge, &self.remotes(), patience).await;
    }

    /// The same in another process, and as if only these stand-ins sent webhooks.
    ///
    /// # Panics
    /// When it never ends.
    pub async fn settle_in(&self, process: &impl Process, remotes: &[&Remote], patience: Duration) {
        let end = self.now().plus(patience);
        for _ in 0..ROUNDS_MAX {
            let busy = self.deliver_to(process, remotes).await + self.relay_due_in(process).await;
            if busy > 0 {
                continue;
            }
            match self.next_event(remotes).filter(|next| *next <= end) {
                Some(next) => self.bridge.world.set_now(next.max(Moment(self.now().0 + 1))),
                None => return,
            }
        }
        panic!("the house never comes to rest");
    }

    /// All stand-ins.
    #[must_use]
    pub fn remotes(&self) -> Vec<&Remote> {
        self.bridge.world.remotes.iter().collect()
    }

    /// Runs until nothing is left to do within ten minutes of virtual time.
    pub async fn settle(&self) {
        self.settle_within(Duration::from_secs(600)).await;
    }

    fn next_event(&self, remotes: &[&Remote]) -> Option<Moment> {
        let webhooks = remotes.iter().filter_map(|remote| lock(&remote.stand_in).next_due().map(Moment));
        let late = remotes.iter().filter_map(|remote| remote.next_late());
        webhooks.chain(late).chain(self.bridge.world.queue.next_visible()).min()
    }
}
