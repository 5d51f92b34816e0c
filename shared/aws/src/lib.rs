//! The ports on AWS (SQS, DynamoDB, Parameter Store), and the events of Lambda as values.
//!
//! Without features this is what a public door needs; the feature `world` adds the store and the HTTP client.

#[cfg(feature = "world")]
mod batch;
#[cfg(feature = "world")]
mod bridge;
mod clock;
mod cloud;
#[cfg(feature = "world")]
mod command;
mod front;
mod json_api;
mod panics;
mod queue;
mod roots;
#[cfg(feature = "world")]
mod sdk;
mod secrets;
mod source;
mod start;
#[cfg(feature = "world")]
mod store;
pub mod telemetry;
mod trust;
mod web;
#[cfg(feature = "world")]
mod world;

#[cfg(feature = "world")]
pub use batch::{Batch, Remaining, relay_batch};
#[cfg(feature = "world")]
pub use bridge::AwsBridge;
pub use clock::SystemClock;
pub use cloud::Cloud;
#[cfg(feature = "world")]
pub use command::Command;
pub use front::{AwsReception, Front};
pub use panics::tell_only_where_it_panicked;
pub use queue::SqsQueue;
pub use secrets::CloudSecrets;
pub use start::{CannotStart, open_front};
#[cfg(feature = "world")]
pub use store::{BY_AGE, DynamoStore};
pub use web::{WebRequest, WebResponse};
#[cfg(feature = "world")]
pub use world::AwsWorld;
