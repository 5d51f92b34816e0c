//! The HTTP port on the network: the one client that every way of running the bridge uses.

mod http;
mod pipe;

pub use http::{HttpClient, RESPONSE_BYTES_MAX};
