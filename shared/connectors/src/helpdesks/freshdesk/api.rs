//! Requests to one Freshdesk account as values, and the walk along their answers.

use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Attachment;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::errors::{Failure, done, receive};
use crate::files::{Hosts, Look, look};
use crate::http::{Answer, Exchange, Method, Request, Url, header};
use crate::{Next, Trouble};

/// The most entries that Freshdesk puts on one page of a list.
const PER_PAGE: usize = 100;

/// Makes requests to the API of one account.
pub(super) struct Api {
    base: Url,
    authorization: Option<SecretString>,
}

impl Api {
    /// The API below this address. Without a credential every call is answered 401, which is what it then deserves.
    pub(super) fn new(base: Url, authorization: Option<SecretString>) -> Self {
        Self { base, authorization }
    }

    /// `GET` of a path below `/api/v2`.
    pub(super) fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Request {
        let mut request = self.request(Method::GET, path);
        if !query.is_empty() {
            request.url.query_pairs_mut().extend_pairs(query);
        }
        request
    }

    /// `POST` of a JSON body.
    pub(super) fn post(&self, path: &[&str], body: &Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    /// `POST` without a body yet.
    pub(super) fn bare_post(&self, path: &[&str]) -> Request {
        self.request(Method::POST, path)
    }

    /// Where the account is.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// `DELETE`.
    pub(super) fn delete(&self, path: &[&str]) -> Request {
        self.request(Method::DELETE, path)
    }

    /// `PUT` of a JSON body.
    pub(super) fn put(&self, path: &[&str], body: &Value) -> Request {
        self.request(Method::PUT, path).json(body)
    }

    fn request(&self, method: Method, path: &[&str]) -> Request {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v2"]).extend(path);
        }
        let request = Request::new(method, url).header("accept", "application/json");
        match &self.authorization {
            Some(value) => request.secret_header(header::AUTHORIZATION, value),
            None => request,
        }
    }
}

/// What asking came to: the answer, read or refused; or, one level out, what the whole walk must do first.
pub(super) type Asked<A, T> = Result<Result<A, Failure>, Next<T>>;

/// The exchanges so far, in order. A walk asks its requests one after the other as if each were answered at once; the
/// first one that has no answer yet ends it with [`Next::Call`].
pub(super) struct Walk<'a>(std::slice::Iter<'a, Exchange>);

impl<'a> Walk<'a> {
    /// Walks `way` along the exchanges.
    pub(super) fn along<T>(
        exchanges: &'a [Exchange],
        way: impl FnOnce(&mut Self) -> Result<T, Next<T>>,
    ) -> Next<T> {
        way(&mut Self(exchanges.iter())).map_or_else(|next| next, Next::Settled)
    }

    /// The answer to `request`, read as JSON of that shape.
    pub(super) fn ask<A: DeserializeOwned, T>(&mut self, request: Request) -> Asked<A, T> {
        self.answer(request).map(receive)
    }

    /// Whether `request` was done; nothing of its answer is read.
    pub(super) fn tell<T>(&mut self, request: Request) -> Asked<(), T> {
        self.answer(request).map(done)
    }

    /// What a file is that an agent attached.
    pub(super) fn look<T>(
        &mut self,
        hosts: &Hosts,
        start: &str,
        attachment: &Attachment,
    ) -> Result<Result<RemoteFile, Trouble>, Next<T>> {
        match look(&mut self.0, hosts, start, attachment, |url, _| Request::get(url.clone())) {
            Look::Ask(request) => Err(Next::Call(request)),
            Look::There(file) => Ok(Ok(file)),
            Look::Not(trouble) => Ok(Err(trouble)),
        }
    }

    /// All pages of a list, up to `most` of them, or up to the page after which `enough` is known.
    pub(super) fn list<A: DeserializeOwned, T>(
        &mut self,
        page_of: impl Fn(&[(&str, &str)]) -> Request,
        most: usize,
        enough: impl Fn(&[A]) -> bool,
    ) -> Asked<Listing<A>, T> {
        let mut entries = Vec::new();
        for page in 1..=most {
            let (size, number) = (PER_PAGE.to_string(), page.to_string());
            let answer = self.answer(page_of(&[("per_page", &size), ("page", &number)]))?;
            let new: Vec<A> = match receive(answer) {
                Ok(new) => new,
                Err(failure) => return Ok(Err(failure)),
            };
            let last = !announces_more(answer) && new.len() < PER_PAGE;
            entries.extend(new);
            if last || enough(&entries) {
                return Ok(Ok(Listing { entries, whole: true }));
            }
        }
        Ok(Ok(Listing { entries, whole: false }))
    }

    fn answer<T>(&mut self, request: Request) -> Result<&'a Answer, Next<T>> {
        match self.0.next() {
            Some(exchange) => Ok(&exchange.answer),
            None => Err(Next::call(request)),
        }
    }
}

/// The entries of a list.
pub(super) struct Listing<A> {
    /// All entries of the pages that were read.
    pub(super) entries: Vec<A>,
    /// Whether nothing that matters lies on pages that were not read.
    pub(super) whole: bool,
}

/// Freshdesk documents a `Link` header with `rel="next"` on every page but the last.
fn announces_more(answer: &Answer) -> bool {
    match answer {
        Answer::Response(response) => {
            response.header_text("link").is_some_and(|link| link.contains("rel=\"next\""))
        }
        Answer::NotSent | Answer::Lost | Answer::NotPiped(_) => false,
    }
}
