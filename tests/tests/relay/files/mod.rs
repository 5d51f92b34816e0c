//! Files: customers' into tickets, agents' to the platforms.

mod again;
mod arriving;
mod leaving;
mod left_out;
mod removed;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House, Sample};
use serde_json::{Value, json};

/// The house with more lines in every platform account's table, and in every helpdesk's.
async fn open(platforms: &str, helpdesks: &str) -> House {
    let with = |config: String, key: &str, more: &str| config.replace(key, &format!("{more}\n{key}"));
    let config = with(deskbridge_tests::CONFIG.to_owned(), "helpdesk = ", platforms);
    let config = with(config, "client_id = ", helpdesks);
    House::open_with(&with(config, "api_key = ", helpdesks), &[]).await
}

/// Where a customer and we write to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    WhatsApp,
    Messenger,
    Instagram,
    Comment,
    XMessage,
    XPost,
}

const PLACES: [Place; 6] =
    [Place::WhatsApp, Place::Messenger, Place::Instagram, Place::Comment, Place::XMessage, Place::XPost];

impl Place {
    /// A customer sends a file of the sandbox, as this type, with a text where the platform lets them.
    fn send(self, house: &House, desk: Desk, kind: &str, file: &str) -> String {
        let named = format!("sandbox:{file}");
        let zendesk = desk == Desk::Zendesk;
        let remote = if matches!(self, Self::XMessage | Self::XPost) { house.x() } else { house.graph() };
        let attachments = json!([{"type": kind, "url": named}]);
        let act = match self {
            Self::WhatsApp => {
                let part = json!({"id": named, "filename": file, "caption": "Look at this"});
                let number = if zendesk { "5001" } else { "5002" };
                json!({"do": "whatsapp_message", "number": number, "person": "DE.lena", "type": kind, "part": part})
            }
            Self::Messenger => {
                json!({"do": "message", "page": desk.page(), "person": desk.psid(), "attachments": attachments})
            }
            Self::Instagram => {
                let (account, person) = if zendesk { ("17001", "9101") } else { ("17002", "9103") };
                json!({"do": "instagram_message", "account": account, "person": person, "attachments": attachments})
            }
            Self::Comment => {
                json!({"do": "comment", "on": desk.post(), "person": desk.person(), "text": "Look", "photo": named})
            }
            Self::XMessage => {
                let account = if zendesk { "9001" } else { "9002" };
                json!({"do": "message", "account": account, "person": "7001", "text": "Look", "photo": named})
            }
            Self::XPost => {
                let text = if zendesk { "@acme look" } else { "@globex look" };
                json!({"do": "post", "person": "7001", "text": text, "photo": named})
            }
        };
        house.act(remote, &act)["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The files that we published there, oldest first.
    fn published(self, house: &House) -> Vec<Sample> {
        let remote = if matches!(self, Self::XMessage | Self::XPost) { house.x() } else { house.graph() };
        let state = house.state(remote);
        let mut found = Vec::new();
        own_files(&state, &state["files"], &mut found);
        found
    }
}

/// The files in everything that is ours.
fn own_files(value: &Value, files: &Value, found: &mut Vec<Sample>) {
    let ours = value["from_us"] == true
        || value["from_page"] == true
        || value["by_account"] == true
        || value["author"]["is_page"] == true
        || value["author"]["is_account"] == true;
    if ours {
        found.extend(Sample::of(&value["file"]));
        let addresses = [&value["media"]["url"]].into_iter();
        let attached =
            value["attachments"].as_array().into_iter().flatten().map(|one| &one["payload"]["url"]);
        found.extend(addresses.chain(attached).filter_map(|url| {
            let id = url.as_str()?.split_once("/media/")?.1.split('?').next()?;
            Sample::of(&files[id])
        }));
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| own_files(value, files, found)),
        Value::Object(members) => members.values().for_each(|value| own_files(value, files, found)),
        _ => {}
    }
}

/// The next so many requests of that method to such a path go wrong.
fn fault(method: &str, path: &str, kind: FaultKind, times: u32) -> FaultRule {
    FaultRule { method: Some(method.to_owned()), path: path.to_owned(), kind, times, skip: 0 }
}

/// A refusal by somebody in between.
fn status(code: u16) -> FaultKind {
    FaultKind::Status { code, retry_after_s: None, body: None }
}

fn names(samples: &[Sample]) -> Vec<&str> {
    samples.iter().map(|sample| sample.name.as_str()).collect()
}

/// The SHA-256 of the sandbox's picture of a cat.
const CAT: &str = "6b7fa434f92a8b80aab02d9bf1a12e49ffcae424e4013a1c4f68b67e3d2bbcd0";
