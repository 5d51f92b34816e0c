//! Counted figures with ceilings: what an event costs at the helpdesk, at the platform and in the store. Nothing is timed, so
//! the figures are the same on every machine. `cargo test -p deskbridge-tests --test budgets -- --nocapture` prints them.

mod allocations;
mod bill;
mod calls;
mod commits;
mod files;
mod item;
mod store;
mod surfaces;
