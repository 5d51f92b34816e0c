//! OAuth 2.0: access tokens that live for two hours, and refresh tokens that are good for one use.

use deskbridge_connectors::http::{Request, Response};
use serde_json::json;

use super::state::X;
use crate::Millis;

const LIFETIME_SECONDS: i64 = 7_200;

impl X {
    /// `POST /2/oauth2/token` with `grant_type=refresh_token`.
    pub(super) fn refresh(&mut self, request: &Request, now: Millis) -> Response {
        let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
        let get = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let refused =
            |error: &str, why: &str| Response::json(400, &json!({"error": error, "error_description": why}));
        if get("grant_type") != Some("refresh_token") {
            return refused("unsupported_grant_type", "Only refresh tokens are taken here.");
        }
        let Some(account) = get("refresh_token").and_then(|token| self.bearers.refresh.remove(token)) else {
            return refused("invalid_request", "Value passed for the token was invalid.");
        };
        let number = self.number();
        let (access, next) = (format!("access-{number}"), format!("refresh-{number}"));
        self.bearers.access.insert(access.clone(), (account.clone(), now + LIFETIME_SECONDS * 1_000));
        self.bearers.allow(&next, &account);
        Response::json(
            200,
            &json!({
                "token_type": "bearer", "expires_in": LIFETIME_SECONDS, "access_token": access, "refresh_token": next,
                "scope": "tweet.read tweet.write users.read dm.read dm.write offline.access",
            }),
        )
    }
}
