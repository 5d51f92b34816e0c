//! The settings of one Freshdesk account, and what can be wrong with them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Freshdesk;
use super::api::Api;
use crate::helpdesks::card::ReplyByFormat;
use crate::http::Url;
use crate::{Keys, SettingProblem};

/// The setting that names the keys of the automation's webhook.
pub(super) const WEBHOOK_KEYS: &str = "webhook_keys";
/// The setting that names the API key.
pub(super) const API_KEY: &str = "api_key";

/// How a contact is told from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ContactBy {
    /// By `unique_external_id`, which some plans do not have.
    UniqueExternalId,
    /// By `twitter_id`, a free unique text that every plan has.
    TwitterId,
}

impl ContactBy {
    /// The contact's field.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::UniqueExternalId => "unique_external_id",
            Self::TwitterId => "twitter_id",
        }
    }
}

/// What an operator sets for a Freshdesk account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The account's own address, such as `https://acme.freshdesk.com`. A vanity domain does not serve the API.
    pub(super) base_url: String,
    /// The custom ticket field (single-line text) that carries the conversation key.
    #[serde(default = "default_conversation_field")]
    pub(super) conversation_field: String,
    /// How contacts are identified. Left out: by `unique_external_id`, and by `twitter_id` where the plan refuses that.
    #[serde(default)]
    pub(super) contact_by: Option<ContactBy>,
    /// The source that new tickets show: 2 is the portal.
    #[serde(default = "default_source")]
    pub(super) source: u32,
    /// The type of new tickets, one of the account's values.
    #[serde(default, rename = "type")]
    pub(super) ticket_type: Option<String>,
    /// The group that new tickets are given to.
    #[serde(default)]
    pub(super) group_id: Option<u64>,
    /// The product that new tickets belong to.
    #[serde(default)]
    pub(super) product_id: Option<u64>,
    /// Values of further custom fields (`cf_...`) in new tickets, for fields that the account makes mandatory.
    #[serde(default)]
    pub(super) custom_fields: BTreeMap<String, Value>,
    /// Tags of new tickets beside the bridge's own; at most 32 characters each.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// The id of the agent whose API key the bridge uses: public notes of that agent are never mirrored.
    #[serde(default)]
    pub(super) bridge_agent_id: Option<u64>,
    /// Whether tickets show how far a reply got: by tags such as `deskbridge_accepted` and, if there is one, in
    /// `delivery_field`. Trouble is shown in any case. At most two updates of the ticket for each reply.
    #[serde(default = "yes")]
    pub(super) show_delivery: bool,
    /// The custom field (`cf_...`) that shows how far the latest reply got: a drop-down with the choices `queued`, `accepted`,
    /// `delivered`, `read`, `unconfirmed` and `undelivered`, or a text field.
    #[serde(default)]
    pub(super) delivery_field: Option<String>,
    /// The custom field (`cf_...`) that shows until when the platform takes replies: a date field, or a text field.
    #[serde(default)]
    pub(super) reply_by_field: Option<String>,
    /// What `reply_by_field` is given: the day (`date`, for date fields) or day and time in UTC (`time`, for text fields).
    #[serde(default)]
    pub(super) reply_by_format: ReplyByFormat,
    /// Whether an agent's public note counts as a reply, as well as what the Reply button sends.
    #[serde(default = "yes")]
    pub(super) mirror_public_notes: bool,
    /// Whether tags such as `deskbridge_hide`, set by a scenario, are commands. Costs a reading with every hint.
    #[serde(default)]
    pub(super) tag_commands: bool,
}

fn default_conversation_field() -> String {
    "cf_deskbridge".to_owned()
}

fn default_source() -> u32 {
    2
}

fn yes() -> bool {
    true
}

