//! The accounts of one bridge, opened and ready.

use std::collections::BTreeMap;
use std::sync::Arc;

use deskbridge_connectors::{Connector, Registration, ReplyRules, Shelf};
use deskbridge_core::Policy;
use deskbridge_core::file::FilePolicy;
use deskbridge_core::model::Surface;

/// Our presence on one platform or helpdesk.
#[derive(Clone)]
pub struct Account {
    /// Its name in the configuration, and of its door.
    pub name: String,
    /// Which connector it uses.
    pub registration: &'static Registration,
    /// The connector, opened for it.
    pub connector: Arc<dyn Connector>,
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

    /// Whether it is a platform.
    #[must_use]
    pub fn is_platform(&self) -> bool {
        self.registration.shelf == Shelf::Platform
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
#[derive(Clone, Default)]
pub struct Directory {
    accounts: Arc<BTreeMap<String, Account>>,
}

impl Directory {
    /// The directory of these accounts.
    #[must_use]
    pub fn new(accounts: Vec<Account>) -> Self {
        let named = accounts.into_iter().map(|account| (account.name.clone(), account));
        Self { accounts: Arc::new(named.collect()) }
    }

    /// The account of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// All accounts, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The helpdesk account of a platform account.
    #[must_use]
    pub fn helpdesk_of(&self, platform: &Account) -> Option<&Account> {
        platform.helpdesk.as_deref().and_then(|name| self.get(name))
    }

    /// The accounts of that kind which the remote side calls `owner`.
    pub fn owned_by<'a>(&'a self, kind: &'a str, owner: &'a str) -> impl Iterator<Item = &'a Account> {
        self.iter()
            .filter(move |account| account.registration.kind == kind && account.connector.owner() == owner)
    }
}
