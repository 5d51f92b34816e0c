//! HTTP as plain values: what a connector asks the engine to send, and what came back.
//!
//! Nothing here performs IO. A stand-in of the sandbox speaks the same values, so a test can put the two together
//! without a socket.

mod piped;

use std::fmt;

use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
pub use url::Url;

pub use self::piped::{BodyPart, HELD_BYTES_MAX, PipeFailure, Source};

/// One HTTP request as a value. Header values that carry secrets are marked sensitive, and `Debug` shows neither them
/// nor the body.
#[derive(Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The absolute URL, query included.
    pub url: Url,
    /// The headers; names compare case-insensitively.
    pub headers: HeaderMap,
    /// The exact bytes of the body.
    pub body: Bytes,
    /// The body in parts, some of which are fetched while it is sent. If there are any, they are the body, and `body` is empty.
    pub parts: Vec<BodyPart>,
    /// Only so many bytes of the answer's body are wanted, and its `Content-Length`; the rest is not read.
    pub first_bytes: Option<usize>,
}

impl Request {
    /// A request without headers or body.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Self { method, url, headers, body, parts: Vec::new(), first_bytes: None }
    }

    /// `GET url`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// The request with a JSON body.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        self.body = serde_json::to_vec(body).unwrap_or_default().into();
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self
    }

    /// The request with an `application/x-www-form-urlencoded` body.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        self.body = form.extend_pairs(fields).finish().into();
        self.headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        self
    }

    /// The request with one more header. A value that is not legal in a header is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// The request with a header whose value must never be shown.
    #[must_use]
    pub fn secret_header(mut self, name: HeaderName, value: &SecretString) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value.expose_secret()) {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }

    /// The request with `Authorization: Bearer token`.
    #[must_use]
    pub fn bearer(self, token: &SecretString) -> Self {
        let value = SecretString::from(format!("Bearer {}", token.expose_secret()));
        self.secret_header(header::AUTHORIZATION, &value)
    }

    /// The request with a body in parts.
    #[must_use]
    pub fn piped(mut self, content_type: &str, parts: Vec<BodyPart>) -> Self {
        self.parts = parts;
        self.header("content-type", content_type)
    }

    /// The request for the beginning of an answer only.
    #[must_use]
    pub fn first_bytes(mut self, bytes: usize) -> Self {
        self.first_bytes = Some(bytes);
        self
    }

    /// A header's value as text; `None` if it is absent, repeated, or not visible ASCII. Repetition counts as absence
    /// so that nobody can smuggle a second signature past a check of "the first" one.
    #[must_use]
    pub fn only_header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// The first query parameter of that name, decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{} ({} B)", self.method, self.url.authority(), self.url.path(), self.body.len())
    }
}

/// One HTTP response as a value.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The exact bytes of the body.
    pub body: Bytes,
}

impl Response {
    /// A response with a status and nothing else.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A plain-text response.
    #[must_use]
    pub fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }.header("content-type", "text/plain; charset=utf-8")
    }

    /// A JSON response.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(status: u16, body: &T) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { body: body.into(), ..Self::empty(status) }
            .header("content-type", "application/json; charset=utf-8")
    }

    /// The response with one more header. A value that is not legal in a header is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// The response as somebody sees it who reads only the beginning of its body. How long the whole is, `Content-Length` says.
    #[must_use]
    pub fn cut(mut self, bytes: usize) -> Self {
        if !self.headers.contains_key(header::CONTENT_LENGTH) {
            self.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
        self.body.truncate(bytes);
        self
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as a typed JSON value.
    ///
    /// # Errors
    /// When the body is not JSON of that shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        crate::json::read(&self.body)
    }

    /// A header's value as text.
    #[must_use]
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} B)", self.status, self.body.len())
    }
}

/// What became of one request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The remote side answered.
    Response(Response),
    /// The request certainly never reached the remote side (no route, refused, TLS failed). Safe to send again.
    NotSent,
    /// It may have reached the remote side, but no answer came (deadline, reset). Never assume either way.
    Lost,
    /// A part of its body could not be fetched, so it was broken off: the remote side certainly did not carry it out.
    NotPiped(PipeFailure),
}

/// A request and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked.
    pub request: Request,
    /// What became of it.
    pub answer: Answer,
}
