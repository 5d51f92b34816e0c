//! What all measuring programs share: what a process used, and tables into documents.

pub mod process;

pub use deskbridge_report as report;
