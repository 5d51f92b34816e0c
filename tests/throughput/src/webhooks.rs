//! Webhooks as Meta sends them, each with a mark by which it is known wherever its text arrives.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::load::Requests;

/// What signs them.
pub(crate) const APP_SECRET: &str = "demo-app-secret";
const PAGE: &str = "1001";
const POST: &str = "1001_100";
/// Marks are this and eight digits.
pub(crate) const MARK: &str = "qxm";
/// How many digits follow.
pub(crate) const MARK_DIGITS: usize = 8;

/// The mark of a number, to be put into a text.
pub(crate) fn mark(number: usize) -> String {
    format!("{MARK}{number:08}")
}

/// Requests for a door: one comment each, of the people given, numbered from `first`.
pub(crate) fn comments(path: &str, first: usize, people: impl Iterator<Item = usize>) -> Requests {
    let mut requests = Requests::default();
    for (number, person) in (first..).zip(people) {
        requests.push(&request(path, &comment(number, person)));
    }
    requests
}

/// The body of a webhook with one comment under the page's post, as Meta sends it today. Its mark is its number.
pub(crate) fn comment(number: usize, person: usize) -> Vec<u8> {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let text = format!(
        "Good evening! My parcel {} was due on Friday and has not arrived yet. Can you look where it is?",
        mark(number)
    );
    let value = json!({
        "from": { "id": format!("77{person:06}"), "name": format!("Person {person}") },
        "post": {
            "id": POST, "status_type": "added_photos", "is_published": true, "updated_time": "2026-11-22T08:00:00+0000",
            "permalink_url": "https://www.facebook.com/acmebikes/posts/pfbid0AcmeSpring", "promotion_status": "inactive",
        },
        "message": text, "post_id": POST, "comment_id": format!("100_{}", 1_000_000 + number), "parent_id": POST,
        "created_time": at, "item": "comment", "verb": "add",
    });
    let entry = json!({ "id": PAGE, "time": at, "changes": [{ "field": "feed", "value": value }] });
    serde_json::to_vec(&json!({ "object": "page", "entry": [entry] })).expect("JSON")
}

/// A signed request as it goes over the wire.
pub(crate) fn request(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: bridge.example\r\nAccept: */*\r\nUser-Agent: facebookexternalua\r\n\
         Content-Type: application/json\r\nX-Hub-Signature-256: {}\r\nContent-Length: {}\r\n\r\n",
        signature(body),
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("any key will do");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}
