//! The Graph API as seen by one page: addresses, the token, and questions asked one after the other.

use std::slice;
use std::time::Duration;

use deskbridge_core::effect::{Reason, Refusal};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::errors::{self, Verdict};
use super::wire::{Id, fits_path};
use crate::http::{Answer, Exchange, Method, Request};
use crate::{Next, Trouble};

/// How long to wait after a request that never left.
pub(super) const NOT_SENT_PAUSE: Duration = Duration::from_secs(5);

/// How long to wait after an answer that makes no sense.
const GARBLED_PAUSE: Duration = Duration::from_secs(30);

/// Where the API is and who we are there.
pub(super) struct Graph {
    pub(super) base: Url,
    pub(super) version: String,
    pub(super) page: String,
    /// Absent at the public door, which calls nothing.
    pub(super) token: Option<SecretString>,
}

impl Graph {
    /// A request to `/{version}/{path}`. The token travels in a header, never in the address, where logs would show it.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Request, Refusal> {
        let Some(token) = &self.token else { return Err(Refusal::new(Reason::Token, "no page token")) };
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
}

/// Why a conversation with the API cannot go on yet.
pub(super) enum Halt {
    /// This has to be asked first.
    Call(Box<Request>),
    /// There will be no answer.
    Trouble(Trouble),
}

impl Halt {
    pub(super) fn refused(reason: Reason, code: &str) -> Self {
        Self::Trouble(Trouble::Refused(Refusal::new(reason, code)))
    }
}

/// Asks questions one after the other: those asked before are answered from the exchanges, the first new one halts.
/// So what takes several requests can be written as if it ran through.
pub(super) struct Replay<'a> {
    pub(super) graph: &'a Graph,
    exchanges: slice::Iter<'a, Exchange>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(graph: &'a Graph, exchanges: &'a [Exchange]) -> Self {
        Self { graph, exchanges: exchanges.iter() }
    }

    /// Asks something whose refusal ends the whole.
    pub(super) fn get<T: DeserializeOwned>(
        &mut self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Halt> {
        self.ask(path, query)?.map_err(Halt::Trouble)
    }

    /// Asks something that one can do without.
    pub(super) fn ask<T: DeserializeOwned>(
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
        Ok(match errors::judge(response, &self.graph.page) {
            Some(Verdict::Refused(refusal)) => Err(Trouble::Refused(refusal)),
            Some(Verdict::RetryAfter(pause)) => Err(Trouble::RetryAfter(pause)),
            Some(Verdict::Unknown) => Err(Trouble::RetryAfter(GARBLED_PAUSE)),
            None => response.parse().map_err(|_| Trouble::RetryAfter(GARBLED_PAUSE)),
        })
    }
}

/// What comes of asking: the next request, or the result in the caller's own words.
pub(super) fn next<T, R>(asked: Result<T, Halt>, settle: impl FnOnce(Result<T, Trouble>) -> R) -> Next<R> {
    match asked {
        Ok(answer) => Next::Settled(settle(Ok(answer))),
        Err(Halt::Trouble(trouble)) => Next::Settled(settle(Err(trouble))),
        Err(Halt::Call(request)) => Next::Call(request),
    }
}

/// A node that is only referred to.
#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) id: Id,
}

/// One page of a list.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
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
    pub(super) fn after(&self) -> Option<&str> {
        let paging = self.paging.as_ref().filter(|paging| paging.next.is_some())?;
        paging.cursors.as_ref()?.after.as_deref()
    }
}
