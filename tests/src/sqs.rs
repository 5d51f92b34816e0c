//! SQS on loopback: as much of a FIFO queue as the bridge speaks to, with its limits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::loopback::serve;

/// A message in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Its group.
    pub group: String,
    /// Its body.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
}

/// What SQS itself counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages added.
    pub sent: usize,
    /// Messages that were sent again within the time of deduplication, and not added.
    pub known: usize,
    /// Messages that a consumer deleted.
    pub deleted: usize,
}

#[derive(Default)]
struct Inner {
    traffic: Traffic,
    messages: Vec<Message>,
    dedup_ids: BTreeSet<String>,
    /// How long messages were postponed, in seconds, by receipt handle.
    postponed: BTreeMap<String, i64>,
    down: bool,
    missing: bool,
    /// So many entries are refused one by one before entries are taken again.
    refusals: usize,
    calls: usize,
}

/// The queue and its switches.
#[derive(Clone)]
pub struct Sqs {
    /// Where it listens.
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Sqs {
    /// Starts one with an empty queue.
    pub async fn start() -> Self {
        let inner = Arc::<Mutex<Inner>>::default();
        let routes = Router::new().route("/", post(answer)).with_state(Arc::clone(&inner));
        Self { url: serve(routes).await, inner }
    }

    /// The URL of the queue.
    #[must_use]
    pub fn queue_url(&self) -> String {
        format!("{}/123456789012/deskbridge.fifo", self.url)
    }

    /// What the queue holds, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.lock().messages.clone()
    }

    /// How long messages were postponed, in seconds, by receipt handle.
    #[must_use]
    pub fn postponed(&self) -> BTreeMap<String, i64> {
        self.lock().postponed.clone()
    }

    /// What it counted.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.lock().traffic
    }

    /// How many calls it took, failed ones not counted.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    /// Whether every call fails from now on.
    pub fn set_down(&self, down: bool) {
        self.lock().down = down;
    }

    /// Whether there is no such queue from now on.
    pub fn set_missing(&self, missing: bool) {
        self.lock().missing = missing;
    }

    /// Refuses the next so many entries one by one.
    pub fn refuse(&self, entries: usize) {
        self.lock().refusals = entries;
    }

    /// Puts a message into the queue.
    pub fn put(&self, group: &str, body: &str) {
        let mut inner = self.lock();
        let id = format!("m{}", inner.dedup_ids.len());
        inner.dedup_ids.insert(id.clone());
        inner.traffic.sent += 1;
        inner.messages.push(Message { id, group: group.to_owned(), body: body.to_owned(), receives: 0 });
    }

    /// Receives at most ten messages, as an SQS trigger does; they stay in the queue.
    #[must_use]
    pub fn receive(&self) -> Vec<Message> {
        let mut inner = self.lock();
        let taken = inner.messages.iter_mut().take(10);
        taken
            .map(|message| {
                message.receives += 1;
                message.clone()
            })
            .collect()
    }

    /// Deletes all messages, and forgets their deduplication ids.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.messages.clear();
        inner.dedup_ids.clear();
    }

    /// Deletes a message.
    pub fn delete(&self, id: &str) {
        let mut inner = self.lock();
        inner.messages.retain(|message| message.id != id);
        inner.traffic.deleted += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panicked")
    }
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    // The protocol has a content type of its own, which `Json` does not take.
    body: String,
) -> (StatusCode, Json<Value>) {
    let call: Value = serde_json::from_str(&body).expect("JSON");
    let target = headers["x-amz-target"].to_str().expect("ASCII").to_owned();
    let mut inner = inner.lock().expect("nobody panicked");
    if inner.down {
        let error = json!({ "__type": "com.amazonaws.sqs#InternalError", "message": "try again" });
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(error));
    }
    if inner.missing {
        let error = json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no such queue" });
        return (StatusCode::BAD_REQUEST, Json(error));
    }
    let entries = call["Entries"].as_array().cloned().unwrap_or_default();
    if entries.is_empty() {
        let error = json!({ "__type": "com.amazonaws.sqs#EmptyBatchRequest", "message": "no entries" });
        return (StatusCode::BAD_REQUEST, Json(error));
    }
    inner.calls += 1;
    let bytes: usize = entries.iter().map(|entry| entry["MessageBody"].as_str().map_or(0, str::len)).sum();
    if entries.len() > 10 || bytes > 1024 * 1024 {
        let error = json!({ "__type": "com.amazonaws.sqs#BatchRequestTooLong", "message": "too much" });
        return (StatusCode::BAD_REQUEST, Json(error));
    }
    let handle = match target.as_str() {
        "AmazonSQS.SendMessageBatch" => send,
        "AmazonSQS.ChangeMessageVisibilityBatch" => postpone,
        other => panic!("the bridge is not expected to call {other}"),
    };
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in &entries {
        match handle(&mut inner, entry) {
            Ok(result) => successful.push(result),
            Err(code) => failed.push(json!({ "Id": entry["Id"], "SenderFault": false, "Code": code })),
        }
    }
    (StatusCode::OK, Json(json!({ "Successful": successful, "Failed": failed })))
}

fn send(inner: &mut Inner, entry: &Value) -> Result<Value, &'static str> {
    let field = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let (group, dedup_id, body) =
        (field("MessageGroupId"), field("MessageDeduplicationId"), field("MessageBody"));
    let name =
        |text: &str| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !name(&group) || !name(&dedup_id) {
        return Err("InvalidParameterValue");
    }
    if !body.chars().all(|one| matches!(one, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'))
    {
        return Err("InvalidMessageContents");
    }
    if inner.refusals > 0 {
        inner.refusals -= 1;
        return Err("InternalError");
    }
    let id = format!("m{}", inner.dedup_ids.len());
    if inner.dedup_ids.insert(dedup_id) {
        inner.messages.push(Message { id: id.clone(), group, body, receives: 0 });
        inner.traffic.sent += 1;
    } else {
        inner.traffic.known += 1;
    }
    Ok(
        json!({ "Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": "0".repeat(32), "SequenceNumber": "1" }),
    )
}

fn postpone(inner: &mut Inner, entry: &Value) -> Result<Value, &'static str> {
    let seconds = entry["VisibilityTimeout"].as_i64().filter(|seconds| (0..=43_200).contains(seconds));
    let seconds = seconds.ok_or("InvalidParameterValue")?;
    inner.postponed.insert(entry["ReceiptHandle"].as_str().unwrap_or_default().to_owned(), seconds);
    Ok(json!({ "Id": entry["Id"] }))
}
