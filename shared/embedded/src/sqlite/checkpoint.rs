//! Copies the write-ahead log into the database. Left alone, SQLite does so within a commit, while everybody waits for the
//! answer of that commit; here a thread of its own does, beside the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use rusqlite::Connection;

/// So many commands make the log worth copying: each changes a few pages, and the more of them, the more often
/// they change the same page, which is copied once.
const COMMANDS: usize = 4_000;
/// While the copy is made, the writer goes on, and SQLite begins the log anew only where the copy has caught up with it. A log
/// of so many pages (of 4 KiB) is therefore finished by the writer, which holds everybody up for a moment.
const PAGES_MAX: i64 = 16 * 1024;

/// The writer's side.
pub(super) struct Checkpoints {
    ask: SyncSender<()>,
    is_long: Arc<AtomicBool>,
    commands: usize,
}

/// The other thread's side.
pub(super) struct Checkpointer {
    asked: Receiver<()>,
    is_long: Arc<AtomicBool>,
    connection: Connection,
}

/// Both sides; `connection` becomes the other thread's own.
pub(super) fn checkpoints(connection: Connection) -> (Checkpoints, Checkpointer) {
    let (ask, asked) = sync_channel(1);
    let is_long = Arc::new(AtomicBool::default());
    let checkpoints = Checkpoints { ask, is_long: Arc::clone(&is_long), commands: 0 };
    (checkpoints, Checkpointer { asked, is_long, connection })
}

impl Checkpoints {
    /// Call it after so many commands were committed and answered, with the connection that committed them.
    pub(super) fn after(&mut self, commands: usize, connection: &Connection) {
        self.commands += commands;
        if self.commands >= COMMANDS {
            match self.ask.try_send(()) {
                Ok(()) => self.commands = 0,
                // It is at work still.
                Err(TrySendError::Full(())) => {}
                Err(TrySendError::Disconnected(())) => self.is_long.store(true, Ordering::Relaxed),
            }
        }
        if self.is_long.swap(false, Ordering::Relaxed) {
            copy(connection);
        }
    }
}

impl Checkpointer {
    /// Works until the writer is gone.
    pub(super) fn run(self) {
        while self.asked.recv().is_ok() {
            self.is_long.store(copy(&self.connection) >= PAGES_MAX, Ordering::Relaxed);
        }
    }
}

/// Copies what nobody reads any more in an older state, and returns how many pages the log has. It need not succeed: what is
/// committed is durable in the log, and the next copy begins where this one ended.
fn copy(connection: &Connection) -> i64 {
    let copied = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1));
    copied.unwrap_or_else(|error| {
        tracing::warn!(%error, "the write-ahead log was not copied into the database");
        0
    })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    struct Bench {
        folder: TempDir,
        writer: Connection,
        checkpoints: Checkpoints,
        checkpointer: Checkpointer,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let open = || Connection::open(folder.path().join("file")).unwrap();
            let writer = open();
            writer.pragma_update(None, "journal_mode", "wal").unwrap();
            writer.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
            writer.execute_batch("CREATE TABLE t (x)").unwrap();
            let (checkpoints, checkpointer) = checkpoints(open());
            Self { folder, writer, checkpoints, checkpointer }
        }

        /// By how many bytes a further commit makes the log longer: none if it begins anew.
        fn growth(&self) -> u64 {
            let log = || std::fs::metadata(self.folder.path().join("file-wal")).unwrap().len();
            let before = log();
            self.writer.execute("INSERT INTO t VALUES (1)", []).unwrap();
            log() - before
        }
    }

    #[test]
    fn the_log_is_copied_after_many_commands_and_begins_anew() {
        let mut bench = Bench::new();
        bench.checkpoints.after(COMMANDS - 1, &bench.writer);
        assert!(bench.checkpointer.asked.try_recv().is_err());
        assert!(bench.growth() > 0);
        bench.checkpoints.after(1, &bench.writer);
        bench.checkpointer.asked.recv().unwrap();
        assert!(copy(&bench.checkpointer.connection) > 0);
        assert_eq!(bench.growth(), 0);
    }

    #[test]
    fn a_log_that_became_too_long_is_finished_by_the_writer() {
        let mut bench = Bench::new();
        bench.checkpoints.after(1, &bench.writer);
        assert!(bench.growth() > 0);
        bench.checkpointer.is_long.store(true, Ordering::Relaxed);
        bench.checkpoints.after(1, &bench.writer);
        assert_eq!(bench.growth(), 0);
        assert!(!bench.checkpointer.is_long.load(Ordering::Relaxed));
    }

    #[test]
    fn without_the_thread_the_writer_copies() {
        let mut bench = Bench::new();
        drop(bench.checkpointer);
        bench.checkpoints.after(COMMANDS, &bench.writer);
        let log = bench.folder.path().join("file-wal");
        let before = std::fs::metadata(&log).unwrap().len();
        bench.writer.execute("INSERT INTO t VALUES (1)", []).unwrap();
        assert_eq!(std::fs::metadata(&log).unwrap().len(), before);
    }
}
