//! Laws of doors: what was signed with one of our keys comes in, and nothing else does.

use deskbridge_connectors::http::{HeaderName, HeaderValue, Request};
use deskbridge_core::model::What;
use deskbridge_laws::subjects::{NOW, Subject, UNSIGNED_BODIES, subjects, unsigned};
use secrecy::SecretString;

/// The headers that signing adds.
fn signature_headers(subject: &Subject, body: &[u8]) -> Vec<HeaderName> {
    let plain = unsigned(body);
    let signed = subject.signed(body);
    let added: Vec<HeaderName> =
        signed.headers.keys().filter(|name| !plain.headers.contains_key(*name)).cloned().collect();
    assert!(!added.is_empty(), "{}: signing adds nothing", subject.kind());
    added
}

fn is_rejected(subject: &Subject, request: Request) -> bool {
    match subject.connector.verify(request, NOW) {
        Ok(_) => false,
        Err(reject) => {
            assert_eq!(reject.status(), 401, "{}: {reject}", subject.kind());
            true
        }
    }
}

#[test]
fn every_fixture_comes_in_under_any_of_several_keys() {
    for subject in subjects() {
        assert!(!subject.registration.fixtures.is_empty(), "{}: no fixtures", subject.kind());
        for fixture in subject.registration.fixtures {
            for key in subject.door_keys() {
                let request = (subject.registration.sign)(unsigned(fixture.body), &key, NOW);
                let verified = subject.connector.verify(request, NOW);
                let verified = verified.unwrap_or_else(|reject| panic!("{}: {reject}", fixture.name));
                assert_eq!(verified.body(), fixture.body, "{}: bytes change on the way", fixture.name);
            }
        }
    }
}

#[test]
fn a_foreign_key_opens_no_door() {
    for subject in subjects() {
        for fixture in subject.registration.fixtures {
            for foreign in ["", "hush", "another-key-of-somebody"] {
                let key = SecretString::from(foreign);
                let request = (subject.registration.sign)(unsigned(fixture.body), &key, NOW);
                assert!(is_rejected(&subject, request), "{} {}: {foreign:?}", subject.kind(), fixture.name);
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_a_body_is_noticed() {
    for subject in subjects().iter().filter(|subject| !UNSIGNED_BODIES.contains(&subject.kind())) {
        for fixture in subject.registration.fixtures {
            let mut request = subject.signed(fixture.body);
            let mut body = fixture.body.to_vec();
            for at in 0..body.len() {
                for bit in 0..8 {
                    body[at] ^= 1 << bit;
                    request.body = body.clone().into();
                    let noticed = is_rejected(subject, request.clone());
                    assert!(noticed, "{} {}: bit {bit} of byte {at}", subject.kind(), fixture.name);
                    body[at] ^= 1 << bit;
                }
            }
        }
    }
}

#[test]
fn a_longer_or_shorter_body_is_noticed() {
    for subject in subjects().iter().filter(|subject| !UNSIGNED_BODIES.contains(&subject.kind())) {
        for fixture in subject.registration.fixtures {
            let longer = [fixture.body, b"\n"].concat();
            for body in [longer.as_slice(), &fixture.body[1..], &fixture.body[..fixture.body.len() - 1], b""]
            {
                let mut request = subject.signed(fixture.body);
                request.body = body.to_vec().into();
                assert!(is_rejected(subject, request), "{} {}", subject.kind(), fixture.name);
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_a_signature_is_noticed() {
    for subject in subjects() {
        let fixture = &subject.registration.fixtures[0];
        for name in signature_headers(&subject, fixture.body) {
            let signed = subject.signed(fixture.body);
            let value = signed.headers[&name].as_bytes().to_vec();
            for (at, bit) in (0..value.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
                let mut flipped = value.clone();
                flipped[at] ^= 1 << bit;
                // Bytes that no header may hold do not reach a door.
                let Ok(flipped) = HeaderValue::from_bytes(&flipped) else { continue };
                let mut request = signed.clone();
                request.headers.insert(&name, flipped);
                assert!(is_rejected(&subject, request), "{} {name}: bit {bit} of byte {at}", subject.kind());
            }
        }
    }
}

#[test]
fn a_missing_repeated_or_empty_signature_is_refused() {
    for subject in subjects() {
        let fixture = &subject.registration.fixtures[0];
        assert!(is_rejected(&subject, unsigned(fixture.body)), "{}: unsigned", subject.kind());
        for name in signature_headers(&subject, fixture.body) {
            let signed = subject.signed(fixture.body);
            let mut missing = signed.clone();
            missing.headers.remove(&name);
            let mut repeated = signed.clone();
            repeated.headers.append(&name, signed.headers[&name].clone());
            let mut second = signed.clone();
            second.headers.append(&name, HeaderValue::from_static("x"));
            let mut empty = signed.clone();
            empty.headers.insert(&name, HeaderValue::from_static(""));
            for (what, request) in
                [("missing", missing), ("repeated", repeated), ("a second one", second), ("empty", empty)]
            {
                assert!(is_rejected(&subject, request), "{} {name}: {what}", subject.kind());
            }
        }
    }
}

#[test]
fn a_body_that_nobody_signed_is_only_a_hint() {
    for subject in subjects().iter().filter(|subject| UNSIGNED_BODIES.contains(&subject.kind())) {
        for fixture in subject.registration.fixtures {
            let events = subject.connector.parse(&subject.verified(fixture.body)).expect("a fixture reads");
            for inbound in events {
                let only_hints = matches!(inbound.event.what, What::Hint(_) | What::Unknown { .. });
                assert!(only_hints, "{} {}: {:?}", subject.kind(), fixture.name, inbound.event.what);
            }
        }
    }
}

#[test]
fn a_post_is_never_a_handshake() {
    for subject in subjects() {
        for fixture in subject.registration.fixtures {
            assert!(subject.connector.greet(&subject.signed(fixture.body)).is_none(), "{}", subject.kind());
        }
    }
}
