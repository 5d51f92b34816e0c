//! Call budgets and the headers that tell how much of them is left.

use std::collections::BTreeMap;

use deskbridge_connectors::http::Response;

use super::problem::Problem;
use crate::Millis;

const MINUTE: Millis = 60 * 1_000;

/// Something that is counted, per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meter {
    Posts,
    Messages,
    MessagesOfDay,
    PostReads,
    UserReads,
    Me,
    MessageReads,
}

impl Meter {
    /// How many calls in how long.
    fn budget(self) -> (u32, Millis) {
        match self {
            // Documented as 100 on one page and 200 on another.
            Self::Posts => (100, 15 * MINUTE),
            Self::Messages | Self::MessageReads => (15, 15 * MINUTE),
            Self::MessagesOfDay => (1_440, 24 * 60 * MINUTE),
            Self::PostReads | Self::UserReads => (900, 15 * MINUTE),
            Self::Me => (75, 15 * MINUTE),
        }
    }
}

/// Calls in the present window, which begins with its first call.
#[derive(Clone, Copy)]
struct Window {
    since: Millis,
    calls: u32,
}

/// The calls that count, by meter and account.
#[derive(Default)]
pub(super) struct Meters {
    windows: BTreeMap<(Meter, String), Window>,
    /// Budgets that somebody set otherwise.
    set: BTreeMap<Meter, u32>,
}

impl Meters {
    /// Sets another budget.
    pub(super) fn set(&mut self, meter: Meter, calls: u32) {
        self.set.insert(meter, calls);
    }

    /// Counts one call, or refuses it if the budget is used up.
    pub(super) fn count(&mut self, meter: Meter, account: &str, now: Millis) -> Result<(), Problem> {
        let limit = self.limit(meter);
        let (_, span) = meter.budget();
        let window =
            self.windows.entry((meter, account.to_owned())).or_insert(Window { since: now, calls: 0 });
        if window.since + span <= now {
            *window = Window { since: now, calls: 0 };
        }
        if window.calls >= limit {
            return Err(Problem::throttled());
        }
        window.calls += 1;
        Ok(())
    }

    fn limit(&self, meter: Meter) -> u32 {
        self.set.get(&meter).copied().unwrap_or(meter.budget().0)
    }

    /// The answer with the headers of these meters.
    pub(super) fn tell(&self, mut response: Response, meters: &[Meter], account: &str) -> Response {
        for meter in meters {
            let Some(window) = self.windows.get(&(*meter, account.to_owned())) else { continue };
            let limit = self.limit(*meter);
            let reset = (window.since + meter.budget().1).div_euclid(1_000).to_string();
            let remaining = limit.saturating_sub(window.calls).to_string();
            let names = match meter {
                Meter::MessagesOfDay => [
                    "x-user-limit-24hour-limit",
                    "x-user-limit-24hour-remaining",
                    "x-user-limit-24hour-reset",
                ],
                _ => ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"],
            };
            for (name, value) in names.into_iter().zip([limit.to_string(), remaining, reset]) {
                response = response.header(name, &value);
            }
        }
        response
    }
}
