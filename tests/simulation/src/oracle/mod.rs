//! The oracle: what was said and written, and what the bridge therefore owes. It watches every publication as it
//! happens, and everything else at rest.

mod cards;
mod doubts;
mod memory;
mod photos;
mod removals;
mod rest;
mod tickets;

pub use rest::Balance;
pub(crate) use tickets::{Ticket, outlines_of as outlines};

use std::collections::{BTreeMap, BTreeSet};

use deskbridge_connectors::http::Request;
use deskbridge_core::ConversationKey;
use deskbridge_core::model::{Surface, Thread};
use serde_json::Value;

use self::doubts::Doubted;
use crate::on_x;
use crate::remotes::Side;
use crate::renaming::Names;
use crate::talks::Talk;
use crate::words::{normal, numbers_in, words_in};

/// A customer's message, or a new text of one.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// The name that its conversation began with ...
    pub(crate) conversation: String,
    /// ... and the one that it would have under the customer's id of that moment.
    pub(crate) under: String,
    /// When it came, it was remembered already that the conversation goes on under its first name.
    pub(crate) led: bool,
    /// The platform's id of the message.
    pub(crate) id: String,
    pub(crate) text: String,
    /// When, in the precision of the platform.
    pub(crate) at: i64,
    pub(crate) edit: bool,
    pub(crate) removed: bool,
    /// A door has answered 200 to that.
    pub(crate) removal_accepted: bool,
    /// A door has answered 200 to it.
    pub(crate) accepted: bool,
    /// Its place in the queue.
    pub(crate) arrival: Option<u64>,
    /// It came with a photo, which nobody else sent.
    pub(crate) photo: bool,
}

impl Said {
    /// Whether the customer had another id when the conversation began.
    pub(crate) fn is_renamed(&self) -> bool {
        self.under != self.conversation
    }
}

/// A public reply of an agent.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) side: Side,
    pub(crate) ticket: u64,
    pub(crate) conversation: String,
    pub(crate) text: String,
    /// It came with a file that no platform takes.
    pub(crate) file: bool,
    /// How often each of its words was published.
    pub(crate) published: Vec<u32>,
}

impl Written {
    fn is_whole(&self) -> bool {
        self.published.iter().all(|times| *times > 0)
    }
}

/// A colleague's answer in the platform's own app.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    /// Like those of [`Said`].
    pub(crate) conversation: String,
    pub(crate) under: String,
    pub(crate) led: bool,
    /// Its place in the queue.
    pub(crate) arrival: Option<u64>,
}

impl Elsewhere {
    pub(crate) fn of(talk: &Talk, names: &Names) -> Self {
        Self { conversation: talk.key(), under: names.present_key(talk), led: false, arrival: None }
    }
}

/// Something that no connector understands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Riddle {
    pub(crate) accepted: bool,
}

/// What was said, written and seen.
#[derive(Default)]
pub(crate) struct Oracle {
    pub(crate) said: Vec<Said>,
    pub(crate) written: Vec<Written>,
    pub(crate) riddles: Vec<Riddle>,
    pub(crate) elsewhere: Vec<Elsewhere>,
    /// Customers whose id changed.
    pub(crate) names: Names,
    /// Tickets that were merged: helpdesk, from, into.
    pub(crate) merges: Vec<(Side, u64, u64)>,
    /// Tickets that took no more messages from some moment on.
    pub(crate) ends: Vec<(Side, u64)>,
    /// Conversations of which something was parked: what a person puts back comes later than what came after it.
    pub(crate) parked: BTreeSet<String>,
    /// Conversations whose first message became a dead letter after an attempt of which nothing could be recorded, in a run that
    /// outlasts the helpdesk's memory of keys: decision 0005 admits that a ticket may then be there twice.
    pub(crate) forgotten: BTreeSet<String>,
    /// When nobody may look any more for an effect in doubt, in milliseconds since it was first looked for in vain.
    pub(crate) patience_ms: i64,
    /// Effects of which a lookup could not tell whether they were made.
    doubted: BTreeMap<String, Doubted>,
    /// How many records were put into the queue that no version can read.
    pub(crate) poison: usize,
    /// The first broken promise.
    pub(crate) broken: Option<String>,
    /// What the tickets at rest mark.
    pub(crate) marks: Vec<&'static str>,
    /// The latest word published, by conversation and ticket.
    latest: BTreeMap<(Side, u64), (usize, usize)>,
}

impl Oracle {
    pub(crate) fn breaks(&mut self, what: String) {
        self.broken.get_or_insert(what);
    }

