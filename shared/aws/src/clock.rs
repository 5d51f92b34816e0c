//! The clock of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

use deskbridge_core::Moment;
use deskbridge_engine::ports::Clock;

/// Wall-clock time as the machine tells it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}
