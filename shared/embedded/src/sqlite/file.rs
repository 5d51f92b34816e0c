//! The data folder: its lock, the SQLite file in it, and the file's format.

use std::fs::{DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::memory;

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works with it.
    #[error("another deskbridge process uses the data folder {0}: stop it first, or name another folder")]
    InUse(PathBuf),
    /// A newer program wrote it.
    #[error(
        "{file} has format {found}, and this version of deskbridge reads formats up to {known}: use the newer version that \
         wrote it"
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// The format of the file.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// Something else wrote it.
    #[error("{0} is not a file of deskbridge")]
    Foreign(PathBuf),
    /// The folder or the files in it cannot be used.
    #[error("the data folder {folder} cannot be used: {why}")]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// An opened data folder. The lock ends with it.
pub(super) struct Folder {
    /// The only connection that writes.
    pub(super) writer: Connection,
    /// A connection that only reads.
    pub(super) reader: Connection,
    /// A connection that only copies the log into the database.
    pub(super) copier: Connection,
    /// Held while anybody writes.
    pub(super) lock: File,
}

/// The file in the data folder.
const FILE: &str = "deskbridge.sqlite";
/// Locked while a process uses the folder. Not the SQLite file itself: SQLite locks parts of that one.
const LOCK: &str = "deskbridge.lock";
/// The format written by this program, in `PRAGMA user_version`.
const FORMAT: i64 = 3;
/// `DESK`, in `PRAGMA application_id`.
const APPLICATION: i64 = 0x4445_534b;

/// Format 1.
///
/// - `queue`: what waits. `why` says why a delivery must come again; it is null before the first try failed.
/// - `heads`: one row per group that has anything in `queue`: its first delivery and when that may be claimed. So a claim
///   looks at groups, not at deliveries.
/// - `taken`: ids of what the queue took, to drop a second copy at the door.
/// - `held`: what waits for a person.
const SCHEMA: &str = "
    CREATE TABLE conversations (
        key TEXT PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL, expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX conversations_by_expiry ON conversations (expires_at);

    CREATE TABLE queue (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, grp TEXT NOT NULL, account TEXT NOT NULL,
        body TEXT NOT NULL, received_at INTEGER NOT NULL, visible_at INTEGER NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0, why TEXT
    ) STRICT;
    CREATE INDEX queue_by_group ON queue (grp, seq);
    CREATE INDEX queue_retrying ON queue (seq) WHERE why IS NOT NULL;

    CREATE TABLE heads (
        grp TEXT PRIMARY KEY, seq INTEGER NOT NULL, visible_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX heads_by_turn ON heads (visible_at, seq);

    CREATE TABLE taken (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX taken_by_time ON taken (at);

    CREATE TABLE held (
        kind TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX held_by_time ON held (kind, since, id);
";

/// Format 2: who goes first, see [`deskbridge_core::pace::Lane`].
///
/// - `queue.lane`: of the delivery. What waits since format 1 goes first.
/// - `heads.lane`: of the most urgent delivery in the group. `heads.account`: that of its first delivery. A claim looks into
///   one lane of one account after the other, so that what is held back of some is not in the way of others.
const LANES: &str = "
    ALTER TABLE queue ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX queue_urgent ON queue (grp) WHERE lane = 0;
    ALTER TABLE heads ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE heads ADD COLUMN account TEXT NOT NULL DEFAULT '';
    UPDATE heads SET account = (SELECT q.account FROM queue q WHERE q.seq = heads.seq);
    DROP INDEX heads_by_turn;
    CREATE INDEX heads_by_turn ON heads (lane, account, visible_at, seq);
";

/// Format 3: an event is appended and changes no page elsewhere, see [`memory`].
///
/// - `queue`: where a group's deliveries are is in memory.
/// - `taken`: hashes of ids, by the delivery's place in the queue. What was taken before is forgotten: the conversations remember it.
const APPENDED: &str = "
    DROP INDEX queue_by_group;
    DROP INDEX queue_urgent;
    DROP TABLE taken;
    CREATE TABLE taken (seq INTEGER PRIMARY KEY, id BLOB NOT NULL) STRICT;
";

/// What makes each format of the one before.
const STEPS: [&str; 3] = [SCHEMA, LANES, APPENDED];

/// Opens the folder, and makes it and the file if they are not there.
pub(super) fn open(folder: &Path) -> Result<Folder, OpenError> {
    let unusable =
        |error: std::io::Error| OpenError::Unusable { folder: folder.to_owned(), why: error.to_string() };
    make_private(folder).map_err(unusable)?;
    let lock = private_file(&folder.join(LOCK)).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    let file = folder.join(FILE);
    private_file(&file).map_err(unusable)?;
    let failed = |error: rusqlite::Error| {
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) {
            OpenError::Foreign(file.clone())
        } else {
            OpenError::Unusable { folder: folder.to_owned(), why: error.to_string() }
        }
    };
    let writer = connect(&file).map_err(failed)?;
    let found = recognise(&writer, &file).map_err(failed)??;
    prepare(&writer, found).map_err(failed)?;
    memory::recall(&writer).map_err(failed)?;
    let reader = connect(&file).map_err(failed)?;
    reader.pragma_update(None, "query_only", true).map_err(failed)?;
    let copier = connect(&file).map_err(failed)?;
    Ok(Folder { writer, reader, copier, lock })
}

/// The file holds what customers wrote, so a new folder is for its owner only.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file, and makes it for its owner only if it is not there. SQLite gives its log the same rights.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

/// The format of the file, 0 if it is new; refuses one that is not ours or too new, before anything is changed in it.
fn recognise(writer: &Connection, file: &Path) -> rusqlite::Result<Result<i64, OpenError>> {
    let application: i64 = writer.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let found: i64 = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let table = writer.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(())).optional()?;
    let fresh = application == 0 && found == 0 && table.is_none();
    Ok(if !fresh && application != APPLICATION {
        Err(OpenError::Foreign(file.to_owned()))
    } else if found > FORMAT {
        Err(OpenError::Newer { file: file.to_owned(), found, known: FORMAT })
    } else {
        Ok(found)
    })
}

/// Sets the file up for durable group commits, and makes what it lacks of the present format.
fn prepare(writer: &Connection, found: i64) -> rusqlite::Result<()> {
    // Write-ahead log: readers and the writer do not wait for each other, and a commit is one append and one fsync.
    writer.pragma_update(None, "journal_mode", "wal")?;
    // FULL syncs the log at every commit. NORMAL would be safe against kill -9 but could lose the last commits when the
    // power fails, and a webhook that was answered 200 must not be lost. The group commit makes this cheap.
    writer.pragma_update(None, "synchronous", "full")?;
    // On macOS a plain fsync does not reach the disk; elsewhere this changes nothing.
    writer.pragma_update(None, "fullfsync", true)?;
    writer.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    // Another thread copies the log into the database.
    writer.pragma_update(None, "wal_autocheckpoint", 0)?;
    let steps = &STEPS[usize::try_from(found).unwrap_or_default().min(STEPS.len())..];
    if !steps.is_empty() {
        writer.execute_batch(&format!(
            "BEGIN IMMEDIATE; {} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;",
            steps.concat()
        ))?;
    }
    Ok(())
}
