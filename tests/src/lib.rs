//! What several tests stand on: AWS on loopback.

pub mod dynamo;
pub mod sqs;
