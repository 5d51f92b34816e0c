//! Conversations, and the records that wait for a person.

use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::ports::{Fault, Held, HeldKind, Item, SaveError, Store, Version};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, memory};

pub(super) const LOAD: &str = "SELECT bytes, version FROM conversations WHERE key = ?1";
const INSERT: &str = "INSERT INTO conversations (key, version, bytes, expires_at) VALUES (?1, 1, ?2, ?3) \
     ON CONFLICT (key) DO NOTHING";
pub(super) const UPDATE: &str = "UPDATE conversations SET version = version + 1, bytes = ?2, expires_at = ?3 \
     WHERE key = ?1 AND version = ?4";
const HOLD: &str = "INSERT INTO held (kind, id, since, json) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (kind, id) DO NOTHING";
pub(super) const HELD: &str = "SELECT json FROM held WHERE kind = ?1 ORDER BY since, id LIMIT ?2";
const HELD_ONE: &str = "SELECT json FROM held WHERE kind = ?1 AND id = ?2";
const HELD_COUNT: &str = "SELECT count(*) FROM held WHERE kind = ?1";
const RELEASE: &str = "DELETE FROM held WHERE kind = ?1 AND id = ?2";

impl Store for Sqlite {
    async fn load(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        let key = key.as_str().to_owned();
        self.read("loading a conversation", move |connection| {
            connection
                .prepare_cached(LOAD)?
                .query_row([key], |row| Ok(Item { bytes: row.get(0)?, version: version_at(row, 1)? }))
                .optional()
        })
        .await
    }

    async fn save(
        &self,
        key: &ConversationKey,
        bytes: Vec<u8>,
        expected: Version,
        expires_at: Moment,
    ) -> Result<Version, SaveError> {
        let key = key.as_str().to_owned();
        // No stored version is that large.
        let expected_stored = i64::try_from(expected).map_err(|_| SaveError::Conflict)?;
        let written = self
            .write("saving a conversation", move |connection, _| {
                let rows = if expected_stored == 0 {
                    connection.prepare_cached(INSERT)?.execute(params![key, bytes, expires_at.0])?
                } else {
                    let row = params![key, bytes, expires_at.0, expected_stored];
                    connection.prepare_cached(UPDATE)?.execute(row)?
                };
                Ok(rows == 1)
            })
            .await
            .map_err(SaveError::Fault)?;
        if written { Ok(expected + 1) } else { Err(SaveError::Conflict) }
    }

    /// Also lets the record's envelopes pass the queue's deduplication again, so that they can be put back.
    async fn hold(&self, held: &Held) -> Result<(), Fault> {
        const WHAT: &str = "keeping a record for a person";
        let json = serde_json::to_string(held).map_err(|error| Fault::new(WHAT, error))?;
        let (kind, id, since) = (held.kind.name(), held.id.clone(), held.since.0);
        let envelopes: Vec<String> = held.envelopes.iter().map(|envelope| envelope.id.clone()).collect();
        self.write(WHAT, move |connection, _| {
            connection.prepare_cached(HOLD)?.execute(params![kind, id, since, json])?;
            envelopes.iter().try_for_each(|id| memory::forget(connection, id))
        })
        .await
    }

    async fn held(&self, kind: HeldKind, limit: usize) -> Result<Vec<Held>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read("reading what waits for a person", move |connection| {
            let mut statement = connection.prepare_cached(HELD)?;
            let rows = statement.query_map(params![kind.name(), limit], record)?;
            rows.collect()
        })
        .await
    }

    async fn release(&self, kind: HeldKind, id: &str) -> Result<(), Fault> {
        let id = id.to_owned();
        self.write("releasing a record", move |connection, _| {
            connection.prepare_cached(RELEASE)?.execute(params![kind.name(), id]).map(|_| ())
        })
        .await
    }
}

impl Sqlite {
    /// The record of that kind and id, for showing it to a person.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn held_record(&self, kind: HeldKind, id: &str) -> Result<Option<Held>, Fault> {
        let id = id.to_owned();
        self.read("reading a record", move |connection| {
            connection.prepare_cached(HELD_ONE)?.query_row(params![kind.name(), id], record).optional()
        })
        .await
    }

    /// How many records of that kind wait for a person.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn held_count(&self, kind: HeldKind) -> Result<u64, Fault> {
        self.read("counting what waits for a person", move |connection| count_held(connection, kind)).await
    }
}

fn count_held(connection: &Connection, kind: HeldKind) -> rusqlite::Result<u64> {
    let count: i64 = connection.prepare_cached(HELD_COUNT)?.query_row([kind.name()], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<Held> {
    let json: String = row.get(0)?;
    serde_json::from_str(&json).map_err(|error| {
        // The message of serde_json may quote content; its position never does.
        let position = format!("a held record is damaged at line {} column {}", error.line(), error.column());
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, position.into())
    })
}

fn version_at(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Version> {
    let version: i64 = row.get(column)?;
    Version::try_from(version).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, version))
}
