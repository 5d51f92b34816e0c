//! What agents are told about their replies must be true once everything has come to rest.

use deskbridge_engine::ports::Held;

use super::Oracle;
use super::tickets::{Ticket, Who};

/// The ledger remembers so many replies of unknown fate: the proof of an older one is not known again.
const REMEMBERED: usize = 4;

impl Oracle {
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
            let (doubted, confirmed) = (notes(&own, "COULD NOT CONFIRM"), notes(&own, "CONFIRMED:"));
            if merged || doubted > REMEMBERED {
                continue;
            }
            let missing =
                self.written.iter().filter(|one| one.conversation == key && !one.is_whole()).count();
            let parked = held.iter().filter(|held| held.conversation.as_deref() == Some(&*key)).count();
            if doubted > confirmed + missing + parked {
                self.breaks(format!(
                    "I6: {doubted} notes doubt replies of {key}, only {missing} are missing"
                ));
            }
            if confirmed > doubted + parked {
                self.breaks(format!("I6: a note withdraws a doubt that {key} never had"));
            }
        }
    }
}

fn notes(tickets: &[&Ticket], words: &str) -> usize {
    let entries = tickets.iter().flat_map(|ticket| &ticket.entries);
    entries.filter(|entry| entry.who == Who::Bridge && !entry.public && entry.text.contains(words)).count()
}
