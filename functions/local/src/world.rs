//! The ports of one process, and where its telemetry goes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use deskbridge_embedded::{HttpClient, Sqlite, SystemClock};
use deskbridge_engine::ports::{Clock, Reception, World};
use deskbridge_engine::telemetry::Line;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::metrics::Metrics;

/// So many lines are shown to a page that opens late.
const LINES_KEPT: usize = 200;

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
    recent: Mutex<VecDeque<Arc<str>>>,
    watchers: broadcast::Sender<Arc<str>>,
}

impl Telemetry {
    pub(crate) fn new(print: bool) -> Self {
        let (watchers, _) = broadcast::channel(1024);
        Self { metrics: Metrics::default(), print, recent: Mutex::default(), watchers }
    }

    fn record(&self, line: &Line, at: i64) {
        self.metrics.count(line);
        let mut value = serde_json::to_value(line).unwrap_or(Value::Null);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("at".to_owned(), json!(at));
        }
        let text: Arc<str> = value.to_string().into();
        if self.print {
            println!("{text}");
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == LINES_KEPT {
            recent.pop_front();
        }
        recent.push_back(Arc::clone(&text));
        // Nobody watching is fine.
        let _ = self.watchers.send(text);
    }

    /// The recent lines, and those to come.
    pub(crate) fn watch(&self) -> (Vec<Arc<str>>, broadcast::Receiver<Arc<str>>) {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        (recent.iter().cloned().collect(), self.watchers.subscribe())
    }
}
