//! From webhooks to events.

use std::collections::BTreeSet;
use std::fmt::Write;

use deskbridge_core::model::{Attachment, Event, Message, Place, Surface, What};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{NOW, connector, door};
use crate::platforms::facebook::REGISTRATION;
use crate::{Inbound, Unreadable};

fn read(body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    let mut request = door();
    request.body = body.to_vec().into();
    let signed = (REGISTRATION.sign)(request, &SecretString::from("app-secret"), NOW);
    let connector = connector();
    connector.parse(&connector.verify(signed, NOW).unwrap())
}

fn parse(body: &[u8]) -> Vec<Inbound> {
    read(body).unwrap()
}

fn fixture(name: &str) -> &'static [u8] {
    let file = format!("{name}.json");
    let found = REGISTRATION.fixtures.iter().find(|fixture| fixture.name == file);
    found.unwrap_or_else(|| panic!("no fixture {name}")).body
}

/// The only event of a fixture, or of a variation of one.
fn event(name: &str, vary: impl Fn(&mut Value)) -> Event {
    let mut body: Value = serde_json::from_slice(fixture(name)).unwrap();
    vary(&mut body["entry"][0]);
    let mut events = parse(body.to_string().as_bytes());
    assert_eq!(events.len(), 1, "{name}");
    events.remove(0).event
}

fn value(entry: &mut Value) -> &mut Value {
    &mut entry["changes"][0]["value"]
}

fn as_it_is(_: &mut Value) {}

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
        What::Hidden { message, hidden } => format!("hidden={hidden} {message}"),
        What::Own(own) => {
            format!("own {} {:?} {:?}{}", own.id, own.text, own.handle, files(&own.attachments))
        }
        What::Report(report) => {
            let until = report.until.map_or_else(String::new, |until| format!(" until {}", until.0));
            format!("report {:?} {}{until}", report.fate, report.message)
        }
        What::Signal { name } => format!("signal {name}"),
        What::Unknown { kind, .. } => format!("unknown {kind}"),
        other => panic!("not told by Facebook: {other:?}"),
    };
    format!("{place}: {what}")
}

fn words(message: &Message) -> String {
    let mut line = format!("{} {:?}{}", message.id, message.text, files(&message.attachments));
    for (name, part) in
        [("by", &message.author.name), ("under", &message.parent), ("because", &message.context)]
    {
        if let Some(part) = part {
            line.push_str(&format!(" {name} {part}"));
        }
    }
    line
}

fn files(attachments: &[Attachment]) -> String {
    attachments
        .iter()
        .map(|file| {
            let url = file.url.as_deref().unwrap_or("-");
            let title = file.title.as_ref().map_or(String::new(), |title| format!(" {title:?}"));
            format!(" [{} {url}{title}]", file.kind)
        })
        .collect()
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
    assert_eq!(told.lines().count(), include_str!("events.txt").lines().count());
}

#[test]
fn events_of_several_pages_name_their_owners() {
    let owners: Vec<String> = parse(fixture("several")).into_iter().map(|inbound| inbound.owner).collect();
    let mut wanted = vec!["1001"; 9];
    wanted[3] = "1002";
    assert_eq!(owners, wanted);
}

#[test]
fn what_is_not_understood_is_kept_whole() {
    let body: Value = serde_json::from_slice(fixture("several")).unwrap();
    let kept: Vec<Value> = parse(fixture("several"))
        .into_iter()
        .filter_map(|inbound| match inbound.event.what {
            What::Unknown { raw, .. } => Some(serde_json::from_str(&raw).unwrap()),
            _ => None,
        })
        .collect();
    let entries = &body["entry"];
    let parts = |body: &Value| -> Value {
        let entry = &body["entry"][0];
        let list = ["changes", "messaging"].into_iter().find_map(|name| entry.get(name)?.get(0));
        list.unwrap_or(entry).clone()
    };
    let messaging = &entries[2]["messaging"];
    let whole =
        [entries[0]["changes"][1].clone(), messaging[1].clone(), messaging[2].clone(), entries[3].clone()];
    assert_eq!(kept.iter().map(parts).collect::<Vec<_>>(), whole);
}

