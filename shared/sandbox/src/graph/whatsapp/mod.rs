//! The WhatsApp Cloud API: phone numbers, chats, messages with statuses. It shares tokens, faults, budgets and the outbox with
//! the rest of the Graph API.

mod act;
mod send;
mod template;
mod webhook;

use std::collections::BTreeMap;

use deskbridge_connectors::http::Url;
use serde_json::{Value, json};

pub use act::{
    WhatsAppMessage, WhatsAppNative, WhatsAppOffline, WhatsAppParty, WhatsAppRenaming, WhatsAppUndeliverable,
};

use super::auth::TokenState;
use super::error::GraphError;
use super::route::Call;
use super::state::{Graph, opaque};
use crate::Millis;

/// One WhatsApp phone number.
#[derive(Clone)]
pub struct NumberSeed {
    /// The phone number's id.
    pub id: String,
    /// The WhatsApp Business account's id.
    pub business: String,
    /// The phone number as people see it.
    pub display: String,
    /// The verified name.
    pub name: String,
    /// The access token.
    pub token: String,
    /// The bridge's door for this number.
    pub callback: Url,
    /// People who are known from the start: id, phone number, name.
    pub people: Vec<(String, String, String)>,
    /// Approved templates: name, language, body.
    pub templates: Vec<(String, String, String)>,
}

pub(super) struct Number {
    pub(super) seed: NumberSeed,
    pub(super) token: TokenState,
    /// By the person's present id.
    pub(super) chats: BTreeMap<String, Chat>,
}

/// One person's chat with one number.
#[derive(Default)]
pub(super) struct Chat {
    pub(super) name: String,
    /// The ids that the person had before, oldest first.
    pub(super) earlier: Vec<String>,
    /// Digits; `None`: the person hides it.
    pub(super) phone: Option<String>,
    /// When the person last wrote: opens the window.
    pub(super) last_user_act: Option<Millis>,
    /// Taken in because of a send to an unknown person: the window is not known.
    pub(super) adopted: bool,
    /// Messages to this person fail with that code after they were accepted.
    pub(super) undeliverable: Option<u32>,
    /// The phone is off: what was sent waits.
    pub(super) offline: bool,
    pub(super) messages: Vec<ChatMessage>,
}

#[derive(Clone, Default)]
pub(super) struct ChatMessage {
    pub(super) id: String,
    pub(super) from_us: bool,
    pub(super) native: bool,
    pub(super) text: String,
    pub(super) kind: String,
    pub(super) at: Millis,
    pub(super) status: &'static str,
    pub(super) handle: Option<String>,
    pub(super) edited: bool,
    pub(super) removed: bool,
    /// What was sent instead of a text, as people see it.
    pub(super) file: Value,
}

impl Number {
    pub(super) fn new(seed: NumberSeed) -> Self {
        let chat = |(id, phone, name): &(String, String, String)| {
            let phone = Some(phone.clone()).filter(|phone| !phone.is_empty());
            (id.clone(), Chat { name: name.clone(), phone, ..Chat::default() })
        };
        Self { token: TokenState::Valid, chats: seed.people.iter().map(chat).collect(), seed }
    }

    /// The id of a person, given that or their phone number.
    pub(super) fn id_of(&self, person: &str) -> Option<String> {
        if self.chats.contains_key(person) {
            return Some(person.to_owned());
        }
        let by_phone = self.chats.iter().find(|(_, chat)| chat.phone.as_deref() == Some(person));
        by_phone.map(|(id, _)| id.clone())
    }

    fn overview(&self) -> Value {
        let chats: Vec<Value> = self.chats.iter().map(|(id, chat)| chat.overview(id)).collect();
        json!({
            "id": self.seed.id, "business": self.seed.business, "name": self.seed.name,
            "phone": self.seed.display, "token": self.token, "chats": chats,
        })
    }
}

impl Chat {
    fn overview(&self, id: &str) -> Value {
        let messages: Vec<Value> = self
            .messages
            .iter()
            .map(|message| {
                json!({
                    "id": message.id, "from_us": message.from_us, "native": message.native, "text": message.text,
                    "kind": message.kind, "at": message.at, "status": message.status, "edited": message.edited,
                    "removed": message.removed, "file": message.file,
                })
            })
            .collect();
        json!({
            "person": id, "earlier": self.earlier, "name": self.name, "phone": self.phone, "undeliverable": self.undeliverable,
            "window_open_until": self.last_user_act.map(|at| at + send::WINDOW),
            "messages": messages,
        })
    }
}

impl Graph {
    /// Every number, for people to look at.
    pub(super) fn numbers_overview(&self) -> Vec<Value> {
        self.numbers.values().map(Number::overview).collect()
    }

    pub(super) fn wamid(&mut self) -> String {
        let number = self.number();
        format!("wamid.{}", &opaque(&format!("wamid {number}"))[..32])
    }

    /// `GET /{number}`.
    pub(super) fn read_number(&self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let number = self.admit_number(call, id)?;
        Ok(json!({
            "id": id, "verified_name": number.seed.name, "display_phone_number": number.seed.display,
            "quality_rating": "GREEN", "platform_type": "CLOUD_API",
        }))
    }

    pub(super) fn is_business(&self, id: &str) -> bool {
        self.numbers.values().any(|number| number.seed.business == id)
    }

    /// `GET /{business}/subscribed_apps`.
    pub(super) fn business_apps(&self, call: &Call, business: &str) -> Result<Value, GraphError> {
        let number = self.numbers.values().find(|number| number.seed.business == business);
        let number = number.ok_or_else(|| call.gone(business))?;
        self.admit_number(call, &number.seed.id)?;
        Ok(json!({"data": [{"whatsapp_business_api_data": {"id": "9001", "name": "Deskbridge"}}]}))
    }

    /// The number, if the caller's token is for it and lives.
    pub(super) fn admit_number(&self, call: &Call, id: &str) -> Result<&Number, GraphError> {
        let number = self.numbers.get(id).ok_or_else(|| call.gone(id))?;
        if !call.pages().iter().any(|own| own == id) {
            return Err(GraphError::new(200, "(#200) You do not have permission to access this number"));
        }
        match number.token.error() {
            Some(error) => Err(error),
            None => Ok(number),
        }
    }
}
