//! Lines of telemetry as JSON on standard output, which Lambda hands to CloudWatch. Numbers among them are marked in the
//! embedded metric format, so that CloudWatch counts them under the namespace `Deskbridge` with the dimension `Stack`, so that
//! two stacks in one account are counted apart. The account is in the line.
//!
//! | line | metrics |
//! |---|---|
//! | rejected | `rejected`; `rejected_signature` if it was the signature or the verify token |
//! | `queue_refused`, fault | `queue_refused`, `faults` |
//! | accepted | `events_accepted`, `unreadable_accepted` |
//! | delivery | `age_ms`; how often it is told is the number of deliveries |
//! | effect | `effects_refused`, `effects_retry_after`, `effects_unknown`, `lookups` |
//! | held | `held_quarantine`, `held_parked` |
//! | account | `accounts_failing`, `accounts_recovered` |
//! | swept | `accounts_ill`: how many do not work or lack something, after every sweep |
//!
//! Logs are paid by the byte, and cost as much as the database if one lets them. So what is nothing (no reason, no ticket, 0)
//! or goes without saying (the verdict `planned`, the account with whose name the group begins) is left out, and an effect
//! that was made is told in its delivery's line only. What went wrong has a line of its own.

use std::io::Write as _;

use deskbridge_connectors::Reject;
use deskbridge_core::Moment;
use deskbridge_engine::telemetry::Line;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

const NAMESPACE: &str = "Deskbridge";
const DIMENSION: &str = "Stack";

/// Fields that other fields or metrics of the same line tell.
const TOLD_OTHERWISE: [&str; 5] = ["done", "loads", "saves", "unreadable", "failing"];

/// Prints a line of that stack.
pub fn print(line: &Line, now: Moment, stack: &str) {
    let Some(text) = printed(line, now, stack) else { return };
    // Where standard output is closed, nobody listens.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// What is printed of a line, with its end; `None`: nothing, because another line tells it.
#[must_use]
pub fn printed(line: &Line, now: Moment, stack: &str) -> Option<String> {
    if is_told_in_delivery(line) {
        return None;
    }
    let mut text = serde_json::to_string(&told(line, now, stack)).ok()?;
    text.push('\n');
    Some(text)
}

fn is_told_in_delivery(line: &Line) -> bool {
    matches!(line, Line::Effect(effect) if (effect.way, effect.outcome) == ("send", "done"))
}

/// A line as it is told: its fields, its metrics, and which they are.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    fields: Map<String, Value>,
    #[serde(flatten, serialize_with = "as_map")]
    metrics: Vec<(&'static str, u64)>,
    #[serde(rename = "_aws", skip_serializing_if = "Option::is_none")]
    embedded: Option<Embedded>,
    #[serde(rename = "Stack")]
    stack: &'a str,
}

/// What the embedded metric format says of a line's metrics.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Embedded {
    /// In milliseconds since the epoch.
    timestamp: i64,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: Vec<Definition>,
}

/// Names say the unit where it is not a count.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
}

fn told<'a>(line: &Line, now: Moment, stack: &'a str) -> Told<'a> {
    let mut fields = match serde_json::to_value(line) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    leave_out_what_goes_without_saying(&mut fields);
    let metrics = metrics(line);
    fields.retain(|name, _| metrics.iter().all(|(metric, _)| metric != name));
    Told { fields, embedded: embedded(&metrics, now), metrics, stack }
}

