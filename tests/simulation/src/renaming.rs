//! Customers whose id changes in mid-run, and what their conversations are called then.

use std::collections::{BTreeMap, BTreeSet};

use deskbridge_core::{Conversation, ConversationKey};
use deskbridge_sandbox::graph::{Act, WhatsAppRenaming};

use crate::talks::Talk;
use crate::words::numbers_in;
use crate::world::State;

/// What comes sooner may seem to have come before, by clocks that are wrong; and a request may have been on its way.
const WELL_BEFORE_MS: i64 = 60_000;
/// What was said under an earlier id is removed no sooner after it changed: the news may still be on its way. (That a removal overtakes
/// the news of the id under which it comes is not dealt with: see `docs/reliability.md`.)
const NEWS_TAKES_MS: i64 = 24 * 3_600_000;

/// Who is called what by now.
#[derive(Default)]
pub(crate) struct Names {
    /// The present id of those who were renamed, by the name that their conversation began with.
    present: BTreeMap<String, String>,
    /// The name that a conversation began with, by each name that it would have under a later id of its customer.
    first: BTreeMap<String, String>,
    /// When it happened, by the name that the conversation began with.
    at: BTreeMap<String, i64>,
    /// Since when a name is seen to lead to another conversation, and a conversation to know its customer's present id.
    leading: BTreeMap<String, i64>,
    /// The conversations whose customer was renamed once, and that were told of it.
    told: BTreeSet<String>,
}

impl Names {
    /// The id under which that customer writes now.
    pub(crate) fn person(&self, talk: &Talk) -> String {
        self.present.get(&talk.key()).cloned().unwrap_or_else(|| talk.person.to_owned())
    }

    /// The name of the conversation as the present id of its customer gives it.
    pub(crate) fn present_key(&self, talk: &Talk) -> String {
        talk.key_of(&self.person(talk))
    }

    /// Whether the customer of the conversation that began under this name has another id by now.
    pub(crate) fn is_renamed(&self, first_key: &str) -> bool {
        self.present.contains_key(first_key)
    }

    /// Whether the bridge may not know yet that the customer of the conversation that began under this name has another id.
    pub(crate) fn is_news(&self, first_key: &str, now: i64) -> bool {
        self.at.get(first_key).is_some_and(|at| now - at < NEWS_TAKES_MS)
    }

    /// The name that the conversation began with.
    pub(crate) fn first_key(&self, key: &str) -> String {
        self.first.get(key).map_or(key, String::as_str).to_owned()
    }

    /// A conversation was told that its customer has another id. (Of several ids it is not seen here which one it was told.)
    pub(crate) fn was_told(&mut self, key: &str) {
        if self.first.values().filter(|first| *first == key).count() == 1 {
            self.told.insert(key.to_owned());
        }
    }

    /// The names that conversations would have under later ids of their customers.
    pub(crate) fn later_keys(&self) -> Vec<String> {
        self.first.keys().cloned().collect()
    }
}

/// A customer's id changes. They may write under the new one at once: what they say then can arrive before the news.
pub(crate) fn rename(state: &mut State, talk: Talk) {
    let from = state.oracle.names.person(&talk);
    let to = format!("{}{}", talk.person, 1 + state.oracle.names.first.len());
    let act = WhatsAppRenaming { number: talk.page.to_owned(), person: from.clone(), to: to.clone() };
    let now = state.now;
    if let Err(why) = state.remotes.graph.act(Act::WhatsappRename(act), now) {
        return state.oracle.breaks(format!("the simulation itself: nobody can be renamed: {why}"));
    }
    state.note(format_args!("{} has the id {to} instead of {from}", talk.key()));
    let names = &mut state.oracle.names;
    names.at.insert(talk.key(), now);
    names.told.remove(&talk.key());
    names.first.insert(talk.key_of(&to), talk.key());
    names.present.insert(talk.key(), to);
}

/// Notes which of these messages came well after it was remembered that the conversation of their sender's present id goes on
/// under its first name: they may not have a ticket of their own.
pub(crate) fn note_what_is_led(state: &mut State, body: &str) {
    for number in numbers_in(body, 'c') {
        let Some(said) = state.oracle.said.get(number).filter(|said| said.is_renamed()) else { continue };
        let led = leads_on(state, &said.under.clone());
        state.oracle.said[number].led |= led;
    }
    for number in numbers_in(body, 'k') {
        let Some(answer) = state.oracle.elsewhere.get(number) else { continue };
        let led = leads_on(state, &answer.under.clone());
        state.oracle.elsewhere[number].led |= led;
    }
}

/// A reply goes to the id that the customer has, once it is well known that they have it.
pub(crate) fn check_address(state: &mut State, published_in: &str) {
    let first = state.oracle.names.first_key(published_in);
    let Some((.., thread)) = ConversationKey::parse(published_in) else { return };
    let Some(present) = state.oracle.names.present.get(&first).filter(|now| **now != thread.customer) else {
        return;
    };
    let present = present.clone();
    let told = state.oracle.names.told.contains(&first);
    let knows = item_of(state, &first).is_some_and(|item| told || item.address.as_ref() == Some(&present));
    let now = state.now;
    let since = state.oracle.names.leading.entry(format!("{first} writes as {present}"));
    if knows && *since.or_insert(now) < now - WELL_BEFORE_MS {
        state.oracle.breaks(format!("right address: a reply went to {published_in}, now {present}"));
    }
}

fn leads_on(state: &mut State, key: &str) -> bool {
    let leads = item_of(state, key).is_some_and(|item| item.continues.is_some());
    let now = state.now;
    leads && *state.oracle.names.leading.entry(key.to_owned()).or_insert(now) < now - WELL_BEFORE_MS
}

fn item_of(state: &mut State, key: &str) -> Option<Conversation> {
    let (key, ..) = ConversationKey::parse(key)?;
    let item = state.store.load(&key, 0)?;
    Conversation::decode(&item.bytes).ok()
}
