//! Why a call came to nothing, and whether another attempt may end better.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Codes with which services ask to be called less often, or again. Besides, every code that speaks of throttling.
const AGAIN: [&str; 7] = [
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "TooManyRequestsException",
    "SlowDown",
    "PriorRequestNotComplete",
    "RequestTimeout",
];
/// No code is longer; what is longer is none.
const CODE_BYTES_MAX: usize = 100;

/// Why a call came to nothing. What the service says beside the code may quote content, and is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The service refused it.
    Refused { status: u16, code: String },
    /// No connection was made in time.
    Unreachable,
    /// No connection was made, or it broke before the answer was there.
    Broken,
    /// No answer in time.
    Silent,
    /// The answer is not what the service is known to say.
    Garbled,
    /// The request cannot be made.
    Impossible,
}

impl Trouble {
    /// What a service's refusal says.
    pub(crate) fn of_refusal(status: u16, error_type: Option<&str>, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Refusal {
            #[serde(rename = "__type")]
            kind: Option<String>,
            code: Option<Value>,
        }
        let in_body = || {
            let refusal: Refusal = serde_json::from_slice(body).ok()?;
            refusal.kind.or_else(|| refusal.code?.as_str().map(str::to_owned))
        };
        let told = error_type.map(str::to_owned).or_else(in_body).unwrap_or_default();
        // `com.amazonaws.sqs#QueueDoesNotExist`, or `ThrottlingException:http://...`.
        let code = told.rsplit('#').next().and_then(|code| code.split(':').next()).unwrap_or_default();
        let is_code = (1..=CODE_BYTES_MAX).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        Self::Refused { status, code: if is_code { code.to_owned() } else { String::new() } }
    }

    /// The code of a refusal; empty if there is none.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// Whether another attempt may end better.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Refused { status, code } => {
                *status >= 500
                    || *status == 429
                    || code.to_ascii_lowercase().contains("throttl")
                    || AGAIN.iter().any(|again| code.starts_with(again))
            }
            Self::Unreachable | Self::Broken | Self::Silent => true,
            Self::Garbled | Self::Impossible => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused { code, .. } if code.is_empty() => "refused without a code",
            Self::Refused { code, .. } => code,
            Self::Unreachable => "no connection in time",
            Self::Broken => "the connection failed",
            Self::Silent => "no answer in time",
            Self::Garbled => "the answer is not understood",
            Self::Impossible => "the request could not be made",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_and_nothing_else() {
        for (error_type, body, code) in [
            (
                None,
                r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}"#,
                "QueueDoesNotExist",
            ),
            (None, r#"{"__type":"ParameterNotFound"}"#, "ParameterNotFound"),
            (
                None,
                r#"{"code":"AWS.SimpleQueueService.NonExistentQueue"}"#,
                "AWS.SimpleQueueService.NonExistentQueue",
            ),
            (None, r#"{"__type":"ServiceUnavailable","code":503}"#, "ServiceUnavailable"),
            (Some("ThrottlingException:http://internal.amazon.com/coral/"), "", "ThrottlingException"),
            (Some("com.amazon.coral.service#AccessDeniedException"), "{}", "AccessDeniedException"),
            (None, r#"{"__type":"what Paula wrote","message":"what Paula wrote"}"#, ""),
            (None, r#"{"message":"no"}"#, ""),
            (None, "<html>bad gateway</html>", ""),
            (None, "", ""),
        ] {
            let trouble = Trouble::of_refusal(400, error_type, body.as_bytes());
            assert_eq!(trouble.code(), code, "{error_type:?} {body}");
            let told = trouble.to_string();
            assert_eq!(told, if code.is_empty() { "refused without a code" } else { code });
        }
    }

    #[test]
    fn what_passes_is_tried_again() {
        let refused = |status, code: &str| Trouble::Refused { status, code: code.to_owned() };
        for (trouble, may_pass) in [
            (refused(500, "InternalError"), true),
            (refused(503, ""), true),
            (refused(429, ""), true),
            (refused(400, "ThrottlingException"), true),
            (refused(400, "RequestThrottled"), true),
            (refused(400, "KmsThrottled"), true),
            (refused(400, "RequestLimitExceeded"), true),
            (refused(400, "QueueDoesNotExist"), false),
            (refused(400, "AccessDeniedException"), false),
            (refused(403, ""), false),
            (Trouble::Unreachable, true),
            (Trouble::Broken, true),
            (Trouble::Silent, true),
            (Trouble::Garbled, false),
            (Trouble::Impossible, false),
        ] {
            assert_eq!(trouble.may_pass(), may_pass, "{trouble:?}");
        }
    }
}
