//! A batch with a message on which the program panics.

use std::time::{Duration, SystemTime};

use deskbridge_connectors::http::{Answer, Request};
use deskbridge_core::model::{Event, Message, Person, Place, Surface, Thread, What};
use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::config::{Config, open};
use deskbridge_engine::ports::{
    Fault, Held, HeldKind, Http, Item, Queue, Reception, SaveError, Secrets, Store, Version, World,
};
use deskbridge_engine::telemetry::Line;
use deskbridge_engine::{Bridge, Disposition, Envelope};
use secrecy::SecretString;
use serde_json::json;

use super::{Batch, by_group, last_moment, relay_group};
use crate::clock::SystemClock;

const CONFIG: &str = r#"
[accounts.acme]
kind = "facebook"
helpdesk = "desk"
page_id = "1001"
app_secrets = "env:A"
verify_tokens = "env:B"
page_token = "env:C"

[accounts.desk]
kind = "zendesk"
base_url = "https://acme.zendesk.com"
client_id = "deskbridge"
client_secret = "env:D"
webhook_secrets = "env:E"
"#;

/// A world whose store panics whenever it is asked.
struct Panicking;

impl Store for Panicking {
    async fn load(&self, key: &ConversationKey) -> Result<Option<Item>, Fault> {
        panic!("{} is poison", key.as_str())
    }

    async fn save(
        &self,
        _: &ConversationKey,
        _: Vec<u8>,
        _: Version,
        _: Moment,
    ) -> Result<Version, SaveError> {
        Err(SaveError::Conflict)
    }

    async fn hold(&self, _: &Held) -> Result<(), Fault> {
        Ok(())
    }

    async fn held(&self, _: HeldKind, _: usize) -> Result<Vec<Held>, Fault> {
        Ok(Vec::new())
    }

    async fn release(&self, _: HeldKind, _: &str) -> Result<(), Fault> {
        Ok(())
    }
}

impl Queue for Panicking {
    async fn send(&self, _: &[Envelope]) -> Result<(), Fault> {
        Ok(())
    }
}

impl Http for Panicking {
    async fn send(&self, _: Request, _: Duration) -> Answer {
        Answer::NotSent
    }
}

impl Secrets for Panicking {
    async fn read(&self, _: &str) -> Result<SecretString, String> {
        Ok(SecretString::from("secret"))
    }
}

impl Reception for Panicking {
    type Queue = Self;
    type Clock = SystemClock;

    fn queue(&self) -> &Self {
        self
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }

    fn record(&self, _: &Line) {}
}

impl World for Panicking {
    type Store = Self;
    type Http = Self;

    fn store(&self) -> &Self {
        self
    }

    fn http(&self) -> &Self {
        self
    }
}

/// Nothing is remembered of a signal, so the store is not asked.
fn signal(id: &str) -> Event {
    let what = What::Signal { name: "read".to_owned() };
    Event { id: id.to_owned(), at: Moment(1), place: Place::Account, what }
}

fn message(id: &str) -> Event {
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: "13".to_owned() };
    let author = Person { id: "13".to_owned(), name: None };
    let message = Message {
        id: id.to_owned(),
        author,
        text: "Hello".to_owned(),
        attachments: Vec::new(),
        permalink: None,
        parent: None,
        context: None,
    };
    Event { id: id.to_owned(), at: Moment(1), place: Place::Thread(thread), what: What::Message(message) }
}

fn batch(messages: &[(&str, u32, Event)]) -> Batch {
    let record = |(at, (group, receives, event)): (usize, &(&str, u32, Event))| {
        let envelope =
            Envelope { group: (*group).to_owned(), ..Envelope::event("acme", event.clone(), Moment(2)) };
        json!({
            "messageId": format!("m{at}"), "receiptHandle": "r", "body": envelope.encode(),
            "attributes": { "ApproximateReceiveCount": receives.to_string(), "MessageGroupId": group }
        })
    };
    let records: Vec<_> = messages.iter().enumerate().map(record).collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

#[tokio::test]
async fn a_panic_is_confined_to_its_message_and_what_waits_behind_it() {
    let config = Config::parse(CONFIG).unwrap();
    let directory = open(&config, &Panicking).await.unwrap();
    let bridge = Bridge::new(Panicking, directory);
    let until = last_moment(SystemTime::now() + Duration::from_secs(60));
    let batch = batch(&[
        ("a", 1, signal("1")),
        ("b", 1, signal("2")),
        ("a", 1, message("3")),
        ("b", 1, signal("4")),
        ("a", 1, signal("5")),
        ("c", 1, message("6")),
        // It had its chances: it is kept for a person, and what waits behind it goes on.
        ("d", 5, message("7")),
        ("d", 1, signal("8")),
    ]);
    let mut stay = Vec::new();
    for records in by_group(&batch.records) {
        for (record, disposition) in records.iter().zip(relay_group(&bridge, &records, until).await) {
            if let Disposition::Again { why, .. } = disposition {
                stay.push((record.message_id.as_str(), why));
            }
        }
    }
    let (three, six) = ("the program panicked on message m2", "the program panicked on message m5");
    let expected = [("m2", three), ("m4", three), ("m5", six)].map(|(id, why)| (id, why.to_owned()));
    assert_eq!(stay, expected);
}
