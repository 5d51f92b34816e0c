//! The queue's other side: claim deliveries in order, finish them, wait for more.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::pace::Lane;
use deskbridge_engine::HeldBack;
use deskbridge_engine::ports::Fault;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Sqlite;
use super::claims::Receipt;
use super::memory::{self, group_hash};
use super::queue::{set_head, wake};
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
    newest: i64,
}

impl Claimed {
    /// Names this claim, to finish it.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        Receipt { seq: self.seq, receives: self.receives, newest: self.newest }
    }
}

/// What becomes of a claimed delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settle {
    /// It is finished and leaves the queue.
    Done,
    /// It must come again. Until then it holds back what is behind it in its group; unless that became urgent meanwhile: then it comes
    /// again at once, so that whoever asks for it next knows of that.
    Again {
        /// Not before this much later.
        after: Duration,
        /// Why, for the operator; never content.
        why: String,
    },
}

pub(super) const NEXT_ACCOUNT: &str =
    "SELECT account FROM heads WHERE lane = ?1 AND account > ?2 ORDER BY account LIMIT 1";
pub(super) const TURN: &str =
    "SELECT grp, visible_at, seq FROM heads WHERE lane = ?1 AND account = ?2 ORDER BY visible_at, seq";
pub(super) const BATCH: &str = "SELECT q.seq, q.body, q.receives, q.received_at, q.visible_at FROM places p CROSS JOIN queue q ON q.seq = p.seq \
     WHERE p.grp = ?2 AND q.grp = ?1 ORDER BY p.seq LIMIT ?3";
pub(super) const NEWEST: &str = "SELECT q.seq FROM places p CROSS JOIN queue q ON q.seq = p.seq \
     WHERE p.grp = ?2 AND q.grp = ?1 ORDER BY p.seq DESC LIMIT 1";
pub(super) const DONE: &str = "DELETE FROM queue WHERE seq = ?1 RETURNING grp, lane";
pub(super) const AGAIN: &str =
    "UPDATE queue SET visible_at = ?3, why = ?4 WHERE seq = ?1 AND receives = ?2 RETURNING grp, lane";
pub(super) const URGENT_SINCE: &str = "SELECT 1 FROM places p CROSS JOIN queue q ON q.seq = p.seq \
     WHERE p.grp = ?2 AND p.lane = 0 AND p.seq > ?3 AND q.grp = ?1";

impl Sqlite {
    /// Claims deliveries of at most `groups_max` groups, at most `per_group_max` of each: one list per group, each in the
    /// order in which its events were sent. Urgent groups go first (of four groups one is an ordinary one, if any is due), and of
    /// each lane those that have waited longest. What is held back stays where it is.
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
        held: HeldBack,
    ) -> Result<Vec<Vec<Claimed>>, Fault> {
        let work = move |desk: &mut Desk| claim(desk, groups_max, per_group_max, lease, &held);
        self.at_desk("claiming deliveries", work).await
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

    /// When the next delivery can be claimed that is not held back: now or earlier if one can be already, `None` if nothing waits.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn next_visible(&self, held: HeldBack) -> Result<Option<Moment>, Fault> {
        self.at_desk("looking for the next delivery", move |desk| next_visible(desk, &held)).await
    }

    /// Waits until there may be something to claim: a delivery was sent, became due, was freed, or is held back no longer. For one consumer, which
    /// claims until it gets nothing and then waits; nothing that happens in between is missed. Returns at once while
    /// something can be claimed, so a consumer that has its hands full must wait for its own work instead.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn wait(&self, held: HeldBack) -> Result<(), Fault> {
        let news = self.inner.meters.work.notified();
        let until = held.until;
        let next = self.next_visible(held).await?;
        let Some(next) = next.into_iter().chain(until).min() else {
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
    held: &HeldBack,
) -> rusqlite::Result<Vec<Vec<Claimed>>> {
    let now = desk.now();
    desk.claims.expire(now);
    let limit = i64::try_from(per_group_max).unwrap_or(i64::MAX);
    let mut batches = Vec::new();
    for group in due_groups(desk, groups_max, now, held)? {
        let batch = first_of(&desk.connection, &group, limit, now)?;
        if !batch.is_empty() {
            batches.push(batch);
        }
    }
    // Nothing can fail from here on, so no group is left claimed by nobody.
    for batch in &mut batches {
        let counts: Vec<(i64, u32)> = batch.iter().map(|one| (one.seq, one.receives)).collect();
        let receipts = desk.claims.claim(&batch[0].group, &counts, batch[0].newest, now.plus(lease));
        for (one, receipt) in batch.iter_mut().zip(receipts) {
            one.receives = receipt.receives;
        }
    }
    Ok(batches)
}

