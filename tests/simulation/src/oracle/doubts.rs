//! What agents are told about their replies must be true once everything has come to rest.

use deskbridge_engine::ports::Held;

use super::tickets::{Entry, Ticket, Who};
use super::{Oracle, Written};
use crate::words::numbers_in;

/// The ledger remembers so many replies of unknown fate: the proof of an older one is not known again.
const REMEMBERED: usize = 4;

/// An hour after the bridge's patience is at an end nobody may look any more, except for a few who come back from a process
/// that died, or from a person.
const LATE_MAX: u32 = 5;

/// An effect in doubt: since when, and how often it was looked up in vain so late, since something went to a person.
#[derive(Default)]
pub(super) struct Doubted {
    since: Option<i64>,
    late: u32,
}

impl Oracle {
    /// Something went to a person. What waits behind it may be in doubt under the same name.
    pub(crate) fn gave_up(&mut self) {
        self.doubted.values_mut().for_each(|doubted| doubted.late = 0);
    }

    /// I11: what cannot be found out goes to a person some time.
    pub(crate) fn cannot_tell(&mut self, effect: &str, now: i64) {
        let doubted = self.doubted.entry(effect.to_owned()).or_default();
        let since = *doubted.since.get_or_insert(now);
        doubted.late += u32::from(now - since > self.patience_ms);
        if doubted.late > LATE_MAX {
            self.breaks(format!("I11: nobody gives up finding out whether {effect} was made"));
        }
    }

    /// It was found out: what is in doubt later is another doubt.
    pub(crate) fn found_out(&mut self, effect: &str) {
        self.doubted.remove(effect);
    }

    /// I6: no piece of a reply follows one that is missing.
    pub(super) fn check_pieces(&mut self) {
        for number in 0..self.written.len() {
            let mut after_gap = self.written[number].published.iter().skip_while(|times| **times > 0);
            if after_gap.any(|times| *times > 0) {
                self.breaks(format!("I6: reply r{number} was published with a gap"));
            }
        }
    }

    /// I6: what was published is not in doubt for ever, since its echo proves it; and nothing else is withdrawn.
    pub(super) fn check_doubts(&mut self, all: &[Ticket], held: &[Held]) {
        let mut keys: Vec<String> = self.written.iter().map(|written| written.conversation.clone()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let own: Vec<&Ticket> = all.iter().filter(|ticket| ticket.conversation == key).collect();
            // After a merge notes of several conversations stand together.
            let merged = self.merges.iter().any(|(side, from, into)| {
                own.iter().any(|one| one.side == *side && [*from, *into].contains(&one.id))
            });
            // That it will not arrive settles a doubt, too: so it was taken.
            let settled = notes(&own, "CONFIRMED:") + notes(&own, "NOT DELIVERED:");
            let (doubted, confirmed) = (notes(&own, "COULD NOT CONFIRM"), notes(&own, "CONFIRMED:"));
            if merged || doubted > REMEMBERED {
                continue;
            }
            let missing =
                self.written.iter().filter(|one| one.conversation == key && !one.is_whole()).count();
            let parked = held.iter().filter(|held| held.conversation.as_deref() == Some(&*key)).count();
            // Where a customer has two conversations, the proof of a reply to the earlier id comes to the other one.
            let two = own.iter().any(|ticket| ticket.key != key);
            if doubted > settled + missing + parked && !self.took_back(&key) && !two {
                self.breaks(format!(
                    "I6: {doubted} notes doubt replies of {key}, only {missing} are missing"
                ));
            }
            let published = |one: &&Written| one.published.iter().any(|times| *times > 0);
            let own_replies = self.written.iter().filter(|one| one.conversation == key);
            if confirmed > own_replies.filter(published).count() {
                self.breaks(format!("I6: a note confirms a reply of {key} that nobody published"));
            }
            if confirmed > doubted + parked {
                self.breaks(format!("I6: a note withdraws a doubt that {key} never had"));
            }
        }
    }

    /// A customer removed a message: what stood under it is gone too, and nobody can be told whose it was.
    fn took_back(&self, key: &str) -> bool {
        self.said.iter().any(|said| said.removed && said.conversation == key)
    }

    /// A colleague's answer in the platform's own app is told in the ticket, once, and never taken for one of ours.
    pub(super) fn check_elsewhere(&mut self, all: &[Ticket], held: &[Held]) {
        for number in 0..self.elsewhere.len() {
            let answer = &self.elsewhere[number];
            let key = answer.conversation.clone();
            let tells =
                |entry: &&Entry| entry.who == Who::Bridge && numbers_in(&entry.text, 'k').contains(&number);
            let times_in = |ticket: &Ticket| ticket.entries.iter().filter(tells).count();
            let times: usize = all.iter().map(times_in).sum();
            // What an agent threw away does not count: it is told again where agents see it.
            let shown: usize = all.iter().filter(|ticket| !ticket.deleted).map(times_in).sum();
            let after_message = self.said.iter().any(|said| {
                let order = said.arrival.zip(answer.arrival);
                let told_there = said.under == answer.under || answer.led;
                said.conversation == key
                    && told_there
                    && !said.edit
                    && order.is_some_and(|(one, two)| one < two)
            });
            // Where agents ended a ticket, or something went to a person, there may be none to tell it in.
            let related = self.related(all, &key);
            let disturbed = self.ends.iter().any(|end| related.contains(end))
                || self.took_back(&key)
                || self.parked.contains(&key)
                || held.iter().any(|held| held.conversation.as_deref() == Some(&*key));
            if shown > 1 {
                self.breaks(format!("I4: a colleague's answer k{number} is told {shown} times"));
            }
            if times == 0 && after_message && !disturbed {
                self.breaks(format!("I8: a colleague's answer k{number} in {key} is told nowhere"));
            }
        }
    }
}

fn notes(tickets: &[&Ticket], words: &str) -> usize {
    let entries = tickets.iter().flat_map(|ticket| &ticket.entries);
    entries.filter(|entry| entry.who == Who::Bridge && !entry.public && entry.text.contains(words)).count()
}
