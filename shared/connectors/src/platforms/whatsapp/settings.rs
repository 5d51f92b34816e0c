//! The settings of a phone number in the configuration, and opening the connector with them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{WhatsApp, errors};
use crate::meta::door::Door;
use crate::meta::graph::Graph;
use crate::meta::settings::{default_base_url, default_version, is_number, is_safe, is_version};
use crate::{Keys, SettingProblem};

/// The settings of one WhatsApp phone number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The phone number's id, not the phone number itself (App dashboard > WhatsApp > API setup).
    pub phone_number_id: String,
    /// The id of the WhatsApp Business account (shown beside the phone number's id).
    pub business_account_id: String,
    /// Whether a reply quotes the customer's last message.
    #[serde(default)]
    pub quote_customer: bool,
    /// Where the Graph API is.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// The pinned version of the Graph API, such as `v26.0`. Meta retires versions after about two years.
    #[serde(default = "default_version")]
    pub version: String,
}

/// Opens the connector, or tells all that is wrong with the settings.
pub(super) fn open(settings: &Value, keys: &Keys) -> Result<WhatsApp, Vec<SettingProblem>> {
    let settings: Settings = serde_json::from_value(settings.clone())
        .map_err(|error| vec![SettingProblem { setting: String::new(), problem: error.to_string() }])?;
    let mut problems = Vec::new();
    let mut complain = |setting: &str, problem: &str| {
        problems.push(SettingProblem { setting: setting.to_owned(), problem: problem.to_owned() });
    };
    if !is_number(&settings.phone_number_id) {
        complain(
            "phone_number_id",
            "must be the id of the number, digits only, not the phone number with its +",
        );
    }
    if !is_number(&settings.business_account_id) {
        complain("business_account_id", "must be the id of the WhatsApp Business account, digits only");
    }
    if !is_version(&settings.version) {
        complain("version", "must look like \"v26.0\"");
    }
    let base = Url::parse(&settings.base_url).ok().filter(is_safe);
    if base.is_none() {
        complain("base_url", "must be an https address (http only on this very machine)");
    }
    match base.filter(|_| problems.is_empty()) {
        Some(base) => Ok(WhatsApp {
            door: Door::of(keys),
            graph: Graph {
                base,
                version: settings.version,
                account: settings.phone_number_id,
                token: keys.first("access_token").cloned(),
                human_agent: false,
                own_codes: errors::class,
            },
            business_account: settings.business_account_id,
            quote_customer: settings.quote_customer,
        }),
        None => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_problems_are_told_at_once() {
        let settings = json!({
            "phone_number_id": "+15550001", "business_account_id": "acme", "base_url": "http://graph.example", "version": "26",
        });
        let problems = open(&settings, &Keys::default()).err().unwrap();
        let named: Vec<&str> = problems.iter().map(|problem| problem.setting.as_str()).collect();
        assert_eq!(named, ["phone_number_id", "business_account_id", "version", "base_url"]);
        for settings in
            [json!({}), json!({"phone_number_id": "1", "business_account_id": "2", "number": "1"})]
        {
            assert_eq!(open(&settings, &Keys::default()).err().unwrap().len(), 1, "{settings}");
        }
        let good = json!({"phone_number_id": "1", "business_account_id": "2", "quote_customer": true});
        assert!(open(&good, &Keys::default()).is_ok());
    }
}
