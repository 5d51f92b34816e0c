//! What tickets show of replies: "accepted" is never a lie, and what is published is shown as such.

use deskbridge_core::card::Delivery;
use deskbridge_engine::ports::Held;

use super::tickets::Who;
use super::{Oracle, Ticket};

/// States that say that the latest reply is published.
const GOOD: [Delivery; 3] = [Delivery::Accepted, Delivery::Delivered, Delivery::Read];

impl Oracle {
    /// A ticket that can still be changed shows one state at most, none of those that say that the latest reply is published if it is not, and one of
    /// them if it is and nothing ever went wrong. Where a conversation had several tickets, only the present one is kept up to date.
    pub(super) fn check_cards(&mut self, all: &[Ticket], held: &[Held]) {
        for ticket in all.iter().filter(|ticket| !ticket.deleted && !ticket.closed) {
            let alone = self.related(all, &ticket.conversation).len() == 1
                && !self.merges.iter().any(|(side, _, into)| (*side, *into) == (ticket.side, ticket.id));
            let shown: Vec<Delivery> = Delivery::ALL
                .into_iter()
                .filter(|state| ticket.tags.iter().any(|tag| tag == state.tag()))
                .collect();
            if shown.len() > 1 {
                self.breaks(format!("card: ticket {} shows {shown:?} at once", ticket.id));
            }
            let mut latest = self.written.iter().rev();
            let latest = latest.find(|written| (written.side, written.ticket) == (ticket.side, ticket.id));
            let Some(latest) = latest.filter(|_| alone) else { continue };
            let (is_published, says_so) =
                (latest.is_whole() && !latest.file, shown.iter().any(|state| GOOD.contains(state)));
            // A person who was asked may not have decided yet, and notes need not be about the latest reply.
            let quiet = !tells_of_trouble(ticket)
                && !self.parked.contains(&ticket.conversation)
                && !held.iter().any(|held| held.conversation.as_ref() == Some(&ticket.conversation));
            if says_so && !is_published {
                self.breaks(format!(
                    "card: ticket {} shows {shown:?}, and its latest reply is not published",
                    ticket.id
                ));
            }
            if is_published && quiet && !says_so {
                self.breaks(format!(
                    "card: ticket {} shows {shown:?}, and its latest reply is published",
                    ticket.id
                ));
            }
        }
    }
}

/// Whether a note tells that a reply did not get where it should, or may not have.
fn tells_of_trouble(ticket: &Ticket) -> bool {
    let words = ["NOT SENT", "COULD NOT CONFIRM", "HELD BACK", "NOT DELIVERED"];
    let mut notes = ticket.entries.iter().filter(|entry| entry.who == Who::Bridge && !entry.public);
    notes.any(|note| words.iter().any(|words| note.text.contains(words)))
}
