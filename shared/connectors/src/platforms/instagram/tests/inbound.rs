//! From webhooks to events.

use std::fmt::Write;

use deskbridge_core::model::{Attachment, Message, Place, Surface, What};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{NOW, connector};
use crate::Inbound;
use crate::http::{Method, Request, Url};
use crate::platforms::instagram::REGISTRATION;

fn parse(body: &[u8]) -> Vec<Inbound> {
    let mut request = Request::new(Method::POST, Url::parse("https://bridge.example/hooks/acme").unwrap());
    request.body = body.to_vec().into();
    let signed = (REGISTRATION.sign)(request, &SecretString::from("app-secret"), NOW);
    let connector = connector();
    connector.parse(&connector.verify(signed, NOW).unwrap()).unwrap()
}

fn fixture(name: &str) -> Value {
    let file = format!("{name}.json");
    let found = REGISTRATION.fixtures.iter().find(|fixture| fixture.name == file).expect("a fixture");
    serde_json::from_slice(found.body).unwrap()
}

/// An event in one line.
fn line(inbound: &Inbound) -> String {
    let place = match &inbound.event.place {
        Place::Thread(thread) if thread.surface == Surface::Public => {
            format!("{}/{}", thread.post, thread.customer)
        }
        Place::Thread(thread) => format!("dm/{}", thread.customer),
        Place::Beside { message } => format!("beside {message}"),
        Place::Account => "account".to_owned(),
        Place::Ticket { .. } | Place::Privately { .. } => panic!("platforms know no tickets"),
    };
    let what = match &inbound.event.what {
        What::Message(message) => format!("message {}", words(message)),
        What::Edited(message) => format!("edited {}", words(message)),
        What::Activity(message) => format!("activity {}", message.context.as_deref().unwrap_or("-")),
        What::Removed { message } => format!("removed {message}"),
        What::Own(own) => format!("own {} {:?}{}", own.id, own.text, files(&own.attachments)),
        What::Report(report) => {
            let until = report.until.map_or_else(String::new, |until| format!(" until {}", until.0));
            format!("report {:?} {}{until}", report.fate, report.message)
        }
        What::Signal { name } => format!("signal {name}"),
        What::Unknown { kind, .. } => format!("unknown {kind}"),
        other => panic!("not told by Instagram: {other:?}"),
    };
    format!("{place}: {what}")
}

fn words(message: &Message) -> String {
    let mut line = format!("{} {:?}{}", message.id, message.text, files(&message.attachments));
    for (name, part) in
        [("by", &message.author.name), ("under", &message.parent), ("because", &message.context)]
    {
        if let Some(part) = part {
            let _ = write!(line, " {name} {part}");
        }
    }
    line
}

fn files(attachments: &[Attachment]) -> String {
    let file = |file: &Attachment| {
        let title = file.title.as_ref().map_or(String::new(), |title| format!(" {title:?}"));
        format!(" [{} {}{title}]", file.kind, file.url.as_deref().unwrap_or("-"))
    };
    attachments.iter().map(file).collect()
}

/// What each fixture tells, line by line, is written in `events.txt`.
#[test]
fn every_fixture_tells_its_events() {
    let mut told = String::new();
    for fixture in REGISTRATION.fixtures {
        writeln!(told, "{}", fixture.name.trim_end_matches(".json")).unwrap();
        for inbound in parse(fixture.body) {
            writeln!(told, "    {}", line(&inbound)).unwrap();
        }
    }
    for (told, wanted) in told.lines().zip(include_str!("events.txt").lines()) {
        assert_eq!(told, wanted);
    }
    assert_eq!(told.lines().count(), include_str!("events.txt").lines().count(), "{told}");
}

#[test]
fn what_is_kept_reads_again_as_the_same_event() {
    for fixture in REGISTRATION.fixtures {
        for inbound in parse(fixture.body) {
            let What::Unknown { raw, .. } = &inbound.event.what else { continue };
            assert_eq!(parse(raw.as_bytes()), std::slice::from_ref(&inbound), "{}", fixture.name);
        }
    }
}

#[test]
fn one_message_is_one_event_in_every_envelope() {
    let item = fixture("dm_text")["entry"][0]["messaging"][0].clone();
    let event = |entry: Value| parse(json!({"object": "instagram", "entry": [entry]}).to_string().as_bytes());
    let plain = event(json!({"id": "17001", "time": 1, "messaging": [item]}));
    let changes = json!({"id": "17001", "time": 1, "changes": [{"field": "messages", "value": item}]});
    let bare = json!({"id": "17001", "time": 1, "field": "messages", "value": item});
    for other in [changes, bare] {
        assert_eq!(event(other), plain);
    }
}

#[test]
fn a_redelivered_comment_has_the_same_name() {
    let mut body = fixture("comment");
    let first = parse(body.to_string().as_bytes());
    body["entry"][0]["time"] = 1_795_334_999.into();
    let second = parse(body.to_string().as_bytes());
    assert_eq!(first[0].event.id, second[0].event.id);
}

#[test]
fn times_are_those_of_the_platform() {
    let at = |body: &Value| parse(body.to_string().as_bytes())[0].event.at.0 - NOW.0;
    assert_eq!(at(&fixture("comment")), 0);
    assert_eq!(at(&fixture("dm_text")), 123);
    let mut dated = fixture("comment");
    dated["entry"][0]["changes"][0]["value"]["timestamp"] = "2026-11-22T07:59:00+0000".into();
    assert_eq!(at(&dated), -60_000);
}

#[test]
fn unexpected_shapes_cost_only_what_they_carry() {
    let event = |vary: fn(&mut Value)| {
        let mut body = fixture("comment");
        vary(&mut body["entry"][0]["changes"][0]["value"]);
        parse(body.to_string().as_bytes()).remove(0).event
    };
    let odd = event(|value| {
        value["from"] = "Ann".into();
        value["media"] = 7.into();
    });
    assert!(matches!((&odd.what, &odd.place), (What::Message(_), Place::Beside { .. })));
    let speechless = event(|value| value["text"] = json!({"runs": ["new shape"]}));
    assert!(matches!(speechless.what, What::Unknown { .. }), "what was said must not be lost");
}
