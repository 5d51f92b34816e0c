//! The five ports, as calls to the world. Each call is one await point, and the only kind there is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use deskbridge_connectors::http::{Answer, Request};
use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{
    Clock, Fault, Held, HeldKind, Http, Item, Queue, Reception, SaveError, Store, Version, World as AllPorts,
};
use deskbridge_engine::telemetry::Line;

use crate::call::{Call, Reply};
use crate::queue::Finish;
use crate::world::World;

/// The ports of one process.
pub(crate) struct Ports {
    world: Arc<World>,
    /// By how much this process's clock is wrong, in milliseconds.
    skew_ms: i64,
}

/// A call on its way. Dropping it is what a crash does: the call goes on without us.
struct Pending<'a> {
    world: &'a World,
    call: u64,
}

impl Future for Pending<'_> {
    type Output = Reply;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Reply> {
        match self.world.state().take_reply(self.call) {
            Some(reply) => Poll::Ready(reply),
            None => Poll::Pending,
        }
    }
}

impl Ports {
    pub(crate) fn new(world: Arc<World>, skew_ms: i64) -> Self {
        Self { world, skew_ms }
    }

    async fn ask(&self, call: Call) -> Reply {
        let call = self.world.state().begin(call);
        Pending { world: &self.world, call }.await
    }

    async fn tell(&self, call: Call) -> Result<(), Fault> {
        match self.ask(call).await {
            Reply::Done(done) => done,
            _ => Err(mixed_up()),
        }
    }

    /// Tells the queue what became of a batch.
    pub(crate) async fn finish(&self, outcomes: Vec<Finish>) -> Result<(), Fault> {
        self.tell(Call::Finish(outcomes)).await
    }
}

fn mixed_up() -> Fault {
    Fault::new("simulating", "an answer of another kind")
}

impl Clock for Ports {
    fn now(&self) -> Moment {
        Moment(self.world.state().now + self.skew_ms)
    }
}

impl Queue for Ports {
    async fn send(&self, envelopes: &[Envelope]) -> Result<(), Fault> {
        self.tell(Call::Send(envelopes.to_vec())).await
    }
}

impl Store for Ports {
    async fn load(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        match self.ask(Call::Load(key.clone())).await {
            Reply::Item(item) => item,
            _ => Err(mixed_up()),
        }
    }

    async fn load_latest(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        match self.ask(Call::LoadLatest(key.clone())).await {
            Reply::Item(item) => item,
            _ => Err(mixed_up()),
        }
    }

    async fn save(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
        _expires_at: Moment,
    ) -> Result<Version, SaveError> {
        match self.ask(Call::Save(key.clone(), bytes, expected)).await {
            Reply::Saved(saved) => saved,
            _ => Err(SaveError::Fault(mixed_up())),
        }
    }

    async fn hold(&self, held: &Held) -> Result<(), Fault> {
        self.tell(Call::Hold(Box::new(held.clone()))).await
    }

    async fn held(&self, kind: HeldKind, limit: usize) -> Result<Vec<Held>, Fault> {
        match self.ask(Call::Held(kind, limit)).await {
            Reply::Records(records) => records,
            _ => Err(mixed_up()),
        }
    }

    async fn release(&self, kind: HeldKind, id: &str) -> Result<(), Fault> {
        self.tell(Call::Release(kind, id.to_owned())).await
    }
}

impl Http for Ports {
    async fn send(&self, request: Request, deadline: Duration) -> Answer {
        match self.ask(Call::Http(Box::new(request), deadline)).await {
            Reply::Http(answer) => answer,
            _ => Answer::Lost,
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

    fn record(&self, line: &Line) {
        self.world.state().line(line);
    }
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