/// The groups to take up: in turns from the lanes, and in each the one that has waited longest.
fn due_groups(
    desk: &mut Desk,
    groups_max: usize,
    now: Moment,
    held: &HeldBack,
) -> rusqlite::Result<Vec<String>> {
    let mut lanes = BTreeMap::new();
    for lane in [Lane::Urgent, Lane::Ordinary] {
        lanes.insert(lane, due_in(desk, lane, groups_max, now, held)?);
    }
    let mut groups = Vec::new();
    while groups.len() < groups_max {
        let first = desk.claims.next_lane();
        let mut in_turn = [first, Lane::Urgent, Lane::Ordinary].into_iter();
        let Some(group) = in_turn.find_map(|lane| lanes.get_mut(&lane).and_then(VecDeque::pop_front)) else {
            break;
        };
        groups.push(group);
    }
    Ok(groups)
}

/// The groups of a lane that are due, those that have waited longest first. Passes over the busy groups only, which are few; never over
/// all that wait.
fn due_in(
    desk: &Desk,
    lane: Lane,
    groups_max: usize,
    now: Moment,
    held: &HeldBack,
) -> rusqlite::Result<VecDeque<String>> {
    let mut due: Vec<(Moment, i64, String)> = Vec::new();
    for account in accounts_in(&desk.connection, lane)? {
        let room = held.room(&account, lane).min(groups_max);
        let of_account = first_heads(desk, lane, &account, room)?;
        due.extend(of_account.into_iter().filter(|(visible_at, ..)| *visible_at <= now));
    }
    due.sort_unstable();
    Ok(due.into_iter().map(|(_, _, group)| group).collect())
}

/// The accounts of which anything waits in a lane.
fn accounts_in(connection: &Connection, lane: Lane) -> rusqlite::Result<Vec<String>> {
    let mut accounts = Vec::new();
    let mut statement = connection.prepare_cached(NEXT_ACCOUNT)?;
    let mut next = |before: Option<&String>| {
        let account = before.map_or("", String::as_str);
        statement.query_row(params![lane.number(), account], |row| row.get(0)).optional()
    };
    while let Some(account) = next(accounts.last())? {
        accounts.push(account);
    }
    Ok(accounts)
}

/// The heads of a lane and account that are not busy, at most so many.
fn first_heads(
    desk: &Desk,
    lane: Lane,
    account: &str,
    most: usize,
) -> rusqlite::Result<Vec<(Moment, i64, String)>> {
    let mut heads = Vec::new();
    let mut statement = desk.connection.prepare_cached(TURN)?;
    let mut rows = statement.query(params![lane.number(), account])?;
    while heads.len() < most
        && let Some(row) = rows.next()?
    {
        let group: String = row.get(0)?;
        if !desk.claims.is_busy(&group) {
            heads.push((Moment(row.get(1)?), row.get(2)?, group));
        }
    }
    Ok(heads)
}

fn first_of(connection: &Connection, group: &str, limit: i64, now: Moment) -> rusqlite::Result<Vec<Claimed>> {
    let hash = group_hash(group);
    let mut newest = connection.prepare_cached(NEWEST)?;
    let newest: Option<i64> = newest.query_row(params![group, hash], |row| row.get(0)).optional()?;
    let mut statement = connection.prepare_cached(BATCH)?;
    let mut rows = statement.query(params![group, hash, limit])?;
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
            newest: newest.unwrap_or_default(),
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
    let mut groups: BTreeMap<String, (Lane, i64)> = BTreeMap::new();
    for (receipt, settle) in outcomes {
        let found = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let settled: Option<(String, u8)> = match settle {
            Settle::Done => {
                let settled: Option<(String, u8)> =
                    connection.prepare_cached(DONE)?.query_row([receipt.seq], found).optional()?;
                if let Some((group, _)) = &settled {
                    memory::leave(connection, group, receipt.seq)?;
                    changes.finished += 1;
                }
                settled
            }
            Settle::Again { after, why } => {
                let row = params![receipt.seq, receipt.receives, now.plus(*after).0, why];
                connection.prepare_cached(AGAIN)?.query_row(row, found).optional()?
            }
        };
        if let Some((group, lane)) = settled {
            let lane = if lane == Lane::Urgent.number() { Lane::Urgent } else { Lane::Ordinary };
            let all = groups.entry(group).or_insert((lane, receipt.newest));
            *all = (all.0.min(lane), all.1.max(receipt.newest));
        }
        changes.settled.push(*receipt);
    }
    for (group, (lane, newest)) in &groups {
        let mut became_urgent = connection.prepare_cached(URGENT_SINCE)?;
        if *lane == Lane::Ordinary && became_urgent.exists(params![group, group_hash(group), newest])? {
            wake(connection, group, now)?;
        }
        set_head(connection, group, now)?;
    }
    changes.wake = true;
    Ok(())
}

fn next_visible(desk: &mut Desk, held: &HeldBack) -> rusqlite::Result<Option<Moment>> {
    let now = desk.now();
    desk.claims.expire(now);
    let mut next = None;
    for lane in [Lane::Urgent, Lane::Ordinary] {
        for account in accounts_in(&desk.connection, lane)? {
            let room = held.room(&account, lane).min(1);
            next = first_heads(desk, lane, &account, room)?.into_iter().map(|(at, ..)| at).chain(next).min();
        }
    }
    Ok(next.into_iter().chain(desk.claims.first_lease_end()).min())
}
