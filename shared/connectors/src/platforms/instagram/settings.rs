//! The settings of an account in the configuration, and opening the connector with them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Instagram, errors};
use crate::meta::door::Door;
use crate::meta::graph::Graph;
use crate::meta::settings::{default_human_agent, default_version, is_number, is_safe, is_version};
use crate::{Keys, SettingProblem};

/// Meta's two ways to let an app act for an Instagram account. They have different secrets, tokens and hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// Instagram API with Facebook Login: the account is linked to a page, whose token is used.
    Facebook,
    /// Instagram API with Instagram Login: no page, a token of the account that lives 60 days.
    Instagram,
}

impl Login {
    fn base_url(self) -> &'static str {
        match self {
            Self::Facebook => "https://graph.facebook.com",
            Self::Instagram => "https://graph.instagram.com",
        }
    }
}

/// The settings of one Instagram professional account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The professional account's id, a number that begins with 1784 (`user_id` of `/me`, not its `id`).
    pub account_id: String,
    /// By which login the app acts for the account.
    pub login: Login,
    /// The id of the page that the account is linked to. Facebook Login needs it, Instagram Login has none.
    #[serde(default)]
    pub page_id: Option<String>,
    /// Where the API is, instead of the login's own host.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The pinned version of the Graph API, such as `v26.0`. Meta retires versions after about two years.
    #[serde(default = "default_version")]
    pub version: String,
    /// Whether replies to direct messages that are 24 hours to 7 days old go out with Meta's human-agent tag, which the app
    /// must have been granted. `false`: they are refused, and agents are told.
    #[serde(default = "default_human_agent")]
    pub human_agent: bool,
}

/// Opens the connector, or tells all that is wrong with the settings.
pub(super) fn open(settings: &Value, keys: &Keys) -> Result<Instagram, Vec<SettingProblem>> {
    let settings: Settings = serde_json::from_value(settings.clone())
        .map_err(|error| vec![SettingProblem { setting: String::new(), problem: error.to_string() }])?;
    let mut problems = Vec::new();
    let mut complain = |setting: &str, problem: &str| {
        problems.push(SettingProblem { setting: setting.to_owned(), problem: problem.to_owned() });
    };
    if !is_number(&settings.account_id) {
        complain("account_id", "must be the account's number, digits only, not its name");
    }
    match (settings.login, settings.page_id.as_deref()) {
        (Login::Facebook, Some(page)) if is_number(page) => {}
        (Login::Facebook, _) => {
            complain(
                "page_id",
                "login = \"facebook\" needs the number of the page that the account is linked to",
            );
        }
        (Login::Instagram, Some(_)) => complain("page_id", "login = \"instagram\" has no page: remove it"),
        (Login::Instagram, None) => {}
    }
    if !is_version(&settings.version) {
        complain("version", "must look like \"v26.0\"");
    }
    let base = settings.base_url.as_deref().unwrap_or(settings.login.base_url());
    let base = Url::parse(base).ok().filter(is_safe);
    if base.is_none() {
        complain("base_url", "must be an https address (http only on this very machine)");
    }
    match base.filter(|_| problems.is_empty()) {
        Some(base) => Ok(Instagram {
            door: Door::of(keys),
            login: settings.login,
            sender: settings.page_id.unwrap_or_else(|| settings.account_id.clone()),
            graph: Graph {
                base,
                version: settings.version,
                account: settings.account_id,
                token: keys.first("access_token").cloned(),
                human_agent: settings.human_agent,
                own_codes: errors::class,
            },
        }),
        None => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_login_opens_with_what_it_needs() {
        for settings in [
            json!({"account_id": "17001", "login": "instagram"}),
            json!({"account_id": "17001", "login": "facebook", "page_id": "1001"}),
            json!({"account_id": "17001", "login": "instagram", "base_url": "http://localhost:1", "version": "v27.0"}),
        ] {
            assert!(open(&settings, &Keys::default()).is_ok(), "{settings}");
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let named = |settings: Value| -> Vec<String> {
            let problems = open(&settings, &Keys::default()).err().unwrap();
            problems.into_iter().map(|problem| problem.setting).collect()
        };
        let wrong = json!({"account_id": "acme", "login": "facebook", "base_url": "http://graph.example", "version": "26"});
        assert_eq!(named(wrong), ["account_id", "page_id", "version", "base_url"]);
        assert_eq!(named(json!({"account_id": "1", "login": "instagram", "page_id": "2"})), ["page_id"]);
        for settings in [json!({}), json!({"account_id": "1"}), json!({"account_id": "1", "login": "google"})]
        {
            assert_eq!(named(settings), [""]);
        }
    }
}
