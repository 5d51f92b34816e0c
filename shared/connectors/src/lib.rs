//! Pure codecs for platforms and helpdesks.
pub mod http;
