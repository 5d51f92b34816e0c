//! What processes ask of the world, as values: a call is begun, happens at some moment, and is answered at another.
//! Whoever asked may be dead by then.

use std::time::Duration;

use deskbridge_connectors::http::{Answer, Request, Response};
use deskbridge_core::ConversationKey;
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{Fault, Held, HeldKind, Item, SaveError, Version};

use crate::queue::Finish;

/// A call.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Load(ConversationKey),
    LoadLatest(ConversationKey),
    Save(ConversationKey, Vec<u8>, Version),
    Hold(Box<Held>),
    Held(HeldKind, usize),
    Release(HeldKind, String),
    Send(Vec<Envelope>),
    Finish(Vec<Finish>),
    Http(Box<Request>, Duration),
}

/// Its answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Item(Result<Option<Item>, Fault>),
    Saved(Result<Version, SaveError>),
    Done(Result<(), Fault>),
    Records(Result<Vec<Held>, Fault>),
    Http(Answer),
}

impl Call {
    /// Its name in figures and traces.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Load(_) | Self::LoadLatest(_) => "load",
            Self::Save(..) => "save",
            Self::Hold(_) => "hold",
            Self::Held(..) => "held",
            Self::Release(..) => "release",
            Self::Send(_) => "send",
            Self::Finish(_) => "finish",
            Self::Http(request, _) if request.method == "GET" => "read",
            Self::Http(..) => "write",
        }
    }

    /// The answer when it failed, or seems to have.
    pub(crate) fn failed(&self) -> Reply {
        let fault = Fault::new(self.name(), "switched on in the simulation");
        match self {
            Self::Load(_) | Self::LoadLatest(_) => Reply::Item(Err(fault)),
            Self::Save(..) => Reply::Saved(Err(SaveError::Fault(fault))),
            Self::Held(..) => Reply::Records(Err(fault)),
            Self::Hold(_) | Self::Release(..) | Self::Send(_) | Self::Finish(_) => Reply::Done(Err(fault)),
            Self::Http(..) => Reply::Http(Answer::Lost),
        }
    }
}

/// What becomes of a call: when it happens, if at all; when it is answered; and with what, if not with the truth.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    pub(crate) name: &'static str,
    pub(crate) happens_after: Option<Duration>,
    pub(crate) answered_after: Duration,
    pub(crate) instead: Option<Reply>,
    /// So many saves ago is what a read gives.
    pub(crate) saves_ago: u32,
}

/// An answer of a remote side that is not the stand-in's own.
pub(crate) fn refusal(status: u16, retry_after_s: Option<u32>) -> Reply {
    let response = Response::text(status, "no JSON");
    Reply::Http(Answer::Response(match retry_after_s {
        Some(seconds) => response.header("retry-after", &seconds.to_string()),
        None => response,
    }))
}
