//! From webhooks to events.

use std::fmt::Write;

use deskbridge_core::model::{Event, Fate, Message, Place, What};
use secrecy::SecretString;

use super::{NOW, connector};
use crate::Inbound;
use crate::http::{Method, Request, Url};
use crate::platforms::whatsapp::REGISTRATION;

fn parse(body: &[u8]) -> Vec<Inbound> {
    let mut request = Request::new(Method::POST, Url::parse("https://bridge.example/hooks/acme").unwrap());
    request.body = body.to_vec().into();
    let signed = (REGISTRATION.sign)(request, &SecretString::from("app-secret"), NOW);
    let connector = connector();
    connector.parse(&connector.verify(signed, NOW).unwrap()).unwrap()
}

fn fixture(name: &str) -> &'static [u8] {
    let file = format!("{name}.json");
    REGISTRATION.fixtures.iter().find(|fixture| fixture.name == file).expect("a fixture").body
}

/// An event in one line.
fn line(event: &Event) -> String {
    let place = match &event.place {
        Place::Thread(thread) => thread.customer.as_str(),
        Place::Account => "account",
        _ => panic!("WhatsApp knows people and numbers"),
    };
    let what = match &event.what {
        What::Message(message) => format!("message {}", words(message)),
        What::Edited(message) => format!("edited {}", words(message)),
        What::Removed { message } => format!("removed {message}"),
        What::Own(own) => format!("own {} {:?}", own.id, own.text),
        What::Report(report) => {
            let fate = match &report.fate {
                Fate::Failed { cause, code } => format!("failed {cause:?} {code}"),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("report {} {} {fate}", report.message, report.handle.as_deref().unwrap_or("-"))
        }
        What::Renamed { to, .. } => format!("renamed {to}"),
        What::Signal { name } => format!("signal {name}"),
        What::Unknown { kind, .. } => format!("unknown {kind}"),
        other => panic!("not told by WhatsApp: {other:?}"),
    };
    format!("{place}: {what}")
}

fn words(message: &Message) -> String {
    let mut words =
        format!("{} by {} {:?}", message.id, message.author.name.as_deref().unwrap_or("-"), message.text);
    for file in &message.attachments {
        let _ = write!(words, " [{}: {}]", file.kind, file.title.as_deref().unwrap_or("-"));
    }
    for (name, part) in [("to", &message.parent), ("context", &message.context), ("at", &message.permalink)] {
        if let Some(part) = part {
            let _ = write!(words, " {name}={part}");
        }
    }
    words
}

fn lines(name: &str) -> Vec<String> {
    parse(fixture(name)).iter().map(|inbound| line(&inbound.event)).collect()
}

#[test]
fn everything_that_arrives_in_one_table() {
    let mut table = String::new();
    for fixture in REGISTRATION.fixtures {
        for inbound in parse(fixture.body) {
            assert_eq!(inbound.owner, "5001", "{}", fixture.name);
            let name = fixture.name.trim_end_matches(".json");
            let _ = writeln!(table, "{name} -> {}", line(&inbound.event));
        }
    }
    assert_eq!(table, include_str!("inbound.txt"));
}

#[test]
fn people_are_known_by_the_id_that_they_cannot_hide() {
    assert!(lines("text")[0].starts_with("DE.ann123: "));
    assert!(lines("text_hidden_phone")[0].starts_with("DE.bob456: "));
    assert!(lines("text_without_user_id")[0].starts_with("491700000003: "));
}

#[test]
fn both_ways_of_telling_a_new_id_are_one_event() {
    let (system, field) = (parse(fixture("system_user_id")), parse(fixture("user_id_update")));
    assert_eq!(system[0].event, field[0].event);
}

#[test]
fn what_is_kept_reads_again_as_it_came() {
    for name in ["unknown_type", "errors", "account_update", "calls", "status_unknown"] {
        let first = parse(fixture(name));
        let What::Unknown { raw, kind } = &first[0].event.what else { panic!("{name}") };
        let again = parse(raw.as_bytes());
        assert!(matches!(&again[0].event.what, What::Unknown { kind: same, .. } if same == kind), "{name}");
        assert_eq!(again.len(), 1);
    }
}

#[test]
fn one_bad_message_does_not_take_the_others_along() {
    let body =
        String::from_utf8(fixture("several").to_vec()).unwrap().replace(r#""body": "One""#, r#""body": 1"#);
    let told: Vec<String> = parse(body.as_bytes()).iter().map(|inbound| line(&inbound.event)).collect();
    assert_eq!(told[0], "account: unknown messages/text");
    assert!(told[1].contains("\"Two\"") && told[2].contains("\"Three\""), "{told:?}");
}
