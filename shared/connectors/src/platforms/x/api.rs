//! The X API as seen by one account: addresses, signatures, and questions asked one after the other.

use std::slice;
use std::time::Duration;

use deskbridge_core::digest;
use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Attachment;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::errors::{self, Problem, Verdict};
use super::files;
use super::oauth::Credentials;
use super::oauth2::Client;
use super::wire::fits_path;
use crate::files::{Look, look};
use crate::http::{Answer, Exchange, Method, Request};
use crate::{Next, Session, Trouble};

/// How long to wait after a request that never left.
pub(super) const NOT_SENT_PAUSE: Duration = Duration::from_secs(5);

/// How long to wait after an answer that makes no sense.
pub(super) const GARBLED_PAUSE: Duration = Duration::from_secs(30);

/// Where the API is and who we are there.
pub(super) struct Api {
    pub(super) base: Url,
    pub(super) user: String,
    /// Absent at the public door, which calls nothing.
    pub(super) right: Option<Right>,
}

/// By what right calls are made.
pub(super) enum Right {
    /// OAuth 1.0a: keys that do not end.
    Keys(Credentials),
    /// OAuth 2.0: tokens that are renewed; the present one comes with the session.
    Consent(Client),
}

impl Api {
    /// An unsigned request to `/2/{path}`.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Request, Refusal> {
        if !path.iter().all(|part| fits_path(part)) {
            return Err(Refusal::new(Reason::Invalid, "not an id"));
        }
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("2").extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(Request::new(method, url))
    }

    /// The request with the session's token, or with its signature. The nonce comes from what makes the request what it is, so that the same
    /// arguments give the same request; `salt` parts those that would otherwise be alike.
    pub(super) fn signed(&self, request: Request, session: &Session, salt: &str) -> Result<Request, Refusal> {
        let credentials = match (&self.right, &session.token) {
            (Some(Right::Keys(credentials)), _) => credentials,
            (Some(Right::Consent(_)), Some(token)) => return Ok(request.bearer(token)),
            _ => return Err(Refusal::new(Reason::Token, "no access token")),
        };
        let (at, nth) = (session.at.0.to_string(), session.nth.to_string());
        let nonce = digest(&[request.method.as_str(), request.url.as_str(), &at, &nth, salt]);
        Ok(credentials.sign(request, session.at, &format!("{nonce:016x}")))
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

/// What a successful answer holds. A thing that cannot be seen comes as an error inside a success.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct Answered<T> {
    pub(super) data: Option<T>,
    #[serde(default, deserialize_with = "super::wire::lenient")]
    pub(super) includes: Option<Includes>,
    #[serde(default, deserialize_with = "super::wire::lenient")]
    pub(super) meta: Option<Meta>,
    #[serde(default, deserialize_with = "super::wire::several")]
    errors: Vec<Problem>,
}

/// Further things that an answer holds.
#[derive(Deserialize)]
pub(super) struct Includes {
    #[serde(default, deserialize_with = "super::wire::several")]
    pub(super) users: Vec<super::people::User>,
}

/// Where in a list an answer is.
#[derive(Deserialize)]
pub(super) struct Meta {
    #[serde(default, deserialize_with = "super::wire::lenient")]
    pub(super) result_count: Option<u64>,
    #[serde(default, deserialize_with = "super::wire::lenient")]
    pub(super) next_token: Option<String>,
}

/// Asks questions one after the other: those asked before are answered from the exchanges, the first new one halts.
/// So what takes several requests can be written as if it ran through.
pub(super) struct Replay<'a> {
    pub(super) api: &'a Api,
    session: &'a Session,
    asked: usize,
    exchanges: slice::Iter<'a, Exchange>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(api: &'a Api, session: &'a Session, exchanges: &'a [Exchange]) -> Self {
        Self { api, session, asked: 0, exchanges: exchanges.iter() }
    }

    /// Asks something whose refusal ends the whole.
    pub(super) fn get<T: DeserializeOwned>(
        &mut self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answered<T>, Halt> {
        self.ask(path, query)?.map_err(Halt::Trouble)
    }

    /// What a file is.
    pub(super) fn look(
        &mut self,
        start: &str,
        attachment: &Attachment,
    ) -> Result<Result<RemoteFile, Trouble>, Halt> {
        let (api, session, hosts) = (self.api, self.session, files::hosts(self.api));
        let ask = |url: &Url, salt: &str| {
            let bare = Request::get(url.clone());
            match files::is_signed(&hosts, url) {
                true => api.signed(bare.clone(), session, salt).unwrap_or(bare),
                false => bare,
            }
        };
        match look(&mut self.exchanges, &hosts, start, attachment, ask) {
            Look::Ask(request) => Err(Halt::Call(request)),
            Look::There(file) => Ok(Ok(file)),
            Look::Not(trouble) => Ok(Err(trouble)),
        }
    }

    /// Asks something that one can do without.
    pub(super) fn ask<T: DeserializeOwned>(
        &mut self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Result<Answered<T>, Trouble>, Halt> {
        self.asked += 1;
        let Some(exchange) = self.exchanges.next() else {
            let request = self.api.request(Method::GET, path, query);
            let signed =
                request.and_then(|request| self.api.signed(request, self.session, &self.asked.to_string()));
            return match signed {
                Ok(request) => Err(Halt::Call(Box::new(request))),
                Err(refusal) => Ok(Err(Trouble::Refused(refusal))),
            };
        };
        let Answer::Response(response) = &exchange.answer else {
            return Ok(Err(Trouble::RetryAfter(NOT_SENT_PAUSE)));
        };
        Ok(match errors::judge(response, self.session.at) {
            Some(Verdict::Refused(refusal)) => Err(Trouble::Refused(refusal)),
            Some(Verdict::RetryAfter(pause)) => Err(Trouble::RetryAfter(pause)),
            Some(Verdict::Unknown) => Err(Trouble::RetryAfter(GARBLED_PAUSE)),
            None => match response.parse::<Answered<T>>() {
                Ok(answered) => answered.whole(),
                Err(_) => Err(Trouble::RetryAfter(GARBLED_PAUSE)),
            },
        })
    }
}

impl<T> Answered<T> {
    /// An answer with data, or an empty list that says so.
    fn whole(self) -> Result<Self, Trouble> {
        let empty_list = self.meta.as_ref().is_some_and(|meta| meta.result_count == Some(0));
        match self.errors.first() {
            _ if self.data.is_some() || empty_list => Ok(self),
            Some(problem) => Err(Trouble::Refused(problem.of_one_thing())),
            None => Err(Trouble::RetryAfter(GARBLED_PAUSE)),
        }
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
