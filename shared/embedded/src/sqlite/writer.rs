//! The thread that writes. Commands that wait at the same time share one transaction, and so one fsync.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use deskbridge_core::Moment;
use deskbridge_engine::ports::{Clock, Fault};
use rusqlite::Connection;
use tokio::sync::{Notify, mpsc, oneshot};

use super::claims::{Claims, Receipt};
use super::tidy::Tidy;

/// At most so many commands share a transaction, so that the first of them does not wait long for its answer.
const BATCH_MAX: usize = 512;

/// What the writer's thread is asked.
pub(super) enum Message {
    /// To be made durable.
    Command(Box<dyn Command>),
    /// To look at what is committed and at what is claimed; runs after the commit of the batch it came with.
    Look(Box<dyn FnOnce(&mut Desk) + Send>),
}

/// One command of a batch.
pub(super) trait Command: Send {
    /// Does its work within the transaction of the batch. What it changed in vain is rolled back.
    fn run(&mut self, connection: &Connection, changes: &mut Changes);
    /// Tells the caller, once it is known whether the batch was committed.
    fn answer(self: Box<Self>, batch: Result<(), &Fault>);
}

/// What a command changed besides the file; counts only once the batch is committed.
#[derive(Default)]
pub(super) struct Changes {
    /// How many deliveries the queue took.
    pub(super) taken: u64,
    /// How many left it, finished.
    pub(super) finished: u64,
    /// Claims that ended.
    pub(super) settled: Vec<Receipt>,
    /// Whether the consumer may find something new.
    pub(super) wake: bool,
}

impl Changes {
    fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.finished += other.finished;
        self.settled.extend(other.settled);
        self.wake |= other.wake;
    }
}

/// What the threads and the handles share.
#[derive(Default)]
pub(super) struct Meters {
    pub(super) commits: AtomicU64,
    pub(super) commands: AtomicU64,
    pub(super) at_start: AtomicU64,
    pub(super) taken: AtomicU64,
    pub(super) finished: AtomicU64,
    pub(super) work: Notify,
}

/// Everything the writer's thread owns.
pub(super) struct Desk {
    pub(super) connection: Connection,
    pub(super) claims: Claims,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) meters: Arc<Meters>,
    tidy: Tidy,
    /// After the connection, so that it is closed before the lock ends.
    _lock: File,
}

impl Desk {
    pub(super) fn new(
        connection: Connection,
        lock: File,
        clock: Arc<dyn Clock>,
        meters: Arc<Meters>,
    ) -> Self {
        Self { connection, claims: Claims::default(), clock, meters, tidy: Tidy::default(), _lock: lock }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Works until all handles are gone.
    pub(super) fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        while let Some(first) = inbox.blocking_recv() {
            let mut commands = Vec::new();
            let mut looks = Vec::new();
            let mut message = Some(first);
            while let Some(one) = message {
                match one {
                    Message::Command(command) => commands.push(command),
                    Message::Look(look) => looks.push(look),
                }
                let full = commands.len() + looks.len() >= BATCH_MAX;
                message = if full { None } else { inbox.try_recv().ok() };
            }
            if !commands.is_empty() {
                self.commit(commands);
            }
            for look in looks {
                look(&mut self);
            }
        }
        if self.claims.has_uncounted() {
            self.commit(Vec::new());
        }
    }

    fn commit(&mut self, mut commands: Vec<Box<dyn Command>>) {
        let mut changes = Changes::default();
        let result = self.transact(&mut commands, &mut changes);
        match &result {
            Ok(()) => {
                self.meters.commits.fetch_add(1, Ordering::Relaxed);
                self.meters.commands.fetch_add(commands.len() as u64, Ordering::Relaxed);
                self.meters.taken.fetch_add(changes.taken, Ordering::Relaxed);
                self.meters.finished.fetch_add(changes.finished, Ordering::Relaxed);
                self.claims.counted();
                for receipt in &changes.settled {
                    self.claims.settle(*receipt);
                }
            }
            Err(_) if !self.connection.is_autocommit() => {
                // If even this fails, the next BEGIN says so to whoever asks next.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            Err(_) => {}
        }
        let fault = result.map_err(|error| Fault::new("writing to the database", error));
        for command in commands {
            command.answer(fault.as_ref().copied());
        }
        if fault.is_ok() && changes.wake {
            self.meters.work.notify_one();
        }
    }

    fn transact(&mut self, commands: &mut [Box<dyn Command>], changes: &mut Changes) -> rusqlite::Result<()> {
        let now = self.now();
        let connection = &self.connection;
        run_cached(connection, "BEGIN IMMEDIATE")?;
        self.claims.count(connection)?;
        self.tidy.run(connection, now)?;
        for command in commands {
            command.run(connection, changes);
            if connection.is_autocommit() {
                // SQLite itself gave the whole transaction up, as it does when the disk is full.
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                    Some("the disk is full or does not work; nothing was written".to_owned()),
                ));
            }
        }
        run_cached(connection, "COMMIT")
    }
}

/// A command made of a closure.
pub(super) struct Task<T, W> {
    what: &'static str,
    work: Option<W>,
    result: Option<Result<T, Fault>>,
    reply: oneshot::Sender<Result<T, Fault>>,
}

impl<T, W> Task<T, W>
where
    T: Send + 'static,
    W: FnOnce(&Connection, &mut Changes) -> rusqlite::Result<T> + Send + 'static,
{
    /// The command, and where its answer arrives.
    pub(super) fn message(what: &'static str, work: W) -> (Message, oneshot::Receiver<Result<T, Fault>>) {
        let (reply, answer) = oneshot::channel();
        (Message::Command(Box::new(Self { what, work: Some(work), result: None, reply })), answer)
    }
}

impl<T, W> Command for Task<T, W>
where
    T: Send,
    W: FnOnce(&Connection, &mut Changes) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, connection: &Connection, changes: &mut Changes) {
        let Some(work) = self.work.take() else { return };
        let mut own = Changes::default();
        let result = in_savepoint(connection, |connection| work(connection, &mut own));
        if result.is_ok() {
            changes.add(own);
        }
        self.result = Some(result.map_err(|error| Fault::new(self.what, error)));
    }

    fn answer(self: Box<Self>, batch: Result<(), &Fault>) {
        let result = match (batch, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(Fault::new(self.what, "it was not run")),
            (Err(fault), _) => Err(Fault::new(self.what, &fault.why)),
        };
        // Whoever asked may have left; the work is done all the same.
        let _ = self.reply.send(result);
    }
}

/// Runs `work` so that its failure takes back what it did and nothing else of the transaction.
pub(super) fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    run_cached(connection, "SAVEPOINT command")?;
    let result = work(connection);
    if result.is_err() && !connection.is_autocommit() {
        run_cached(connection, "ROLLBACK TO command")?;
    }
    if !connection.is_autocommit() {
        run_cached(connection, "RELEASE command")?;
    }
    result
}

fn run_cached(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}
