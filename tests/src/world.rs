//! The ports of the test house: requests go straight to the stand-ins, time is a number.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use deskbridge_connectors::http::{Answer, Request, Response};
use deskbridge_core::Moment;
use deskbridge_engine::ports::{Clock, Http, Reception, World};
use deskbridge_engine::telemetry::Line;
use deskbridge_sandbox::{Fate, FaultRule, Faults, StandIn};

use crate::memory::{MemoryQueue, MemoryStore, lock};

/// The hand-moved clock.
pub struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::Relaxed))
    }
}

/// A stand-in, its faults, and every request that reached it.
pub struct Remote {
    pub(crate) port: u16,
    pub(crate) stand_in: Mutex<Box<dyn StandIn>>,
    faults: Mutex<Faults>,
    late: Mutex<Vec<(Moment, Request)>>,
    calls: Mutex<Vec<String>>,
}

impl Remote {
    /// A stand-in at this loopback port.
    #[must_use]
    pub fn new(port: u16, stand_in: Box<dyn StandIn>) -> Self {
        Self {
            port,
            stand_in: Mutex::new(stand_in),
            faults: Mutex::default(),
            late: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    /// Asks the stand-in itself, past all faults and counts.
    pub fn ask(&self, request: &Request, now: Moment) -> Response {
        lock(&self.stand_in).handle(request, now.0)
    }

    /// Switches a fault on.
    pub fn fault(&self, rule: FaultRule) {
        lock(&self.faults).add(rule);
    }

    /// Switches all faults off.
    pub fn no_faults(&self) {
        lock(&self.faults).clear();
    }

    /// The calls of the bridge since the last time, as `METHOD path`.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.calls))
    }

    pub(crate) fn apply_late(&self, now: Moment) {
        let due: Vec<Request> = {
            let mut late = lock(&self.late);
            let (due, rest) = late.drain(..).partition(|(at, _)| *at <= now);
            *late = rest;
            let due: Vec<(Moment, Request)> = due;
            due.into_iter().map(|(_, request)| request).collect()
        };
        for request in due {
            self.ask(&request, now);
        }
    }

    pub(crate) fn next_late(&self) -> Option<Moment> {
        lock(&self.late).iter().map(|(at, _)| *at).min()
    }

    fn call(&self, request: &Request, deadline: Duration, now: Moment) -> Answer {
        lock(&self.calls).push(format!("{} {}", request.method, request.url.path()));
        let fate = lock(&self.faults).decide(request);
        let later = |wait: Duration| lock(&self.late).push((now.plus(wait), request.clone()));
        match fate {
            Fate::Apply => Answer::Response(self.ask(request, now)),
            Fate::Refuse(response) => Answer::Response(response),
            Fate::AnswerInstead(response) => {
                self.ask(request, now);
                Answer::Response(response)
            }
            Fate::DropUnapplied => Answer::Lost,
            Fate::DropApplied => {
                self.ask(request, now);
                Answer::Lost
            }
            Fate::DropThenApply(wait) => {
                later(wait);
                Answer::Lost
            }
            Fate::AnswerLate(wait) => {
                let response = self.ask(request, now);
                if wait < deadline { Answer::Response(response) } else { Answer::Lost }
            }
            Fate::ApplyLate(wait) if wait < deadline => Answer::Response(self.ask(request, now)),
            Fate::ApplyLate(wait) => {
                later(wait);
                Answer::Lost
            }
        }
    }
}

/// The ports.
pub struct SandboxWorld {
    /// The store.
    pub store: MemoryStore,
    /// The queue.
    pub queue: MemoryQueue,
    /// The world outside.
    pub remotes: Vec<Remote>,
    clock: HandClock,
    lines: Mutex<Vec<Line>>,
}

impl SandboxWorld {
    /// The world at the moment `now`.
    #[must_use]
    pub fn new(remotes: Vec<Remote>, now: Moment) -> Self {
        Self {
            store: MemoryStore::default(),
            queue: MemoryQueue::default(),
            remotes,
            clock: HandClock(AtomicI64::new(now.0)),
            lines: Mutex::default(),
        }
    }

    /// Moves the clock.
    pub fn set_now(&self, now: Moment) {
        self.clock.0.store(now.0, Ordering::Relaxed);
    }

    /// The lines of telemetry since the last time.
    pub fn take_lines(&self) -> Vec<Line> {
        std::mem::take(&mut lock(&self.lines))
    }
}

impl Http for SandboxWorld {
    async fn send(&self, request: Request, deadline: Duration) -> Answer {
        crate::accident::pause().await;
        let answer = match request.in_one_piece(|source| self.call(source, deadline)) {
            Ok(request) => self.call(&request, deadline),
            Err(failure) => Answer::NotPiped(failure),
        };
        crate::accident::pause().await;
        answer
    }
}

impl SandboxWorld {
    fn call(&self, request: &Request, deadline: Duration) -> Answer {
        let port = request.url.port_or_known_default();
        let remote = self.remotes.iter().find(|remote| Some(remote.port) == port);
        let answer =
            remote.map_or(Answer::NotSent, |remote| remote.call(request, deadline, self.clock.now()));
        match (answer, request.first_bytes) {
            (Answer::Response(response), Some(bytes)) => Answer::Response(response.cut(bytes)),
            (answer, _) => answer,
        }
    }
}

impl Reception for SandboxWorld {
    type Queue = MemoryQueue;
    type Clock = HandClock;

    fn queue(&self) -> &MemoryQueue {
        &self.queue
    }

    fn clock(&self) -> &HandClock {
        &self.clock
    }

    fn record(&self, line: &Line) {
        lock(&self.lines).push(line.clone());
    }
}

impl World for SandboxWorld {
    type Store = MemoryStore;
    type Http = Self;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn http(&self) -> &Self {
        self
    }
}

/// The same world for several processes at once.
impl Reception for &SandboxWorld {
    type Queue = MemoryQueue;
    type Clock = HandClock;

    fn queue(&self) -> &MemoryQueue {
        &self.queue
    }

    fn clock(&self) -> &HandClock {
        &self.clock
    }

    fn record(&self, line: &Line) {
        (**self).record(line);
    }
}

impl World for &SandboxWorld {
    type Store = MemoryStore;
    type Http = SandboxWorld;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn http(&self) -> &SandboxWorld {
        self
    }
}
