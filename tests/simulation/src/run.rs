//! One run: the scheduler takes what happens next, lets it happen, and polls the task that waited for it. Crash means
//! that a task is dropped; freeze, that it is not polled for a while.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deskbridge_engine::ports::HeldKind;
use deskbridge_engine::{Bridge, Directory, sweep};

use crate::draws::Draws;
use crate::incidents;
use crate::oracle::Balance;
use crate::people::People;
use crate::ports::Ports;
use crate::queue::RECEIVES_MAX;
use crate::remotes::Side;
use crate::report::Report;
use crate::scripts::Script;
use crate::store::{Memory, Records};
use crate::tape::Tape;
use crate::theme::Theme;
use crate::weather::{Topology, Weather};
use crate::work::put_back_parked;
use crate::world::{Event, Knock, START, TaskId, World};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
/// A run that takes more steps than this never comes to rest.
const STEPS_MAX: u64 = 60_000;
const SWEEP_EVERY: i64 = 5 * MINUTE;

pub(crate) const INGRESS: usize = 0;
const SWEEPER: usize = 1;
pub(crate) const WORKERS: usize = 2;

/// What a task ends with.
pub(crate) enum End {
    Webhook(Box<Knock>, u16),
    Other,
}

pub(crate) struct Task {
    process: usize,
    future: Pin<Box<dyn Future<Output = End>>>,
    pub(crate) webhook: Option<(Side, u64)>,
}

pub(crate) struct Process {
    pub(crate) bridge: Arc<Bridge<Ports>>,
    pub(crate) skew_ms: i64,
    pub(crate) busy: bool,
    pub(crate) alive: bool,
}

pub(crate) struct Run {
    pub(crate) world: Arc<World>,
    directory: Directory,
    pub(crate) topology: Topology,
    people: People,
    pub(crate) processes: Vec<Process>,
    pub(crate) tasks: BTreeMap<TaskId, Task>,
    pub(crate) last_task: TaskId,
    /// Which messages of the queue a task has in hand.
    pub(crate) in_hand: BTreeMap<TaskId, Vec<u64>>,
    /// The calls of doors and workers.
    calls: Vec<u64>,
    sweep_every: i64,
    calm: bool,
}

/// Runs one list of draws.
#[must_use]
pub fn run(draws: Draws, directory: &Directory, keep_trace: bool) -> Report {
    run_over(Box::<Memory>::default(), draws, directory, keep_trace)
}

/// Runs one list of draws over another store.
#[must_use]
pub fn run_over(
    records: Box<dyn Records>,
    mut draws: Draws,
    directory: &Directory,
    keep_trace: bool,
) -> Report {
    let theme = Theme::draw(&mut draws);
    let weather = Weather::draw(theme, &mut draws);
    let topology = Topology::draw(theme, &mut draws);
    let world = Arc::new(World::new(draws, weather.clone(), records, keep_trace));
    let people = People::draw(&mut world.state(), theme, &topology);
    world.state().note(format_args!("{theme:?} {weather:?} {topology:?}"));
    let directory = people.accounts(directory, &topology);
    let mut run = Run::new(world, directory, topology, people);
    run.prepare();
    let balance = run.go();
    run.report(balance)
}

/// Runs a script in fair weather, with these crashes: at which call, before or after it happens.
#[must_use]
///
/// Gives also the calls of doors and workers: those of the sweep are no place where anything is made.
pub(crate) fn run_script(
    script: &Script,
    crashes: &[(u64, bool)],
    directory: &Directory,
) -> (Report, Vec<u64>) {
    let world = Arc::new(World::new(
        Draws::of_tape(Tape::new(Vec::new())),
        Weather::default(),
        Box::<Memory>::default(),
        false,
    ));
    world.state().crash_at.extend(crashes);
    let people = People::one(script.talk, script.long_winded);
    let topology = Topology::of_script();
    let directory = people.accounts(directory, &topology);
    let mut run = Run::new(Arc::clone(&world), directory, topology, people);
    run.prepare();
    for (minute, event) in script.events() {
        world.state().schedule(START + minute * MINUTE, event);
    }
    let balance = run.go();
    let calls = std::mem::take(&mut run.calls);
    (run.report(balance), calls)
}

impl Run {
    fn new(world: Arc<World>, directory: Directory, topology: Topology, people: People) -> Self {
        Self {
            world,
            directory,
            topology,
            people,
            processes: Vec::new(),
            tasks: BTreeMap::new(),
            last_task: 0,
            in_hand: BTreeMap::new(),
            calls: Vec::new(),
            sweep_every: SWEEP_EVERY,
            calm: false,
        }
    }

