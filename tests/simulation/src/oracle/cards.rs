//! What tickets show of replies: "accepted" is never a lie.

use deskbridge_core::card::Delivery;

use super::{Oracle, Ticket};

/// States that say that the latest reply is published.
const GOOD: [Delivery; 3] = [Delivery::Accepted, Delivery::Delivered, Delivery::Read];

impl Oracle {
    /// A ticket that can still be changed shows one state at most, and none of those that say that the latest reply is published if it is not. Where a
    /// conversation had several tickets, only the present one is kept up to date.
    pub(super) fn check_cards(&mut self, all: &[Ticket]) {
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
            let missing = latest.is_some_and(|written| !written.is_whole());
            if alone && missing && shown.iter().any(|state| GOOD.contains(state)) {
                self.breaks(format!(
                    "card: ticket {} shows {shown:?}, and its latest reply is not published",
                    ticket.id
                ));
            }
        }
    }
}
