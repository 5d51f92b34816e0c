//! Bodies of which parts are fetched while they are sent. Nothing accumulates: a part is read only as fast as the other side
//! takes it. Only parts whose length nobody tells are held, up to [`HELD_BYTES_MAX`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use deskbridge_connectors::http::{BodyPart, HELD_BYTES_MAX, PipeFailure, Source};
use http_body_util::Channel;
use http_body_util::channel::Sender;
use reqwest::{Body, Client, Response};
use tokio::task::JoinHandle;

use crate::http::outgoing;

/// So many chunks wait between the two sides.
const CHUNKS_WAITING: usize = 2;

/// A body under way.
pub(crate) struct Pipe {
    /// Its length in bytes.
    pub(crate) length: u64,
    pump: JoinHandle<Result<(), Stopped>>,
    /// Whether the last of it may have been handed over: before that, the other side certainly has no whole request.
    ending: Arc<AtomicBool>,
}

/// A part whose length is known.
enum Ready {
    Bytes(Bytes),
    From { source: Source, length: u64, opened: Option<Response> },
}

impl Pipe {
    /// Opens the parts as far as it takes to know their lengths, and starts to pump.
    pub(crate) async fn open(client: &Client, parts: Vec<BodyPart>) -> Result<(Self, Body), PipeFailure> {
        let (mut ready, mut room) = (Vec::with_capacity(parts.len()), HELD_BYTES_MAX);
        for part in parts {
            ready.push(prepare(client, part, &mut room).await?);
        }
        let length = ready.iter().map(Ready::length).sum();
        let (sender, body) = Channel::<Bytes, PipeFailed>::new(CHUNKS_WAITING);
        let ending = Arc::new(AtomicBool::new(false));
        let pump = tokio::spawn(pump(client.clone(), ready, sender, ending.clone()));
        Ok((Self { length, pump, ending }, Body::wrap(body)))
    }

    /// An answer came: why it is none, if the body was broken off before. No sound server does what it heard half of.
    pub(crate) async fn failure_before_answer(self) -> Option<PipeFailure> {
        if !self.pump.is_finished() {
            self.pump.abort();
            return None;
        }
        match self.pump.await {
            Ok(Err(Stopped::Source(failure))) => Some(failure),
            _ => None,
        }
    }

    /// No answer came: why, if the body was certainly not handed over as a whole.
    pub(crate) async fn failure(self) -> Option<PipeFailure> {
        self.pump.abort();
        // Only when it has stopped, nothing more can be handed over.
        match self.pump.await {
            Ok(Err(Stopped::Source(failure))) => Some(failure),
            _ if self.ending.load(Ordering::SeqCst) => None,
            _ => Some(PipeFailure::Broken),
        }
    }
}

/// Why a body was not pumped to its end.
enum Stopped {
    /// A part could not be fetched.
    Source(PipeFailure),
    /// Nobody takes it any more: the other side has answered, or is gone.
    Receiver,
}

impl From<PipeFailure> for Stopped {
    fn from(failure: PipeFailure) -> Self {
        Self::Source(failure)
    }
}

/// What breaks a body off.
#[derive(Debug, thiserror::Error)]
#[error("a part of the body could not be fetched")]
struct PipeFailed;

impl Ready {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::From { length, .. } => *length,
        }
    }
}

async fn prepare(client: &Client, part: BodyPart, room: &mut u64) -> Result<Ready, PipeFailure> {
    let source = match part {
        BodyPart::Bytes(bytes) => return Ok(Ready::Bytes(bytes)),
        BodyPart::From(source) => source,
    };
    if let Some(length) = source.bytes {
        return Ok(Ready::From { source, length, opened: None });
    }
    let (response, length) = open(client, &source).await?;
    match length {
        Some(length) => Ok(Ready::From { source, length, opened: Some(response) }),
        None => hold(&source, response, room).await.map(Ready::Bytes),
    }
}

async fn open(client: &Client, source: &Source) -> Result<(Response, Option<u64>), PipeFailure> {
    let request = outgoing((*source.request).clone());
    let response = client.execute(request).await.map_err(|_| PipeFailure::Broken)?;
    let length = source.length(response.status().as_u16(), response.content_length())?;
    Ok((response, length))
}

/// Reads a part as a whole.
async fn hold(source: &Source, mut response: Response, room: &mut u64) -> Result<Bytes, PipeFailure> {
    let mut held = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| PipeFailure::Broken)? {
        *room = room.checked_sub(chunk.len() as u64).ok_or(PipeFailure::TooLarge)?;
        held.extend_from_slice(&chunk);
    }
    let whole = held.len() >= source.head.len() && source.begins_with(&held);
    if whole { Ok(held.freeze()) } else { Err(PipeFailure::Changed) }
}

async fn pump(
    client: Client,
    parts: Vec<Ready>,
    mut sender: Sender<Bytes, PipeFailed>,
    ending: Arc<AtomicBool>,
) -> Result<(), Stopped> {
    let last = parts.len().saturating_sub(1);
    for (nth, part) in parts.into_iter().enumerate() {
        let ending = (nth == last).then_some(&*ending);
        let pumped = match part {
            Ready::Bytes(bytes) => hand_over(&mut sender, bytes, ending).await,
            Ready::From { source, length, opened } => {
                pump_source(&client, &mut sender, (source, length, opened), ending).await
            }
        };
        if let Err(stopped) = pumped {
            sender.abort(PipeFailed);
            return Err(stopped);
        }
    }
    Ok(())
}

async fn pump_source(
    client: &Client,
    sender: &mut Sender<Bytes, PipeFailed>,
    (source, length, opened): (Source, u64, Option<Response>),
    ending: Option<&AtomicBool>,
) -> Result<(), Stopped> {
    let mut response = match opened {
        Some(response) => response,
        None => open(client, &source).await?.0,
    };
    let mut passed: u64 = 0;
    while let Some(chunk) = response.chunk().await.map_err(|_| PipeFailure::Broken)? {
        let head = usize::try_from(passed).ok().and_then(|passed| source.head.get(passed..));
        let expected = head.unwrap_or_default();
        let shared = expected.len().min(chunk.len());
        if expected[..shared] != chunk[..shared] {
            return Err(PipeFailure::Changed.into());
        }
        passed += chunk.len() as u64;
        if passed > length {
            return Err(PipeFailure::Changed.into());
        }
        hand_over(sender, chunk, ending.filter(|_| passed == length)).await?;
    }
    if passed == length { Ok(()) } else { Err(PipeFailure::Broken.into()) }
}

/// Gives bytes to the other side; `ending`, if they are the last.
async fn hand_over(
    sender: &mut Sender<Bytes, PipeFailed>,
    bytes: Bytes,
    ending: Option<&AtomicBool>,
) -> Result<(), Stopped> {
    if let Some(ending) = ending {
        ending.store(true, Ordering::SeqCst);
    }
    sender.send_data(bytes).await.map_err(|_| Stopped::Receiver)
}

#[cfg(test)]
mod tests;
