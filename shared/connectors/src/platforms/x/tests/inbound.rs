//! From webhooks to events.

use std::fmt::Write;

use deskbridge_core::model::{Attachment, Event, Message, Place, Surface, What};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{NOW, connector, connector_with, door};
use crate::platforms::x::REGISTRATION;
use crate::{Connector, Inbound, Unreadable};

fn read_with(connector: &dyn Connector, body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    let mut request = door();
    request.body = body.to_vec().into();
    let signed = (REGISTRATION.sign)(request, &SecretString::from("consumer-secret"), NOW);
    connector.parse(&connector.verify(signed, NOW).unwrap())
}

fn read(body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    read_with(&*connector(), body)
}

fn fixture(name: &str) -> &'static [u8] {
    let file = format!("{name}.json");
    let found = REGISTRATION.fixtures.iter().find(|fixture| fixture.name == file);
    found.unwrap_or_else(|| panic!("no fixture {name}")).body
}

/// The only event of a fixture, or of a variation of one.
fn event(name: &str, vary: impl Fn(&mut Value)) -> Event {
    let mut body: Value = serde_json::from_slice(fixture(name)).unwrap();
    vary(&mut body);
    let mut events = read(body.to_string().as_bytes()).unwrap();
    assert_eq!(events.len(), 1, "{name}");
    events.remove(0).event
}

fn message(name: &str, vary: impl Fn(&mut Value)) -> Message {
    match event(name, vary).what {
        What::Message(message) | What::Edited(message) => message,
        other => panic!("{name}: {other:?}"),
    }
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
        What::Removed { message } => format!("removed {message}"),
        What::Own(own) => format!("own {} {:?}{}", own.id, own.text, files(&own.attachments)),
        What::Signal { name } => format!("signal {name}"),
        What::Unknown { kind, .. } => format!("unknown {kind}"),
        other => panic!("{other:?}"),
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
    let file = |file: &Attachment| {
        let url = file.url.as_deref().unwrap_or("-");
        let title = file.title.as_ref().map_or(String::new(), |title| format!(" {title:?}"));
        format!(" [{} {url}{title}]", file.kind)
    };
    attachments.iter().map(file).collect()
}

/// What each fixture tells, line by line, is written in `events.txt`.
#[test]
fn every_fixture_tells_its_events() {
    let mut told = String::new();
    for fixture in REGISTRATION.fixtures {
        writeln!(told, "{}", fixture.name.trim_end_matches(".json")).unwrap();
        for inbound in read(fixture.body).unwrap() {
            writeln!(told, "    {}", line(&inbound)).unwrap();
        }
    }
    for (told, wanted) in told.lines().zip(include_str!("events.txt").lines()) {
        assert_eq!(told, wanted);
    }
    assert_eq!(told.lines().count(), include_str!("events.txt").lines().count(), "{told}");
}

#[test]
fn one_post_under_several_types_is_one_event() {
    let reply = event("post_reply_and_mention", as_it_is);
    assert_eq!(reply.id, event("post_mention_and_reply", as_it_is).id);
    assert_eq!(reply, event("post_mention_and_reply", as_it_is), "whichever comes first says the same");
    let again = event("post_reply_and_mention", |body| body["data"]["event_uuid"] = "-5".into());
    assert_eq!(reply.id, again.id, "a redelivery may have another uuid");
}

#[test]
fn the_older_envelope_names_the_same_post_alike() {
    let present = event("post_mention", as_it_is);
    let id = present.id.trim_start_matches("post:").to_owned();
    let older = event("aaa_mention", |body| body["tweet_create_events"][0]["id_str"] = id.clone().into());
    assert_eq!(older.id, present.id);
}

#[test]
fn all_events_of_a_body_are_read() {
    let body = |name: &str| serde_json::from_slice::<Value>(fixture(name)).unwrap();
    let mut older = body("aaa_mention");
    let mut posts = older["tweet_create_events"].as_array().unwrap().clone();
    posts.push(json!({"odd": 1}));
    posts.push(body("aaa_reply")["tweet_create_events"][0].clone());
    older["tweet_create_events"] = posts.into();
    older["direct_message_events"] = body("aaa_dm")["direct_message_events"].clone();
    older["data"] = body("post_mention")["data"].clone();
    let events = read(older.to_string().as_bytes()).unwrap();
    let kinds: Vec<String> = events
        .iter()
        .map(|one| line(one).split(": ").nth(1).unwrap().split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["message", "message", "message", "unknown", "message"]);

    let several = json!({"data": [body("post_mention")["data"], body("dm_received")["data"], 7]});
    assert_eq!(read(several.to_string().as_bytes()).unwrap().len(), 3);
    let mut messages = body("dm_received");
    let item = messages["data"]["payload"]["direct_message_events"][0].clone();
    messages["data"]["payload"]["direct_message_events"] = json!([item, {"type": "odd"}]);
    assert_eq!(read(messages.to_string().as_bytes()).unwrap().len(), 2);
}

