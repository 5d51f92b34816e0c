//! The settings of an X account in the configuration, and opening the connector with them.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::api::Api;
use super::inbound::Us;
use super::oauth::Credentials;
use super::{Rules, X};
use crate::{Keys, Opened, SettingProblem};

/// The settings of one X account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The account's id, a number (the part of the access token before its first `-`), not its @name.
    pub user_id: String,
    /// Where the API is.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// Whether the account may write long posts (X Premium): up to 25,000 instead of 280.
    #[serde(default)]
    pub long_posts: bool,
    /// Whether X lets this app answer posts that neither mention nor quote the account (Enterprise only).
    #[serde(default)]
    pub answers_any_post: bool,
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

/// Opens the connector, or tells all that is wrong with the settings.
pub(super) fn open(settings: &Value, keys: &Keys) -> Opened {
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
    match base.filter(|_| problems.is_empty()) {
        Some(base) => Ok(Arc::new(X {
            webhook_secrets: keys.all("webhook_secrets").to_vec(),
            us: Us { user: settings.user_id.clone(), answers_any_post: settings.answers_any_post },
            rules: Rules { long_posts: settings.long_posts, links_in_posts: settings.links_in_posts },
            api: Api { base, user: settings.user_id, credentials: credentials(keys) },
        })),
        None => Err(problems),
    }
}

/// Absent at the public door, which calls nothing.
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
