//! The webhooks on their way to the doors: envelopes, signature, batching and redelivery.

use std::collections::BTreeMap;
use std::fmt::Write;

use bytes::Bytes;
use deskbridge_connectors::http::{Method, Request, Url};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{Millis, Webhook};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// Meta documents: a first retry at once, then less and less often for 36 hours. The steps between are ours.
const RETRY_DELAYS: [Millis; 9] =
    [SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
const GIVE_UP: Millis = 36 * HOUR;

/// Meta documents at most 1000 updates in one POST.
const BATCH: usize = 1_000;

/// One thing to tell a page's door.
#[derive(Clone, Debug)]
pub(super) enum Update {
    Change { field: String, value: Value },
    Messaging(Value),
    Standby(Value),
}

/// The `object` at the root of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Page,
    Instagram,
    WhatsApp,
}

impl Object {
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Instagram => "instagram",
            Self::WhatsApp => "whatsapp_business_account",
        }
    }
}

/// Updates with the account that each is about.
type Updates = Vec<(String, Update)>;

enum Content {
    /// Not sent yet: `entry.time` is the time of the first attempt.
    Updates(Updates),
    /// Sent at least once: every further attempt repeats the same bytes.
    Sealed(Bytes),
    /// The subscription's handshake, a GET.
    Handshake(Url),
}

struct Parcel {
    callback: Url,
    object: Object,
    content: Content,
    attempts: usize,
    first: Millis,
    due: Millis,
    flying: bool,
}

impl Parcel {
    /// The page and number of its updates, if they are unsent, due and all of one page.
    fn of_one_page(&self, now: Millis) -> Option<(String, usize)> {
        let Content::Updates(updates) = &self.content else { return None };
        let (page, _) = updates.first().filter(|_| self.due <= now)?;
        updates.iter().all(|(other, _)| other == page).then(|| (page.clone(), updates.len()))
    }
}

/// What became of the webhooks so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookCounts {
    /// Answered with 200.
    pub delivered: u64,
    /// Attempts answered otherwise, or not at all.
    pub failed_attempts: u64,
    /// Given up after 36 hours.
    pub dropped: u64,
    /// Waiting or on their way.
    pub waiting: u64,
}

/// All webhooks that are not delivered yet.
pub(super) struct Outbox {
    secret: String,
    pub(super) batching: bool,
    held: Option<Vec<(Url, Object, String, Update)>>,
    parcels: BTreeMap<u64, Parcel>,
    last: u64,
    counts: WebhookCounts,
}

impl Outbox {
    /// From now on webhooks are signed with this.
    pub(super) fn sign_with(&mut self, secret: &str) {
        secret.clone_into(&mut self.secret);
    }

    pub(super) fn new(secret: String) -> Self {
        let counts = WebhookCounts::default();
        Self { secret, batching: false, held: None, parcels: BTreeMap::new(), last: 0, counts }
    }

    pub(super) fn push(&mut self, callback: &Url, object: Object, page: &str, update: Update, now: Millis) {
        if let Some(held) = &mut self.held {
            held.push((callback.clone(), object, page.to_owned(), update));
        } else {
            self.post(callback.clone(), object, Content::Updates(vec![(page.to_owned(), update)]), now);
        }
    }

    pub(super) fn handshake(&mut self, callback: &Url, verify_token: &str, now: Millis) {
        let mut url = callback.clone();
        let challenge = (1_158_201_444 + self.last).to_string();
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair("hub.verify_token", verify_token);
        self.post(callback.clone(), Object::Page, Content::Handshake(url), now);
    }

    /// From now until [`Outbox::release`], updates are gathered to share a POST per door.
    pub(super) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    pub(super) fn release(&mut self, now: Millis) {
        let mut by_door: Vec<(Url, Object, Updates)> = Vec::new();
        for (callback, object, page, update) in self.held.take().unwrap_or_default() {
            let open = by_door.iter_mut().find(|(door, _, held)| *door == callback && held.len() < BATCH);
            match open {
                Some((_, _, held)) => held.push((page, update)),
                None => by_door.push((callback, object, vec![(page, update)])),
            }
        }
        for (callback, object, updates) in by_door {
            self.post(callback, object, Content::Updates(updates), now);
        }
    }

    fn post(&mut self, callback: Url, object: Object, content: Content, now: Millis) {
        self.last += 1;
        let parcel = Parcel { callback, object, content, attempts: 0, first: now, due: now, flying: false };
        self.parcels.insert(self.last, parcel);
    }

    pub(super) fn due(&mut self, now: Millis) -> Vec<Webhook> {
        if self.batching {
            self.gather(now);
        }
        let mut ready: Vec<(Millis, u64)> = self
            .parcels
            .iter()
            .filter(|(_, parcel)| !parcel.flying && parcel.due <= now)
            .map(|(id, parcel)| (parcel.due, *id))
            .collect();
        ready.sort_unstable();
        ready.into_iter().filter_map(|(_, id)| self.hand_out(id, now)).collect()
    }

