//! The account's front desk: who calls, may they, and which resource answers.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deskbridge_connectors::http::{Request, Response, Url, header};

use super::automations;
use super::errors::{Answer, Refusal};
use super::limits::{Kind, Meter};
use super::model::{Agent, Attachment, Contact, Conversation, Ids, Rule, Ticket};
use super::search::Index;
use super::seed::{AgentSeed, FieldSeed, FreshdeskSeed};
use super::webhooks::Webhooks;
use crate::{Millis, StandIn, Webhook};

/// The stand-in for one Freshdesk account. `/api/v2` is the real API; `/_sandbox` is for tests and the demo's page.
pub struct Freshdesk {
    pub(super) base_url: Url,
    pub(super) born: Millis,
    pub(super) agents: Vec<Agent>,
    keys: BTreeMap<String, u64>,
    pub(super) bridge: u64,
    pub(super) contacts: BTreeMap<u64, Contact>,
    pub(super) tickets: BTreeMap<u64, Ticket>,
    pub(super) conversations: BTreeMap<u64, Conversation>,
    pub(super) attachments: BTreeMap<u64, Attachment>,
    pub(super) groups: Vec<(u64, String)>,
    pub(super) custom_fields: Vec<(u64, FieldSeed)>,
    pub(super) conversation_field: String,
    pub(super) statuses: Vec<String>,
    pub(super) rules: BTreeMap<u64, Rule>,
    pub(super) ids: Ids,
    pub(super) ticket_index: Index,
    pub(super) contact_index: Index,
    pub(super) webhooks: Webhooks,
    pub(super) meter: Meter,
    pub(super) external_ids_allowed: bool,
    pub(super) editing_allowed: bool,
    pub(super) maintenance: bool,
}

/// One authenticated API request.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) actor: u64,
    pub(super) now: Millis,
}

impl Freshdesk {
    /// An account as the seed says, without contacts or tickets.
    #[must_use]
    pub fn new(seed: FreshdeskSeed) -> Self {
        let mut ids = Ids::new();
        let mut keys = BTreeMap::new();
        let mut hire = |seed: AgentSeed, ids: &mut Ids| {
            let id = ids.user();
            keys.insert(seed.api_key, id);
            Agent { id, name: seed.name, email: seed.email, scope: seed.scope, revoked: false }
        };
        let bridge = hire(seed.bridge, &mut ids);
        let mut agents: Vec<Agent> = seed.agents.into_iter().map(|agent| hire(agent, &mut ids)).collect();
        let humans: Vec<u64> = agents.iter().map(|agent| agent.id).collect();
        let bridge_id = bridge.id;
        agents.push(bridge);
        let mut account = Self {
            base_url: seed.base_url,
            born: seed.born,
            agents,
            keys,
            bridge: bridge_id,
            contacts: BTreeMap::new(),
            tickets: BTreeMap::new(),
            conversations: BTreeMap::new(),
            attachments: BTreeMap::new(),
            groups: seed.groups.into_iter().map(|name| (ids.other(), name)).collect(),
            custom_fields: seed.custom_fields.into_iter().map(|field| (ids.other(), field)).collect(),
            conversation_field: seed.conversation_field,
            statuses: seed.statuses,
            rules: BTreeMap::new(),
            ids,
            ticket_index: Index::new(seed.search_lag_ms),
            contact_index: Index::new(seed.search_lag_ms),
            webhooks: Webhooks::default(),
            meter: Meter::new(seed.limits),
            external_ids_allowed: seed.external_ids_allowed,
            editing_allowed: true,
            maintenance: false,
        };
        if let Some(webhook) = &seed.webhook {
            account
                .add_rule(automations::bridge_rule(webhook, &account.conversation_field, &humans), seed.born);
        }
        account
    }

