//! Where the functions live: a queue, a table, configuration and secrets in the Parameter Store.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::dynamo;
use crate::lambda::{Function, binaries};
use crate::meter::Meter;
use crate::parameters::Parameters;
use crate::sqs::{Message, Sqs};

/// The name of the table.
pub const TABLE: &str = "deskbridge";
/// The stack that the functions believe to be of.
pub const STACK: &str = "desk";

/// What the bridge and its remote sides know and nobody else may, by the parameter that holds it.
pub const SECRETS: [(&str, &str); 5] = [
    ("doors/app-secret", "demo-app-secret"),
    ("doors/verify-token", "demo-verify-token"),
    ("doors/zendesk-webhook", "demo-zendesk-webhook-secret"),
    ("tokens/page", "demo-page-token"),
    ("tokens/zendesk", "demo-client-secret"),
];

/// A place for functions.
pub struct House {
    /// The queue.
    pub sqs: Sqs,
    /// Configuration and secrets.
    pub parameters: Parameters,
    /// The table, behind a meter.
    pub table: Meter,
    /// The table that functions are told of.
    pub table_name: String,
    /// The folder of the functions' binaries.
    pub binaries: PathBuf,
}

impl House {
    /// A house whose accounts call these addresses, with binaries built beside the test.
    pub async fn build(graph: &str, zendesk: &str) -> Self {
        Self::of(binaries().await, graph, zendesk).await
    }

    /// The same, with binaries from this folder.
    pub async fn of(binaries: PathBuf, graph: &str, zendesk: &str) -> Self {
        let table = dynamo::start().await;
        dynamo::create_table(&table, TABLE).await;
        let parameters = Parameters::start().await;
        for (name, value) in SECRETS {
            parameters.put(&parameter(name), value);
        }
        parameters.put(&parameter("config"), &config(graph, zendesk));
        let (sqs, table) = (Sqs::start().await, Meter::before(&table).await);
        Self { sqs, parameters, table, table_name: TABLE.to_owned(), binaries }
    }

    /// Starts the public door.
    pub async fn ingress(&self) -> Function {
        self.start("deskbridge-ingress").await
    }

    /// Starts the relay.
    pub async fn relay(&self) -> Function {
        self.start("deskbridge-relay").await
    }

    /// Starts the sweep.
    pub async fn sweep(&self) -> Function {
        self.start("deskbridge-sweep").await
    }

    async fn start(&self, name: &str) -> Function {
        Function::start(&self.binaries.join(name), &self.variables()).await
    }

    /// What every function is told.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL_SQS", self.sqs.url.clone()),
            ("AWS_ENDPOINT_URL_SSM", self.parameters.url.clone()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.table.url.clone()),
            ("DESKBRIDGE_STACK", STACK.to_owned()),
            ("DESKBRIDGE_QUEUE_URL", self.sqs.queue_url()),
            ("DESKBRIDGE_TABLE", self.table_name.clone()),
            ("DESKBRIDGE_CONFIG_PARAMETER", parameter("config")),
        ]
    }

    /// Hands the relay one batch as an SQS trigger does, and deletes what it is done with. Gives the ids that stay.
    pub async fn trigger(&self, relay: &Function) -> Vec<String> {
        let batch = self.sqs.receive();
        let answer = relay.invoke(records(&batch)).await.expect("the relay answers");
        let failures = answer["batchItemFailures"].as_array().expect("failures");
        let stay: Vec<String> = failures
            .iter()
            .map(|one| one["itemIdentifier"].as_str().expect("an identifier").to_owned())
            .collect();
        for message in batch.iter().filter(|message| !stay.contains(&message.id)) {
            self.sqs.delete(&message.id);
        }
        stay
    }
}

/// The full name of a parameter of the house.
#[must_use]
pub fn parameter(name: &str) -> String {
    format!("/deskbridge/{STACK}/{name}")
}

/// The event of an SQS trigger.
#[must_use]
pub fn records(batch: &[Message]) -> Value {
    json!({ "Records": batch.iter().map(record).collect::<Vec<_>>() })
}

fn record(message: &Message) -> Value {
    json!({
        "messageId": message.id,
        "receiptHandle": format!("receipt-{}", message.id),
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": message.receives.to_string(), "SentTimestamp": "1523232000000",
            "SequenceNumber": "20063137334", "MessageGroupId": message.group, "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "MessageDeduplicationId": "1", "ApproximateFirstReceiveTimestamp": "1523232000001"
        },
        "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:deskbridge.fifo", "awsRegion": "eu-central-1"
    })
}

fn config(graph: &str, zendesk: &str) -> String {
    format!(
        r#"
[accounts.acme-facebook]
kind = "facebook"
helpdesk = "acme-zendesk"
page_id = "1001"
base_url = "{graph}"
app_secrets = "ssm:/deskbridge/desk/doors/app-secret"
verify_tokens = "ssm:/deskbridge/desk/doors/verify-token"
page_token = "ssm:/deskbridge/desk/tokens/page"

[accounts.acme-zendesk]
kind = "zendesk"
base_url = "{zendesk}"
client_id = "deskbridge"
client_secret = "ssm:/deskbridge/desk/tokens/zendesk"
webhook_secrets = "ssm:/deskbridge/desk/doors/zendesk-webhook"
"#
    )
}
