//! What the stand-in remembers: pages, people, posts and comments, Messenger threads.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::auth::{Permission, TokenState};
use super::control::{Block, Fault};
use super::instagram::Account;
use super::limits::{Meters, Rates};
use super::outbox::Outbox;
use super::seed::{GraphSeed, PageSeed};
use super::whatsapp::Number;
use crate::Millis;
use crate::shelf::Shelf;

/// The stand-in for Meta's Graph API: Facebook Pages, Messenger, Instagram and WhatsApp.
pub struct Graph {
    pub(super) app_secret: String,
    pub(super) verify_token: String,
    pub(super) adopts_unknown: bool,
    pub(super) rates: Rates,
    pub(super) pages: BTreeMap<String, Page>,
    /// By page and feed id.
    pub(super) people: BTreeMap<(String, String), Person>,
    /// The feed id by page and PSID.
    pub(super) psids: BTreeMap<(String, String), String>,
    pub(super) nodes: BTreeMap<String, Node>,
    /// By page and PSID.
    pub(super) threads: BTreeMap<(String, String), Thread>,
    /// The thread of each message.
    pub(super) mids: BTreeMap<String, (String, String)>,
    /// Instagram accounts by id.
    pub(super) accounts: BTreeMap<String, Account>,
    /// WhatsApp phone numbers by id.
    pub(super) numbers: BTreeMap<String, Number>,
    pub(super) outbox: Outbox,
    pub(super) faults: Vec<Fault>,
    pub(super) meters: Meters,
    pub(super) shelf: Shelf,
    counter: u64,
}

pub(super) struct Page {
    pub(super) seed: PageSeed,
    pub(super) token: TokenState,
    pub(super) lost: BTreeSet<Permission>,
    pub(super) subscribed: BTreeSet<String>,
    pub(super) posts: Vec<String>,
    /// Posts of others that mention the page.
    pub(super) mentions: Vec<String>,
}

pub(super) struct Person {
    pub(super) page: String,
    pub(super) feed_id: String,
    pub(super) psid: String,
    pub(super) name: String,
    pub(super) block: Option<Block>,
    pub(super) unreadable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Author {
    Page,
    /// The feed id.
    Person(String),
    /// Of an adopted object nobody knows who wrote it.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MediaKind {
    Photo,
    Video,
    Sticker,
    Link,
    /// A shared post: the URL is its permalink.
    Share,
}

#[derive(Clone, Debug)]
pub(super) struct Media {
    pub(super) kind: MediaKind,
    pub(super) url: String,
    pub(super) id: String,
}

/// A post or a comment.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) id: String,
    /// Rises with creation; the order within the same second, and the paging cursor.
    pub(super) seq: u64,
    pub(super) page: String,
    /// The post it belongs to; a post's own id.
    pub(super) post: String,
    /// For a comment: the post, or the comment it answers.
    pub(super) parent: Option<String>,
    pub(super) author: Author,
    pub(super) text: String,
    pub(super) media: Option<Media>,
    /// Seconds.
    pub(super) created: i64,
    pub(super) edited: Option<i64>,
    pub(super) hidden: bool,
    pub(super) removed: bool,
    pub(super) published: bool,
    /// Somebody else's post that mentions the page, and whether the page may read it.
    pub(super) foreign: Option<bool>,
    pub(super) adopted: bool,
    pub(super) answered_privately: bool,
    pub(super) children: Vec<String>,
    /// Reaction type by person; the page under its own id.
    pub(super) reactions: BTreeMap<String, String>,
}

impl Node {
    pub(super) fn is_post(&self) -> bool {
        self.parent.is_none()
    }

    /// The half of the id behind the underscore, which prefixes the ids of a post's comments.
    pub(super) fn number(&self) -> &str {
        self.id.rsplit_once('_').map_or(self.id.as_str(), |(_, number)| number)
    }
}

/// One person's conversation with one page.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) id: String,
    /// When the person last did something that opens the window.
    pub(super) last_user_act: Option<Millis>,
    /// Taken in because of a send to an unknown PSID: the window is not known.
    pub(super) adopted: bool,
    /// Another app owns the thread.
    pub(super) elsewhere: bool,
    /// Everything up to here was read by the person.
    pub(super) read: Option<Millis>,
    pub(super) messages: Vec<Message>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    pub(super) mid: String,
    pub(super) from_page: bool,
    pub(super) text: String,
    /// As in webhooks: `{type, payload}`.
    pub(super) attachments: Vec<serde_json::Value>,
    pub(super) metadata: Option<String>,
    pub(super) app_id: Option<String>,
    pub(super) reply_to: Option<String>,
    pub(super) quick_reply: Option<String>,
    pub(super) unsupported: bool,
    pub(super) at: Millis,
    pub(super) edits: u32,
    pub(super) deleted: bool,
    /// Emoji by author: the PSID or the page's id.
    pub(super) reactions: BTreeMap<String, String>,
}

impl Graph {
    /// The app gets a new secret: webhooks are signed with it from now on, those that are sent again too.
    pub fn rotate_app_secret(&mut self, secret: &str) {
        self.outbox.sign_with(secret);
        secret.clone_into(&mut self.app_secret);
    }

