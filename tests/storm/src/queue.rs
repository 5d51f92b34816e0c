//! The queue in memory, as each shape has it: with lanes, as in the embedded store, or first in, first out, as on AWS.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use deskbridge_core::pace::Lane;
use deskbridge_engine::{Envelope, HeldBack};

/// What waits in a group.
pub(crate) struct Message {
    seq: u64,
    lane: Lane,
    body: Arc<str>,
    receives: u32,
    visible_at: i64,
}

/// One message as a consumer got it.
pub(crate) struct Received {
    pub(crate) seq: u64,
    pub(crate) body: Arc<str>,
    pub(crate) receives: u32,
}

/// What a consumer got of one group.
pub(crate) struct Batch {
    pub(crate) group: Arc<str>,
    pub(crate) messages: Vec<Received>,
}

struct Group {
    account: Arc<str>,
    messages: VecDeque<Message>,
    busy: bool,
    /// Its place among the others: when it is due, and behind whom.
    turn: (i64, u64),
    lane: Lane,
}

/// When a group is due, behind whom, and its name.
type Place = (i64, u64, Arc<str>);

/// The queue.
pub(crate) struct Queue {
    has_lanes: bool,
    groups: HashMap<Arc<str>, Group>,
    turns: BTreeMap<(Lane, Arc<str>), BTreeSet<Place>>,
    known: HashSet<String>,
    last: u64,
    taken: u32,
    waiting: Vec<Waker>,
    /// The most and the sum of receives of what is done.
    pub(crate) receives_max: u32,
    pub(crate) receives: u64,
    pub(crate) done: u64,
}

