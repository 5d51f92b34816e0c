//! What remote sides answer: the documented refusals of each, and a pool of answers that make no sense.

use deskbridge_connectors::http::{Answer, PipeFailure, Response};
use serde_json::{Value, json};

use crate::subjects::WORDS;

/// Seconds that a throttled answer asks for.
pub const THROTTLE_SECONDS: u64 = 77;

/// A dead credential, as each remote side documents it. A new connector adds its line.
///
/// # Panics
/// For a connector that has no line yet.
#[must_use]
pub fn token_dead(kind: &str) -> Response {
    match kind {
        "facebook" | "instagram" | "whatsapp" => {
            let error =
                json!({"message": "Error validating access token", "type": "OAuthException", "code": 190});
            Response::json(401, &json!({ "error": error }))
        }
        "zendesk" => {
            let told = "The access token provided is expired, revoked, malformed or invalid";
            Response::json(401, &json!({"error": "invalid_token", "error_description": told}))
        }
        "freshdesk" => Response::json(
            401,
            &json!({"code": "invalid_credentials", "message": "You have to be logged in to perform this action."}),
        ),
        "x" => Response::json(
            401,
            &json!({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}),
        ),
        other => panic!("answers.rs: how does {other} answer a dead credential?"),
    }
}

/// A throttled call, as each remote side documents it. A new connector adds its line.
///
/// # Panics
/// For a connector that has no line yet.
#[must_use]
pub fn throttled(kind: &str) -> Response {
    let body = match kind {
        "facebook" | "instagram" | "whatsapp" => {
            json!({"error": {"message": "Calls to this api have exceeded the rate limit", "code": 32}})
        }
        "zendesk" => {
            json!({"error": "TooManyRequests", "description": "Rate limit for ticket updates exceeded"})
        }
        "freshdesk" => json!({"message": "You have exceeded the limit of requests per minute"}),
        "x" => {
            json!({"title": "Too Many Requests", "type": "about:blank", "status": 429, "detail": "Too Many Requests"})
        }
        other => panic!("answers.rs: how does {other} throttle?"),
    };
    Response::json(429, &body).header("retry-after", &THROTTLE_SECONDS.to_string())
}

/// A body that has something of every success there is, so that nonsense gets as far as it can.
fn universal() -> Value {
    json!({
        "id": 7, "message_id": "m_7", "recipient_id": "2001", "success": true, "status": 2, "name": "Kim Park",
        "ticket": {"id": 35, "status": "open", "external_id": "acme-facebook:post:1001_55:2001", "tags": ["a"]},
        "tickets": [], "comments": [], "audits": [], "users": [], "data": [], "tags": ["a"], "count": 1,
        "audit": {"id": 8, "events": []},
        "user": {"id": 9, "role": "admin", "name": "Bridge", "suspended": false},
        "upload": {"token": "t7"}, "attachment_id": "7", "url": "https://lookaside.fbsbx.com/7",
        "messages": [{"id": "wamid.7"}], "verified_name": "Acme",
        "contact": {"name": "Bridge"}, "ticket_scope": 1, "type": "support_agent",
    })
}

/// Answers that may come at any point of any walk.
#[must_use]
pub fn pool(kind: &str) -> Vec<(&'static str, Answer)> {
    let quoting = json!({
        "error": {"code": 100, "message": WORDS, "title": "Bad"},
        "description": WORDS, "message": WORDS,
        "details": {"comment": [{"description": WORDS}]},
        "errors": [{"field": "body", "message": WORDS, "code": "invalid_value"}],
    });
    let more = json!({"data": [], "paging": {"next": "https://x", "cursors": {"after": "c"}}, "comments": [],
        "audits": [], "tickets": [], "meta": {"has_more": true, "after_cursor": "c"}, "after_cursor": "c",
        "end_of_stream": false, "next_page": "https://x", "ticket": {"id": 35, "status": "open"}});
    let linked = Response::json(200, &json!([])).header("link", "<https://x>; rel=\"next\"");
    let responses = [
        ("universal", Response::json(200, &universal())),
        ("list of universal", Response::json(200, &json!([universal()]))),
        ("more pages", Response::json(200, &more)),
        ("more pages of a list", linked),
        ("empty list", Response::json(200, &json!([]))),
        ("empty object", Response::json(201, &json!({}))),
        ("no content", Response::empty(204)),
        ("html", Response::text(200, "<html>Welcome to the hotel wireless network</html>")),
        (
            "redirect",
            Response::text(302, "<html>Moved</html>").header("location", "https://elsewhere.example/"),
        ),
        ("quoting refusal", Response::json(400, &quoting)),
        ("quoting unprocessable", Response::json(422, &quoting)),
        ("not found", Response::json(404, &json!({"error": "RecordNotFound", "description": "Not found"}))),
        ("conflict", Response::json(409, &quoting)),
        ("gateway", Response::text(502, "<html>Bad Gateway</html>")),
        ("server error", Response::json(500, &json!({}))),
        ("token dead", token_dead(kind)),
        ("throttled", throttled(kind)),
    ];
    let broken = Answer::NotPiped(PipeFailure::Broken);
    let unheard = [("lost", Answer::Lost), ("not sent", Answer::NotSent), ("not piped", broken)];
    responses.into_iter().map(|(name, response)| (name, Answer::Response(response))).chain(unheard).collect()
}
