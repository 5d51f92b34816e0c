//! The accounts of one bridge, opened and ready.

use std::collections::BTreeMap;
use std::sync::Arc;

use deskbridge_connectors::{Connector, Door, DoorRegistration, ReplyRules, Shelf};
use deskbridge_core::Policy;
use deskbridge_core::file::FilePolicy;
use deskbridge_core::model::Surface;

/// Our presence on one platform or helpdesk: with its whole connector, or only with the half that stands at the door.
pub struct Account<C: ?Sized = dyn Connector> {
    /// Its name in the configuration, and of its door.
    pub name: String,
    /// Which connector it uses.
    pub registration: &'static DoorRegistration,
    /// The connector, opened for it.
    pub connector: Arc<C>,
    /// For a platform: the helpdesk account that its tickets go to.
    pub helpdesk: Option<String>,
    /// For a platform: the rules of its conversations. The limit of replies is set per surface.
    pub policy: Policy,
}

impl Account {
    /// The rules of a conversation on that surface, whose tickets are at that helpdesk.
    #[must_use]
    pub fn policy_on(&self, surface: Surface, helpdesk: &Self) -> Policy {
        let policy = with_rules(&self.policy, self.connector.reply_rules(surface));
        Policy { card: helpdesk.connector.card_rules(), ..policy }
    }

    /// For a helpdesk: the rules of a platform's conversations, within what is taken here.
    #[must_use]
    pub fn limiting(&self, policy: Policy) -> Policy {
        let limits = self.connector.file_limits();
        let files = FilePolicy {
            bytes_max: policy.files.bytes_max.min(limits.bytes_max),
            bytes_of_all_max: limits.bytes_of_all_max,
            refused_types: self.policy.files.refused_types.clone(),
            ..policy.files
        };
        Policy { files, ..policy }
    }
}

impl<C: ?Sized> Account<C> {
    /// Whether it is a platform.
    #[must_use]
    pub fn is_platform(&self) -> bool {
        self.registration.shelf == Shelf::Platform
    }
}

impl<C: ?Sized> Clone for Account<C> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            registration: self.registration,
            connector: Arc::clone(&self.connector),
            helpdesk: self.helpdesk.clone(),
            policy: self.policy.clone(),
        }
    }
}

/// An account's rules with those of a surface.
pub(crate) fn with_rules(policy: &Policy, rules: ReplyRules) -> Policy {
    Policy {
        reply_characters_max: rules.characters_max,
        reply_window: rules.window,
        reply_window_length: rules.window_length,
        links_cost: rules.links_cost,
        verbs: rules.verbs,
        reply_measure: rules.measure,
        reply_markup: rules.markup,
        files: FilePolicy { sent: rules.files, ..policy.files.clone() },
        ..policy.clone()
    }
}

/// All accounts by name. Copies share them.
pub struct Directory<C: ?Sized = dyn Connector> {
    accounts: Arc<BTreeMap<String, Account<C>>>,
}

impl<C: ?Sized> Default for Directory<C> {
    fn default() -> Self {
        Self { accounts: Arc::default() }
    }
}

impl<C: ?Sized> Clone for Directory<C> {
    fn clone(&self) -> Self {
        Self { accounts: Arc::clone(&self.accounts) }
    }
}

impl<C: Door + ?Sized> Directory<C> {
    /// The directory of these accounts.
    #[must_use]
    pub fn new(accounts: Vec<Account<C>>) -> Self {
        let named = accounts.into_iter().map(|account| (account.name.clone(), account));
        Self { accounts: Arc::new(named.collect()) }
    }

    /// The account of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Account<C>> {
        self.accounts.get(name)
    }

    /// All accounts, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Account<C>> {
        self.accounts.values()
    }

    /// The helpdesk account of a platform account.
    #[must_use]
    pub fn helpdesk_of(&self, platform: &Account<C>) -> Option<&Account<C>> {
        platform.helpdesk.as_deref().and_then(|name| self.get(name))
    }

    /// The accounts of that kind which the remote side calls `owner`.
    pub fn owned_by<'a>(&'a self, kind: &'a str, owner: &'a str) -> impl Iterator<Item = &'a Account<C>> {
        self.iter()
            .filter(move |account| account.registration.kind == kind && account.connector.owner() == owner)
    }
}
