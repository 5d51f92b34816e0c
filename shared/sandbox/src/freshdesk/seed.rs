//! What a stand-in account looks like on its first day.

use deskbridge_connectors::http::Url;
use serde::Deserialize;

use super::limits::Limits;
use super::time::MINUTE;
use crate::Millis;

/// The account to start from.
#[derive(Clone)]
pub struct FreshdeskSeed {
    /// Where the stand-in is served; used in `Location`, `Link` and attachment addresses.
    pub base_url: Url,
    /// The people who answer tickets. The first one is who acts through `/_sandbox/act` if nobody is named.
    pub agents: Vec<AgentSeed>,
    /// The agent as whom the bridge writes.
    pub bridge: AgentSeed,
    /// The automation rule that tells the bridge of agents' work, if there is one.
    pub webhook: Option<WebhookSeed>,
    /// The account's own ticket fields.
    pub custom_fields: Vec<FieldSeed>,
    /// The custom text field that carries the conversation key; shown by the view and sent by the rule.
    pub conversation_field: String,
    /// Names of the agents' groups.
    pub groups: Vec<String>,
    /// Labels of the account's own statuses; they get the ids 6, 7 ...
    pub statuses: Vec<String>,
    /// Calls per minute; `None` counts nothing and sends no limit headers.
    pub limits: Option<Limits>,
    /// How long a change stays invisible to `/search`. Freshdesk documents "a few minutes" only.
    pub search_lag_ms: Millis,
    /// Whether the plan knows contacts by `unique_external_id`. It did not always, and may not everywhere.
    pub external_ids_allowed: bool,
    /// When the account was made.
    pub born: Millis,
}

/// One agent with an API key.
#[derive(Clone)]
pub struct AgentSeed {
    /// The name that customers see.
    pub name: String,
    /// The login; unique among agents and contacts.
    pub email: String,
    /// The API key, the user part of HTTP Basic; the password part is never looked at.
    pub api_key: String,
    /// Which tickets the agent may see.
    pub scope: TicketScope,
}

/// Which tickets an agent may see.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TicketScope {
    /// All of them; `ticket_scope: 1`.
    Global,
    /// Those of the agent's groups and the agent's own; `ticket_scope: 2`. Agents here are in no group.
    Group,
    /// The agent's own; `ticket_scope: 3`.
    Restricted,
}

impl TicketScope {
    /// The number in the API.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Global => 1,
            Self::Group => 2,
            Self::Restricted => 3,
        }
    }
}

/// The automation rule "ticket is updated by an agent other than the bridge, tag is ..." and its webhook.
#[derive(Clone)]
pub struct WebhookSeed {
    /// Where it posts.
    pub endpoint: Url,
    /// The static header that stands in for a signature; Freshdesk signs nothing.
    pub header_name: String,
    /// That header's value.
    pub header_secret: String,
    /// Only tickets with this tag are told of.
    pub tag: String,
}

/// One ticket field of the account's own.
#[derive(Clone)]
pub struct FieldSeed {
    /// The name in the API, with its `cf_`.
    pub name: String,
    /// The name that agents see.
    pub label: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether an agent must fill it in; enforced on API calls too.
    pub required_for_agents: bool,
    /// Whether it must be filled in before the ticket may be resolved or closed.
    pub required_for_closure: bool,
}

/// What a custom field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text, at most 255 characters.
    Text,
    /// Text of any length.
    Paragraph,
    /// A whole number.
    Number,
    /// A checkbox.
    Checkbox,
    /// A day, such as `2026-11-27`.
    Date,
    /// One of these labels.
    Dropdown(Vec<String>),
}

impl FieldSeed {
    /// An optional field for one line of text.
    #[must_use]
    pub fn text(name: &str, label: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            kind: FieldKind::Text,
            required_for_agents: false,
            required_for_closure: false,
        }
    }
}

impl FreshdeskSeed {
    /// The demo's account: the bridge with `demo-bridge-key`, an agent with `demo-agent-key`, the text field
    /// `cf_deskbridge`, and a rule that posts to `{bridge_base}/hooks/globex-freshdesk`.
    #[must_use]
    pub fn demo(bridge_base: &Url) -> Self {
        let mut endpoint = bridge_base.clone();
        let path = format!("{}/hooks/globex-freshdesk", bridge_base.path().trim_end_matches('/'));
        endpoint.set_path(&path);
        Self {
            base_url: demo_base(bridge_base),
            agents: vec![agent("Maya Torres", "maya@globex.example", "demo-agent-key")],
            bridge: agent("Deskbridge", "deskbridge@globex.example", "demo-bridge-key"),
            webhook: Some(WebhookSeed {
                endpoint,
                header_name: "X-Deskbridge-Key".to_owned(),
                header_secret: "demo-freshdesk-hook-key".to_owned(),
                tag: "deskbridge".to_owned(),
            }),
            custom_fields: vec![
                FieldSeed::text("cf_deskbridge", "Deskbridge conversation"),
                FieldSeed { kind: delivery(), ..FieldSeed::text("cf_delivery", "Delivery") },
                FieldSeed { kind: FieldKind::Date, ..FieldSeed::text("cf_reply_by", "Reply by") },
            ],
            conversation_field: "cf_deskbridge".to_owned(),
            groups: vec!["Customer care".to_owned()],
            statuses: vec!["Waiting on Customer".to_owned(), "Waiting on Third Party".to_owned()],
            limits: Some(Limits::GENEROUS),
            search_lag_ms: 2 * MINUTE,
            external_ids_allowed: true,
            born: 1_767_225_600_000,
        }
    }
}

fn delivery() -> FieldKind {
    let states = ["queued", "accepted", "delivered", "read", "unconfirmed", "undelivered"];
    FieldKind::Dropdown(states.map(str::to_owned).to_vec())
}

fn agent(name: &str, email: &str, api_key: &str) -> AgentSeed {
    AgentSeed {
        name: name.to_owned(),
        email: email.to_owned(),
        api_key: api_key.to_owned(),
        scope: TicketScope::Global,
    }
}

/// The demo's Freshdesk lives beside the bridge, on port 8082.
fn demo_base(bridge_base: &Url) -> Url {
    let mut base = bridge_base.clone();
    base.set_path("/");
    // Fails only for addresses without a host; those keep what they have.
    let _ = base.set_port(Some(8082));
    base
}
