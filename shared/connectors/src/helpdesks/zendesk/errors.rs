//! What an answer means that is not the hoped-for one: Zendesk's error bodies, and the outcome they stand for.

use std::time::Duration;

use deskbridge_core::Outcome;
use deskbridge_core::effect::{Reason, Refusal};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Trouble;
use crate::http::{Answer, PipeFailure, Response};

const NOT_SENT: Duration = Duration::from_secs(5);
/// What is only asked again where that does no harm need not wait long.
const LOST: Duration = Duration::from_secs(1);
pub(super) const THROTTLED: Duration = Duration::from_secs(30);
const BROKEN: Duration = Duration::from_secs(30);
const MAINTENANCE: Duration = Duration::from_secs(60);
const TWIN_IN_FLIGHT: Duration = Duration::from_secs(2);
const CONFLICT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Why a request has no usable answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// It never arrived.
    NotSent,
    /// It may have been carried out; something that does no harm twice may be tried again after this while.
    Unclear(Duration),
    /// The same, of a request that only reads: nothing was changed.
    Unread(Duration),
    /// It was broken off, because a file could not be fetched that it was to carry.
    NotPiped(PipeFailure),
    /// Zendesk said that it was not carried out.
    Said(Problem),
}

impl Failure {
    /// What this means for a write.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Unclear(_) => Outcome::Unknown,
            Self::NotSent | Self::Unread(_) | Self::NotPiped(_) | Self::Said(_) => self.harmless(),
        }
    }

    /// The failure of a request that only reads, on the way to a write.
    pub(super) fn of_reading(self) -> Self {
        match self {
            Self::Unclear(wait) => Self::Unread(wait),
            other => other,
        }
    }

    /// What this means for a write that does no harm twice, or for a read on which the effect waits.
    pub(super) fn harmless(&self) -> Outcome {
        match self.trouble() {
            Trouble::RetryAfter(wait) => Outcome::RetryAfter(wait),
            Trouble::Refused(refusal) => Outcome::Refused(refusal),
        }
    }

    /// What this means for a read.
    pub(super) fn trouble(&self) -> Trouble {
        match self {
            Self::NotSent => Trouble::RetryAfter(NOT_SENT),
            Self::NotPiped(failure) => failure.trouble(),
            Self::Unclear(wait) | Self::Unread(wait) => Trouble::RetryAfter(*wait),
            Self::Said(problem) => problem.trouble(),
        }
    }

    /// Whether Zendesk says that there is no such record (deleted, spam, or hidden from our user).
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Said(problem) if problem.is_missing())
    }
}

/// A refusal as Zendesk words it.
#[derive(Debug, Default)]
pub(super) struct Problem {
    pub(super) status: u16,
    /// The code in `error`, or its title where `error` is an object.
    pub(super) word: String,
    details: Vec<Detail>,
    wait: Option<Duration>,
}

#[derive(Debug)]
struct Detail {
    field: String,
    error: String,
    description: String,
}

/// The answer as JSON of that shape, or why there is none.
pub(super) fn hear<T: DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    let response = match answer {
        Answer::Response(response) => response,
        Answer::NotSent => return Err(Failure::NotSent),
        Answer::Lost => return Err(Failure::Unclear(LOST)),
        Answer::NotPiped(failure) => return Err(Failure::NotPiped(*failure)),
    };
    match (response.status, retry_after(response)) {
        (200..=299, _) => response.parse().map_err(|_| Failure::Unclear(BROKEN)),
        (503, wait @ Some(_)) => Err(Failure::Said(Problem { status: 503, wait, ..Problem::default() })),
        // Without a time to come back, this may be a proxy that gave up on a request which is still being served.
        (503, None) => Err(Failure::Unclear(MAINTENANCE)),
        (408 | 500.., _) => Err(Failure::Unclear(BROKEN)),
        (_, wait) => Err(Failure::Said(Problem::read(response, wait))),
    }
}

