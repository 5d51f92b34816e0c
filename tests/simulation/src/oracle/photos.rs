//! Customers' photos: each in the ticket of its message once, or somebody is told; and none of a message that was removed.

use deskbridge_engine::ports::Held;

use super::Oracle;
use super::tickets::{Ticket, Who};
use crate::words::numbers_in;

/// The sandbox's marked photos are so much longer than their numbers.
const LENGTH: u64 = 1_000;

impl Oracle {
    pub(super) fn check_photos(&mut self, all: &[Ticket], held: &[Held], kept: &[String]) {
        for number in 0..self.said.len() {
            let said = &self.said[number];
            if !said.photo
                || !said.accepted
                || kept.iter().any(|text| numbers_in(text, 'c').contains(&number))
            {
                continue;
            }
            let (key, removed) = (said.conversation.clone(), said.removed);
            let is_it = |length: &u64| *length == LENGTH + number as u64;
            let related = self.related(all, &key);
            let own = || all.iter().filter(|one| !one.deleted && related.contains(&(one.side, one.id)));
            let public = || own().flat_map(|ticket| &ticket.entries).filter(|entry| entry.public);
            let shown = public().filter(|entry| entry.files.iter().any(is_it)).count();
            let written = public().filter(|entry| numbers_in(&entry.text, 'c').contains(&number)).count();
            let told = |words: &str| {
                own()
                    .flat_map(|ticket| &ticket.entries)
                    .any(|entry| entry.who == Who::Bridge && !entry.public && entry.text.contains(words))
                    || held.iter().any(|held| held.conversation.as_ref() == Some(&key))
            };
            let accepted = self.said[number].removal_accepted;
            if shown > 1 && !self.forgotten.contains(&key) {
                self.breaks(format!("I4: the photo of c{number} of {key} is there {shown} times"));
            }
            if shown == 0
                && written > 0
                && !removed
                && !told("NOT COPIED")
                && !self.went_into_a_deleted_ticket(all, number)
            {
                self.breaks(format!("I2: the photo of c{number} of {key} is missing, and nobody is told"));
            }
            if shown > 0 && accepted && !told("NOT REDACTED") {
                self.breaks(format!("removed: the photo of c{number} of {key} is still there"));
            }
            self.marks.extend((shown > 0).then_some("ticket: a photo is copied"));
        }
    }

    /// Whether an agent threw away the very ticket into which the photo of a message went, or was on its way: a later one than that in
    /// which the words stand. What agents delete is not owed to them, and their words are still there to be answered.
    fn went_into_a_deleted_ticket(&self, all: &[Ticket], number: usize) -> bool {
        let key = &self.said[number].conversation;
        let related = self.related(all, key);
        let own = || all.iter().filter(|one| related.contains(&(one.side, one.id)));
        let shows = |ticket: &&Ticket| {
            ticket.entries.iter().any(|entry| entry.public && numbers_in(&entry.text, 'c').contains(&number))
        };
        let last = own().filter(|ticket| !ticket.deleted).filter(shows).map(|ticket| ticket.id).max();
        own().any(|ticket| ticket.deleted && last.is_some_and(|last| ticket.id > last))
    }
}
