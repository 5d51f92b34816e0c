//! One run: the scheduler takes what happens next, lets it happen, and polls the task that waited for it. Crash means
//! that a task is dropped; freeze, that it is not polled for a while.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_engine::ports::{Clock, HeldKind};
use deskbridge_engine::{BODY_BYTES_MAX, Bridge, Directory, Disposition, accept, put_back, relay, sweep};

use crate::draws::Draws;
use crate::oracle::Balance;
use crate::people::People;
use crate::ports::Ports;
use crate::queue::{Finish, Message};
use crate::remotes::Side;
use crate::trace::Trace;
use crate::weather::{Topology, Weather};
use crate::world::{Event, Figures, Knock, START, TaskId, World};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
/// A worker with a time limit is killed after this.
const TIME_LIMIT: i64 = MINUTE;
/// What AWS advises: six times the time limit.
const VISIBILITY: i64 = 6 * TIME_LIMIT;
/// How long a claim lasts where workers have no time limit.
const LEASE: i64 = 15 * MINUTE;
/// A run that takes more steps than this never comes to rest.
const STEPS_MAX: u64 = 60_000;
/// Nothing may be received more often than this: long before, it must be parked.
const RECEIVES_MAX: u32 = 900;
const SWEEP_EVERY: i64 = 5 * MINUTE;

const INGRESS: usize = 0;
const SWEEPER: usize = 1;
const WORKERS: usize = 2;

/// What a task ends with.
enum End {
    Webhook(Box<Knock>, u16),
    Other,
}

struct Task {
    process: usize,
    future: Pin<Box<dyn Future<Output = End>>>,
    webhook: Option<(Side, u64)>,
}

struct Process {
    bridge: Arc<Bridge<Ports>>,
    skew_ms: i64,
    busy: bool,
    alive: bool,
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Report {
    /// The first broken promise.
    pub broken: Option<String>,
    /// The trace.
    pub trace: Trace,
    /// Everything drawn.
    pub tape: Vec<u32>,
    /// What happened how often.
    pub figures: Figures,
    /// What was owed and given.
    pub balance: Balance,
    /// How much time passed in the run, in milliseconds.
    pub simulated_ms: i64,
    /// The size of the largest item of the store, in bytes.
    pub item_bytes_max: usize,
}

struct Run {
    world: Arc<World>,
    directory: Directory,
    topology: Topology,
    people: People,
    processes: Vec<Process>,
    tasks: BTreeMap<TaskId, Task>,
    last_task: TaskId,
    calm: bool,
}

/// Runs one list of draws.
#[must_use]
pub fn run(mut draws: Draws, directory: &Directory, keep_trace: bool) -> Report {
    let weather = Weather::draw(&mut draws);
    let topology = Topology::draw(&mut draws);
    let world = Arc::new(World::new(draws, weather.clone(), keep_trace));
    let people = People::draw(&mut world.state(), topology.conversations);
    world.state().note(format_args!("{weather:?} {topology:?}"));
    let mut run = Run {
        world,
        directory: directory.clone(),
        topology,
        people,
        processes: Vec::new(),
        tasks: BTreeMap::new(),
        last_task: 0,
        calm: false,
    };
    run.prepare();
    let balance = run.go();
    // Tasks hold the world; the report takes what is in it.
    run.tasks.clear();
    let mut state = run.world.state();
    Report {
        broken: state.oracle.broken.take(),
        trace: state.trace.clone(),
        tape: state.draws.drawn().to_vec(),
        figures: std::mem::take(&mut state.figures),
        balance,
        simulated_ms: state.now - START,
        item_bytes_max: state.store.item_bytes_max,
    }
}

impl Run {
    fn prepare(&mut self) {
        let workers = usize::try_from(self.topology.workers).unwrap_or(1);
        for _ in 0..WORKERS + workers {
            let wrong = {
                let range = 2 * self.topology.skew_ms + 1;
                i64::from(self.world.state().draws.below(range)) - i64::from(self.topology.skew_ms)
            };
            self.processes.push(self.process(wrong));
        }
        let mut state = self.world.state();
        let end = START + i64::from(self.topology.minutes) * MINUTE;
        let span = u32::try_from(end - START).unwrap_or(u32::MAX);
        for _ in 0..self.topology.customer_acts {
            let at = START + i64::from(state.draws.below(span));
            state.schedule(at, Event::Customer);
        }
        for _ in 0..self.topology.agent_acts {
            let at = START + i64::from(state.draws.below(span)) + MINUTE;
            state.schedule(at, Event::Agent);
        }
        state.schedule(START + SECOND, Event::Sweep);
        state.schedule(end + 2 * MINUTE, Event::Calm);
    }

