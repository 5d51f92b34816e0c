//! The helpdesks: where agents work. One folder each.

pub mod freshdesk;
pub mod zendesk;
