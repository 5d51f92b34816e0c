//! The alarm on what came in and is neither done, nor waiting, nor kept: its arithmetic, over what the doors print and what
//! SQS counts.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbridge_tests::lambda::{Function, edge};
use deskbridge_tests::template::template;
use deskbridge_tests::until;
use serde_json::Value;

use crate::alarms::value;
use crate::alone::webhook;
use crate::scene::Scene;

/// The alarm's expression with these values: `MAX([a + b, c]) - d - e`, each as `FILL(name, 0)`.
fn evaluate(expression: &str, values: &BTreeMap<String, usize>) -> f64 {
    let plain = expression.replace(", 0)", ")");
    let value = |term: &str| {
        let name = term.trim().strip_prefix("FILL(").and_then(|rest| rest.strip_suffix(')'));
        let name = name.unwrap_or_else(|| panic!("{term:?} has another form: teach this test"));
        values.get(name).map_or_else(|| panic!("{name} is no metric of the alarm"), |value| *value as f64)
    };
    let (most, less) = plain.strip_prefix("MAX([").and_then(|rest| rest.split_once("])")).expect("the form");
    let sums = most.split(", ").map(|sum| sum.split(" + ").map(value).sum::<f64>());
    let less = less.split(" - ").skip(1).map(value);
    sums.fold(0.0, f64::max) - less.sum::<f64>()
}

/// What the alarm sees: what it asks CloudWatch for, by the ids that it gives.
fn seen(
    alarm: &Value,
    scene: &Scene,
    ingress: &Function,
    sent_counts_known: bool,
) -> BTreeMap<String, usize> {
    let traffic = scene.house.sqs.traffic();
    let doors = |metric: &str| {
        let lines = ingress.output();
        lines.iter().filter_map(|line| value(line, metric)).sum::<f64>() as usize
    };
    let mut values = BTreeMap::new();
    for one in alarm["Metrics"].as_array().expect("metrics") {
        let Some(metric) = one["MetricStat"]["Metric"].as_object() else { continue };
        let dead = metric["Dimensions"].to_string().contains("DeadLetters");
        let value = match metric["MetricName"].as_str().expect("a name") {
            ours @ ("events_accepted" | "unreadable_accepted") => doors(ours),
            // Whether messages that the queue knows already count as sent is not documented.
            "NumberOfMessagesSent" if sent_counts_known => traffic.sent + traffic.known,
            "NumberOfMessagesSent" => traffic.sent,
            "NumberOfMessagesDeleted" => traffic.deleted,
            "NumberOfDeduplicatedSentMessages" => traffic.known,
            "ApproximateNumberOfMessagesVisible" if dead => 0,
            "ApproximateNumberOfMessagesVisible" => scene.house.sqs.messages().len(),
            "ApproximateNumberOfMessagesNotVisible" => 0,
            other => panic!("nobody counts {other} here"),
        };
        values.insert(one["Id"].as_str().expect("an id").to_owned(), value);
    }
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_queue_unseen_sets_off_an_alarm_and_nothing_else_does() {
    let template = template();
    let alarm = &template["Resources"]["UnaccountedAlarm"]["Properties"];
    let expression = alarm["Metrics"][0]["Expression"].as_str().expect("an expression");
    let threshold = alarm["Threshold"].as_f64().expect("a number");
    let scene = Scene::open().await;
    let (ingress, relay) = (scene.house.ingress().await, scene.house.relay().await);
    let knock = async || {
        let answer = ingress.invoke(edge::event(&webhook("demo-app-secret"))).await.unwrap();
        assert_eq!(answer["statusCode"], 200);
    };
    let unaccounted =
        |sent_counts_known| evaluate(expression, &seen(alarm, &scene, &ingress, sent_counts_known));

    // A quiet day: ten times the same webhook, of which the queue takes one, and others; some done, some waiting.
    for _ in 0..10 {
        knock().await;
    }
    for customer in 0..12 {
        scene.write(&customer.to_string(), "quiet");
    }
    scene.house.trigger(&relay).await;
    let printed = async || (ingress.output().len() >= 10).then_some(());
    until("the door has printed", Duration::from_secs(10), printed).await;
    for sent_counts_known in [false, true] {
        let difference = unaccounted(sent_counts_known);
        assert!(difference <= 0.0, "{difference}: {:?}", seen(alarm, &scene, &ingress, sent_counts_known));
    }

    // Somebody else takes messages away: none is deleted by the relay, none waits.
    scene.house.trigger(&relay).await;
    assert_eq!(scene.house.sqs.messages(), []);
    for customer in 0..20 {
        scene.write(&customer.to_string(), "taken away");
    }
    scene.house.sqs.clear();
    for sent_counts_known in [false, true] {
        assert!(unaccounted(sent_counts_known) > threshold);
    }
}

#[test]
fn a_door_that_says_200_without_its_queue_sets_it_off() {
    let template = template();
    let alarm = &template["Resources"]["UnaccountedAlarm"]["Properties"];
    let expression = alarm["Metrics"][0]["Expression"].as_str().expect("an expression");
    let of = |events: usize, sent: usize, deleted: usize| {
        let mut values: BTreeMap<String, usize> =
            ["unreadable", "known", "waiting", "in_hand", "dead"].map(|name| (name.to_owned(), 0)).into();
        values.extend(
            [("events", events), ("sent", sent), ("deleted", deleted)]
                .map(|(name, value)| (name.to_owned(), value)),
        );
        evaluate(expression, &values)
    };
    assert_eq!(of(20, 0, 0), 20.0);
    assert_eq!(of(20, 25, 25), 0.0, "the relay sends to itself, too");
    assert_eq!(of(20, 25, 19), 6.0);
}
