//! The clock of the machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbridge_core::Moment;
use deskbridge_engine::ports::Clock;

/// Wall-clock time as the machine tells it. It may step when the machine's clock is set.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock {
    ahead: Duration,
}

impl SystemClock {
    /// A clock that is always so far ahead of the machine's, to see today what happens later.
    #[must_use]
    pub const fn ahead_by(ahead: Duration) -> Self {
        Self { ahead }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let shown = since_epoch.saturating_add(self.ahead);
        Moment(i64::try_from(shown.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_milliseconds_since_the_epoch() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let now = u128::try_from(SystemClock::default().now().0).unwrap();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        assert!((before..=after).contains(&now), "{before} {now} {after}");
    }

    #[test]
    fn it_can_run_ahead() {
        let ahead =
            SystemClock::ahead_by(Duration::from_secs(3600)).now().since(SystemClock::default().now());
        assert!((3590..=3600).contains(&ahead.as_secs()), "{ahead:?}");
    }
}
