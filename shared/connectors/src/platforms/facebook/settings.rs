//! The settings of a page in the configuration, and opening the connector with them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::Facebook;
use crate::meta::door::Door;
use crate::meta::errors::no_own_codes;
use crate::meta::graph::Graph;
use crate::meta::settings::{
    default_base_url, default_human_agent, default_version, is_number, is_safe, is_version,
};
use crate::{Keys, SettingProblem};

/// The settings of one Facebook page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The page's id, a number (Page > About > Page transparency).
    pub page_id: String,
    /// Where the Graph API is.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// The pinned version of the Graph API, such as `v26.0`. Meta retires versions after about two years.
    #[serde(default = "default_version")]
    pub version: String,
    /// Whether replies to direct messages that are 24 hours to 7 days old go out with Meta's human-agent tag, which the app
    /// must have been granted. `false`: they are refused, and agents are told.
    #[serde(default = "default_human_agent")]
    pub human_agent: bool,
}

/// Opens the connector, or tells all that is wrong with the settings.
pub(super) fn open(settings: &Value, keys: &Keys) -> Result<Facebook, Vec<SettingProblem>> {
    let settings: Settings = serde_json::from_value(settings.clone())
        .map_err(|error| vec![SettingProblem { setting: String::new(), problem: error.to_string() }])?;
    let mut problems = Vec::new();
    let mut complain = |setting: &str, problem: &str| {
        problems.push(SettingProblem { setting: setting.to_owned(), problem: problem.to_owned() });
    };
    if !is_number(&settings.page_id) {
        complain("page_id", "must be the page's number, digits only, not its name");
    }
    if !is_version(&settings.version) {
        complain("version", "must look like \"v26.0\"");
    }
    let base = Url::parse(&settings.base_url).ok().filter(is_safe);
    if base.is_none() {
        complain("base_url", "must be an https address (http only on this very machine)");
    }
    match base.filter(|_| problems.is_empty()) {
        Some(base) => Ok(Facebook {
            door: Door::of(keys),
            graph: Graph {
                base,
                version: settings.version,
                account: settings.page_id,
                token: keys.first("page_token").cloned(),
                human_agent: settings.human_agent,
                own_codes: no_own_codes,
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
    fn the_defaults_are_enough() {
        assert!(open(&json!({"page_id": "1001"}), &Keys::default()).is_ok());
        for base_url in
            ["http://127.0.0.1:8083", "http://localhost:1/", "http://[::1]:80/x", "https://a.example/p/"]
        {
            let settings = json!({"page_id": "1001", "base_url": base_url, "version": "v27.0"});
            assert!(open(&settings, &Keys::default()).is_ok(), "{base_url}");
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let settings = json!({"page_id": "acme", "base_url": "http://graph.example", "version": "26"});
        let problems = open(&settings, &Keys::default()).err().unwrap();
        let named: Vec<&str> = problems.iter().map(|problem| problem.setting.as_str()).collect();
        assert_eq!(named, ["page_id", "version", "base_url"]);
        for settings in [json!({}), json!({"page_id": "1", "pageid": "1"}), json!({"page_id": 1})] {
            assert_eq!(open(&settings, &Keys::default()).err().unwrap().len(), 1, "{settings}");
        }
    }
}
