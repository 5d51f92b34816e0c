#![doc = include_str!("README.md")]

mod feed;
mod feed_value;
mod fixtures;
mod inbound;
mod lookup;
mod outbound;
mod reading;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Effect, EffectKind, Guarantee, Outcome};
use deskbridge_core::file::FileRule;
use deskbridge_core::model::Surface;
use serde_json::json;

pub use settings::Settings;

use crate::files::offer;
use crate::http::{Exchange, Request, Response};
use crate::meta::door::{self, Door};
use crate::meta::graph::Graph;
use crate::meta::{files, sending};
use crate::{
    Connector, DoorRegistration, Found, Inbound, Next, Query, Reading, Registration, Reject, ReplyRules,
    SecretSpec, SecretUse, Session, Shelf, Trouble, Unreadable, Verified,
};

/// Comments: after two minutes a late request cannot land any more (Meta ends requests well before), and the list of
/// comments, which lags behind writes by seconds, is fresh.
pub const COMMENT_SETTLE: Duration = Duration::from_secs(120);

/// Messages: the same, and the Conversations API lags behind the Send API by up to some more seconds. The echo, which
/// carries our effect id, usually settles the question long before.
pub const MESSAGE_SETTLE: Duration = Duration::from_secs(120);

/// The most characters of a comment.
const COMMENT_CHARACTERS_MAX: usize = 8_000;

/// The most characters of a Messenger message.
const MESSAGE_CHARACTERS_MAX: usize = 2_000;

/// A file that was not confirmed is proven by its echo, which bears our effect id. Longer than a file may be on its way.
pub const FILE_SETTLE: Duration = Duration::from_secs(300);

/// Megabytes.
const MB: u64 = 1024 * 1024;

/// Photos in comments. Meta documents 4 MB as advisable and 10 MB as the most.
const COMMENT_FILES: &[FileRule] =
    &[FileRule { types: &["image/jpeg", "image/png", "image/gif"], bytes_max: 10 * MB }];

/// Files in Messenger: pictures up to 8 MB, everything else up to 25 MB.
const MESSAGE_FILES: &[FileRule] = &[
    FileRule { types: &["image/jpeg", "image/png", "image/gif"], bytes_max: 8 * MB },
    FileRule { types: &["audio/*", "video/*", "application/*", "text/*"], bytes_max: 25 * MB },
];

/// What agents may ask for beside a comment.
const COMMENT_VERBS: [Verb; 8] = [
    Verb::Private,
    Verb::Public,
    Verb::Hide,
    Verb::Unhide,
    Verb::Like,
    Verb::Delete,
    Verb::Withdraw,
    Verb::Edit,
];

/// What doors, and the configuration, know of it.
pub static DOOR: DoorRegistration = DoorRegistration {
    kind: "facebook",
    title: "Facebook",
    shelf: Shelf::Platform,
    surfaces: &[Surface::Public, Surface::Direct],
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
            what: "Verify token that you made up and entered beside the callback URL (App dashboard > Webhooks)",
            used_by: SecretUse::Door,
            required: true,
            several: true,
        },
        SecretSpec {
            name: "page_token",
            what: "Page access token, best of a system user (Business settings > Users > System users)",
            used_by: SecretUse::Api,
            required: true,
            several: false,
        },
    ],
    settings: || schemars::schema_for!(Settings),
    fits: crate::registry::fits::<Settings>,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
};

/// Facebook Page and Messenger in the registry.
pub static REGISTRATION: Registration = Registration {
    door: &DOOR,
    open: |settings, keys| Ok(Arc::new(settings::open(settings, &keys)?)),
    sample_settings: || json!({"page_id": "1001"}),
    sign: door::sign,
    fixtures: fixtures::FIXTURES,
};

/// The codec for one page: its comments and its Messenger.
pub(crate) struct Facebook {
    door: Door,
    graph: Graph,
}

impl crate::Door for Facebook {
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

impl Connector for Facebook {
    fn guarantee(&self, kind: EffectKind) -> Guarantee {
        match kind {
            EffectKind::PostReply(Surface::Public) => Guarantee::Findable { settle: COMMENT_SETTLE },
            EffectKind::PostReply(Surface::Direct) => Guarantee::Findable { settle: MESSAGE_SETTLE },
            EffectKind::PostFile(Surface::Direct) => Guarantee::Echoed { settle: FILE_SETTLE },
            EffectKind::Moderate => Guarantee::Natural,
            _ => Guarantee::Blind,
        }
    }

    fn reply_rules(&self, surface: Surface) -> ReplyRules {
        let characters_max = match surface {
            Surface::Public => COMMENT_CHARACTERS_MAX,
            Surface::Direct => MESSAGE_CHARACTERS_MAX,
        };
        let rules = ReplyRules::characters(characters_max);
        match surface {
            Surface::Public => ReplyRules { verbs: &COMMENT_VERBS, files: COMMENT_FILES, ..rules },
            Surface::Direct => {
                let (length, window) = sending::window(&self.graph);
                ReplyRules { window, window_length: Some(length), files: MESSAGE_FILES, ..rules }
            }
        }
    }

    fn step(&self, effect: &Effect, _session: &Session, exchanges: &[Exchange]) -> Next<Outcome> {
        outbound::step(&self.graph, effect, exchanges)
    }

    fn lookup(&self, effect: &Effect, _session: &Session, exchanges: &[Exchange]) -> Next<Found> {
        lookup::lookup(&self.graph, effect, exchanges)
    }

    fn read(
        &self,
        query: &Query,
        _session: &Session,
        exchanges: &[Exchange],
    ) -> Next<Result<Reading, Trouble>> {
        reading::read(&self.graph, query, exchanges)
    }
}
