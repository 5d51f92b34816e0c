//! What the stand-in remembers: accounts, people, posts and direct messages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::auth::{Bearers, TokenState};
use super::control::Fault;
use super::limits::Meters;
use super::outbox::Outbox;
use super::seed::{AccountSeed, XSeed};
use crate::Millis;
use crate::shelf::Shelf;

/// The stand-in for the X API.
pub struct X {
    pub(super) consumer_key: String,
    pub(super) consumer_secret: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) app_token: String,
    pub(super) webhook_id: String,
    pub(super) enterprise: bool,
    pub(super) answers_summon: bool,
    pub(super) accounts: BTreeMap<String, Account>,
    /// Everybody, the accounts too.
    pub(super) users: BTreeMap<String, User>,
    /// By id; ids rise with time.
    pub(super) posts: BTreeMap<u64, Post>,
    /// Oldest first.
    pub(super) messages: Vec<Direct>,
    pub(super) outbox: Outbox,
    pub(super) faults: Vec<Fault>,
    pub(super) meters: Meters,
    pub(super) shelf: Shelf,
    /// How many more paid calls the credits are good for; `None`: any number.
    pub(super) credits: Option<u32>,
    pub(super) bearers: Bearers,
    /// Nonces of this and the last minutes, with their seconds.
    pub(super) nonces: BTreeSet<(i64, String)>,
    counter: u64,
}

pub(super) struct Account {
    pub(super) seed: AccountSeed,
    pub(super) token: TokenState,
    /// Whether its webhooks come in the older envelope.
    pub(super) older: bool,
}

pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) username: String,
    /// Takes no direct messages from the accounts.
    pub(super) blocks: bool,
    /// Posts are not shown to others.
    pub(super) protected: bool,
}

/// A photo or video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Media {
    /// `photo` or `video`.
    pub(super) kind: String,
    pub(super) url: String,
}

#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) id: u64,
    pub(super) author: String,
    /// As it was written, without the names that are put in front.
    pub(super) text: String,
    pub(super) answers: Option<u64>,
    pub(super) quotes: Option<u64>,
    pub(super) reposts: Option<u64>,
    /// The post at the root.
    pub(super) root: u64,
    /// The first version of an edited post.
    pub(super) first: Option<u64>,
    pub(super) media: Option<Media>,
    pub(super) at: Millis,
    pub(super) deleted: bool,
}

/// A direct message between an account and a person.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) person: String,
    pub(super) by_account: bool,
    pub(super) text: String,
    pub(super) media: Option<Media>,
    pub(super) encrypted: bool,
    pub(super) at: Millis,
}

impl X {
    /// A stand-in in its first state.
    #[must_use]
    pub fn new(seed: XSeed) -> Self {
        let mut x = Self {
            outbox: Outbox::new(seed.consumer_secret.clone()),
            consumer_key: seed.consumer_key,
            consumer_secret: seed.consumer_secret,
            client_id: seed.client_id,
            client_secret: seed.client_secret,
            app_token: seed.app_token,
            webhook_id: seed.webhook_id,
            enterprise: seed.enterprise,
            answers_summon: seed.answers_summon,
            accounts: BTreeMap::new(),
            users: BTreeMap::new(),
            posts: BTreeMap::new(),
            messages: Vec::new(),
            faults: Vec::new(),
            meters: Meters::default(),
            shelf: Shelf::default(),
            credits: None,
            bearers: Bearers::default(),
            nonces: BTreeSet::new(),
            counter: 0,
        };
        for account in seed.accounts {
            x.add_user(&account.id, &account.name, &account.username);
            x.bearers.allow(&account.refresh_token, &account.id);
            let account = Account { seed: account, token: TokenState::default(), older: false };
            x.accounts.insert(account.seed.id.clone(), account);
        }
        for person in seed.people {
            x.add_user(&person.id, &person.name, &person.username);
        }
        for post in seed.posts {
            let id = post.id.parse().unwrap_or_default();
            x.posts.insert(id, Post { text: post.text, ..Post::new(id, &post.account, post.at) });
        }
        x
    }

    pub(super) fn add_user(&mut self, id: &str, name: &str, username: &str) {
        let user = User {
            id: id.to_owned(),
            name: name.to_owned(),
            username: username.to_owned(),
            blocks: false,
            protected: false,
        };
        self.users.insert(id.to_owned(), user);
    }

    /// A new id, made as X makes them: the millisecond, then a number.
    pub(super) fn snowflake(&mut self, now: Millis) -> u64 {
        const FIRST: Millis = 1_288_834_974_657;
        self.counter += 1;
        let time = u64::try_from(now - FIRST).unwrap_or_default();
        (time << 22) | (self.counter & 0x3f_ffff)
    }

    /// The next number of the one counter.
    pub(super) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A post that anybody can see.
    pub(super) fn live(&self, id: u64) -> Option<&Post> {
        self.posts.get(&id).filter(|post| !post.deleted && self.is_visible(post))
    }

    fn is_visible(&self, post: &Post) -> bool {
        self.users.get(&post.author).is_none_or(|author| !author.protected)
    }

    pub(super) fn user_named(&self, username: &str) -> Option<&User> {
        self.users.values().find(|user| user.username.eq_ignore_ascii_case(username))
    }
}

impl Post {
    /// A post of its own without words; the caller changes what differs.
    pub(super) fn new(id: u64, author: &str, at: Millis) -> Self {
        Self {
            id,
            author: author.to_owned(),
            text: String::new(),
            answers: None,
            quotes: None,
            reposts: None,
            root: id,
            first: None,
            media: None,
            at,
            deleted: false,
        }
    }
}
