//! Turning the account's bad days on and off.

use deskbridge_connectors::http::{Request, Response};
use serde::Deserialize;
use serde_json::json;

use super::errors::Refusal;
use super::limits::Limits;
use super::model::Agent;
use super::seed::TicketScope;
use super::server::Freshdesk;

/// One switch: `{"do":"maintenance","on":true}`. Agents are named by their e-mail address.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// The agent's API key stops working, or works again.
    RevokeKey {
        /// The agent's e-mail address.
        agent: String,
        /// `false` brings the key back.
        on: bool,
    },
    /// The agent sees other tickets than before; everything else is answered with `access_denied`.
    Scope {
        /// The agent's e-mail address.
        agent: String,
        /// What the agent may see from now on.
        scope: TicketScope,
    },
    /// Every API call is answered with a 503 in HTML.
    Maintenance {
        /// `false` ends it.
        on: bool,
    },
    /// Other limits, or none.
    Limits {
        /// Calls per minute; `null` counts nothing.
        limits: Option<Limits>,
    },
    /// The plan knows external ids, or no longer does.
    ExternalIds {
        /// Whether it does.
        on: bool,
    },
    /// Agents may change notes and what tickets were opened with, or no longer do.
    Editing {
        /// Whether they may.
        on: bool,
    },
    /// An agent writes an e-mail address into the profile of a ticket's contact.
    RequesterEmail {
        /// The ticket's id.
        ticket: u64,
        /// The address.
        email: String,
    },
    /// A contact may not ask any more, or again.
    BlockContact {
        /// The contact's id.
        contact: u64,
        /// `false` unblocks.
        on: bool,
    },
}

impl Freshdesk {
    /// Turns one switch; `false` if there is no such agent or contact.
    pub fn control(&mut self, control: &Control) -> bool {
        match control {
            Control::RevokeKey { agent, on } => self.change_agent(agent, |agent| agent.revoked = *on),
            Control::Scope { agent, scope } => self.change_agent(agent, |agent| agent.scope = *scope),
            Control::Maintenance { on } => {
                self.maintenance = *on;
                true
            }
            Control::Limits { limits } => {
                self.meter.limits = *limits;
                true
            }
            Control::ExternalIds { on } => {
                self.external_ids_allowed = *on;
                true
            }
            Control::Editing { on } => {
                self.editing_allowed = *on;
                true
            }
            Control::RequesterEmail { ticket, email } => {
                let contact = self.tickets.get(ticket).map(|ticket| ticket.requester);
                let contact = contact.and_then(|contact| self.contacts.get_mut(&contact));
                contact.map(|contact| contact.email = Some(email.clone())).is_some()
            }
            Control::BlockContact { contact, on } => {
                self.contacts.get_mut(contact).map(|contact| contact.blocked = *on).is_some()
            }
        }
    }

    /// How many webhooks were given up since the account was made.
    #[must_use]
    pub const fn dropped_webhooks(&self) -> u64 {
        self.webhooks.dropped
    }

    fn change_agent(&mut self, email: &str, change: impl FnOnce(&mut Agent)) -> bool {
        self.agents.iter_mut().find(|agent| agent.email.eq_ignore_ascii_case(email)).map(change).is_some()
    }

    /// `POST /_sandbox/control`.
    pub(super) fn control_request(&mut self, request: &Request) -> Response {
        match serde_json::from_slice::<Control>(&request.body) {
            _ if request.method != "POST" => Refusal::Method("POST").response(),
            Ok(control) if self.control(&control) => Response::empty(204),
            Ok(_) => Refusal::NotFound.response(),
            Err(error) => Response::json(400, &json!({ "message": error.to_string() })),
        }
    }
}
