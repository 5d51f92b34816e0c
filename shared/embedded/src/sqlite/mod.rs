//! Store and queue in one SQLite file.
//!
//! One thread owns the connection that writes. Callers hand it commands and wait; all commands that wait at the same
//! time share one transaction and one fsync, and are answered once it is durable. A second thread reads, a third copies the
//! write-ahead log into the database.

mod checkpoint;
mod claims;
mod consumer;
mod file;
mod memory;
mod operator;
mod queue;
mod store;
#[cfg(test)]
mod tests;
mod tidy;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

use deskbridge_core::Moment;
use deskbridge_engine::ports::{Clock, Fault};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

pub use claims::Receipt;
pub use consumer::{Claimed, Settle};
pub use file::OpenError;
pub use operator::{Retry, Waiting};
use writer::{Changes, Desk, Message, Meters, Task};

/// A handle on the file; cloning it is cheap. The file is closed, and the data folder free for another process, when
/// the last handle is dropped, which waits for commands in hand.
#[derive(Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` only while dropping.
    writer: Option<mpsc::Sender<Message>>,
    reader: Option<mpsc::Sender<Look>>,
    threads: Vec<JoinHandle<()>>,
    clock: Arc<dyn Clock>,
    meters: Arc<Meters>,
}

type Look = Box<dyn FnOnce(&Connection) + Send>;

/// Callers beyond so many wait for their turn to ask.
const COMMANDS_WAITING_MAX: usize = 1024;

/// What the writer did since the file was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Transactions that were committed; each is one fsync of the write-ahead log. (Copying that log into the database, about
    /// once in four thousand commands, syncs as well and is not counted.)
    pub commits: u64,
    /// Commands that shared them.
    pub commands: u64,
}

impl Sqlite {
    /// Opens the data folder, and makes it if it is not there. Everything that was claimed when the last process ended
    /// can be claimed again. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// When another process uses the folder, when a newer program wrote it, or when it cannot be used.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let unusable = |why: String| OpenError::Unusable { folder: folder.to_owned(), why };
        let opened = file::open(folder)?;
        let meters = Arc::new(Meters::default());
        let depth = operator::count(&opened.reader).map_err(|error| unusable(error.to_string()))?;
        meters.at_start.store(depth, Ordering::Relaxed);
        let (writer, commands) = mpsc::channel(COMMANDS_WAITING_MAX);
        let (reader, mut looks) = mpsc::channel::<Look>(COMMANDS_WAITING_MAX);
        let (checkpoints, checkpointer) = checkpoint::checkpoints(opened.copier);
        let desk =
            Desk::new(opened.writer, opened.lock, checkpoints, Arc::clone(&clock), Arc::clone(&meters));
        let connection = opened.reader;
        let write = spawn("sqlite-writer", move || desk.run(commands));
        let read = spawn("sqlite-reader", move || {
            while let Some(look) = looks.blocking_recv() {
                look(&connection);
            }
        });
        let copy = spawn("sqlite-copier", move || checkpointer.run());
        let threads = vec![write, read, copy]
            .into_iter()
            .collect::<std::io::Result<Vec<_>>>()
            .map_err(|error| unusable(format!("no thread: {error}")))?;
        let inner = Inner { writer: Some(writer), reader: Some(reader), threads, clock, meters };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What the writer did so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            commits: self.inner.meters.commits.load(Ordering::Relaxed),
            commands: self.inner.meters.commands.load(Ordering::Relaxed),
        }
    }

    fn now(&self) -> Moment {
        self.inner.clock.now()
    }

    /// Runs a command in the next transaction; answers once it is durable. If the caller stops waiting, the command is
    /// carried out all the same. It is run again if the transaction had to be rolled back.
    async fn write<T, W>(&self, what: &'static str, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: FnMut(&Connection, &mut Changes) -> rusqlite::Result<T> + Send + 'static,
    {
        let (message, answer) = Task::message(what, work);
        self.ask_writer(what, message).await?;
        answer.await.unwrap_or_else(|_| Err(stopped(what)))
    }

    /// Runs on the writer's thread after the commit at hand, for what must agree with the claims.
    async fn at_desk<T, W>(&self, what: &'static str, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: FnOnce(&mut Desk) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let look = Box::new(move |desk: &mut Desk| {
            let _ = reply.send(work(desk));
        });
        self.ask_writer(what, Message::Look(look)).await?;
        answer.await.map_err(|_| stopped(what))?.map_err(|error| Fault::new(what, error))
    }

    async fn ask_writer(&self, what: &'static str, message: Message) -> Result<(), Fault> {
        let Some(writer) = &self.inner.writer else { return Err(stopped(what)) };
        writer.send(message).await.map_err(|_| stopped(what))
    }

    /// Reads what is committed, without waiting for the writer.
    async fn read<T, W>(&self, what: &'static str, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |connection| {
            let _ = reply.send(work(connection));
        });
        let Some(reader) = &self.inner.reader else { return Err(stopped(what)) };
        reader.send(look).await.map_err(|_| stopped(what))?;
        answer.await.map_err(|_| stopped(what))?.map_err(|error| Fault::new(what, error))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writer = None;
        self.reader = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to finish.
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

fn stopped(what: &'static str) -> Fault {
    Fault::new(what, "the thread of the database has stopped")
}
