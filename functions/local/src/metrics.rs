//! Counters in the Prometheus text format, all derived from the lines of telemetry.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use deskbridge_engine::telemetry::Line;

/// Counters by name and labels.
#[derive(Default)]
pub(crate) struct Metrics {
    counters: Mutex<BTreeMap<(&'static str, String), u64>>,
}

/// A value that is read when somebody asks.
pub(crate) struct Gauge {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    /// Label name and value, if any, and the value.
    pub(crate) values: Vec<(Option<(&'static str, String)>, f64)>,
}

const HELP: [(&str, &str); 11] = [
    ("deskbridge_rejected_total", "Requests turned away at a door, by reason."),
    ("deskbridge_accepted_events_total", "Events taken from webhooks and handed to the queue, by door."),
    (
        "deskbridge_unreadable_total",
        "Authentic webhooks (or parts of long ones) sent to quarantine, by door.",
    ),
    ("deskbridge_queue_refused_total", "Webhooks answered 503 because the queue did not take them, by door."),
    ("deskbridge_events_total", "Events decided about, by verdict."),
    ("deskbridge_deliveries_total", "Deliveries, by what became of them."),
    ("deskbridge_effects_total", "Attempts at effects and lookups, by account, kind and outcome."),
    ("deskbridge_calls_total", "Calls made for effects and lookups, by account."),
    ("deskbridge_store_total", "Reads and writes of conversations."),
    ("deskbridge_held_total", "Records kept for a person, by kind."),
    ("deskbridge_faults_total", "Failures of the bridge's own infrastructure, by what was tried."),
];

impl Metrics {
    /// Counts one line.
    pub(crate) fn count(&self, line: &Line) {
        match line {
            Line::Rejected { reason, .. } => self.add("deskbridge_rejected_total", &[("reason", reason)], 1),
            Line::Accepted { door, events, unreadable, .. } => {
                self.add("deskbridge_accepted_events_total", &[("door", door)], as_u64(*events));
                self.add("deskbridge_unreadable_total", &[("door", door)], as_u64(*unreadable));
            }
            Line::QueueRefused { door } => self.add("deskbridge_queue_refused_total", &[("door", door)], 1),
            Line::Delivery(delivered) => {
                for verdict in &delivered.verdicts {
                    self.add("deskbridge_events_total", &[("verdict", verdict)], 1);
                }
                self.add("deskbridge_deliveries_total", &[("state", "done")], as_u64(delivered.done));
                self.add("deskbridge_deliveries_total", &[("state", "again")], as_u64(delivered.again));
                self.add("deskbridge_store_total", &[("access", "load")], u64::from(delivered.loads));
                self.add("deskbridge_store_total", &[("access", "save")], u64::from(delivered.saves));
            }
            Line::Effect(effect) => {
                let labels = [
                    ("account", effect.account.as_str()),
                    ("kind", effect.kind),
                    ("outcome", effect.outcome),
                ];
                self.add("deskbridge_effects_total", &labels, 1);
                let account = [("account", effect.account.as_str())];
                self.add("deskbridge_calls_total", &account, u64::from(effect.calls));
            }
            Line::Held { kind, .. } => self.add("deskbridge_held_total", &[("kind", kind)], 1),
            Line::Account { .. } | Line::Swept { .. } => {}
            Line::Fault { what, .. } => self.add("deskbridge_faults_total", &[("what", what)], 1),
        }
    }

    fn add(&self, name: &'static str, labels: &[(&str, &str)], amount: u64) {
        let labels = joined(labels);
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry((name, labels)).or_default() += amount;
    }

    /// All counters and these gauges.
    pub(crate) fn text(&self, gauges: &[Gauge]) -> String {
        let mut text = String::new();
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, help) in HELP {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
            for ((_, labels), value) in counters.iter().filter(|((counter, _), _)| *counter == name) {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
        for Gauge { name, help, values } in gauges {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labelled, value) in values {
                let labels = labelled
                    .as_ref()
                    .map_or_else(String::new, |(name, value)| format!("{{{}}}", joined(&[(name, value)])));
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        }
        text
    }
}

/// Labels as they stand between the braces. Every line of telemetry is counted under some, so they are written at one go.
fn joined(labels: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(64);
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
        for character in value.chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push(' '),
                other => text.push(other),
            }
        }
        text.push('"');
    }
    text
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
