//! Which groups are with the consumer now. In memory only: after a crash nothing is claimed, so everything comes again.

use std::collections::HashMap;

use deskbridge_core::Moment;
use deskbridge_core::pace::Lane;
use rusqlite::{Connection, params};

/// Names one claim of one delivery, to finish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// The delivery's place in the queue.
    pub seq: i64,
    /// How often it was claimed when this receipt was made; so an older receipt differs from a newer one.
    pub receives: u32,
    /// The latest delivery of its group then; what came later was not seen when it was put off.
    pub newest: i64,
}

/// The claims of this process.
///
/// How often a delivery was claimed is written along with the next commit, whosever it is, so a claim costs no fsync of
/// its own. A crash before that commit forgets the claim, which had then changed nothing.
#[derive(Default)]
pub(super) struct Claims {
    groups: HashMap<String, Busy>,
    deliveries: HashMap<i64, (u32, String)>,
    uncounted: HashMap<i64, u32>,
    /// How many groups were taken up.
    groups_taken: u32,
}

struct Busy {
    until: Moment,
    outstanding: Vec<i64>,
}

pub(super) const COUNT: &str = "UPDATE queue SET receives = receives + ?2 WHERE seq = ?1";

impl Claims {
    /// Forgets claims whose lease ran out.
    pub(super) fn expire(&mut self, now: Moment) {
        for (_, expired) in self.groups.extract_if(|_, busy| busy.until <= now) {
            for seq in expired.outstanding {
                self.deliveries.remove(&seq);
            }
        }
    }

    /// The lane to take the next group from, if it has any.
    pub(super) fn next_lane(&mut self) -> Lane {
        self.groups_taken = self.groups_taken.wrapping_add(1);
        Lane::first_for(self.groups_taken)
    }

    /// Whether the group is with the consumer.
    pub(super) fn is_busy(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// When the first lease runs out.
    pub(super) fn first_lease_end(&self) -> Option<Moment> {
        self.groups.values().map(|busy| busy.until).min()
    }

    /// Records a claim of deliveries of a group that is not busy, given with how often each was claimed according to the file, and of the
    /// latest delivery of the group. Returns the receipts, in the same order.
    pub(super) fn claim(
        &mut self,
        group: &str,
        deliveries: &[(i64, u32)],
        newest: i64,
        until: Moment,
    ) -> Vec<Receipt> {
        let receipts: Vec<Receipt> = deliveries
            .iter()
            .map(|&(seq, stored)| {
                let uncounted = self.uncounted.entry(seq).or_default();
                *uncounted += 1;
                Receipt { seq, receives: stored.saturating_add(*uncounted), newest }
            })
            .collect();
        for receipt in &receipts {
            self.deliveries.insert(receipt.seq, (receipt.receives, group.to_owned()));
        }
        let outstanding = receipts.iter().map(|receipt| receipt.seq).collect();
        self.groups.insert(group.to_owned(), Busy { until, outstanding });
        receipts
    }

    /// Ends the claim of one delivery; the last one frees its group. An outdated receipt ends nothing.
    pub(super) fn settle(&mut self, receipt: Receipt) {
        let Some((receives, group)) = self.deliveries.get(&receipt.seq) else { return };
        if *receives != receipt.receives {
            return;
        }
        if let Some(busy) = self.groups.get_mut(group) {
            busy.outstanding.retain(|seq| *seq != receipt.seq);
            if busy.outstanding.is_empty() {
                self.groups.remove(group);
            }
        }
        self.deliveries.remove(&receipt.seq);
    }

    /// Writes how often deliveries were claimed since the last commit.
    pub(super) fn count(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(COUNT)?;
        for (seq, times) in &self.uncounted {
            statement.execute(params![seq, times])?;
        }
        Ok(())
    }

    /// What [`Claims::count`] wrote is committed.
    pub(super) fn counted(&mut self) {
        self.uncounted.clear();
    }

    pub(super) fn has_uncounted(&self) -> bool {
        !self.uncounted.is_empty()
    }
}
