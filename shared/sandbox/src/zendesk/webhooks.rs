//! Webhooks: the API to set them up, and their signed deliveries with retries and a circuit breaker.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http::{Method, Request, Response, Url};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Zendesk;
use super::call::{Call, stamp, text};
use super::errors::{Answer, Problem};
use crate::{Millis, Webhook};

const ACCOUNT: &str = "1000001";
/// The breaker looks back so far.
const BREAKER_WINDOW: Millis = 5 * 60_000;
/// More errors than this open it, whatever their share.
const BREAKER_ERRORS: usize = 1_000;
/// Uncertain: how long it stays open; Zendesk says only that the pause is short.
const BREAKER_PAUSE: Millis = 60_000;
/// Uncertain: the wait before the first retry, doubled for each further one.
const FIRST_RETRY: Millis = 5_000;

pub(super) struct Target {
    name: String,
    endpoint: Url,
    secret: String,
    created: Millis,
    attempts: VecDeque<(Millis, bool)>,
    open_until: Millis,
}

struct Delivery {
    hook: String,
    invocation: String,
    body: String,
    attempts: u32,
    at: Millis,
    handed_out: bool,
}

/// Deliveries that wait or are on their way.
#[derive(Default)]
pub(super) struct Outbound {
    rows: BTreeMap<u64, Delivery>,
    last: u64,
    pub(super) dropped: u64,
    pub(super) given_up: u64,
    pub(super) accepted: u64,
}

impl Outbound {
    fn add(&mut self, delivery: Delivery) {
        self.last += 1;
        self.rows.insert(self.last, delivery);
    }

    pub(super) fn waiting(&self) -> usize {
        self.rows.len()
    }
}

/// The signature of a webhook: base64 of HMAC-SHA256 over the timestamp and the raw body, one right after the other,
/// keyed with the secret as it stands.
#[must_use]
pub fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    // An HMAC key can have any length, so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(timestamp.as_bytes());
    mac.update(body);
    BASE64.encode(mac.finalize().into_bytes())
}

impl Zendesk {
    pub(super) fn add_hook(&mut self, name: &str, endpoint: Url, secret: String, now: Millis) -> String {
        let id = format!("01J{:0>23}", self.next_id());
        let target = Target {
            name: name.to_owned(),
            endpoint,
            secret,
            created: now,
            attempts: VecDeque::new(),
            open_until: Millis::MIN,
        };
        self.hooks.insert(id.clone(), target);
        id
    }

    pub(super) fn webhooks_route(&mut self, call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
        self.require_admin(&call.actor)?;
        match (method, path) {
            ("GET", []) => {
                let rows: Vec<_> = self.hooks.iter().map(|(id, hook)| hook_view(id, hook)).collect();
                let answer = json!({"webhooks": rows, "meta": {"has_more": false, "after_cursor": null,
                    "before_cursor": null}, "links": {"next": null, "prev": null}});
                Ok(Response::json(200, &answer))
            }
            ("POST", []) => self.create_hook(call),
            ("GET", [id]) => {
                let hook = self.hooks.get(*id).ok_or_else(Problem::not_found)?;
                Ok(Response::json(200, &json!({"webhook": hook_view(id, hook)})))
            }
            ("DELETE", [id]) => {
                self.hooks.remove(*id).ok_or_else(Problem::not_found)?;
                Ok(Response::empty(204))
            }
            ("GET" | "POST", [id, "signing_secret"]) => self.signing_secret(id, method == "POST"),
            _ => Err(Problem::no_endpoint()),
        }
    }

