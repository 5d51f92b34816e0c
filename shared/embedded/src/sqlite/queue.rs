//! The queue's door: takes envelopes, drops second copies.

use deskbridge_core::Moment;
use deskbridge_core::pace::Lane;
use deskbridge_engine::ports::{Fault, Queue};
use deskbridge_engine::{Cargo, Envelope};
use rusqlite::{Connection, OptionalExtension, params};

use super::Sqlite;
use super::memory::{self, group_hash, id_hash};

const APPEND: &str = "INSERT INTO queue (id, grp, account, body, received_at, visible_at, lane) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const OPEN_GROUP: &str = "INSERT INTO heads (grp, seq, visible_at, lane, account) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (grp) DO NOTHING";
/// The group of a message is named as its conversation is.
pub(super) const IS_KNOWN: &str = "SELECT 1 FROM conversations WHERE key = ?1";
pub(super) const RAISE_GROUP: &str =
    "UPDATE heads SET lane = 0, visible_at = min(visible_at, ?2) WHERE grp = ?1 AND lane > 0";
pub(super) const WAKE_GROUP: &str = "UPDATE queue SET visible_at = ?3 \
     WHERE seq IN (SELECT seq FROM places WHERE grp = ?2) AND grp = ?1 AND visible_at > ?3";
pub(super) const FIRST: &str = "SELECT q.seq, q.visible_at, q.account, \
     NOT EXISTS (SELECT 1 FROM places u CROSS JOIN queue w ON w.seq = u.seq \
         WHERE u.grp = ?2 AND u.lane = 0 AND w.grp = ?1) \
     FROM places p CROSS JOIN queue q ON q.seq = p.seq WHERE p.grp = ?2 AND q.grp = ?1 ORDER BY p.seq LIMIT 1";
const SET_HEAD: &str = "INSERT INTO heads (grp, seq, visible_at, lane, account) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (grp) DO UPDATE SET seq = excluded.seq, visible_at = excluded.visible_at, lane = excluded.lane, \
     account = excluded.account";
const CLOSE_GROUP: &str = "DELETE FROM heads WHERE grp = ?1";

/// One envelope as it is stored.
struct Row {
    id: String,
    id_hash: [u8; 16],
    group: String,
    group_hash: i64,
    account: String,
    body: String,
    received_at: Moment,
    dedup: bool,
    lane: Lane,
    /// Its lane if its conversation is known.
    lane_if_known: Lane,
}

impl Queue for Sqlite {
    /// Takes all envelopes in one transaction. An event whose id was taken lately is dropped: the sender redelivered its webhook. (One that
    /// comes later than that is a duplicate to its conversation.) Bodies that were not understood always pass, since putting one back after an
    /// update gives the same id again, and keeping one twice changes nothing.
    async fn send(&self, envelopes: &[Envelope]) -> Result<(), Fault> {
        if envelopes.is_empty() {
            return Ok(());
        }
        let rows: Vec<Row> = envelopes.iter().map(Row::of).collect();
        let now = self.now();
        self.write("taking events into the queue", move |connection, changes| {
            let added = append(connection, &rows, now)?;
            changes.taken += added;
            changes.wake = added > 0;
            Ok(())
        })
        .await
    }
}

impl Row {
    fn of(envelope: &Envelope) -> Self {
        Self {
            id: envelope.id.clone(),
            id_hash: id_hash(&envelope.id),
            group_hash: group_hash(&envelope.group),
            group: envelope.group.clone(),
            account: envelope.account.clone(),
            body: envelope.encode(),
            received_at: envelope.received_at,
            dedup: matches!(envelope.cargo, Cargo::Event(_)),
            lane: envelope.lane(false),
            lane_if_known: envelope.lane(true),
        }
    }
}

impl Row {
    fn lane(&self, connection: &Connection) -> rusqlite::Result<Lane> {
        let depends = self.lane != self.lane_if_known;
        let is_known = depends && connection.prepare_cached(IS_KNOWN)?.exists([&self.group])?;
        Ok(if is_known { self.lane_if_known } else { self.lane })
    }
}

/// Returns how many were not second copies.
fn append(connection: &Connection, rows: &[Row], now: Moment) -> rusqlite::Result<u64> {
    let mut append = connection.prepare_cached(APPEND)?;
    let mut open_group = connection.prepare_cached(OPEN_GROUP)?;
    let mut added = 0;
    for row in rows {
        if row.dedup && memory::is_recent(connection, &row.id_hash)? {
            continue;
        }
        let lane = row.lane(connection)?;
        append.execute(params![
            row.id,
            row.group,
            row.account,
            row.body,
            row.received_at.0,
            now.0,
            lane.number()
        ])?;
        let seq = connection.last_insert_rowid();
        if row.dedup {
            memory::remember(connection, &row.id_hash, seq)?;
        }
        memory::place(connection, row.group_hash, seq, lane)?;
        let head = params![row.group, seq, now.0, lane.number(), row.account];
        if open_group.execute(head)? == 0 && lane == Lane::Urgent {
            raise(connection, &row.group, now)?;
        }
        added += 1;
    }
    Ok(added)
}

/// An ordinary group becomes urgent. It waits no longer, whatever it waited for: what must not be done yet is still not done then,
/// and is told again how long to wait.
fn raise(connection: &Connection, group: &str, now: Moment) -> rusqlite::Result<()> {
    if connection.prepare_cached(RAISE_GROUP)?.execute(params![group, now.0])? > 0 {
        wake(connection, group, now)?;
    }
    Ok(())
}

/// Nothing of this group waits for a later time any more.
pub(super) fn wake(connection: &Connection, group: &str, now: Moment) -> rusqlite::Result<()> {
    connection.prepare_cached(WAKE_GROUP)?.execute(params![group, group_hash(group), now.0]).map(|_| ())
}

/// Sets the head of a group anew after its deliveries changed. A group that is due goes behind all groups that are due
/// already, so that a long group does not keep the others waiting.
pub(super) fn set_head(connection: &Connection, group: &str, now: Moment) -> rusqlite::Result<()> {
    let first: Option<(i64, i64, String, i64)> = connection
        .prepare_cached(FIRST)?
        .query_row(params![group, group_hash(group)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    match first {
        Some((seq, visible_at, account, lane)) => {
            let head = params![group, seq, visible_at.max(now.0), lane, account];
            connection.prepare_cached(SET_HEAD)?.execute(head)?
        }
        None => connection.prepare_cached(CLOSE_GROUP)?.execute([group])?,
    };
    Ok(())
}