    fn process(&self, skew_ms: i64) -> Process {
        let ports = Ports::new(Arc::clone(&self.world), skew_ms);
        let bridge = Arc::new(Bridge::new(ports, self.directory.clone()));
        Process { bridge, skew_ms, busy: false, alive: true }
    }

    /// Until everything is at rest, and then the reckoning.
    fn go(&mut self) -> Balance {
        let mut rests = 0;
        loop {
            if self.world.state().oracle.broken.is_some() {
                return Balance::default();
            }
            if self.world.state().trace.steps() > STEPS_MAX {
                self.world.state().oracle.breaks("I11: it never comes to rest".to_owned());
                return Balance::default();
            }
            let event = self.world.state().next_event();
            match event {
                Some(event) => self.happen(event),
                None if rests < 3 => {
                    self.at_rest(rests);
                    rests += 1;
                }
                None => return self.reckon(),
            }
        }
    }

    /// Nothing waits any more: an operator puts back what is parked, and the sweep looks once more.
    fn at_rest(&mut self, rests: u32) {
        let bridge = Arc::clone(&self.processes[SWEEPER].bridge);
        if rests == 1 {
            self.spawn(SWEEPER, None, async move {
                put_back_parked(&bridge).await;
                End::Other
            });
        } else {
            // Longer than the queue remembers the last sweep's hints, and helpdesks keep the newest minute back.
            self.world.state().now += 6 * MINUTE;
            self.sweep();
        }
    }

    fn reckon(&mut self) -> Balance {
        let mut state = self.world.state();
        let state = &mut *state;
        if let Some(due) = state.queue.next_due() {
            state.oracle.breaks(format!("I11: something waits in the queue until {due}"));
        }
        state.oracle.check(&state.remotes, &state.store.held)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Happens(call) => {
                self.maybe_crash(call);
                self.world.state().happen(call);
                self.maybe_crash(call);
            }
            Event::Answered(call) => self.answered(call),
            Event::Deliver => self.deliver(),
            Event::Webhooks(side) => self.fetch_webhooks(side),
            Event::Knock(knock) => self.knock(*knock),
            Event::Customer => self.people.customer(&mut self.world.state()),
            Event::Agent => People::agent(&mut self.world.state()),
            Event::Sweep if self.calm => {}
            Event::Sweep => {
                self.sweep();
                let mut state = self.world.state();
                let next = state.now + SWEEP_EVERY;
                state.schedule(next, Event::Sweep);
            }
            Event::TimeUp(task) => {
                if let Some(task) = self.tasks.get(&task).map(|task| task.process) {
                    self.world.state().note(format_args!("process {task}: time is up"));
                    self.die(task, SECOND);
                }
            }
            Event::Revive(process) => {
                let skew = self.processes[process].skew_ms;
                self.processes[process] = self.process(skew);
                self.world.state().arm_queue();
                self.deliver();
            }
            Event::Calm => {
                // The last one under faults: what it hints at in vain, the sweeps at rest no longer look back to.
                self.sweep();
                self.calm = true;
                let mut state = self.world.state();
                state.note(format_args!("calm"));
                state.weather = Weather::default();
            }
        }
    }

