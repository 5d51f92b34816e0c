//! What changes while the bridge works: secrets, functions, whole stacks.

use std::collections::BTreeSet;
use std::time::Duration;

use deskbridge_aws::{Cloud, DynamoStore, SystemClock};
use deskbridge_connectors::http::{Answer, Method};
use deskbridge_core::{Conversation, ConversationKey};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{Clock as _, Store as _};
use deskbridge_tests::live::{comment, tickets};
use deskbridge_tests::sign_meta;
use serde_json::{Value, json};

use crate::cli::Cli;
use crate::stack::{PATIENCE, Stack, xtask};
use deskbridge_tests::until;

/// The app secret is changed under load: first both are known, then the platform signs with the new one. Nothing is refused
/// and nothing is lost, without a restart.
pub(crate) async fn rotation(cli: Cli, stack: Stack) {
    let knock = async |nth: usize, secret: &str| {
        let text = format!("rotation {nth:02}");
        let body = comment("1001_100", &format!("100_7{nth:02}"), ("2002", "Omar Haddad"), &text);
        let mut request = stack.door.request(Method::POST, "/hooks/acme-facebook");
        request = request.header("x-hub-signature-256", &sign_meta(secret, &body));
        request.body = body.into();
        match stack.door.send(request).await {
            Answer::Response(answer) => answer.status,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(knock(0, "the-new-secret").await, 401, "not known yet");
    cli.put_secret(&format!("/deskbridge/{}/doors/app-secret-next", stack.name), "the-new-secret").await;
    // A door reads its secrets again when a signature is refused, but not more often than every 20 s.
    until("the new secret opens the door", PATIENCE, async || {
        (knock(1, "the-new-secret").await == 200).then_some(())
    })
    .await;
    for nth in 2..=10 {
        let secret = if nth % 2 == 0 { "demo-app-secret" } else { "the-new-secret" };
        assert_eq!(knock(nth, secret).await, 200, "number {nth}");
    }
    stack.ticket_with(&stack.sites.zendesk, "rotation 10").await;
    stack.drained(&cli).await;
    for nth in 1..=10 {
        assert_eq!(stack.times_said(&stack.sites.zendesk, &format!("rotation {nth:02}")).await, 1);
    }
}

/// The functions are replaced while messages flow.
pub(crate) async fn update(cli: Cli, stack: Stack) {
    let messages = async {
        for nth in 1..=20 {
            stack.comment("1002_200", "2003", &format!("during the update {nth:02}")).await;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    };
    let arguments =
        ["deploy", "--stack", &stack.name, "--region", "us-east-1", "--parameter", "RelayMemory=256"];
    let (_, said) = tokio::join!(messages, xtask(&cli, &arguments));
    assert!(said.contains("is up"), "{said}");
    stack.ticket_with(&stack.sites.freshdesk, "during the update 20").await;
    stack.drained(&cli).await;
    for nth in 1..=20 {
        let times = stack.times_said(&stack.sites.freshdesk, &format!("during the update {nth:02}")).await;
        assert_eq!(times, 1, "number {nth}");
    }
    let function = cli
        .ask(&["lambda", "get-function-configuration", "--function-name", stack.output("RelayFunction")])
        .await;
    assert_eq!(function["MemorySize"], 256);
}

/// What the version before left behind is taken over: its item of a conversation, and its message in the queue.
pub(crate) async fn upgrade(cli: Cli, stack: Stack) {
    let zendesk = &stack.sites.zendesk;
    stack.comment("1001_100", "2002", "Said to the version before").await;
    let ticket = stack.ticket_with(zendesk, "Said to the version before").await;
    stack.drained(&cli).await;

    let store = DynamoStore::new(
        &Cloud::emulated(cli.endpoint()).expect("access"),
        stack.output("TableName").to_owned(),
    )
    .expect("access");
    let (key, ..) = ConversationKey::parse("acme-facebook:post:1001_100:2002").expect("a key");
    let now = store.load_latest(&key).await.expect("the table answers").expect("an item");
    let before = of_the_format_before(&now.bytes);
    assert_eq!(Conversation::decode(&before), Conversation::decode(&now.bytes));
    let next_year = SystemClock.now().plus(Duration::from_secs(365 * 24 * 3600));
    store.save(&key, before, now.version, next_year).await.expect("the item is replaced");

    let message = queued_by_the_version_before(&key, "On its way during the upgrade");
    let (url, group) = (stack.output("QueueUrl"), key.as_str());
    let to = ["sqs", "send-message", "--queue-url", url, "--message-group-id", group];
    let what = ["--message-deduplication-id", "upgrade", "--message-body", &message];
    cli.ask(&[&to[..], &what].concat()).await;
    stack.comment("1001_100", "2002", "Said to this version").await;
    for text in ["On its way during the upgrade", "Said to this version"] {
        assert_eq!(stack.ticket_with(zendesk, text).await.id, ticket.id, "{text}");
    }
    stack.drained(&cli).await;
    let after = store.load_latest(&key).await.expect("the table answers").expect("an item");
    assert_eq!(after.bytes[0], Conversation::FORMAT, "it is written in the new format");
}

/// An item as format 1 has it: without the checksum of format 2.
fn of_the_format_before(bytes: &[u8]) -> Vec<u8> {
    const SUM: usize = 4;
    assert_eq!(bytes[0], 2, "say here what the format before is");
    [&[1], &bytes[1..bytes.len() - SUM]].concat()
}

/// A queue message as format 1 has it: without the trace of format 2.
fn queued_by_the_version_before(key: &ConversationKey, text: &str) -> String {
    let event = json!({
        "v": 1, "id": "5f1d7e84a0b94a6f8d1f0e6a7c3b2d10", "group": key.as_str(), "account": "acme-facebook",
        "received_at": 1_795_000_000_000_u64,
        "cargo": { "event": {
            "id": "feed:before", "at": 1_795_000_000_000_u64,
            "place": { "thread": { "surface": "public", "post": "1001_100", "customer": "2002" } },
            "what": { "message": {
                "id": "100_990", "author": { "id": "2002", "name": "Omar Haddad" }, "text": text,
                "permalink": "https://www.facebook.com/100_990", "parent": "1001_100"
            } }
        } }
    });
    Envelope::decode(&event.to_string()).expect("this version reads it");
    event.to_string()
}

/// A second stack in the same account, with an HTTP API as its door, has its own everything, and goes without a trace but for its table.
pub(crate) async fn second_stack(cli: Cli, stack: Stack, emulator_port: u16) {
    let before = resources(&cli).await;
    let beta = Stack::deploy(&cli, emulator_port, "desk-beta", &["PublicDoor=HttpApi"]).await;
    assert!(beta.output("DoorUrl").contains(".execute-api."), "{}", beta.output("DoorUrl"));
    for output in ["QueueUrl", "DeadLetterQueueUrl", "TableName", "DoorUrl", "RelayFunction"] {
        assert_ne!(stack.output(output), beta.output(output), "{output}");
    }
    beta.comment("1001_100", "2001", "Only for beta").await;
    let ticket = beta.ticket_with(&beta.sites.zendesk, "Only for beta").await;
    beta.agent(&beta.sites.zendesk, "reply", ticket.id, "Beta answers.").await;
    beta.publishes("1001", "Beta answers.").await;
    assert_eq!(stack.times_said(&stack.sites.zendesk, "Only for beta").await, 0);
    let said =
        xtask(&cli, &["destroy", "--stack", "desk-beta", "--region", "us-east-1", "--parameters"]).await;
    assert!(said.contains(beta.output("TableName")), "what is kept is told: {said}");
    let after = until("the stack is gone", PATIENCE, async || {
        let after = resources(&cli).await;
        (!after.iter().any(|one| one.contains("desk-beta") && !one.starts_with("table "))).then_some(after)
    })
    .await;
    let left: Vec<&String> = after.difference(&before).collect();
    assert_eq!(left, [&format!("table {}", beta.output("TableName"))]);
    assert!(before.is_subset(&after), "the other stack has everything that it had");
    stack.comment("1001_100", "2001", "Alpha goes on").await;
    stack.ticket_with(&stack.sites.zendesk, "Alpha goes on").await;
    assert!(tickets(&beta.sites.zendesk).await.iter().all(|ticket| !ticket.has(true, "Alpha goes on")));
}

/// Everything in the account that a stack can leave behind.
async fn resources(cli: &Cli) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut add = |kind: &str, answer: &Value, list: &str, name: &str| {
        for one in answer[list].as_array().into_iter().flatten() {
            let name = if name.is_empty() { one.as_str() } else { one[name].as_str() };
            all.insert(format!("{kind} {}", name.unwrap_or_default()));
        }
    };
    add("function", &cli.ask(&["lambda", "list-functions"]).await, "Functions", "FunctionName");
    let mappings = cli.ask(&["lambda", "list-event-source-mappings"]).await;
    add("trigger", &mappings, "EventSourceMappings", "FunctionArn");
    add("api", &cli.ask(&["apigatewayv2", "get-apis"]).await, "Items", "Name");
    add("queue", &cli.ask(&["sqs", "list-queues"]).await, "QueueUrls", "");
    add("table", &cli.ask(&["dynamodb", "list-tables"]).await, "TableNames", "");
    add("role", &cli.ask(&["iam", "list-roles"]).await, "Roles", "RoleName");
    add("alarm", &cli.ask(&["cloudwatch", "describe-alarms"]).await, "MetricAlarms", "AlarmName");
    add("dashboard", &cli.ask(&["cloudwatch", "list-dashboards"]).await, "DashboardEntries", "DashboardName");
    add("rule", &cli.ask(&["events", "list-rules"]).await, "Rules", "Name");
    add("log group", &cli.ask(&["logs", "describe-log-groups"]).await, "logGroups", "logGroupName");
    add("parameter", &cli.ask(&["ssm", "describe-parameters"]).await, "Parameters", "Name");
    let buckets = cli.ask(&["s3api", "list-buckets"]).await;
    for bucket in buckets["Buckets"].as_array().into_iter().flatten() {
        let name = bucket["Name"].as_str().unwrap_or_default();
        let objects = cli.ask(&["s3api", "list-objects-v2", "--bucket", name]).await;
        add("object", &objects, "Contents", "Key");
    }
    all
}
