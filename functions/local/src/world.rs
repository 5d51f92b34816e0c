//! The ports of one process, and where its telemetry goes.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbridge_embedded::{HttpClient, Sqlite, SystemClock};
use deskbridge_engine::ports::{Clock, Reception, World};
use deskbridge_engine::telemetry::Line;
use serde::Serialize;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// So many lines are shown to a page that opens late.
const LINES_KEPT: usize = 200;
/// Lines are printed together, so long after the first of them at most. A process that is killed takes them with it.
const PRINT_PAUSE: Duration = Duration::from_millis(100);

/// The ports on one machine.
pub(crate) struct LocalWorld {
    pub(crate) sqlite: Sqlite,
    pub(crate) http: HttpClient,
    pub(crate) clock: SystemClock,
    pub(crate) telemetry: Arc<Telemetry>,
}

impl Reception for LocalWorld {
    type Queue = Sqlite;
    type Clock = SystemClock;

    fn queue(&self) -> &Sqlite {
        &self.sqlite
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn record(&self, line: &Line) {
        self.telemetry.record(line, self.clock.now().0);
    }
}

impl World for LocalWorld {
    type Store = Sqlite;
    type Http = HttpClient;

    fn store(&self) -> &Sqlite {
        &self.sqlite
    }

    fn http(&self) -> &HttpClient {
        &self.http
    }
}

/// Counts every line, prints it if wanted, and hands it to whoever watches.
pub(crate) struct Telemetry {
    pub(crate) metrics: Metrics,
    print: bool,
    unprinted: Mutex<String>,
    recent: Mutex<VecDeque<Arc<str>>>,
    watchers: broadcast::Sender<Arc<str>>,
}

/// A line as it is printed: with the time.
#[derive(Serialize)]
struct Stamped<'a> {
    #[serde(flatten)]
    line: &'a Line,
    at: i64,
}

impl Telemetry {
    pub(crate) fn new(print: bool) -> Self {
        let (watchers, _) = broadcast::channel(1024);
        Self {
            metrics: Metrics::default(),
            print,
            unprinted: Mutex::default(),
            recent: Mutex::default(),
            watchers,
        }
    }

    fn record(&self, line: &Line, at: i64) {
        self.metrics.count(line);
        let text: Arc<str> = serde_json::to_string(&Stamped { line, at }).unwrap_or_default().into();
        if self.print {
            let mut unprinted = lock(&self.unprinted);
            unprinted.push_str(&text);
            unprinted.push('\n');
        }
        let mut recent = lock(&self.recent);
        if recent.len() == LINES_KEPT {
            recent.pop_front();
        }
        if self.watchers.receiver_count() > 0 {
            // Whoever watched may just have gone.
            let _ = self.watchers.send(Arc::clone(&text));
        }
        recent.push_back(text);
    }

    /// Prints lines together, soon after they were recorded, until `stop`: a write for each would cost a door more than the
    /// signature's check. [`Telemetry::print_rest`] prints those that come later.
    pub(crate) async fn print_regularly(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(PRINT_PAUSE) => {}
            }
            self.print_rest();
        }
    }

    /// Prints what is not printed yet.
    pub(crate) fn print_rest(&self) {
        let lines = std::mem::take(&mut *lock(&self.unprinted));
        if !lines.is_empty() {
            // Whoever reads them may be gone; the bridge goes on.
            let _ = std::io::stdout().lock().write_all(lines.as_bytes());
        }
    }

    /// The recent lines, and those to come.
    pub(crate) fn watch(&self) -> (Vec<Arc<str>>, broadcast::Receiver<Arc<str>>) {
        let recent = lock(&self.recent);
        (recent.iter().cloned().collect(), self.watchers.subscribe())
    }
}

/// A lock whose holder panicked still guards only lines.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_with_their_time_until_they_are_printed_together() {
        let telemetry = Telemetry::new(true);
        for at in [7, 8] {
            telemetry.record(&Line::QueueRefused { door: "acme".to_owned() }, at);
        }
        let lines = "{\"line\":\"queue_refused\",\"door\":\"acme\",\"at\":7}\n\
                     {\"line\":\"queue_refused\",\"door\":\"acme\",\"at\":8}\n";
        assert_eq!(*lock(&telemetry.unprinted), lines);
        assert_eq!(telemetry.watch().0.len(), 2);
        telemetry.print_rest();
        assert!(lock(&telemetry.unprinted).is_empty());
    }
}
