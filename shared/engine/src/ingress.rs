//! The doors: verify, read the events out, hand them to the queue, answer. Nothing is answered 200 before the queue has
//! it, and nothing authentic is dropped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http::{Method, Request, Response};
use deskbridge_connectors::{Door, Inbound, Reject, Verified};
use deskbridge_core::{Moment, digest};

use crate::directory::{Account, Directory};
use crate::envelope::{Cargo, Envelope, Piece, dedup_id};
use crate::ports::{Clock, Queue, Reception};
use crate::telemetry::Line;

/// Longer bodies are refused, unless the configuration says otherwise.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Unreadable bodies travel in parts of at most so many bytes, which keeps an envelope under the limits of queues.
const PART_BYTES_MAX: usize = 150_000;
/// An event whose envelope is longer goes to quarantine: queues would refuse it again and again.
const ENVELOPE_BYTES_MAX: usize = 250_000;
/// Writing an envelope as ASCII makes it at most so many times longer.
const ASCII_GROWTH_MAX: usize = 6;

/// Takes one request for the door `name`.
pub async fn accept<R: Reception, C: Door + ?Sized>(
    reception: &R,
    directory: &Directory<C>,
    name: &str,
    body_bytes_max: usize,
    request: Request,
) -> Response {
    match try_accept(reception, directory, name, body_bytes_max, request).await {
        Ok(response) => response,
        Err(reject) => turn_away(reception, directory, name, reject),
    }
}

/// The answer to a request that a door did not take.
pub fn turn_away<R: Reception, C: Door + ?Sized>(
    reception: &R,
    directory: &Directory<C>,
    name: &str,
    reject: Reject,
) -> Response {
    // The names of unknown doors are the caller's choice and are not repeated.
    let door = directory.get(name).map_or_else(String::new, |account| account.name.clone());
    reception.record(&Line::Rejected { door, reason: reject.name() });
    Response::text(reject.status(), reject.to_string())
}

/// Takes one request like [`accept`], and leaves it to the caller what becomes of one that is not taken.
///
/// # Errors
/// Why it was not taken. Nothing of it is kept.
pub async fn try_accept<R: Reception, C: Door + ?Sized>(
    reception: &R,
    directory: &Directory<C>,
    name: &str,
    body_bytes_max: usize,
    request: Request,
) -> Result<Response, Reject> {
    let account = directory.get(name).ok_or(Reject::UnknownDoor)?;
    if request.body.len() > body_bytes_max {
        return Err(Reject::TooLarge);
    }
    if let Some(greeting) = account.connector.greet(&request) {
        return greeting;
    }
    if request.method != Method::POST {
        return Err(Reject::WrongMethod);
    }
    let now = reception.clock().now();
    let verified = account.connector.verify(request, now)?;
    let mut mail = sort(directory, account, &verified, now);
    let trace = trace_of(&mail, now);
    mail.iter_mut().for_each(|envelope| envelope.trace.clone_from(&trace));
    let (events, unreadable) =
        mail.iter().fold((0, 0), |(events, unreadable), envelope| match envelope.cargo {
            Cargo::Event(_) => (events + 1, unreadable),
            Cargo::Unreadable { .. } => (events, unreadable + 1),
        });
    let door = account.name.clone();
    if reception.queue().send(&mail).await.is_err() {
        reception.record(&Line::QueueRefused { door });
        return Ok(Response::text(503, "try again later").header("retry-after", "5"));
    }
    reception.record(&Line::Accepted { door, events, unreadable, trace });
    let receipt = account.connector.receipt(&verified);
    Ok(receipt.unwrap_or_else(|| Response::text(200, "accepted")))
}

/// Names a webhook: short, and another one for each time it comes.
fn trace_of(mail: &[Envelope], now: Moment) -> String {
    let first = mail.first().map_or("", |envelope| envelope.id.as_str());
    format!("{:012x}", digest(&[first, &now.0.to_string()]) >> 16)
}

/// The envelopes of a verified webhook: each event to the account it belongs to, what is not understood to quarantine.
fn sort<C: Door + ?Sized>(
    directory: &Directory<C>,
    account: &Account<C>,
    verified: &Verified,
    now: Moment,
) -> Vec<Envelope> {
    let inbound = match account.connector.parse(verified) {
        Ok(inbound) => inbound,
        Err(unreadable) => return unreadable_parts(&account.name, verified.body(), &unreadable.why, now),
    };
    let mut mail = Vec::with_capacity(inbound.len());
    let mut strangers: Vec<String> = Vec::new();
    let mut too_long = false;
    for Inbound { owner, event } in inbound {
        match recipient(directory, account, &owner, verified, now) {
            Some(name) => {
                let envelope = Envelope::event(name, event, now);
                if verified.body().len() > ENVELOPE_BYTES_MAX / ASCII_GROWTH_MAX
                    && envelope.encode().len() > ENVELOPE_BYTES_MAX
                {
                    too_long = true;
                } else {
                    mail.push(envelope);
                }
            }
            None if strangers.contains(&owner) => {}
            None => strangers.push(owner),
        }
    }
    if too_long {
        mail.extend(unreadable_parts(
            &account.name,
            verified.body(),
            "an event is too long for the queue",
            now,
        ));
    }
    if !strangers.is_empty() {
        let why = format!("no account is configured for {}", strangers.join(", "));
        mail.extend(unreadable_parts(&account.name, verified.body(), &why, now));
    }
    mail
}

/// Whose event it is. Another account than the door's may only get it if its own keys accept the webhook, too.
fn recipient<'a, C: Door + ?Sized>(
    directory: &'a Directory<C>,
    account: &'a Account<C>,
    owner: &str,
    verified: &Verified,
    now: Moment,
) -> Option<&'a str> {
    if account.connector.owner() == owner {
        return Some(&account.name);
    }
    directory
        .iter()
        .filter(|other| {
            other.registration.kind == account.registration.kind && other.connector.owner() == owner
        })
        .find(|other| other.connector.verify(verified.request().clone(), now).is_ok())
        .map(|other| other.name.as_str())
}

fn unreadable_parts(account: &str, body: &[u8], why: &str, now: Moment) -> Vec<Envelope> {
    let name = digest(&[account, &BASE64.encode(body)]);
    let parts: Vec<&[u8]> = if body.is_empty() { vec![body] } else { body.chunks(PART_BYTES_MAX).collect() };
    let of = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    (1..)
        .zip(parts)
        .map(|(part, bytes)| Envelope {
            v: Envelope::FORMAT,
            id: dedup_id(account, &format!("unreadable:{name:016x}:{part}")),
            group: format!("{account}:account"),
            account: account.to_owned(),
            received_at: now,
            trace: String::new(),
            cargo: Cargo::Unreadable {
                why: why.to_owned(),
                body: BASE64.encode(bytes),
                piece: (of > 1).then(|| Piece { whole: format!("{name:016x}"), part, of }),
            },
        })
        .collect()
}
