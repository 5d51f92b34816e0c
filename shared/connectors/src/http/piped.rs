//! Bodies that come from elsewhere while they are sent: one request names others whose answers are parts of its body, and the
//! port pipes them through. So a file of any size travels without being held, and a connector stays a function of values.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use deskbridge_core::effect::{Outcome, Reason, Refusal};

use super::{Answer, Request, Response, header};
use crate::Trouble;

/// The most bytes that are held of parts whose length the remote side does not tell: without the length of the whole, many
/// servers take no body. 16 MiB.
pub const HELD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How long to wait after a source failed: it was there a moment ago.
const SOURCE_PAUSE: Duration = Duration::from_secs(10);

/// A part of a body.
#[derive(Clone, Debug)]
pub enum BodyPart {
    /// These bytes.
    Bytes(Bytes),
    /// What this source gives.
    From(Source),
}

/// Another answer that is a part of a body.
#[derive(Clone, Debug)]
pub struct Source {
    /// The `GET` that gives it, with status 200; no redirect is followed.
    pub request: Box<Request>,
    /// Its length, if the remote side told it before. Then it must be exactly that.
    pub bytes: Option<u64>,
    /// It must begin so: what was looked at is what is sent.
    pub head: Bytes,
}

/// Why a part of a body could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeFailure {
    /// The source answered with this status instead of 200.
    Status(u16),
    /// It told no length, and is larger than what may be held.
    TooLarge,
    /// It is not what it was a moment ago.
    Changed,
    /// It gave no answer, or broke off.
    Broken,
}

impl PipeFailure {
    /// What it means for an effect. The next attempt looks at the source again, and then knows more.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::TooLarge => Outcome::Refused(Refusal::new(Reason::Content, "too large to hold")),
            _ => Outcome::RetryAfter(SOURCE_PAUSE),
        }
    }

    /// The same for a request that does no harm twice.
    #[must_use]
    pub fn trouble(self) -> Trouble {
        match self.outcome() {
            Outcome::Refused(refusal) => Trouble::Refused(refusal),
            _ => Trouble::RetryAfter(SOURCE_PAUSE),
        }
    }
}

impl Source {
    /// The length of the part that an answer with this status and `Content-Length` gives; `None`: nobody knows, hold it.
    ///
    /// # Errors
    /// When it cannot be the part.
    pub fn length(&self, status: u16, content_length: Option<u64>) -> Result<Option<u64>, PipeFailure> {
        let length = match (status, self.bytes, content_length) {
            (200, Some(expected), Some(told)) if expected != told => return Err(PipeFailure::Changed),
            (200, expected, told) => expected.or(told),
            (status, _, _) => return Err(PipeFailure::Status(status)),
        };
        let holds_head = length.is_none_or(|length| length >= self.head.len() as u64);
        if holds_head { Ok(length) } else { Err(PipeFailure::Changed) }
    }

    /// Whether a part that begins with `beginning` may be the one: it may be shorter or longer than the head.
    #[must_use]
    pub fn begins_with(&self, beginning: &[u8]) -> bool {
        let shared = beginning.len().min(self.head.len());
        self.head[..shared] == beginning[..shared]
    }

    /// Takes the part out of a whole answer.
    fn take(&self, answer: &Answer) -> Result<Bytes, PipeFailure> {
        let Answer::Response(response) = answer else { return Err(PipeFailure::Broken) };
        let told = content_length(response).or(Some(response.body.len() as u64));
        let length = self.length(response.status, told)?;
        if length.is_some_and(|length| length != response.body.len() as u64) {
            return Err(PipeFailure::Broken);
        }
        if response.body.len() < self.head.len() || !self.begins_with(&response.body) {
            return Err(PipeFailure::Changed);
        }
        Ok(response.body.clone())
    }
}

impl Request {
    /// Whether parts of its body must be fetched.
    #[must_use]
    pub fn has_sources(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, BodyPart::From(_)))
    }

    /// The request with its body in one piece, for ports that have no network: `fetch` answers the sources.
    ///
    /// # Errors
    /// When a source fails.
    pub fn in_one_piece(mut self, mut fetch: impl FnMut(&Self) -> Answer) -> Result<Self, PipeFailure> {
        if self.parts.is_empty() {
            return Ok(self);
        }
        let mut body = BytesMut::new();
        for part in std::mem::take(&mut self.parts) {
            match part {
                BodyPart::Bytes(bytes) => body.extend_from_slice(&bytes),
                BodyPart::From(source) => body.extend_from_slice(&source.take(&fetch(&source.request))?),
            }
        }
        self.body = body.freeze();
        Ok(self)
    }
}

/// What the header says.
fn content_length(response: &Response) -> Option<u64> {
    response.header_text(header::CONTENT_LENGTH.as_str())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Method;
    use super::*;

    fn source(bytes: Option<u64>, head: &'static str) -> Source {
        let url = "https://cdn.example/1".parse().unwrap();
        Source { request: Box::new(Request::get(url)), bytes, head: Bytes::from(head) }
    }

    fn piped(source: Source, answer: &Answer) -> Result<Bytes, PipeFailure> {
        let parts = vec![BodyPart::Bytes("<".into()), BodyPart::From(source), BodyPart::Bytes(">".into())];
        let request = Request::new(Method::POST, "https://desk.example/".parse().unwrap());
        let request = request.piped("text/plain", parts);
        assert!(request.has_sources());
        request.in_one_piece(|_| answer.clone()).map(|request| request.body)
    }

    fn ok(body: &str) -> Answer {
        Answer::Response(Response::text(200, body.to_owned()))
    }

    #[test]
    fn a_body_is_put_together_only_from_what_was_looked_at() {
        assert_eq!(piped(source(Some(5), "he"), &ok("hello")).as_deref(), Ok(&b"<hello>"[..]));
        assert_eq!(piped(source(None, ""), &ok("hello")).as_deref(), Ok(&b"<hello>"[..]));
        for (bytes, head, answer, failure) in [
            (Some(4), "he", ok("hello"), PipeFailure::Changed),
            (Some(5), "ha", ok("hello"), PipeFailure::Changed),
            (None, "hello world", ok("hello"), PipeFailure::Changed),
            (Some(5), "", Answer::Lost, PipeFailure::Broken),
            (Some(5), "", Answer::Response(Response::empty(302)), PipeFailure::Status(302)),
        ] {
            assert_eq!(piped(source(bytes, head), &answer), Err(failure), "{bytes:?} {head}");
        }
    }

    #[test]
    fn the_beginning_of_an_answer_says_how_long_the_whole_is() {
        let cut = Response::text(200, "hello").cut(2);
        assert_eq!((&cut.body[..], cut.header_text("content-length")), (&b"he"[..], Some("5")));
        let told = Response::text(200, "hello").header("content-length", "9").cut(99);
        assert_eq!((told.body.len(), told.header_text("content-length")), (5, Some("9")));
    }
}
