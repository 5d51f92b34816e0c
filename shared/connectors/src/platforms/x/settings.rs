//! The settings of an X account in the configuration, and opening the connector with them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::again::Again;
use super::api::{Api, Right};
use super::inbound::Us;
use super::oauth::Credentials;
use super::oauth2::Client;
use super::{Rules, X};
use crate::{Keys, SettingProblem};

/// The settings of one X account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The account's id, a number (the part of the access token before its first `-`), not its @name.
    pub user_id: String,
    /// OAuth 2.0: the client id of the app. It needs the account's `refresh_token`, and the `client_secret` if the client is
    /// confidential. Without it, calls are signed by OAuth 1.0a.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Where the API is.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// Whether the account may write long posts (X Premium): up to 25,000 instead of 280.
    #[serde(default)]
    pub long_posts: bool,
    /// Whether X lets this app answer posts that neither mention nor quote the account (Enterprise only).
    #[serde(default)]
    pub answers_any_post: bool,
    /// Whether the sweep reads the list of mentions, for those that webhooks did not tell. X bills every post that it gives.
    #[serde(default = "default_read_mentions")]
    pub read_mentions: bool,
    /// The id of the app's webhook (`GET /2/webhooks`). With it, and the app's own bearer token, X is asked after an outage of the
    /// bridge to send again what came meanwhile.
    #[serde(default)]
    pub webhook_id: Option<String>,
    /// Whether public replies may contain links, which X bills many times higher. If not, such a reply is not sent.
    #[serde(default = "default_links_in_posts")]
    pub links_in_posts: bool,
}

fn default_base_url() -> String {
    "https://api.x.com".to_owned()
}

fn default_links_in_posts() -> bool {
    true
}

fn default_read_mentions() -> bool {
    true
}

/// Opens the connector, or tells all that is wrong with the settings.
pub(super) fn open(settings: &Value, keys: &Keys) -> Result<X, Vec<SettingProblem>> {
    let settings: Settings = serde_json::from_value(settings.clone())
        .map_err(|error| vec![SettingProblem { setting: String::new(), problem: error.to_string() }])?;
    let mut problems = Vec::new();
    let mut complain = |setting: &str, problem: &str| {
        problems.push(SettingProblem { setting: setting.to_owned(), problem: problem.to_owned() });
    };
    if settings.user_id.is_empty() || !settings.user_id.bytes().all(|byte| byte.is_ascii_digit()) {
        complain("user_id", "must be the account's number, digits only, not its @name");
    }
    let base = Url::parse(&settings.base_url).ok().filter(is_safe);
    if base.is_none() {
        complain("base_url", "must be an https address (http only on this very machine)");
    }
    let right = right(&settings, keys, &mut complain);
    let again = again(&settings, keys, &mut complain);
    match base.filter(|_| problems.is_empty()) {
        Some(base) => Ok(X {
            webhook_secrets: keys.all("webhook_secrets").to_vec(),
            us: Us { user: settings.user_id.clone(), answers_any_post: settings.answers_any_post },
            read_mentions: settings.read_mentions,
            again,
            rules: Rules { long_posts: settings.long_posts, links_in_posts: settings.links_in_posts },
            api: Api { base, user: settings.user_id, right },
        }),
        None => Err(problems),
    }
}

/// What asking for webhooks again needs: both, or neither.
fn again(settings: &Settings, keys: &Keys, mut complain: impl FnMut(&str, &str)) -> Option<Again> {
    let webhook = settings.webhook_id.clone();
    if webhook.as_deref().is_some_and(|id| id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit())) {
        complain("webhook_id", "must be the webhook's number, digits only (GET /2/webhooks)");
        return None;
    }
    let token = keys.first("app_token").cloned();
    if keys.are_complete() && webhook.is_some() != token.is_some() {
        let (missing, remedy) = match token {
            Some(_) => ("webhook_id", "is missing: app_token is only for asking for webhooks again"),
            None => ("app_token", "is missing: webhook_id needs the app's own bearer token"),
        };
        complain(missing, remedy);
    }
    Some(Again { webhook: webhook?, token: token? })
}

/// The secrets of OAuth 1.0a.
const KEYS: [&str; 4] = ["consumer_key", "consumer_secret", "access_token", "access_token_secret"];

/// The secrets of OAuth 2.0.
const CONSENT: [&str; 2] = ["refresh_token", "client_secret"];

