//! A stand-in that survives `kill -9`: its calls go to a journal first, and the journal rebuilds it at the next start.

mod file;
mod record;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use deskbridge_connectors::http::{Method, Request, Response};

use crate::faults::CONTROL_PREFIX;
use crate::{Millis, StandIn, Webhook};
use file::JournalFile;
use record::{Call, Record};

/// A stand-in and, if its state is to last, the journal of its calls.
///
/// A call is written with one `write` before the stand-in sees it, thus before any answer leaves: what somebody was
/// answered is still there after the process was killed (not necessarily after the machine lost power). Stand-ins are
/// deterministic, so the same calls at the same times give the same state.
///
/// Time never runs backwards here: a moment earlier than one already seen counts as that one.
pub struct Journaled<S> {
    stand_in: S,
    journal: Option<JournalFile>,
    outstanding: Vec<Webhook>,
    latest: Millis,
}

impl<S: StandIn> Journaled<S> {
    /// A stand-in whose state ends with the process.
    #[must_use]
    pub fn in_memory(stand_in: S) -> Self {
        Self { stand_in, journal: None, outstanding: Vec::new(), latest: Millis::MIN }
    }

    /// A stand-in whose state lasts. `stand_in` must be as fresh as it was when the journal began; the calls in the
    /// journal at `path` are applied to it. A last record that a kill tore is cut off: nobody was answered for it.
    ///
    /// # Errors
    /// When the file cannot be opened, is in use by another process, or has a record that this version cannot read.
    pub fn open(stand_in: S, path: &Path) -> io::Result<Self> {
        let mut journaled = Self::in_memory(stand_in);
        let journal = JournalFile::open(path, |record| {
            journaled.replay(record);
        })?;
        journaled.journal = Some(journal);
        Ok(journaled)
    }

    /// [`StandIn::handle`], journalled if it can change something.
    ///
    /// # Errors
    /// When the journal cannot be written; the call was then not applied.
    pub fn handle(&mut self, request: &Request, now: Millis) -> io::Result<Response> {
        let now = self.advance(now);
        if !leaves_no_trace(request) {
            self.write(now, || Call::Handle(Box::new(request.clone())))?;
        }
        Ok(self.stand_in.handle(request, now))
    }

    /// [`StandIn::due`], journalled unless nothing is due. What it hands out is outstanding until
    /// [`Journaled::delivered`] names it.
    ///
    /// # Errors
    /// When the journal cannot be written; nothing was then handed out.
    pub fn due(&mut self, now: Millis) -> io::Result<Vec<Webhook>> {
        let now = self.advance(now);
        if self.stand_in.next_due().is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        self.write(now, || Call::Due)?;
        let webhooks = self.stand_in.due(now);
        self.outstanding.extend_from_slice(&webhooks);
        Ok(webhooks)
    }

    /// [`StandIn::delivered`], journalled. A webhook that is not outstanding is ignored.
    ///
    /// # Errors
    /// When the journal cannot be written; the webhook is then still outstanding.
    pub fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) -> io::Result<()> {
        let now = self.advance(now);
        if self.outstanding.iter().any(|webhook| webhook.id == id) {
            self.write(now, || Call::Delivered { id, status })?;
            self.settle(id, status, now);
        }
        Ok(())
    }

    /// [`StandIn::next_due`]. Outstanding webhooks do not count.
    #[must_use]
    pub fn next_due(&self) -> Option<Millis> {
        self.stand_in.next_due()
    }

    /// The webhooks that were handed out and never reported on, oldest first. Right after [`Journaled::open`] these
    /// are the ones a kill may have cut short: send them again.
    #[must_use]
    pub fn outstanding(&self) -> &[Webhook] {
        &self.outstanding
    }

    /// The stand-in itself, to look at.
    #[must_use]
    pub fn stand_in(&self) -> &S {
        &self.stand_in
    }

    fn advance(&mut self, now: Millis) -> Millis {
        self.latest = self.latest.max(now);
        self.latest
    }

    fn write(&mut self, now: Millis, call: impl FnOnce() -> Call) -> io::Result<()> {
        match &mut self.journal {
            Some(journal) => journal.append(&Record::new(now, call())),
            None => Ok(()),
        }
    }

    fn replay(&mut self, record: &Record) {
        let now = self.advance(record.now);
        match &record.call {
            Call::Handle(request) => drop(self.stand_in.handle(request, now)),
            Call::Due => self.outstanding.extend(self.stand_in.due(now)),
            Call::Delivered { id, status } => self.settle(*id, *status, now),
        }
    }

    fn settle(&mut self, id: u64, status: Option<u16>, now: Millis) {
        self.outstanding.retain(|webhook| webhook.id != id);
        self.stand_in.delivered(id, status, now);
    }
}

/// Whether a call only looks: `GET` and `HEAD`.
pub(crate) fn is_read(request: &Request) -> bool {
    matches!(request.method, Method::GET | Method::HEAD)
}

/// Whether a call need not be replayed: reads of the sandbox's own paths. Reads of an API are replayed, because its
/// rate limit counts them: without them, a write that was throttled would be applied at the replay.
fn leaves_no_trace(request: &Request) -> bool {
    is_read(request) && request.url.path().starts_with(CONTROL_PREFIX)
}
