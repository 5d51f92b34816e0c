//! The helpdesks: where agents work. One folder each.

pub mod freshdesk;
mod parts;
pub mod zendesk;
