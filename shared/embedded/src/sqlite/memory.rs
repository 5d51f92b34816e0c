//! What the writer remembers beside the file, in temporary tables, which SQLite keeps in memory and rolls back along with the rest. In the
//! file, each would be an index in which every event changes a page of its own somewhere, to be written to the log with 4 KiB; so an
//! event is appended, and that is all. What is here can be made from the file, and is when it is opened.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use deskbridge_core::pace::Lane;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

/// The table `taken` holds the ids of so many deliveries at least. What comes twice later than that is found out by its conversation, which
/// remembers for eight days what it has seen.
pub(super) const TAKEN_KEPT: i64 = 32 * 1024;
/// So many more before the oldest are forgotten, all at once.
const TAKEN_SPARE: i64 = 512;

/// - `recent`: what is in `taken`, by id. About 30 bytes each.
/// - `places`: where in `queue` the deliveries of a group are. About 25 bytes each. A group is a hash here, so whoever looks for one looks also
///   whether it is the right one.
const TABLES: &str = "
    CREATE TEMP TABLE recent (id BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TEMP TABLE places (
        grp INTEGER NOT NULL, seq INTEGER NOT NULL, lane INTEGER NOT NULL, PRIMARY KEY (grp, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX temp.urgent_places ON places (grp, seq) WHERE lane = 0;
    INSERT INTO recent SELECT id, seq FROM taken;
";

const IS_RECENT: &str = "SELECT 1 FROM recent WHERE id = ?1";
const REMEMBER: &str = "INSERT INTO recent (id, seq) VALUES (?1, ?2)";
const TAKE: &str = "INSERT INTO taken (seq, id) VALUES (?1, ?2)";
pub(super) const FORGET: &str = "DELETE FROM recent WHERE id = ?1 RETURNING seq";
pub(super) const FORGET_TAKEN: &str = "DELETE FROM taken WHERE seq = ?1";
pub(super) const OLDEST_TAKEN: &str = "SELECT min(seq) FROM taken";
pub(super) const NEWEST_TAKEN: &str = "SELECT max(seq) FROM taken";
pub(super) const FORGET_OLDEST: &str = "DELETE FROM recent WHERE id IN (SELECT id FROM taken WHERE seq < ?1)";
pub(super) const FORGET_OLDEST_TAKEN: &str = "DELETE FROM taken WHERE seq < ?1";
const PLACE: &str = "INSERT INTO places (grp, seq, lane) VALUES (?1, ?2, ?3)";
const LEAVE: &str = "DELETE FROM places WHERE grp = ?1 AND seq = ?2";

/// Makes the tables and fills them from the file.
pub(super) fn recall(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.execute_batch(TABLES)?;
    {
        let mut waiting = connection.prepare("SELECT grp, seq, lane FROM queue")?;
        let mut place = connection.prepare_cached(PLACE)?;
        let mut rows = waiting.query([])?;
        while let Some(row) = rows.next()? {
            let (seq, lane): (i64, i64) = (row.get(1)?, row.get(2)?);
            place.execute(params![group_hash(row.get_ref(0)?.as_str()?), seq, lane])?;
        }
    }
    connection.execute_batch("COMMIT")
}

/// An id as it is remembered. Two ids are never the same here: nobody finds two with the same half of a SHA-256.
pub(super) fn id_hash(id: &str) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(id).into();
    std::array::from_fn(|at| digest[at])
}

/// A group in `places`. Another one in every process.
pub(super) fn group_hash(group: &str) -> i64 {
    static KEYS: OnceLock<RandomState> = OnceLock::new();
    KEYS.get_or_init(RandomState::new).hash_one(group).cast_signed()
}

/// Whether an event of that id was taken lately.
pub(super) fn is_recent(connection: &Connection, id: &[u8; 16]) -> rusqlite::Result<bool> {
    connection.prepare_cached(IS_RECENT)?.exists([id])
}

/// The event was taken, as the delivery `seq`.
pub(super) fn remember(connection: &Connection, id: &[u8; 16], seq: i64) -> rusqlite::Result<()> {
    connection.prepare_cached(TAKE)?.execute(params![seq, id])?;
    connection.prepare_cached(REMEMBER)?.execute(params![id, seq]).map(|_| ())
}

/// The event may be taken again.
pub(super) fn forget(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    let mut forget = connection.prepare_cached(FORGET)?;
    let mut rows = forget.query([id_hash(id)])?;
    while let Some(row) = rows.next()? {
        connection.prepare_cached(FORGET_TAKEN)?.execute([row.get::<_, i64>(0)?])?;
    }
    Ok(())
}

/// Forgets the oldest ids, once there are enough of them.
pub(super) fn forget_oldest(connection: &Connection) -> rusqlite::Result<()> {
    let end = |sql| connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, Option<i64>>(0));
    let (Some(oldest), Some(newest)) = (end(OLDEST_TAKEN)?, end(NEWEST_TAKEN)?) else { return Ok(()) };
    if newest - oldest >= TAKEN_KEPT + TAKEN_SPARE {
        // Not more than that at once, wherever a gap comes from.
        let first_kept = (newest - TAKEN_KEPT).min(oldest + 2 * TAKEN_SPARE);
        connection.prepare_cached(FORGET_OLDEST)?.execute([first_kept])?;
        connection.prepare_cached(FORGET_OLDEST_TAKEN)?.execute([first_kept])?;
    }
    Ok(())
}

/// The delivery `seq` of that group waits.
pub(super) fn place(connection: &Connection, group: i64, seq: i64, lane: Lane) -> rusqlite::Result<()> {
    connection.prepare_cached(PLACE)?.execute(params![group, seq, lane.number()]).map(|_| ())
}

/// The delivery `seq` of that group waits no longer.
pub(super) fn leave(connection: &Connection, group: &str, seq: i64) -> rusqlite::Result<()> {
    connection.prepare_cached(LEAVE)?.execute(params![group_hash(group), seq]).map(|_| ())
}
