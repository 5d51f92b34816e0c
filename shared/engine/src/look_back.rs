//! Looking back at what webhooks may not have told: tickets that changed, and what customers wrote where a platform lists it.

use std::time::Duration;

use deskbridge_connectors::{Query, Reading, Trouble};
use deskbridge_core::conversation::Conversation;
use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::{Event, Hint, Place, What};
use deskbridge_core::{ConversationKey, Moment, cause_of};

use crate::bridge::Bridge;
use crate::directory::Account;
use crate::envelope::Envelope;
use crate::ports::{Clock, Fault, Queue, SaveError, Store, Version, World};
use crate::relay::Caller;
use crate::telemetry::Line;

/// The first sweep looks back so far.
const FIRST_LOOK: Duration = Duration::from_secs(24 * 3600);
/// Each sweep looks back a little beyond the last one: helpdesks leave the newest minute out.
const OVERLAP: Duration = Duration::from_secs(120);
/// After so long without a look the bridge was away, and platforms that can are asked to send their webhooks again.
const OUTAGE: Duration = Duration::from_secs(30 * 60);
/// What customers wrote so recently is left to its webhook. The overlap is longer.
const ON_ITS_WAY: Duration = Duration::from_secs(60);

/// Up to when an account was asked, and the version of that mark.
#[derive(Clone, Copy)]
pub(crate) struct LastLook {
    pub(crate) at: Moment,
    version: Version,
}

impl LastLook {
    fn since(self) -> Moment {
        Moment(self.at.0 - ms(OVERLAP))
    }
}

/// Whether there is anything to look back at.
fn looks_back(account: &Account) -> bool {
    !account.is_platform() || account.connector.catches_up() || account.connector.sends_again()
}

fn mark_of(account: &Account) -> ConversationKey {
    ConversationKey::mark(&account.name, "sweep")
}

/// Up to when the account was asked. The first sweep writes a mark before anything can fail: one that is away from the
/// beginning is asked about all of that time once it is back.
pub(crate) async fn last_look<W: World>(bridge: &Bridge<W>, account: &Account) -> Option<LastLook> {
    if !looks_back(account) {
        return None;
    }
    let first = Moment(bridge.world.clock().now().0 - ms(FIRST_LOOK));
    let fault = match bridge.world.store().load(&mark_of(account)).await {
        Ok(Some(item)) => {
            let bytes = <[u8; 8]>::try_from(item.bytes).ok();
            let at = bytes.map_or(first, |bytes| Moment(i64::from_be_bytes(bytes)));
            return Some(LastLook { at, version: item.version });
        }
        Ok(None) => match save_mark(bridge, account, first, 0).await {
            Ok(version) => return Some(LastLook { at: first, version }),
            Err(SaveError::Conflict) => return None,
            Err(SaveError::Fault(fault)) => fault,
        },
        Err(fault) => fault,
    };
    record(bridge, fault);
    None
}

async fn save_mark<W: World>(
    bridge: &Bridge<W>,
    account: &Account,
    at: Moment,
    over: Version,
) -> Result<Version, SaveError> {
    bridge.world.store().save(&mark_of(account), at.0.to_be_bytes().to_vec(), over, Moment(i64::MAX)).await
}

/// What was found.
#[derive(Clone, Copy, Default)]
pub(crate) struct Found {
    /// Tickets that changed.
    pub(crate) hints: usize,
    /// What customers wrote and no webhook told.
    pub(crate) missed: usize,
}

/// Asks an account about the time since the last look, and puts what it tells into the queue.
pub(crate) async fn look_back<W: World>(bridge: &Bridge<W>, account: &Account, last: LastLook) -> Found {
    let now = bridge.world.clock().now();
    let was_away = now.since(last.at) >= OUTAGE;
    if was_away
        && account.connector.sends_again()
        && !is_asked_again(bridge, account, last.since(), now).await
    {
        return Found::default();
    }
    let envelopes = match account.is_platform() {
        false => changed(bridge, account, last.since(), now).await,
        true if !account.connector.catches_up() => Some(Vec::new()),
        true => missed(bridge, account, last.since(), now).await,
    };
    let Some(envelopes) = envelopes else { return Found::default() };
    if !envelopes.is_empty()
        && let Err(fault) = bridge.world.queue().send(&envelopes).await
    {
        record(bridge, fault);
        return Found::default();
    }
    // Only now: a sweep that failed is made up for by the next one.
    if let Err(SaveError::Fault(fault)) = save_mark(bridge, account, now, last.version).await {
        record(bridge, fault);
    }
    match account.is_platform() {
        false => Found { hints: envelopes.len(), missed: 0 },
        true => Found { hints: 0, missed: envelopes.len() },
    }
}

