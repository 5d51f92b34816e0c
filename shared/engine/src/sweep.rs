//! The sweep, on a schedule: asks what webhooks may not have told, tries every credential, and renews those
//! that end.

use deskbridge_connectors::{Query, Reading, Trouble};
use deskbridge_core::Moment;
use deskbridge_core::effect::Reason;
use serde::Serialize;

use crate::bridge::{Bridge, remedy};
use crate::credential;
use crate::directory::Account;
use crate::look_back::{LastLook, last_look, look_back};
use crate::ports::{Clock, World};
use crate::relay::{Caller, timer};
use crate::telemetry::Line;

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Tickets that changed and are now being read.
    pub hints: usize,
    /// What customers wrote and no webhook told; now on its way.
    pub missed: usize,
    /// Accounts that work, with the name they act as.
    pub working: Vec<(String, String)>,
    /// Accounts that do not, lack something, or will not work for long, with what to do.
    pub failing: Vec<(String, String)>,
    /// Conversations whose time had come to be looked at again.
    pub timers: usize,
}

/// Sweeps all accounts. One account's trouble does not keep the others from being swept, and if there is no time left for some,
/// the next sweep begins with them.
pub async fn sweep<W: World>(bridge: &Bridge<W>) -> Swept {
    let mut swept = Swept { timers: timer::ring(bridge).await, ..Swept::default() };
    for (account, last) in longest_not_looked_at_first(bridge).await {
        match examine(bridge, account).await {
            Ok(Examined { name, warning: None }) => swept.working.push((account.name.clone(), name)),
            Ok(Examined { warning: Some(why), .. }) => swept.failing.push((account.name.clone(), why)),
            Err(why) => {
                swept.failing.push((account.name.clone(), why));
                continue;
            }
        }
        if let Some(last) = last {
            let found = look_back(bridge, account, last).await;
            swept.hints += found.hints;
            swept.missed += found.missed;
        }
    }
    for told in [&mut swept.working, &mut swept.failing] {
        told.sort();
    }
    bridge.world.record(&Line::Swept {
        hints: swept.hints,
        missed: swept.missed,
        failing: swept.failing.len(),
    });
    swept
}

/// All accounts, with when they were looked at. That is remembered of each before anything can fail. Those with nothing to look
/// back at come last.
async fn longest_not_looked_at_first<W: World>(bridge: &Bridge<W>) -> Vec<(&Account, Option<LastLook>)> {
    let mut accounts = Vec::new();
    for account in bridge.directory.iter() {
        accounts.push((account, last_look(bridge, account).await));
    }
    accounts.sort_by_key(|(_, last)| last.map_or(Moment(i64::MAX), |last| last.at));
    accounts
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
