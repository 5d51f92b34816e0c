//! The problems this stand-in answers with, in X's words.

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) title: String,
    pub(super) detail: String,
    /// The last part of the problem type; empty for `about:blank`.
    pub(super) kind: String,
}

impl Problem {
    pub(super) fn new(status: u16, kind: &str, detail: &str) -> Self {
        let title = match status {
            400 => "Invalid Request",
            401 => "Unauthorized",
            402 => "CreditsDepleted",
            403 => "Forbidden",
            404 => "Not Found Error",
            429 => "Too Many Requests",
            _ => "Service Unavailable",
        };
        Self { status, title: title.to_owned(), detail: detail.to_owned(), kind: kind.to_owned() }
    }

    pub(super) fn forbidden(detail: &str) -> Self {
        Self::new(403, "", detail)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "", "Unauthorized")
    }

    pub(super) fn invalid(detail: &str) -> Self {
        Self::new(400, "invalid-request", detail)
    }

    pub(super) fn not_summoned() -> Self {
        Self::forbidden(
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the \
             author of the post you are replying to.",
        )
    }

    pub(super) fn reply_to_nothing() -> Self {
        Self::forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    }

    pub(super) fn duplicate() -> Self {
        Self::forbidden("You are not allowed to create a Tweet with duplicate content.")
    }

    pub(super) fn too_long() -> Self {
        Self::forbidden("Your Tweet text is too long.")
    }

    pub(super) fn no_direct_message() -> Self {
        Self::forbidden("You do not have permission to DM one or more participants.")
    }

    pub(super) fn no_credits() -> Self {
        let detail = "Your enrolled account does not have any credits to fulfill this request.";
        Self::new(402, "credits", detail)
    }

    pub(super) fn read_only() -> Self {
        let detail = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.";
        Self::new(403, "oauth1-permissions", detail)
    }

    pub(super) fn throttled() -> Self {
        Self::new(429, "", "Too Many Requests")
    }

    pub(super) fn body(&self) -> Value {
        let kind = if self.kind.is_empty() {
            "about:blank".to_owned()
        } else {
            format!("https://api.twitter.com/2/problems/{}", self.kind)
        };
        json!({"title": self.title, "detail": self.detail, "type": kind, "status": self.status})
    }

    pub(super) fn response(&self) -> Response {
        Response::json(self.status, &self.body())
    }
}

/// What a successful answer says about a thing that cannot be seen.
pub(super) fn not_found(resource: &str, id: &str) -> Value {
    json!({"errors": [{
        "value": id, "resource_id": id, "parameter": "id", "resource_type": resource,
        "title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found",
        "detail": format!("Could not find {resource} with id: [{id}]."),
    }]})
}
