//! The thread that writes. Commands that wait at the same time share one transaction, and so one fsync.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use deskbridge_core::Moment;
use deskbridge_engine::ports::{Clock, Fault};
use rusqlite::Connection;
use tokio::sync::{Notify, mpsc, oneshot};

use super::checkpoint::Checkpoints;
use super::claims::{Claims, Receipt};
use super::tidy::Tidy;

/// At most so many commands share a transaction, so that the first of them does not wait long for its answer.
const BATCH_MAX: usize = 512;
/// While we wait for company, we look so often whether somebody came. The system makes twice as much of it.
const NAP: Duration = Duration::from_micros(50);

/// What the writer's thread is asked.
pub(super) enum Message {
    /// To be made durable.
    Command(Box<dyn Command>),
    /// To look at what is committed and at what is claimed; runs after the commit of the batch it came with.
    Look(Look),
}

type Look = Box<dyn FnOnce(&mut Desk) + Send>;

/// One command of a batch.
pub(super) trait Command: Send {
    /// Does its work within the transaction of the batch. It is done again if that transaction had to be rolled back.
    fn run(&mut self, connection: &Connection, changes: &mut Changes) -> rusqlite::Result<()>;
    /// Its work failed and was rolled back; the others' was not.
    fn fail(&mut self, error: &rusqlite::Error);
    /// Tells the caller, once it is known whether the batch was committed.
    fn answer(self: Box<Self>, batch: Result<(), &Fault>);
}

/// What waits at the same time. Emptied, it is filled again: its room stays.
#[derive(Default)]
struct Batch {
    commands: Vec<Box<dyn Command>>,
    looks: Vec<Look>,
}

impl Batch {
    /// What waits now and, with `patience`, what comes while we wait: as long as each nap brings somebody, and no longer than
    /// that. Whoever was answered by the commit before tends to come again at once; without the naps they would take turns with
    /// those who came during that commit, and need two commits instead of one.
    fn gather(&mut self, first: Message, inbox: &mut mpsc::Receiver<Message>, patience: Duration) {
        self.add(first);
        self.add_waiting(inbox);
        let begin = Instant::now();
        while !self.commands.is_empty() && !self.is_full() && begin.elapsed() < patience {
            thread::sleep(NAP);
            if !self.add_waiting(inbox) {
                break;
            }
        }
    }

    /// Tells whether anything waited.
    fn add_waiting(&mut self, inbox: &mut mpsc::Receiver<Message>) -> bool {
        let before = self.len();
        while !self.is_full()
            && let Ok(message) = inbox.try_recv()
        {
            self.add(message);
        }
        self.len() > before
    }

    fn add(&mut self, message: Message) {
        match message {
            Message::Command(command) => self.commands.push(command),
            Message::Look(look) => self.looks.push(look),
        }
    }

    fn is_full(&self) -> bool {
        self.len() >= BATCH_MAX
    }

    fn len(&self) -> usize {
        self.commands.len() + self.looks.len()
    }
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
    checkpoints: Checkpoints,
    /// After the connection, so that it is closed before the lock ends.
    _lock: File,
}

impl Desk {
    pub(super) fn new(
        connection: Connection,
        lock: File,
        checkpoints: Checkpoints,
        clock: Arc<dyn Clock>,
        meters: Arc<Meters>,
    ) -> Self {
        let (claims, tidy) = (Claims::default(), Tidy::default());
        Self { connection, claims, clock, meters, tidy, checkpoints, _lock: lock }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Works until all handles are gone.
    pub(super) fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut patience = Duration::ZERO;
        let mut batch = Batch::default();
        while let Some(first) = inbox.blocking_recv() {
            batch.gather(first, &mut inbox, patience);
            if !batch.commands.is_empty() {
                let (count, begin) = (batch.commands.len(), Instant::now());
                self.commit(&mut batch.commands);
                patience = if count > 1 { begin.elapsed() } else { Duration::ZERO };
                self.checkpoints.after(count, &self.connection);
            }
            for look in batch.looks.drain(..) {
                look(&mut self);
            }
        }
        if self.claims.has_uncounted() {
            self.commit(&mut Vec::new());
        }
    }