    fn maybe_crash(&mut self, call: u64) {
        let mut state = self.world.state();
        let Some((task, name, happened)) = state.about(call) else { return };
        let crash = state.weather.crash;
        if !self.tasks.contains_key(&task) || !state.draws.chance(crash) {
            return;
        }
        state.crashed(name, happened);
        state.note(format_args!("t{task} dies at {name}, happened: {happened}"));
        let process = self.tasks[&task].process;
        let away = state.draws.one_of(&[SECOND, 5 * SECOND, MINUTE]);
        drop(state);
        if process == INGRESS { self.lose(task) } else { self.die(process, away) }
    }

    /// A task at the door dies: the sender gets no answer.
    fn lose(&mut self, task: TaskId) {
        let Some(task) = self.tasks.remove(&task) else { return };
        if let Some((side, id)) = task.webhook {
            let mut state = self.world.state();
            let now = state.now;
            state.remotes.delivered(side, id, None, now);
            state.arm_webhooks(side);
        }
    }

    /// A process dies with all its tasks, and is there again after a while.
    fn die(&mut self, process: usize, away: i64) {
        self.tasks.retain(|_, task| task.process != process);
        self.processes[process].alive = false;
        let mut state = self.world.state();
        let at = state.now + away;
        state.schedule(at, Event::Revive(process));
    }

    fn answered(&mut self, call: u64) {
        let mut state = self.world.state();
        let Some((task, ..)) = state.about(call) else { return };
        let freeze = state.weather.freeze;
        let longest = Duration::from_secs(u64::from(state.weather.freeze_max_s));
        if self.tasks.contains_key(&task) && state.draws.chance(freeze) {
            let pause = state.draws.between(Duration::from_millis(1), longest);
            state.figures.freezes += 1;
            let at = state.now + i64::try_from(pause.as_millis()).unwrap_or(0);
            return state.schedule(at, Event::Answered(call));
        }
        state.answer(call);
        drop(state);
        self.poll(task);
    }

