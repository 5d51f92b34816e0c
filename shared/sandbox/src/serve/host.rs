//! One served stand-in with its faults, shared by its connections, its webhooks and the process around it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbridge_connectors::http::{Request, Response};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{ServeOptions, control};
use crate::journal::is_read;
use crate::{Fate, Faults, Journaled, Millis, StandIn};

pub(super) struct Host {
    name: String,
    ahead: Duration,
    stand_in: Mutex<Journaled<Box<dyn StandIn>>>,
    faults: Mutex<Faults>,
    changes: watch::Sender<u64>,
    /// Wakes the deliverer: there may be something due earlier than it thought.
    pub(super) wake: Notify,
    /// Set once, when nothing new is to be begun.
    pub(super) stopping: CancellationToken,
    /// Everything that is in hand.
    pub(super) tasks: TaskTracker,
}

impl Host {
    pub(super) fn new(options: ServeOptions, stand_in: Journaled<Box<dyn StandIn>>) -> Self {
        Self {
            name: options.name,
            ahead: options.ahead,
            stand_in: Mutex::new(stand_in),
            faults: Mutex::default(),
            changes: watch::Sender::new(0),
            wake: Notify::new(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn stop(&self) {
        self.stopping.cancel();
        self.tasks.close();
    }

    /// The stand-in, for one call. A panic in an earlier call leaves its state usable enough for a sandbox.
    pub(super) fn stand_in(&self) -> MutexGuard<'_, Journaled<Box<dyn StandIn>>> {
        self.stand_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock, which stand-ins never read themselves.
    pub(super) fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis::try_from(since.saturating_add(self.ahead).as_millis()).unwrap_or(Millis::MAX)
    }

    /// Tells everybody who watches that the state changed.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(super) fn decide(&self, request: &Request) -> Fate {
        self.faults().decide(request)
    }

    /// Answers the paths that every stand-in has; `None` if it is not one of them.
    pub(super) fn control(&self, request: &Request) -> Option<Response> {
        let answer = control::answer(&mut self.faults(), request)?;
        if !is_read(request) {
            self.changed();
        }
        Some(answer)
    }

    /// Carries a call out now.
    pub(super) fn apply(&self, request: &Request) -> Response {
        let answer = self.stand_in().handle(request, self.now());
        self.wake.notify_one();
        match answer {
            Ok(response) => {
                if !is_read(request) {
                    self.changed();
                }
                response
            }
            Err(error) => {
                tracing::error!(stand_in = self.name(), %error, "cannot write the journal");
                Response::text(503, "the sandbox cannot write its journal\n")
            }
        }
    }

    /// Carries a call out after `wait`, whether or not anybody still waits for the answer.
    pub(super) fn apply_after(self: &Arc<Self>, wait: Duration, request: Request) -> JoinHandle<Response> {
        let host = Arc::clone(self);
        self.tasks.spawn(async move {
            host.pause(wait).await;
            host.apply(&request)
        })
    }

    /// Waits, but not beyond the stop.
    pub(super) async fn pause(&self, wait: Duration) {
        tokio::select! {
            () = sleep(wait) => {}
            () = self.stopping.cancelled() => {}
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("name", &self.name).finish_non_exhaustive()
    }
}