fn embedded(metrics: &[(&'static str, u64)], now: Moment) -> Option<Embedded> {
    let definitions: Vec<_> = metrics.iter().map(|(name, _)| Definition { name }).collect();
    let directive = Directive { namespace: NAMESPACE, dimensions: [[DIMENSION]], metrics: definitions };
    (!metrics.is_empty()).then_some(Embedded { timestamp: now.0, cloud_watch_metrics: [directive] })
}

fn as_map<S: Serializer>(metrics: &[(&'static str, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(metrics.iter().copied())
}

fn leave_out_what_goes_without_saying(fields: &mut Map<String, Value>) {
    let planned = |verdicts: &Vec<Value>| verdicts.iter().all(|verdict| verdict == "planned");
    if fields.get("verdicts").and_then(Value::as_array).is_some_and(planned) {
        fields.remove("verdicts");
    }
    let group = fields.get("group").and_then(Value::as_str).unwrap_or_default();
    let account = fields.get("account").and_then(Value::as_str).unwrap_or_default();
    if group.strip_prefix(account).is_some_and(|rest| rest.starts_with(':')) {
        fields.remove("account");
    }
    if opened_ticket(fields) == fields.get("ticket").and_then(Value::as_str) {
        fields.remove("ticket");
    }
    fields.retain(|name, value| !TOLD_OTHERWISE.contains(&name.as_str()) && !is_nothing(value));
}

/// The ticket that a delivery opened, as told among what it made.
fn opened_ticket(fields: &Map<String, Value>) -> Option<&str> {
    let made = fields.get("made").and_then(Value::as_array)?;
    made.iter().filter_map(Value::as_str).find_map(|made| made.strip_prefix("create_ticket "))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Number(number) => number.as_u64() == Some(0),
        Value::Bool(_) | Value::Object(_) => false,
    }
}

/// What a line counts.
fn metrics(line: &Line) -> Vec<(&'static str, u64)> {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let some = |counted: &[(&'static str, usize)]| {
        let counted = counted.iter().filter(|(_, number)| *number > 0);
        counted.map(|(name, number)| (*name, count(*number))).collect::<Vec<_>>()
    };
    match line {
        Line::Rejected { reason, .. } if is_about_signature(reason) => {
            vec![("rejected", 1), ("rejected_signature", 1)]
        }
        Line::Rejected { .. } => vec![("rejected", 1)],
        Line::Accepted { events, unreadable, .. } => {
            some(&[("events_accepted", *events), ("unreadable_accepted", *unreadable)])
        }
        Line::QueueRefused { .. } => vec![("queue_refused", 1)],
        Line::Delivery(delivered) => vec![("age_ms", delivered.age_ms)],
        Line::Effect(effect) => match (effect.way, effect.outcome) {
            ("lookup", _) => vec![("lookups", 1)],
            (_, "done") => Vec::new(),
            (_, "refused") => vec![("effects_refused", 1)],
            (_, "retry_after") => vec![("effects_retry_after", 1)],
            _ => vec![("effects_unknown", 1)],
        },
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
    use serde_json::json;

    use super::*;

    fn json_line(line: &Line, now: Moment, stack: &str) -> Value {
        serde_json::to_value(told(line, now, stack)).unwrap()
    }

    #[test]
    fn a_line_is_one_object_that_cloudwatch_counts_and_says_nothing_twice() {
        let delivered = Delivered {
            account: "acme".into(),
            group: "acme:direct:7".into(),
            verdicts: vec!["planned"],
            done: 1,
            again: 1,
            why: Some("waits for acme-zendesk".to_owned()),
            made: vec!["create_ticket 35".to_owned()],
            ticket: Some("35".to_owned()),
            age_ms: 450,
            ..Delivered::default()
        };
        let line = json_line(&Line::Delivery(delivered), Moment(1_700_000_000_123), "prod");
        assert_eq!(
            line,
            json!({
                "line": "delivery", "Stack": "prod", "group": "acme:direct:7", "again": 1,
                "why": "waits for acme-zendesk", "made": ["create_ticket 35"], "age_ms": 450,
                "_aws": { "Timestamp": 1_700_000_000_123_i64, "CloudWatchMetrics": [{
                    "Namespace": "Deskbridge", "Dimensions": [["Stack"]],
                    "Metrics": [{ "Name": "age_ms" }]
                }] }
            })
        );
    }

    #[test]
    fn outcomes_are_counted_apart_and_what_was_made_is_told_once() {
        for (way, outcome, counted) in [
            ("send", "done", None),
            ("send", "refused", Some("effects_refused")),
            ("send", "retry_after", Some("effects_retry_after")),
            ("send", "unknown", Some("effects_unknown")),
            ("lookup", "found", Some("lookups")),
            ("lookup", "cannot_tell", Some("lookups")),
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
            let line = Line::Effect(effect);
            assert_eq!(
                metrics(&line),
                counted.map(|name| (name, 1)).into_iter().collect::<Vec<_>>(),
                "{way} {outcome}"
            );
            assert_eq!(is_told_in_delivery(&line), counted.is_none(), "{way} {outcome}");
        }
    }
}
