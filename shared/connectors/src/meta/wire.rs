//! How Meta writes ids, times and optional things in JSON, read tolerantly.

use std::fmt;

use deskbridge_core::Moment;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::json::Raw;
pub(crate) use crate::json::lenient;

/// An id, sent as text or (by older versions) as a number. Kept as the digits that were sent: many are larger than a
/// float can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        if let Some(text) = raw.text() {
            return Ok(Self(text.into_owned()));
        }
        let raw = raw.0;
        let digits = !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(raw.to_owned())) } else { Err(D::Error::custom("not an id")) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A time: seconds or milliseconds since the epoch, as number or text, or ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Moment);

/// Counts from here on are milliseconds: as seconds they would lie in the year 5138, as milliseconds in 1973.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

impl Time {
    /// Reads a count or an ISO 8601 time, with Meta's `+0000` for UTC.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Ok(count) = text.parse::<i64>() {
            let moment = if count >= MILLISECONDS_FROM { Moment(count) } else { Moment::from_seconds(count) };
            return Some(Self(moment));
        }
        text.parse::<jiff::Timestamp>().ok().map(|time| Self(Moment(time.as_millisecond())))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?.0;
        Self::parse(raw.trim_matches('"')).ok_or_else(|| D::Error::custom("not a time"))
    }
}

/// A link that may be shown to an agent: `http` or `https` only.
pub(crate) fn link(text: &str) -> Option<String> {
    web_address(text).map(|_| text.to_owned())
}

/// The same, to be added to.
pub(crate) fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether an id may become part of a URL path. Graph ids are digits, underscores and, for Messenger, base64 letters.
pub(crate) fn fits_path(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'$' | b':');
    !id.is_empty() && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn ids_keep_their_digits() {
        for (json, wanted) in [
            ("\"1001_5\"", Some("1001_5")),
            ("12345678901234567890123", Some("12345678901234567890123")),
            ("\"t\\u005f1\"", Some("t_1")),
            ("1.5", None),
            ("-1", None),
            ("true", None),
            ("{}", None),
        ] {
            let id: Option<Id> = json::read(json.as_bytes()).ok();
            assert_eq!(id.as_ref().map(|id| id.0.as_str()), wanted, "{json}");
        }
    }

    #[test]
    fn times_come_in_four_shapes() {
        for (json, wanted) in [
            ("1760000000", Some(1_760_000_000_000)),
            ("1760000000123", Some(1_760_000_000_123)),
            ("\"1760000000\"", Some(1_760_000_000_000)),
            ("\"2025-10-09T08:53:20+0000\"", Some(1_760_000_000_000)),
            ("\"soon\"", None),
            ("[1]", None),
        ] {
            let time: Option<Time> = json::read(json.as_bytes()).ok();
            assert_eq!(time.map(|time| time.0.0), wanted, "{json}");
        }
    }

    #[test]
    fn only_web_links_and_plain_ids_pass() {
        assert!(link("https://cdn.example/a.jpg").is_some());
        for text in ["javascript:alert(1)", "file:///etc/passwd", "not a link", ""] {
            assert_eq!(link(text), None, "{text}");
        }
        for (id, fits) in [
            ("1001_22", true),
            ("m_AbC-_=", true),
            ("", false),
            ("..", false),
            ("a/b", false),
            ("a?b", false),
        ] {
            assert_eq!(fits_path(id), fits, "{id}");
        }
    }
}
