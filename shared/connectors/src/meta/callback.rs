//! Meta's deauthorize and data-deletion callbacks: a form with `signed_request`, POSTed to the account's door.
//!
//! The id in them names a person to the app, and Meta does not say which messages are theirs: so nothing can be deleted by
//! itself. The callback goes to quarantine, where whoever runs the bridge sees it; the person gets a code and a page that says
//! honestly what is held where.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{Moment, digest};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;
use url::form_urlencoded;

use crate::Inbound;
use crate::http::{Method, Request, Response, Url};
use crate::verified::{Reject, Verified};

/// The form field.
const FIELD: &str = "signed_request";
/// In the callback's address (`?callback=deauthorize`): which of the two it is.
const CALLBACK: &str = "callback";
const DEAUTHORIZE: &str = "deauthorize";
/// In the address of the page: the confirmation code.
const DELETION: &str = "deletion";
/// Hexadecimal digits of each half of a code.
const HALF: usize = 12;

/// What a callback says. `user_id` is the app's id of a person and means nothing to us.
#[derive(Deserialize)]
struct Payload {
    algorithm: String,
    #[serde(default)]
    issued_at: i64,
}

/// A form field of a body, if it is there exactly once.
fn field<'a>(body: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let mut found = form_urlencoded::parse(body).filter(|(key, _)| key == name).map(|(_, value)| value);
    found.next().filter(|_| found.next().is_none())
}

/// The form field of a callback's body; `None` if it is none.
fn signed_request(body: &[u8]) -> Option<Cow<'_, str>> {
    // In this order: nearly every body is JSON, and need not be read as a form.
    if is_callback(body) { field(body, FIELD) } else { None }
}

/// Whether a body is a callback's form: everything else that Meta sends is JSON.
pub(crate) fn is_callback(body: &[u8]) -> bool {
    !body.starts_with(b"{") && form_urlencoded::parse(body).any(|(key, _)| key == FIELD)
}

/// Checks `base64url(signature).base64url(payload)`: the HMAC-SHA256 of the encoded payload under the app secret.
pub(crate) fn verify(request: Request, secrets: &[SecretString]) -> Result<Verified, Reject> {
    let signed = field(&request.body, FIELD).ok_or(Reject::MalformedSignature)?;
    let (signature, encoded) = signed.split_once('.').ok_or(Reject::MalformedSignature)?;
    let claimed = BASE64.decode(signature).map_err(|_| Reject::MalformedSignature)?;
    let payload = payload(encoded).ok_or(Reject::MalformedSignature)?;
    if claimed.len() != 32 || !payload.algorithm.eq_ignore_ascii_case("HMAC-SHA256") {
        return Err(Reject::MalformedSignature);
    }
    let encoded = encoded.as_bytes().to_vec();
    Verified::by_hmac_sha256(request, secrets, &claimed, &[&encoded])
}

fn payload(encoded: &str) -> Option<Payload> {
    serde_json::from_slice(&BASE64.decode(encoded).ok()?).ok()
}

/// The one event of a callback, for whoever runs the bridge; `None` if this is none. What is kept of it reads the same again.
pub(crate) fn parse(verified: &Verified, owner: &str) -> Option<Vec<Inbound>> {
    let signed = signed_request(verified.body())?;
    let payload = payload(signed.split_once('.')?.1)?;
    let kind = if is_deauthorize(verified) { DEAUTHORIZE } else { "data_deletion" };
    let mut raw = form_urlencoded::Serializer::new(String::new());
    let raw = raw.append_pair(CALLBACK, kind).append_pair(FIELD, &signed).finish();
    let event = Event {
        id: format!("{kind}:{:016x}", digest(&[&signed])),
        at: Moment::from_seconds(payload.issued_at),
        place: Place::Account,
        what: What::Unknown { kind: format!("{kind}_callback"), raw },
    };
    Some(vec![Inbound { owner: owner.to_owned(), event }])
}

fn is_deauthorize(verified: &Verified) -> bool {
    let request = verified.request();
    let told = request.query(CALLBACK).or_else(|| field(&request.body, CALLBACK).map(Cow::into_owned));
    told.as_deref() == Some(DEAUTHORIZE)
}

/// What Meta wants to hear: of a deletion, a code and where the person can ask for it.
pub(crate) fn receipt(verified: &Verified, secrets: &[SecretString]) -> Option<Response> {
    let signed = signed_request(verified.body())?;
    if is_deauthorize(verified) {
        return None;
    }
    let name = format!("{:0HALF$x}", digest(&[&signed]) >> 16);
    let code =
        format!("{name}{}", hex::encode(&mac(secrets.first()?, &name)?.finalize().into_bytes()[..HALF / 2]));
    let url = page(verified.request(), &code);
    Some(Response::json(200, &json!({"url": url.as_str(), "confirmation_code": code})))
}

fn mac(secret: &SecretString, name: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(format!("deletion {name}").as_bytes());
    Some(mac)
}

/// Where the page of a code is: this door, as the outside knows it. Meta only calls https, whatever a proxy made of it.
fn page(request: &Request, code: &str) -> Url {
    let mut url = request.url.clone();
    url.set_query(Some(&format!("{DELETION}={code}")));
    let forwarded =
        request.only_header("x-forwarded-host").and_then(|host| Url::parse(&format!("https://{host}/")).ok());
    if let Some(forwarded) = forwarded {
        let _ = url.set_host(forwarded.host_str());
        let _ = url.set_port(forwarded.port());
    }
    if !matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
        let _ = url.set_scheme("https");
    }
    url
}

/// The page that a deletion's answer leads to; `None` if nobody asks for it.
pub(crate) fn status(request: &Request, secrets: &[SecretString]) -> Option<Response> {
    if request.method != Method::GET {
        return None;
    }
    let code = request.query(DELETION)?;
    if !secrets.iter().any(|secret| is_known(&code, secret)) {
        return Some(Response::text(404, "No request with this code is known here."));
    }
    Some(Response::text(200, PAGE.replace("CODE", &code)).header("cache-control", "no-store"))
}

fn is_known(code: &str, secret: &SecretString) -> bool {
    let Some((name, proof)) = code.split_at_checked(HALF) else { return false };
    let Ok(proof) = hex::decode(proof) else { return false };
    proof.len() == HALF / 2 && mac(secret, name).is_some_and(|mac| mac.verify_truncated_left(&proof).is_ok())
}

const PAGE: &str = "\
Data deletion request CODE

Your request has arrived. It was handed to the people who run this service for the company whose page, account or app you used.

This service carries messages between social platforms and the company's helpdesk.

What it holds itself: no profile of you. The id in your request names you to the app only, and the platform does not tell which
messages belong to it, so nothing can be looked up under it. Of each conversation it keeps ids, times and short hashes, without
texts, for at most 400 days after the last change. A message that could not be delivered is kept whole until somebody has dealt
with it.

Where your messages are: in the company's helpdesk. To have them deleted there, write to the company, at the address in its
privacy policy or on its page, and name the code above and the account from which you wrote. A message that you delete on the
platform itself is redacted in the helpdesk as well, as far as this service can reach it.
";

#[cfg(test)]
mod tests;
