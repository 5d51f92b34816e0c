//! The five ports over one world: virtual time, a queue and a store in memory, the stand-ins of Zendesk and Facebook.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deskbridge_connectors::http::{Answer, Method, Request, Response, Url};
use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{
    Clock, Fault, Held, HeldKind, Http, Item, Queue as QueuePort, Reception, SaveError, Store, Version,
    World as AllPorts,
};
use deskbridge_engine::telemetry::Line;
use deskbridge_sandbox::StandIn as _;
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::zendesk::{Limits, Zendesk, ZendeskSeed};

use crate::queue::Queue;
use crate::time::{Time, lock};

pub(crate) const BRIDGE: &str = "http://127.0.0.1:8080";
pub(crate) const ZENDESK: &str = "http://127.0.0.1:8081";

/// How long the helpdesk takes to answer, in milliseconds, and how long the platform does.
const ZENDESK_TAKES: i64 = 300;
const GRAPH_TAKES: i64 = 120;

/// What the helpdesk takes, per minute: all calls, and changes to tickets.
pub const CALLS_PER_MINUTE: u32 = 700;
/// See [`CALLS_PER_MINUTE`].
pub const UPDATES_PER_MINUTE: u32 = 100;

/// What the bridge did at the helpdesk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls that were carried out.
    pub made: u64,
    /// Those of them that changed a ticket that was there.
    pub updates: u64,
    /// Calls that were refused since a limit was used up.
    pub refused: u64,
    /// When the last one was carried out.
    pub(crate) last: i64,
}

/// The world.
pub(crate) struct World {
    pub(crate) time: Time,
    pub(crate) queue: Mutex<Queue>,
    pub(crate) zendesk: Mutex<Zendesk>,
    pub(crate) graph: Mutex<Graph>,
    pub(crate) calls: Mutex<Calls>,
    items: Mutex<HashMap<String, Item>>,
    held: Mutex<Vec<Held>>,
    pub(crate) saves: Mutex<u64>,
}

impl World {
    pub(crate) fn new(has_lanes: bool) -> Arc<Self> {
        let bridge = url(BRIDGE, "/");
        let limits = Limits {
            account_per_minute: CALLS_PER_MINUTE,
            updates_per_minute: UPDATES_PER_MINUTE,
            updates_per_ticket: 30,
            ..Limits::off()
        };
        let zendesk = ZendeskSeed { base_url: url(ZENDESK, "/"), limits, ..ZendeskSeed::demo(&bridge) };
        let graph = GraphSeed { adopts_unknown: false, ..GraphSeed::demo(&bridge) };
        Arc::new(Self {
            time: Time::default(),
            queue: Mutex::new(Queue::new(has_lanes)),
            zendesk: Mutex::new(Zendesk::new(zendesk)),
            graph: Mutex::new(Graph::new(graph)),
            calls: Mutex::default(),
            items: Mutex::default(),
            held: Mutex::default(),
            saves: Mutex::default(),
        })
    }

    /// What is kept aside for a person: nothing should be.
    pub(crate) fn held_for_a_person(&self) -> usize {
        lock(&self.held).iter().filter(|held| held.kind != HeldKind::Timer).count()
    }

    async fn ask_zendesk(&self, request: &Request) -> Response {
        self.time.sleep(ZENDESK_TAKES / 2).await;
        let now = self.time.now();
        let response = lock(&self.zendesk).handle(request, now);
        self.count(request, &response, now);
        self.time.sleep(ZENDESK_TAKES / 2).await;
        response
    }

    fn count(&self, request: &Request, response: &Response, now: i64) {
        let mut calls = lock(&self.calls);
        if response.status == 429 {
            calls.refused += 1;
        } else {
            calls.made += 1;
            calls.updates += u64::from(request.method == Method::PUT);
            calls.last = now;
        }
    }

    async fn ask_graph(&self, request: &Request) -> Response {
        self.time.sleep(GRAPH_TAKES / 2).await;
        let response = lock(&self.graph).handle(request, self.time.now());
        self.time.sleep(GRAPH_TAKES / 2).await;
        response
    }
}

pub(crate) fn url(base: &str, path: &str) -> Url {
    format!("{base}{path}").parse().expect("an address")
}

/// The ports of one process.
#[derive(Clone)]
pub(crate) struct Ports(pub(crate) Arc<World>);

impl Clock for Ports {
    fn now(&self) -> Moment {
        Moment(self.0.time.now())
    }
}

impl QueuePort for Ports {
    async fn send(&self, envelopes: &[Envelope]) -> Result<(), Fault> {
        let is_known = |group: &str| lock(&self.0.items).contains_key(group);
        lock(&self.0.queue).send(envelopes, is_known, self.0.time.now());
        Ok(())
    }
}

impl Store for Ports {
    async fn load(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        Ok(lock(&self.0.items).get(key.as_str()).cloned())
    }

    async fn save(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
        _expires_at: Moment,
    ) -> Result<Version, SaveError> {
        let mut items = lock(&self.0.items);
        *lock(&self.0.saves) += 1;
        let version = items.get(key.as_str()).map_or(0, |item| item.version);
        if version != expected {
            return Err(SaveError::Conflict);
        }
        items.insert(key.as_str().to_owned(), Item { bytes, version: version + 1 });
        Ok(version + 1)
    }

    async fn hold(&self, held: &Held) -> Result<(), Fault> {
        lock(&self.0.held).push(held.clone());
        Ok(())
    }

    async fn held(&self, kind: HeldKind, limit: usize) -> Result<Vec<Held>, Fault> {
        Ok(lock(&self.0.held).iter().filter(|held| held.kind == kind).take(limit).cloned().collect())
    }

    async fn release(&self, kind: HeldKind, id: &str) -> Result<(), Fault> {
        lock(&self.0.held).retain(|held| (held.kind, held.id.as_str()) != (kind, id));
        Ok(())
    }
}

impl Http for Ports {
    async fn send(&self, request: Request, _deadline: Duration) -> Answer {
        match request.url.port() {
            Some(8081) => Answer::Response(self.0.ask_zendesk(&request).await),
            Some(8083) => Answer::Response(self.0.ask_graph(&request).await),
            _ => Answer::NotSent,
        }
    }
}

impl Reception for Ports {
    type Queue = Self;
    type Clock = Self;

    fn queue(&self) -> &Self {
        self
    }

    fn clock(&self) -> &Self {
        self
    }

    fn record(&self, _line: &Line) {}
}

impl AllPorts for Ports {
    type Store = Self;
    type Http = Self;

    fn store(&self) -> &Self {
        self
    }

    fn http(&self) -> &Self {
        self
    }
}