/// Reads and checks settings and secrets. A secret that is not there at all is no problem here: the public door opens
/// the connector without the API key, and the relay without the webhook keys.
pub(super) fn check(settings: &Value, keys: &Keys) -> Result<Freshdesk, Vec<SettingProblem>> {
    let settings = Settings::deserialize(settings).map_err(|error| {
        vec![problem("(settings)", format!("{error}; see the connector's documentation"))]
    })?;
    let mut problems = Vec::new();
    let base = base_url(&settings.base_url).map_err(|why| problems.push(problem("base_url", why))).ok();
    check_fields(&settings, &mut problems);
    check_tags(&settings.tags, &mut problems);
    if !is_source(settings.source) {
        problems.push(problem("source", "is no source that the API may set; use 2 (portal)"));
    }
    check_keys(keys, &mut problems);
    match base {
        Some(base) if problems.is_empty() => {
            let authorization = keys.first(API_KEY).map(|key| {
                let pair = format!("{}:X", key.expose_secret());
                SecretString::from(format!("Basic {}", STANDARD.encode(pair)))
            });
            let owner = base.authority().to_owned();
            let webhook_keys = keys.all(WEBHOOK_KEYS).to_vec();
            Ok(Freshdesk { settings, api: Api::new(base, authorization), owner, webhook_keys })
        }
        _ => Err(problems),
    }
}

fn problem(setting: &str, problem: impl Into<String>) -> SettingProblem {
    SettingProblem { setting: setting.to_owned(), problem: problem.into() }
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("is not a URL ({error}); write it like https://acme.freshdesk.com"))?;
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if local => {}
        _ => return Err("must begin with https://, or the API key would travel in the open".to_owned()),
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || url.authority().contains('@')
    {
        return Err("must be only scheme and host, like https://acme.freshdesk.com; drop the rest".to_owned());
    }
    Ok(url)
}

fn check_fields(settings: &Settings, problems: &mut Vec<SettingProblem>) {
    let is_name = |name: &str| {
        name.strip_prefix("cf_").is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        })
    };
    if !is_name(&settings.conversation_field) {
        let what = "is not the API name of a custom field; such names begin with cf_, like cf_deskbridge";
        problems.push(problem("conversation_field", what));
    }
    for (name, value) in &settings.custom_fields {
        let setting = format!("custom_fields.{name}");
        if *name == settings.conversation_field {
            problems
                .push(problem(&setting, "is the bridge's own field (conversation_field); remove it here"));
        } else if !is_name(name) {
            problems.push(problem(&setting, "is not the API name of a custom field; they begin with cf_"));
        } else if value.is_null() || value.is_object() {
            problems
                .push(problem(&setting, "must be a text, number, yes/no or list; dropdowns take the label"));
        }
    }
}

fn check_tags(tags: &[String], problems: &mut Vec<SettingProblem>) {
    for tag in tags {
        if tag.trim().is_empty() || tag.contains(',') || tag.chars().count() > super::outbound::TAG_CHARACTERS
        {
            problems.push(problem("tags", format!("`{tag}`: a tag has 1 to 32 characters and no comma")));
        }
    }
}

/// Freshdesk documents these as settable (email, portal, phone, chat, feedback widget, outbound email); an account's own
/// sources follow above 100. Those of Twitter and Facebook tickets (5, 6) cannot be set.
fn is_source(source: u32) -> bool {
    matches!(source, 1 | 2 | 3 | 7 | 9 | 10) || source > 100
}

fn check_keys(keys: &Keys, problems: &mut Vec<SettingProblem>) {
    let usable = |key: &SecretString| {
        let key = key.expose_secret();
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !keys.all(API_KEY).iter().all(usable) {
        problems.push(problem(
            API_KEY,
            "is empty or has characters that no API key has; copy it again from Profile settings",
        ));
    }
    if !keys.all(WEBHOOK_KEYS).iter().all(usable) {
        problems.push(problem(
            WEBHOOK_KEYS,
            "one is empty or cannot stand in a header; use 32 or more random letters and digits",
        ));
    }
}
