//! What Freshdesk's refusals mean, and what to do about answers that never came.

use std::time::Duration;

use deskbridge_core::effect::{Outcome, Reason, Refusal};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::wire::Id;
use crate::Trouble;
use crate::http::{Answer, PipeFailure, Response};

/// A request that never left may go again soon.
const NOT_SENT: Duration = Duration::from_secs(5);
/// After this while a server in trouble may have recovered; for calls that may safely be repeated.
const IN_TROUBLE: Duration = Duration::from_secs(15);
/// The limits count per minute, so a 429 without `Retry-After` has passed after one.
const THROTTLED: Duration = Duration::from_secs(60);
/// `Retry-After: 0` must not become a loop without a pause.
const THROTTLED_MIN: Duration = Duration::from_secs(1);
/// The longest wait taken from `Retry-After`: old accounts count per hour.
const THROTTLED_MAX: Duration = Duration::from_secs(3600);
/// Another change of the same thing was under way (409 `inconsistent_state`).
const CONTENDED: Duration = Duration::from_secs(5);

/// Why a call gave nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// It certainly never arrived.
    NotSent,
    /// It may have been done: no answer, a server error, or an answer that makes no sense.
    Unclear,
    /// The same, of a request that only reads: nothing was changed.
    Unread,
    /// It was broken off, because a file could not be fetched that it was to carry.
    NotPiped(PipeFailure),
    /// It was not done.
    Refused(Box<ApiError>),
    /// The ticket says that it was merged into this other one.
    Merged(String),
    /// A list has more pages than anybody should read.
    Endless,
}

/// A refusal as Freshdesk documents it: a code, or a list of fields and what is wrong with each.
#[derive(Debug)]
pub(super) struct ApiError {
    status: u16,
    retry_after: Option<Duration>,
    body: ErrorBody,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Problem {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    additional_info: Option<AdditionalInfo>,
}

#[derive(Debug, Deserialize)]
struct AdditionalInfo {
    #[serde(default)]
    user_id: Option<Id>,
}

/// Reads an answer as JSON of that shape.
pub(super) fn receive<A: DeserializeOwned>(answer: &Answer) -> Result<A, Failure> {
    match answer {
        Answer::NotSent => Err(Failure::NotSent),
        Answer::Lost => Err(Failure::Unclear),
        Answer::NotPiped(failure) => Err(Failure::NotPiped(*failure)),
        Answer::Response(response) if response.is_success() => response.parse().map_err(|_| Failure::Unclear),
        Answer::Response(response) if response.status >= 500 || response.status == 408 => {
            Err(Failure::Unclear)
        }
        Answer::Response(response) => Err(Failure::Refused(Box::new(ApiError::of(response)))),
    }
}

/// Whether it was done, where the answer may have no body.
pub(super) fn done(answer: &Answer) -> Result<(), Failure> {
    match answer {
        Answer::Response(response) if response.is_success() => Ok(()),
        other => receive::<serde::de::IgnoredAny>(other).map(|_| ()),
    }
}

impl Failure {
    /// What it means for a write that must not be made twice. `missing` is what a 404 says.
    pub(super) fn outcome(self, missing: Reason) -> Outcome {
        match self {
            Self::NotSent => Outcome::RetryAfter(NOT_SENT),
            Self::Unclear => Outcome::Unknown,
            Self::Unread | Self::NotPiped(_) | Self::Refused(_) | Self::Merged(_) | Self::Endless => {
                outcome(self.trouble(missing))
            }
        }
    }

    /// The failure of a request that only reads, on the way to a write.
    pub(super) fn of_reading(self) -> Self {
        match self {
            Self::Unclear => Self::Unread,
            other => other,
        }
    }

    /// What it means for a call that may be repeated without harm, on the way to an effect.
    pub(super) fn outcome_of_repeatable(self, missing: Reason) -> Outcome {
        outcome(self.trouble(missing))
    }

    /// What it means for a call that may be repeated without harm.
    pub(super) fn trouble(self, missing: Reason) -> Trouble {
        match self {
            Self::NotSent => Trouble::RetryAfter(NOT_SENT),
            Self::NotPiped(failure) => failure.trouble(),
            Self::Unclear | Self::Unread => Trouble::RetryAfter(IN_TROUBLE),
            Self::Merged(into) => Trouble::Refused(merged(into)),
            Self::Endless => Trouble::Refused(Refusal::new(Reason::Invalid, "list too long to read")),
            Self::Refused(error) => error.trouble(missing),
        }
    }