    /// Hardly anything ever fails, and SQLite keeps a copy of every page that is touched after a savepoint. So only a batch
    /// in which something failed is done again with savepoints, to find out what it was and to do the rest.
    fn commit(&mut self, commands: &mut Vec<Box<dyn Command>>) {
        let together = self.transact(|connection, changes| {
            commands.iter_mut().try_for_each(|command| command.run(connection, changes))
        });
        let result = together.or_else(|_| {
            self.transact(|connection, changes| {
                commands.iter_mut().try_for_each(|command| run_apart(connection, command.as_mut(), changes))
            })
        });
        if let Ok(changes) = &result {
            self.meters.commits.fetch_add(1, Ordering::Relaxed);
            self.meters.commands.fetch_add(commands.len() as u64, Ordering::Relaxed);
            self.meters.taken.fetch_add(changes.taken, Ordering::Relaxed);
            self.meters.finished.fetch_add(changes.finished, Ordering::Relaxed);
            self.claims.counted();
            for receipt in &changes.settled {
                self.claims.settle(*receipt);
            }
        }
        let wake = result.as_ref().is_ok_and(|changes| changes.wake);
        let fault = result.map_err(|error| Fault::new("writing to the database", error));
        for command in commands.drain(..) {
            command.answer(fault.as_ref().map(|_| ()));
        }
        if wake {
            self.meters.work.notify_one();
        }
    }

    /// One transaction: all of it or nothing.
    fn transact(
        &mut self,
        work: impl FnOnce(&Connection, &mut Changes) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Changes> {
        let now = self.now();
        let mut changes = Changes::default();
        let connection = &self.connection;
        let done = run_cached(connection, "BEGIN IMMEDIATE")
            .and_then(|()| self.claims.count(connection))
            .and_then(|()| self.tidy.run(connection, now))
            .and_then(|()| work(connection, &mut changes))
            .and_then(|()| run_cached(connection, "COMMIT"));
        if done.is_err() && !connection.is_autocommit() {
            // If even this fails, the next BEGIN says so to whoever asks next.
            let _ = connection.execute_batch("ROLLBACK");
        }
        done.map(|()| changes)
    }
}

/// Runs a command so that its failure is its own.
///
/// # Errors
/// When SQLite itself gave the whole transaction up, as it does when the disk is full.
fn run_apart(
    connection: &Connection,
    command: &mut dyn Command,
    changes: &mut Changes,
) -> rusqlite::Result<()> {
    let mut own = Changes::default();
    let result = in_savepoint(connection, |connection| command.run(connection, &mut own));
    match result {
        Ok(()) => changes.add(own),
        Err(error) if connection.is_autocommit() => return Err(error),
        Err(error) => command.fail(&error),
    }
    Ok(())
}

/// A command made of a closure.
pub(super) struct Task<T, W> {
    what: &'static str,
    work: W,
    result: Option<Result<T, Fault>>,
    reply: oneshot::Sender<Result<T, Fault>>,
}

impl<T, W> Task<T, W>
where
    T: Send + 'static,
    W: FnMut(&Connection, &mut Changes) -> rusqlite::Result<T> + Send + 'static,
{
    /// The command, and where its answer arrives.
    pub(super) fn message(what: &'static str, work: W) -> (Message, oneshot::Receiver<Result<T, Fault>>) {
        let (reply, answer) = oneshot::channel();
        (Message::Command(Box::new(Self { what, work, result: None, reply })), answer)
    }
}

impl<T, W> Command for Task<T, W>
where
    T: Send,
    W: FnMut(&Connection, &mut Changes) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, connection: &Connection, changes: &mut Changes) -> rusqlite::Result<()> {
        self.result = Some(Ok((self.work)(connection, changes)?));
        Ok(())
    }

    fn fail(&mut self, error: &rusqlite::Error) {
        self.result = Some(Err(Fault::new(self.what, error)));
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
