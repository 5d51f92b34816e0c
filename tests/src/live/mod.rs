//! The world over real sockets: stand-ins on loopback, signed webhooks, and HTTP as a customer's or agent's program speaks it.

mod site;
mod stand_ins;
mod webhooks;

pub use site::{Site, text};
pub use stand_ins::{Entry, Sites, StandIns, Ticket, list, published, tickets, tickets_in};
pub use webhooks::{APP_SECRET, comment, deliver, direct, knock, now};
