//! Counted figures with ceilings: what everything that happens costs, at the helpdesk, at the platform, in the store and in
//! the queue, in bytes and in allocations. Nothing is timed, so the figures are the same on every machine.

mod ceilings;
mod commits;
mod counter;
mod files;
mod item;
mod long_run;
mod scenarios;
mod stage;
mod surfaces;
mod table;
mod tables;

use tokio::sync::Mutex;

/// One test measures the memory of the process: no other may run meanwhile.
static ALONE: Mutex<()> = Mutex::const_new(());
