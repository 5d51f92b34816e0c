//! The webhooks on their way to the doors: signature, challenge, redelivery and replay.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use deskbridge_connectors::http::{Method, Request, Url};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::{Millis, Webhook};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;

/// X promises retries and publishes no schedule, so these are ours: few. What is lost then must be replayed.
const RETRY_DELAYS: [Millis; 4] = [5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE];

/// How far back a replay goes.
const REPLAYED: Millis = 24 * 60 * MINUTE;

/// One thing to tell a door.
pub(super) struct Notice {
    pub(super) callback: Url,
    pub(super) body: Value,
}

enum Content {
    Body(Bytes),
    /// The challenge, a GET.
    Challenge(Url),
}

struct Parcel {
    callback: Url,
    content: Content,
    attempts: usize,
    due: Millis,
    flying: bool,
}

/// What became of the webhooks so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookCounts {
    /// Answered with 200.
    pub delivered: u64,
    /// Attempts answered otherwise, or not at all.
    pub failed_attempts: u64,
    /// Given up.
    pub dropped: u64,
    /// Waiting or on their way.
    pub waiting: u64,
}

/// All webhooks that are not delivered yet, and those that may be replayed.
pub(super) struct Outbox {
    secret: String,
    parcels: BTreeMap<u64, Parcel>,
    sent: Vec<(Millis, Url, Bytes)>,
    last: u64,
    counts: WebhookCounts,
}

impl Outbox {
    pub(super) fn new(secret: String) -> Self {
        let counts = WebhookCounts::default();
        Self { secret, parcels: BTreeMap::new(), sent: Vec::new(), last: 0, counts }
    }

    pub(super) fn push(&mut self, notice: Notice, now: Millis) {
        let body = Bytes::from(notice.body.to_string());
        self.sent.retain(|(at, ..)| at + REPLAYED > now);
        self.sent.push((now, notice.callback.clone(), body.clone()));
        self.post(notice.callback, Content::Body(body), now);
    }

    /// Asks a door to prove that it knows the secret.
    pub(super) fn challenge(&mut self, callback: &Url, now: Millis) {
        let token = STANDARD.encode(format!("challenge {}", self.last));
        let mut url = callback.clone();
        url.query_pairs_mut().append_pair("crc_token", &token).append_pair("nonce", &self.last.to_string());
        self.post(callback.clone(), Content::Challenge(url), now);
    }

    /// Sends everything of that time and of the last day again, as `POST /2/webhooks/replay` does.
    pub(super) fn replay(&mut self, from: Millis, to: Millis, now: Millis) {
        let asked = |at: Millis| at >= from && at <= to && at + REPLAYED > now;
        let again: Vec<_> = self.sent.iter().filter(|(at, ..)| asked(*at)).cloned().collect();
        again.into_iter().for_each(|(_, callback, body)| self.post(callback, Content::Body(body), now));
    }

    fn post(&mut self, callback: Url, content: Content, now: Millis) {
        self.last += 1;
        self.parcels.insert(self.last, Parcel { callback, content, attempts: 0, due: now, flying: false });
    }

    pub(super) fn due(&mut self, now: Millis) -> Vec<Webhook> {
        let mut ready: Vec<(Millis, u64)> = self
            .parcels
            .iter()
            .filter(|(_, parcel)| !parcel.flying && parcel.due <= now)
            .map(|(id, parcel)| (parcel.due, *id))
            .collect();
        ready.sort_unstable();
        ready.into_iter().filter_map(|(_, id)| self.hand_out(id)).collect()
    }

    fn hand_out(&mut self, id: u64) -> Option<Webhook> {
        let parcel = self.parcels.get_mut(&id)?;
        parcel.flying = true;
        parcel.attempts += 1;
        let request = match &parcel.content {
            Content::Challenge(url) => {
                let signature = signature(&self.secret, url.query().unwrap_or_default().as_bytes());
                Request::get(url.clone()).header("x-twitter-webhooks-signature", &signature)
            }
            Content::Body(body) => {
                let mut request = Request::new(Method::POST, parcel.callback.clone())
                    .header("content-type", "application/json")
                    .header("x-twitter-webhooks-signature", &signature(&self.secret, body));
                request.body = body.clone();
                request
            }
        };
        Some(Webhook { id, request: request.header("user-agent", "Twitterbot/1.0 (deskbridge sandbox)") })
    }

    pub(super) fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        let Some(parcel) = self.parcels.get_mut(&id).filter(|parcel| parcel.flying) else { return };
        if status == Some(200) {
            self.parcels.remove(&id);
            self.counts.delivered += 1;
            return;
        }
        self.counts.failed_attempts += 1;
        parcel.flying = false;
        match RETRY_DELAYS.get(parcel.attempts.saturating_sub(1)) {
            Some(delay) => parcel.due = now + delay,
            None => {
                self.parcels.remove(&id);
                self.counts.dropped += 1;
            }
        }
    }

    pub(super) fn next_due(&self) -> Option<Millis> {
        self.parcels.values().filter(|parcel| !parcel.flying).map(|parcel| parcel.due).min()
    }

    pub(super) fn counts(&self) -> WebhookCounts {
        WebhookCounts { waiting: self.parcels.len() as u64, ..self.counts }
    }
}

/// `sha256=` and the base64 of the HMAC-SHA256 under the consumer secret.
pub(super) fn signature(secret: &str, bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(bytes);
    format!("sha256={}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn the_signature_matches_a_known_vector() {
        let body = br#"{"object":"page","entry":[{"id":"1","time":2,"x":"caf\u00e9"}]}"#;
        let expected = "sha256=prsissXiVLT53isHUpOBid7mU6sJAmFipiq1h82/Pbg=";
        assert_eq!(signature("consumer-secret-1", body), expected);
    }
}
