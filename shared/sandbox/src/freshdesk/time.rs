//! Times as Freshdesk writes and reads them: UTC, whole seconds.

use crate::Millis;

/// One minute.
pub(super) const MINUTE: Millis = 60_000;
/// One hour.
pub(super) const HOUR: Millis = 60 * MINUTE;
/// One day.
pub(super) const DAY: Millis = 24 * HOUR;

/// `2026-01-31T08:15:00Z`; fractions of a second are cut off, as Freshdesk does.
pub(super) fn iso(at: Millis) -> String {
    jiff::Timestamp::from_second(at.div_euclid(1000)).map(|time| time.to_string()).unwrap_or_default()
}

/// Reads a time, or a date as its first second.
pub(super) fn parse(text: &str) -> Option<Millis> {
    let time = text.parse::<jiff::Timestamp>().or_else(|_| format!("{text}T00:00:00Z").parse());
    time.ok().map(jiff::Timestamp::as_millisecond)
}
