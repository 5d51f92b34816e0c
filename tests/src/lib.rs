//! A whole house in one thread: the real engine and connectors, the sandbox as the world outside, memory as store and
//! queue, and a clock that moves only when nothing else can happen.
//!
//! Beside it AWS on loopback, for the functions of Lambda.

mod accident;
mod desk;
pub mod dynamo;
mod house;
pub mod lambda;
pub mod live;
mod loopback;
mod memory;
pub mod meter;
pub mod parameters;
mod process;
pub mod sqs;
pub mod template;
mod wait;
mod world;

pub use desk::{Desk, Entry, Sample, TicketView, Who};
pub use house::{CONFIG, House, config_with, delivery, sign_meta};
pub use memory::{MemoryQueue, MemoryStore};
pub use process::Process;
pub use wait::until;
pub use world::{Remote, SandboxWorld};