impl Queue {
    pub(crate) fn new(has_lanes: bool) -> Self {
        Self {
            has_lanes,
            groups: HashMap::new(),
            turns: BTreeMap::new(),
            known: HashSet::new(),
            last: 0,
            taken: 0,
            waiting: Vec::new(),
            receives_max: 0,
            receives: 0,
            done: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Wakes that consumer at the next change.
    pub(crate) fn wake(&mut self, consumer: &Waker) {
        self.waiting.push(consumer.clone());
    }

    pub(crate) fn tell_news(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }

    /// Takes what is new. `is_known`: whether a conversation of that name is remembered.
    pub(crate) fn send(&mut self, envelopes: &[Envelope], is_known: impl Fn(&str) -> bool, now: i64) {
        for envelope in envelopes {
            if !self.known.insert(envelope.id.clone()) {
                continue;
            }
            self.last += 1;
            let lane = if self.has_lanes { envelope.lane(is_known(&envelope.group)) } else { Lane::Ordinary };
            let message = Message {
                seq: self.last,
                lane,
                body: envelope.encode().into(),
                receives: 0,
                visible_at: now,
            };
            let name: Arc<str> = envelope.group.as_str().into();
            let account: Arc<str> = if self.has_lanes { envelope.account.as_str().into() } else { "".into() };
            let group = self.groups.entry(Arc::clone(&name)).or_insert_with(|| Group {
                account,
                messages: VecDeque::new(),
                busy: false,
                turn: (now, message.seq),
                lane,
            });
            let before = (group.lane, group.turn);
            group.messages.push_back(message);
            if lane < group.lane {
                group.lane = lane;
                group.turn.0 = group.turn.0.min(now);
                group.messages.iter_mut().for_each(|one| one.visible_at = one.visible_at.min(now));
            }
            let (account, after, busy) = (Arc::clone(&group.account), (group.lane, group.turn), group.busy);
            if !busy {
                self.unfile(&name, &account, before);
                self.file(&name, &account, after);
            }
        }
        self.tell_news();
    }

    fn file(&mut self, name: &Arc<str>, account: &Arc<str>, (lane, turn): (Lane, (i64, u64))) {
        let turns = self.turns.entry((lane, Arc::clone(account))).or_default();
        turns.insert((turn.0, turn.1, Arc::clone(name)));
    }

    fn unfile(&mut self, name: &Arc<str>, account: &Arc<str>, (lane, turn): (Lane, (i64, u64))) {
        if let Some(turns) = self.turns.get_mut(&(lane, Arc::clone(account))) {
            turns.remove(&(turn.0, turn.1, Arc::clone(name)));
        }
    }

    /// The groups of a lane that may be taken up now, in their turn.
    fn due(&self, lane: Lane, now: i64, most: usize, held: &HeldBack) -> VecDeque<Arc<str>> {
        let mut due: Vec<&Place> = Vec::new();
        for ((of_lane, account), turns) in &self.turns {
            if *of_lane == lane {
                let room = held.room(account, lane).min(most);
                due.extend(turns.iter().take_while(|(at, ..)| *at <= now).take(room));
            }
        }
        due.sort_unstable();
        due.into_iter().map(|(.., name)| Arc::clone(name)).collect()
    }

    /// Takes up groups, each with at most so many messages, and at most so many in all.
    pub(crate) fn claim(
        &mut self,
        now: i64,
        groups_max: usize,
        messages_max: usize,
        held: &HeldBack,
    ) -> Vec<Batch> {
        let mut urgent = self.due(Lane::Urgent, now, groups_max, held);
        let mut ordinary = self.due(Lane::Ordinary, now, groups_max, held);
        let mut batches: Vec<Batch> = Vec::new();
        let mut messages = 0;
        while batches.len() < groups_max && (self.has_lanes || messages < messages_max) {
            let first = Lane::first_for(self.taken);
            let mut next =
                |lane| if lane == Lane::Urgent { urgent.pop_front() } else { ordinary.pop_front() };
            let Some(name) = [first, Lane::Urgent, Lane::Ordinary].into_iter().find_map(&mut next) else {
                break;
            };
            self.taken = self.taken.wrapping_add(1);
            let most = if self.has_lanes { messages_max } else { messages_max - messages };
            let batch = self.take(&name, now, most);
            messages += batch.messages.len();
            batches.push(batch);
        }
        batches
    }

    fn take(&mut self, name: &Arc<str>, now: i64, most: usize) -> Batch {
        let Some(group) = self.groups.get_mut(name) else {
            return Batch { group: Arc::clone(name), messages: Vec::new() };
        };
        group.busy = true;
        let due = group.messages.iter_mut().take_while(|one| one.visible_at <= now).take(most);
        let messages = due
            .map(|one| {
                one.receives += 1;
                Received { seq: one.seq, body: Arc::clone(&one.body), receives: one.receives }
            })
            .collect();
        let (account, place) = (Arc::clone(&group.account), (group.lane, group.turn));
        self.unfile(name, &account, place);
        Batch { group: Arc::clone(name), messages }
    }

    /// Ends a claim: each message is done, or comes again at that time.
    pub(crate) fn finish(&mut self, name: &Arc<str>, outcomes: &[(u64, Option<i64>)], now: i64) {
        let Some(group) = self.groups.get_mut(name) else { return };
        for (seq, again_at) in outcomes {
            let Some(at) = group.messages.iter().position(|one| one.seq == *seq) else { continue };
            match again_at {
                Some(again_at) => group.messages[at].visible_at = *again_at,
                None => {
                    let done = group.messages.remove(at);
                    let receives = done.map_or(0, |done| done.receives);
                    self.receives_max = self.receives_max.max(receives);
                    self.receives += u64::from(receives);
                    self.done += 1;
                }
            }
        }
        group.busy = false;
        match group.messages.front() {
            None => drop(self.groups.remove(name)),
            Some(head) => {
                group.turn = (head.visible_at.max(now), head.seq);
                group.lane = group.messages.iter().map(|one| one.lane).min().unwrap_or(Lane::Ordinary);
                let (account, place) = (Arc::clone(&group.account), (group.lane, group.turn));
                self.file(name, &account, place);
            }
        }
        self.tell_news();
    }

    /// When there will be something to take up that is not held back.
    pub(crate) fn next_due(&self, held: &HeldBack) -> Option<i64> {
        let open = self.turns.iter().filter(|((lane, account), _)| held.room(account, *lane) > 0);
        let next = open.filter_map(|(_, turns)| turns.first().map(|(at, ..)| *at)).min();
        next.into_iter().chain(held.until.map(|until| until.0)).min()
    }
}
