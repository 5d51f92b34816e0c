//! The Graph API as seen by one account: addresses, the token, and questions asked one after the other.

use std::slice;
use std::time::Duration;

use deskbridge_core::effect::{Outcome, Reason, Receipt, Refusal};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Attachment;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::errors::{self, OwnCodes, Verdict};
use super::wire::{Id, fits_path};
use crate::files::{Look, look};
use crate::http::{Answer, Exchange, Method, Request, Response};
use crate::{Next, Trouble};

/// How long to wait after a request that never left.
pub(crate) const NOT_SENT_PAUSE: Duration = Duration::from_secs(5);

/// How long to wait after an answer that makes no sense.
const GARBLED_PAUSE: Duration = Duration::from_secs(30);

/// Where the API is and who we are there.
#[derive(Clone)]
pub(crate) struct Graph {
    pub(crate) base: Url,
    pub(crate) version: String,
    pub(crate) account: String,
    /// Absent at the public door, which calls nothing.
    pub(crate) token: Option<SecretString>,
    /// Whether direct messages after the ordinary window may bear the human-agent tag.
    pub(crate) human_agent: bool,
    /// What this product's own codes mean.
    pub(crate) own_codes: OwnCodes,
}

impl Graph {
    /// A request to `/{version}/{path}`. The token travels in a header, never in the address, where logs would show it.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Request, Refusal> {
        let Some(token) = &self.token else { return Err(Refusal::new(Reason::Token, "no access token")) };
        if !path.iter().all(|part| fits_path(part)) {
            return Err(Refusal::new(Reason::Invalid, "not an id"));
        }
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&self.version).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(Request::new(method, url).bearer(token))
    }

    /// What a response means; `None` if it is a success.
    pub(crate) fn judge(&self, response: &Response) -> Option<Verdict> {
        errors::judge(response, &self.account, self.own_codes)
    }

    /// What the answer says about something that we made: `id_of` finds its id.
    pub(crate) fn outcome<T: DeserializeOwned>(
        &self,
        exchange: &Exchange,
        id_of: impl Fn(T) -> Option<Id>,
    ) -> Outcome {
        let response = match &exchange.answer {
            Answer::Response(response) => response,
            Answer::NotSent => return Outcome::RetryAfter(NOT_SENT_PAUSE),
            Answer::Lost => return Outcome::Unknown,
            Answer::NotPiped(failure) => return failure.outcome(),
        };
        match self.judge(response) {
            Some(Verdict::Refused(refusal)) => Outcome::Refused(refusal),
            Some(Verdict::RetryAfter(pause)) => Outcome::RetryAfter(pause),
            Some(Verdict::Unknown) => Outcome::Unknown,
            None => match response.parse::<T>().ok().and_then(id_of) {
                Some(id) if !id.0.is_empty() => Outcome::Done(Receipt::of(id.0)),
                _ => Outcome::Unknown,
            },
        }
    }
}

/// Why a conversation with the API cannot go on yet.
pub(crate) enum Halt {
    /// This has to be asked first.
    Call(Box<Request>),
    /// There will be no answer.
    Trouble(Trouble),
}

impl Halt {
    pub(crate) fn refused(reason: Reason, code: &str) -> Self {
        Self::Trouble(Trouble::Refused(Refusal::new(reason, code)))
    }
}

