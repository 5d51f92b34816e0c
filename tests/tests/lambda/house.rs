//! Where the functions live: a queue, a table, a configuration.

use deskbridge_tests::dynamo;
use deskbridge_tests::sqs::{Message, Sqs};
use serde_json::{Value, json};

use crate::function::Function;

pub(crate) const TABLE: &str = "deskbridge";

/// What the bridge and its remote sides know and nobody else may.
pub(crate) const SECRETS: [(&str, &str); 5] = [
    ("APP_SECRET", "demo-app-secret"),
    ("VERIFY_TOKEN", "demo-verify-token"),
    ("PAGE_TOKEN", "demo-page-token"),
    ("ZENDESK_CLIENT_SECRET", "demo-client-secret"),
    ("ZENDESK_WEBHOOK_SECRET", "demo-zendesk-webhook-secret"),
];
/// Those of them that the public door gets to see.
const DOOR_SECRETS: [&str; 3] = ["APP_SECRET", "VERIFY_TOKEN", "ZENDESK_WEBHOOK_SECRET"];

pub(crate) struct House {
    pub(crate) sqs: Sqs,
    pub(crate) table: String,
    /// The table that functions are told of.
    pub(crate) table_name: String,
    config: String,
}

impl House {
    /// A house whose accounts call these addresses.
    pub(crate) async fn build(graph: &str, zendesk: &str) -> Self {
        let table = dynamo::start().await;
        dynamo::create_table(&table, TABLE).await;
        Self { sqs: Sqs::start().await, table, table_name: TABLE.to_owned(), config: config(graph, zendesk) }
    }

    pub(crate) async fn ingress(&self) -> Function {
        let mut variables = self.variables();
        variables.extend(SECRETS.iter().filter(|(name, _)| DOOR_SECRETS.contains(name)).map(owned));
        Function::start("deskbridge-ingress", &variables).await
    }

    pub(crate) async fn relay(&self) -> Function {
        self.behind_the_queue("deskbridge-relay").await
    }

    pub(crate) async fn sweep(&self) -> Function {
        self.behind_the_queue("deskbridge-sweep").await
    }

    async fn behind_the_queue(&self, name: &str) -> Function {
        let mut variables = self.variables();
        variables.push(("AWS_ENDPOINT_URL_DYNAMODB", self.table.clone()));
        variables.push(("DESKBRIDGE_TABLE", self.table_name.clone()));
        variables.extend(SECRETS.iter().map(owned));
        Function::start(name, &variables).await
    }

    /// What every function is told.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL_SQS", self.sqs.url.clone()),
            ("DESKBRIDGE_QUEUE_URL", self.sqs.queue_url()),
            ("DESKBRIDGE_CONFIG", self.config.clone()),
        ]
    }

    /// Hands the relay one batch as an SQS trigger does, and deletes what it is done with. Gives the ids that stay.
    pub(crate) async fn trigger(&self, relay: &Function) -> Vec<String> {
        let batch = self.sqs.receive();
        let answer =
            relay.invoke(json!({ "Records": batch.iter().map(record).collect::<Vec<_>>() })).await.unwrap();
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let stay: Vec<String> =
            failures.iter().map(|one| one["itemIdentifier"].as_str().unwrap().to_owned()).collect();
        for message in batch.iter().filter(|message| !stay.contains(&message.id)) {
            self.sqs.delete(&message.id);
        }
        stay
    }
}

fn owned<'a>((name, value): &(&'a str, &str)) -> (&'a str, String) {
    (name, (*value).to_owned())
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
app_secrets = "env:APP_SECRET"
verify_tokens = "env:VERIFY_TOKEN"
page_token = "env:PAGE_TOKEN"

[accounts.acme-zendesk]
kind = "zendesk"
base_url = "{zendesk}"
client_id = "deskbridge"
client_secret = "env:ZENDESK_CLIENT_SECRET"
webhook_secrets = "env:ZENDESK_WEBHOOK_SECRET"
"#
    )
}
