//! The shipped template: it says the same as its documents, its numbers belong together, and no role may do more than its
//! code needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use deskbridge_engine::REQUEST_DEADLINE;
use deskbridge_tests::template::{of_type, template};
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn one_or_more(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |several| several.iter().collect())
}

/// Allowed actions by function, with the resources of each as text.
fn allowed(template: &Value) -> BTreeMap<(String, String), String> {
    let mut allowed: BTreeMap<(String, String), String> = BTreeMap::new();
    for (role, resource) in of_type(template, "AWS::IAM::Role") {
        let function = role.trim_end_matches("Role").to_lowercase();
        for policy in one_or_more(&resource["Properties"]["Policies"]) {
            for statement in one_or_more(&policy["PolicyDocument"]["Statement"]) {
                // One that depends on a condition stands inside an !If.
                let statement = statement.get("!If").map_or(statement, |choice| &choice[1]);
                assert_eq!(statement["Effect"], "Allow", "{role}");
                for action in one_or_more(&statement["Action"]) {
                    let action = action.as_str().expect("an action").to_owned();
                    allowed
                        .entry((function.clone(), action))
                        .or_default()
                        .push_str(&statement["Resource"].to_string());
                }
            }
        }
    }
    allowed
}

#[test]
fn every_right_is_explained_and_every_explanation_is_a_right() {
    let allowed: BTreeSet<(String, String)> = allowed(&template()).into_keys().collect();
    let mut explained = BTreeSet::new();
    for line in read("docs/iam.md").lines().filter(|line| line.contains("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [function, action, _, why, file] = cells[..] else { panic!("five cells: {line}") };
        assert!(!why.is_empty(), "{line}");
        let file = file.trim_matches('`');
        assert!(root().join(file).is_file(), "{file} is not there: {line}");
        explained.insert((function.to_owned(), action.trim_matches('`').to_owned()));
    }
    assert_eq!(allowed, explained);
}

#[test]
fn no_role_may_more_than_its_own() {
    let allowed = allowed(&template());
    for ((function, action), resources) in &allowed {
        assert!(!action.contains('*'), "{function}: {action}");
        let of_path = resources.matches("/doors/*").count() + resources.matches("/tokens/*").count();
        assert_eq!(resources.matches('*').count(), of_path, "{function} {action}: {resources}");
    }
    let ingress: Vec<_> = allowed.iter().filter(|((function, _), _)| function == "ingress").collect();
    for ((_, action), resources) in ingress {
        assert!(!action.starts_with("dynamodb:") && action != "sqs:ReceiveMessage", "{action}");
        assert!(!resources.contains("tokens"), "the public door must not see tokens: {resources}");
    }
}

#[test]
fn the_numbers_belong_together() {
    let template = template();
    let resource = |name: &str| template["Resources"][name]["Properties"].clone();
    let timeout = resource("Relay")["Timeout"].as_u64().expect("a timeout");
    let visibility = resource("Queue")["VisibilityTimeout"].as_u64().expect("a visibility");
    assert!(6 * timeout <= visibility, "6 x {timeout} s over {visibility} s");
    // A request is only begun while twice its deadline is left: the first one of an invocation must find that much.
    assert!(2 * REQUEST_DEADLINE.as_secs() + 10 < timeout);
    let receives = resource("Queue")["RedrivePolicy"]["maxReceiveCount"].as_u64().expect("a count");
    // Parking comes first: the relay stretches its waiting so that a thousand receives last for two weeks.
    assert_eq!(receives, 1000);
    assert_eq!(resource("RelayTrigger")["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(resource("Table")["TimeToLiveSpecification"]["AttributeName"], "e");
    assert_eq!(resource("Table")["LocalSecondaryIndexes"][0]["IndexName"], deskbridge_aws::BY_AGE);
}

#[test]
fn every_alarm_has_a_runbook_and_every_runbook_an_alarm() {
    let template = template();
    let mut alarms = BTreeSet::new();
    for (name, alarm) in of_type(&template, "AWS::CloudWatch::Alarm") {
        let told = alarm["Properties"]["AlarmName"]["!Sub"].as_str().expect("a name");
        assert!(told.starts_with("${AWS::StackName}-"), "{name} is not named by the stack");
        let description = alarm["Properties"]["AlarmDescription"].as_str().expect("a description");
        let runbook = description.split("infra/runbooks/").nth(1).and_then(|rest| rest.strip_suffix(".md"));
        alarms.insert(runbook.unwrap_or_else(|| panic!("{name} names no runbook")).to_owned());
    }
    let runbooks = fs::read_dir(root().join("infra/runbooks")).expect("runbooks");
    let runbooks: BTreeSet<String> = runbooks
        .map(|entry| entry.expect("a runbook").path())
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(alarms, runbooks);
    for runbook in runbooks {
        let text = read(&format!("infra/runbooks/{runbook}.md"));
        for part in [
            "What it means.",
            "What customers and agents notice.",
            "First look.",
            "What to do.",
            "How it ends.",
        ] {
            assert!(text.contains(part), "{runbook}: {part}");
        }
    }
}

#[test]
fn our_alarms_watch_metrics_that_are_really_emitted() {
    let emitted = read("shared/aws/src/telemetry.rs");
    let text = read("infra/template.yaml");
    let mut watched = 0;
    for (name, alarm) in of_type(&template(), "AWS::CloudWatch::Alarm") {
        let metric = &alarm["Properties"];
        if metric["Namespace"] == "Deskbridge" {
            assert_eq!(metric["Dimensions"], json!([{"Name": "Stack", "Value": {"!Ref": "AWS::StackName"}}]));
            let metric = metric["MetricName"].as_str().expect("a metric");
            assert!(emitted.contains(&format!("\"{metric}\"")), "{name}: nobody emits {metric}");
            watched += 1;
        }
    }
    assert!(watched >= 7, "{watched}");
    let on_dashboard = text.split("DashboardBody").nth(1).expect("a dashboard");
    for metric in ["events_accepted", "effects_refused", "age_ms", "accounts_ill"] {
        assert!(on_dashboard.contains(metric) && emitted.contains(metric), "{metric}");
    }
}

#[test]
fn parameters_and_outputs_explain_themselves() {
    let template = template();
    let groups = &template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    let grouped: BTreeSet<&str> = one_or_more(groups)
        .iter()
        .flat_map(|group| one_or_more(&group["Parameters"]))
        .filter_map(Value::as_str)
        .collect();
    let parameters = template["Parameters"].as_object().expect("parameters");
    assert_eq!(grouped, parameters.keys().map(String::as_str).collect());
    for (name, parameter) in parameters {
        assert!(parameter["Description"].is_string(), "{name} has no description");
        let checked =
            ["AllowedValues", "AllowedPattern", "MinValue"].iter().any(|rule| parameter.get(rule).is_some());
        assert!(checked, "{name} takes anything");
        let needs_words = parameter.get("AllowedPattern").is_some();
        assert!(!needs_words || parameter["ConstraintDescription"].is_string(), "{name}");
    }
    for (name, output) in template["Outputs"].as_object().expect("outputs") {
        assert!(output["Description"].is_string(), "{name} has no description");
    }
    let secret = read("infra/template.yaml").to_lowercase();
    assert!(!secret.contains("noecho"), "a secret must not pass through the template");
}