    fn hand_out(&mut self, id: u64, now: Millis) -> Option<Webhook> {
        let parcel = self.parcels.get_mut(&id)?;
        parcel.flying = true;
        if parcel.attempts == 0 {
            parcel.first = now;
        }
        parcel.attempts += 1;
        if let Content::Updates(updates) = &parcel.content {
            parcel.content = Content::Sealed(ascii_json(&envelope(parcel.object, updates, now)).into());
        }
        let request = match &parcel.content {
            Content::Handshake(url) => Request::get(url.clone()),
            Content::Sealed(body) => signed(&parcel.callback, body, &self.secret),
            Content::Updates(_) => return None,
        };
        Some(Webhook {
            id,
            request: request.header("user-agent", "facebookplatform/1.0 (deskbridge sandbox)"),
        })
    }

    /// Lets unsent updates of the same page share one POST.
    fn gather(&mut self, now: Millis) {
        let mut open: BTreeMap<String, (u64, usize)> = BTreeMap::new();
        let ids: Vec<u64> = self.parcels.keys().copied().collect();
        for id in ids {
            let Some((page, count)) = self.parcels.get(&id).and_then(|parcel| parcel.of_one_page(now)) else {
                continue;
            };
            match open.get_mut(&page) {
                Some((into, total)) if *total + count <= BATCH => {
                    *total += count;
                    self.merge(*into, id);
                }
                _ => {
                    open.insert(page, (id, count));
                }
            }
        }
    }

    fn merge(&mut self, into: u64, from: u64) {
        let Some(Parcel { content: Content::Updates(more), .. }) = self.parcels.remove(&from) else { return };
        if let Some(Parcel { content: Content::Updates(updates), .. }) = self.parcels.get_mut(&into) {
            updates.extend(more);
        }
    }

    /// Only 200 counts as received; anything else is tried again until 36 hours are over.
    pub(super) fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        let Some(parcel) = self.parcels.get_mut(&id).filter(|parcel| parcel.flying) else { return };
        if status == Some(200) {
            self.parcels.remove(&id);
            self.counts.delivered += 1;
            return;
        }
        self.counts.failed_attempts += 1;
        let last_delay = RETRY_DELAYS[RETRY_DELAYS.len() - 1];
        let delay = RETRY_DELAYS.get(parcel.attempts.saturating_sub(1)).copied().unwrap_or(last_delay);
        parcel.flying = false;
        parcel.due = now + delay;
        if parcel.due > parcel.first + GIVE_UP {
            self.parcels.remove(&id);
            self.counts.dropped += 1;
        }
    }

    pub(super) fn next_due(&self) -> Option<Millis> {
        self.parcels.values().filter(|parcel| !parcel.flying).map(|parcel| parcel.due).min()
    }

    pub(super) fn counts(&self) -> WebhookCounts {
        WebhookCounts { waiting: self.parcels.len() as u64, ..self.counts }
    }
}

/// The envelope: changes of one page share an entry, each messaging item has its own. `entry.time` is the time of
/// sending: seconds for changes, milliseconds for messaging.
fn envelope(object: Object, updates: &[(String, Update)], now: Millis) -> Value {
    let mut entries: Vec<Value> = Vec::new();
    for (page, update) in updates {
        match update {
            Update::Change { field, value } => {
                let change = json!({"field": field, "value": value});
                let open = entries.last_mut().filter(|entry| entry["id"] == page.as_str());
                match open.and_then(|entry| entry.get_mut("changes")).and_then(Value::as_array_mut) {
                    Some(changes) => changes.push(change),
                    None => entries.push(json!({"id": page, "time": now / 1_000, "changes": [change]})),
                }
            }
            Update::Messaging(item) => entries.push(json!({"id": page, "time": now, "messaging": [item]})),
            Update::Standby(item) => entries.push(json!({"id": page, "time": now, "standby": [item]})),
        }
    }
    json!({"object": object.name(), "entry": entries})
}

/// JSON the way Meta sends it: every character outside ASCII as `\uXXXX`, pairs of them above U+FFFF.
fn ascii_json(value: &Value) -> String {
    let mut out = String::new();
    for character in value.to_string().chars() {
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

fn signed(callback: &Url, body: &Bytes, secret: &str) -> Request {
    let mut request = Request::new(Method::POST, callback.clone())
        .header("content-type", "application/json")
        .header("x-hub-signature-256", &format!("sha256={}", hmac_hex(secret, body)));
    request.body = body.clone();
    request
}

/// Lowercase hex of HMAC-SHA256: the signature of webhooks and `appsecret_proof`.
pub(super) fn hmac_hex(key: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_matches_a_known_vector() {
        let body = br#"{"object":"page","entry":[{"id":"1","time":2,"x":"caf\u00e9"}]}"#;
        let expected = "303051e7b849bef8881c8dd19ec0aa2f21f5505807bf0824bdeb3899f3674ba4";
        assert_eq!(hmac_hex("app-secret-1", body), expected);
    }

    #[test]
    fn characters_outside_ascii_are_escaped() {
        let text = ascii_json(&json!({"x": "café 🫖 שלום"}));
        assert!(text.is_ascii());
        assert!(text.contains("caf\\u00e9 \\ud83e\\uded6"));
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["x"], "café 🫖 שלום");
    }
}
