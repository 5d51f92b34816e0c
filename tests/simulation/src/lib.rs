//! The production engine, connectors and wire format in one deterministic thread against the sandbox: only the five
//! ports are replaced. A seed names a run; the same seed always gives the same run.

mod agents;
mod call;
mod campaign;
mod deliveries;
mod doors;
mod draws;
mod fates;
mod house;
mod incidents;
mod lines;
mod marks;
mod on_x;
mod oracle;
mod people;
mod ports;
mod queue;
mod remotes;
mod renaming;
mod report;
mod run;
mod scripts;
mod shrink;
mod store;
mod talks;
mod tape;
mod theme;
mod trace;
mod weather;
mod words;
mod work;
mod world;

pub use campaign::{Campaign, Found, campaign};
pub use draws::Draws;
pub use house::accounts;
pub use marks::{ENOUGH, MARKS};
pub use oracle::Balance;
pub use report::Report;
pub use run::{run, run_over};
pub use scripts::{Exhausted, SCRIPTS, Script, exhaust};
pub use shrink::shrink;
pub use store::{Memory, Records};
pub use tape::Tape;
pub use theme::Theme;
pub use trace::Trace;
pub use weather::{Topology, Weather};
pub use world::Figures;

/// Runs allocate a lot, and little else: this makes them a fifth faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
