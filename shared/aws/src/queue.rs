//! The queue on SQS: a FIFO queue whose groups are conversations.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry};
use deskbridge_engine::Envelope;
use deskbridge_engine::ports::{Fault, Queue};

use crate::cloud::{Cloud, why};

/// SQS takes so many messages in one call ...
const BATCH_MESSAGES_MAX: usize = 10;
/// ... and so many bytes, which is also the limit of one message.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// A message can stay invisible for 12 hours since it was received; what was used up of them is not known exactly.
const POSTPONED_MAX: Duration = Duration::from_secs(11 * 3600);
const SENDING: &str = "sending to the queue";

/// A FIFO queue. The group is [`Envelope::group`]; the deduplication id is [`Envelope::id`], so that sending the same
/// envelope again within five minutes changes nothing.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue at this URL.
    #[must_use]
    pub fn new(cloud: &Cloud, url: String) -> Self {
        Self { client: Client::new(&cloud.service("SQS")), url }
    }

    /// Opens the connection, so that the first webhook need not wait for it. An empty batch is refused by SQS without
    /// any effect, and needs no further right.
    ///
    /// # Errors
    /// When the queue does not exist or may not be used. That it cannot be reached now is no reason not to start.
    pub async fn warm_up(&self) -> Result<(), String> {
        let empty = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(Vec::new()));
        match empty.send().await.map_err(|error| why(&error)) {
            Err(code) if code.contains("NonExistentQueue") || code == "QueueDoesNotExist" => Err(format!(
                "there is no queue {} in this region: DESKBRIDGE_QUEUE_URL or AWS_REGION is wrong, or it was deleted",
                self.url
            )),
            Err(code) if code.contains("AccessDenied") => {
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
            let mut entries = Vec::with_capacity(batch.len());
            for (at, (receipt, after)) in batch.iter().enumerate() {
                let seconds = after.min(&POSTPONED_MAX).as_millis().div_ceil(1000);
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(at.to_string())
                    .receipt_handle(*receipt)
                    .visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX));
                entries.push(entry.build().map_err(|error| Fault::new("postponing messages", error))?);
            }
            let call =
                self.client.change_message_visibility_batch().queue_url(&self.url).set_entries(Some(entries));
            let answer = call.send().await.map_err(|error| Fault::new("postponing messages", why(&error)))?;
            if let Some(refused) = answer.failed().first() {
                return Err(Fault::new("postponing messages", refused.code()));
            }
        }
        Ok(())
    }

    /// Sends messages that fit into one call; what SQS refuses of them once more.
    async fn send_batch(&self, batch: &[(&Envelope, String)]) -> Result<(), Fault> {
        let mut entries = Vec::with_capacity(batch.len());
        for (at, (envelope, body)) in batch.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .message_group_id(&envelope.group)
                .message_deduplication_id(&envelope.id)
                .message_body(body);
            entries.push(entry.build().map_err(|error| Fault::new(SENDING, error))?);
        }
        let mut last_code = String::new();
        for _ in 0..2 {
            let call =
                self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries.clone()));
            let answer = call.send().await.map_err(|error| Fault::new(SENDING, why(&error)))?;
            // What is not among the successful counts as refused, even if the answer does not say so.
            entries.retain(|entry| !answer.successful().iter().any(|sent| sent.id() == entry.id()));
            if entries.is_empty() {
                return Ok(());
            }
            last_code = answer.failed().first().map_or_else(String::new, |refused| refused.code().to_owned());
        }
        Err(Fault::new(
            SENDING,
            format!("{} of {} messages refused: {last_code}", entries.len(), batch.len()),
        ))
    }
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
mod tests {
    use super::*;

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
}
