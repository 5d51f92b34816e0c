//! Refusals in the exact shapes of the Zendesk API.

use std::collections::BTreeMap;

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

/// What a handler gives back.
pub(super) type Answer = Result<Response, Problem>;

/// A refusal: status, JSON body, and how long to wait.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) retry_after_s: Option<i64>,
}

impl Problem {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body, retry_after_s: None }
    }

    fn named(status: u16, error: &str, description: &str) -> Self {
        Self::new(status, json!({"error": error, "description": description}))
    }

    /// Wrong or missing Basic credentials.
    pub(super) fn unauthenticated() -> Self {
        Self::new(401, json!({"error": "Couldn't authenticate you"}))
    }

    /// Unknown, expired or revoked OAuth token.
    pub(super) fn invalid_token() -> Self {
        let why = "The access token provided is expired, revoked, malformed or invalid for other reasons.";
        Self::new(401, json!({"error": "invalid_token", "error_description": why}))
    }

    /// The user's role does not allow it; `error` is a string.
    pub(super) fn role() -> Self {
        Self::named(403, "Forbidden", NO_ACCESS)
    }

    /// The token's scope does not allow it; `error` is an object.
    pub(super) fn scope() -> Self {
        Self::new(403, json!({"error": {"title": "Forbidden", "message": NO_ACCESS}}))
    }

    pub(super) fn not_found() -> Self {
        Self::named(404, "RecordNotFound", "Not found")
    }

    pub(super) fn no_endpoint() -> Self {
        Self::named(404, "InvalidEndpoint", "Not found")
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::named(400, "ParameterMissing", &format!("Parameter {parameter} is required"))
    }

    pub(super) fn bad_request(error: &str, description: &str) -> Self {
        Self::named(400, error, description)
    }

    pub(super) fn unreadable() -> Self {
        Self::new(422, json!({"error": "Unprocessable Entity", "message": "Server could not parse JSON"}))
    }

    /// One field is wrong.
    pub(super) fn invalid(field: &str, description: &str, code: &str) -> Self {
        let mut details = Details::default();
        details.add(field, description, code);
        Self::record_invalid(&json!(details.0))
    }

    fn record_invalid(details: &Value) -> Self {
        let body =
            json!({"error": "RecordInvalid", "description": "Record validation errors", "details": details});
        Self::new(422, body)
    }

    /// Closed is final.
    pub(super) fn closed() -> Self {
        Self::record_invalid(&json!({"status": [{"description": "Status: closed prevents ticket update"}]}))
    }

    /// A suspended person may not open tickets or write.
    pub(super) fn suspended() -> Self {
        Self::record_invalid(&json!({"requester": [{"description": "Requester is suspended."}]}))
    }

    pub(super) fn key_mismatch() -> Self {
        let why = "Request parameters don't match the given idempotency key";
        Self::named(400, "IdempotentRequestError", why)
    }

    /// The ticket changed since the caller read it.
    pub(super) fn stale() -> Self {
        let why = "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket \
                   data and try again.";
        Self::named(409, "UpdateConflict", why)
    }

    pub(super) fn throttled(retry_after_s: i64) -> Self {
        let why = "Number of allowed API requests per minute exceeded";
        Self { retry_after_s: Some(retry_after_s), ..Self::named(429, "APIRateLimitExceeded", why) }
    }

    pub(super) fn into_response(self) -> Response {
        let response = Response::json(self.status, &self.body);
        match self.retry_after_s {
            Some(seconds) => response.header("retry-after", &seconds.to_string()),
            None => response,
        }
    }
}

const NO_ACCESS: &str = "You do not have access to this page. Please contact the account owner of this help desk for further help.";

/// Problems of several fields, reported together.
#[derive(Default)]
pub(super) struct Details(BTreeMap<String, Vec<Value>>);

impl Details {
    pub(super) fn add(&mut self, field: &str, description: &str, code: &str) {
        let problem = json!({"description": description, "error": code});
        self.0.entry(field.to_owned()).or_default().push(problem);
    }

    /// Nothing wrong, or one 422 that lists all of it.
    pub(super) fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::record_invalid(&json!(self.0))) }
    }
}

/// The maintenance page: HTML where a client expects JSON, and not always with a time to come back.
pub(super) fn maintenance(retry_after_s: Option<i64>) -> Response {
    let page = "<!DOCTYPE html>\n<html><head><title>Scheduled maintenance</title></head>\
                <body><h1>We'll be back soon</h1></body></html>\n";
    let response = Response { body: page.into(), ..Response::empty(503) }
        .header("content-type", "text/html; charset=utf-8");
    match retry_after_s {
        Some(seconds) => response.header("retry-after", &seconds.to_string()),
        None => response,
    }
}
