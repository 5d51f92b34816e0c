//! One limit: what is left of its window, what is on its way, and whose slots come next.

use std::time::Duration;

use super::{Lane, Left};
use crate::Moment;

/// One limit of an account. Without anything heard it limits nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// So much is taken per window; 0 if nobody told.
    limit: u32,
    /// What is left, as far as was heard.
    left: u32,
    /// When that was.
    heard: Moment,
    ends: Moment,
    /// What was begun and is not over: its calls may not be counted yet.
    on_its_way: u32,
    /// When the slot behind the last one that is kept begins.
    next_slot: Moment,
    /// The window ended in a refusal, so the first call of the next one goes alone.
    refused: bool,
    /// When that call was begun.
    probe: Option<Moment>,
}

impl Window {
    /// Limits count by the minute.
    const LENGTH: Duration = Duration::from_secs(60);
    /// What the ordinary lane leaves at first, as a divisor of the limit.
    const RESERVE: u32 = 2;
    /// Slots are kept for so long ahead; who would have to wait longer asks again then.
    const SLOTS_AHEAD: Duration = Duration::from_secs(15 * 60);
    /// No answer takes longer.
    const PROBE_MAX: Duration = Duration::from_secs(30);
    /// Two answers of one window may differ by so much in when it ends.
    const BLUR: Duration = Duration::from_secs(5);
    /// Nobody is told to wait shorter.
    pub(super) const SHORTEST_WAIT: Duration = Duration::from_millis(100);

    pub(super) fn hear(&mut self, told: Left, now: Moment) {
        if told.limit == 0 {
            return;
        }
        let ends = now.plus(told.resets.unwrap_or(Self::LENGTH));
        // More is left than can be: another window has begun.
        let refilled = told.left > self.left.saturating_add(self.on_its_way + told.limit / 10);
        let begins = !self.lasts(now)
            || match told.resets {
                Some(_) => ends > self.ends.plus(Self::BLUR),
                None => refilled && !self.refused,
            };
        if begins {
            self.refused = false;
            self.probe = None;
            self.ends = ends;
            self.left = told.left;
        } else {
            // Answers overtake each other; the lowest number is the latest.
            self.left = self.left.min(told.left);
        }
        (self.limit, self.heard) = (told.limit, now);
    }

    /// Whether the window that was heard of lasts. A clock that was set back ends it.
    fn lasts(&self, now: Moment) -> bool {
        now < self.ends && self.heard <= now.plus(Self::BLUR)
    }

    /// When the slot behind the last one that is kept begins, if anybody waits.
    fn line_ends(&self, now: Moment) -> Option<Moment> {
        let waits = self.next_slot > now && self.next_slot <= now.plus(Self::SLOTS_AHEAD + Self::LENGTH);
        waits.then_some(self.next_slot)
    }

    pub(super) fn refuse(&mut self, wait: Duration, now: Moment) {
        self.left = 0;
        (self.heard, self.ends) = (now, now.plus(wait));
        self.refused = true;
        self.probe = None;
    }

    pub(super) fn enter(&mut self, need: u32, now: Moment) {
        self.on_its_way += need;
        if need > 0 && self.refused && !self.lasts(now) {
            self.probe = Some(now);
        }
    }

    pub(super) fn leave(&mut self, need: u32) {
        self.on_its_way = self.on_its_way.saturating_sub(need);
        if need > 0 && self.probe.take().is_some() {
            // It came through, and nobody told anything of limits.
            self.refused = false;
        }
    }

    /// When `need` may be begun; `None`: now.
    pub(super) fn opens(&self, lane: Lane, need: u32, waited: bool, now: Moment) -> Option<Moment> {
        if self.refused {
            let probing = self.probe.is_some_and(|begun| now.since(begun) < Self::PROBE_MAX);
            return match (self.lasts(now), probing) {
                (true, _) => Some(self.ends),
                (false, true) => Some(now.plus(Duration::from_secs(1))),
                (false, false) => None,
            };
        }
        let queues = lane == Lane::Ordinary && !waited;
        match self.room(lane, now) >= need {
            true => self.line_ends(now).filter(|_| queues),
            false => Some(self.refills(lane, need, now)),
        }
    }

    /// Whether its limit was used up, and nobody knows yet whether it is taken again.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// How much may be begun now.
    pub(super) fn room(&self, lane: Lane, now: Moment) -> u32 {
        if self.limit == 0 {
            return u32::MAX;
        }
        self.unused(now).saturating_sub(if lane == Lane::Ordinary { self.reserve(now) } else { 0 })
    }

    fn unused(&self, now: Moment) -> u32 {
        let left = if self.lasts(now) { self.left } else { self.limit };
        left.saturating_sub(self.on_its_way)
    }

    /// What the ordinary lane leaves at this moment of the window.
    fn reserve(&self, now: Moment) -> u32 {
        let ahead = if self.lasts(now) { self.ends.since(now).min(Self::LENGTH) } else { Self::LENGTH };
        share(self.limit / Self::RESERVE, ahead)
    }

    /// When there will be room: when enough of the reserve is free, or in the next window.
    fn refills(&self, lane: Lane, need: u32, now: Moment) -> Moment {
        let spare = self.unused(now).saturating_sub(need);
        let reserve = (self.limit / Self::RESERVE).max(1);
        if !self.lasts(now) {
            return now.plus(Duration::from_secs(1));
        }
        if lane == Lane::Urgent || self.unused(now) < need {
            return self.ends;
        }
        self.ends.minus(Self::LENGTH.mul_f64(f64::from(spare.min(reserve)) / f64::from(reserve)))
    }

    /// Keeps the next free slot from `at` on for somebody who has to wait; gives when it is.
    pub(super) fn keep_slot(&mut self, lane: Lane, need: u32, at: Moment, now: Moment) -> Moment {
        if lane == Lane::Urgent || self.limit == 0 {
            return at;
        }
        let last = now.plus(Self::SLOTS_AHEAD);
        let slot = self.line_ends(now).map_or(at, |line| line.max(at));
        if slot >= last {
            return last.max(at);
        }
        self.next_slot = slot.plus(Self::LENGTH.mul_f64(f64::from(need) / f64::from(self.limit)));
        slot
    }
}

/// The part of an amount per window that belongs to a while of it, rounded up.
fn share(amount: u32, of: Duration) -> u32 {
    let part = u64::from(amount) * u64::try_from(of.as_millis()).unwrap_or(u64::MAX);
    u32::try_from(part.div_ceil(60_000)).unwrap_or(u32::MAX)
}