    /// The queue has taken something.
    pub(crate) fn queued(&mut self, seq: u64, body: &str) {
        for number in numbers_in(body, 'c') {
            if let Some(said) = self.said.get_mut(number) {
                said.arrival.get_or_insert(seq);
            }
        }
        for number in numbers_in(body, 'k') {
            if let Some(answer) = self.elsewhere.get_mut(number) {
                answer.arrival.get_or_insert(seq);
            }
        }
    }

    /// A door has answered 200.
    pub(crate) fn accepted(&mut self, body: &[u8]) {
        self.removals_accepted(body);
        let body = String::from_utf8_lossy(body);
        for number in numbers_in(&body, 'c') {
            if let Some(said) = self.said.get_mut(number) {
                said.accepted = true;
            }
        }
        for number in numbers_in(&body, 'q') {
            if let Some(riddle) = self.riddles.get_mut(number) {
                riddle.accepted = true;
            }
        }
    }

    /// The page or account has published something.
    ///
    /// Gives the name of the conversation that its address stands for.
    pub(crate) fn posted(&mut self, side: Side, request: &Request) -> Option<String> {
        let published =
            if side == Side::X { on_x::publication(self, request) } else { self.publication(request) };
        let Some((conversation, text)) = published else {
            self.breaks(format!("I8: a publication that nobody asked for ({})", request.url.path()));
            return None;
        };
        let (address, text) = (conversation, normal(&text));
        let conversation = self.names.first_key(&address);
        let words = words_in(&text, 'r');
        if words.is_empty() {
            self.breaks(format!("nothing extra: the page published a text of no agent in {conversation}"));
        }
        for &(number, word) in &words {
            self.word_posted(number, word, &conversation);
        }
        if let Some((number, _)) = words.first()
            && let Some(written) = self.written.get(*number)
            && !written.text.contains(without_count(&text))
        {
            self.breaks(format!("content: reply r{number} was published as something else"));
        }
        Some(address)
    }

    fn word_posted(&mut self, number: usize, word: usize, conversation: &str) {
        let Some(written) = self.written.get_mut(number) else {
            return self.breaks(format!("nothing extra: reply r{number} was never written"));
        };
        let key = (written.side, written.ticket);
        let right = written.conversation == conversation;
        let Some(count) = word.checked_sub(1).and_then(|at| written.published.get_mut(at)) else {
            return self.breaks(format!("content: reply r{number} has no word {word}"));
        };
        *count += 1;
        let times = *count;
        if !right {
            self.breaks(format!("right thread: reply r{number} was published in {conversation}"));
        }
        if times > 1 {
            self.breaks(format!("I5: word {word} of reply r{number} was published {times} times"));
        }
        let latest = self.latest.insert(key, (number, word));
        if latest.is_some_and(|latest| latest > (number, word)) {
            self.breaks(format!("I7: reply r{number} was published after a later one"));
        }
    }

    /// Where something was published, and its text.
    fn publication(&self, request: &Request) -> Option<(String, String)> {
        let segments: Vec<&str> = request.url.path_segments()?.collect();
        let (edge, of) = (segments.last()?, segments.get(segments.len().checked_sub(2)?)?);
        match *edge {
            "comments" | "replies" => {
                let mut url = request.url.clone();
                url.set_query(std::str::from_utf8(&request.body).ok());
                let text = url.query_pairs().find(|(name, _)| name == "message")?.1.into_owned();
                let answered = self.said.iter().find(|said| said.id == **of)?;
                Some((answered.conversation.clone(), text))
            }
            "messages" => {
                let body: Value = serde_json::from_slice(&request.body).ok()?;
                if let Some(handle) = body["biz_opaque_callback_data"].as_str() {
                    let account = if *of == "5001" { "acme-whatsapp" } else { "globex-whatsapp" };
                    let customer = handle.split_once(' ')?.1.to_owned();
                    let thread = Thread { surface: Surface::Direct, post: String::new(), customer };
                    let text = body["text"]["body"].as_str()?.to_owned();
                    return Some((ConversationKey::new(account, &thread).to_string(), text));
                }
                let customer = body["recipient"]["id"].as_str()?;
                let account = match *of {
                    "1001" => "acme-facebook",
                    "1002" => "globex-facebook",
                    "17101" => "acme-instagram",
                    _ => "globex-instagram",
                };
                let text = body["message"]["text"].as_str()?.to_owned();
                Some((format!("{account}:direct:{customer}"), text))
            }
            _ => None,
        }
    }
}

/// A piece of a long reply without the ` (1/2)` that tells readers which one it is.
fn without_count(text: &str) -> &str {
    let count = text.rsplit_once(" (").filter(|(_, count)| {
        count.ends_with(')') && count.bytes().all(|byte| byte.is_ascii_digit() || b"/)".contains(&byte))
    });
    count.map_or(text, |(text, _)| text)
}
