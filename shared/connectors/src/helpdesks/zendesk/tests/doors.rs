//! Signatures and webhook bodies.

use deskbridge_core::effect::EffectKind;
use deskbridge_core::model::{Event, Hint, Place, Surface, What};
use deskbridge_core::{EffectId, Guarantee};

use super::*;
use crate::http::{Method, Request, Url};
use crate::{Fixture, Inbound, Reject, Unreadable};

const SIGNATURE: &str = "x-zendesk-webhook-signature";
const TIMESTAMP: &str = "x-zendesk-webhook-signature-timestamp";
const INVOCATION: &str = "x-zendesk-webhook-invocation-id";

/// 2026-01-01T00:00:00Z.
const NEW_YEAR: Moment = Moment(1_767_225_600_000);

fn webhook(body: &[u8]) -> Request {
    let mut request = Request::new(Method::POST, Url::parse("https://bridge.example/hooks/acme").unwrap());
    request.body = body.to_vec().into();
    request
}

fn signed(body: &[u8]) -> Request {
    (REGISTRATION.sign)(webhook(body), &SecretString::from(KEY.to_owned()), START)
}

fn parsed(request: Request) -> Result<Vec<Inbound>, Unreadable> {
    zendesk().parse(&zendesk().verify(request, START).unwrap())
}

fn event(request: Request) -> Event {
    let mut events = parsed(request).unwrap();
    assert_eq!((events.len(), events[0].owner.as_str()), (1, "acme"));
    events.remove(0).event
}

fn fixture(name: &str) -> &'static [u8] {
    REGISTRATION.fixtures.iter().find(|fixture| fixture.name == name).unwrap().body
}

