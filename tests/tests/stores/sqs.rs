//! The queue on SQS, against a stand-in that keeps its limits.

use std::time::Duration;

use deskbridge_aws::{Cloud, SqsQueue};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::Queue;
use deskbridge_tests::sqs::Sqs;

use crate::queue_contract;

async fn start() -> (Sqs, SqsQueue) {
    let sqs = Sqs::start().await;
    let queue = SqsQueue::new(&Cloud::emulated(&sqs.url).unwrap(), sqs.queue_url()).unwrap();
    (sqs, queue)
}

#[tokio::test]
async fn sqs_keeps_the_contract() {
    let (sqs, queue) = start().await;
    queue.warm_up().await.unwrap();
    let received = async || {
        sqs.messages().iter().map(|message| Envelope::decode(&message.body).unwrap()).collect::<Vec<_>>()
    };
    queue_contract::queue(&queue, received).await;
    // 25 envelopes by tens; 6 again; three long ones, of which two fit into a call.
    assert_eq!(sqs.calls(), 3 + 1 + 2);
    assert!(sqs.messages().iter().all(|message| message.body.is_ascii()));
}

#[tokio::test]
async fn what_sqs_refuses_is_sent_once_more_and_then_reported() {
    let (sqs, queue) = start().await;
    let envelopes: Vec<Envelope> =
        (0..4).map(|at| queue_contract::envelope("7", &at.to_string(), "{}")).collect();
    sqs.refuse(2);
    assert_eq!(queue.send(&envelopes).await, Ok(()));
    assert_eq!((sqs.messages().len(), sqs.calls()), (4, 2));

    sqs.refuse(usize::MAX);
    let fault = queue.send(&[queue_contract::envelope("7", "new", "{}")]).await.unwrap_err();
    assert_eq!(fault.to_string(), "sending to the queue failed: 1 of 1 messages refused: InternalError");
    sqs.set_down(true);
    let fault = queue.send(&envelopes).await.unwrap_err();
    assert_eq!(fault.to_string(), "sending to the queue failed: InternalError");
}

#[tokio::test]
async fn a_message_larger_than_sqs_takes_is_a_fault_that_says_so() {
    let (sqs, queue) = start().await;
    let fault =
        queue.send(&[queue_contract::envelope("7", "huge", &"x".repeat(1_100_000))]).await.unwrap_err();
    assert_eq!(fault.why, "BatchRequestTooLong");
    assert_eq!(sqs.messages(), []);
}

#[tokio::test]
async fn messages_are_postponed_within_the_limit_of_sqs() {
    let (sqs, queue) = start().await;
    let waits: Vec<(String, Duration)> =
        (0..11).map(|at| (format!("r{at}"), Duration::from_millis(1_500))).collect();
    let mut waits: Vec<(&str, Duration)> =
        waits.iter().map(|(receipt, wait)| (receipt.as_str(), *wait)).collect();
    waits[10].1 = Duration::from_secs(14 * 24 * 3600);
    assert_eq!(queue.postpone(&waits).await, Ok(()));
    let postponed = sqs.postponed();
    assert_eq!((postponed["r0"], postponed["r9"], postponed["r10"]), (2, 2, 11 * 3600));
    assert_eq!(sqs.calls(), 2);
}
