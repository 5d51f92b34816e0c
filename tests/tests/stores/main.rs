//! One contract for every store and every queue.

mod contract;
mod dynamodb;
mod local;
mod queue_contract;
mod sqs;
