//! OAuth 2.0: access tokens that live for two hours, and refresh tokens that are good for one use.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deskbridge_connectors::http::{Request, Response};
use serde_json::json;

use super::auth::TokenState;
use super::state::X;
use crate::Millis;

const LIFETIME_SECONDS: i64 = 7_200;

impl X {
    /// `POST /2/oauth2/token` with `grant_type=refresh_token`. A confidential client names itself in the header.
    pub(super) fn refresh(&mut self, request: &Request, now: Millis) -> Response {
        let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
        let get = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let refused = |status: u16, error: &str, why: &str| {
            Response::json(status, &json!({"error": error, "error_description": why}))
        };
        if request.method != "POST" || get("grant_type") != Some("refresh_token") {
            return refused(400, "unsupported_grant_type", "Only refresh tokens are taken here.");
        }
        let known = match request.only_header("authorization") {
            Some(header) => header == basic(&self.client_id, &self.client_secret),
            None => false,
        };
        if !known {
            return refused(401, "unauthorized_client", "Missing valid authorization header");
        }
        let invalid = || refused(400, "invalid_request", "Value passed for the token was invalid.");
        let Some(account) = get("refresh_token").and_then(|token| self.bearers.refresh.remove(token)) else {
            return invalid();
        };
        if self.accounts.get(&account).is_none_or(|account| account.token == TokenState::Revoked) {
            return invalid();
        }
        // Whether the former access token goes on working is not documented: here it does not.
        self.bearers.access.retain(|_, (owner, _)| *owner != account);
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

/// The header of a client.
pub(super) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}
