//! Lambda on loopback: the functions' real binaries under a stand-in of the runtime API, the edge in front of them, and the
//! house they live in.

pub mod edge;
mod function;
mod house;

pub use function::{Function, binaries};
pub use house::{House, SECRETS, STACK, TABLE, parameter, records};
