//! The clock of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

use deskbridge_core::Moment;
use deskbridge_engine::ports::Clock;

/// Wall-clock time as the machine tells it. It may step when the machine's clock is set.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_milliseconds_since_the_epoch() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let now = u128::try_from(SystemClock.now().0).unwrap();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        assert!((before..=after).contains(&now), "{before} {now} {after}");
    }
}