    fn api(&mut self, request: &Request, path: &[&str], now: Millis) -> Response {
        if self.maintenance {
            return Refusal::Maintenance.response();
        }
        // Freshdesk documents that invalid requests count towards the limit as well.
        let kind = Kind::of(request.method.as_str(), path);
        let (quota, spent) = self.meter.spend(kind, cost(request), now);
        let answer = spent.and_then(|()| self.authenticate(request)).and_then(|actor| {
            accepts_json(request)?;
            self.route(Call { request, actor, now }, path)
        });
        let response = answer.unwrap_or_else(|refusal| refusal.response());
        let response = response.header("x-freshdesk-api-version", "latest=v2; requested=v2");
        match quota {
            Some(quota) => quota.stamp(response),
            None => response,
        }
    }

    /// HTTP Basic with the API key as the user; Freshdesk's own examples put `X` for the password, any will do.
    fn authenticate(&self, request: &Request) -> Result<u64, Refusal> {
        let value = request.only_header(header::AUTHORIZATION.as_str()).ok_or(Refusal::Credentials)?;
        let encoded = value.strip_prefix("Basic ").ok_or(Refusal::Credentials)?;
        let decoded = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| Refusal::Credentials)?;
        let text = String::from_utf8(decoded).map_err(|_| Refusal::Credentials)?;
        let key = text.split_once(':').map_or(text.as_str(), |(key, _)| key);
        let agent = self.keys.get(key).and_then(|id| self.agent(*id)).filter(|agent| !agent.revoked);
        agent.map(|agent| agent.id).ok_or(Refusal::Credentials)
    }

    fn route(&mut self, call: Call<'_>, path: &[&str]) -> Answer {
        match path {
            ["contacts", rest @ ..] => self.route_contacts(call, rest),
            ["tickets", rest @ ..] => self.route_tickets(call, rest),
            ["conversations", id] => self.route_conversation(call, number(id)?),
            ["search", what] => self.route_search(call, what),
            ["attachments", id] => self.route_attachment(call, number(id)?),
            ["automations", kind, "rules", rest @ ..] => self.route_rules(call, kind, rest),
            _ => self.route_account(call, path),
        }
    }

    pub(super) fn agent(&self, id: u64) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.id == id)
    }

    /// The absolute address of an API path.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}/api/v2/{path}", self.base_url.as_str().trim_end_matches('/'))
    }
}

impl StandIn for Freshdesk {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        let segments: Vec<&str> = request.url.path().split('/').filter(|part| !part.is_empty()).collect();
        match segments.as_slice() {
            ["api", "v2", path @ ..] => self.api(request, path, now),
            ["_sandbox", "state"] => Response::json(200, &self.state()),
            ["_sandbox", "control"] => self.control_request(request),
            ["_sandbox", "act"] => self.act_request(request, now),
            ["data", "helpdesk", "attachments", "production", id, "original", _] => {
                self.download(id, request, now).unwrap_or_else(|refusal| refusal.response())
            }
            ["inline", "attachment"] => self.inline(request).unwrap_or_else(|refusal| refusal.response()),
            _ => Refusal::NotFound.response(),
        }
    }

    fn due(&mut self, now: Millis) -> Vec<Webhook> {
        self.webhooks.due(&mut self.meter, now)
    }

    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        self.webhooks.delivered(id, status, now);
    }

    fn next_due(&self) -> Option<Millis> {
        self.webhooks.next_due()
    }
}

/// A path segment that must be an id.
pub(super) fn number(segment: &str) -> Result<u64, Refusal> {
    segment.parse().map_err(|_| Refusal::NotFound)
}

/// One credit per call and two more for each thing embedded with `include=`.
fn cost(request: &Request) -> u32 {
    let included = request.query("include").unwrap_or_default();
    let included = included.split(',').filter(|name| !name.is_empty()).count().min(10);
    1 + 2 * u32::try_from(included).unwrap_or_default()
}

fn accepts_json(request: &Request) -> Result<(), Refusal> {
    let Some(accept) = request.headers.get(header::ACCEPT) else { return Ok(()) };
    let accept = accept.to_str().unwrap_or_default().to_ascii_lowercase();
    let fits = |kind: &str| {
        matches!(kind.split(';').next().map(str::trim), Some("*/*" | "application/*" | "application/json"))
    };
    if accept.split(',').any(fits) { Ok(()) } else { Err(Refusal::NotAcceptable) }
}
