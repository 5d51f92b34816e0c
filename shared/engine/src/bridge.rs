//! One bridge: its accounts, its ports, and what a process may remember without anything depending on it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbridge_connectors::{Credential, Session};
use deskbridge_core::Moment;
use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::Thread;

use crate::directory::Directory;
use crate::pace::Paces;
use crate::ports::World;
use crate::telemetry::Line;

/// Everything the relay and the sweep work with.
pub struct Bridge<W> {
    /// The ports.
    pub world: W,
    /// The accounts.
    pub directory: Directory,
    pub(crate) memo: Memo,
    pub(crate) paces: Paces,
    health: Mutex<HashMap<String, Illness>>,
    /// Accounts that work, but lack something.
    limited: Mutex<HashMap<String, Illness>>,
    /// Whether it renews credentials that end.
    pub(crate) renews: bool,
}

/// Hints that save calls. They can be lost at any time, and are with the process.
#[derive(Default)]
pub(crate) struct Memo {
    /// Sessions by account.
    sessions: Mutex<HashMap<String, (Session, Option<Moment>)>>,
    /// Whose conversation a message belongs to, by account and message id.
    threads: Mutex<Bounded<(String, String), Thread>>,
    /// The helpdesk's id of a customer, by helpdesk account, platform and person.
    requesters: Mutex<Bounded<(String, String, String), String>>,
    /// Agents' names, by helpdesk account and the agent's id.
    agents: Mutex<Bounded<(String, String), Option<String>>>,
    /// Credentials that were renewed and could not be stored yet, by account, each with the one that it was renewed from. The
    /// one thing here that matters: with the process it would be lost.
    unstored: Mutex<HashMap<String, (Credential, Credential)>>,
    /// How often sessions were used.
    uses: AtomicU64,
}

/// An account that cannot act until somebody repairs it.
#[derive(Clone, Debug)]
pub struct Illness {
    /// Since when.
    pub since: Moment,
    /// What the remote side says.
    pub refusal: Refusal,
    /// What is wrong and what to do, in words.
    pub what_to_do: String,
    /// When it is tried again.
    pub next_try: Moment,
    tries: u32,
}

impl<W: World> Bridge<W> {
    /// A bridge of these accounts over these ports.
    pub fn new(world: W, directory: Directory) -> Self {
        Self {
            world,
            directory,
            memo: Memo::default(),
            paces: Paces::default(),
            health: Mutex::default(),
            limited: Mutex::default(),
            renews: true,
        }
    }

    /// The bridge, for a look only: it renews no credentials. What it got for them would be lost with its store.
    #[must_use]
    pub fn without_renewing(self) -> Self {
        Self { renews: false, ..self }
    }

    /// The accounts that do not work now, or lack something, with the reason.
    pub fn ill_accounts(&self) -> Vec<(String, Illness)> {
        let limited = lock(&self.limited).clone();
        let mut all: HashMap<String, Illness> = limited;
        all.extend(lock(&self.health).clone());
        let mut ill: Vec<_> = all.into_iter().collect();
        ill.sort_by(|a, b| a.0.cmp(&b.0));
        ill
    }

    /// Records that an account lacks something, as a check found. Effects are tried all the same: they may not need it.
    pub(crate) fn is_limited(&self, account: &str, refusal: &Refusal, now: Moment) {
        let what_to_do = remedy(account, refusal);
        let illness = Illness { since: now, refusal: refusal.clone(), what_to_do, next_try: now, tries: 0 };
        self.limit(account, illness);
    }

    /// Records that an account's credential works, but ends soon and could not be renewed; gives what to do.
    pub(crate) fn is_ending(&self, account: &str, ends_at: Moment, now: Moment) -> String {
        let what_to_do = format!(
            "the credential of account {account} ends at {ends_at} and could not be renewed: make a new one and put it where \
             the configuration points to"
        );
        let refusal = Refusal::new(Reason::Invalid, "ends soon");
        let told = what_to_do.clone();
        self.limit(account, Illness { since: now, refusal, what_to_do, next_try: now, tries: 0 });
        told
    }

    fn limit(&self, account: &str, illness: Illness) {
        let reason = illness.what_to_do.clone();
        let news = lock(&self.limited).insert(account.to_owned(), illness).is_none();
        if news {
            self.world.record(&Line::Account { account: account.to_owned(), working: false, reason });
        }
    }

    /// Records that an account lacks nothing.
    pub(crate) fn is_unlimited(&self, account: &str) {
        if lock(&self.limited).remove(account).is_some() {
            let reason = "lacks nothing any more".to_owned();
            self.world.record(&Line::Account { account: account.to_owned(), working: true, reason });
        }
    }

    /// How long to leave an account alone; `None` if it may be called.
    pub(crate) fn resting(&self, account: &str, now: Moment) -> Option<Duration> {
        let health = lock(&self.health);
        let next_try = health.get(account)?.next_try;
        (next_try > now).then(|| next_try.since(now))
    }

