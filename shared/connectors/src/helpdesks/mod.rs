//! The helpdesks: where agents work. One folder each.

pub mod zendesk;
