//! The queue's other side: claim deliveries in order, finish them, wait for more.

use std::collections::BTreeSet;
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_engine::ports::Fault;
use rusqlite::{Connection, OptionalExtension, params};

use super::Sqlite;
use super::claims::Receipt;
use super::queue::set_head;
use super::writer::{Changes, Desk};

/// One delivery that is with the consumer now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Its place in the queue.
    pub seq: i64,
    /// Its group.
    pub group: String,
    /// The envelope, as [`deskbridge_engine::Envelope::encode`] wrote it.
    pub body: String,
    /// How often it was claimed, this time included: at least 1.
    pub receives: u32,
    /// When the door took it.
    pub received_at: Moment,
}

impl Claimed {
    /// Names this claim, to finish it.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        Receipt { seq: self.seq, receives: self.receives }
    }
}

/// What becomes of a claimed delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settle {
    /// It is finished and leaves the queue.
    Done,
    /// It must come again. Until then it holds back what is behind it in its group.
    Again {
        /// Not before this much later.
        after: Duration,
        /// Why, for the operator; never content.
        why: String,
    },
}

pub(super) const DUE: &str = "SELECT grp FROM heads WHERE visible_at <= ?1 ORDER BY visible_at, seq";
pub(super) const BATCH: &str =
    "SELECT seq, body, receives, received_at, visible_at FROM queue WHERE grp = ?1 ORDER BY seq LIMIT ?2";
pub(super) const NEXT: &str = "SELECT grp, visible_at FROM heads ORDER BY visible_at, seq";
pub(super) const DONE: &str = "DELETE FROM queue WHERE seq = ?1 RETURNING grp";
pub(super) const AGAIN: &str =
    "UPDATE queue SET visible_at = ?3, why = ?4 WHERE seq = ?1 AND receives = ?2 RETURNING grp";

impl Sqlite {
    /// Claims deliveries of at most `groups_max` groups, at most `per_group_max` of each: one list per group, each in the
    /// order in which its events were sent. The groups that have waited longest come first.
    ///
    /// A group whose first delivery is not due, or that is claimed already, is left out. A claim that is not finished
    /// within `lease` counts as abandoned and is made again; so the lease must be longer than the work.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn claim(
        &self,
        groups_max: usize,
        per_group_max: usize,
        lease: Duration,
    ) -> Result<Vec<Vec<Claimed>>, Fault> {
        self.at_desk("claiming deliveries", move |desk| claim(desk, groups_max, per_group_max, lease)).await
    }

    /// Finishes deliveries; durable once it returns. A group can be claimed again when all its claimed deliveries are
    /// finished. An outdated receipt (the lease ran out and somebody else has the delivery now) still takes a finished
    /// delivery out of the queue, but cannot put off the other's.
    ///
    /// # Errors
    /// When it could not be written. The deliveries then come again after their lease.
    pub async fn finish(&self, outcomes: Vec<(Receipt, Settle)>) -> Result<(), Fault> {
        let now = self.now();
        self.write("finishing deliveries", move |connection, changes| {
            finish(connection, changes, &outcomes, now)
        })
        .await
    }

    /// When the next delivery can be claimed: now or earlier if one can be already, `None` if nothing waits.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn next_visible(&self) -> Result<Option<Moment>, Fault> {
        self.at_desk("looking for the next delivery", next_visible).await
    }

    /// Waits until there may be something to claim: a delivery was sent, became due or was freed. For one consumer, which
    /// claims until it gets nothing and then waits; nothing that happens in between is missed. Returns at once while
    /// something can be claimed, so a consumer that has its hands full must wait for its own work instead.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn wait(&self) -> Result<(), Fault> {
        let news = self.inner.meters.work.notified();
        let Some(next) = self.next_visible().await? else {
            news.await;
            return Ok(());
        };
        let pause = next.since(self.now());
        // Time out or news: either way the consumer looks again.
        let _ = tokio::time::timeout(pause, news).await;
        Ok(())
    }
}

fn claim(
    desk: &mut Desk,
    groups_max: usize,
    per_group_max: usize,
    lease: Duration,
) -> rusqlite::Result<Vec<Vec<Claimed>>> {
    let now = desk.now();
    desk.claims.expire(now);
    let limit = i64::try_from(per_group_max).unwrap_or(i64::MAX);
    let mut batches = Vec::new();
    for group in due_groups(desk, groups_max, now)? {
        let batch = first_of(&desk.connection, &group, limit, now)?;
        if !batch.is_empty() {
            batches.push(batch);
        }
    }
    // Nothing can fail from here on, so no group is left claimed by nobody.
    for batch in &mut batches {
        let counts: Vec<(i64, u32)> = batch.iter().map(|one| (one.seq, one.receives)).collect();
        let receipts = desk.claims.claim(&batch[0].group, &counts, now.plus(lease));
        for (one, receipt) in batch.iter_mut().zip(receipts) {
            one.receives = receipt.receives;
        }
    }
    Ok(batches)
}

/// Passes over the busy groups only, which are few; never over all that wait.
fn due_groups(desk: &Desk, groups_max: usize, now: Moment) -> rusqlite::Result<Vec<String>> {
    let mut groups = Vec::new();
    let mut statement = desk.connection.prepare_cached(DUE)?;
    let mut rows = statement.query([now.0])?;
    while groups.len() < groups_max
        && let Some(row) = rows.next()?
    {
        let group: String = row.get(0)?;
        if !desk.claims.is_busy(&group) {
            groups.push(group);
        }
    }
    Ok(groups)
}

fn first_of(connection: &Connection, group: &str, limit: i64, now: Moment) -> rusqlite::Result<Vec<Claimed>> {
    let mut statement = connection.prepare_cached(BATCH)?;
    let mut rows = statement.query(params![group, limit])?;
    let mut batch = Vec::new();
    while let Some(row) = rows.next()? {
        let visible_at: i64 = row.get(4)?;
        if visible_at > now.0 {
            break;
        }
        batch.push(Claimed {
            seq: row.get(0)?,
            group: group.to_owned(),
            body: row.get(1)?,
            receives: row.get(2)?,
            received_at: Moment(row.get(3)?),
        });
    }
    Ok(batch)
}

fn finish(
    connection: &Connection,
    changes: &mut Changes,
    outcomes: &[(Receipt, Settle)],
    now: Moment,
) -> rusqlite::Result<()> {
    let mut groups = BTreeSet::new();
    for (receipt, settle) in outcomes {
        let group: Option<String> = match settle {
            Settle::Done => {
                let mut done = connection.prepare_cached(DONE)?;
                let group = done.query_row([receipt.seq], |row| row.get(0)).optional()?;
                changes.finished += u64::from(group.is_some());
                group
            }
            Settle::Again { after, why } => {
                let row = params![receipt.seq, receipt.receives, now.plus(*after).0, why];
                connection.prepare_cached(AGAIN)?.query_row(row, |row| row.get(0)).optional()?
            }
        };
        groups.extend(group);
        changes.settled.push(*receipt);
    }
    for group in &groups {
        set_head(connection, group, now)?;
    }
    changes.wake = true;
    Ok(())
}

fn next_visible(desk: &mut Desk) -> rusqlite::Result<Option<Moment>> {
    let now = desk.now();
    desk.claims.expire(now);
    let mut statement = desk.connection.prepare_cached(NEXT)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let group: String = row.get(0)?;
        if !desk.claims.is_busy(&group) {
            let waiting = Moment(row.get(1)?);
            return Ok(Some(desk.claims.first_lease_end().map_or(waiting, |end| waiting.min(end))));
        }
    }
    Ok(desk.claims.first_lease_end())
}