    /// Records that an account cannot act; says when it is tried again.
    pub(crate) fn fell_ill(&self, account: &str, refusal: &Refusal, now: Moment) -> Duration {
        let (wait, news) = {
            let mut health = lock(&self.health);
            let news = !health.contains_key(account);
            let illness = health.entry(account.to_owned()).or_insert_with(|| Illness {
                since: now,
                refusal: refusal.clone(),
                what_to_do: String::new(),
                next_try: now,
                tries: 0,
            });
            // Soon again at first, since a repair is often at hand; then every five minutes.
            let wait = Duration::from_secs(5) * 2_u32.saturating_pow(illness.tries.min(6));
            let wait = wait.min(Duration::from_secs(300));
            illness.tries = illness.tries.saturating_add(1);
            illness.refusal = refusal.clone();
            illness.what_to_do = remedy(account, refusal);
            illness.next_try = now.plus(wait);
            (wait, news)
        };
        if news {
            let reason = remedy(account, refusal);
            self.world.record(&Line::Account { account: account.to_owned(), working: false, reason });
        }
        wait
    }

    /// Lets every account that rests be tried at once: somebody says that it is repaired.
    pub fn try_all_again(&self, now: Moment) {
        lock(&self.health).values_mut().for_each(|illness| {
            illness.next_try = now;
            illness.tries = 0;
        });
    }

    /// Records that an account could read something: its credential is alive. Whether it has every right again, only an
    /// effect or the sweep can tell.
    pub(crate) fn can_read(&self, account: &str) {
        let dead = |illness: &Illness| illness.refusal.reason == Reason::Token;
        if lock(&self.health).get(account).is_some_and(dead) {
            self.is_well(account);
        }
    }

    /// Records that an account works.
    pub(crate) fn is_well(&self, account: &str) {
        if lock(&self.health).remove(account).is_some() {
            let reason = "works again".to_owned();
            self.world.record(&Line::Account { account: account.to_owned(), working: true, reason });
        }
    }
}

/// What is wrong with an account and what to do, for the operator.
#[must_use]
pub(crate) fn remedy(account: &str, refusal: &Refusal) -> String {
    let code = &refusal.code;
    match refusal.reason {
        Reason::Token => format!(
            "the credential of account {account} is refused ({code}): make a new one, put it where the configuration \
             points to, and restart; what waits is then sent"
        ),
        Reason::Permission => {
            format!("account {account} lacks a right ({code}): grant it; what waits is then sent by itself")
        }
        _ => format!("account {account} does not work ({code})"),
    }
}

impl Memo {
    const ENTRIES_MAX: usize = 20_000;

    pub(crate) fn session(&self, account: &str, now: Moment) -> Option<Session> {
        let sessions = lock(&self.sessions);
        let (session, until) = sessions.get(account)?;
        until.is_none_or(|until| now < until).then(|| session.clone())
    }

    pub(crate) fn keep_session(&self, account: &str, session: &Session, now: Moment) {
        let until = session.lifetime.map(|lifetime| now.plus(lifetime));
        lock(&self.sessions).insert(account.to_owned(), (session.clone(), until));
    }

    /// Numbers the uses of sessions.
    pub(crate) fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    /// What was renewed and is not stored yet, after the one that it was renewed from.
    pub(crate) fn unstored(&self, account: &str) -> Option<(Credential, Credential)> {
        lock(&self.unstored).get(account).cloned()
    }

    pub(crate) fn keep_unstored(&self, account: &str, renewed: Option<(Credential, Credential)>) {
        let mut unstored = lock(&self.unstored);
        match renewed {
            Some(renewed) => drop(unstored.insert(account.to_owned(), renewed)),
            None => drop(unstored.remove(account)),
        }
    }

    pub(crate) fn drop_session(&self, account: &str) {
        lock(&self.sessions).remove(account);
    }

    pub(crate) fn thread_of(&self, account: &str, message: &str) -> Option<Thread> {
        lock(&self.threads).get(&(account.to_owned(), message.to_owned()))
    }

    pub(crate) fn keep_thread(&self, account: &str, message: &str, thread: &Thread) {
        lock(&self.threads).insert(
            (account.to_owned(), message.to_owned()),
            thread.clone(),
            Self::ENTRIES_MAX,
        );
    }

    pub(crate) fn requester_of(&self, helpdesk: &str, platform: &str, person: &str) -> Option<String> {
        lock(&self.requesters).get(&(helpdesk.to_owned(), platform.to_owned(), person.to_owned()))
    }

    pub(crate) fn agent(&self, helpdesk: &str, id: &str) -> Option<Option<String>> {
        lock(&self.agents).get(&(helpdesk.to_owned(), id.to_owned()))
    }

    pub(crate) fn keep_agent(&self, helpdesk: &str, id: &str, name: Option<String>) {
        lock(&self.agents).insert((helpdesk.to_owned(), id.to_owned()), name, Self::ENTRIES_MAX);
    }

    pub(crate) fn keep_requester(&self, helpdesk: &str, platform: &str, person: &str, requester: &str) {
        let key = (helpdesk.to_owned(), platform.to_owned(), person.to_owned());
        lock(&self.requesters).insert(key, requester.to_owned(), Self::ENTRIES_MAX);
    }
}

/// A map that forgets everything older than one generation once it is full: bounded, and simple to be sure about.
struct Bounded<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Hash + Eq, V: Clone> Bounded<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key)).cloned()
    }

    fn insert(&mut self, key: K, value: V, entries_max: usize) {
        if self.young.len() >= entries_max / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// A lock whose holder panicked still guards only hints and counters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
