//! The queue on SQS: a FIFO queue whose groups are conversations.

use std::time::Duration;

use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{Fault, Queue};
use serde::{Deserialize, Serialize};

use crate::cloud::Cloud;
use crate::json_api::{JsonApi, SQS, Trouble};

/// SQS takes so many messages in one call ...
const BATCH_MESSAGES_MAX: usize = 10;
/// ... and so many bytes, which is also the limit of one message.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// A message can stay invisible for 12 hours since it was received; what was used up of them is not known exactly.
const POSTPONED_MAX: Duration = Duration::from_secs(11 * 3600);
const SENDING: &str = "sending to the queue";
const POSTPONING: &str = "postponing messages";

/// What a batch call says, of messages or of receipts.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BatchCall<'a, E> {
    queue_url: &'a str,
    entries: &'a [E],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    id: String,
    message_group_id: &'a str,
    message_deduplication_id: &'a str,
    message_body: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wait<'a> {
    id: String,
    receipt_handle: &'a str,
    /// In seconds.
    visibility_timeout: u64,
}

/// What SQS did with each entry of a batch.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BatchAnswer {
    successful: Vec<Done>,
    failed: Vec<Refused>,
}

#[derive(Deserialize)]
struct Done {
    #[serde(rename = "Id")]
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "Code", default)]
    code: String,
}

/// A FIFO queue. The group is [`Envelope::group`]; the deduplication id is [`Envelope::id`], so that sending the same
/// envelope again within five minutes changes nothing.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    api: JsonApi,
    url: String,
}

impl SqsQueue {
    /// The queue at this URL.
    ///
    /// # Errors
    /// When a variable leads to an address of SQS that is none.
    pub fn new(cloud: &Cloud, url: String) -> Result<Self, String> {
        Ok(Self { api: cloud.client(SQS)?, url })
    }

    /// Opens the connection, so that the first webhook need not wait for it. An empty batch is refused by SQS without
    /// any effect, and needs no further right.
    ///
    /// # Errors
    /// When the queue does not exist or may not be used. That it cannot be reached now is no reason not to start.
    pub async fn warm_up(&self) -> Result<(), String> {
        match self.call::<Message<'_>>("SendMessageBatch", &[]).await {
            Err(refusal) if is_missing(refusal.code()) => Err(format!(
                "there is no queue {} in this region: DESKBRIDGE_QUEUE_URL or AWS_REGION is wrong, or it was deleted",
                self.url
            )),
            Err(refusal) if refusal.code().contains("AccessDenied") => {
                Err(format!("the function's role may not send to the queue {} (sqs:SendMessage)", self.url))
            }
            _ => Ok(()),
        }
    }

    /// Lets messages, by receipt handle, stay invisible for a while from now on.
    ///
    /// # Errors
    /// When SQS did not take all of it. They then come back when the queue's own time is over.
    pub async fn postpone(&self, messages: &[(&str, Duration)]) -> Result<(), Fault> {
        for batch in messages.chunks(BATCH_MESSAGES_MAX) {
            let waits = batch.iter().enumerate().map(|(at, (receipt, after))| Wait {
                id: at.to_string(),
                receipt_handle: receipt,
                visibility_timeout: whole_seconds(*after.min(&POSTPONED_MAX)),
            });
            let waits: Vec<Wait<'_>> = waits.collect();
            let answer = self.call("ChangeMessageVisibilityBatch", &waits).await;
            if let Some(refused) = answer.map_err(|why| Fault::new(POSTPONING, why))?.failed.first() {
                return Err(Fault::new(POSTPONING, &refused.code));
            }
        }
        Ok(())
    }

    /// Sends messages that fit into one call; what SQS refuses of them once more.
    async fn send_batch(&self, batch: &[(&Envelope, String)]) -> Result<(), Fault> {
        let entries = batch.iter().enumerate().map(|(at, (envelope, body))| Message {
            id: at.to_string(),
            message_group_id: &envelope.group,
            message_deduplication_id: &envelope.id,
            message_body: body,
        });
        let mut entries: Vec<Message<'_>> = entries.collect();
        let mut last_code = String::new();
        for _ in 0..2 {
            let answer = self.call("SendMessageBatch", &entries).await;
            let answer = answer.map_err(|why| Fault::new(SENDING, why))?;
            // What is not among the successful counts as refused, even if the answer does not say so.
            entries.retain(|entry| !answer.successful.iter().any(|sent| sent.id == entry.id));
            if entries.is_empty() {
                return Ok(());
            }
            last_code = answer.failed.into_iter().next().map_or_else(String::new, |refused| refused.code);
        }
        Err(Fault::new(
            SENDING,
            format!("{} of {} messages refused: {last_code}", entries.len(), batch.len()),
        ))
    }

    async fn call<E: Serialize>(&self, operation: &str, entries: &[E]) -> Result<BatchAnswer, Trouble> {
        self.api.call(operation, &BatchCall { queue_url: &self.url, entries }).await
    }
}

/// As the JSON protocol has it, or the older one.
fn is_missing(code: &str) -> bool {
    code == "QueueDoesNotExist" || code.contains("NonExistentQueue")
}

/// Never shorter.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl Queue for SqsQueue {
    async fn send(&self, envelopes: &[Envelope]) -> Result<(), Fault> {
        let messages: Vec<(&Envelope, String)> =
            envelopes.iter().map(|envelope| (envelope, envelope.encode())).collect();
        let mut rest = messages.as_slice();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(first_batch(rest.iter().map(|(_, body)| body.len())));
            self.send_batch(batch).await?;
            rest = later;
        }
        Ok(())
    }
}

/// How many messages of these sizes fit into one call; at least one.
fn first_batch(sizes: impl Iterator<Item = usize>) -> usize {
    let mut bytes = 0;
    let fitting = sizes.take(BATCH_MESSAGES_MAX).take_while(|size| {
        bytes += size;
        bytes <= BATCH_BYTES_MAX
    });
    fitting.count().max(1)
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
