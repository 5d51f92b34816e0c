//! Freshdesk as its REST API v2 behaves: contacts, tickets, conversations, search, automation webhooks, limits, errors.
//!
//! Where Freshdesk's behaviour is not documented, the comment says "uncertain" and why the stricter or more awkward
//! reading was taken: a bridge that gets along with this stand-in should get along with the real thing.

mod account;
mod act;
mod attachments;
mod automations;
mod body;
mod contact_changes;
mod contacts;
mod control;
mod conversations;
mod custom_fields;
mod errors;
mod glance;
mod html;
mod limits;
mod model;
mod paging;
mod query;
mod search;
mod seed;
mod server;
mod ticket_changes;
mod ticket_views;
mod tickets;
mod time;
mod validate;
mod view;
mod webhooks;

#[cfg(test)]
mod tests;

pub use act::{Act, AgentAct, Words};
pub use control::Control;
pub use glance::{Glance, GlanceAtEntry};
pub use limits::Limits;
pub use seed::{AgentSeed, FieldKind, FieldSeed, FreshdeskSeed, TicketScope, WebhookSeed};
pub use server::Freshdesk;