#[test]
fn what_is_kept_reads_again_as_the_same_event() {
    let mixed = json!({"for_user_id": "9002", "tweet_create_events": [{"odd": 1}], "tweet_pin_events": [{"a": 1}, 2]});
    let bodies = REGISTRATION.fixtures.iter().map(|fixture| fixture.body.to_vec());
    for body in bodies.chain([mixed.to_string().into_bytes()]) {
        for inbound in read(&body).unwrap() {
            let What::Unknown { raw, .. } = &inbound.event.what else { continue };
            assert_eq!(read(raw.as_bytes()), Ok(vec![inbound.clone()]));
        }
    }
}

#[test]
fn events_name_their_owners() {
    let owner = |body: &Value| read(body.to_string().as_bytes()).unwrap()[0].owner.clone();
    let mut present: Value = serde_json::from_slice(fixture("post_mention")).unwrap();
    present["data"]["filter"]["user_id"] = "9002".into();
    assert_eq!(owner(&present), "9002");
    let mut older: Value = serde_json::from_slice(fixture("aaa_mention")).unwrap();
    older["for_user_id"] = 9003.into();
    assert_eq!(owner(&older), "9003");
    for (name, path) in
        [("oauth_revoke", "/data/payload/user_id"), ("aaa_revoke", "/user_event/revoke/source/user_id")]
    {
        let mut revoked: Value = serde_json::from_slice(fixture(name)).unwrap();
        assert_eq!(owner(&revoked), "9001");
        *revoked.pointer_mut(path).unwrap() = "9004".into();
        assert_eq!(owner(&revoked), "9004", "{name}");
    }
}

#[test]
fn unreadable_bodies_say_why() {
    for (body, why) in [
        (&b"{not json"[..], "not JSON"),
        (b"{\"data\":\"\xff\"}", "not JSON"),
        (b"[1, 2]", "no object"),
        (b"{}", "neither of the two envelopes"),
        (b"{\"data\":null}", "neither of the two envelopes"),
    ] {
        assert_eq!(read(body).unwrap_err().why, why);
    }
}

#[test]
fn an_enterprise_app_may_answer_anything() {
    let connector = connector_with(&json!({"answers_any_post": true}));
    for name in ["post_unsummoned", "post_mention", "post_reply"] {
        let events = read_with(&*connector, fixture(name)).unwrap();
        assert!(
            matches!(&events[0].event.what, What::Message(message) if message.context.is_none()),
            "{name}"
        );
    }
}

#[test]
fn times_are_those_of_the_platform() {
    for (name, milliseconds) in
        [("post_reply", 2_000), ("dm_received", 20_000), ("chat_received", 30_000), ("aaa_reply", 50_500)]
    {
        assert_eq!(event(name, as_it_is).at.0 - NOW.0, milliseconds, "{name}");
    }
    let timeless = event("post_reply", |body| body["data"]["payload"]["created_at"] = Value::Null);
    assert_eq!(timeless.at.0 - NOW.0, 2_000, "the id tells the time too");
}

#[test]
fn links_lead_to_the_post_and_the_conversation() {
    let permalink = |name: &str| message(name, as_it_is).permalink.unwrap();
    assert!(permalink("post_mention").starts_with("https://x.com/kimpark_7/status/2124"));
    assert!(permalink("post_reply_without_range").starts_with("https://x.com/i/web/status/2124"));
    assert_eq!(permalink("dm_received"), "https://x.com/messages/9001-1710000000000002001");
    let odd =
        message("post_mention", |body| body["data"]["includes"]["users"][0]["username"] = "a/../b".into());
    assert!(odd.permalink.unwrap().starts_with("https://x.com/i/web/status/"));
}

#[test]
fn unexpected_shapes_cost_only_what_they_carry() {
    let payload = |body: &mut Value, name: &str, value: Value| body["data"]["payload"][name] = value;
    let odd = message("post_mention", |body| {
        payload(body, "entities", 7.into());
        payload(body, "display_text_range", "x".into());
        payload(body, "created_at", json!([]));
        body["data"]["includes"] = json!("none");
    });
    assert!(odd.text.starts_with("hey @AcmeBikes") && odd.author.name.is_none());
    for name in ["text", "author_id", "id"] {
        let lost = event("post_mention", |body| payload(body, name, json!({"new": "shape"})));
        assert!(matches!(lost.what, What::Unknown { .. }), "{name}: what was said must not be lost");
    }
}