    /// The refusal, if it is one.
    pub(super) fn refusal(&self) -> Option<&ApiError> {
        match self {
            Self::Refused(error) => Some(error),
            Self::NotSent
            | Self::NotPiped(_)
            | Self::Unclear
            | Self::Unread
            | Self::Merged(_)
            | Self::Endless => None,
        }
    }
}

fn outcome(trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Refused(refusal) => Outcome::Refused(refusal),
        Trouble::RetryAfter(pause) => Outcome::RetryAfter(pause),
    }
}

fn merged(into: String) -> Refusal {
    Refusal::new(Reason::TicketMerged(into), "merged")
}

fn retry_after(response: &Response) -> Option<Duration> {
    response.header_text("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs)
}

/// How long a limit lasts that an answer says is used up.
pub(super) fn throttled(response: &Response) -> Duration {
    throttled_for(retry_after(response))
}

fn throttled_for(retry_after: Option<Duration>) -> Duration {
    retry_after.unwrap_or(THROTTLED).clamp(THROTTLED_MIN, THROTTLED_MAX)
}

impl ApiError {
    fn of(response: &Response) -> Self {
        Self {
            status: response.status,
            retry_after: retry_after(response),
            // A 404 has an empty body, and proxies answer in HTML: the status alone must do then.
            body: response.parse().unwrap_or_default(),
        }
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Whether the value of this field is refused. A field that is missing is not: leaving more out would not help.
    pub(super) fn refuses(&self, field: &str) -> bool {
        self.status == 400
            && self
                .body
                .errors
                .iter()
                .any(|problem| problem.is_about(field) && !problem.has_code("missing_field"))
    }

    /// Whether the account's plan does not contain what was asked.
    pub(super) fn lacks_feature(&self) -> bool {
        let feature = "require_feature";
        self.body.code.as_deref() == Some(feature)
            || self.body.errors.iter().any(|problem| problem.has_code(feature))
    }

    /// Whether this field of a contact is not to be had on the account's plan. uncertain: Freshdesk does not document
    /// how it refuses `unique_external_id` there, so each of its ways of refusing a field counts.
    pub(super) fn lacks_field(&self, field: &str) -> bool {
        let named = self.body.errors.iter().any(|problem| problem.is_about(field));
        matches!(self.status, 400 | 403) && !self.is_duplicate() && (named || self.lacks_feature())
    }

    /// Whether somebody else has the unique value already. Documented as 409; 400 is taken as well.
    pub(super) fn is_duplicate(&self) -> bool {
        matches!(self.status, 400 | 409)
            && self.body.errors.iter().any(|problem| problem.has_code("duplicate_value"))
    }

    /// Who has the unique value. uncertain: widely seen, not in the reference pages; the caller can do without.
    pub(super) fn holder(&self) -> Option<String> {
        let told =
            self.body.errors.iter().find_map(|problem| problem.additional_info.as_ref()?.user_id.clone());
        told.map(|id| id.0)
    }

    /// Freshdesk's own words for an operator: status, code and field, never a value or a message.
    pub(super) fn code(&self) -> String {
        let problem = self.body.errors.first();
        let code = problem.and_then(|problem| problem.code.as_deref()).or(self.body.code.as_deref());
        let field = problem.and_then(|problem| problem.field.as_deref());
        let part = |mark: char, text: Option<&str>| {
            let name: String = text.unwrap_or_default().chars().filter(|c| is_name(*c)).take(64).collect();
            if name.is_empty() { name } else { format!("{mark}{name}") }
        };
        format!("{}{}{}", self.status, part('/', code), part(':', field))
    }

    fn trouble(&self, missing: Reason) -> Trouble {
        let reason = match self.status {
            401 => Reason::Token,
            403 => Reason::Permission,
            404 => missing,
            409 => return Trouble::RetryAfter(CONTENDED),
            429 => {
                return Trouble::RetryAfter(throttled_for(self.retry_after));
            }
            _ => Reason::Invalid,
        };
        Trouble::Refused(Refusal::new(reason, self.code()))
    }
}

impl Problem {
    fn is_about(&self, field: &str) -> bool {
        self.field.as_deref().is_some_and(|name| name == field || name.rsplit('.').next() == Some(field))
    }

    fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}
