//! One contract for every store and every queue.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod contract;
mod dynamodb;
mod local;
mod queue_contract;
mod sqs;
