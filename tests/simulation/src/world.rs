//! The world that all processes share: time, the calls on their way, store, queue, remote sides, and the oracle that
//! watches them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use deskbridge_connectors::http::{Answer, Request, Response};
use deskbridge_engine::ports::HeldKind;

use crate::call::{Call, Fate, Reply};
use crate::draws::Draws;
use crate::fates;
use crate::incidents::{self, Incident};
use crate::marks::{self, MARKS};
use crate::oracle::Oracle;
use crate::queue::FifoQueue;
use crate::remotes::{Remotes, Side};
use crate::renaming::{check_address, note_what_is_led};
use crate::store::{CasStore, Records};
use crate::trace::Trace;
use crate::weather::Weather;

/// When every run begins, in milliseconds since the epoch.
pub(crate) const START: i64 = 1_795_000_000_000;

/// How long Zendesk remembers an idempotency key, in milliseconds.
const KEYS_REMEMBERED: i64 = 2 * 3_600_000;

/// A task that is run: one webhook at a door, one batch of a worker, one sweep.
pub(crate) type TaskId = u64;

/// A webhook on its way to a door.
#[derive(Clone, Debug)]
pub(crate) struct Knock {
    pub(crate) side: Side,
    /// Names it towards the sender; `None` for a second copy.
    pub(crate) id: Option<u64>,
    pub(crate) request: Request,
}

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// A call happens.
    Happens(u64),
    /// A call is answered.
    Answered(u64),
    /// The queue may have something for a worker.
    Deliver,
    /// A remote side may have webhooks to send.
    Webhooks(Side),
    /// A webhook arrives.
    Knock(Box<Knock>),
    /// A customer does something.
    Customer,
    /// An agent does something.
    Agent,
    /// The sweep is due.
    Sweep,
    /// A task's time is up.
    TimeUp(TaskId),
    /// A process that died is there again.
    Revive(usize),
    /// Something that does not happen every day.
    Incident(Incident),
    /// Faults end.
    Calm,
}

struct Flying {
    task: TaskId,
    name: &'static str,
    /// Until it happens.
    call: Option<Call>,
    fate: Fate,
    reply: Option<Reply>,
    answered: bool,
    /// It has happened, or never will.
    happened: bool,
    /// Whoever asked has its answer.
    taken: bool,
}

/// A while in which nothing gets through to a remote side.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    pub(crate) side: Side,
    pub(crate) during: Range<i64>,
}

/// Counts of what happened in a run.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Calls by name and fate.
    pub fates: BTreeMap<(&'static str, &'static str), u64>,
    /// Crashes by the call that was under way, and whether it had happened (`true`) yet.
    pub crashes: BTreeMap<(&'static str, bool), u64>,
    /// How often a process froze.
    pub freezes: u64,
    /// Lines of telemetry worth counting, by name.
    pub lines: BTreeMap<String, u64>,
    /// States that were reached, see [`crate::MARKS`].
    pub marks: BTreeMap<&'static str, u64>,
}

/// What the mutex guards.
pub(crate) struct State {
    pub(crate) now: i64,
    pub(crate) draws: Draws,
    pub(crate) weather: Weather,
    pub(crate) trace: Trace,
    pub(crate) figures: Figures,
    pub(crate) queue: FifoQueue,
    pub(crate) store: CasStore,
    pub(crate) remotes: Remotes,
    pub(crate) oracle: Oracle,
    /// One in so many messages of a customer has a photo.
    pub(crate) photo_every: usize,
    pub(crate) outage: Option<Outage>,
    /// An outage that begins as soon as this side does not answer a change: for so long, in milliseconds.
    pub(crate) outage_in_doubt: Option<(Side, i64)>,
    /// Crashes that are planned: at which call, before or after it happens.
    pub(crate) crash_at: BTreeSet<(u64, bool)>,
    /// The platform has a new secret ...
    pub(crate) rotated: bool,
    /// ... and has signed these webhooks with it.
    pub(crate) signed_anew: BTreeSet<u64>,
    /// The task that is polled now.
    pub(crate) polled: TaskId,
    events: BTreeMap<(i64, u64), Event>,
    last_event: u64,
    flying: BTreeMap<u64, Flying>,
    last_call: u64,
    deliver_at: Option<i64>,
}

/// The shared world.
pub(crate) struct World(Mutex<State>);

impl World {
    pub(crate) fn new(draws: Draws, weather: Weather, records: Box<dyn Records>, keep_trace: bool) -> Self {
        Self(Mutex::new(State {
            now: START,
            draws,
            weather,
            trace: Trace::new(keep_trace),
            figures: Figures::default(),
            queue: FifoQueue::default(),
            store: CasStore::over(records),
            remotes: Remotes::demo(),
            oracle: Oracle::default(),
            photo_every: 8,
            outage: None,
            outage_in_doubt: None,
            crash_at: BTreeSet::new(),
            rotated: false,
            signed_anew: BTreeSet::new(),
            polled: 0,
            events: BTreeMap::new(),
            last_event: 0,
            flying: BTreeMap::new(),
            last_call: 0,
            deliver_at: None,
        }))
    }

