//! The Freshdesk connector: tickets, contacts and notes over API v2, and the automation webhook as a hint.
//!
#![doc = include_str!("README.md")]

mod api;
mod card;
mod contacts;
mod errors;
mod files;
mod inbound;
mod limits;
mod link;
mod lookup;
mod marker;
mod outbound;
mod reading;
mod redact;
mod settings;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Effect, EffectKind, Guarantee, Outcome};
use deskbridge_core::pace::Limits;
use deskbridge_core::policy::CardRules;
use secrecy::SecretString;
use serde_json::json;

use self::api::{Api, Walk};
use self::settings::{API_KEY, Settings, WEBHOOK_KEYS};
use crate::http::{Exchange, Request, Response};
use crate::{
    Connector, Door, DoorRegistration, FileLimits, Fixture, Found, Inbound, Next, Query, Reading,
    Registration, Reject, SecretSpec, SecretUse, Session, Shelf, Trouble, Unreadable, Verified,
};

/// What doors, and the configuration, know of it.
pub static DOOR: DoorRegistration = DoorRegistration {
    kind: "freshdesk",
    title: "Freshdesk",
    shelf: Shelf::Helpdesk,
    surfaces: &[],
    secrets: &[
        SecretSpec {
            name: WEBHOOK_KEYS,
            what: "the value of the X-Deskbridge-Key header in the automation rule; 32 or more random letters and digits",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: API_KEY,
            what: "the API key of the bridge's own agent; Freshdesk shows it under Profile settings",
            used_by: SecretUse::Api,
            required: true,
            several: false,
        },
    ],
    settings: || schemars::schema_for!(Settings),
    fits: crate::registry::fits::<Settings>,
    open: |settings, keys| Ok(Arc::new(settings::check(settings, &keys)?)),
};

/// The registry's line for Freshdesk.
pub static REGISTRATION: Registration = Registration {
    door: &DOOR,
    open: |settings, keys| Ok(Arc::new(settings::check(settings, &keys)?)),
    sample_settings: || json!({"base_url": "https://acme.freshdesk.com"}),
    sign: inbound::sign,
    fixtures: FIXTURES,
};

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        &[$(Fixture { name: $name, body: include_bytes!(concat!("fixtures/", $name)) }),*]
    };
}

static FIXTURES: &[Fixture] = fixtures![
    "reply_sent.json",
    "public_note_added.json",
    "status_resolved.json",
    "status_waiting.json",
    "status_localized.json",
    "bracketed_ticket_id.json",
    "foreign_ticket.json",
    "simple_layout.json",
    "unknown_fields.json",
];

/// Freshdesk, opened for one account.
struct Freshdesk {
    settings: Settings,
    api: Api,
    owner: String,
    webhook_keys: Vec<SecretString>,
}

impl Door for Freshdesk {
    fn greet(&self, _request: &Request) -> Option<Result<Response, Reject>> {
        None
    }

    fn verify(&self, request: Request, _now: Moment) -> Result<Verified, Reject> {
        inbound::verify(request, &self.webhook_keys)
    }

    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Unreadable> {
        inbound::parse(verified.body(), &self.owner, &self.settings.conversation_field)
    }

    fn owner(&self) -> &str {
        &self.owner
    }
}

impl Connector for Freshdesk {
    fn guarantee(&self, kind: EffectKind) -> Guarantee {
        lookup::guarantee(kind)
    }

    fn tag_commands(&self) -> bool {
        self.settings.tag_commands
    }

    fn card_rules(&self) -> CardRules {
        CardRules { delivery: self.settings.show_delivery, reply_by: self.settings.reply_by_field.is_some() }
    }

    fn file_limits(&self) -> FileLimits {
        files::LIMITS
    }

    fn limits(&self, exchange: &Exchange) -> Limits {
        limits::told(exchange)
    }

    fn step(&self, effect: &Effect, _session: &Session, exchanges: &[Exchange]) -> Next<Outcome> {
        Walk::along(exchanges, |walk| self.make(effect, walk))
    }

    fn lookup(&self, effect: &Effect, _session: &Session, exchanges: &[Exchange]) -> Next<Found> {
        Walk::along(exchanges, |walk| self.find(effect, walk))
    }

    fn read(
        &self,
        query: &Query,
        _session: &Session,
        exchanges: &[Exchange],
    ) -> Next<Result<Reading, Trouble>> {
        Walk::along(exchanges, |walk| self.answer_query(query, walk))
    }
}
