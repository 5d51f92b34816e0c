//! The ports on one machine: store and queue in one SQLite file, HTTP out and in, the clock, secrets from the
//! environment and files.

mod clock;
pub mod listener;
mod secrets;
pub mod sqlite;

pub use clock::SystemClock;
pub use deskbridge_client::HttpClient;
pub use secrets::LocalSecrets;
pub use sqlite::{Claimed, OpenError, Receipt, Settle, Sqlite};
