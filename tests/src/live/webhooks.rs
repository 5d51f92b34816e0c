//! Meta's webhooks, written and signed by hand.

use deskbridge_connectors::http::{Answer, Method};
use serde_json::{Value, json};

use super::site::Site;
use crate::sign_meta;

/// The app secret of the demo and of the other tests.
pub const APP_SECRET: &str = "demo-app-secret";

/// Seconds since the Unix epoch.
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_secs()
}

/// A customer's comment on a page's post.
pub fn comment(post: &str, id: &str, author: (&str, &str), text: &str) -> Vec<u8> {
    let (page, _) = post.split_once('_').expect("a post's id begins with its page's");
    let value = json!({
        "item": "comment", "verb": "add", "post_id": post, "parent_id": post, "comment_id": id,
        "from": { "id": author.0, "name": author.1 }, "message": text, "created_time": now(),
    });
    envelope(&json!({ "id": page, "time": now(), "changes": [{ "field": "feed", "value": value }] }))
}

/// A customer's direct message.
pub fn direct(page: &str, psid: &str, mid: &str, text: &str) -> Vec<u8> {
    let at = now() * 1_000;
    let item = json!({
        "sender": { "id": psid }, "recipient": { "id": page }, "timestamp": at,
        "message": { "mid": mid, "text": text },
    });
    envelope(&json!({ "id": page, "time": at, "messaging": [item] }))
}

fn envelope(entry: &Value) -> Vec<u8> {
    serde_json::to_vec(&json!({ "object": "page", "entry": [entry] })).expect("JSON")
}

/// Sends a signed webhook to a door.
pub async fn deliver(bridge: &Site, door: &str, body: &[u8]) -> Answer {
    let mut request = bridge
        .request(Method::POST, &format!("/hooks/{door}"))
        .header("x-hub-signature-256", &sign_meta(APP_SECRET, body));
    request.body = body.to_vec().into();
    bridge.send(request).await
}

/// Sends a signed webhook to a door; gives the status.
pub async fn knock(bridge: &Site, door: &str, body: &[u8]) -> u16 {
    match deliver(bridge, door, body).await {
        Answer::Response(response) => response.status,
        other => panic!("door {door}: {other:?}"),
    }
}