    fn report(mut self, balance: Balance) -> Report {
        // Tasks hold the world; the report takes what is in it.
        self.tasks.clear();
        let mut state = self.world.state();
        for mark in std::mem::take(&mut state.oracle.marks) {
            state.mark(mark);
        }
        Report {
            broken: state.oracle.broken.take(),
            trace: state.trace.clone(),
            tape: state.draws.drawn(),
            figures: std::mem::take(&mut state.figures),
            balance,
            simulated_ms: state.now - START,
            item_bytes_max: state.store.item_bytes_max,
        }
    }

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
        let until_doubt = if self.topology.outage_in_doubt { incidents::DOUBT_MINUTES } else { 0 };
        let outage = self.topology.outage.map_or(0, |(_, minutes)| minutes + 5 + until_doubt);
        let end = START + i64::from(self.topology.minutes.max(outage)) * MINUTE;
        let span = u32::try_from(end - START).unwrap_or(u32::MAX);
        let before_doubt = u32::try_from(5 * MINUTE).unwrap_or(span);
        let early = self.topology.outage_in_doubt || self.topology.answers;
        let customers_span = if early { before_doubt } else { span };
        for _ in 0..self.topology.customer_acts {
            let at = START + i64::from(state.draws.below(customers_span));
            state.schedule(at, Event::Customer);
        }
        for _ in 0..self.topology.agent_acts {
            let at = START + i64::from(state.draws.below(span)) + MINUTE;
            state.schedule(at, Event::Agent);
        }
        incidents::schedule(&mut state, &self.topology, end);
        state.oracle.patience_ms = (i64::from(self.topology.give_up_hours) + 1) * 60 * MINUTE;
        self.sweep_every = SWEEP_EVERY.max((end - START) / self.topology.sweeps);
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
                // Where nothing is to be put back, nothing can come of it.
                None if rests == 0 || (rests < 3 && (rests == 2 || self.is_something_parked())) => {
                    self.at_rest(rests);
                    rests += 1;
                }
                None => return self.reckon(),
            }
        }
    }

    fn is_something_parked(&self) -> bool {
        !self.world.state().store.held(HeldKind::Parked, 1).is_empty()
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
        let held = state.store.all_held();
        let timers = state.store.held(HeldKind::Timer, usize::MAX);
        state.oracle.check_memory(&state.store.conversations(), &timers, state.now);
        state.oracle.check(&state.remotes, &held)
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
            Event::Agent => self.people.agent(&mut self.world.state()),
            Event::Sweep if self.calm => {}
            Event::Sweep => {
                self.sweep();
                let mut state = self.world.state();
                let next = state.now + self.sweep_every;
                state.schedule(next, Event::Sweep);
            }
            Event::TimeUp(task) => {
                if let Some(task) = self.tasks.get(&task).map(|task| task.process) {
                    self.world.state().note(format_args!("process {task}: time is up"));
                    self.world.state().mark("process: ran out of time");
                    self.die(task, SECOND);
                }
            }
            Event::Revive(process) => {
                let skew = self.processes[process].skew_ms;
                self.processes[process] = self.process(skew);
                self.world.state().arm_queue();
                self.deliver();
            }
            Event::Incident(incident) => {
                incidents::happen(&mut self.world.state(), &self.people, incident);
                self.deliver();
            }
            Event::Calm => {
                // The last one under faults: what it hints at in vain, the sweeps at rest no longer look back to.
                self.sweep();
                self.calm = true;
                let mut state = self.world.state();
                state.note(format_args!("calm"));
                state.weather = Weather::default();
                state.queue.receives_max = RECEIVES_MAX;
                incidents::redrive(&mut state);
            }
        }
    }

    fn maybe_crash(&mut self, call: u64) {
        let mut state = self.world.state();
        let Some((task, name, happened)) = state.about(call) else { return };
        let crash = state.weather.crash;
        if !self.tasks.contains_key(&task)
            || !(state.crash_at.remove(&(call, happened)) || state.draws.chance(crash))
        {
            return;
        }
        state.crashed(name, happened);
        state.note(format_args!("t{task} dies at {name}, happened: {happened}"));
        let process = self.tasks[&task].process;
        let away = state.draws.one_of(&[SECOND, 5 * SECOND, MINUTE]);
        drop(state);
        if process == INGRESS { self.lose(task) } else { self.die(process, away) }
    }

    /// A process dies with all its tasks, and is there again after a while.
    fn die(&mut self, process: usize, away: i64) {
        self.world.state().mark("process: died");
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
            state.mark("process: stood still");
            let at = state.now + i64::try_from(pause.as_millis()).unwrap_or(0);
            return state.schedule(at, Event::Answered(call));
        }
        state.answer(call);
        drop(state);
        self.poll(task);
    }

    fn poll(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let before = {
            let mut state = self.world.state();
            state.polled = id;
            state.calls()
        };
        let polled = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let process = task.process;
        if process != SWEEPER {
            self.calls.extend(before + 1..=self.world.state().calls());
        }
        let Poll::Ready(end) = polled else { return };
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

    pub(crate) fn spawn(
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
