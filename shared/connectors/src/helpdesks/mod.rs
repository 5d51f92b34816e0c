//! The helpdesks: where agents work. One folder each.

mod card;
pub mod freshdesk;
mod parts;
pub mod zendesk;
