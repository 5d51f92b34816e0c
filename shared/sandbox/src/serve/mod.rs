//! Serves one stand-in on a loopback socket: its API, its webhooks, its faults, and news for a page.
//!
//! Besides the stand-in's own paths every stand-in has these, open to pages of other ports:
//! - `GET /_sandbox/faults` lists the faults that are on, `POST` adds one [`FaultRule`](crate::FaultRule) or an array
//!   of them, `DELETE` switches all off. Faults end with the process; what they did to the state does not.
//! - `GET /_sandbox/changes` is a stream of server-sent events: a counter, at once and whenever the state changed.

mod connection;
mod control;
mod deliver;
mod host;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deskbridge_connectors::http::{Request, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::{Journaled, StandIn};
use host::Host;

/// How long [`Served::shutdown`] waits for what is in hand.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// How a stand-in is served.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// The file that keeps its state across restarts; `None` forgets everything at the end.
    pub journal: Option<PathBuf>,
    /// What it is called in logs.
    pub name: String,
    /// So far its clock is ahead of the machine's, to see today what happens later.
    pub ahead: Duration,
}

/// A stand-in that is being served. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Served {
    addr: SocketAddr,
    host: Arc<Host>,
}

/// Serves a stand-in until [`Served::shutdown`]. Webhooks that an earlier run handed out without learning what became
/// of them are sent again: at least once, never lost.
///
/// # Errors
/// When the listener has no address, or the journal cannot be used ([`Journaled::open`]).
pub async fn serve(
    listener: TcpListener,
    stand_in: Box<dyn StandIn>,
    options: ServeOptions,
) -> io::Result<Served> {
    let addr = listener.local_addr()?;
    let journaled = match &options.journal {
        Some(path) => Journaled::open(stand_in, path)?,
        None => Journaled::in_memory(stand_in),
    };
    let host = Arc::new(Host::new(options, journaled));
    host.tasks.spawn(deliver::run(Arc::clone(&host)));
    host.tasks.spawn(accept(Arc::clone(&host), listener));
    Ok(Served { addr, host })
}

impl Served {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// A counter that grows whenever the state or the faults changed. Reads change nothing.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.host.changes()
    }

    /// One call from inside the process, just as over the socket, except that no fault hits it and that the stream of
    /// changes is [`Served::changes`] instead.
    #[must_use]
    pub fn call(&self, request: &Request) -> Response {
        self.host.control(request).unwrap_or_else(|| self.host.apply(request))
    }

    /// Accepts nothing new and waits, for 10 s at most, until what is in hand is finished: requests, calls that a
    /// fault holds back (they are let go at once) and webhooks on their way.
    pub async fn shutdown(self) {
        self.host.stop();
        if timeout(SHUTDOWN_GRACE, self.host.tasks.wait()).await.is_err() {
            tracing::warn!(stand_in = self.host.name(), "stopped with calls still in hand");
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.host.stop();
    }
}

async fn accept(host: Arc<Host>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = host.stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => drop(host.tasks.spawn(connection::converse(Arc::clone(&host), stream))),
            Err(error) => {
                // Out of file descriptors, most likely: give connections time to close.
                tracing::warn!(stand_in = host.name(), %error, "cannot accept a connection");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
