//! The pace of each account as this process knows it, and the turns of those who call. The policy is [`deskbridge_core::pace`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::pace::{Asking, Lane, Limits, Need, Opening, Pace};

use crate::bridge::Bridge;
use crate::envelope::{Cargo, Envelope};
use crate::ports::{Clock, World};

/// The paces of all accounts of which anything was heard. Lost with the process: the next answer tells again.
#[derive(Default)]
pub(crate) struct Paces(Mutex<HashMap<String, Pace>>);

impl Paces {
    pub(crate) fn hear(&self, account: &str, told: &Limits, now: Moment) {
        if *told == Limits::default() {
            return;
        }
        self.with(|paces| match paces.get_mut(account) {
            Some(pace) => pace.hear(told, now),
            None => paces.entry(account.to_owned()).or_default().hear(told, now),
        });
    }

    /// Asks for a turn at an account; or after which while to ask again.
    pub(crate) fn begin<'a>(
        &'a self,
        account: &'a str,
        asking: Asking,
        now: Moment,
    ) -> Result<Turn<'a>, Duration> {
        let entered = self.with(|paces| match paces.get_mut(account) {
            Some(pace) => pace.begin(asking, now).map(|()| true),
            None => Ok(false),
        })?;
        Ok(Turn { paces: self, account, need: entered.then_some(asking.need) })
    }

    pub(crate) fn is_closed(&self, account: &str, asking: Asking, now: Moment) -> bool {
        self.with(|paces| paces.get(account).is_some_and(|pace| pace.is_closed(asking, now)))
    }

    fn opening(&self, account: &str, lane: Lane, now: Moment) -> Opening {
        self.with(|paces| paces.get(account).map_or(Opening::Now(u32::MAX), |pace| pace.opening(lane, now)))
    }

    /// A lock whose holder panicked still guards only hints.
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, Pace>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The right to call an account until this is dropped.
pub(crate) struct Turn<'a> {
    paces: &'a Paces,
    account: &'a str,
    need: Option<Need>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(need) = self.need else { return };
        self.paces.with(|paces| {
            if let Some(pace) = paces.get_mut(self.account) {
                pace.end(need);
            }
        });
    }
}

impl Envelope {
    /// Who goes first, see [`Lane::of`]. What was not understood needs no remote side, only a person.
    #[must_use]
    pub fn lane(&self, is_known: bool) -> Lane {
        match &self.cargo {
            Cargo::Event(event) => Lane::of(event, is_known),
            Cargo::Unreadable { .. } => Lane::Urgent,
        }
    }
}

/// How many groups of a lane, whose deliveries came through these accounts, can be dealt with now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The lane.
    pub lane: Lane,
    /// So many.
    pub groups: u32,
}

/// What a consumer had better leave in the queue, since the helpdesk would not take it now. What it leaves there waits without being
/// received, and is dealt with in one go when its turn comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldBack {
    /// By account and lane: how many groups may be taken up. What is not named may be taken up without limit.
    pub room: Vec<(String, Room)>,
    /// When to look again, if anything is held back.
    pub until: Option<Moment>,
}

impl HeldBack {
    /// How many groups of this account and lane may be taken up.
    #[must_use]
    pub fn room(&self, account: &str, lane: Lane) -> usize {
        let named = self.room.iter().find(|(name, room)| name == account && room.lane == lane);
        named.map_or(usize::MAX, |(_, room)| usize::try_from(room.groups).unwrap_or(usize::MAX))
    }
}

impl<W: World> Bridge<W> {
    /// What to leave in the queue for now, by what this process has heard of the helpdesks' limits.
    #[must_use]
    pub fn held_back(&self) -> HeldBack {
        let now = self.world.clock().now();
        let mut held = HeldBack::default();
        for account in self.directory.iter() {
            let helpdesk = account.helpdesk.as_deref().unwrap_or(&account.name);
            for lane in [Lane::Urgent, Lane::Ordinary] {
                let groups = match self.paces.opening(helpdesk, lane, now) {
                    Opening::Now(u32::MAX) => continue,
                    Opening::Now(groups) => groups,
                    Opening::At(at) => {
                        held.until = Some(held.until.map_or(at, |until| until.min(at)));
                        0
                    }
                };
                held.room.push((account.name.clone(), Room { lane, groups }));
            }
        }
        held
    }
}
