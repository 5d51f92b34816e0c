//! Call budgets and the usage headers that tell how much of them is left.

use std::collections::{BTreeMap, VecDeque};

use super::error::GraphError;
use crate::Millis;

/// The call budgets; `None` means unlimited. The real app budget grows with the number of users (200 calls per user
/// and hour), the page budget with the people engaged (4800 per person and day), so the demo leaves both open.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Calls of the whole app per rolling hour; above it code 4.
    pub app_calls_per_hour: Option<u32>,
    /// Calls for one page per rolling day; above it code 80001.
    pub page_calls_per_day: Option<u32>,
    /// Messenger sends of one page per second; above it code 613. Documented: 300 for text.
    pub messages_per_second: Option<u32>,
    /// Reads of the Conversations API of one page per second; above it code 613. Documented: 2.
    pub conversation_reads_per_second: Option<u32>,
    /// Private replies of one page per hour; above it code 613. Documented: 750.
    pub private_replies_per_hour: Option<u32>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            app_calls_per_hour: None,
            page_calls_per_day: None,
            messages_per_second: Some(300),
            conversation_reads_per_second: Some(2),
            private_replies_per_hour: Some(750),
        }
    }
}

/// Something that is counted against a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meter {
    App,
    Page,
    Messages,
    ConversationReads,
    PrivateReplies,
}

impl Meter {
    fn budget(self, rates: &Rates) -> (Option<u32>, Millis) {
        const SECOND: Millis = 1_000;
        const HOUR: Millis = 3_600 * SECOND;
        match self {
            Self::App => (rates.app_calls_per_hour, HOUR),
            Self::Page => (rates.page_calls_per_day, 24 * HOUR),
            Self::Messages => (rates.messages_per_second, SECOND),
            Self::ConversationReads => (rates.conversation_reads_per_second, SECOND),
            Self::PrivateReplies => (rates.private_replies_per_hour, HOUR),
        }
    }

    fn code(self) -> u32 {
        match self {
            Self::App => 4,
            Self::Page => 80_001,
            Self::Messages | Self::ConversationReads | Self::PrivateReplies => 613,
        }
    }
}

/// The calls that still count, by meter and page (the app's own meter has no page).
#[derive(Default)]
pub(super) struct Meters(BTreeMap<(Meter, String), VecDeque<Millis>>);

impl Meters {
    /// Counts one call, or refuses it if the budget is used up. A refused call does not count.
    pub(super) fn count(
        &mut self,
        rates: &Rates,
        meter: Meter,
        page: &str,
        now: Millis,
    ) -> Result<(), GraphError> {
        let (Some(limit), span) = meter.budget(rates) else { return Ok(()) };
        let calls = self.0.entry((meter, page.to_owned())).or_default();
        while calls.front().is_some_and(|at| at + span <= now) {
            calls.pop_front();
        }
        if calls.len() >= limit as usize {
            return Err(throttled(meter.code()));
        }
        calls.push_back(now);
        Ok(())
    }

    /// How much of a budget is used, in percent, and in how many minutes a call will be free again.
    pub(super) fn usage(&self, rates: &Rates, meter: Meter, page: &str, now: Millis) -> Option<(u32, u32)> {
        let (Some(limit), span) = meter.budget(rates) else { return None };
        let calls = self.0.get(&(meter, page.to_owned()));
        let live = || calls.into_iter().flatten().filter(|at| **at + span > now);
        let used = u32::try_from(live().count()).unwrap_or(u32::MAX);
        let percent = used.saturating_mul(100) / limit.max(1);
        let wait = live().next().filter(|_| used >= limit).map_or(0, |at| at + span - now);
        Some((percent, u32::try_from((wait + 59_999) / 60_000).unwrap_or(0)))
    }
}

/// The refusal for a throttle code.
pub(super) fn throttled(code: u32) -> GraphError {
    let message = match code {
        4 => "(#4) Application request limit reached".to_owned(),
        17 => "(#17) User request limit reached".to_owned(),
        32 => "(#32) Page request limit reached".to_owned(),
        613 => "(#613) Calls to this api have exceeded the rate limit.".to_owned(),
        _ => format!(
            "(#{code}) There have been too many calls to this Page account. Wait a bit and try again. For more \
             info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
        ),
    };
    GraphError::new(code, message)
}
