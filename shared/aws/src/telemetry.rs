//! Lines of telemetry as JSON on standard output, which Lambda hands to CloudWatch. Numbers among them are marked in the
//! embedded metric format, so that CloudWatch counts them under the namespace `Deskbridge` with the dimension `Stack`, so that
//! two stacks in one account are counted apart. The account is in the line.
//!
//! | line | metrics |
//! |---|---|
//! | rejected | `rejected`; `rejected_signature` if it was the signature or the verify token |
//! | `queue_refused`, fault | `queue_refused`, `faults` |
//! | accepted | `events_accepted`, `unreadable_accepted` |
//! | delivery | `deliveries_done`, `deliveries_again`, `age_ms` |
//! | effect | `effects_done`, `effects_refused`, `effects_retry_after`, `effects_unknown`, `lookups`, `remote_calls` |
//! | held | `held_quarantine`, `held_parked` |
//! | account | `accounts_failing`, `accounts_recovered` |
//! | swept | `accounts_ill`: how many do not work or lack something, after every sweep |

use std::io::Write as _;

use deskbridge_connectors::Reject;
use deskbridge_core::Moment;
use deskbridge_engine::telemetry::Line;
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Deskbridge";
const DIMENSION: &str = "Stack";

/// Prints a line of that stack.
pub fn print(line: &Line, now: Moment, stack: &str) {
    let mut text = json_line(line, now, stack).to_string();
    text.push('\n');
    // Where standard output is closed, nobody listens.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// The line as JSON: its fields, its metrics, and which they are.
#[must_use]
pub fn json_line(line: &Line, now: Moment, stack: &str) -> Value {
    let mut fields = match serde_json::to_value(line) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let metrics = metrics(line);
    // Names say the unit where it is not a count; logs are paid by the byte.
    let definitions: Vec<Value> = metrics.iter().map(|(name, _)| json!({ "Name": name })).collect();
    fields.extend(metrics.into_iter().map(|(name, value)| (name.to_owned(), value.into())));
    fields.insert(DIMENSION.to_owned(), stack.into());
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": definitions });
    fields.insert("_aws".to_owned(), json!({ "Timestamp": now.0, "CloudWatchMetrics": [directive] }));
    Value::Object(fields)
}

/// What a line counts.
fn metrics(line: &Line) -> Vec<(&'static str, u64)> {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    match line {
        Line::Rejected { reason, .. } if is_about_signature(reason) => {
            vec![("rejected", 1), ("rejected_signature", 1)]
        }
        Line::Rejected { .. } => vec![("rejected", 1)],
        Line::Accepted { events, unreadable, .. } => {
            vec![("events_accepted", count(*events)), ("unreadable_accepted", count(*unreadable))]
        }
        Line::QueueRefused { .. } => vec![("queue_refused", 1)],
        Line::Delivery(delivered) => vec![
            ("deliveries_done", count(delivered.done)),
            ("deliveries_again", count(delivered.again)),
            ("age_ms", delivered.age_ms),
        ],
        Line::Effect(effect) => {
            let name = match (effect.way, effect.outcome) {
                ("lookup", _) => "lookups",
                (_, "done") => "effects_done",
                (_, "refused") => "effects_refused",
                (_, "retry_after") => "effects_retry_after",
                _ => "effects_unknown",
            };
            vec![(name, 1), ("remote_calls", effect.calls.into())]
        }
        Line::Held { kind: "quarantine", .. } => vec![("held_quarantine", 1)],
        Line::Held { .. } => vec![("held_parked", 1)],
        Line::Account { working: false, .. } => vec![("accounts_failing", 1)],
        Line::Account { .. } => vec![("accounts_recovered", 1)],
        Line::Swept { failing, .. } => vec![("accounts_ill", count(*failing))],
        Line::Fault { .. } => vec![("faults", 1)],
    }
}

/// Somebody is forging, or a secret was changed on one side only.
fn is_about_signature(reason: &str) -> bool {
    [
        Reject::NoSignature,
        Reject::MalformedSignature,
        Reject::WrongSignature,
        Reject::StaleSignature,
        Reject::WrongVerifyToken,
    ]
    .iter()
    .any(|reject| reject.name() == reason)
}

#[cfg(test)]
mod tests {
    use deskbridge_engine::telemetry::{Delivered, EffectLine};

    use super::*;

    #[test]
    fn a_line_is_one_object_that_cloudwatch_counts() {
        let delivered = Delivered {
            account: "acme".into(),
            group: "acme:direct:7".into(),
            done: 2,
            again: 1,
            age_ms: 450,
            ..Delivered::default()
        };
        let line = json_line(&Line::Delivery(delivered), Moment(1_700_000_000_123), "prod");
        assert_eq!(line["line"], "delivery");
        assert_eq!((&line["account"], &line["Stack"]), (&json!("acme"), &json!("prod")));
        assert_eq!((&line["deliveries_done"], &line["deliveries_again"]), (&json!(2), &json!(1)));
        assert_eq!(
            line["_aws"],
            json!({ "Timestamp": 1_700_000_000_123_i64, "CloudWatchMetrics": [{
                "Namespace": "Deskbridge", "Dimensions": [["Stack"]], "Metrics": [
                    { "Name": "deliveries_done" },
                    { "Name": "deliveries_again" },
                    { "Name": "age_ms" }
                ] }] })
        );
    }

    #[test]
    fn outcomes_are_counted_apart() {
        for (way, outcome, name) in [
            ("send", "done", "effects_done"),
            ("send", "refused", "effects_refused"),
            ("send", "retry_after", "effects_retry_after"),
            ("send", "unknown", "effects_unknown"),
            ("lookup", "found", "lookups"),
            ("lookup", "cannot_tell", "lookups"),
        ] {
            let effect = EffectLine {
                account: String::new(),
                conversation: String::new(),
                effect: String::new(),
                kind: "post_reply",
                attempt: 1,
                way,
                outcome,
                detail: String::new(),
                calls: 2,
            };
            assert_eq!(metrics(&Line::Effect(effect)), [(name, 1), ("remote_calls", 2)], "{way} {outcome}");
        }
    }
}
