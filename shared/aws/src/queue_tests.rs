//! What is made of what SQS answers.

use super::*;
use crate::json_api::scripted::{Act, Server};
use deskbridge_core::Moment;
use deskbridge_engine::Cargo;

#[test]
fn batches_respect_both_limits() {
    let mib = BATCH_BYTES_MAX;
    for (sizes, fitting) in [
        (vec![1], 1),
        (vec![1; 10], 10),
        (vec![1; 11], 10),
        (vec![mib / 2, mib / 2, 1], 2),
        (vec![mib, 1], 1),
        // Too large for SQS: sent alone, refused alone.
        (vec![mib + 1, 1], 1),
    ] {
        assert_eq!(first_batch(sizes.iter().copied()), fitting, "{sizes:?}");
    }
}

fn envelope() -> Envelope {
    Envelope {
        v: Envelope::FORMAT,
        id: "1".to_owned(),
        group: "acme:direct:7".to_owned(),
        account: "acme".to_owned(),
        received_at: Moment(2),
        trace: String::new(),
        cargo: Cargo::Unreadable { why: String::new(), body: String::new(), piece: None },
    }
}

async fn queue(script: &[Act]) -> (SqsQueue, Server) {
    let server = Server::start(script).await;
    let queue = SqsQueue::new(&Cloud::emulated(&server.url).unwrap(), "https://sqs/1/q.fifo".to_owned());
    (queue.unwrap(), server)
}

#[tokio::test]
async fn only_what_cannot_get_better_is_a_reason_not_to_start() {
    let down = Act::Answer(503, "");
    for (script, why) in [
        (vec![Act::Answer(400, r#"{"__type":"com.amazonaws.sqs#EmptyBatchRequest"}"#)], None),
        (
            vec![Act::Answer(400, r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#)],
            Some("there is no queue"),
        ),
        (
            vec![Act::Answer(400, r#"{"__type":"AWS.SimpleQueueService.NonExistentQueue"}"#)],
            Some("there is no queue"),
        ),
        (
            vec![Act::Answer(403, r#"{"__type":"com.amazon.coral.service#AccessDeniedException"}"#)],
            Some("sqs:SendMessage"),
        ),
        (vec![down; 3], None),
    ] {
        let (queue, server) = queue(&script).await;
        let told = queue.warm_up().await;
        match why {
            None => assert_eq!(told, Ok(())),
            Some(why) => assert!(told.unwrap_err().contains(why), "{why}"),
        }
        let requests = server.requests();
        assert_eq!(requests.len(), script.len());
        assert!(requests[0].ends_with(r#"{"QueueUrl":"https://sqs/1/q.fifo","Entries":[]}"#), "{requests:?}");
    }
}

#[tokio::test]
async fn what_the_answer_does_not_name_counts_as_refused() {
    for garbage in ["{}", r#"{"Successful":[],"Failed":[]}"#, r#"{"Successful":[{"Id":"7"}]}"#] {
        let (queue, server) = queue(&[Act::Answer(200, garbage); 2]).await;
        let fault = queue.send_batch(&[(&envelope(), "{}".to_owned())]).await.unwrap_err();
        assert_eq!(fault.why, "1 of 1 messages refused: ");
        assert_eq!(server.requests().len(), 2);
    }
    let (queue, server) = queue(&[Act::Answer(200, "<html>")]).await;
    let fault = queue.send_batch(&[(&envelope(), "{}".to_owned())]).await.unwrap_err();
    assert_eq!(fault.why, "the answer is not understood");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_wait_that_is_refused_is_a_fault_with_its_code() {
    let refused = r#"{"Successful":[],"Failed":[{"Id":"0","Code":"ReceiptHandleIsInvalid","SenderFault":true,"Message":"m"}]}"#;
    let (queue, server) = queue(&[Act::Answer(200, refused)]).await;
    let fault = queue.postpone(&[("receipt", Duration::from_millis(1))]).await.unwrap_err();
    assert_eq!(fault.to_string(), "postponing messages failed: ReceiptHandleIsInvalid");
    let request = &server.requests()[0];
    let entry = r#""Entries":[{"Id":"0","ReceiptHandle":"receipt","VisibilityTimeout":1}]}"#;
    assert!(request.contains("x-amz-target: AmazonSQS.ChangeMessageVisibilityBatch\r\n"), "{request}");
    assert!(request.ends_with(entry), "{request}");
}
