//! The operator's view of the queue: what must come again and why, and trying it now.

use std::sync::atomic::Ordering;
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_engine::ports::Fault;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::Sqlite;
use super::memory::group_hash;

/// A group whose first delivery failed and waits to be tried again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Waiting {
    /// The group.
    pub group: String,
    /// The account that the first delivery came for.
    pub account: String,
    /// How often it was claimed.
    pub receives: u32,
    /// Why it must come again.
    pub why: String,
    /// When the door took it.
    pub since: Moment,
    /// When it is tried again.
    pub visible_at: Moment,
    /// How many deliveries wait in this group, the first included.
    pub deliveries: u32,
}

/// What to try again now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Everything that waits.
    All,
    /// What came for one account.
    Account(String),
    /// One group.
    Group(String),
}

pub(super) const WAITING: &str = "SELECT h.grp, q.account, q.receives, q.why, q.received_at, h.visible_at \
     FROM queue q CROSS JOIN heads h ON h.grp = q.grp AND h.seq = q.seq \
     WHERE q.why IS NOT NULL ORDER BY q.seq LIMIT ?1";
/// Of a group, by its hash.
pub(super) const COUNT: &str = "SELECT count(*) FROM places WHERE grp = ?1";
pub(super) const RETRY_DELIVERIES: &str = "UPDATE queue SET visible_at = ?1 WHERE why IS NOT NULL AND visible_at > ?1 \
     AND (?2 IS NULL OR account = ?2) AND (?3 IS NULL OR grp = ?3)";
pub(super) const RETRY_HEADS: &str = "UPDATE heads SET visible_at = ?1 WHERE visible_at > ?1 \
     AND (?3 IS NULL OR grp = ?3) \
     AND (?2 IS NULL OR EXISTS (SELECT 1 FROM queue q WHERE q.seq = heads.seq AND q.account = ?2))";
pub(super) const OLDEST: &str = "SELECT received_at FROM queue ORDER BY seq LIMIT 1";

impl Sqlite {
    /// The groups that wait to be tried again, those that came first at the top, at most `limit`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // On the writer's thread, which knows where the deliveries of a group are.
        self.at_desk("reading what waits", move |desk| {
            let mut statement = desk.connection.prepare_cached(WAITING)?;
            let mut count = desk.connection.prepare_cached(COUNT)?;
            statement.query_map([limit], |row| waiting(row, &mut count))?.collect::<rusqlite::Result<_>>()
        })
        .await
    }

    /// Makes what waits due now. Returns how many groups that concerns.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn retry_now(&self, what: Retry) -> Result<usize, Fault> {
        let now = self.now();
        let (account, group) = match what {
            Retry::All => (None, None),
            Retry::Account(account) => (Some(account), None),
            Retry::Group(group) => (None, Some(group)),
        };
        self.write("trying again what waits", move |connection, changes| {
            connection.prepare_cached(RETRY_DELIVERIES)?.execute(params![now.0, account, group])?;
            let groups = connection.prepare_cached(RETRY_HEADS)?.execute(params![now.0, account, group])?;
            changes.wake = groups > 0;
            Ok(groups)
        })
        .await
    }

    /// How many deliveries are in the queue, claimed ones included.
    #[must_use]
    pub fn depth(&self) -> u64 {
        let meters = &self.inner.meters;
        let in_and_before = meters.at_start.load(Ordering::Relaxed) + meters.taken.load(Ordering::Relaxed);
        in_and_before.saturating_sub(meters.finished.load(Ordering::Relaxed))
    }

    /// How many deliveries are unaccounted for: those that were there at the start or were taken since, minus those that
    /// were finished and those that are really in the file. Anything but 0 is a bug.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn unaccounted(&self) -> Result<i64, Fault> {
        // On the writer's thread, so that the counters and the file agree.
        let inside = self.at_desk("counting deliveries", |desk| count(&desk.connection)).await?;
        let expected = i64::try_from(self.depth()).unwrap_or(i64::MAX);
        Ok(expected - i64::try_from(inside).unwrap_or(i64::MAX))
    }

    /// How long the oldest delivery is in the queue; `None` if it is empty.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn oldest_age(&self) -> Result<Option<Duration>, Fault> {
        let now = self.now();
        let oldest: Option<i64> = self
            .read("looking for the oldest delivery", |connection| {
                connection.prepare_cached(OLDEST)?.query_row([], |row| row.get(0)).optional()
            })
            .await?;
        Ok(oldest.map(|received_at| now.since(Moment(received_at))))
    }
}

fn waiting(row: &rusqlite::Row<'_>, count: &mut CachedStatement<'_>) -> rusqlite::Result<Waiting> {
    let group: String = row.get(0)?;
    let deliveries = count.query_row([group_hash(&group)], |row| row.get(0))?;
    Ok(Waiting {
        group,
        account: row.get(1)?,
        receives: row.get(2)?,
        why: row.get(3)?,
        since: Moment(row.get(4)?),
        visible_at: Moment(row.get(5)?),
        deliveries,
    })
}

/// Counts the queue once, when the file is opened; later the writer keeps count.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT count(*) FROM queue", [], |row| row.get(0))
}
