//! Webhooks of object `instagram`: comments and mentions in `changes`, direct messages in `messaging` or in `changes` too.

use deskbridge_core::digest;
use deskbridge_core::model::{Event, Place, What};

use super::{comment, mention};
use crate::json::Part;
use crate::meta::envelope::{self, Origin, Product};
use crate::meta::messaging;
use crate::{Inbound, Unreadable};

const INSTAGRAM: Product = Product { object: "instagram", change };

/// Fields whose value is an item of `messaging`: so the test button of the dashboard, and some deliveries, send them.
const ITEMS: [&str; 12] = [
    "messages",
    "message_echoes",
    "message_edit",
    "message_edits",
    "message_reactions",
    "message_reads",
    "messaging_handover",
    "messaging_optins",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_referrals",
    "messaging_seen",
];

/// Reads all events of a body. `own_account` is the owner of parts that do not say whose they are.
pub(super) fn parse(body: &[u8], own_account: &str) -> Result<Vec<Inbound>, Unreadable> {
    envelope::parse(body, own_account, INSTAGRAM)
}

/// Reads one change. The error is the name under which the change goes into quarantine.
fn change(origin: &Origin<'_>, field: &str, raw: Part<'_>) -> Result<Event, String> {
    let read = match field {
        "comments" => comment::read(origin, raw, false),
        "live_comments" => comment::read(origin, raw, true),
        "mentions" => mention::read(origin, raw),
        "story_insights" => Some(insights(origin, raw)),
        "standby" => return messaging::read(origin, raw, true),
        field if ITEMS.contains(&field) => return messaging::read(origin, raw, false),
        _ => None,
    };
    read.ok_or_else(|| field.to_owned())
}

/// Figures about a story that is over.
fn insights(origin: &Origin<'_>, raw: Part<'_>) -> Event {
    Event {
        id: format!("story_insights:{:016x}", digest(&[origin.account, raw.raw()])),
        at: origin.sent_at,
        place: Place::Account,
        what: What::Signal { name: "story_insights".to_owned() },
    }
}
