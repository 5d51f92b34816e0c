//! The sweep, on a schedule: asks helpdesks what their webhooks may not have told, tries every credential, and renews those
//! that end.

use std::time::Duration;

use deskbridge_connectors::{Query, Reading, Trouble};
use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::{Event, Hint, Place, What};
use deskbridge_core::{ConversationKey, Moment};
use serde::Serialize;

use crate::bridge::{Bridge, remedy};
use crate::credential;
use crate::directory::Account;
use crate::envelope::Envelope;
use crate::ports::{Clock, Queue, SaveError, Store, Version, World};
use crate::relay::{Caller, timer};
use crate::telemetry::Line;

/// The first sweep looks back so far.
const FIRST_LOOK: Duration = Duration::from_secs(24 * 3600);
/// Each sweep looks back a little beyond the last one: helpdesks leave the newest minute out.
const OVERLAP: Duration = Duration::from_secs(120);

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Tickets that changed and are now being read.
    pub hints: usize,
    /// Accounts that work, with the name they act as.
    pub working: Vec<(String, String)>,
    /// Accounts that do not, lack something, or will not work for long, with what to do.
    pub failing: Vec<(String, String)>,
    /// Conversations whose time had come to be looked at again.
    pub timers: usize,
}

/// Sweeps all accounts. One account's trouble does not keep the others from being swept.
pub async fn sweep<W: World>(bridge: &Bridge<W>) -> Swept {
    let mut swept = Swept { timers: timer::ring(bridge).await, ..Swept::default() };
    for account in bridge.directory.iter() {
        let last = if account.is_platform() { None } else { last_look(bridge, account).await };
        match examine(bridge, account).await {
            Ok(Examined { name, warning: None }) => swept.working.push((account.name.clone(), name)),
            Ok(Examined { warning: Some(why), .. }) => swept.failing.push((account.name.clone(), why)),
            Err(why) => {
                swept.failing.push((account.name.clone(), why));
                continue;
            }
        }
        if let Some(last) = last {
            swept.hints += reconcile(bridge, account, last).await;
        }
    }
    bridge.world.record(&Line::Swept { hints: swept.hints, failing: swept.failing.len() });
    swept
}

/// Whether an account's credential works with all rights, and not only for some days more; gives the name it acts as, or what
/// to do.
///
/// # Errors
/// What is wrong and what to do.
pub async fn check<W: World>(bridge: &Bridge<W>, account: &Account) -> Result<String, String> {
    match examine(bridge, account).await? {
        Examined { warning: Some(why), .. } => Err(why),
        Examined { name, warning: None } => Ok(name),
    }
}

/// An account that works.
struct Examined {
    /// The name it acts as.
    name: String,
    /// What to do soon, lest it stop working.
    warning: Option<String>,
}

async fn examine<W: World>(bridge: &Bridge<W>, account: &Account) -> Result<Examined, String> {
    let now = bridge.world.clock().now();
    let caller = Caller { bridge, account };
    match caller.read(&Query::Health).await.result {
        Ok(Reading::Healthy(name)) => {
            bridge.is_well(&account.name);
            let ends_at = credential::look_after(&caller).await;
            let warning = ends_at.map(|ends_at| bridge.is_ending(&account.name, ends_at, now));
            if warning.is_none() {
                bridge.is_unlimited(&account.name);
            }
            Ok(Examined { name, warning })
        }
        Ok(_) => Err(format!("account {} gave an answer that makes no sense", account.name)),
        Err(Trouble::RetryAfter(_)) => Err(format!("account {} cannot be reached now", account.name)),
        Err(Trouble::Refused(refusal)) => {
            match refusal.reason {
                Reason::Token => drop(bridge.fell_ill(&account.name, &refusal, now)),
                _ => bridge.is_limited(&account.name, &refusal, now),
            }
            Err(remedy(&account.name, &refusal))
        }
    }
}

/// Up to when a helpdesk was asked, and the version of that mark.
#[derive(Clone, Copy)]
struct LastLook {
    at: Moment,
    version: Version,
}

fn mark_of(helpdesk: &Account) -> ConversationKey {
    ConversationKey::mark(&helpdesk.name, "sweep")
}

/// Up to when the helpdesk was asked. The first sweep writes a mark before anything can fail: a helpdesk that is away from the
/// beginning is asked about all of that time once it is back.
async fn last_look<W: World>(bridge: &Bridge<W>, helpdesk: &Account) -> Option<LastLook> {
    let first = Moment(bridge.world.clock().now().0 - ms(FIRST_LOOK));
    let fault = match bridge.world.store().load(&mark_of(helpdesk)).await {
        Ok(Some(item)) => {
            let bytes = <[u8; 8]>::try_from(item.bytes).ok();
            let at = bytes.map_or(first, |bytes| Moment(i64::from_be_bytes(bytes)));
            return Some(LastLook { at, version: item.version });
        }
        Ok(None) => match save_mark(bridge, helpdesk, first, 0).await {
            Ok(version) => return Some(LastLook { at: first, version }),
            Err(SaveError::Conflict) => return None,
            Err(SaveError::Fault(fault)) => fault,
        },
        Err(fault) => fault,
    };
    bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
    None
}

async fn save_mark<W: World>(
    bridge: &Bridge<W>,
    helpdesk: &Account,
    at: Moment,
    over: Version,
) -> Result<Version, SaveError> {
    bridge.world.store().save(&mark_of(helpdesk), at.0.to_be_bytes().to_vec(), over, Moment(i64::MAX)).await
}

/// Hints at every ticket of ours that changed since the last sweep; gives their number.
async fn reconcile<W: World>(bridge: &Bridge<W>, helpdesk: &Account, last: LastLook) -> usize {
    let now = bridge.world.clock().now();
    let since = Moment(last.at.0 - ms(OVERLAP));
    let read = (Caller { bridge, account: helpdesk }).read(&Query::Changed { since }).await.result;
    let Ok(Reading::Tickets(tickets)) = read else {
        let refusal = match read {
            Err(Trouble::Refused(refusal)) => refusal,
            _ => Refusal::new(Reason::Invalid, "no answer"),
        };
        let why = format!("{}: {}", helpdesk.name, refusal.code);
        bridge.world.record(&Line::Fault { what: "reading changed tickets", why });
        return 0;
    };
    let hints: Vec<Envelope> = tickets
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
        })
        .collect();
    if let Err(fault) = bridge.world.queue().send(&hints).await {
        bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
        return 0;
    }
    // Only now: a sweep that failed is made up for by the next one.
    if let Err(SaveError::Fault(fault)) = save_mark(bridge, helpdesk, now, last.version).await {
        bridge.world.record(&Line::Fault { what: fault.what, why: fault.why });
    }
    hints.len()
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
