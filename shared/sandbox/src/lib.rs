//! Stand-ins for the platforms' and helpdesks' APIs that keep their real rules.

#[cfg(test)]
mod counter;
mod faults;
pub mod freshdesk;
pub mod graph;
mod journal;
mod multipart;
mod samples;
mod serve;
mod shelf;
mod shown;
mod stand_in;
pub mod x;
pub mod zendesk;

pub use faults::{Fate, FaultKind, FaultRule, Faults};
pub use journal::Journaled;
pub use serve::{ServeOptions, Served, serve};
pub use stand_in::{Millis, StandIn, Webhook};
