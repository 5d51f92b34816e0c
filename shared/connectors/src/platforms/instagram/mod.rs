#![doc = include_str!("README.md")]

mod address;
mod comment;
mod errors;
mod fixtures;
mod inbound;
mod lookup;
mod mention;
mod outbound;
mod reading;
mod renewing;
mod settings;
mod target;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Effect, EffectKind, Guarantee, Outcome};
use deskbridge_core::file::FileRule;
use deskbridge_core::model::Surface;
use deskbridge_core::text::Measure;
use serde_json::json;

pub use settings::{Login, Settings};

use crate::files::offer;
use crate::http::{Exchange, Request, Response};
use crate::meta::door::{self, Door};
use crate::meta::graph::Graph;
use crate::meta::{files, sending};
use crate::{
    Connector, Credential, DoorRegistration, Found, Inbound, Next, Query, Reading, Registration, Reject,
    Renewal, ReplyRules, SecretSpec, SecretUse, Session, Shelf, Trouble, Unreadable, Verified,
};

/// Comments: after two minutes a late request cannot land any more (Meta ends requests well before), and the list of
/// replies, which lags behind writes by seconds, is fresh.
pub const COMMENT_SETTLE: Duration = Duration::from_secs(120);

/// Messages: the same, and the Conversations API lags behind the Send API by up to some more seconds.
pub const MESSAGE_SETTLE: Duration = Duration::from_secs(120);

/// The most characters of a comment (2,200), less the `@name` that a reply to a reply begins with.
const COMMENT_CHARACTERS_MAX: usize = 2_200 - address::LENGTH_MAX;

/// The most bytes of a direct message.
const MESSAGE_BYTES_MAX: usize = 1_000;

/// Megabytes.
const MB: u64 = 1024 * 1024;

/// Files in direct messages, as documented. Comments carry none.
const MESSAGE_FILES: &[FileRule] = &[
    FileRule { types: &["image/jpeg", "image/png", "image/gif"], bytes_max: 8 * MB },
    FileRule {
        types: &["audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav"],
        bytes_max: 25 * MB,
    },
    FileRule {
        types: &["video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"],
        bytes_max: 25 * MB,
    },
    FileRule { types: &["application/pdf"], bytes_max: 25 * MB },
];

/// What agents may ask for beside a comment.
const COMMENT_VERBS: [Verb; 6] =
    [Verb::Private, Verb::Public, Verb::Hide, Verb::Unhide, Verb::Delete, Verb::Withdraw];

/// What doors, and the configuration, know of it.
pub static DOOR: DoorRegistration = DoorRegistration {
    kind: "instagram",
    title: "Instagram",
    shelf: Shelf::Platform,
    surfaces: &[Surface::Public, Surface::Direct],
    secrets: &[
        SecretSpec {
            name: "app_secrets",
            what: "App secret, which signs webhooks (Facebook Login: App dashboard > App settings > Basic; Instagram Login: \
                   App dashboard > Instagram > API setup, a secret of its own)",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: "verify_tokens",
            what: "Verify token that you made up and entered beside the callback URL (App dashboard > Webhooks, or \
                   Instagram > API setup)",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: "access_token",
            what: "Access token (Facebook Login: that of the linked page, best of a system user; Instagram Login: App \
                   dashboard > Instagram > API setup > Generate token)",
            used_by: SecretUse::Api,
            required: true,
            several: false,
        },
    ],
    settings: || schemars::schema_for!(Settings),
    fits: crate::registry::fits::<Settings>,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
};

/// Instagram in the registry.
pub static REGISTRATION: Registration = Registration {
    door: &DOOR,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
    sample_settings: || json!({"account_id": "17001", "login": "instagram"}),
    sign: door::sign,
    fixtures: fixtures::FIXTURES,
};

/// The codec for one professional account: its comments, mentions and direct messages.
#[derive(Clone)]
pub(crate) struct Instagram {
    door: Door,
    graph: Graph,
    login: Login,
    /// By what name the account sends messages: the linked page's id, or its own.
    sender: String,
}

impl Instagram {
    /// The account with the session's token, where the bridge renews it.
    fn within(&self, session: &Session) -> Cow<'_, Self> {
        match &session.token {
            None => Cow::Borrowed(self),
            Some(token) => {
                let graph = Graph { token: Some(token.clone()), ..self.graph.clone() };
                Cow::Owned(Self { graph, ..self.clone() })
            }
        }
    }
}

impl crate::Door for Instagram {
    fn greet(&self, request: &Request) -> Option<Result<Response, Reject>> {
        self.door.greet(request)
    }

    fn verify(&self, request: Request, _now: Moment) -> Result<Verified, Reject> {
        self.door.verify(request)
    }

    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Unreadable> {
        let mut inbound = self.door.parse(verified, &self.graph.account, inbound::parse)?;
        offer(&mut inbound, &files::hosts(&self.graph), files::KINDS);
        Ok(inbound)
    }

    fn receipt(&self, verified: &Verified) -> Option<Response> {
        self.door.receipt(verified)
    }

    fn owner(&self) -> &str {
        &self.graph.account
    }
}

impl Connector for Instagram {
    fn guarantee(&self, kind: EffectKind) -> Guarantee {
        match kind {
            EffectKind::PostReply(Surface::Public) => Guarantee::Findable { settle: COMMENT_SETTLE },
            EffectKind::PostReply(Surface::Direct) => Guarantee::Findable { settle: MESSAGE_SETTLE },
            EffectKind::Moderate => Guarantee::Natural,
            _ => Guarantee::Blind,
        }
    }

    fn reply_rules(&self, surface: Surface) -> ReplyRules {
        match surface {
            Surface::Public => {
                ReplyRules { verbs: &COMMENT_VERBS, ..ReplyRules::characters(COMMENT_CHARACTERS_MAX) }
            }
            Surface::Direct => {
                let (length, window) = sending::window(&self.graph);
                ReplyRules {
                    measure: Measure::Bytes,
                    window,
                    window_length: Some(length),
                    files: MESSAGE_FILES,
                    ..ReplyRules::characters(MESSAGE_BYTES_MAX)
                }
            }
        }
    }

    fn seed(&self) -> Option<Credential> {
        renewing::seed(self)
    }

    fn renewal(&self, credential: &Credential, now: Moment) -> Renewal {
        renewing::renewal(credential, now)
    }

    fn renew(
        &self,
        credential: &Credential,
        now: Moment,
        exchanges: &[Exchange],
    ) -> Next<Result<Credential, Trouble>> {
        renewing::renew(&self.graph, credential, now, exchanges)
    }

    fn step(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Outcome> {
        outbound::step(&self.within(session), effect, exchanges)
    }

    fn lookup(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Found> {
        lookup::lookup(&self.within(session), effect, exchanges)
    }

    fn read(
        &self,
        query: &Query,
        session: &Session,
        exchanges: &[Exchange],
    ) -> Next<Result<Reading, Trouble>> {
        reading::read(&self.within(session), query, exchanges)
    }
}