    fn poll(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        self.world.state().polled = id;
        let Poll::Ready(end) = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            return;
        };
        let process = task.process;
        self.tasks.remove(&id);
        match end {
            End::Webhook(knock, status) => self.answer_webhook(*knock, status),
            End::Other => {
                self.processes[process].busy = false;
                self.world.state().arm_queue();
                self.deliver();
            }
        }
    }

    fn spawn(
        &mut self,
        process: usize,
        webhook: Option<(Side, u64)>,
        future: impl Future<Output = End> + 'static,
    ) -> TaskId {
        self.last_task += 1;
        let id = self.last_task;
        self.tasks.insert(id, Task { process, future: Box::pin(future), webhook });
        self.poll(id);
        id
    }

    fn deliver(&mut self) {
        for process in WORKERS..self.processes.len() {
            if !self.processes[process].alive || self.processes[process].busy {
                continue;
            }
            let visibility = if self.topology.limited { VISIBILITY } else { LEASE };
            let mut state = self.world.state();
            let now = state.now;
            let batch = state.queue.claim(now, self.topology.groups_at_once, self.topology.batch, visibility);
            if state.queue.receives_max() > RECEIVES_MAX {
                state.oracle.breaks("I11: the queue would give a delivery up".to_owned());
            }
            if batch.is_empty() {
                break;
            }
            let seqs: Vec<(u64, u32)> = batch.iter().map(|one| (one.seq, one.receives)).collect();
            state.note(format_args!("worker {process} claims {seqs:?} as t{}", self.last_task + 1));
            let until = self.topology.limited.then_some(now + TIME_LIMIT);
            drop(state);
            let skew = self.processes[process].skew_ms;
            let bridge = Arc::clone(&self.processes[process].bridge);
            self.processes[process].busy = true;
            let limit = until.map(|until| Moment(until + skew));
            let task = self.spawn(process, None, work(bridge, batch, limit));
            if let Some(until) = until {
                self.world.state().schedule(until, Event::TimeUp(task));
            }
        }
        let mut state = self.world.state();
        // What is due now waits for a worker, who looks again when it is free.
        if state.queue.next_due().is_some_and(|due| due > state.now) {
            state.arm_queue();
        }
    }

    fn fetch_webhooks(&mut self, side: Side) {
        let mut state = self.world.state();
        let now = state.now;
        for webhook in state.remotes.due(side, now) {
            let delay = state.weather.webhook_delay;
            let delay = if state.draws.chance(delay) { i64::from(state.draws.below(180_000)) } else { 20 };
            let lost = state.weather.webhook_lost;
            if state.draws.chance(lost) {
                state.remotes.delivered(side, webhook.id, None, now);
                state.note(format_args!("{side:?} webhook {} is lost", webhook.id));
                continue;
            }
            let knock = Knock { side, id: Some(webhook.id), request: webhook.request };
            state.schedule(now + delay, Event::Knock(Box::new(knock)));
        }
        state.arm_webhooks(side);
    }

    fn knock(&mut self, knock: Knock) {
        let bridge = Arc::clone(&self.processes[INGRESS].bridge);
        let webhook = knock.id.map(|id| (knock.side, id));
        self.world.state().note(format_args!("{:?} webhook {:?} knocks", knock.side, knock.id));
        self.spawn(INGRESS, webhook, async move {
            let door = knock.request.url.path().trim_start_matches("/hooks/").to_owned();
            let request = knock.request.clone();
            let response = accept(&bridge.world, &bridge.directory, &door, BODY_BYTES_MAX, request).await;
            End::Webhook(Box::new(knock), response.status)
        });
    }

    fn answer_webhook(&mut self, knock: Knock, status: u16) {
        let mut state = self.world.state();
        let now = state.now;
        state.note(format_args!("{:?} webhook {:?} is answered {status}", knock.side, knock.id));
        if status == 200 && knock.side == Side::Graph {
            state.oracle.accepted(&knock.request.body);
        }
        if let Some(id) = knock.id {
            state.remotes.delivered(knock.side, id, Some(status), now);
            state.arm_webhooks(knock.side);
        }
        let again = state.weather.webhook_again;
        if state.draws.chance(again) {
            let delay = i64::from(state.draws.below(600_000));
            state.schedule(now + delay, Event::Knock(Box::new(Knock { id: None, ..knock })));
        }
    }

    fn sweep(&mut self) {
        if self.processes[SWEEPER].busy || !self.processes[SWEEPER].alive {
            return;
        }
        self.processes[SWEEPER].busy = true;
        let bridge = Arc::clone(&self.processes[SWEEPER].bridge);
        self.spawn(SWEEPER, None, async move {
            sweep(&bridge).await;
            End::Other
        });
    }
}

/// What a worker does with a batch.
async fn work(bridge: Arc<Bridge<Ports>>, batch: Vec<Message>, until: Option<Moment>) -> End {
    // Where workers have a time limit, the queue counts durably as SQS does.
    let deliveries = batch.iter().map(|one| one.delivery(until.is_some())).collect();
    let dispositions = relay(&bridge, deliveries, until).await;
    let now = bridge.world.now();
    let outcomes = batch.iter().zip(dispositions).map(|(one, disposition)| {
        let again_at = match disposition {
            Disposition::Done => None,
            Disposition::Again { after, .. } => Some(now.plus(after.max(Duration::from_secs(1))).0),
        };
        Finish { seq: one.seq, receives: one.receives, again_at }
    });
    // When the queue does not hear it, the batch comes again.
    let _ = bridge.world.finish(outcomes.collect()).await;
    End::Other
}

async fn put_back_parked(bridge: &Bridge<Ports>) {
    use deskbridge_engine::ports::Store;
    let records = bridge.world.held(HeldKind::Parked, 1000).await.unwrap_or_default();
    for record in records {
        // Records that only tell something stay where they are.
        let _ = put_back(bridge, record.kind, &record.id).await;
    }
}
