//! What must be true once everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_engine::ports::Held;

use super::tickets::{Entry, Ticket, Who, tickets_of};
use super::{Oracle, Said, Written, removals};
use crate::marks;
use crate::remotes::{Remotes, Side};
use crate::words::numbers_in;

/// What a run ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Customers' messages that a door had accepted.
    pub messages: u64,
    /// Of these, kept for a person.
    pub held: u64,
    /// Messages that stand in a ticket more than once.
    pub duplicates: u64,
    /// Agents' public replies.
    pub replies: u64,
    /// Of these, published whole.
    pub published: u64,
}

impl Oracle {
    /// Checks everything at rest.
    pub(crate) fn check(&mut self, remotes: &Remotes, held: &[Held]) -> Balance {
        let mut all = tickets_of(remotes, Side::Zendesk, &self.names);
        all.extend(tickets_of(remotes, Side::Freshdesk, &self.names));
        let held: Vec<Held> = held.iter().map(|held| self.named_as_it_began(held)).collect();
        let held = held.as_slice();
        let kept: Vec<String> = held.iter().map(kept_text).collect();
        let places = places(&all);
        let mut balance = Balance::default();
        self.check_messages(&all, &places, &kept, &mut balance);
        self.check_order(&all, &places);
        self.check_entries(&all);
        self.check_tickets(&all);
        self.check_replies(&all, held, &mut balance);
        self.check_pieces();
        self.check_doubts(&all, held);
        self.check_elsewhere(&all, held);
        self.check_riddles(&kept);
        self.check_removals(&all, held, &kept);
        self.check_cards(&all, held);
        self.check_reply_files(&all, held);
        self.check_photos(&all, held, &kept);
        for ticket in &all {
            self.marks.extend(marks::of_ticket(ticket, &all));
        }
        balance
    }

    /// The record under the name that its conversation began with.
    fn named_as_it_began(&self, held: &Held) -> Held {
        let conversation = held.conversation.as_deref().map(|key| self.names.first_key(key));
        Held { conversation, ..held.clone() }
    }

    /// I2, I4 and content: every accepted message stands in its ticket once, whole, or is kept for a person.
    fn check_messages(&mut self, all: &[Ticket], places: &Places, kept: &[String], balance: &mut Balance) {
        let kept: BTreeSet<usize> = kept.iter().flat_map(|text| numbers_in(text, 'c')).collect();
        for number in 0..self.said.len() {
            let said = &self.said[number];
            if !said.accepted {
                continue;
            }
            balance.messages += 1;
            let places = places.get(&number).map(Vec::as_slice).unwrap_or_default();
            let is_kept = kept.contains(&number);
            balance.held += u64::from(is_kept);
            let shown = places.iter().filter(|place| !all[place.ticket].deleted).count();
            balance.duplicates += u64::from(shown > 1);
            let related = self.related(all, &said.conversation);
            let (text, key) = (said.text.clone(), said.conversation.clone());
            let (led, under) = (self.is_led_for_certain(said), said.under.clone());
            if places.is_empty() && !is_kept && !said.removed {
                self.breaks(format!("I2: message c{number} of {key} is in no ticket and nowhere kept"));
            }
            // What an agent threw away does not count: the message is written again where agents see it.
            if shown > 1 && !self.forgotten.contains(&key) {
                self.breaks(format!("I4: message c{number} of {key} stands there {shown} times"));
            }
            for place in places {
                let ticket = &all[place.ticket];
                if !related.contains(&(ticket.side, ticket.id)) {
                    self.breaks(format!(
                        "right ticket: message c{number} of {key} is in ticket {} of {}",
                        ticket.id, ticket.conversation
                    ));
                }
                if led && ticket.key == under {
                    self.breaks(format!("I3: message c{number} of {key} is in a ticket of {under}"));
                }
                if !ticket.entries[place.entry].text.contains(&text) {
                    self.breaks(format!("content: message c{number} was changed on its way"));
                }
            }
        }
    }

    /// Whether a message must stand in the conversation that its sender's earlier id began. If another one came before that was
    /// known, they are a conversation of their own.
    fn is_led_for_certain(&self, said: &Said) -> bool {
        let before = |other: &Said| other.under == said.under && !other.led && other.arrival < said.arrival;
        said.led && !self.said.iter().any(before)
    }

