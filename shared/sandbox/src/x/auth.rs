//! Who calls: OAuth 1.0a signatures, or OAuth 2.0 tokens that expire.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deskbridge_connectors::http::Request;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

use super::problem::Problem;
use super::state::{Account, X};
use crate::Millis;

/// RFC 3986 leaves only these alone.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How far the time of a signature may be off, in seconds.
const SKEW: i64 = 300;

/// What is the matter with an account's access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Nothing.
    #[default]
    Valid,
    /// 401: the owner withdrew the consent, or the app's keys were made anew.
    Revoked,
    /// 403 for everything that writes: the token was made before the app got the right to.
    ReadOnly,
    /// 403: the account is locked until its owner logs in.
    Locked,
}

/// OAuth 2.0 tokens that were given out.
#[derive(Default)]
pub(super) struct Bearers {
    /// The account and when it ends, by access token.
    pub(super) access: BTreeMap<String, (String, Millis)>,
    /// The account, by refresh token. Each is good once.
    pub(super) refresh: BTreeMap<String, String>,
}

impl Bearers {
    pub(super) fn allow(&mut self, refresh_token: &str, account: &str) {
        self.refresh.insert(refresh_token.to_owned(), account.to_owned());
    }
}

impl X {
    /// The account that calls.
    pub(super) fn caller(&mut self, request: &Request, now: Millis) -> Result<String, Problem> {
        let header = request.only_header("authorization").ok_or_else(Problem::unauthorized)?;
        let account = match header.split_once(' ') {
            Some(("OAuth", parameters)) => self.signer(request, parameters, now)?,
            Some(("Bearer", token)) => {
                let (account, ends) = self.bearers.access.get(token).ok_or_else(Problem::unauthorized)?;
                if *ends <= now {
                    return Err(Problem::unauthorized());
                }
                account.clone()
            }
            _ => return Err(Problem::unauthorized()),
        };
        match self.accounts.get(&account).map(|account| account.token) {
            Some(TokenState::Revoked) | None => Err(Problem::unauthorized()),
            Some(TokenState::Locked) => {
                let detail =
                    "To protect our users from spam, this account is temporarily locked. Please log in.";
                Err(Problem { kind: "client-forbidden".to_owned(), ..Problem::forbidden(detail) })
            }
            Some(TokenState::ReadOnly) if request.method != "GET" => Err(Problem::read_only()),
            Some(_) => Ok(account),
        }
    }

    /// Checks an OAuth 1.0a signature: keys, time, nonce, and the signature itself.
    fn signer(&mut self, request: &Request, parameters: &str, now: Millis) -> Result<String, Problem> {
        let parameters: BTreeMap<String, String> = parameters.split(',').filter_map(parameter).collect();
        let get = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let account = self.accounts.values().find(|account| account.seed.access_token == get("oauth_token"));
        let account = account.ok_or_else(Problem::unauthorized)?;
        let seconds: i64 = get("oauth_timestamp").parse().map_err(|_| Problem::unauthorized())?;
        let fresh = (seconds - now.div_euclid(1_000)).abs() <= SKEW;
        let known =
            get("oauth_consumer_key") == self.consumer_key && get("oauth_signature_method") == "HMAC-SHA1";
        if !fresh || !known || self.signature(account, request, &parameters) != get("oauth_signature") {
            return Err(Problem::unauthorized());
        }
        let id = account.seed.id.clone();
        let once = (seconds, get("oauth_nonce").to_owned());
        let old: BTreeSet<(i64, String)> = self.nonces.split_off(&(seconds - 2 * SKEW, String::new()));
        self.nonces = old;
        if self.nonces.insert(once) { Ok(id) } else { Err(Problem::unauthorized()) }
    }

    fn signature(
        &self,
        account: &Account,
        request: &Request,
        parameters: &BTreeMap<String, String>,
    ) -> String {
        let query = request.url.query_pairs().map(|(name, value)| (escaped(&name), escaped(&value)));
        let oauth = parameters.iter().filter(|(name, _)| *name != "oauth_signature");
        let mut all: Vec<(String, String)> =
            oauth.map(|(name, value)| (escaped(name), escaped(value))).chain(query).collect();
        all.sort();
        let all: Vec<String> = all.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let address = request.url.as_str().split('?').next().unwrap_or_default();
        let base = [request.method.as_str(), address, &all.join("&")].map(escaped).join("&");
        let key = [&self.consumer_secret, &account.seed.access_token_secret]
            .map(|secret| escaped(secret))
            .join("&");
        let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(base.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

/// `name="value"`, both escaped.
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.trim().split_once('=')?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((plain(name), plain(value.trim_matches('"'))))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}
