//! One stack with the sites around it: deployed by the command that users deploy with.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbridge_connectors::http::Method;
use deskbridge_tests::live::{Site, Sites, StandIns, Ticket, published, tickets};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::cli::{Cli, environment};
use crate::forward::Forward;
use deskbridge_tests::until;

/// How long something may take. A batch whose function is replaced in the middle of it comes back after the queue's visibility
/// timeout of six minutes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(480);

/// A deployed stack. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) sites: Sites,
    /// The public door, as customers' platforms reach it.
    pub(crate) door: Site,
    outputs: Value,
    _stand_ins: Arc<StandIns>,
}

impl Stack {
    /// Serves stand-ins, writes configuration and secrets, and deploys with these parameters of the template.
    pub(crate) async fn deploy(cli: &Cli, emulator_port: u16, name: &str, parameters: &[&str]) -> Self {
        let forward = Forward::listen(emulator_port).await;
        let stand_ins = StandIns::serve(forward.port()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("bridge.toml");
        std::fs::write(&config, self::config(name, &stand_ins.urls)).expect("the configuration");
        for (secret, value) in SECRETS {
            cli.put_secret(&format!("/deskbridge/{name}/{secret}"), value).await;
        }
        let config = config.to_string_lossy().into_owned();
        let deploy = ["deploy", "--stack", name, "--region", "us-east-1", "--config", &config];
        // The emulator knows no alarms over several metrics.
        let parameters = parameters.iter().chain(&["UnaccountedMessagesAlarm=false"]);
        let parameters = parameters.flat_map(|parameter| ["--parameter", parameter]);
        xtask(cli, &deploy.into_iter().chain(parameters).collect::<Vec<_>>()).await;
        let stack = cli.ask(&["cloudformation", "describe-stacks", "--stack-name", name]).await;
        let outputs = stack["Stacks"][0]["Outputs"].clone();
        let stack = Self {
            name: name.to_owned(),
            sites: stand_ins.sites.clone(),
            door: Site::at(forward.port()),
            outputs,
            _stand_ins: Arc::new(stand_ins),
        };
        forward.lead_to(stack.output("DoorUrl").parse().expect("the door's address"));
        until("the door is open", PATIENCE, async || {
            (stack.door.get("/healthz").await == (200, "ok".to_owned())).then_some(())
        })
        .await;
        stack
    }

    /// An output of the stack.
    pub(crate) fn output(&self, name: &str) -> &str {
        let rows = self.outputs.as_array().map(Vec::as_slice).unwrap_or_default();
        let row = rows.iter().find(|row| row["OutputKey"] == name);
        row.and_then(|row| row["OutputValue"].as_str()).unwrap_or_else(|| panic!("no output {name}"))
    }

    /// A customer comments under a post; the platform tells the door.
    pub(crate) async fn comment(&self, on: &str, person: &str, text: &str) {
        let act = json!({ "do": "comment", "on": on, "person": person, "text": text });
        self.sites.graph.give(Method::POST, "/_sandbox/act", &act).await;
    }

    /// A customer writes to a page in Messenger.
    pub(crate) async fn message(&self, page: &str, person: &str, text: &str) {
        let act = json!({ "do": "message", "page": page, "person": person, "text": text });
        self.sites.graph.give(Method::POST, "/_sandbox/act", &act).await;
    }

    /// An agent does something in a helpdesk.
    pub(crate) async fn agent(&self, helpdesk: &Site, deed: &str, ticket: u64, text: &str) {
        let act = json!({ "do": deed, "ticket": ticket, "text": text });
        helpdesk.give(Method::POST, "/_sandbox/act", &act).await;
    }

    /// Waits for the ticket in which a customer says this.
    pub(crate) async fn ticket_with(&self, helpdesk: &Site, text: &str) -> Ticket {
        until(&format!("a ticket says {text:?}"), PATIENCE, async || {
            tickets(helpdesk).await.into_iter().find(|ticket| ticket.has(true, text))
        })
        .await
    }

    /// Waits until a page has published this.
    pub(crate) async fn publishes(&self, page: &str, text: &str) {
        until(&format!("page {page} publishes {text:?}"), PATIENCE, async || {
            published(&self.sites.graph, page).await.iter().any(|one| one == text).then_some(())
        })
        .await;
    }

    /// How often something stands in the tickets of a helpdesk.
    pub(crate) async fn times_said(&self, helpdesk: &Site, text: &str) -> usize {
        let all = tickets(helpdesk).await;
        let entries = all.iter().flat_map(|ticket| &ticket.entries);
        entries.filter(|entry| entry.public).map(|entry| entry.text.matches(text).count()).sum()
    }

    /// Waits until nothing is in the queue.
    pub(crate) async fn drained(&self, cli: &Cli) {
        until("the queue is empty", PATIENCE, async || {
            (self.depth(cli, "QueueUrl").await == 0).then_some(())
        })
        .await;
    }

    /// How many messages a queue holds, visible or not.
    pub(crate) async fn depth(&self, cli: &Cli, queue: &str) -> u64 {
        let names = "ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible";
        let mut ask =
            vec!["sqs", "get-queue-attributes", "--queue-url", self.output(queue), "--attribute-names"];
        ask.extend(names.split(' '));
        let answer = cli.ask(&ask).await;
        let number =
            |name: &str| answer["Attributes"][name].as_str().and_then(|text| text.parse::<u64>().ok());
        names.split(' ').filter_map(number).sum()
    }

    /// Invokes the sweep function with this event; gives its answer.
    pub(crate) async fn operate(&self, cli: &Cli, event: &Value) -> Value {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("answer.json");
        let (file, event) = (file.to_string_lossy().into_owned(), event.to_string());
        let mut ask = vec!["lambda", "invoke", "--function-name", self.output("SweepFunction")];
        ask.extend(["--payload", &event, &file]);
        cli.ask(&ask).await;
        let answer = std::fs::read_to_string(Path::new(&file)).expect("an answer");
        serde_json::from_str(&answer).unwrap_or(Value::Null)
    }

    /// The lines of telemetry that a function wrote so far.
    pub(crate) async fn lines(&self, cli: &Cli, function: &str) -> Vec<Value> {
        let group = format!("/deskbridge/{}/{function}", self.name);
        let fallback = format!("/aws/lambda/{}-{function}", self.name);
        let mut lines = Vec::new();
        for group in [group, fallback] {
            let answer = cli.try_ask(&["logs", "filter-log-events", "--log-group-name", &group]).await;
            let events =
                answer.ok().and_then(|answer| answer["events"].as_array().cloned()).unwrap_or_default();
            let messages = events.iter().filter_map(|event| event["message"].as_str());
            lines.extend(messages.flat_map(str::lines).filter_map(|line| serde_json::from_str(line).ok()));
        }
        lines
    }

    /// The last lines of all functions, for somebody who looks for a reason.
    pub(crate) async fn last_lines(&self, cli: &Cli, most: usize) -> String {
        let mut text = String::new();
        for function in ["ingress", "relay", "sweep"] {
            let lines = self.lines(cli, function).await;
            for line in &lines[lines.len().saturating_sub(most)..] {
                text.push_str(&format!("{function}: {line}\n"));
            }
        }
        text
    }
}

const SECRETS: [(&str, &str); 8] = [
    ("doors/app-secret", "demo-app-secret"),
    ("doors/app-secret-next", "not-yet-in-use"),
    ("doors/verify-token", "demo-verify-token"),
    ("doors/zendesk-webhook", "demo-zendesk-webhook-secret"),
    ("doors/freshdesk-hook", "demo-freshdesk-hook-key"),
    ("tokens/page", "demo-page-token"),
    ("tokens/zendesk", "demo-client-secret"),
    ("tokens/freshdesk", "demo-bridge-key"),
];

fn config(name: &str, [zendesk, freshdesk, graph]: &[String; 3]) -> String {
    let page = |account: &str, helpdesk: &str, page: u32| {
        format!(
            r#"
[accounts.{account}]
kind = "facebook"
helpdesk = "{helpdesk}"
page_id = "{page}"
base_url = "{graph}"
app_secrets = ["ssm:/deskbridge/{name}/doors/app-secret", "ssm:/deskbridge/{name}/doors/app-secret-next"]
verify_tokens = "ssm:/deskbridge/{name}/doors/verify-token"
page_token = "ssm:/deskbridge/{name}/tokens/page"
"#
        )
    };
    let helpdesks = format!(
        r#"
[accounts.acme-zendesk]
kind = "zendesk"
base_url = "{zendesk}"
client_id = "deskbridge"
client_secret = "ssm:/deskbridge/{name}/tokens/zendesk"
webhook_secrets = "ssm:/deskbridge/{name}/doors/zendesk-webhook"

[accounts.globex-freshdesk]
kind = "freshdesk"
base_url = "{freshdesk}"
api_key = "ssm:/deskbridge/{name}/tokens/freshdesk"
webhook_keys = "ssm:/deskbridge/{name}/doors/freshdesk-hook"
"#
    );
    let acme = page("acme-facebook", "acme-zendesk", 1001);
    format!("{acme}{}{helpdesks}", page("globex-facebook", "globex-freshdesk", 1002))
}

/// Runs the command that users deploy with.
pub(crate) async fn xtask(cli: &Cli, arguments: &[&str]) -> String {
    let program = std::env::var("DESKBRIDGE_XTASK").expect("run this with cargo xtask test-aws");
    let mut command = Command::new(program);
    let output = command.args(arguments).envs(environment(cli.endpoint())).output().await.expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "xtask {}: {said}\n{why}", arguments.join(" "));
    said
}