    /// I7: what came earlier, by the platform's time and by the queue's order, stands earlier.
    fn check_order(&mut self, all: &[Ticket], places: &Places) {
        for later in 0..self.said.len() {
            for earlier in 0..later {
                let (one, two) = (&self.said[earlier], &self.said[later]);
                // What was said under different ids of a customer takes different ways until they meet.
                let comparable = one.conversation == two.conversation
                    && one.under == two.under
                    && !(one.edit || two.edit)
                    && !self.parked.contains(&one.conversation)
                    && one.at < two.at
                    && one.arrival.zip(two.arrival).is_some_and(|(one, two)| one < two);
                if !comparable {
                    continue;
                }
                let first = |number: usize| {
                    let place = places.get(&number)?.first()?;
                    let ticket = &all[place.ticket];
                    Some((ticket.side, ticket.id, place.entry, place.at))
                };
                if let (Some(one), Some(two)) = (first(earlier), first(later))
                    && one.0 == two.0
                    && one > two
                    && !self.merges.iter().any(|(side, from, into)| {
                        *side == one.0 && [one.1, two.1].iter().any(|id| id == from || id == into)
                    })
                {
                    self.breaks(format!("I7: message c{later} stands before c{earlier}"));
                }
            }
        }
    }

    /// I8 and nothing extra: what we wrote is what a customer said, and never what an agent wrote.
    fn check_entries(&mut self, all: &[Ticket]) {
        for ticket in all {
            for entry in ticket.entries.iter().filter(|entry| entry.who != Who::Agent) {
                if let Some(number) = numbers_in(&entry.text, 'r').first() {
                    self.breaks(format!("I8: reply r{number} came back into ticket {}", ticket.id));
                }
                let removed = entry.text.contains("removed this message") || removals::is_redacted(entry);
                let said = !numbers_in(&entry.text, 'c').is_empty() || !entry.files.is_empty();
                if entry.public && !said && !removed {
                    self.breaks(format!("nothing extra: an entry of nobody in ticket {}", ticket.id));
                }
            }
        }
    }

    /// I3: one ticket per conversation, and one more for each that an agent ended.
    fn check_tickets(&mut self, all: &[Ticket]) {
        for ticket in all {
            let related = self.related(all, &ticket.conversation);
            let ends = self.ends.iter().filter(|end| related.contains(end)).count();
            let own = all.iter().filter(|other| other.key == ticket.key).count();
            if own > 1 + ends && !self.forgotten.contains(&ticket.conversation) {
                self.breaks(format!("I3: {own} tickets for {}, {ends} ended", ticket.conversation));
            }
        }
    }

    /// I6: every reply was published whole, or a note in its ticket says that it was not, or may not have been.
    fn check_replies(&mut self, all: &[Ticket], held: &[Held], balance: &mut Balance) {
        let mut missing: Vec<(String, usize)> = Vec::new();
        for (number, written) in self.written.iter().enumerate() {
            balance.replies += 1;
            if written.is_whole() {
                balance.published += 1;
                continue;
            }
            let gone =
                all.iter().any(|one| (one.side, one.id) == (written.side, written.ticket) && one.deleted);
            if !gone {
                missing.push((written.conversation.clone(), number));
            }
        }
        let mut keys: Vec<String> = missing.iter().map(|(key, _)| key.clone()).collect();
        keys.dedup();
        for key in keys {
            let owed = missing.iter().filter(|(other, _)| *other == key).count();
            let related = self.related(all, &key);
            let notes = all
                .iter()
                .filter(|ticket| related.contains(&(ticket.side, ticket.id)))
                .flat_map(|ticket| &ticket.entries)
                .filter(|entry| entry.who == Who::Bridge && !entry.public)
                .filter(|entry| {
                    ["NOT SENT", "COULD NOT CONFIRM", "HELD BACK"]
                        .iter()
                        .any(|words| entry.text.contains(words))
                        && !tells_of_files(entry)
                })
                .count();
            let parked = held.iter().filter(|held| held.conversation.as_deref() == Some(&*key)).count();
            // A ticket that was given up in doubt: one record tells a person of all answers in it.
            let told_at_once = |held: &Held| {
                held.conversation.as_deref() == Some(&*key)
                    && held.reason.contains("answers in it are not sent")
            };
            if owed > notes + parked && !held.iter().any(told_at_once) {
                let number = missing.iter().find(|(other, _)| *other == key).map_or(0, |(_, number)| *number);
                self.breaks(format!(
                    "I6: {owed} replies of {key} (r{number} first) are not published, and {notes} notes say so"
                ));
            }
        }
    }

