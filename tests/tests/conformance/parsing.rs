//! Laws of parsing: everything that came through a door is understood or kept, whatever else is in it.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use deskbridge_connectors::{Fixture, Inbound, Shelf, Unreadable, Verified};
use deskbridge_core::model::What;
use deskbridge_laws::subjects::{Subject, subjects, unsigned};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const UNKNOWN_WORD: &str = "deskbridge_unknown_word";

fn parse(subject: &Subject, body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    let request = subject.signed(body);
    subject.connector.parse(&Verified::kept(request))
}

fn events(subject: &Subject, fixture: &Fixture) -> Vec<Inbound> {
    let events = parse(subject, fixture.body);
    events.unwrap_or_else(|error| panic!("{} {}: {error}", subject.kind(), fixture.name))
}

/// Every connector with every fixture, as JSON too.
fn each_fixture(mut check: impl FnMut(&Subject, &Fixture, &Value)) {
    for subject in subjects() {
        for fixture in subject.registration.fixtures {
            let json = serde_json::from_slice(fixture.body);
            let json = json.unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
            check(&subject, fixture, &json);
        }
    }
}

/// What is the same about an event whose body has more in it: hints, signals and unknown things may be named by
/// their bytes.
fn essence(inbound: &Inbound) -> Inbound {
    let mut same = inbound.clone();
    match &mut same.event.what {
        What::Unknown { kind, raw } => {
            kind.clear();
            raw.clear();
            same.event.id.clear();
        }
        What::Hint(_) | What::Signal { .. } => same.event.id.clear(),
        _ => {}
    }
    same
}

/// Fails with the first difference only: whole lists are too long to read.
fn assert_same(what: &str, found: &[Inbound], wanted: &[Inbound]) {
    for (found, wanted) in essences(found).iter().zip(wanted) {
        assert_eq!(found, wanted, "{what}");
    }
    assert_eq!(found.len(), wanted.len(), "{what}: number of events");
}

fn essences(events: &[Inbound]) -> Vec<Inbound> {
    events.iter().map(essence).collect()
}

/// The paths of all values below `value`, itself included.
fn paths(value: &Value) -> Vec<String> {
    let below = |name: String, value: &Value| {
        paths(value).into_iter().map(move |path| format!("/{name}{path}")).collect::<Vec<_>>()
    };
    let mut found = vec![String::new()];
    match value {
        Value::Object(fields) => {
            let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
            found.extend(fields.iter().flat_map(|(name, value)| below(escape(name), value)));
        }
        Value::Array(items) => {
            found.extend(items.iter().enumerate().flat_map(|(at, value)| below(at.to_string(), value)));
        }
        _ => {}
    }
    found
}

/// The body with the value at that path changed.
fn changed(json: &Value, path: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json = json.clone();
    change(json.pointer_mut(path).expect("a path of this value"));
    serde_json::to_vec(&json).expect("JSON")
}

#[test]
fn every_fixture_gives_events_of_somebody_with_names_of_their_own() {
    each_fixture(|subject, fixture, _| {
        let events = events(subject, fixture);
        assert!(!events.is_empty(), "{}: nothing came of it", fixture.name);
        let ids: HashSet<(&str, &str)> =
            events.iter().map(|one| (one.owner.as_str(), one.event.id.as_str())).collect();
        assert_eq!(ids.len(), events.len(), "{}: two events have one name", fixture.name);
        for inbound in &events {
            assert!(!inbound.owner.is_empty() && !inbound.event.id.is_empty(), "{}", fixture.name);
        }
        if subject.registration.shelf == Shelf::Helpdesk {
            let known =
                |inbound: &Inbound| matches!(inbound.event.what, What::Hint(_) | What::Unknown { .. });
            assert!(events.iter().all(known), "{}: helpdesks only give hints", fixture.name);
        }
    });
}

#[test]
fn the_same_bytes_always_give_the_same_events() {
    each_fixture(|subject, fixture, _| {
        let first = events(subject, fixture);
        assert_eq!(first, events(subject, fixture), "{}", fixture.name);
        let elsewhere = subjects().into_iter().find(|other| other.kind() == subject.kind()).expect("itself");
        assert_eq!(first, events(&elsewhere, fixture), "{}: another process", fixture.name);
    });
}

#[test]
fn the_owner_of_a_fixture_is_the_account_of_the_sample_settings() {
    for subject in subjects() {
        let owners = |fixture: &Fixture| events(&subject, fixture).into_iter().map(|one| one.owner);
        let ours = subject.connector.owner();
        let found = subject.registration.fixtures.iter().flat_map(owners).any(|owner| owner == ours);
        assert!(found, "{}: no fixture is for {ours}", subject.kind());
    }
}

#[test]
fn unknown_fields_change_nothing_wherever_they_are() {
    let more = json!({"deskbridge": ["unknown", {"field": null}], "id": 1});
    each_fixture(|subject, fixture, json| {
        let wanted = essences(&events(subject, fixture));
        for path in paths(json) {
            if !json.pointer(&path).is_some_and(Value::is_object) {
                continue;
            }
            let body = changed(json, &path, |object| object["deskbridge_unknown_field"] = more.clone());
            let found =
                parse(subject, &body).unwrap_or_else(|error| panic!("{} {path}: {error}", fixture.name));
            assert_same(&format!("{} at {path:?}", fixture.name), &found, &wanted);
        }
    });
}

#[test]
fn other_white_space_and_order_of_fields_change_nothing() {
    each_fixture(|subject, fixture, json| {
        let wanted = essences(&events(subject, fixture));
        for body in [serde_json::to_vec(json), serde_json::to_vec_pretty(json)] {
            let found = parse(subject, &body.expect("JSON")).expect("it still reads");
            assert_same(fixture.name, &found, &wanted);
        }
    });
}

