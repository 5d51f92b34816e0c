//! What all measuring programs share: what a process used, and tables into documents.

pub mod process;
pub mod report;
