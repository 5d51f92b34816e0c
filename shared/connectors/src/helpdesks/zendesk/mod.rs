#![doc = include_str!("README.md")]

mod api;
mod card;
mod closed;
mod comments;
mod errors;
mod files;
mod inbound;
mod limits;
mod link;
mod lookup;
mod outbound;
mod reading;
mod redact;
mod redact_marks;
mod settings;
#[cfg(test)]
mod tests;
mod users;
mod wire;

use std::sync::Arc;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Effect, EffectKind, Guarantee, Outcome};
use deskbridge_core::pace::Limits;
use deskbridge_core::policy::CardRules;
use secrecy::SecretString;
use serde_json::Value;

use self::api::Api;
pub use self::settings::Settings;
use crate::http::{Exchange, Request, Response};
use crate::{
    Connector, Door, DoorRegistration, FileLimits, Fixture, Found, Inbound, Keys, Next, Query, Reading,
    Registration, Reject, SecretSpec, SecretUse, Session, SettingProblem, Shelf, Trouble, Unreadable,
    Verified,
};

/// What doors, and the configuration, know of it.
pub static DOOR: DoorRegistration = DoorRegistration {
    kind: "zendesk",
    title: "Zendesk",
    shelf: Shelf::Helpdesk,
    surfaces: &[],
    secrets: &[
        SecretSpec {
            name: "webhook_secrets",
            what: "The webhook's signing secret: Admin Center, Apps and integrations, Webhooks, the webhook, Reveal secret",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: "client_secret",
            what: "The secret of the OAuth client named by `client_id`: Admin Center, Apps and integrations, OAuth clients",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
        SecretSpec {
            name: "api_token",
            what: "Only without `client_id`: the API token that goes with `email`; Zendesk ends these on 30 April 2027",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
    ],
    settings: || schemars::schema_for!(Settings),
    fits: crate::registry::fits::<Settings>,
    open: |settings, keys| Ok(Arc::new(open(settings, &keys)?)),
};

/// Zendesk in the registry.
pub static REGISTRATION: Registration = Registration {
    door: &DOOR,
    open: |settings, keys| Ok(Arc::new(open(settings, &keys)?)),
    sample_settings: Settings::sample,
    sign: inbound::sign,
    fixtures: FIXTURES,
};

macro_rules! fixtures {
    ($($name:literal),+ $(,)?) => {
        &[$(Fixture { name: $name, body: include_bytes!(concat!("fixtures/", $name)) }),+]
    };
}

const FIXTURES: &[Fixture] = fixtures![
    "trigger_reply.json",
    "trigger_number_ids.json",
    "trigger_only_ticket.json",
    "trigger_localised_status.json",
    "trigger_unmapped_ticket.json",
    "event_comment_added.json",
    "event_private_note.json",
    "event_status_changed.json",
    "event_merged.json",
    "event_soft_deleted.json",
    "event_user_changed.json",
];

/// The codec for one Zendesk account.
struct Zendesk {
    owner: String,
    webhook_secrets: Vec<SecretString>,
    api: Api,
    settings: Settings,
}

fn open(settings: &Value, keys: &Keys) -> Result<Zendesk, Vec<SettingProblem>> {
    let checked = settings::check(settings, keys)?;
    Ok(Zendesk {
        owner: owner(&checked.base),
        webhook_secrets: keys.all("webhook_secrets").to_vec(),
        api: Api { base: checked.base, credential: checked.credential },
        settings: checked.settings,
    })
}

/// The subdomain; the whole authority of a host that is not Zendesk's own.
fn owner(base: &url::Url) -> String {
    let host = base.host_str().unwrap_or_default();
    host.strip_suffix(".zendesk.com").map_or_else(|| base.authority().to_owned(), str::to_owned)
}

impl Door for Zendesk {
    fn greet(&self, _request: &Request) -> Option<Result<Response, Reject>> {
        None
    }

    fn verify(&self, request: Request, now: Moment) -> Result<Verified, Reject> {
        inbound::verify(request, &self.webhook_secrets, now)
    }

    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Unreadable> {
        inbound::parse(verified, &self.owner)
    }

    fn owner(&self) -> &str {
        &self.owner
    }
}

impl Connector for Zendesk {
    fn guarantee(&self, kind: EffectKind) -> Guarantee {
        outbound::guarantee(kind)
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

    fn sign_in(&self, exchanges: &[Exchange]) -> Next<Result<Session, Trouble>> {
        outbound::sign_in(self, exchanges)
    }

    fn step(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Outcome> {
        outbound::step(self, effect, session, exchanges)
    }

    fn lookup(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Found> {
        lookup::lookup(self, effect, session, exchanges)
    }

    fn read(
        &self,
        query: &Query,
        session: &Session,
        exchanges: &[Exchange],
    ) -> Next<Result<Reading, Trouble>> {
        reading::read(self, query, session, exchanges)
    }
}
