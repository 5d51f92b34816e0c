//! What the two helpdesks have in common in showing how a conversation stands.

use deskbridge_core::Moment;
use schemars::JsonSchema;
use serde::Deserialize;

/// How the end of the reply window is written into a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplyByFormat {
    /// The day in UTC, for date fields.
    #[default]
    Date,
    /// Day and time in UTC, for text fields.
    Time,
}

impl ReplyByFormat {
    /// The field's value.
    pub(super) fn value(self, reply_by: Moment) -> String {
        // `2026-11-27 14:02 UTC`
        let time = reply_by.to_string();
        match self {
            Self::Date => time.chars().take(10).collect(),
            Self::Time => time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_field_gets_the_day_and_a_text_field_the_time_too() {
        let reply_by = Moment::from_seconds(1_795_788_120);
        assert_eq!(ReplyByFormat::Date.value(reply_by), "2026-11-27");
        assert_eq!(ReplyByFormat::Time.value(reply_by), "2026-11-27 14:02 UTC");
    }
}
