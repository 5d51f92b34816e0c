//! The settings that the accounts of all of Meta's products have.

use url::{Host, Url};

pub(crate) fn default_base_url() -> String {
    "https://graph.facebook.com".to_owned()
}

pub(crate) fn default_version() -> String {
    "v26.0".to_owned()
}

pub(crate) fn default_human_agent() -> bool {
    true
}

/// Whether it is one of Meta's numeric ids.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it looks like `v26.0`.
pub(crate) fn is_version(text: &str) -> bool {
    let numbers = text.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
    numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// Whether a base URL is safe: the access token travels there, so it must be encrypted on the way.
pub(crate) fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}
