//! Zendesk's webhooks: their signature, and the hints in them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_core::model::{Event, Hint, Place, What};
use deskbridge_core::{Moment, digest};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::Sha256;
use std::time::Duration;

use super::wire::{Id, moment, status};
use crate::http::Request;
use crate::{Inbound, Reject, Unreadable, Verified};

const SIGNATURE: &str = "x-zendesk-webhook-signature";
const TIMESTAMP: &str = "x-zendesk-webhook-signature-timestamp";
const INVOCATION: &str = "x-zendesk-webhook-invocation-id";

/// How far the signed timestamp may be from now. Zendesk documents no limit, and it is uncertain whether a repeated
/// delivery is signed anew; what comes later than this is found by reading what changed.
const TOLERANCE: Duration = Duration::from_secs(15 * 60);

/// Checks base64(HMAC-SHA256(secret, timestamp ++ body)).
pub(super) fn verify(request: Request, keys: &[SecretString], now: Moment) -> Result<Verified, Reject> {
    let claimed = BASE64.decode(only(&request, SIGNATURE)?).map_err(|_| Reject::MalformedSignature)?;
    let timestamp = only(&request, TIMESTAMP)?.to_owned();
    let signed_at = moment(&timestamp).ok_or(Reject::MalformedSignature)?;
    let body = request.body.clone();
    let verified = Verified::by_hmac_sha256(request, keys, &claimed, &[timestamp.as_bytes(), &body])?;
    if now.since(signed_at).max(signed_at.since(now)) > TOLERANCE {
        return Err(Reject::StaleSignature);
    }
    Ok(verified)
}

fn only<'a>(request: &'a Request, name: &str) -> Result<&'a str, Reject> {
    match request.only_header(name) {
        Some(value) => Ok(value),
        None if request.headers.contains_key(name) => Err(Reject::MalformedSignature),
        None => Err(Reject::NoSignature),
    }
}

/// Signs a webhook as Zendesk does.
pub(super) fn sign(request: Request, key: &SecretString, now: Moment) -> Request {
    let timestamp = jiff::Timestamp::from_second(now.seconds()).unwrap_or_default().to_string();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else { return request };
    mac.update(timestamp.as_bytes());
    mac.update(&request.body);
    let signature = BASE64.encode(mac.finalize().into_bytes());
    request.header(SIGNATURE, &signature).header(TIMESTAMP, &timestamp)
}

/// The body of our trigger. Only the ticket must be there; whoever shortens the template still gets hints.
#[derive(Deserialize)]
struct Trigger {
    ticket_id: Id,
    #[serde(default)]
    external_id: Value,
    #[serde(default)]
    status: Value,
}

/// The body of an event webhook.
#[derive(Deserialize)]
struct EventBody {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Value,
    #[serde(default)]
    time: Value,
    #[serde(default)]
    detail: Value,
}

/// Reads the one event of a webhook.
pub(super) fn parse(verified: &Verified, owner: &str) -> Result<Vec<Inbound>, Unreadable> {
    let body: Value =
        serde_json::from_slice(verified.body()).map_err(|_| unreadable("the body is not JSON"))?;
    let event = if let Some(trigger) = shaped::<Trigger>(&body) {
        let what = hint(&trigger.ticket_id.0, &trigger.external_id, &trigger.status);
        let (place, what) = what.ok_or_else(|| unreadable("`ticket_id` is not an id"))?;
        Event { id: invocation(verified), at: signed_at(verified), place, what }
    } else if let Some(told) = shaped::<EventBody>(&body) {
        read_event(verified, &told)
    } else {
        return Err(unreadable("neither `ticket_id` nor an event `type`"));
    };
    Ok(vec![Inbound { owner: owner.to_owned(), event }])
}

fn read_event(verified: &Verified, told: &EventBody) -> Event {
    let about_ticket = told.kind.starts_with("zen:event-type:ticket.");
    let ticket = shaped::<Id>(&told.detail["id"]).filter(|_| about_ticket);
    let hint = ticket.and_then(|ticket| hint(&ticket.0, &told.detail["external_id"], &told.detail["status"]));
    let (place, what) = hint.unwrap_or_else(|| {
        let raw = String::from_utf8_lossy(verified.body()).into_owned();
        (Place::Account, What::Unknown { kind: told.kind.clone(), raw })
    });
    let id = text(&told.id).map_or_else(|| invocation(verified), |id| format!("event:{id}"));
    let at = told.time.as_str().and_then(moment).unwrap_or_else(|| signed_at(verified));
    Event { id, at, place, what }
}

fn hint(ticket: &str, external_id: &Value, state: &Value) -> Option<(Place, What)> {
    let ticket = ticket.trim();
    let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if ticket.is_empty() || ticket.len() > 64 || !ticket.chars().all(known) {
        return None;
    }
    let place = Place::Ticket { ticket: ticket.to_owned(), conversation: text(external_id) };
    let hint = Hint { ticket: ticket.to_owned(), status: state.as_str().and_then(status) };
    Some((place, What::Hint(hint)))
}

/// Names a webhook that has no id inside. The invocation id stays the same when Zendesk repeats a delivery; without it,
/// time and bytes together: bytes alone would make two replies in one ticket look like one.
fn invocation(verified: &Verified) -> String {
    match verified.request().only_header(INVOCATION) {
        Some(id) if !id.is_empty() => format!("invocation:{id}"),
        _ => {
            let timestamp = verified.request().only_header(TIMESTAMP).unwrap_or_default();
            let body = String::from_utf8_lossy(verified.body());
            format!("body:{:016x}", digest(&[timestamp, &body]))
        }
    }
}

fn signed_at(verified: &Verified) -> Moment {
    verified.request().only_header(TIMESTAMP).and_then(moment).unwrap_or_default()
}

fn shaped<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// A value that is text or a whole number, as text; `None` if there is nothing in it.
fn text(value: &Value) -> Option<String> {
    shaped::<Id>(value).map(|id| id.0.trim().to_owned()).filter(|text| !text.is_empty())
}

fn unreadable(why: &str) -> Unreadable {
    Unreadable { why: why.to_owned() }
}