#[test]
fn what_is_kept_reads_again_as_the_same_event() {
    for fixture in REGISTRATION.fixtures {
        for inbound in read(fixture.body).unwrap_or_default() {
            let What::Unknown { raw, .. } = &inbound.event.what else { continue };
            assert_eq!(read(raw.as_bytes()), Ok(vec![inbound.clone()]), "{}", fixture.name);
        }
    }
}

#[test]
fn unreadable_bodies_say_why() {
    for (body, why) in [
        (&b"not json"[..], "not JSON"),
        (b"", "not JSON"),
        (b"{\"entry\":[\"\xff\"]}", "not JSON"),
        (b"{\"object\":\"page\"}", "no list of entries"),
        (b"[1,2]", "no list of entries"),
        (b"{\"entry\":{}}", "no list of entries"),
        (b"{\"entry\":[]}", "an empty list of entries"),
    ] {
        assert_eq!(read(body).unwrap_err().why, why);
    }
}

#[test]
fn odd_entries_still_give_one_event_each() {
    let body = br#"{"entry":[{}, 7, {"id":"5"}, {"id":1001,"changes":[]}, {"id":"1001","messaging":[{}]}]}"#;
    let events = parse(body);
    assert!(events.iter().all(|inbound| matches!(inbound.event.what, What::Unknown { .. })));
    let owners: Vec<&str> = events.iter().map(|inbound| inbound.owner.as_str()).collect();
    assert_eq!(owners, ["1001", "1001", "5", "1001", "1001"]);
}

#[test]
fn ids_are_stable_and_different() {
    let ids =
        |body: &[u8]| -> Vec<String> { parse(body).into_iter().map(|inbound| inbound.event.id).collect() };
    for fixture in REGISTRATION.fixtures {
        let first = ids(fixture.body);
        assert_eq!(first, ids(fixture.body), "{}", fixture.name);
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len(), "{}", fixture.name);
    }
    let later = event("feed_comment", |entry| {
        entry["time"] = 1_795_334_999.into();
        value(entry)["photo"] = "https://scontent.example/signed-anew.jpg".into();
    });
    assert_eq!(later.id, event("feed_comment", as_it_is).id, "a redelivery is the same event");
}

#[test]
fn a_comment_that_mentions_the_page_is_one_event_in_both_fields() {
    let mention = event("mention_in_comment", |entry| {
        *value(entry) =
            json!({"post_id": "1001_5001", "comment_id": "5001_6001", "verb": "add", "message": "x"});
    });
    assert_eq!(mention.id, event("feed_comment", as_it_is).id);
    let elsewhere = event("mention_in_comment", as_it_is);
    assert_ne!(mention.id, elsewhere.id);
}

#[test]
fn later_events_of_one_comment_differ() {
    let edit = |text: &'static str, at: i64| {
        let vary = move |entry: &mut Value| {
            value(entry)["message"] = text.into();
            value(entry)["edited_time"] = at.into();
        };
        event("feed_comment_edited", vary).id
    };
    assert_eq!(edit("a", 1), edit("a", 1));
    assert_ne!(edit("a", 1), edit("b", 1), "two edits within one second");
    assert_ne!(edit("a", 1), edit("a", 2));
    let removed = event("feed_comment_removed", as_it_is).id;
    let hidden = event("feed_comment_hidden", as_it_is).id;
    assert!(removed != hidden && removed != event("feed_comment", as_it_is).id);
    let held = event("messenger_standby", |entry| {
        let items = entry["standby"].take();
        *entry = json!({"id": "1001", "messaging": items});
    });
    assert_eq!(
        held.id,
        event("messenger_standby", as_it_is).id,
        "the same message, whoever holds the thread"
    );
}

