//! The ports of a process that counts what it asks of the world. Allocations inside of the ports are not ours and not counted.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::{measure, opt_out};
use deskbridge_aws::telemetry;
use deskbridge_connectors::http::{Answer, Method, Request};
use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{
    Clock as _, Fault, Held, HeldKind, Http, Item, Queue, Reception, SaveError, Store, Version, World,
};
use deskbridge_engine::telemetry::Line;
use deskbridge_tests::SandboxWorld;

/// A write of so many bytes, or of a part of them, is one unit (DynamoDB's measure).
const UNIT_BYTES: usize = 1_024;
/// What an item has beside its key and its bytes: names of attributes, version, expiry.
const ITEM_OVERHEAD_BYTES: usize = 24;
/// One call to the queue takes so many messages (SQS's limit).
const MESSAGES_A_CALL: usize = 10;

/// The two sides of the world outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Helpdesk,
    Platform,
}

/// What something cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    /// Calls to the helpdesk, as `METHOD path`, those for signing in left out.
    pub(crate) helpdesk: Vec<String>,
    /// Calls to the platform.
    pub(crate) platform: Vec<String>,
    /// Calls for signing in, which happen once in the life of a process and not per event.
    pub(crate) sign_ins: usize,
    /// Reads of the store.
    pub(crate) reads: usize,
    /// Writes to the store.
    pub(crate) writes: usize,
    /// Units of those writes.
    pub(crate) write_units: usize,
    /// Calls to the queue that hand messages over.
    pub(crate) sends: usize,
    /// Bytes of requests to helpdesk and platform, with their headers.
    pub(crate) bytes_out: usize,
    /// Bytes of log lines, as they are printed on AWS.
    pub(crate) bytes_logged: usize,
    /// Bytes of the largest item that was written.
    pub(crate) item_bytes: usize,
    /// Allocations of the doors: verify, parse, write the queue's message.
    pub(crate) accept: usize,
    /// Allocations of the relay: read message and item, plan, make requests, read answers, write the item.
    pub(crate) relay: usize,
}

/// What is counted, in the order of the tables.
pub(crate) const COLUMNS: [&str; 11] = [
    "helpdesk calls",
    "platform calls",
    "reads",
    "writes",
    "write units",
    "queue calls",
    "bytes out",
    "bytes logged",
    "item bytes",
    "allocations at doors",
    "allocations of the relay",
];

impl Count {
    /// The figures of the [`COLUMNS`].
    pub(crate) fn figures(&self) -> [usize; COLUMNS.len()] {
        [
            self.helpdesk.len(),
            self.platform.len(),
            self.reads,
            self.writes,
            self.write_units,
            self.sends,
            self.bytes_out,
            self.bytes_logged,
            self.item_bytes,
            self.accept,
            self.relay,
        ]
    }
}

/// Whether the process lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Lives,
    /// It dies as soon as this side has made a change that it was asked for.
    Until(Side),
    Over,
}

/// The world of the house, counted.
#[derive(Clone)]
pub(crate) struct Counter<'h> {
    world: &'h SandboxWorld,
    count: Arc<Mutex<Count>>,
    life: Arc<Mutex<Life>>,
}

impl<'h> Counter<'h> {
    pub(crate) fn over(world: &'h SandboxWorld) -> Self {
        Self { world, count: Arc::default(), life: Arc::default() }
    }

    /// What was counted since the last time.
    pub(crate) fn take(&self) -> Count {
        std::mem::take(&mut *self.count())
    }