#[test]
fn an_unknown_word_loses_nothing() {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.chars().all(|letter| letter.is_ascii_alphabetic() || "_:.- ".contains(letter))
    };
    each_fixture(|subject, fixture, json| {
        let before = events(subject, fixture).len();
        for path in paths(json) {
            if !json.pointer(&path).and_then(Value::as_str).is_some_and(is_word) {
                continue;
            }
            let body = changed(json, &path, |word| *word = UNKNOWN_WORD.into());
            let found =
                parse(subject, &body).unwrap_or_else(|error| panic!("{} {path}: {error}", fixture.name));
            assert!(found.len() >= before, "{} at {path}: {} of {before}", fixture.name, found.len());
        }
    });
}

#[test]
fn a_value_of_another_type_is_kept_or_told_as_unreadable() {
    let others =
        [Value::Null, json!(true), json!(-1), json!(1.5), json!("x"), json!([]), json!({}), json!([[]])];
    each_fixture(|subject, fixture, json| {
        for path in paths(json) {
            for other in &others {
                let body = changed(json, &path, |value| *value = other.clone());
                let read = catch_unwind(AssertUnwindSafe(|| parse(subject, &body)));
                let read = read.unwrap_or_else(|_| panic!("{} {path} = {other}: panic", fixture.name));
                let kept = read.is_err() || read.is_ok_and(|events| !events.is_empty());
                assert!(kept, "{} {path} = {other}: vanished", fixture.name);
            }
        }
    });
}

/// Root fields that hold a list of objects in every fixture: the entries of a batch.
fn batch_field(subject: &Subject) -> Option<String> {
    let lists = |body: &[u8]| -> HashSet<String> {
        let root: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let is_list =
            |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_object));
        root.into_iter().filter(|(_, value)| is_list(value)).map(|(name, _)| name).collect()
    };
    let mut fixtures = subject.registration.fixtures.iter().map(|fixture| lists(fixture.body));
    let first = fixtures.next()?;
    fixtures.fold(first, |common, next| &common & &next).into_iter().next()
}

#[test]
fn entries_of_many_webhooks_in_one_are_all_handled() {
    for subject in subjects() {
        let Some(field) = batch_field(&subject) else {
            for fixture in subject.registration.fixtures {
                assert_eq!(events(&subject, fixture).len(), 1, "{}: a batch of no list", fixture.name);
            }
            continue;
        };
        let (mut entries, mut wanted) = (Vec::new(), Vec::new());
        let mut whole = Value::Null;
        for fixture in subject.registration.fixtures {
            whole = serde_json::from_slice(fixture.body).expect("JSON");
            entries.extend(whole[&field].as_array().cloned().unwrap_or_default());
            wanted.extend(essences(&events(&subject, fixture)));
        }
        whole[&field] = entries.clone().into();
        let found = parse(&subject, &serde_json::to_vec(&whole).expect("JSON")).expect("a batch reads");
        assert_same(subject.kind(), &found, &wanted);

        for nonsense in [json!(null), json!(5), json!({}), json!("entry"), json!([])] {
            let mut with = entries.clone();
            with.insert(1, nonsense.clone());
            whole[&field] = with.into();
            let found = parse(&subject, &serde_json::to_vec(&whole).expect("JSON")).expect("a batch reads");
            assert_eq!(found.len(), wanted.len() + 1, "{}: {nonsense} among the entries", subject.kind());
        }
    }
}

#[test]
fn a_cut_off_body_never_vanishes() {
    each_fixture(|subject, fixture, _| {
        for length in 0..fixture.body.len() {
            let body = &fixture.body[..length];
            if let Ok(events) = parse(subject, body) {
                assert!(!events.is_empty(), "{} cut at {length}: vanished", fixture.name);
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn garbled_bytes_never_panic_or_vanish(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        for subject in subjects() {
            let fixture = which.get(subject.registration.fixtures);
            let mut body = fixture.body.to_vec();
            for (at, byte) in &edits {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            if let Some(cut) = &cut {
                body.truncate(cut.index(body.len()));
            }
            if let Ok(events) = parse(&subject, &body) {
                prop_assert!(!events.is_empty(), "{}: vanished", fixture.name);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_told_as_unreadable_or_kept(body in prop::collection::vec(any::<u8>(), 0..300)) {
        for subject in subjects() {
            if let Ok(events) = parse(&subject, &body) {
                prop_assert!(!events.is_empty());
            }
        }
    }
}

#[test]
fn deeply_nested_bodies_do_not_overflow() {
    for subject in subjects() {
        for (open, close) in [("[", "]"), ("{\"entry\":[", "]}"), ("{\"a\":", "}")] {
            let body = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
            let read = subject.connector.parse(&Verified::kept(unsigned(body.as_bytes())));
            assert!(read.is_err() || read.is_ok_and(|events| !events.is_empty()), "{}", subject.kind());
        }
    }
}

#[test]
fn what_is_unreadable_says_so_without_the_content() {
    for subject in subjects() {
        for body in
            [&b"hush-hush"[..], b"", b"[\"hush-hush\"]", b"\"hush-hush\"", b"{\"hush-hush\":1}", b"\xff\xfe"]
        {
            if let Err(error) = parse(&subject, body) {
                assert!(
                    !error.why.contains("hush-hush") && !error.why.is_empty(),
                    "{}: {error}",
                    subject.kind()
                );
            }
        }
    }
}