#[test]
fn times_are_those_of_the_platform() {
    let seconds = |name, vary: fn(&mut Value)| event(name, vary).at.0 - NOW.0;
    assert_eq!(seconds("feed_comment", as_it_is), 0);
    assert_eq!(seconds("feed_comment_edited", as_it_is), 60_000);
    assert_eq!(seconds("messenger_text", as_it_is), 123);
    assert_eq!(seconds("feed_comment", |entry| value(entry)["created_time"] = Value::Null), 5_000);
    assert_eq!(seconds("messenger_text", |entry| entry["messaging"][0]["timestamp"] = Value::Null), 623);
}

#[test]
fn links_lead_to_the_very_comment() {
    let permalink = |name, vary: fn(&mut Value)| match event(name, vary).what {
        What::Message(message) => message.permalink.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    let post = "https://www.facebook.com/acmebikes/posts/pfbid0AcmeSpring";
    assert_eq!(permalink("feed_comment", as_it_is), format!("{post}?comment_id=6001"));
    let reply = format!("{post}?comment_id=6001&reply_comment_id=6003");
    assert_eq!(permalink("feed_reply", as_it_is), reply);
    assert_eq!(permalink("feed_visitor_post", as_it_is), "https://www.facebook.com/1001_5002");
    let odd = |entry: &mut Value| value(entry)["post"]["permalink_url"] = "javascript:alert(1)".into();
    assert_eq!(permalink("feed_comment", odd), "https://www.facebook.com/5001_6001");
}

#[test]
fn a_visitors_post_is_never_taken_for_unpublished() {
    let held = event("feed_visitor_post", |entry| value(entry)["published"] = 0.into());
    assert!(matches!(held.what, What::Message(_)));
    let nameless = event("feed_scheduled_post", |entry| value(entry)["from"] = Value::Null);
    assert_eq!(nameless.what, What::Signal { name: "unpublished_post".to_owned() });
}

#[test]
fn our_own_edits_and_removals_are_no_customers() {
    let me = json!({"id": 1001, "name": "Acme Bikes"});
    let own = |name, parent: &str| {
        event(name, |entry| {
            value(entry)["from"] = me.clone();
            value(entry)["parent_id"] = parent.into();
        })
    };
    let edit = own("feed_comment_edited", "5001_6000");
    assert_eq!(edit.what, What::Signal { name: "own_edit".to_owned() });
    let beside = |message: &str| Place::Beside { message: message.to_owned() };
    assert_eq!(own("feed_comment_removed", "5001_6000").place, beside("5001_6000"));
    assert_eq!(own("feed_comment_removed", "1001_5001").place, beside("5001_6001"));
    let typed = event("messenger_edit", |entry| {
        let item = &mut entry["messaging"][0];
        (item["sender"]["id"], item["recipient"]["id"]) = ("1001".into(), "24001".into());
    });
    assert_eq!(typed.what, What::Signal { name: "own_edit".to_owned() });
    let silent_echo =
        event("messenger_echo", |entry| entry["messaging"][0]["message"]["is_echo"] = false.into());
    assert!(matches!(silent_echo.what, What::Own(_)), "what the page sends is own, flagged or not");
}

#[test]
fn unexpected_shapes_cost_only_what_they_carry() {
    let odd = event("feed_comment", |entry| {
        value(entry)["from"] = "Lena".into();
        value(entry)["post"] = 7.into();
        value(entry)["created_time"] = json!([]);
    });
    assert!(matches!((&odd.what, &odd.place), (What::Message(_), Place::Beside { .. })));
    let speechless = event("feed_comment", |entry| value(entry)["message"] = json!({"text": "new shape"}));
    assert!(matches!(speechless.what, What::Unknown { .. }), "what was said must not be lost");
    let nobody = event("messenger_text", |entry| entry["messaging"][0]["sender"] = json!({"user_ref": "x"}));
    assert!(matches!(nobody.what, What::Unknown { .. }));
    let ourselves = event("messenger_echo", |entry| entry["messaging"][0]["recipient"]["id"] = "1001".into());
    assert!(matches!(ourselves.what, What::Unknown { .. }), "the page is nobody's customer");
}