    /// A stand-in in its first state.
    #[must_use]
    pub fn new(seed: GraphSeed) -> Self {
        let mut graph = Self {
            outbox: Outbox::new(seed.app_secret.clone()),
            app_secret: seed.app_secret,
            verify_token: seed.verify_token,
            adopts_unknown: seed.adopts_unknown,
            rates: seed.rates,
            pages: seed.pages.into_iter().map(|page| (page.id.clone(), Page::new(page))).collect(),
            people: BTreeMap::new(),
            psids: BTreeMap::new(),
            nodes: BTreeMap::new(),
            threads: BTreeMap::new(),
            mids: BTreeMap::new(),
            accounts: seed.accounts.into_iter().map(|seed| (seed.id.clone(), Account::new(seed))).collect(),
            numbers: seed.numbers.into_iter().map(|seed| (seed.id.clone(), Number::new(seed))).collect(),
            faults: Vec::new(),
            meters: Meters::default(),
            shelf: Shelf::default(),
            counter: 0,
        };
        for person in seed.people {
            graph.add_person(&person.page, &person.feed_id, &person.psid, &person.name);
        }
        for post in seed.posts {
            let node = Node { text: post.text, ..graph.new_node(post.id, &post.page, post.created) };
            graph.insert(node);
        }
        graph
    }

    /// The next number of the one counter. Real ids do not fit a JavaScript number, so these do not either.
    pub(super) fn number(&mut self) -> u64 {
        self.counter += 1;
        122_100_000_000_000_000 + self.counter
    }

    pub(super) fn mid(&mut self) -> String {
        let number = self.number();
        format!("m_{}", opaque(&format!("mid {number}")))
    }

    /// A node by the page, without parent; the caller changes what differs.
    pub(super) fn new_node(&mut self, id: String, page: &str, created: i64) -> Node {
        Node {
            post: id.clone(),
            id,
            seq: self.number(),
            page: page.to_owned(),
            parent: None,
            author: Author::Page,
            text: String::new(),
            media: None,
            created,
            edited: None,
            hidden: false,
            removed: false,
            published: true,
            foreign: None,
            adopted: false,
            answered_privately: false,
            children: Vec::new(),
            reactions: BTreeMap::new(),
        }
    }

    /// Files a node under its parent, or under its page.
    pub(super) fn insert(&mut self, node: Node) {
        if let Some(parent) = node.parent.as_ref().and_then(|parent| self.nodes.get_mut(parent)) {
            parent.children.push(node.id.clone());
        } else if let Some(page) = self.pages.get_mut(&node.page) {
            let shelf = if node.foreign.is_some() { &mut page.mentions } else { &mut page.posts };
            shelf.push(node.id.clone());
        }
        self.nodes.insert(node.id.clone(), node);
    }

    /// Whether the node, or anything it hangs under, was removed.
    pub(super) fn is_gone(&self, node: &Node) -> bool {
        let mut at = Some(node);
        while let Some(node) = at {
            if node.removed {
                return true;
            }
            at = node.parent.as_ref().and_then(|parent| self.nodes.get(parent));
        }
        false
    }

    pub(super) fn add_person(&mut self, page: &str, feed_id: &str, psid: &str, name: &str) {
        let person = Person {
            page: page.to_owned(),
            feed_id: feed_id.to_owned(),
            psid: psid.to_owned(),
            name: name.to_owned(),
            block: None,
            unreadable: false,
        };
        self.psids.insert((page.to_owned(), psid.to_owned()), feed_id.to_owned());
        self.people.insert((page.to_owned(), feed_id.to_owned()), person);
    }

    /// A person of a page by either id.
    pub(super) fn person(&self, page: &str, id: &str) -> Option<&Person> {
        let page = page.to_owned();
        let by_psid = self.psids.get(&(page.clone(), id.to_owned())).cloned();
        self.people.get(&(page, by_psid.unwrap_or_else(|| id.to_owned())))
    }

    pub(super) fn person_mut(&mut self, page: &str, id: &str) -> Option<&mut Person> {
        let page = page.to_owned();
        let by_psid = self.psids.get(&(page.clone(), id.to_owned())).cloned();
        self.people.get_mut(&(page, by_psid.unwrap_or_else(|| id.to_owned())))
    }

    pub(super) fn page_name(&self, page: &str) -> &str {
        self.pages.get(page).map_or("", |page| page.seed.name.as_str())
    }

    pub(super) fn message_mut(&mut self, mid: &str) -> Option<&mut Message> {
        let thread = self.threads.get_mut(self.mids.get(mid)?)?;
        thread.messages.iter_mut().rev().find(|message| message.mid == mid)
    }

    /// The thread of a person, made if there is none.
    pub(super) fn thread_mut(&mut self, page: &str, psid: &str) -> &mut Thread {
        self.threads.entry((page.to_owned(), psid.to_owned())).or_insert_with(|| Thread {
            id: thread_id(page, psid),
            last_user_act: None,
            adopted: false,
            elsewhere: false,
            read: None,
            messages: Vec::new(),
        })
    }

    pub(super) fn keep_message(&mut self, page: &str, psid: &str, message: Message) {
        self.mids.insert(message.mid.clone(), (page.to_owned(), psid.to_owned()));
        self.thread_mut(page, psid).messages.push(message);
    }
}

impl Page {
    fn new(seed: PageSeed) -> Self {
        let subscribed = super::webhook::FIELDS.iter().map(|field| (*field).to_owned()).collect();
        Self {
            seed,
            token: TokenState::Valid,
            lost: BTreeSet::new(),
            subscribed,
            posts: Vec::new(),
            mentions: Vec::new(),
        }
    }
}

/// Text that tells nothing and repeats for the same input: message ids and trace ids.
pub(super) fn opaque(seed: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(seed.as_bytes()))
}

/// The Conversations API's id of a thread: `t_` and digits.
fn thread_id(page: &str, psid: &str) -> String {
    let digest = Sha256::digest(format!("thread {page} {psid}").as_bytes());
    let number = digest.iter().take(7).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("t_{}", 100_000_000_000_000_000 + number)
}
