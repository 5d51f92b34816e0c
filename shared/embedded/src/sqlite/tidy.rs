//! Forgets what is old: ids that no sender repeats any more, and expired conversations.

use std::time::Duration;

use deskbridge_core::Moment;
use rusqlite::{Connection, params};

use super::writer::in_savepoint;

/// Ids are remembered longer than any platform redelivers (Meta documents 36 hours, others up to 7 days).
pub(super) const TAKEN_FOR: Duration = Duration::from_secs(8 * 24 * 3600);
/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(600);
/// At most so many rows of a table per transaction, so that nobody waits for the broom.
const ROWS_MAX: usize = 500;

pub(super) const FORGET_TAKEN: &str =
    "DELETE FROM taken WHERE id IN (SELECT id FROM taken WHERE at < ?1 ORDER BY at LIMIT ?2)";
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
        if now < self.next {
            return Ok(());
        }
        let limit = i64::try_from(ROWS_MAX).unwrap_or(i64::MAX);
        let taken_before = now.0.saturating_sub(i64::try_from(TAKEN_FOR.as_millis()).unwrap_or(i64::MAX));
        let most = in_savepoint(connection, |connection| {
            let taken = connection.prepare_cached(FORGET_TAKEN)?.execute(params![taken_before, limit])?;
            let conversations =
                connection.prepare_cached(FORGET_CONVERSATIONS)?.execute(params![now.0, limit])?;
            Ok(taken.max(conversations))
        })?;
        if most < ROWS_MAX {
            self.next = now.plus(PAUSE);
        }
        Ok(())
    }
}