    /// I6: where a reply was published without a file that came with it, a note says so.
    fn check_reply_files(&mut self, all: &[Ticket], held: &[Held]) {
        let without = |written: &&Written| written.file && written.is_whole();
        let mut keys: Vec<String> =
            self.written.iter().filter(without).map(|one| one.conversation.clone()).collect();
        keys.dedup();
        for key in keys {
            let owed = self.written.iter().filter(|one| one.conversation == key).filter(without).count();
            let related = self.related(all, &key);
            let own = all.iter().filter(|ticket| related.contains(&(ticket.side, ticket.id)));
            let notes = own.flat_map(|ticket| &ticket.entries).filter(|entry| tells_of_files(entry)).count();
            let parked = held.iter().filter(|held| held.conversation.as_ref() == Some(&key)).count();
            if owed > notes + parked {
                self.breaks(format!(
                    "I6: {owed} replies of {key} went without their file, and {notes} notes say so"
                ));
            }
        }
    }

    /// I2 for what nobody understands, and for what no version can read: it is kept whole.
    fn check_riddles(&mut self, kept: &[String]) {
        for number in 0..self.poison {
            if kept.iter().any(|text| numbers_in(text, 'p').contains(&number)) {
                self.marks.push("poison: kept for a person");
            } else {
                self.breaks(format!("I2: poison p{number} is in no quarantine"));
            }
        }
        for number in 0..self.riddles.len() {
            if self.riddles[number].accepted
                && !kept.iter().any(|text| numbers_in(text, 'q').contains(&number))
            {
                self.breaks(format!("I2: riddle q{number} is in no quarantine"));
            }
        }
    }

    /// The tickets of a conversation, and those they were merged into.
    pub(super) fn related(&self, all: &[Ticket], key: &str) -> Vec<(Side, u64)> {
        let own = all.iter().filter(|ticket| ticket.conversation == key);
        let mut related: Vec<(Side, u64)> = own.map(|ticket| (ticket.side, ticket.id)).collect();
        let mut at = 0;
        while at < related.len() {
            for (side, from, into) in &self.merges {
                if (*side, *from) == related[at] && !related.contains(&(*side, *into)) {
                    related.push((*side, *into));
                }
            }
            at += 1;
        }
        related
    }
}

/// Whether it is a note that a file of a reply did not go with it.
fn tells_of_files(entry: &Entry) -> bool {
    entry.who == Who::Bridge && !entry.public && entry.text.contains("of this reply did not go to")
}

/// Where a message stands.
struct Place {
    /// Which of the tickets.
    ticket: usize,
    /// Which of its entries.
    entry: usize,
    /// Where in the entry, in words of messages.
    at: usize,
}

/// Where each message stands, in the order of tickets and entries.
type Places = BTreeMap<usize, Vec<Place>>;

fn places(all: &[Ticket]) -> Places {
    let mut places = Places::new();
    for (at_ticket, ticket) in all.iter().enumerate() {
        for (at_entry, entry) in ticket.entries.iter().enumerate() {
            if entry.who == Who::Agent || !entry.public {
                continue;
            }
            for (at, number) in numbers_in(&entry.text, 'c').into_iter().enumerate() {
                places.entry(number).or_default().push(Place { ticket: at_ticket, entry: at_entry, at });
            }
        }
    }
    places
}

fn kept_text(held: &Held) -> String {
    let body = BASE64.decode(&held.body).unwrap_or_default();
    let mut text = String::from_utf8_lossy(&body).into_owned();
    for envelope in &held.envelopes {
        text.push(' ');
        text.push_str(&envelope.encode());
    }
    text
}
