#![doc = include_str!("README.md")]

mod account_activity;
mod activity;
mod again;
mod api;
mod chat;
mod direct;
mod door;
mod errors;
mod files;
mod fixtures;
mod inbound;
mod lookup;
mod missed;
mod oauth;
mod oauth2;
mod older_post;
mod outbound;
mod people;
mod post;
mod present_post;
mod reading;
mod settings;
mod summons;
#[cfg(test)]
mod tests;
mod wire;
mod withdrawing;
mod words;

use std::sync::Arc;
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Effect, EffectKind, Guarantee, Outcome};
use deskbridge_core::file::FileRule;
use deskbridge_core::model::Surface;
use deskbridge_core::text::Measure;
use secrecy::SecretString;
use serde_json::json;

pub use settings::Settings;

use crate::files::offer;
use crate::http::{Exchange, Request, Response};
use crate::{
    Connector, Credential, Door, DoorRegistration, Found, Inbound, Next, Query, Reading, Registration,
    Reject, Renewal, ReplyRules, SecretSpec, SecretUse, Session, Shelf, Trouble, Unreadable, Verified,
};

/// After two minutes a late request cannot land any more (both sides end requests well before), and the lists of posts and
/// messages, which lag behind writes by seconds, are fresh.
pub const SETTLE: Duration = Duration::from_secs(120);

/// The most of an ordinary post, in weighted characters.
const POST_LENGTH_MAX: usize = 280;

/// The most of a long post.
const LONG_POST_LENGTH_MAX: usize = 25_000;

/// The most characters of a direct message.
const MESSAGE_CHARACTERS_MAX: usize = 10_000;

/// Pictures, which X takes in one request up to 5 MB. Videos and animations would have to be cut into pieces.
const FILES: &[FileRule] =
    &[FileRule { types: &["image/jpeg", "image/png", "image/webp"], bytes_max: 5 * 1024 * 1024 }];

/// What doors, and the configuration, know of it.
pub static DOOR: DoorRegistration = DoorRegistration {
    kind: "x",
    title: "X",
    shelf: Shelf::Platform,
    surfaces: &[Surface::Public, Surface::Direct],
    secrets: &[
        SecretSpec {
            name: "webhook_secrets",
            what: "API key secret (consumer secret), which signs webhooks (developer console > App > Keys and tokens)",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: "refresh_token",
            what: "OAuth 2.0, with `client_id`: the refresh token of the account's consent, with the scope offline.access. The \
                   bridge uses it once and keeps what it gets for it",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
        SecretSpec {
            name: "client_secret",
            what: "OAuth 2.0, with `client_id`: the client secret of a confidential client (developer console > App > Keys and tokens)",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
        SecretSpec {
            name: "consumer_key",
            what: "OAuth 1.0a: API key (developer console > App > Keys and tokens)",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
        SecretSpec {
            name: "consumer_secret",
            what: "OAuth 1.0a: API key secret again, with which calls are signed (the same value as the webhook secret)",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
        SecretSpec {
            name: "access_token",
            what: "OAuth 1.0a: access token of the account, with read, write and direct messages (developer console > App > Keys and tokens)",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
        SecretSpec {
            name: "access_token_secret",
            what: "OAuth 1.0a: access token secret, shown together with the access token",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
        SecretSpec {
            name: "app_token",
            what: "With `webhook_id`: the app's own bearer token (developer console > App > Keys and tokens > Bearer Token)",
            used_by: SecretUse::Api,
            required: false,
            several: false,
        },
    ],
    settings: || schemars::schema_for!(Settings),
    fits: crate::registry::fits::<Settings>,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
};

/// X in the registry.
pub static REGISTRATION: Registration = Registration {
    door: &DOOR,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
    sample_settings: || json!({"user_id": "9001"}),
    sign: door::sign,
    fixtures: fixtures::FIXTURES,
};

/// What the account may publish.
pub(crate) struct Rules {
    long_posts: bool,
    links_in_posts: bool,
}

/// The codec for one account: posts that address it, and its direct messages.
pub(crate) struct X {
    webhook_secrets: Vec<SecretString>,
    us: inbound::Us,
    rules: Rules,
    api: api::Api,
    read_mentions: bool,
    /// Absent at the public door, which calls nothing.
    again: Option<again::Again>,
}

impl Door for X {
    fn greet(&self, request: &Request) -> Option<Result<Response, Reject>> {
        door::greet(request, &self.webhook_secrets)
    }

    fn verify(&self, request: Request, _now: Moment) -> Result<Verified, Reject> {
        door::verify(request, &self.webhook_secrets)
    }

    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Unreadable> {
        let mut inbound = inbound::parse(verified.body(), &self.us)?;
        offer(&mut inbound, &files::hosts(&self.api), &["photo"]);
        Ok(inbound)
    }

    fn owner(&self) -> &str {
        &self.us.user
    }
}

impl Connector for X {
    fn guarantee(&self, kind: EffectKind) -> Guarantee {
        match kind {
            EffectKind::PostReply(_) | EffectKind::PrivateReply => Guarantee::Findable { settle: SETTLE },
            EffectKind::Moderate => Guarantee::Natural,
            _ => Guarantee::Blind,
        }
    }

    fn reply_rules(&self, surface: Surface) -> ReplyRules {
        match surface {
            Surface::Public => {
                let characters_max =
                    if self.rules.long_posts { LONG_POST_LENGTH_MAX } else { POST_LENGTH_MAX };
                ReplyRules {
                    measure: Measure::Weighted,
                    // README, "Prices".
                    links_cost: true,
                    verbs: &[Verb::Private, Verb::Public, Verb::Withdraw],
                    files: FILES,
                    ..ReplyRules::characters(characters_max)
                }
            }
            Surface::Direct => ReplyRules { files: FILES, ..ReplyRules::characters(MESSAGE_CHARACTERS_MAX) },
        }
    }

    fn seed(&self) -> Option<Credential> {
        oauth2::seed(&self.api)
    }

    fn renewal(&self, credential: &Credential, now: Moment) -> Renewal {
        oauth2::renewal(credential, now)
    }

    fn renew(
        &self,
        credential: &Credential,
        now: Moment,
        exchanges: &[Exchange],
    ) -> Next<Result<Credential, Trouble>> {
        oauth2::renew(&self.api, credential, now, exchanges)
    }

    fn step(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Outcome> {
        outbound::step(&self.api, &self.rules, effect, session, exchanges)
    }

    fn lookup(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Found> {
        lookup::lookup(&self.api, effect, session, exchanges)
    }

    fn read(
        &self,
        query: &Query,
        session: &Session,
        exchanges: &[Exchange],
    ) -> Next<Result<Reading, Trouble>> {
        reading::read(&self.api, &self.us, query, session, exchanges)
    }

    fn sends_again(&self) -> bool {
        self.again.is_some()
    }

    fn send_again(&self, since: Moment, now: Moment, exchanges: &[Exchange]) -> Next<Result<(), Trouble>> {
        match &self.again {
            Some(again) => again::send_again(&self.api, again, since, now, exchanges),
            None => Next::Settled(Ok(())),
        }
    }

    fn catches_up(&self) -> bool {
        self.read_mentions
    }
}
