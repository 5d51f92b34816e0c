//! Parsing: everything that came through a door is understood, kept or told as unreadable, and arrives.

use deskbridge_connectors::{Inbound, Shelf, Verified};
use deskbridge_core::Moment;
use deskbridge_core::model::What;
use deskbridge_engine::Envelope;

use crate::choice;
use crate::subjects::{Subject, known, unsigned};

/// A queue's limit for the name of a group.
const GROUP_MAX: usize = 128;

/// Which connector, and the body.
pub(crate) fn check(data: &[u8]) {
    let Some((&which, body)) = data.split_first() else { return };
    let Some(subject) = choice(known(), which) else { return };
    let read = parse(subject, body);
    assert_eq!(read, parse(subject, body), "{}: not deterministic", subject.kind());
    match read {
        Err(why) => assert!(!why.is_empty(), "{}: does not say why", subject.kind()),
        Ok(events) => {
            assert!(!events.is_empty(), "{}: vanished", subject.kind());
            for inbound in &events {
                is_only_what_it_may_be(subject, inbound);
                is_kept_readable(subject, inbound);
                arrives(subject, inbound);
            }
        }
    }
}

fn parse(subject: &Subject, body: &[u8]) -> Result<Vec<Inbound>, String> {
    subject.connector.parse(&Verified::kept(unsigned(body))).map_err(|unreadable| unreadable.why)
}

fn is_only_what_it_may_be(subject: &Subject, inbound: &Inbound) {
    assert!(!inbound.event.id.is_empty(), "{}: an event without a name", subject.kind());
    if subject.registration.shelf == Shelf::Helpdesk {
        let hint = matches!(inbound.event.what, What::Hint(_) | What::Unknown { .. });
        assert!(hint, "{}: {:?} of a helpdesk", subject.kind(), inbound.event.what);
    }
}

/// What was not understood is kept as a body of its own that gives it alone.
fn is_kept_readable(subject: &Subject, inbound: &Inbound) {
    if let What::Unknown { kind, raw } = &inbound.event.what {
        let again = parse(subject, raw.as_bytes());
        let named = |other: &Inbound| (other.owner.clone(), other.event.id.clone());
        let is_kind = |what: &What| matches!(what, What::Unknown { kind: other, .. } if other == kind);
        let same = matches!(again.as_deref(), Ok([only]) if named(only) == named(inbound) && is_kind(&only.event.what));
        assert!(same, "{}: {inbound:?} reads again as {again:?}", subject.kind());
    }
}

/// The queue takes it, and gives it back whole.
fn arrives(subject: &Subject, inbound: &Inbound) {
    let envelope = Envelope::event("acme", inbound.event.clone(), Moment(0));
    let text = envelope.encode();
    assert!(text.bytes().all(|byte| (0x20..=0x7f).contains(&byte)), "{}: {text:?}", subject.kind());
    assert_eq!(Envelope::decode(&text).as_ref(), Ok(&envelope), "{}: {text}", subject.kind());
    let group = &envelope.group;
    let legal = group.len() <= GROUP_MAX && group.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(legal, "{}: {group:?}", subject.kind());
}

/// Every fixture.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let with_fixtures = |(which, subject): (u8, &Subject)| {
        let bodies = subject.registration.fixtures.iter().map(|fixture| fixture.body);
        bodies.map(move |body| [&[which], body].concat()).collect::<Vec<_>>()
    };
    (0..).zip(known()).flat_map(with_fixtures).collect()
}
