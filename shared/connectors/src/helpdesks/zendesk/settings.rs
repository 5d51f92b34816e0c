//! The settings of a Zendesk account, and everything that can be wrong with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::helpdesks::card::ReplyByFormat;
use crate::http::Url;
use crate::{Keys, SettingProblem};

/// The settings of one Zendesk account, beside its secrets.
///
/// Credentials are either an OAuth client (`client_id` with the secret `client_secret`) or, while Zendesk still accepts
/// API tokens, an agent's address (`email` with the secret `api_token`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the account lives, such as `https://acme.zendesk.com`.
    pub base_url: String,
    /// The unique identifier of a confidential OAuth client; it acts as the user who owns it.
    pub client_id: Option<String>,
    /// The address of the agent as whom an API token acts. Zendesk documents the end of API tokens for 30 April 2027.
    pub email: Option<String>,
    /// The id of a text field that also receives the conversation key.
    pub conversation_field: Option<u64>,
    /// The id of a text field that receives the link to the first message.
    pub permalink_field: Option<u64>,
    /// The brand of new tickets.
    pub brand_id: Option<u64>,
    /// The group of new tickets.
    pub group_id: Option<u64>,
    /// The form of new tickets.
    pub ticket_form_id: Option<u64>,
    /// Tags for new tickets, beside `deskbridge` and those of the bridge.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether tickets show how far a reply got: by tags such as `deskbridge_accepted` and, if there is one, in
    /// `delivery_field`. Trouble is shown in any case. At most two updates of the ticket for each reply.
    #[serde(default = "yes")]
    pub show_delivery: bool,
    /// The id of a field that shows how far the latest reply got: a drop-down with the tags `deskbridge_queued`,
    /// `deskbridge_accepted`, `deskbridge_delivered`, `deskbridge_read`, `deskbridge_unconfirmed` and
    /// `deskbridge_undelivered`, or a text field.
    pub delivery_field: Option<u64>,
    /// The id of a field that shows until when the platform takes replies: a date field, or a text field.
    pub reply_by_field: Option<u64>,
    /// What `reply_by_field` is given: the day (`date`, for date fields) or day and time in UTC (`time`, for text fields).
    #[serde(default)]
    pub reply_by_format: ReplyByFormat,
    /// Whether public comments made by triggers, automations or a solved problem ticket are sent to the customer too.
    #[serde(default)]
    pub mirror_automations: bool,
    /// Whether tags such as `deskbridge_hide`, set by a macro, are commands. Costs a reading with every hint.
    #[serde(default)]
    pub tag_commands: bool,
}

fn yes() -> bool {
    true
}

impl Settings {
    /// The smallest settings that work.
    pub(super) fn sample() -> Value {
        json!({"base_url": "https://acme.zendesk.com", "client_id": "deskbridge"})
    }
}

/// The long-lived credential. A secret is missing where the door is opened, which never calls the API.
pub(super) enum Credential {
    /// An OAuth client, exchanged for short-lived tokens.
    Client { id: String, secret: Option<SecretString> },
    /// The whole value of the `Authorization` header.
    Basic(Option<SecretString>),
}

/// What the settings and keys mean once they are known to work together.
pub(super) struct Checked {
    pub(super) base: Url,
    pub(super) credential: Credential,
    pub(super) settings: Settings,
}

/// Checks settings and keys together and reports everything that is wrong.
pub(super) fn check(settings: &Value, keys: &Keys) -> Result<Checked, Vec<SettingProblem>> {
    let settings: Settings = Settings::deserialize(settings).map_err(|why| {
        vec![problem("base_url", &format!("the settings of this account do not fit: {why}"))]
    })?;
    let mut problems = Vec::new();
    let base = check_base(&settings.base_url).map_err(|why| problems.push(problem("base_url", why))).ok();
    let credential = check_credential(&settings, keys, &mut problems);
    if settings.tags.iter().any(|tag| !is_tag(tag)) {
        let why = "a tag is lower case, without spaces, at most 255 characters: rename it, for example `social_media`";
        problems.push(problem("tags", why));
    }
    let fields = [
        ("conversation_field", settings.conversation_field),
        ("permalink_field", settings.permalink_field),
        ("delivery_field", settings.delivery_field),
        ("reply_by_field", settings.reply_by_field),
    ];
    for (at, (name, field)) in fields.iter().enumerate() {
        let twin = fields[..at].iter().find(|(_, other)| field.is_some() && other == field);
        if let Some((twin, _)) = twin {
            let why =
                format!("is the same field as `{twin}`: make another field, or remove one of the settings");
            problems.push(problem(name, &why));
        }
    }
    match (base, credential) {
        (Some(base), Some(credential)) if problems.is_empty() => Ok(Checked { base, credential, settings }),
        _ => Err(problems),
    }
}

fn problem(setting: &str, why: &str) -> SettingProblem {
    SettingProblem { setting: setting.to_owned(), problem: why.to_owned() }
}

fn check_base(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL: write it as `https://SUBDOMAIN.zendesk.com`")?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if !(url.scheme() == "https" || url.scheme() == "http" && loopback) {
        return Err(
            "would send credentials in the clear: use `https://` (plain `http://` only works on loopback)",
        );
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err("holds more than the host: write only `https://SUBDOMAIN.zendesk.com`");
    }
    Ok(url)
}

fn check_credential(
    settings: &Settings,
    keys: &Keys,
    problems: &mut Vec<SettingProblem>,
) -> Option<Credential> {
    let (secret, token) = (keys.first("client_secret"), keys.first("api_token"));
    let mut wrong = |setting: &str, why: &str| {
        problems.push(problem(setting, why));
        None
    };
    match (settings.client_id.as_deref().map(str::trim), settings.email.as_deref().map(str::trim)) {
        (Some(_), Some(_)) => {
            wrong("email", "and `client_id` exclude each other: keep `client_id`, remove `email`")
        }
        (None, None) => wrong(
            "client_id",
            "is missing: create an OAuth client in Zendesk and name its unique identifier here",
        ),
        (Some(""), None) => wrong("client_id", "is empty: give the OAuth client's unique identifier"),
        (Some(_), None) if secret.is_none() && (token.is_some() || keys.are_complete()) => wrong(
            "client_secret",
            "is missing: `client_id` needs the OAuth client's secret, `api_token` goes with `email`",
        ),
        (Some(id), None) => Some(Credential::Client { id: id.to_owned(), secret: secret.cloned() }),
        (None, Some(email)) if !email.contains('@') || email.contains([':', '/', ' ']) => {
            wrong("email", "is not an address: give the agent's address without `/token`")
        }
        (None, Some(_)) if token.is_none() && (secret.is_some() || keys.are_complete()) => wrong(
            "api_token",
            "is missing: `email` needs an API token, `client_secret` goes with `client_id`",
        ),
        (None, Some(email)) => Some(Credential::Basic(token.map(|token| basic(email, token)))),
    }
}

fn basic(email: &str, token: &SecretString) -> SecretString {
    let pair = format!("{email}/token:{}", token.expose_secret());
    SecretString::from(format!("Basic {}", BASE64.encode(pair)))
}

fn is_tag(tag: &str) -> bool {
    (1..=255).contains(&tag.chars().count())
        && !tag.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == ',')
        && tag.to_lowercase() == tag
}
