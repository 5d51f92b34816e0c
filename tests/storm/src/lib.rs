//! A storm: very many comments of very many people within minutes, against a helpdesk that takes only so many calls. The production
//! engine, connectors and wire format in virtual time; queue and store are in memory, with the rules of the real ones.

mod check;
mod house;
mod people;
mod queue;
mod time;
mod town;
mod workers;
mod world;

use std::cell::Cell;
use std::sync::Mutex;

use futures_util::FutureExt as _;

pub use check::Times;
use people::Draws;
use time::{START, lock};
use world::World;
pub use world::{CALLS_PER_MINUTE, Calls, UPDATES_PER_MINUTE};

/// Storms allocate a lot, and little else.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How large a storm is.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Public comments in all.
    pub comments: u32,
    /// People who write them; each at least one.
    pub people: u32,
    /// Within this time, in milliseconds.
    pub lasts_ms: i64,
    /// Replies of agents, from the beginning on and twice as long as the comments come.
    pub answers: u32,
}

impl Scale {
    /// 200,000 comments of 150,000 people within ten minutes.
    pub const FULL: Self = Self { comments: 200_000, people: 150_000, lasts_ms: 600_000, answers: 300 };
    /// A hundredth of it, for every test run.
    pub const SMALL: Self = Self { comments: 2_000, people: 1_500, lasts_ms: 60_000, answers: 20 };
}

/// Where the bridge runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One process, which takes up urgent deliveries first and leaves others in the queue.
    OneMachine,
    /// Ten relays behind a queue that gives what comes first.
    Aws,
}

/// What came of a storm.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What is not where it belongs, or there twice, or out of order.
    pub wrong: Vec<String>,
    /// Tickets in the helpdesk.
    pub tickets: usize,
    /// What the bridge did there.
    pub calls: Calls,
    /// From the first comment until the last call, in minutes.
    pub drained_after: f64,
    /// The least time in which the helpdesk takes the calls that were needed, in minutes.
    pub least: f64,
    /// From a direct message until it stood in its ticket.
    pub direct: Times,
    /// The same for public comments.
    pub public: Times,
    /// From an agent's reply until it was published.
    pub answers: Times,
    /// How often a delivery was received, at most and on average.
    pub receives_max: u32,
    /// See there.
    pub receives_mean: f64,
    /// Writes to the store, per conversation.
    pub saves_each: f64,
}

impl Outcome {
    /// How much longer than the least time it took: 1.0 is perfect.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.drained_after / self.least
    }
}

/// Runs a storm to its end.
#[must_use]
pub fn storm(scale: &Scale, shape: Shape, seed: u64) -> Outcome {
    let world = World::new(shape == Shape::OneMachine);
    let directory = house::accounts();
    let mut draws = Draws::new(seed);
    let utterances = people::utterances(scale, &mut draws);
    let answers = Mutex::default();
    let busy = Cell::new(2);
    let over = || busy.get() == 0 && lock(&world.queue).is_empty() && nothing_to_carry(&world);
    let customers = async {
        town::customers(&world, &utterances).await;
        busy.set(busy.get() - 1);
    };
    let agents = async {
        town::agents(&world, scale, &mut draws, &answers).await;
        busy.set(busy.get() - 1);
    };
    let mut tasks = vec![
        customers.boxed_local(),
        agents.boxed_local(),
        town::webhooks(&world, &directory, &over).boxed_local(),
    ];
    tasks.extend(workers::workers(shape, &world, &directory, &over));
    world.time.run(tasks);
    let checked = check::check(&world, &utterances, &answers);
    let calls = *lock(&world.calls);
    let queue = lock(&world.queue);
    let saves_each = *lock(&world.saves) as f64 / checked.tickets.max(1) as f64;
    Outcome {
        wrong: checked.wrong,
        tickets: checked.tickets,
        calls,
        drained_after: check::minutes_since_start(calls.last),
        least: check::minutes_since_start(START + checked.least_ms),
        direct: checked.direct,
        public: checked.public,
        answers: checked.answers,
        receives_max: queue.receives_max,
        receives_mean: queue.receives as f64 / queue.done.max(1) as f64,
        saves_each,
    }
}

fn nothing_to_carry(world: &World) -> bool {
    use deskbridge_sandbox::StandIn as _;
    lock(&world.graph).next_due().is_none() && lock(&world.zendesk).next_due().is_none()
}
