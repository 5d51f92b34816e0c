//! What Freshdesk answers when it refuses.

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

/// The result of every API operation.
pub(super) type Answer = Result<Response, Refusal>;

/// Why a request was refused; [`Refusal::response`] gives it Freshdesk's shape.
#[derive(Debug)]
pub(super) enum Refusal {
    /// 400 with one entry per field.
    Invalid(Vec<Problem>),
    /// 409: another contact (or agent) already holds this value.
    Duplicate { field: &'static str, user_id: u64 },
    /// 404, with an empty body.
    NotFound,
    /// 401: no such API key.
    Credentials,
    /// 403: the agent may not do this.
    Denied,
    /// 403: the plan does not contain this.
    Feature(&'static str),
    /// 403 of the file store: the signed link is wrong or too old.
    ExpiredLink,
    /// 405, with the methods that would do.
    Method(&'static str),
    /// 406: the client does not accept JSON.
    NotAcceptable,
    /// 415: the body is neither JSON nor multipart.
    ContentType,
    /// 400: the body is not JSON although it says so.
    Json,
    /// 429, with the seconds until the next window.
    TooMany { retry_after: i64 },
    /// 503 in HTML, as the proxy in front of Freshdesk answers.
    Maintenance,
}

/// What is wrong with one field.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) field: String,
    pub(super) message: String,
    pub(super) code: &'static str,
}

impl Refusal {
    /// The refusal of one field.
    pub(super) fn field(field: &str, message: impl Into<String>, code: &'static str) -> Self {
        Self::Invalid(vec![Problem { field: field.to_owned(), message: message.into(), code }])
    }

    /// The answer as Freshdesk words it.
    pub(super) fn response(&self) -> Response {
        match self {
            Self::Invalid(problems) => {
                Response::json(400, &validation_failed(problems.iter().map(Problem::json)))
            }
            Self::Duplicate { field, user_id } => Response::json(409, &duplicate(field, *user_id)),
            Self::NotFound => Response::empty(404),
            Self::Credentials => {
                coded(401, "invalid_credentials", "You have to be logged in to perform this action.")
            }
            Self::Denied => coded(403, "access_denied", "You are not authorized to perform this action."),
            Self::Feature(name) => coded(
                403,
                "require_feature",
                &format!(
                    "The {name} feature(s) is/are not supported in your plan. Please upgrade your account to use it."
                ),
            ),
            Self::ExpiredLink => Response { body: EXPIRED.into(), ..Response::empty(403) }
                .header("content-type", "application/xml"),
            Self::Method(allowed) => {
                let message =
                    format!("This method is not allowed. It should be one of these method(s): {allowed}");
                Response::json(405, &json!({ "message": message })).header("allow", allowed)
            }
            // uncertain: Freshdesk documents the statuses 406 and 415, not their bodies.
            Self::NotAcceptable => {
                Response::json(406, &json!({ "message": "Accept must allow application/json" }))
            }
            Self::ContentType => {
                coded(415, "invalid_content_type", "Content-Type header should have application/json")
            }
            Self::Json => coded(400, "invalid_json", "Request body has invalid json format"),
            Self::TooMany { retry_after } => {
                Response::json(429, &json!({ "message": "You have exceeded the limit of requests per hour" }))
                    .header("retry-after", &retry_after.to_string())
            }
            Self::Maintenance => Response { body: MAINTENANCE.into(), ..Response::empty(503) }
                .header("content-type", "text/html; charset=utf-8"),
        }
    }
}

impl Problem {
    fn json(&self) -> Value {
        json!({ "field": self.field, "message": self.message, "code": self.code })
    }
}

fn validation_failed(errors: impl Iterator<Item = Value>) -> Value {
    json!({ "description": "Validation failed", "errors": errors.collect::<Vec<_>>() })
}

/// uncertain: `additional_info.user_id` is widely reported, but not in the reference pages.
fn duplicate(field: &str, user_id: u64) -> Value {
    validation_failed(std::iter::once(json!({
        "field": field,
        "additional_info": { "user_id": user_id },
        "message": "It should be a unique value",
        "code": "duplicate_value",
    })))
}

fn coded(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &json!({ "code": code, "message": message }))
}

const EXPIRED: &str =
    "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
const MAINTENANCE: &str = "<html><head><title>503 Service Temporarily Unavailable</title></head><body><center><h1>503 Service Temporarily \
     Unavailable</h1></center></body></html>";