    pub(crate) fn count(&self) -> MutexGuard<'_, Count> {
        lock(&self.count)
    }

    pub(crate) fn die_after(&self, side: Side) {
        *lock(&self.life) = Life::Until(side);
    }

    /// Whether this change was the last thing that the process lived to see; then its life is over.
    fn ends_after(&self, side: Side) -> bool {
        let mut life = lock(&self.life);
        let ends = *life == Life::Until(side);
        if ends {
            *life = Life::Over;
        }
        ends
    }

    /// The same world and count for the process that takes over.
    pub(crate) fn next_life(&self) -> Self {
        Self { life: Arc::default(), ..self.clone() }
    }

    fn write(&self, key: usize, bytes: usize) {
        let mut count = self.count();
        count.writes += 1;
        count.write_units += (key + bytes + ITEM_OVERHEAD_BYTES).div_ceil(UNIT_BYTES);
    }

    fn keep_largest(&self, item_bytes: usize) {
        let mut count = self.count();
        count.item_bytes = count.item_bytes.max(item_bytes);
    }

    fn call(&self, request: &Request) -> Option<Side> {
        let helpdesk = [8081, 8082].map(Some).contains(&request.url.port());
        let call = format!("{} {}", request.method, request.url.path());
        let mut count = self.count();
        if call.contains("/oauth") {
            count.sign_ins += 1;
            return None;
        }
        count.bytes_out += bytes_of(request);
        let side = if helpdesk { Side::Helpdesk } else { Side::Platform };
        match side {
            Side::Helpdesk => count.helpdesk.push(call),
            Side::Platform => count.platform.push(call),
        }
        (request.method != Method::GET).then_some(side)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bytes_of(request: &Request) -> usize {
    let headers: usize =
        request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let length = "content-length: 1234\r\nhost: \r\n".len() + request.url.authority().len();
    let line = request.method.as_str().len() + request.url.path().len() + " HTTP/1.1\r\n".len() + 1;
    let query = request.url.query().map_or(0, |query| query.len() + 1);
    line + query + headers + length + 2 + request.body.len()
}

/// Runs work of ours to its end, in a world that never lets it wait; gives its allocations, too. `None`: it died.
pub(crate) fn counted<T>(work: impl Future<Output = T>, counter: &Counter<'_>) -> (usize, Option<T>) {
    let mut done = None;
    let info = measure(|| {
        let (mut work, mut context) = (pin!(work), Context::from_waker(Waker::noop()));
        while done.is_none() && *lock(&counter.life) != Life::Over {
            if let Poll::Ready(output) = work.as_mut().poll(&mut context) {
                done = Some(output);
            }
        }
    });
    (usize::try_from(info.count_total).expect("a count"), done)
}

/// Work of others: its allocations are not counted.
struct Theirs<'f, T>(Pin<Box<dyn Future<Output = T> + Send + 'f>>);

fn theirs<'f, T>(work: impl Future<Output = T> + Send + 'f) -> Theirs<'f, T> {
    aside(|| Theirs(Box::pin(work)))
}

impl<T> Future for Theirs<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        aside(|| self.0.as_mut().poll(context))
    }
}

/// Does something of which nothing is counted.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    let mut done = None;
    opt_out(|| done = Some(work()));
    done.expect("it ran")
}

impl Queue for Counter<'_> {
    async fn send(&self, envelopes: &[Envelope]) -> Result<(), Fault> {
        // Writing the message is ours.
        drop(envelopes.iter().map(Envelope::encode).collect::<Vec<_>>());
        self.count().sends += envelopes.len().div_ceil(MESSAGES_A_CALL);
        theirs(self.world.queue.send(envelopes)).await
    }
}

impl Store for Counter<'_> {
    async fn load(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        self.count().reads += 1;
        theirs(self.world.store.load(key)).await
    }

    async fn load_latest(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        self.count().reads += 1;
        theirs(self.world.store.load_latest(key)).await
    }

    async fn save(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
        expires_at: Moment,
    ) -> Result<Version, SaveError> {
        self.write(key.as_str().len(), bytes.len());
        self.keep_largest(bytes.len());
        theirs(self.world.store.save(key, bytes, expected, expires_at)).await
    }

    async fn hold(&self, held: &Held) -> Result<(), Fault> {
        aside(|| self.write(held.id.len(), serde_json::to_vec(held).unwrap_or_default().len()));
        theirs(self.world.store.hold(held)).await
    }

    async fn held(&self, kind: HeldKind, limit: usize) -> Result<Vec<Held>, Fault> {
        theirs(self.world.store.held(kind, limit)).await
    }

    async fn release(&self, kind: HeldKind, id: &str) -> Result<(), Fault> {
        theirs(self.world.store.release(kind, id)).await
    }
}

impl Http for Counter<'_> {
    async fn send(&self, request: Request, deadline: Duration) -> Answer {
        let changes = aside(|| self.call(&request));
        let answer = theirs(self.world.http().send(request, deadline)).await;
        let succeeded = matches!(&answer, Answer::Response(response) if response.is_success());
        if succeeded && changes.is_some_and(|side| self.ends_after(side)) {
            // Nothing of the answer reaches anybody.
            return pending().await;
        }
        answer
    }
}

impl Reception for Counter<'_> {
    type Queue = Self;
    type Clock = <SandboxWorld as Reception>::Clock;

    fn queue(&self) -> &Self {
        self
    }

    fn clock(&self) -> &Self::Clock {
        self.world.clock()
    }

    fn record(&self, line: &Line) {
        let text = aside(|| telemetry::printed(line, self.world.clock().now(), "deskbridge"));
        self.count().bytes_logged += text.as_ref().map_or(0, String::len);
        aside(|| drop(text));
    }
}

impl World for Counter<'_> {
    type Store = Self;
    type Http = Self;

    fn store(&self) -> &Self {
        self
    }

    fn http(&self) -> &Self {
        self
    }
}
