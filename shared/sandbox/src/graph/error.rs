//! The error envelope of the Graph API and the errors this stand-in answers with.

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

/// One refusal. Clients should decide on code and subcode; the HTTP status follows from the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GraphError {
    pub(super) code: u32,
    pub(super) subcode: Option<u32>,
    pub(super) kind: &'static str,
    pub(super) message: String,
    pub(super) transient: bool,
}

impl GraphError {
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        let transient = matches!(code, 1 | 2 | 4 | 17 | 32 | 613 | 80000..=80014);
        Self { code, subcode: None, kind: "OAuthException", message: message.into(), transient }
    }

    pub(super) fn sub(mut self, subcode: u32) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// 100/33: the object is missing or cannot be seen, the platform does not say which.
    pub(super) fn gone(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation. Please read the Graph API documentation at \
             https://developers.facebook.com/docs/graph-api",
            method.to_ascii_lowercase()
        );
        Self { kind: "GraphMethodException", ..Self::new(100, message).sub(33) }
    }

    /// 100: a parameter that is missing or not allowed.
    pub(super) fn parameter(message: impl std::fmt::Display) -> Self {
        Self::new(100, format!("(#100) {message}"))
    }

    pub(super) fn bad_token() -> Self {
        Self::new(190, "Invalid OAuth access token - Cannot parse access token")
    }

    pub(super) fn no_token() -> Self {
        Self::new(104, "An access token is required to request this resource.")
    }

    pub(super) fn unknown_path(path: &str) -> Self {
        Self::new(2500, format!("Unknown path components: {path}"))
    }

    pub(super) fn outside_window() -> Self {
        let message = "(#10) This message is sent outside of allowed window. Learn more about the new policy here: \
                       https://developers.facebook.com/docs/messenger-platform/policy-overview";
        Self::new(10, message).sub(2_018_278)
    }

    pub(super) fn no_such_user() -> Self {
        Self::parameter("No matching user found").sub(2_018_001)
    }

    /// The HTTP status that goes with the code. Uncertain for some codes: the platform is known to answer throttles
    /// with 400, 403 and 429 alike, so nobody may rely on it.
    fn status(&self) -> u16 {
        match self.code {
            1 | 2 => 500,
            4 | 17 | 32 | 613 | 200..=299 => 403,
            _ => 400,
        }
    }

    pub(super) fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": self.message, "type": self.kind, "code": self.code, "fbtrace_id": trace,
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if self.transient {
            error["is_transient"] = true.into();
        }
        json!({ "error": error })
    }

    pub(super) fn response(&self, trace: &str) -> Response {
        let response = Response::json(self.status(), &self.body(trace));
        if self.code == 190 {
            let challenge = format!("OAuth \"Facebook Platform\" \"invalid_token\" \"{}\"", self.message);
            return response.header("www-authenticate", &challenge);
        }
        response
    }
}
