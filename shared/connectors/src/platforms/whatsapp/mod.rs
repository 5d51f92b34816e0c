#![doc = include_str!("README.md")]

mod content;
mod errors;
mod fixtures;
mod inbound;
mod message;
mod outbound;
mod part;
mod reading;
mod settings;
mod status;
mod template;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Effect, EffectKind, Guarantee, Outcome, Reason, Refusal};
use deskbridge_core::file::FileRule;
use deskbridge_core::model::Surface;
use deskbridge_core::text::Markup;
use serde_json::json;

pub use settings::Settings;

use crate::http::{Exchange, Request, Response};
use crate::meta::door::{self, Door};
use crate::meta::graph::Graph;
use crate::{
    Connector, DoorRegistration, Found, Inbound, Next, Query, Reading, Registration, Reject, ReplyRules,
    SecretSpec, SecretUse, Session, Shelf, Trouble, Unreadable, Verified,
};

/// A message cannot be looked up. Its status webhook bears our effect id and comes within seconds; after two minutes it
/// is not expected any more.
pub const MESSAGE_SETTLE: Duration = Duration::from_secs(120);

/// The same for a file, which may be on its way for longer.
pub const FILE_SETTLE: Duration = Duration::from_secs(300);

/// Megabytes.
const MB: u64 = 1024 * 1024;

/// What WhatsApp documents for media.
const FILES: &[FileRule] = &[
    FileRule { types: &["image/jpeg", "image/png"], bytes_max: 5 * MB },
    FileRule { types: &["video/mp4", "video/3gpp"], bytes_max: 16 * MB },
    FileRule {
        types: &["audio/aac", "audio/mp4", "audio/m4a", "audio/mpeg", "audio/amr", "audio/ogg"],
        bytes_max: 16 * MB,
    },
    FileRule {
        types: &[
            "application/pdf",
            "text/plain",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
        bytes_max: 100 * MB,
    },
];

/// The most characters of a text message.
const MESSAGE_CHARACTERS_MAX: usize = 4_096;

/// What doors, and the configuration, know of it.
pub static DOOR: DoorRegistration = DoorRegistration {
    kind: "whatsapp",
    title: "WhatsApp",
    shelf: Shelf::Platform,
    surfaces: &[Surface::Direct],
    secrets: &[
        SecretSpec {
            name: "app_secrets",
            what: "App secret, which signs webhooks (App dashboard > App settings > Basic)",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: "verify_tokens",
            what: "Verify token that you made up and entered beside the callback URL (App dashboard > WhatsApp > Configuration)",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: "access_token",
            what: "Access token of a system user (Business settings > Users > System users)",
            used_by: SecretUse::Api,
            required: true,
            several: false,
        },
    ],
    settings: || schemars::schema_for!(Settings),
    fits: crate::registry::fits::<Settings>,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
};

/// WhatsApp Cloud API in the registry.
pub static REGISTRATION: Registration = Registration {
    door: &DOOR,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
    sample_settings: || json!({"phone_number_id": "5001", "business_account_id": "4001"}),
    sign: door::sign,
    fixtures: fixtures::FIXTURES,
};

/// The codec for one phone number.
pub(crate) struct WhatsApp {
    door: Door,
    graph: Graph,
    business_account: String,
    quote_customer: bool,
}

impl crate::Door for WhatsApp {
    fn greet(&self, request: &Request) -> Option<Result<Response, Reject>> {
        self.door.greet(request)
    }

    fn verify(&self, request: Request, _now: Moment) -> Result<Verified, Reject> {
        self.door.verify(request)
    }

    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Unreadable> {
        self.door.parse(verified, &self.graph.account, inbound::parse)
    }

    fn receipt(&self, verified: &Verified) -> Option<Response> {
        self.door.receipt(verified)
    }

    fn owner(&self) -> &str {
        &self.graph.account
    }
}

impl Connector for WhatsApp {
    fn guarantee(&self, kind: EffectKind) -> Guarantee {
        match kind {
            EffectKind::PostReply(_) => Guarantee::Echoed { settle: MESSAGE_SETTLE },
            _ => Guarantee::Echoed { settle: FILE_SETTLE },
        }
    }

    fn reply_rules(&self, _surface: Surface) -> ReplyRules {
        ReplyRules {
            window: "messages may be answered within 24 hours of the customer's last message; afterwards only with a \
                     template that WhatsApp has approved",
            window_length: Some(outbound::WINDOW),
            verbs: &[Verb::Template],
            files: FILES,
            markup: Markup::WhatsApp,
            ..ReplyRules::characters(MESSAGE_CHARACTERS_MAX)
        }
    }

    fn step(&self, effect: &Effect, _session: &Session, exchanges: &[Exchange]) -> Next<Outcome> {
        outbound::step(self, effect, exchanges)
    }

    fn lookup(&self, _effect: &Effect, _session: &Session, _exchanges: &[Exchange]) -> Next<Found> {
        let refusal = Refusal::new(Reason::Invalid, "WhatsApp lists no messages");
        Next::Settled(Found::CannotTell(Trouble::Refused(refusal)))
    }

    fn read(
        &self,
        query: &Query,
        _session: &Session,
        exchanges: &[Exchange],
    ) -> Next<Result<Reading, Trouble>> {
        reading::read(self, query, exchanges)
    }
}
