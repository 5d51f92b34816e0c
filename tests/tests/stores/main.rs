//! One contract for every store and every queue.

mod contract;
mod dynamodb;
mod queue_contract;
mod sqs;
