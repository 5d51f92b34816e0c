//! How X writes ids, times and optional things in JSON, read tolerantly.

use deskbridge_core::Moment;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::json::Raw;
pub(super) use crate::json::{first, lenient, several};

/// An id, sent as text or (in the older format) as a number. Kept as the digits that were sent: they are larger than a
/// float can hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?;
        let text = raw.text().unwrap_or_else(|| {
            let raw = raw.0;
            let digits = raw.strip_prefix('-').unwrap_or(raw);
            let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if whole { raw } else { "" }.into()
        });
        if text.is_empty() { Err(D::Error::custom("not an id")) } else { Ok(Self(text.into_owned())) }
    }
}

/// A time: ISO 8601, milliseconds since the epoch, or `Sat Dec 07 18:00:43 +0000 2025`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) Moment);

impl Time {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(count) = text.parse::<i64>() {
            return Some(Self(Moment(count)));
        }
        let older = || {
            let parts = jiff::fmt::strtime::parse("%a %b %d %H:%M:%S %z %Y", text).ok()?;
            parts.to_timestamp().ok()
        };
        let time = text.parse::<jiff::Timestamp>().ok().or_else(older)?;
        Some(Self(Moment(time.as_millisecond())))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Raw::deserialize(deserializer)?.0;
        Self::parse(raw.trim_matches('"')).ok_or_else(|| D::Error::custom("not a time"))
    }
}

/// When something was made, to the millisecond: X's ids of posts and messages begin with their time. The time that is told
/// has whole seconds only and wins if the two differ by more.
pub(super) fn made_at(id: &str, told: Option<Time>) -> Moment {
    const FIRST: i64 = 1_288_834_974_657;
    let of_id = id.parse::<i64>().ok().filter(|id| *id >= 1 << 40).map(|id| Moment((id >> 22) + FIRST));
    match (told, of_id) {
        (Some(Time(told)), Some(of_id)) if told.0.abs_diff(of_id.0) < 1_000 => of_id,
        (Some(Time(told)), _) => told,
        (None, of_id) => of_id.unwrap_or_default(),
    }
}

/// A link that may be shown to an agent: `http` or `https` only.
pub(super) fn link(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| text.to_owned())
}

/// Whether an id may become part of a URL path.
pub(super) fn fits_path(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn ids_keep_their_digits() {
        for (json, wanted) in [
            ("\"2080765813578191303\"", Some("2080765813578191303")),
            ("12345678901234567890123", Some("12345678901234567890123")),
            ("-3402274206530057851", Some("-3402274206530057851")),
            ("1.5", None),
            ("true", None),
            ("\"\"", None),
            ("{}", None),
        ] {
            let id: Option<Id> = json::read(json.as_bytes()).ok();
            assert_eq!(id.as_ref().map(|id| id.0.as_str()), wanted, "{json}");
        }
    }

    #[test]
    fn times_come_in_three_shapes() {
        for (json, wanted) in [
            ("\"2026-07-24T21:23:23.000Z\"", Some(1_784_928_203_000)),
            ("\"1784928224372\"", Some(1_784_928_224_372)),
            ("1784928224372", Some(1_784_928_224_372)),
            ("\"Fri Jul 24 21:23:23 +0000 2026\"", Some(1_784_928_203_000)),
            ("\"soon\"", None),
            ("[1]", None),
        ] {
            let time: Option<Time> = json::read(json.as_bytes()).ok();
            assert_eq!(time.map(|time| time.0.0), wanted, "{json}");
        }
    }

    #[test]
    fn an_id_tells_its_millisecond() {
        let told = Some(Time(Moment(1_784_928_203_000)));
        let exact = made_at("2080765813578191303", None);
        assert_eq!(exact.0.div_euclid(1_000), 1_784_928_203);
        assert_eq!(made_at("2080765813578191303", told), exact);
        assert_eq!(made_at("2080765813578191303", Some(Time(Moment(7)))), Moment(7));
        assert_eq!(made_at("77", told), Moment(1_784_928_203_000));
        assert_eq!(made_at("e4f4d3fc-8bbf", None), Moment::default());
    }

    #[test]
    fn only_web_links_and_plain_ids_pass() {
        assert!(link("https://pbs.twimg.com/media/a.jpg").is_some());
        for text in ["javascript:alert(1)", "file:///etc/passwd", "not a link", ""] {
            assert_eq!(link(text), None, "{text}");
        }
        for (id, fits) in
            [("2080765813578191303", true), ("", false), ("..", false), ("a/b", false), ("a?b", false)]
        {
            assert_eq!(fits_path(id), fits, "{id}");
        }
    }
}
