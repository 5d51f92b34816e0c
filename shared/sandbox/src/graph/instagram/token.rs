//! Tokens of Instagram Login: they live for 60 days, and are renewed once they are a day old.

use serde_json::{Value, json};

use super::Account;
use crate::Millis;
use crate::graph::error::GraphError;
use crate::graph::route::Call;
use crate::graph::state::Graph;

const DAY: Millis = 24 * 3_600 * 1_000;
const LIFETIME: Millis = 60 * DAY;

/// A token that was given out.
pub(in crate::graph) struct Issued {
    token: String,
    since: Millis,
    pub(in crate::graph) ends_at: Millis,
}

impl Account {
    pub(in crate::graph) fn issued(&self, token: &str) -> Option<&Issued> {
        self.issued.iter().find(|issued| issued.token == token)
    }

    /// Gives out a token.
    pub(in crate::graph) fn issue(&mut self, token: &str, now: Millis) {
        self.issued.push(Issued { token: token.to_owned(), since: now, ends_at: now + LIFETIME });
    }
}

impl Graph {
    /// `GET /refresh_access_token?grant_type=ig_refresh_token`. The old token goes on working. With which code a token is
    /// refused that is too young is uncertain.
    pub(in crate::graph) fn refresh_token(&mut self, call: &Call) -> Result<Value, GraphError> {
        if call.params.text("grant_type").as_deref() != Some("ig_refresh_token") {
            return Err(GraphError::parameter("grant_type must be ig_refresh_token"));
        }
        let number = self.number();
        // In the demo one token serves several accounts; renewed, it does so too.
        let accounts = self.accounts.iter_mut().filter(|(id, _)| call.pages().contains(id));
        let mut given = None;
        for (_, account) in accounts.filter(|(_, account)| account.seed.page.is_none()) {
            if let Some(error) = account.token.error() {
                return Err(error);
            }
            if account.issued(&call.token).is_some_and(|issued| call.now - issued.since < DAY) {
                return Err(GraphError::parameter("The access token is less than 24 hours old"));
            }
            let token = format!("IGAA{number}");
            account.issue(&token, call.now);
            given = Some(token);
        }
        let token = given.ok_or_else(|| GraphError::parameter("This is no token of Instagram Login"))?;
        Ok(json!({"access_token": token, "token_type": "bearer", "expires_in": LIFETIME / 1_000}))
    }
}
