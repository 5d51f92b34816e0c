//! Forgets what is old: expired conversations, and ids beyond those that are kept.

use std::time::Duration;

use deskbridge_core::Moment;
use rusqlite::{Connection, params};

use super::memory;
use super::writer::in_savepoint;

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(600);
/// At most so many rows of a table per transaction, so that nobody waits for the broom.
const ROWS_MAX: usize = 500;

pub(super) const FORGET_CONVERSATIONS: &str = "DELETE FROM conversations WHERE key IN \
     (SELECT key FROM conversations WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

/// When to tidy next.
#[derive(Default)]
pub(super) struct Tidy {
    next: Moment,
}

impl Tidy {
    /// Tidies within a transaction that is made anyway, if it is time.
    pub(super) fn run(&mut self, connection: &Connection, now: Moment) -> rusqlite::Result<()> {
        memory::forget_oldest(connection)?;
        if now < self.next {
            return Ok(());
        }
        let limit = i64::try_from(ROWS_MAX).unwrap_or(i64::MAX);
        let forgotten = in_savepoint(connection, |connection| {
            connection.prepare_cached(FORGET_CONVERSATIONS)?.execute(params![now.0, limit])
        })?;
        if forgotten < ROWS_MAX {
            self.next = now.plus(PAUSE);
        }
        Ok(())
    }
}