impl Problem {
    fn read(response: &Response, wait: Option<Duration>) -> Self {
        let body: Value = response.parse().unwrap_or_default();
        // `error` is text in most refusals and an object with a title in some of the 403s.
        let error = &body["error"];
        let word = error.as_str().or_else(|| error["title"].as_str()).unwrap_or_default().to_owned();
        let mut details = Vec::new();
        for (field, entries) in body["details"].as_object().into_iter().flatten() {
            for entry in entries.as_array().into_iter().flatten() {
                let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
                let description = entry.as_str().map_or_else(|| text("description"), str::to_owned);
                details.push(Detail { field: field.clone(), error: text("error"), description });
            }
        }
        Self { status: response.status, word, details, wait }
    }

    fn trouble(&self) -> Trouble {
        let reason = match self.status {
            429 => return Trouble::RetryAfter(self.wait.unwrap_or(THROTTLED)),
            503 => return Trouble::RetryAfter(self.wait.unwrap_or(MAINTENANCE)),
            409 if self.word == "IdempotentRequestInProgress" => return Trouble::RetryAfter(TWIN_IN_FLIGHT),
            409 => return Trouble::RetryAfter(self.wait.unwrap_or(CONFLICT)),
            401 => Reason::Token,
            403 => Reason::Permission,
            413 => Reason::Content,
            422 if self.names(&["comment", "description", "subject"]) => Reason::Content,
            _ => Reason::Invalid,
        };
        Trouble::Refused(self.refusal(reason))
    }

    /// A refusal for that reason with this problem as its code: status, error word and the fields at fault. Descriptions
    /// stay out, they may quote what a customer wrote.
    pub(super) fn refusal(&self, reason: Reason) -> Refusal {
        let mut code = self.status.to_string();
        let fields = self.details.iter().map(|detail| match detail.error.as_str() {
            "" => detail.field.clone(),
            error => format!("{}:{error}", detail.field),
        });
        for part in std::iter::once(self.word.clone()).chain(fields).filter(|part| !part.is_empty()).take(6) {
            let plain = |letter: &char| letter.is_ascii_alphanumeric() || " _.:'-".contains(*letter);
            code.push(' ');
            code.extend(part.chars().filter(plain).take(48));
        }
        Refusal::new(reason, code)
    }

    /// The outcome for a write, where nothing better is known.
    pub(super) fn outcome(&self) -> Outcome {
        match self.trouble() {
            Trouble::RetryAfter(wait) => Outcome::RetryAfter(wait),
            Trouble::Refused(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Whether the record does not exist. A wrong path or a host without a Zendesk account says something else.
    pub(super) fn is_missing(&self) -> bool {
        self.status == 404 && self.word == "RecordNotFound"
    }

    /// Whether a value has to be unique and is taken.
    pub(super) fn is_duplicate(&self) -> bool {
        self.status == 422
            && (self.word == "DuplicateValue"
                || self.details.iter().any(|detail| detail.error == "DuplicateValue"))
    }

    /// Whether the customer's user is at fault: merged into another, deleted, or otherwise not valid.
    pub(super) fn is_about_customer(&self) -> bool {
        const FIELDS: [&str; 6] =
            ["requester", "requester_id", "author", "author_id", "submitter", "submitter_id"];
        let blames = |detail: &Detail| {
            let text = detail.description.to_lowercase();
            ["requester", "author", "submitter"].iter().any(|who| text.contains(who))
        };
        self.status == 422 && (self.names(&FIELDS) || self.details.iter().any(blames))
    }

    /// Whether it says, in English, that the customer's user is suspended.
    pub(super) fn is_about_suspension(&self) -> bool {
        self.status == 422
            && self.details.iter().any(|detail| detail.description.to_lowercase().contains("suspended"))
    }

    fn names(&self, fields: &[&str]) -> bool {
        self.details.iter().any(|detail| fields.contains(&detail.field.as_str()))
    }
}

/// `Retry-After` in seconds or as a date; a date counts from the answer's own `Date`, so no clock is needed.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header_text("retry-after")?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = |text: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
            let (until, now) = (date(text)?, date(response.header_text("date")?)?);
            Duration::from_secs(u64::try_from(until.as_second() - now.as_second()).unwrap_or(0))
        }
    };
    Some(wait.clamp(Duration::from_secs(1), LONGEST_WAIT))
}
