//! Batches of the queue on their way to workers.

use std::sync::Arc;

use deskbridge_core::Moment;

use crate::queue::RECEIVES_MAX;
use crate::run::{End, Run, WORKERS};
use crate::work::work;
use crate::world::Event;

/// A worker with a time limit is killed after this, in milliseconds.
const TIME_LIMIT: i64 = 60_000;
/// What AWS advises: six times the time limit.
const VISIBILITY: i64 = 6 * TIME_LIMIT;
/// How long a claim lasts where workers have no time limit.
const LEASE: i64 = 15 * 60_000;

impl Run {
    pub(crate) fn deliver(&mut self) {
        for process in WORKERS..self.processes.len() {
            if !self.processes[process].alive || self.processes[process].busy {
                continue;
            }
            let visibility = if self.topology.limited { VISIBILITY } else { LEASE };
            let mut state = self.world.state();
            let now = state.now;
            for group in state.queue.bury(now) {
                if state.queue.receives_max >= RECEIVES_MAX {
                    state.oracle.breaks("I11: the queue gives a delivery up".to_owned());
                }
                let group = state.oracle.names.first_key(&group);
                // What is put back comes later than what came after it.
                if self.topology.outlasts_keys() {
                    state.oracle.forgotten.insert(group.clone());
                }
                state.oracle.parked.insert(group);
                state.mark("dead letter");
            }
            let batch = state.queue.claim(now, self.topology.groups_at_once, self.topology.batch, visibility);
            if batch.is_empty() {
                break;
            }
            let seqs: Vec<(u64, u32)> = batch.iter().map(|one| (one.seq, one.receives)).collect();
            let claimed: Vec<u64> = batch.iter().map(|one| one.seq).collect();
            self.in_hand.retain(|task, _| self.tasks.contains_key(task));
            if self.in_hand.values().flatten().any(|seq| claimed.contains(seq)) {
                state.mark("delivery: again while the first is in hand");
            }
            self.in_hand.insert(self.last_task + 1, claimed);
            state.note(format_args!("worker {process} claims {seqs:?} as t{}", self.last_task + 1));
            let until = self.topology.limited.then_some(now + TIME_LIMIT);
            drop(state);
            let skew = self.processes[process].skew_ms;
            let bridge = Arc::clone(&self.processes[process].bridge);
            self.processes[process].busy = true;
            let limit = until.map(|until| Moment(until + skew));
            let task = self.spawn(process, None, async move {
                work(bridge, batch, limit).await;
                End::Other
            });
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
}
