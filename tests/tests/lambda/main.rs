//! The real binaries of the three functions, under a stand-in for Lambda's runtime API, with stand-ins for everything that
//! they call.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod alarms;
mod alone;
mod bad_days;
mod end_to_end;
mod scene;
mod unaccounted;
