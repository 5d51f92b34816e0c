//! Bad days: outages, bursts, poison, dead letters.

use std::time::Duration;

use deskbridge_connectors::http::Method;
use deskbridge_tests::live::{comment, knock, list, tickets};
use serde_json::{Value, json};

use crate::cli::Cli;
use crate::stack::{PATIENCE, Stack, xtask};
use deskbridge_tests::until;

/// Twelve messages while the helpdesk asks to wait: each stands in the one ticket once, in order, in fewer updates than messages.
pub(crate) async fn burst(cli: Cli, stack: Stack) {
    let busy = json!({ "kind": { "throttle": { "retry_after_s": 1 } }, "times": 0 });
    stack.sites.zendesk.give(Method::POST, "/_sandbox/faults", &busy).await;
    let texts: Vec<String> = (1..=12).map(|nth| format!("burst line {nth:02}")).collect();
    for (nth, text) in texts.iter().enumerate() {
        let id = format!("100_8{nth:02}");
        let body = comment("1001_100", &id, ("2002", "Omar Haddad"), text);
        assert_eq!(knock(&stack.door, "acme-facebook", &body).await, 200);
    }
    let zendesk = &stack.sites.zendesk;
    zendesk.ask(zendesk.request(Method::DELETE, "/_sandbox/faults")).await;
    let ticket = stack.ticket_with(zendesk, &texts[11]).await;
    stack.drained(&cli).await;
    let ticket = tickets(zendesk).await.into_iter().find(|one| one.id == ticket.id).expect("the ticket");
    let whole: String = ticket.entries.iter().map(|entry| entry.text.clone() + "\n").collect();
    let places: Vec<usize> = texts.iter().filter_map(|text| whole.find(text.as_str())).collect();
    assert_eq!(places.len(), texts.len(), "{whole}");
    assert!(places.is_sorted(), "{whole}");
    for text in &texts {
        assert_eq!(stack.times_said(zendesk, text).await, 1, "{text}");
    }
    let with_burst = ticket.entries.iter().filter(|entry| entry.text.contains("burst line")).count();
    assert!(with_burst < texts.len(), "{with_burst} updates for {} messages", texts.len());
}

/// The helpdesk is away for a while: what comes meanwhile waits, and arrives in order.
pub(crate) async fn outage(cli: Cli, stack: Stack) {
    let freshdesk = &stack.sites.freshdesk;
    let away = json!({ "kind": { "status": { "code": 503 } }, "times": 0 });
    freshdesk.give(Method::POST, "/_sandbox/faults", &away).await;
    stack.comment("1002_200", "2004", "First while it was away").await;
    // Two webhooks on their way at once may overtake each other before they reach any door.
    until("the first is in the queue", PATIENCE, async || {
        (stack.depth(&cli, "QueueUrl").await > 0).then_some(())
    })
    .await;
    stack.comment("1002_200", "2004", "Second while it was away").await;
    until("the relay has met the outage", PATIENCE, async || {
        let lines = stack.lines(&cli, "relay").await;
        lines.iter().any(|line| line["again"].as_u64().is_some()).then_some(())
    })
    .await;
    freshdesk.ask(freshdesk.request(Method::DELETE, "/_sandbox/faults")).await;
    let ticket = stack.ticket_with(freshdesk, "Second while it was away").await;
    let whole: String = ticket.entries.iter().map(|entry| entry.text.clone()).collect();
    assert!(whole.find("First while") < whole.find("Second while"), "{whole}");
    stack.drained(&cli).await;
    assert_eq!(stack.times_said(freshdesk, "First while it was away").await, 1);
}

/// Something in the queue that no version can read is set aside, and delays nobody: not even its own conversation.
pub(crate) async fn poison(cli: Cli, stack: Stack) {
    let group = "acme-facebook:post:1001_100:2001";
    for (nth, poison) in ["{not json", "{\"v\":1}"].iter().enumerate() {
        let id = format!("poison-{nth}");
        let mut send = vec!["sqs", "send-message", "--queue-url", stack.output("QueueUrl")];
        send.extend([
            "--message-group-id",
            group,
            "--message-deduplication-id",
            &id,
            "--message-body",
            poison,
        ]);
        cli.ask(&send).await;
        stack.comment("1001_100", "2001", &format!("Good one {nth} after poison")).await;
    }
    stack.ticket_with(&stack.sites.zendesk, "Good one 1 after poison").await;
    stack.drained(&cli).await;
    assert_eq!(stack.depth(&cli, "DeadLetterQueueUrl").await, 0);
    let listed = stack.operate(&cli, &json!({ "list": "quarantine" })).await;
    let records = list(&listed["records"]);
    assert_eq!(records.len(), 2, "{listed}");
    assert!(records.iter().all(|record| record["reason"].as_str().is_some_and(|why| !why.is_empty())));
    let put_back = stack.operate(&cli, &json!({ "put_back": "quarantine" })).await;
    let left = list(&put_back["records"]).iter().filter(|record| record["left"].is_string()).count();
    assert_eq!(left, 2, "what is still not understood stays: {put_back}");
}

/// What cannot be delivered for too often becomes a dead letter, and is delivered once it is put back.
pub(crate) async fn dead_letters(cli: Cli, stack: Stack) {
    let zendesk = &stack.sites.zendesk;
    receive_at_most(&cli, &stack, 1).await;
    let away = json!({ "kind": { "status": { "code": 503 } }, "times": 0 });
    zendesk.give(Method::POST, "/_sandbox/faults", &away).await;
    stack.message("1001", "3002", "Nobody hears me").await;
    until("it is a dead letter", Duration::from_secs(90), async || {
        (stack.depth(&cli, "DeadLetterQueueUrl").await == 1).then_some(())
    })
    .await;
    zendesk.ask(zendesk.request(Method::DELETE, "/_sandbox/faults")).await;
    receive_at_most(&cli, &stack, 1000).await;
    assert_eq!(stack.times_said(zendesk, "Nobody hears me").await, 0);
    let said = xtask(&cli, &["redrive", "--stack", &stack.name, "--region", "us-east-1"]).await;
    assert!(said.contains("1 dead letters are back"), "{said}");
    stack.ticket_with(zendesk, "Nobody hears me").await;
    stack.drained(&cli).await;
    assert_eq!(stack.depth(&cli, "DeadLetterQueueUrl").await, 0);
    assert_eq!(stack.times_said(zendesk, "Nobody hears me").await, 1);
}

async fn receive_at_most(cli: &Cli, stack: &Stack, times: u32) {
    let dead = stack.output("DeadLetterQueueArn");
    let policy = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": times.to_string() }).to_string();
    let attributes = json!({ "RedrivePolicy": policy }).to_string();
    let set =
        ["sqs", "set-queue-attributes", "--queue-url", stack.output("QueueUrl"), "--attributes", &attributes];
    cli.ask(&set).await;
}

/// What the sweep answers.
pub(crate) async fn sweep(cli: Cli, stack: Stack) {
    let swept: Value = stack.operate(&cli, &json!({ "source": "aws.events" })).await;
    assert_eq!(list(&swept["working"]).len(), 4, "{swept}");
    assert_eq!(list(&swept["failing"]).len(), 0, "{swept}");
    let lines = stack.lines(&cli, "sweep").await;
    assert!(lines.iter().any(|line| line["line"] == "swept" && line["accounts_ill"] == 0), "{lines:?}");
}