    /// One thread: the lock is never waited for, and its holder never panics in a run that goes on.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A state was reached.
    pub(crate) fn mark(&mut self, mark: &'static str) {
        debug_assert!(MARKS.contains(&mark), "{mark} is not among the marks");
        *self.figures.marks.entry(mark).or_default() += 1;
    }

    pub(crate) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        self.trace.note(self.now - START, what);
    }

    /// Lets something happen later.
    pub(crate) fn schedule(&mut self, at: i64, event: Event) {
        self.last_event += 1;
        self.events.insert((at.max(self.now), self.last_event), event);
    }

    /// The next thing that happens, moving time to it.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        let ((at, _), event) = self.events.pop_first()?;
        self.now = at;
        if matches!(event, Event::Deliver) && self.deliver_at.is_some_and(|due| due <= at) {
            self.deliver_at = None;
        }
        Some(event)
    }

    /// Makes sure that the queue is looked at when it has something.
    pub(crate) fn arm_queue(&mut self) {
        let Some(due) = self.queue.next_due().map(|due| due.max(self.now)) else { return };
        if self.deliver_at.is_none_or(|armed| due < armed) {
            self.deliver_at = Some(due);
            self.schedule(due, Event::Deliver);
        }
    }

    /// Makes sure that a remote side's webhooks are fetched when they are due.
    pub(crate) fn arm_webhooks(&mut self, side: Side) {
        if let Some(due) = self.remotes.next_due(side) {
            self.schedule(due, Event::Webhooks(side));
        }
    }

    /// Begins a call of the task that is polled now.
    pub(crate) fn begin(&mut self, call: Call) -> u64 {
        let fate = if self.is_down(&call) {
            fates::outage(&mut self.draws)
        } else {
            fates::draw(&call, &self.weather, &mut self.draws)
        };
        if fate.saves_ago > 0 {
            self.mark("store: stale read");
            if fate.saves_ago > 1 {
                self.mark("store: stale read, older than the last save but one");
            }
        }
        *self.figures.fates.entry((call.name(), fate.name)).or_default() += 1;
        incidents::doubt(self, &call, &fate);
        self.last_call += 1;
        let id = self.last_call;
        let ms = |while_: std::time::Duration| i64::try_from(while_.as_millis()).unwrap_or(i64::MAX);
        if let Some(after) = fate.happens_after {
            self.schedule(self.now + ms(after), Event::Happens(id));
        }
        self.schedule(self.now + ms(fate.answered_after), Event::Answered(id));
        let flying = Flying {
            task: self.polled,
            reply: fate.instead.clone(),
            happened: fate.happens_after.is_none(),
            name: call.name(),
            call: Some(call),
            fate,
            answered: false,
            taken: false,
        };
        self.flying.insert(id, flying);
        id
    }

    /// Whether this is a request that does not get through.
    fn is_down(&mut self, call: &Call) -> bool {
        let (Some(outage), Call::Http(request, _)) = (&self.outage, call) else { return false };
        let down = Side::of(request) == Some(outage.side) && outage.during.contains(&self.now);
        if down && outage.side == Side::Zendesk && self.now - outage.during.start > KEYS_REMEMBERED {
            self.mark("outage: longer than the helpdesk remembers keys");
        }
        down
    }

    pub(crate) fn take_reply(&mut self, call: u64) -> Option<Reply> {
        let flying = self.flying.get_mut(&call)?;
        if !flying.answered {
            return None;
        }
        let reply = flying.reply.take().or_else(|| flying.call.as_ref().map(Call::failed))?;
        flying.taken = true;
        self.land(call);
        Some(reply)
    }

    /// Forgets a call that has happened and whose answer was taken. One that has yet to happen does so later.
    fn land(&mut self, call: u64) {
        if self.flying.get(&call).is_some_and(|flying| flying.happened && flying.taken) {
            self.flying.remove(&call);
        }
    }

    /// The task that a call belongs to, the call's name, and whether it has happened.
    pub(crate) fn about(&self, call: u64) -> Option<(TaskId, &'static str, bool)> {
        let flying = self.flying.get(&call)?;
        Some((flying.task, flying.name, flying.happened))
    }

    /// A call is answered: whoever waits for it may go on.
    pub(crate) fn answer(&mut self, call: u64) {
        if let Some(flying) = self.flying.get_mut(&call) {
            flying.answered = true;
        }
    }

    /// A call happens, whether or not anybody still waits for it.
    pub(crate) fn happen(&mut self, id: u64) {
        let Some(flying) = self.flying.get_mut(&id) else { return };
        flying.happened = true;
        let Some(call) = flying.call.take() else { return };
        let (saves_ago, task, fate) = (flying.fate.saves_ago, flying.task, flying.fate.name);
        let reply = self.carry_out(call, saves_ago, task, fate);
        if let Some(flying) = self.flying.get_mut(&id) {
            flying.reply.get_or_insert(reply);
        }
        self.land(id);
    }

    fn carry_out(&mut self, call: Call, saves_ago: u32, task: TaskId, fate: &'static str) -> Reply {
        match call {
            Call::Load(key) | Call::LoadLatest(key) => {
                let item = self.store.load(&key, saves_ago);
                let version = item.as_ref().map_or(0, |item| item.version);
                self.note(format_args!("t{task} load {key} {fate} -> version {version}"));
                Reply::Item(Ok(item))
            }
            Call::Save(key, bytes, expected) => {
                let saved = self.store.save(&key, &bytes, expected);
                match saved {
                    Ok(_) => {
                        marks::of_item(&bytes, expected == 0).into_iter().for_each(|mark| self.mark(mark));
                    }
                    Err(_) => self.mark("store: conflict"),
                }
                let size = bytes.len();
                self.note(format_args!("t{task} save {key} {fate} over {expected}, {size} B -> {saved:?}"));
                Reply::Saved(saved)
            }
            Call::Hold(held) => {
                self.store.hold(&held);
                if held.kind == HeldKind::Parked {
                    let conversation = held.conversation.as_deref();
                    let conversation = conversation.map(|key| self.oracle.names.first_key(key));
                    self.oracle.parked.extend(conversation);
                    self.oracle.gave_up();
                }
                self.note(format_args!("t{task} hold {:?} {}: {}", held.kind, held.id, held.reason));
                Reply::Done(Ok(()))
            }
            Call::Held(kind, limit) => Reply::Records(Ok(self.store.held(kind, limit))),
            Call::Release(kind, id) => {
                self.store.release(kind, &id);
                self.note(format_args!("t{task} release {kind:?} {id}"));
                Reply::Done(Ok(()))
            }
            Call::Send(envelopes) => {
                let taken = self.queue.send(&envelopes, self.now);
                self.note(format_args!("t{task} queue takes {} of {}", taken.len(), envelopes.len()));
                for (seq, body) in taken {
                    self.oracle.queued(seq, &body);
                    note_what_is_led(self, &body);
                }
                self.arm_queue();
                Reply::Done(Ok(()))
            }
            Call::Finish(outcomes) => {
                self.queue.finish(&outcomes);
                self.note(format_args!("t{task} finish {outcomes:?}"));
                self.arm_queue();
                Reply::Done(Ok(()))
            }
            Call::Http(request, _) => Reply::Http(self.request(*request, task, fate)),
        }
    }

    fn request(&mut self, request: Request, task: TaskId, fate: &'static str) -> Answer {
        let sources = |source: &Request| match Side::of(source) {
            Some(side) => Answer::Response(self.remotes.handle(side, source, self.now)),
            None => Answer::NotSent,
        };
        match request.in_one_piece(sources) {
            Ok(request) => self.whole_request(&request, task, fate),
            Err(failure) => Answer::NotPiped(failure),
        }
    }

    fn whole_request(&mut self, request: &Request, task: TaskId, fate: &'static str) -> Answer {
        let Some(side) = Side::of(request) else { return Answer::NotSent };
        let response = self.remotes.handle(side, request, self.now);
        let (method, path, status) = (&request.method, request.url.path(), response.status);
        let size = response.body.len();
        self.trace.note(
            self.now - START,
            format_args!("t{task} {side:?} {method} {path} {fate} -> {status}, {size} B"),
        );
        if request.method != "GET" {
            self.applied(side, request, &response);
        }
        Answer::Response(match request.first_bytes {
            Some(bytes) => response.cut(bytes),
            None => response,
        })
    }

    fn applied(&mut self, side: Side, request: &Request, response: &Response) {
        if side.is_platform() && response.is_success() {
            let address = self.oracle.posted(side, request);
            address.into_iter().for_each(|address| check_address(self, &address));
        }
        if request.url.path().ends_with("/tickets") && response.is_success() && self.draws.below(5) == 4 {
            // An agent who sees a new ticket at once, perhaps before the bridge knows of it.
            let soon = i64::from(self.draws.below(60_000));
            self.schedule(self.now + soon, Event::Agent);
        }
        self.arm_webhooks(side);
    }

    /// How many calls were made.
    pub(crate) fn calls(&self) -> u64 {
        self.last_call
    }

    pub(crate) fn crashed(&mut self, call: &'static str, happened: bool) {
        *self.figures.crashes.entry((call, happened)).or_default() += 1;
    }
}