    fn create_hook(&mut self, call: &Call<'_>) -> Answer {
        let input = call.object("webhook")?;
        let name = text(input, "name").filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| Problem::invalid("name", "Name: cannot be blank", "BlankValue"))?;
        let endpoint = text(input, "endpoint").and_then(|url| Url::parse(url).ok());
        let endpoint = endpoint.filter(|url| matches!(url.scheme(), "http" | "https"));
        let endpoint = endpoint
            .ok_or_else(|| Problem::invalid("endpoint", "Endpoint: is not a valid URL", "InvalidValue"))?;
        let to_triggers = input["subscriptions"] == json!(["conditional_ticket_events"]);
        if !to_triggers || input["http_method"] != "POST" || input["request_format"] != "json" {
            let why =
                "Subscriptions: only conditional_ticket_events as a JSON POST are kept by this stand-in";
            return Err(Problem::invalid("subscriptions", why, "InvalidValue"));
        }
        let secret = format!("sandbox-signing-secret-{}", self.next_id());
        let id = self.add_hook(name, endpoint, secret, call.now());
        let view = self.hooks.get(&id).map(|hook| hook_view(&id, hook));
        Ok(Response::json(201, &json!({"webhook": view})))
    }

    fn signing_secret(&mut self, id: &str, rotate: bool) -> Answer {
        let fresh = rotate.then(|| format!("sandbox-signing-secret-{}", self.next_id()));
        let hook = self.hooks.get_mut(id).ok_or_else(Problem::not_found)?;
        hook.secret = fresh.unwrap_or_else(|| hook.secret.clone());
        let status = if rotate { 201 } else { 200 };
        let secret = json!({"algorithm": "SHA256", "secret": hook.secret});
        Ok(Response::json(status, &json!({"signing_secret": secret})))
    }

    pub(super) fn enqueue(&mut self, hook: String, body: String, now: Millis) {
        let invocation = format!("01K{:0>23}", self.next_id());
        self.outbound.add(Delivery { hook, invocation, body, attempts: 0, at: now, handed_out: false });
    }

    pub(super) fn due_webhooks(&mut self, now: Millis) -> Vec<Webhook> {
        let waiting = self.outbound.rows.iter().filter(|(_, row)| !row.handed_out && row.at <= now);
        let mut due: Vec<_> = waiting.map(|(id, row)| (row.at, *id)).collect();
        due.sort_unstable();
        due.into_iter().filter_map(|(_, id)| self.hand_out(id, now)).collect()
    }

    /// The signed request, or `None` if the webhook is gone or its breaker is open: then the delivery is lost.
    fn hand_out(&mut self, id: u64, now: Millis) -> Option<Webhook> {
        let row = self.outbound.rows.get_mut(&id)?;
        let Some(hook) = self.hooks.get(&row.hook).filter(|hook| now >= hook.open_until) else {
            self.outbound.rows.remove(&id);
            self.outbound.dropped += 1;
            return None;
        };
        row.handed_out = true;
        row.attempts += 1;
        let timestamp = stamp(now);
        let mut request = Request::new(Method::POST, hook.endpoint.clone())
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "Zendesk Webhook")
            .header("x-zendesk-account-id", ACCOUNT)
            .header("x-zendesk-webhook-id", &row.hook)
            .header("x-zendesk-webhook-invocation-id", &row.invocation)
            .header("x-zendesk-webhook-signature", &signature(&hook.secret, &timestamp, row.body.as_bytes()))
            .header("x-zendesk-webhook-signature-timestamp", &timestamp);
        request.body = row.body.clone().into();
        Some(Webhook { id, request })
    }

    pub(super) fn webhook_delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        let Some(row) = self.outbound.rows.remove(&id) else { return };
        let accepted = status.is_some_and(|status| (200..300).contains(&status));
        if let Some(hook) = self.hooks.get_mut(&row.hook) {
            hook.note(accepted, self.seed.limits.breaker_minimum, now);
        }
        match retry_after(status, row.attempts) {
            _ if accepted => self.outbound.accepted += 1,
            Some(wait) => self.outbound.add(Delivery { at: now + wait, handed_out: false, ..row }),
            None => self.outbound.given_up += 1,
        }
    }

    pub(super) fn next_webhook(&self) -> Option<Millis> {
        self.outbound.rows.values().filter(|row| !row.handed_out).map(|row| row.at).min()
    }
}

impl Target {
    /// Counts an attempt, and opens the breaker at 70 % errors or more than 1 000 of them in five minutes.
    fn note(&mut self, accepted: bool, minimum: usize, now: Millis) {
        self.attempts.push_back((now, accepted));
        while self.attempts.front().is_some_and(|(at, _)| *at <= now - BREAKER_WINDOW) {
            self.attempts.pop_front();
        }
        let errors = self.attempts.iter().filter(|(_, accepted)| !accepted).count();
        let many = self.attempts.len() >= minimum && errors * 10 >= self.attempts.len() * 7;
        if many || errors > BREAKER_ERRORS {
            self.open_until = now + BREAKER_PAUSE;
            self.attempts.clear();
        }
    }
}

/// How long until the next attempt, if there is one: three retries after 409, 429 and 503, five when no answer came,
/// none after anything else. Zendesk retries 429 and 503 only when `Retry-After` is under a minute; this takes the bridge
/// at its word that it is. Uncertain: the whole table.
fn retry_after(status: Option<u16>, attempts: u32) -> Option<Millis> {
    let retries = match status {
        None => 5,
        Some(409 | 429 | 503) => 3,
        Some(_) => 0,
    };
    (attempts <= retries).then(|| FIRST_RETRY << (attempts - 1))
}

fn hook_view(id: &str, hook: &Target) -> Value {
    json!({"id": id, "name": hook.name, "endpoint": hook.endpoint.as_str(), "http_method": "POST", "request_format": "json",
        "status": "active", "subscriptions": ["conditional_ticket_events"],
        "created_at": stamp(hook.created), "updated_at": stamp(hook.created)})
}