/// Asks questions one after the other: those asked before are answered from the exchanges, the first new one halts.
/// So what takes several requests can be written as if it ran through.
pub(crate) struct Replay<'a> {
    pub(crate) graph: &'a Graph,
    exchanges: slice::Iter<'a, Exchange>,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(graph: &'a Graph, exchanges: &'a [Exchange]) -> Self {
        Self { graph, exchanges: exchanges.iter() }
    }

    /// Asks something whose refusal ends the whole.
    pub(crate) fn get<T: DeserializeOwned>(
        &mut self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Halt> {
        self.ask(path, query)?.map_err(Halt::Trouble)
    }

    /// What a file is, where anybody may fetch it who knows the address.
    pub(crate) fn look(
        &mut self,
        start: &str,
        attachment: &Attachment,
    ) -> Result<Result<RemoteFile, Trouble>, Halt> {
        self.look_with(start, attachment, |url| Request::get(url.clone()))
    }

    /// What a file is; `ask` makes the requests.
    pub(crate) fn look_with(
        &mut self,
        start: &str,
        attachment: &Attachment,
        ask: impl Fn(&Url) -> Request,
    ) -> Result<Result<RemoteFile, Trouble>, Halt> {
        let hosts = super::files::hosts(self.graph);
        match look(&mut self.exchanges, &hosts, start, attachment, |url, _| ask(url)) {
            Look::Ask(request) => Err(Halt::Call(request)),
            Look::There(file) => Ok(Ok(file)),
            Look::Not(trouble) => Ok(Err(trouble)),
        }
    }

    /// Asks something that one can do without.
    pub(crate) fn ask<T: DeserializeOwned>(
        &mut self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Result<T, Trouble>, Halt> {
        let Some(exchange) = self.exchanges.next() else {
            return match self.graph.request(Method::GET, path, query) {
                Ok(request) => Err(Halt::Call(Box::new(request))),
                Err(refusal) => Ok(Err(Trouble::Refused(refusal))),
            };
        };
        let Answer::Response(response) = &exchange.answer else {
            return Ok(Err(Trouble::RetryAfter(NOT_SENT_PAUSE)));
        };
        Ok(match self.graph.judge(response) {
            Some(Verdict::Refused(refusal)) => Err(Trouble::Refused(refusal)),
            Some(Verdict::RetryAfter(pause)) => Err(Trouble::RetryAfter(pause)),
            Some(Verdict::Unknown) => Err(Trouble::RetryAfter(GARBLED_PAUSE)),
            None => response.parse().map_err(|_| Trouble::RetryAfter(GARBLED_PAUSE)),
        })
    }
}

/// What comes of asking: the next request, or the result in the caller's own words.
pub(crate) fn next<T, R>(asked: Result<T, Halt>, settle: impl FnOnce(Result<T, Trouble>) -> R) -> Next<R> {
    match asked {
        Ok(answer) => Next::Settled(settle(Ok(answer))),
        Err(Halt::Trouble(trouble)) => Next::Settled(settle(Err(trouble))),
        Err(Halt::Call(request)) => Next::Call(request),
    }
}

/// What an answer to a question holds.
pub(crate) fn answer_to<T: DeserializeOwned>(graph: &Graph, exchange: &Exchange) -> Result<T, Outcome> {
    let response = match &exchange.answer {
        Answer::Response(response) => response,
        Answer::NotPiped(failure) => return Err(failure.outcome()),
        Answer::NotSent | Answer::Lost => return Err(Outcome::RetryAfter(NOT_SENT_PAUSE)),
    };
    match graph.judge(response) {
        Some(Verdict::Refused(refusal)) => Err(Outcome::Refused(refusal)),
        Some(Verdict::RetryAfter(pause)) => Err(Outcome::RetryAfter(pause)),
        Some(Verdict::Unknown) => Err(Outcome::RetryAfter(GARBLED_PAUSE)),
        None => response.parse().map_err(|_| Outcome::RetryAfter(GARBLED_PAUSE)),
    }
}

/// The first request of a step, if it can be made.
pub(crate) fn call(request: Result<Request, Refusal>) -> Next<Outcome> {
    match request {
        Ok(request) => Next::call(request),
        Err(refusal) => refused(refusal),
    }
}

pub(crate) fn refused(refusal: Refusal) -> Next<Outcome> {
    Next::Settled(Outcome::Refused(refusal))
}

/// A node that is only referred to.
#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) id: Id,
}

/// One page of a list.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    cursors: Option<Cursors>,
    /// The address of the next page. It contains the token, so it is only looked at to see whether there is one.
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    #[serde(default)]
    after: Option<String>,
}

impl<T> List<T> {
    /// The cursor of the next page, if there is one.
    pub(crate) fn after(&self) -> Option<&str> {
        let paging = self.paging.as_ref().filter(|paging| paging.next.is_some())?;
        paging.cursors.as_ref()?.after.as_deref()
    }
}