/// By what right calls are made: exactly one of the two must be complete. At the public door, which calls nothing, it is absent.
fn right(settings: &Settings, keys: &Keys, mut complain: impl FnMut(&str, &str)) -> Option<Right> {
    let Some(id) = settings.client_id.as_deref().map(str::trim) else {
        if keys.are_complete() {
            for name in KEYS.into_iter().filter(|name| keys.first(name).is_none()) {
                complain(
                    name,
                    "is missing: OAuth 1.0a needs all four; or give client_id and refresh_token, for OAuth 2.0",
                );
            }
            for name in CONSENT.into_iter().filter(|name| keys.first(name).is_some()) {
                complain(name, "goes with client_id (OAuth 2.0), which is missing: add that, or remove this");
            }
        }
        return credentials(keys).map(Right::Keys);
    };
    if id.is_empty() {
        complain(
            "client_id",
            "is empty: give the client id of the app (developer console > App > Keys and tokens)",
        );
    }
    if keys.are_complete() {
        if keys.first("refresh_token").is_none() {
            complain(
                "refresh_token",
                "is missing: client_id needs the refresh token of the account's consent",
            );
        }
        for name in KEYS.into_iter().filter(|name| keys.first(name).is_some()) {
            complain(name, "is for OAuth 1.0a, and client_id for OAuth 2.0: keep one of the two");
        }
    }
    let refresh_token = keys.first("refresh_token")?.clone();
    let secret = keys.first("client_secret").cloned();
    Some(Right::Consent(Client { id: id.to_owned(), secret, refresh_token }))
}

fn credentials(keys: &Keys) -> Option<Credentials> {
    Some(Credentials {
        consumer_key: keys.first("consumer_key")?.clone(),
        consumer_secret: keys.first("consumer_secret")?.clone(),
        access_token: keys.first("access_token")?.clone(),
        access_token_secret: keys.first("access_token_secret")?.clone(),
    })
}

/// The user's token travels there, so it must be encrypted on the way.
fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_defaults_are_enough() {
        assert!(open(&json!({"user_id": "9001"}), &Keys::default()).is_ok());
        for base_url in
            ["http://127.0.0.1:8084", "http://localhost:1/", "http://[::1]:80/x", "https://a.example/p/"]
        {
            let settings = json!({"user_id": "9001", "base_url": base_url, "long_posts": true});
            assert!(open(&settings, &Keys::default()).is_ok(), "{base_url}");
        }
    }

    #[test]
    fn exactly_one_way_to_call_must_be_complete() {
        let named = |client_id: Option<&str>, secrets: &[&str]| -> Vec<String> {
            let mut settings = json!({"user_id": "9001"});
            if let Some(id) = client_id {
                settings["client_id"] = id.into();
            }
            let keys =
                secrets.iter().fold(Keys::default(), |keys, name| keys.with(name, vec!["hush".into()]));
            let problems = open(&settings, &keys.complete()).err().unwrap_or_default();
            problems.into_iter().map(|problem| problem.setting).collect()
        };
        assert_eq!(named(None, &KEYS), [""; 0]);
        assert_eq!(named(Some("app"), &["refresh_token"]), [""; 0], "a public client has no secret");
        assert_eq!(named(Some("app"), &CONSENT), [""; 0]);
        assert_eq!(named(None, &[]), KEYS);
        assert_eq!(
            named(None, &["consumer_key", "access_token"]),
            ["consumer_secret", "access_token_secret"]
        );
        assert_eq!(named(Some(""), &["client_secret"]), ["client_id", "refresh_token"]);
        assert_eq!(named(Some("app"), &["refresh_token", "access_token"]), ["access_token"]);
        let all: Vec<&str> = KEYS.into_iter().chain(CONSENT).collect();
        assert_eq!(named(None, &all), CONSENT);
        assert_eq!(named(Some("app"), &all), KEYS);
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let settings = json!({"user_id": "@acme", "base_url": "http://api.x.example"});
        let problems = open(&settings, &Keys::default()).err().unwrap();
        let named: Vec<&str> = problems.iter().map(|problem| problem.setting.as_str()).collect();
        assert_eq!(named, ["user_id", "base_url"]);
        for settings in [json!({}), json!({"user_id": "1", "userid": "1"}), json!({"user_id": 1})] {
            assert_eq!(open(&settings, &Keys::default()).err().unwrap().len(), 1, "{settings}");
        }
    }
}