/// Asks for the webhooks of an outage; gives whether that is settled. A refusal is told once, and nothing waits for it.
async fn is_asked_again<W: World>(
    bridge: &Bridge<W>,
    platform: &Account,
    since: Moment,
    now: Moment,
) -> bool {
    let asked = (Caller { bridge, account: platform }).send_again(since, now).await;
    let (why, settled) = match asked {
        Ok(()) => return true,
        Err(Trouble::Refused(refusal)) => (refusal.code, true),
        Err(Trouble::RetryAfter(_)) => ("no answer".to_owned(), false),
    };
    record(bridge, Fault::new("asking for webhooks again", format!("{}: {why}", platform.name)));
    settled
}

/// Hints at every ticket of ours that changed.
async fn changed<W: World>(
    bridge: &Bridge<W>,
    helpdesk: &Account,
    since: Moment,
    now: Moment,
) -> Option<Vec<Envelope>> {
    let read = (Caller { bridge, account: helpdesk }).read(&Query::Changed { since }).await.result;
    let Ok(Reading::Tickets(tickets)) = read else {
        return told_nothing(bridge, helpdesk, read, "reading changed tickets");
    };
    let hints = tickets
        .into_iter()
        .filter(|facts| {
            let parsed = facts.conversation.as_deref().and_then(ConversationKey::parse);
            parsed.is_some_and(|(_, account, _)| bridge.directory.get(&account).is_some())
        })
        .map(|facts| {
            let event = Event {
                id: format!("sweep:{}", facts.ticket),
                at: now,
                place: Place::Ticket { ticket: facts.ticket.clone(), conversation: facts.conversation },
                what: What::Hint(Hint { ticket: facts.ticket, status: Some(facts.status) }),
            };
            Envelope::event(&helpdesk.name, event, now)
        });
    Some(hints.collect())
}

/// What customers wrote and their conversations have not seen.
async fn missed<W: World>(
    bridge: &Bridge<W>,
    platform: &Account,
    since: Moment,
    now: Moment,
) -> Option<Vec<Envelope>> {
    let read = (Caller { bridge, account: platform }).read(&Query::Missed { since }).await.result;
    let Ok(Reading::Events(events)) = read else {
        return told_nothing(bridge, platform, read, "reading what was missed");
    };
    let mut missed = Vec::new();
    for event in events {
        if event.at.plus(ON_ITS_WAY) <= now && !is_known(bridge, platform, &event).await {
            missed.push(Envelope::event(&platform.name, event, now));
        }
    }
    Some(missed)
}

/// Whether the event's conversation has seen it. If that cannot be told, the relay will find out.
async fn is_known<W: World>(bridge: &Bridge<W>, platform: &Account, event: &Event) -> bool {
    let Place::Thread(thread) = &event.place else { return false };
    let key = ConversationKey::new(&platform.name, thread);
    let Ok(Some(item)) = bridge.world.store().load(&key).await else { return false };
    let cause = cause_of(event);
    Conversation::decode(&item.bytes)
        .is_ok_and(|conversation| conversation.recent.contains_hash(cause) || conversation.has_open(cause))
}

fn told_nothing<W: World, T>(
    bridge: &Bridge<W>,
    account: &Account,
    read: Result<Reading, Trouble>,
    what: &'static str,
) -> Option<T> {
    let refusal = match read {
        Err(Trouble::Refused(refusal)) => refusal,
        _ => Refusal::new(Reason::Invalid, "no answer"),
    };
    record(bridge, Fault::new(what, format!("{}: {}", account.name, refusal.code)));
    None
}

fn record<W: World>(bridge: &Bridge<W>, fault: Fault) {
    bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
