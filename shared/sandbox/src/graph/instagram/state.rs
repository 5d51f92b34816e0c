//! What the stand-in remembers of an Instagram account.

use std::collections::BTreeMap;

use deskbridge_connectors::http::Url;

use super::token::Issued;
use crate::Millis;
use crate::graph::auth::TokenState;
use crate::graph::state::{Graph, Thread};

/// One Instagram professional account.
#[derive(Clone)]
pub struct InstagramSeed {
    /// The account's id, digits.
    pub id: String,
    /// Its name.
    pub username: String,
    /// The linked page, which sends its messages: Facebook Login. `None`: Instagram Login.
    pub page: Option<String>,
    /// The access token.
    pub token: String,
    /// The bridge's door for this account.
    pub callback: Url,
    /// People who are known from the start.
    pub people: Vec<InstagramPerson>,
    /// Its posts.
    pub posts: Vec<InstagramPost>,
}

/// One person, as one account knows them.
#[derive(Clone)]
pub struct InstagramPerson {
    /// The account-scoped id.
    pub id: String,
    /// Their handle.
    pub username: String,
    /// Their full name.
    pub name: String,
}

/// One post.
#[derive(Clone)]
pub struct InstagramPost {
    /// Its id.
    pub id: String,
    /// Its caption.
    pub caption: String,
}

pub(in crate::graph) struct Account {
    pub(in crate::graph) seed: InstagramSeed,
    pub(in crate::graph) token: TokenState,
    /// Tokens that were given out since the start. The one of the seed is old enough, and never ends.
    pub(super) issued: Vec<Issued>,
    pub(super) people: BTreeMap<String, Follower>,
    pub(super) posts: BTreeMap<String, Post>,
    pub(super) comments: BTreeMap<String, Comment>,
    /// By the person's id.
    pub(super) threads: BTreeMap<String, Thread>,
    /// The person of each message.
    pub(super) mids: BTreeMap<String, String>,
}

pub(in crate::graph) struct Follower {
    pub(super) username: String,
    pub(super) name: String,
    /// Takes no messages from the account.
    pub(in crate::graph) blocks: bool,
    /// The profile cannot be read.
    pub(in crate::graph) unreadable: bool,
}

pub(super) struct Post {
    pub(super) caption: String,
    /// `None`: the account itself.
    pub(super) owner: Option<String>,
    /// `FEED`, `REELS`, `AD`, `LIVE` ...
    pub(super) product: String,
}

#[derive(Clone)]
pub(super) struct Comment {
    pub(super) id: String,
    /// Rises with creation.
    pub(super) seq: u64,
    pub(super) post: String,
    pub(super) parent: Option<String>,
    /// `None`: the account itself.
    pub(super) author: Option<String>,
    pub(super) text: String,
    pub(super) at: Millis,
    pub(super) hidden: bool,
    pub(super) removed: bool,
    pub(super) answered_privately: bool,
}

impl Account {
    pub(in crate::graph) fn new(seed: InstagramSeed) -> Self {
        let person = |person: &InstagramPerson| {
            let (username, name) = (person.username.clone(), person.name.clone());
            (person.id.clone(), Follower { username, name, blocks: false, unreadable: false })
        };
        let post = |post: &InstagramPost| {
            (post.id.clone(), Post { caption: post.caption.clone(), owner: None, product: "FEED".to_owned() })
        };
        Self {
            token: TokenState::Valid,
            issued: Vec::new(),
            people: seed.people.iter().map(person).collect(),
            posts: seed.posts.iter().map(post).collect(),
            comments: BTreeMap::new(),
            threads: BTreeMap::new(),
            mids: BTreeMap::new(),
            seed,
        }
    }

    /// By what name messages are sent: the linked page's, or its own.
    pub(super) fn sender(&self) -> &str {
        self.seed.page.as_ref().unwrap_or(&self.seed.id)
    }

    /// Whether this is the id of its page, or of something of it.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.seed.page.as_deref() == Some(id)
            || self.posts.contains_key(id)
            || self.comments.contains_key(id)
            || self.mids.contains_key(id)
            || self.threads.values().any(|thread| thread.id == id)
    }

    /// The name of a comment's author.
    pub(super) fn username<'a>(&'a self, author: Option<&'a str>) -> &'a str {
        match author {
            None => &self.seed.username,
            Some(id) => self.people.get(id).map_or("", |person| &person.username),
        }
    }

    /// A comment that is still there, as is what it hangs under.
    pub(super) fn live(&self, id: &str) -> Option<&Comment> {
        let comment = self.comments.get(id).filter(|comment| !comment.removed)?;
        match &comment.parent {
            Some(parent) => self.live(parent).map(|_| comment),
            None => Some(comment),
        }
    }

    /// Whether the account itself published the post.
    pub(super) fn owns(&self, post: &str) -> bool {
        self.posts.get(post).is_some_and(|post| post.owner.is_none())
    }

    /// The thread with a person, made if there is none.
    pub(super) fn thread_mut(&mut self, person: &str) -> &mut Thread {
        let id = format!("t_ig{}{person}", self.seed.id);
        self.threads.entry(person.to_owned()).or_insert_with(|| Thread {
            id,
            last_user_act: None,
            adopted: false,
            elsewhere: false,
            read: None,
            messages: Vec::new(),
        })
    }
}

impl Graph {
    pub(in crate::graph) fn follower_mut(&mut self, account: &str, person: &str) -> Option<&mut Follower> {
        self.accounts.get_mut(account)?.people.get_mut(person)
    }

    pub(in crate::graph) fn has_follower(&self, account: &str, person: &str) -> bool {
        self.accounts.get(account).is_some_and(|account| account.people.contains_key(person))
    }

    pub(in crate::graph) fn is_instagram_comment(&self, id: &str) -> bool {
        self.accounts.values().any(|account| account.comments.contains_key(id))
    }

    /// Files a comment and gives its id. What answers a reply hangs under the reply's own parent: there is one level.
    pub(super) fn file_comment(
        &mut self,
        account: &str,
        (post, on): (&str, Option<&str>),
        author: Option<String>,
        text: String,
        at: Millis,
    ) -> String {
        let seq = self.number();
        let id = format!("17{seq}");
        let Some(account) = self.accounts.get_mut(account) else { return id };
        let parent = on.map(|on| {
            let above = account.comments.get(on).and_then(|comment| comment.parent.clone());
            above.unwrap_or_else(|| on.to_owned())
        });
        let post = post.to_owned();
        let comment = Comment {
            id: id.clone(),
            seq,
            post,
            parent,
            author,
            text,
            at,
            hidden: false,
            removed: false,
            answered_privately: false,
        };
        account.comments.insert(id.clone(), comment);
        id
    }
}
