//! Talking to the API as values: requests with their credentials, and the exchanges so far read as one conversation.

use std::slice;

use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Attachment;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::errors::{Failure, hear};
use super::settings::Credential;
use crate::files::{Hosts, Look, look};
use crate::http::{Exchange, Method, Request, Url, header};
use crate::{Next, Session, Trouble};

/// The account's API.
pub(super) struct Api {
    pub(super) base: Url,
    pub(super) credential: Credential,
}

impl Api {
    /// The address below the base, each segment encoded.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        url
    }

    fn request(&self, method: Method, path: &[&str], session: &Session) -> Request {
        let segments: Vec<&str> = ["api", "v2"].iter().chain(path).copied().collect();
        self.authorized(
            Request::new(method, self.url(&segments)).header("accept", "application/json"),
            session,
        )
    }

    fn authorized(&self, request: Request, session: &Session) -> Request {
        match (&session.token, &self.credential) {
            (Some(token), _) => request.bearer(token),
            (None, Credential::Basic(Some(value))) => request.secret_header(header::AUTHORIZATION, value),
            (None, _) => request,
        }
    }
}

/// A conversation with the API, replayed from its exchanges and continued by one request: code reads as if each answer
/// were simply there, and `?` leaves it where the next request has to be made.
pub(super) struct Talk<'a> {
    api: &'a Api,
    session: &'a Session,
    past: slice::Iter<'a, Exchange>,
}

/// The answer to one request, or `Next` to leave with.
pub(super) type Heard<A, T> = Result<Result<A, Failure>, Next<T>>;

impl<'a> Talk<'a> {
    pub(super) fn new(api: &'a Api, session: &'a Session, exchanges: &'a [Exchange]) -> Self {
        Self { api, session, past: exchanges.iter() }
    }

    /// The answer to this request.
    pub(super) fn ask<A: DeserializeOwned, T>(
        &mut self,
        request: impl FnOnce(&Self) -> Request,
    ) -> Heard<A, T> {
        match self.past.next() {
            Some(exchange) => Ok(hear(&exchange.answer)),
            None => Err(Next::call(request(self))),
        }
    }

    /// What a file is that an agent attached.
    pub(super) fn look<T>(
        &mut self,
        hosts: &Hosts,
        start: &str,
        attachment: &Attachment,
    ) -> Result<Result<RemoteFile, Trouble>, Next<T>> {
        let (api, session) = (self.api, self.session);
        let ask = |url: &Url, _: &str| match hosts.is_own(url) {
            true => api.authorized(Request::get(url.clone()), session),
            false => Request::get(url.clone()),
        };
        match look(&mut self.past, hosts, start, attachment, ask) {
            Look::Ask(request) => Err(Next::Call(request)),
            Look::There(file) => Ok(Ok(file)),
            Look::Not(trouble) => Ok(Err(trouble)),
        }
    }

    /// The answer to a `GET` below `/api/v2`.
    pub(super) fn get<A: DeserializeOwned, T>(
        &mut self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Heard<A, T> {
        self.ask(|talk| {
            let mut request = talk.request(Method::GET, path);
            if !query.is_empty() {
                request.url.query_pairs_mut().extend_pairs(query);
            }
            request
        })
    }

    /// The answer to a `PUT` below `/api/v2`.
    pub(super) fn put<A: DeserializeOwned, T>(
        &mut self,
        path: &[&str],
        body: impl FnOnce() -> Value,
    ) -> Heard<A, T> {
        self.ask(|talk| talk.request(Method::PUT, path).json(&body()))
    }

    /// The answer to a `DELETE` below `/api/v2` that says in its body what is to go.
    pub(super) fn delete<A: DeserializeOwned, T>(
        &mut self,
        path: &[&str],
        body: impl FnOnce() -> Value,
    ) -> Heard<A, T> {
        self.ask(|talk| talk.request(Method::DELETE, path).json(&body()))
    }

    /// The answer to a `POST` below `/api/v2`.
    pub(super) fn post<A: DeserializeOwned, T>(
        &mut self,
        path: &[&str],
        body: impl FnOnce() -> Value,
    ) -> Heard<A, T> {
        self.ask(|talk| talk.request(Method::POST, path).json(&body()))
    }

    /// A request below `/api/v2` with our credential.
    pub(super) fn request(&self, method: Method, path: &[&str]) -> Request {
        self.api.request(method, path, self.session)
    }
}

/// The end of a conversation: both ways out of it are the next step.
pub(super) fn ended<T>(result: Result<T, Next<T>>) -> Next<T> {
    result.map_or_else(|next| next, Next::Settled)
}
