//! What a number's door is told: messages, statuses, changed ids, messages from the app on the phone.

use serde_json::{Value, json};

use super::Number;
use crate::Millis;
use crate::graph::outbox::{Object, Update};
use crate::graph::state::Graph;

fn metadata(number: &Number) -> Value {
    json!({"display_phone_number": number.seed.display, "phone_number_id": number.seed.id})
}

impl Graph {
    /// Tells a number's door about a change. `value` gets what all values have.
    pub(super) fn tell_number(&mut self, number: &str, field: &str, mut value: Value, now: Millis) {
        let Some(number) = self.numbers.get(number) else { return };
        value["messaging_product"] = "whatsapp".into();
        value["metadata"] = metadata(number);
        let update = Update::Change { field: field.to_owned(), value };
        let (callback, business) = (number.seed.callback.clone(), number.seed.business.clone());
        self.outbox.push(&callback, Object::WhatsApp, &business, update, now);
    }

    /// A message of a person, with their contact.
    pub(super) fn tell_message(&mut self, number: &str, person: &str, mut message: Value, now: Millis) {
        let Some(chat) = self.numbers.get(number).and_then(|number| number.chats.get(person)) else { return };
        let phone = chat.phone.clone().unwrap_or_default();
        message["from"] = phone.as_str().into();
        message["from_user_id"] = person.into();
        message["timestamp"] = now.div_euclid(1_000).to_string().into();
        let contact = json!({"profile": {"name": chat.name}, "wa_id": phone, "user_id": person});
        self.tell_number(number, "messages", json!({"contacts": [contact], "messages": [message]}), now);
    }

    /// How far a message got. It is told at `at`.
    pub(super) fn tell_status(
        &mut self,
        number: &str,
        person: &str,
        wamid: &str,
        status: &'static str,
        code: Option<u32>,
        at: Millis,
    ) {
        let Some(chat) = self.chat_mut(number, person) else { return };
        let phone = chat.phone.clone().unwrap_or_default();
        let Some(message) = chat.messages.iter_mut().rev().find(|message| message.id == wamid) else {
            return;
        };
        message.status = status;
        let mut told = json!({
            "id": wamid, "status": status, "timestamp": at.div_euclid(1_000).to_string(),
            "recipient_id": phone, "recipient_user_id": person,
        });
        if let Some(handle) = &message.handle {
            told["biz_opaque_callback_data"] = handle.as_str().into();
        }
        if let Some(code) = code {
            told["errors"] = json!([{"code": code, "title": title(code), "message": title(code)}]);
        }
        self.tell_number(number, "messages", json!({"statuses": [told]}), at);
    }
}

fn title(code: u32) -> &'static str {
    match code {
        131_026 => "Message undeliverable",
        131_047 => "Re-engagement message",
        _ => "Message failed to send",
    }
}