#[test]
fn known_signatures_pass() {
    let vectors: [(&[u8], &str); 2] = [
        (br#"{"ticket_id":"35"}"#, "wonxN62gr0G6DHTG45sy7HW1NJ/xQfYW2+cUQMnO+k0="),
        (b"", "3oJmZ0ji7b+iOyoxyTZdQvIjlUaHYF+GNZ7cSymja8w="),
    ];
    for (body, signature) in vectors {
        let request = webhook(body).header(SIGNATURE, signature).header(TIMESTAMP, "2026-01-01T00:00:00Z");
        assert!(zendesk().verify(request, NEW_YEAR).is_ok());
        let ours = (REGISTRATION.sign)(webhook(body), &SecretString::from(KEY.to_owned()), NEW_YEAR);
        assert_eq!(ours.headers[SIGNATURE], signature);
    }
}

#[test]
fn what_is_not_signed_like_that_is_turned_away() {
    let good = || signed(b"{}");
    let without = |name: &str| {
        let mut request = good();
        request.headers.remove(name);
        request
    };
    let twice = |name: &'static str| {
        let mut request = good();
        let value = request.headers[name].clone();
        request.headers.append(name, value);
        request
    };
    let cases = [
        (webhook(b"{}"), Reject::NoSignature),
        (without(SIGNATURE), Reject::NoSignature),
        (without(TIMESTAMP), Reject::NoSignature),
        (twice(SIGNATURE), Reject::MalformedSignature),
        (twice(TIMESTAMP), Reject::MalformedSignature),
        (good().header(SIGNATURE, "not base64!"), Reject::MalformedSignature),
        (good().header(TIMESTAMP, "yesterday"), Reject::MalformedSignature),
        (good().header(SIGNATURE, "d29ueA=="), Reject::WrongSignature),
        (good().header(TIMESTAMP, "2026-11-22T10:00:01Z"), Reject::WrongSignature),
        (
            (REGISTRATION.sign)(webhook(b"{}"), &SecretString::from("other".to_owned()), START),
            Reject::WrongSignature,
        ),
    ];
    for (place, (request, expected)) in cases.into_iter().enumerate() {
        assert_eq!(zendesk().verify(request, START).err(), Some(expected), "case {place}");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let good = signed(br#"{"ticket_id":"35"}"#);
    for bit in 0..good.body.len() * 8 {
        let mut request = good.clone();
        let mut body = request.body.to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        request.body = body.into();
        assert_eq!(zendesk().verify(request, START).err(), Some(Reject::WrongSignature));
    }
}

#[test]
fn a_signature_is_good_for_a_quarter_of_an_hour_either_way() {
    for (seconds, expected) in
        [(900, None), (-900, None), (901, Some(Reject::StaleSignature)), (-901, Some(Reject::StaleSignature))]
    {
        let now = Moment(START.0 + seconds * 1000);
        assert_eq!(zendesk().verify(signed(b"{}"), now).err(), expected, "{seconds} s");
    }
}

#[test]
fn several_keys_are_accepted_and_none_accepts_nothing() {
    let open = |secrets: Vec<&str>| {
        let secrets = secrets.into_iter().map(|secret| SecretString::from(secret.to_owned())).collect();
        let keys = Keys::default().with("webhook_secrets", secrets);
        (REGISTRATION.open)(&Settings::sample(), keys).unwrap_or_else(|_| panic!())
    };
    assert!(open(vec!["new", KEY]).verify(signed(b"{}"), START).is_ok());
    assert_eq!(open(vec![]).verify(signed(b"{}"), START).err(), Some(Reject::WrongSignature));
    assert!(open(vec![]).greet(&webhook(b"")).is_none());
}

#[test]
fn tickets_become_hints() {
    use TicketStatus::{Open, Pending, Solved};
    let comment = Some("acme-facebook:c:1001_77:9001");
    let direct = |customer: &'static str| Some(customer);
    let cases = [
        ("trigger_reply.json", "35", comment, Some(Open)),
        ("trigger_number_ids.json", "35", direct("acme-facebook:d:9001"), Some(Pending)),
        ("trigger_only_ticket.json", "36", None, None),
        ("trigger_localised_status.json", "37", direct("acme-facebook:d:9002"), None),
        ("trigger_unmapped_ticket.json", "38", None, Some(Solved)),
        ("event_comment_added.json", "35", comment, Some(Open)),
        ("event_private_note.json", "35", comment, Some(Open)),
        ("event_status_changed.json", "35", comment, Some(Solved)),
        ("event_merged.json", "35", comment, Some(TicketStatus::Closed)),
        ("event_soft_deleted.json", "35", None, None),
    ];
    for (name, ticket, conversation, status) in cases {
        let event = event(signed(fixture(name)));
        let conversation = conversation.map(str::to_owned);
        assert_eq!(event.place, Place::Ticket { ticket: ticket.to_owned(), conversation }, "{name}");
        assert_eq!(event.what, What::Hint(Hint { ticket: ticket.to_owned(), status }), "{name}");
    }
}

#[test]
fn events_about_something_else_are_kept_whole() {
    let body = fixture("event_user_changed.json");
    let event = event(signed(body));
    let raw = String::from_utf8(body.to_vec()).unwrap();
    assert_eq!(event.place, Place::Account);
    assert_eq!(event.what, What::Unknown { kind: "zen:event-type:user.name_changed".to_owned(), raw });
}

#[test]
fn bodies_of_unknown_shape_are_unreadable() {
    for body in [
        "",
        "nonsense",
        "[]",
        "{}",
        "35",
        r#"{"ticket_id":null}"#,
        r#"{"ticket_id":"../users/1"}"#,
        r#"{"ticket_id":1.5}"#,
    ] {
        assert!(parsed(signed(body.as_bytes())).is_err(), "{body}");
    }
}

#[test]
fn an_event_has_one_id_however_often_it_comes() {
    let trigger = fixture("trigger_reply.json");
    let named = |id: &str| event(signed(trigger).header(INVOCATION, id)).id;
    assert_eq!(named("01H"), named("01H"));
    assert_ne!(named("01H"), named("01J"));
    // Two replies in one ticket have the same body: without an invocation id the time keeps them apart.
    let secret = SecretString::from(KEY.to_owned());
    let later = (REGISTRATION.sign)(webhook(trigger), &secret, Moment(START.0 + 1000));
    assert_eq!(event(signed(trigger)).id, event(signed(trigger)).id);
    assert_ne!(event(signed(trigger)).id, event(later).id);
    // An event brings its own id and time, whatever the delivery says.
    let told = event(signed(fixture("event_comment_added.json")).header(INVOCATION, "01H"));
    assert_eq!(told.id, "event:0a1b2c3d-0000-4000-8000-000000000001");
    assert_eq!(told.at, Moment(START.0 + 300_250));
    assert_eq!(event(signed(trigger)).at, START);
}

#[test]
fn every_fixture_is_read() {
    assert!(REGISTRATION.fixtures.len() >= 8);
    for Fixture { name, body } in REGISTRATION.fixtures {
        assert_eq!(parsed(signed(body)).map(|events| events.len()), Ok(1), "{name}");
    }
}

#[test]
fn guarantees_are_what_the_lookup_can_keep() {
    let zendesk = zendesk();
    assert!(matches!(zendesk.guarantee(EffectKind::CreateTicket), Guarantee::Keyed { window, settle }
        if window.as_secs() < 7200 && settle < window));
    for kind in [EffectKind::AppendComment, EffectKind::AddNote] {
        assert!(matches!(zendesk.guarantee(kind), Guarantee::Findable { .. }));
    }
    assert_eq!(zendesk.guarantee(EffectKind::PostReply(Surface::Direct)), Guarantee::Blind);
    assert_eq!(EffectId(0xabc).to_string(), "db-0000000000000abc");
}
