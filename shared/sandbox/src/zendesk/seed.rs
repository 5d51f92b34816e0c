//! What a Zendesk stand-in starts with: its people, credentials, fields, webhook and limits.

use serde::Deserialize;
use url::Url;

use super::limits::Limits;
use crate::Millis;

/// Name of the tag that the demo's trigger looks for.
pub const BRIDGE_TAG: &str = "deskbridge";

/// The body that our documentation tells an admin to put into the trigger: names and ids only, so that nothing a
/// customer wrote can break the JSON.
pub const TRIGGER_BODY: &str = r#"{"v":1,"ticket_id":"{{ticket.id}}","external_id":"{{ticket.external_id}}","status":"{{ticket.status}}","actor":"{{current_user.id}}"}"#;

/// What somebody may do in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A customer: may not use the ticket API at all.
    EndUser,
    /// Works on tickets.
    Agent,
    /// An agent who may also manage users, webhooks and triggers and read the exports.
    Admin,
}

impl Role {
    /// The name that the API uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EndUser => "end-user",
            Self::Agent => "agent",
            Self::Admin => "admin",
        }
    }
}

/// The plan of the account; it decides the real limits, see [`Limits::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Support Team.
    Team,
    /// Suite Growth and Professional.
    Professional,
    /// Enterprise.
    Enterprise,
    /// Enterprise Plus, or the High Volume add-on.
    EnterprisePlus,
}

impl Plan {
    /// The name that the account settings show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Professional => "professional",
            Self::Enterprise => "enterprise",
            Self::EnterprisePlus => "enterprise_plus",
        }
    }
}

/// A confidential OAuth client that may use the client-credentials grant.
#[derive(Clone)]
pub struct OauthClient {
    /// The client's unique identifier (not its numeric id).
    pub id: String,
    /// The client's secret.
    pub secret: String,
    /// E-mail address of the user that its tokens act as. Uncertain: that this is the user who owns the client.
    pub acts_as: String,
    /// How long a token lives when the request does not say, in seconds; `None` = forever, as with old clients.
    pub lifetime_s: Option<i64>,
}

/// A member of the team.
#[derive(Clone)]
pub struct Agent {
    /// Display name.
    pub name: String,
    /// Login and half of the Basic user name.
    pub email: String,
    /// Token for Basic authentication as `email/token:TOKEN`; `None` = cannot use it.
    pub api_token: Option<String>,
    /// What the person may do.
    pub role: Role,
}

/// The webhook, and the trigger that calls it, with which the account is set up.
#[derive(Clone)]
pub struct Hook {
    /// Where the webhook goes.
    pub endpoint: Url,
    /// The signing secret, used as it stands (not decoded).
    pub secret: String,
    /// Only tickets with this tag call it; `None` = all tickets.
    pub tag: Option<String>,
}

/// A custom ticket field.
#[derive(Clone)]
pub struct Field {
    /// The field's id.
    pub id: i64,
    /// Title that agents see.
    pub title: String,
    /// The option tags of a drop-down; empty = a text or date field.
    pub options: Vec<String>,
    /// Whether it takes nothing but a day, such as `2026-11-27`.
    pub date: bool,
}

/// Everything a stand-in starts with.
#[derive(Clone)]
pub struct ZendeskSeed {
    /// The account's name, the `acme` of `acme.zendesk.com`.
    pub subdomain: String,
    /// Where clients reach the stand-in; `url` and `content_url` fields start with it.
    pub base_url: Url,
    /// The plan that the account settings show. Does not switch limits on: see `limits`.
    pub plan: Plan,
    /// OAuth clients.
    pub oauth_clients: Vec<OauthClient>,
    /// The admin that the bridge acts as; nobody else uses it.
    pub bridge: Agent,
    /// The people who answer tickets. The first one is meant where the sandbox's page does not name an agent.
    pub agents: Vec<Agent>,
    /// Custom ticket fields.
    pub fields: Vec<Field>,
    /// The webhook and trigger that are there from the start.
    pub webhook: Option<Hook>,
    /// Rate and size limits.
    pub limits: Limits,
    /// How long a change stays invisible to search, in milliseconds.
    pub search_lag_ms: Millis,
}

impl ZendeskSeed {
    /// The account of the demo: names and secrets are fixed and public. Rate limits are off, so that trying things out
    /// never waits; set [`ZendeskSeed::limits`] to [`Limits::of`] for the real ones.
    #[must_use]
    pub fn demo(bridge_base: &Url) -> Self {
        let bridge = Agent {
            name: "Social bridge".into(),
            email: "bridge@acme.example".into(),
            api_token: Some("demo-bridge-token".into()),
            role: Role::Admin,
        };
        let agent = Agent {
            name: "Ana Agent".into(),
            email: "agent@acme.example".into(),
            api_token: Some("demo-agent-token".into()),
            role: Role::Agent,
        };
        let client = OauthClient {
            id: "deskbridge".into(),
            secret: "demo-client-secret".into(),
            acts_as: bridge.email.clone(),
            lifetime_s: Some(7_200),
        };
        Self {
            subdomain: "acme".into(),
            base_url: own_base(bridge_base),
            plan: Plan::Professional,
            oauth_clients: vec![client],
            bridge,
            agents: vec![agent],
            fields: demo_fields(),
            webhook: Some(Hook {
                endpoint: at_path(bridge_base, "/hooks/acme-zendesk"),
                secret: "demo-zendesk-webhook-secret".into(),
                tag: Some(BRIDGE_TAG.into()),
            }),
            limits: Limits::off(),
            search_lag_ms: 60_000,
        }
    }
}

fn demo_fields() -> Vec<Field> {
    let networks = ["facebook", "messenger"].map(|network| format!("network_{network}"));
    let delivery = ["queued", "accepted", "delivered", "read", "unconfirmed", "undelivered"];
    let delivery = delivery.map(|state| format!("deskbridge_{state}"));
    let field = |id, title: &str, options: &[String], date| Field {
        id,
        title: title.to_owned(),
        options: options.to_vec(),
        date,
    };
    vec![
        field(360_001, "Social link", &[], false),
        field(360_002, "Social network", &networks, false),
        field(360_003, "Delivery", &delivery, false),
        field(360_004, "Reply by", &[], true),
    ]
}

/// The demo's own address: the bridge's host with the port after its own (8080 -> 8081).
fn own_base(bridge_base: &Url) -> Url {
    let mut url = at_path(bridge_base, "/");
    let port = bridge_base.port_or_known_default().unwrap_or(8080).saturating_add(1);
    // Only URLs without a host refuse a port, and those are no one's address.
    let _ = url.set_port(Some(port));
    url
}

fn at_path(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url
}
