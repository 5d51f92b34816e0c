//! Doors: what was signed with one of our keys comes in, and nothing else does.

use std::collections::BTreeSet;

use deskbridge_connectors::SecretUse;
use deskbridge_connectors::http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::subjects::{NOW, Subject, known, secret_text, unsigned};
use crate::{BORDER, choice, joined, parts};

/// Which connector; its signature's headers in the order of their names; and the body.
pub(crate) fn check(data: &[u8]) {
    let Some((&which, rest)) = data.split_first() else { return };
    let Some(subject) = choice(known(), which) else { return };
    greets_only_who_knows_our_token(subject, rest);
    let names = signature_headers(subject);
    let mut parts = parts(rest, names.len() + 1);
    let mut headers = HeaderMap::new();
    for name in names {
        // Bytes that no header may hold do not reach a door.
        let Some(Ok(value)) = parts.next().map(HeaderValue::from_bytes) else { return };
        headers.append(name, value);
    }
    let body = parts.next().unwrap_or_default();
    let mut claimed = unsigned(body);
    claimed.headers.extend(headers);
    takes_only_what_we_signed(subject, &claimed);
}

fn takes_only_what_we_signed(subject: &Subject, claimed: &Request) {
    let signed = subject.door_keys().into_iter().map(|key| {
        let request = (subject.registration.sign)(unsigned(&claimed.body), &key, NOW);
        assert!(subject.connector.verify(request.clone(), NOW).is_ok(), "{}: our own", subject.kind());
        request
    });
    let ours: Vec<Request> = signed.collect();
    match subject.connector.verify(claimed.clone(), NOW) {
        Ok(verified) => {
            assert_eq!(verified.body(), &claimed.body[..], "{}: bytes change on the way", subject.kind());
            let known = ours.iter().any(|ours| ours.headers == claimed.headers);
            assert!(known, "{}: {:?} came in", subject.kind(), claimed.headers);
        }
        Err(reject) => assert_eq!(reject.status(), 401, "{}: {reject}", subject.kind()),
    }
    assert!(subject.connector.greet(claimed).is_none(), "{}: a POST is greeted", subject.kind());
}

fn greets_only_who_knows_our_token(subject: &Subject, query: &[u8]) {
    let mut url = unsigned(b"").url;
    url.set_query(Some(&String::from_utf8_lossy(query)));
    let request = Request::get(url);
    if let Some(Ok(_)) = subject.connector.greet(&request) {
        let tokens = tokens(subject);
        let told = request.url.query_pairs().any(|(_, value)| tokens.contains(value.as_ref()));
        assert!(told, "{}: {} is greeted", subject.kind(), request.url);
    }
}

fn tokens(subject: &Subject) -> BTreeSet<String> {
    let door = subject.registration.secrets.iter().filter(|spec| spec.used_by == SecretUse::Door);
    door.flat_map(|spec| (0..2).map(|nth| secret_text(spec.name, nth))).collect()
}

/// The headers that signing adds, in the order of their names.
fn signature_headers(subject: &Subject) -> Vec<HeaderName> {
    let plain = unsigned(b"");
    let signed = subject.signed(b"");
    let added = signed.headers.keys().filter(|name| !plain.headers.contains_key(*name));
    let mut added: Vec<HeaderName> = added.cloned().collect();
    added.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    added
}

/// Every fixture with its signature, and a handshake.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for (which, subject) in (0_u8..).zip(known()) {
        for fixture in subject.registration.fixtures {
            let signed = subject.signed(fixture.body);
            let headers = signature_headers(subject);
            let values: Vec<&[u8]> = headers.iter().map(|name| signed.headers[name].as_bytes()).collect();
            samples.push([&[which], joined(&values).as_slice(), &[BORDER], fixture.body].concat());
        }
        for token in tokens(subject) {
            let query = format!("hub.mode=subscribe&hub.challenge=115&hub.verify_token={token}");
            samples.push([&[which], query.as_bytes()].concat());
        }
    }
    samples
}
