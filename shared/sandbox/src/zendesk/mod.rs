//! The stand-in for Zendesk Support: its API under the real paths, with its rules, errors, limits and webhooks.
//!
//! What it does not keep: refresh tokens and the code grant, acting for end users, bulk jobs, event webhooks, custom
//! statuses, side conversations and messaging.

mod account;
mod call;
mod change;
mod comments;
mod control;
mod errors;
mod glance;
mod html;
mod limits;
mod merge;
mod oauth;
mod paging;
mod redaction;
mod routes;
mod search;
mod seed;
mod ticket;
mod tickets;
mod triggers;
mod uploads;
mod users;
mod view;
mod webhooks;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use deskbridge_connectors::http::{Request, Response};
use serde_json::Value;

pub use control::{Act, Control, Deed};
pub use glance::{Glance, GlanceAtComment};
pub use limits::Limits;
pub use seed::{Agent, BRIDGE_TAG, Field, Hook, OauthClient, Plan, Role, TRIGGER_BODY, ZendeskSeed};
pub use webhooks::signature;

use crate::{Millis, StandIn, Webhook};
use call::Id;
use errors::Problem;

/// Ids of everything but tickets count from here, so that no one takes one for a ticket's.
const FIRST_ID: Id = 10_000;

/// One Zendesk account.
pub struct Zendesk {
    seed: ZendeskSeed,
    users: BTreeMap<Id, users::User>,
    /// Who has an external id, in lower case. May name somebody who has another one by now.
    external_ids: BTreeMap<String, Id>,
    api_tokens: BTreeMap<String, String>,
    tokens: BTreeMap<String, oauth::Token>,
    tickets: BTreeMap<Id, ticket::Ticket>,
    remembered: BTreeMap<String, tickets::Remembered>,
    keys_forgotten_at: Millis,
    uploads: BTreeMap<String, uploads::Upload>,
    files: BTreeMap<Id, uploads::Attachment>,
    /// Whether files are for staff only.
    private_files: bool,
    jobs: BTreeMap<String, Value>,
    triggers: BTreeMap<Id, triggers::Trigger>,
    hooks: BTreeMap<String, webhooks::Target>,
    outbound: webhooks::Outbound,
    limiter: limits::Limiter,
    /// During maintenance, what `Retry-After` says.
    maintenance: Option<Option<i64>>,
    redacting: redaction::Redacting,
    last_id: Id,
    last_ticket: Id,
}

impl Zendesk {
    /// An account as its seed describes it.
    #[must_use]
    pub fn new(seed: ZendeskSeed) -> Self {
        let mut account = Self {
            seed,
            users: BTreeMap::new(),
            external_ids: BTreeMap::new(),
            api_tokens: BTreeMap::new(),
            tokens: BTreeMap::new(),
            tickets: BTreeMap::new(),
            remembered: BTreeMap::new(),
            keys_forgotten_at: 0,
            uploads: BTreeMap::new(),
            files: BTreeMap::new(),
            private_files: false,
            jobs: BTreeMap::new(),
            triggers: BTreeMap::new(),
            hooks: BTreeMap::new(),
            outbound: webhooks::Outbound::default(),
            limiter: limits::Limiter::default(),
            maintenance: None,
            redacting: redaction::Redacting::default(),
            last_id: FIRST_ID,
            last_ticket: 0,
        };
        let ZendeskSeed { bridge, agents, webhook, .. } = account.seed.clone();
        let bridge = account.add_agent(&bridge);
        for agent in &agents {
            account.add_agent(agent);
        }
        if let Some(Hook { endpoint, secret, tag }) = webhook {
            let webhook = account.add_hook("Deskbridge", endpoint, secret, 0);
            account.seed_trigger(tag.as_deref(), webhook, bridge);
        }
        account
    }

    fn add_agent(&mut self, agent: &Agent) -> Id {
        let token = agent.api_token.clone();
        self.api_tokens.extend(token.map(|token| (agent.email.to_lowercase(), token)));
        self.add_user(&agent.name, Some(&agent.email), agent.role, 0)
    }

    fn next_id(&mut self) -> Id {
        self.last_id += 1;
        self.last_id
    }
}

impl StandIn for Zendesk {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        if let Some(door) = request.url.path().strip_prefix("/_sandbox/") {
            return self.sandbox_route(door, request, now);
        }
        if let Some(retry_after_s) = self.maintenance {
            return errors::maintenance(retry_after_s);
        }
        let response = self.route(request, now).unwrap_or_else(Problem::into_response);
        let update = request.method == "PUT" && request.url.path().starts_with("/api/v2/tickets/");
        self.limiter.label(response, &self.seed.limits, update, now)
    }

    fn due(&mut self, now: Millis) -> Vec<Webhook> {
        self.due_webhooks(now)
    }

    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        self.webhook_delivered(id, status, now);
    }

    fn next_due(&self) -> Option<Millis> {
        self.next_webhook()
    }
}
