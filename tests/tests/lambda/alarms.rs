//! Every alarm on a metric of ours fires: what it is about is brought about, and what the functions then print crosses the
//! threshold that the template sets. What CloudWatch does with it is arithmetic, which is done here as it does it.

use std::collections::BTreeSet;
use std::time::Duration;

use deskbridge_tests::lambda::{Function, STACK, edge, parameter};
use deskbridge_tests::template::{of_type, template};
use deskbridge_tests::until;
use serde_json::{Value, json};

use crate::alone::webhook;
use crate::scene::Scene;

/// An alarm of the template on a metric of ours.
#[derive(Debug)]
struct Alarm {
    name: String,
    metric: String,
    largest: bool,
    threshold: f64,
    or_equal: bool,
}

impl Alarm {
    fn all() -> Vec<Self> {
        let template = template();
        let threshold = |value: &Value| {
            let parameter = value["!Ref"].as_str().map(|name| &template["Parameters"][name]["Default"]);
            parameter.unwrap_or(value).as_f64().expect("a number")
        };
        let ours = of_type(&template, "AWS::CloudWatch::Alarm")
            .filter(|(_, alarm)| alarm["Properties"]["Namespace"] == "Deskbridge");
        ours.map(|(name, alarm)| {
            let alarm = &alarm["Properties"];
            assert_eq!(alarm["EvaluationPeriods"], 1, "{name}");
            Self {
                name: name.to_owned(),
                metric: alarm["MetricName"].as_str().expect("a metric").to_owned(),
                largest: alarm["Statistic"] == "Maximum",
                threshold: threshold(&alarm["Threshold"]),
                or_equal: alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold",
            }
        })
        .collect()
    }

    /// Whether these values, printed within one period, set it off.
    fn fires(&self, printed: &[String]) -> bool {
        let values = printed.iter().filter_map(|line| value(line, &self.metric));
        let value = if self.largest { values.fold(0.0, f64::max) } else { values.sum() };
        if self.or_equal { value >= self.threshold } else { value > self.threshold }
    }
}

/// What CloudWatch reads out of a line of a log.
pub(crate) fn value(line: &str, metric: &str) -> Option<f64> {
    let line: Value = serde_json::from_str(line).ok()?;
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    let told = directive["Metrics"].as_array()?.iter().any(|one| one["Name"] == metric);
    let ours = directive["Namespace"] == "Deskbridge" && directive["Dimensions"] == json!([["Stack"]]);
    (told && ours && line["Stack"] == STACK).then(|| line[metric].as_f64())?
}

/// A quiet day, on which nothing may fire.
async fn quiet_day(scene: &Scene, ingress: &Function, relay: &Function) {
    let answer = ingress.invoke(edge::event(&webhook("demo-app-secret"))).await.unwrap();
    assert_eq!(answer["statusCode"], 200);
    scene.write("7", "quiet");
    assert_eq!(scene.house.trigger(relay).await, [""; 0], "{:?}", relay.output());
    assert_eq!(scene.tickets_with("quiet"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_alarm_on_a_metric_of_ours_fires_when_it_should_and_not_before() {
    let scene = Scene::open().await;
    let (ingress, relay, sweep) =
        (scene.house.ingress().await, scene.house.relay().await, scene.house.sweep().await);
    quiet_day(&scene, &ingress, &relay).await;
    assert_eq!(sweep.invoke(json!({})).await.unwrap()["failing"], json!([]));
    let printed = |functions: &[&Function]| -> Vec<String> {
        functions.iter().flat_map(|function| function.output()).collect()
    };
    let quiet = printed(&[&ingress, &relay, &sweep]);
    let early: Vec<String> =
        Alarm::all().into_iter().filter(|one| one.fires(&quiet)).map(|one| one.name).collect();
    assert_eq!(early, [""; 0]);

    // WrongSignaturesAlarm, QueueRefusedAlarm
    for _ in 0..20 {
        ingress.invoke(edge::event(&webhook("guessed"))).await.unwrap();
    }
    scene.house.sqs.set_down(true);
    ingress.invoke(edge::event(&webhook("demo-app-secret"))).await.unwrap();
    scene.house.sqs.set_down(false);

    // QuarantineAlarm
    scene.house.sqs.put("acme-facebook:direct:8", "nothing that anybody can read");
    scene.house.trigger(&relay).await;

    // GivenUpAlarm: a ticket that the helpdesk refuses for good
    let create =
        |kind: Value| json!({ "method": "POST", "path": "/api/v2/tickets", "kind": kind, "times": 0 });
    let invalid = json!({ "error": "RecordInvalid", "description": "Record validation errors" });
    scene.fault(&scene.zendesk, &create(json!({ "status": { "code": 422, "body": invalid } })));
    scene.write("9", "refused for good");
    scene.house.trigger(&relay).await;
    scene.mend(&scene.zendesk);

    // UnansweredAlarm
    scene.fault(&scene.zendesk, &create(json!("lost_after")));
    for customer in 20..30 {
        scene.write(&customer.to_string(), &format!("unanswered {customer}"));
    }
    scene.house.trigger(&relay).await;
    scene.mend(&scene.zendesk);

    // FaultsAlarm
    scene.house.table.refuse("DynamoDB", "ProvisionedThroughputExceededException");
    scene.house.trigger(&relay).await;
    scene.house.table.relent();

    // AccountsAlarm: a token that died
    scene.house.parameters.put(&parameter("tokens/page"), "an-old-token");
    let swept = scene.house.sweep().await;
    swept.invoke(json!({})).await.unwrap();

    // What a function prints last is read a moment after its answer.
    let all_fire = async || {
        let printed = printed(&[&ingress, &relay, &sweep, &swept]);
        let silent: BTreeSet<String> =
            Alarm::all().into_iter().filter(|one| !one.fires(&printed)).map(|one| one.name).collect();
        if !silent.is_empty() {
            println!("not yet: {silent:?}");
        }
        silent.is_empty().then_some(())
    };
    until("every alarm fires", Duration::from_secs(20), all_fire).await;
}
