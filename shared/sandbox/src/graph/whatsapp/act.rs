//! What people, and we ourselves on the phone, can do in WhatsApp.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Chat, ChatMessage};
use crate::Millis;
use crate::graph::control::{NotPossible, no_such};
use crate::graph::state::{Graph, opaque};

/// A message of a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppMessage {
    /// The phone number's id.
    pub number: String,
    /// Who writes: their id or phone number. Somebody unknown is made up on the spot.
    pub person: String,
    /// The person's name, for somebody new.
    #[serde(default)]
    pub name: Option<String>,
    /// The text.
    #[serde(default)]
    pub text: Option<String>,
    /// Another type than `text`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// What stands under the type's name in the webhook.
    #[serde(default)]
    pub part: Option<Value>,
    /// The message it answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The ad it came through, as it stands in the webhook.
    #[serde(default)]
    pub referral: Option<Value>,
}

/// A message that we wrote in the app on the phone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppNative {
    /// The phone number's id.
    pub number: String,
    /// To whom.
    pub person: String,
    /// The text.
    pub text: String,
}

/// One person's chat with a number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppParty {
    /// The phone number's id.
    pub number: String,
    /// The person.
    pub person: String,
}

/// A person gets another id, as when they change their phone number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppRenaming {
    /// The phone number's id.
    pub number: String,
    /// The person.
    pub person: String,
    /// Their new id.
    pub to: String,
}

/// Messages to a person fail, or no longer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppUndeliverable {
    /// The phone number's id.
    pub number: String,
    /// The person.
    pub person: String,
    /// The code of the failure; `None`: they arrive again.
    #[serde(default)]
    pub code: Option<u32>,
}

/// A person's phone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppOffline {
    /// The phone number's id.
    pub number: String,
    /// The person.
    pub person: String,
    /// Whether it is off from now on.
    pub offline: bool,
}

impl Graph {
    pub(super) fn chat_mut(&mut self, number: &str, person: &str) -> Option<&mut Chat> {
        self.numbers.get_mut(number)?.chats.get_mut(person)
    }

    /// A new person, named by an id or a phone number.
    pub(super) fn new_chat(&mut self, number: &str, name: &str, chat: Chat) -> String {
        let is_phone = name.bytes().all(|byte| byte.is_ascii_digit());
        let id = if is_phone { format!("XX.{}", &opaque(name)[..12]) } else { name.to_owned() };
        let phone = is_phone.then(|| name.to_owned());
        if let Some(number) = self.numbers.get_mut(number) {
            number.chats.insert(id.clone(), Chat { phone, ..chat });
        }
        id
    }

    fn person_of_number(
        &mut self,
        number: &str,
        person: &str,
        name: Option<&str>,
    ) -> Result<String, NotPossible> {
        let known = self.numbers.get(number).ok_or_else(|| no_such("number", number))?.id_of(person);
        Ok(known.unwrap_or_else(|| {
            let name = name.unwrap_or("Somebody").to_owned();
            self.new_chat(number, person, Chat { name, ..Chat::default() })
        }))
    }

    pub(in crate::graph) fn whatsapp_message(
        &mut self,
        new: WhatsAppMessage,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let person = self.person_of_number(&new.number, &new.person, new.name.as_deref())?;
        let kind = new.kind.unwrap_or_else(|| "text".to_owned());
        let text = new.text.unwrap_or_default();
        let part = match new.part {
            Some(part) => self.hosted_part(part),
            None if kind == "text" && !text.trim().is_empty() => json!({ "body": text }),
            None => return Err(NotPossible("there is nothing in it: give a text or a part".to_owned())),
        };
        let id = self.wamid();
        let mut message = json!({"id": id, "type": kind});
        message[&kind] = part;
        if let Some(answered) = &new.reply_to {
            message["context"] = json!({ "id": answered });
        }
        if let Some(referral) = new.referral {
            message["referral"] = referral;
        }
        if let Some(chat) = self.chat_mut(&new.number, &person) {
            chat.last_user_act = Some(now);
            chat.adopted = false;
            chat.messages.push(ChatMessage { id: id.clone(), text, kind, at: now, ..ChatMessage::default() });
        }
        self.tell_message(&new.number, &person, message, now);
        Ok(id)
    }

    /// The number and person of a message that a person wrote and did not take back.
    fn whatsapp_owner(&self, wamid: &str) -> Result<(String, String), NotPossible> {
        let is_it = |message: &ChatMessage| message.id == wamid && !message.from_us && !message.removed;
        let chats =
            self.numbers.iter().flat_map(|(id, number)| number.chats.iter().map(move |chat| (id, chat)));
        let mut owners = chats.filter(|(_, (_, chat))| chat.messages.iter().any(is_it));
        let owner = owners.next().map(|(number, (person, _))| (number.clone(), person.clone()));
        owner.ok_or_else(|| no_such("message of a person", wamid))
    }

    fn whatsapp_message_mut(&mut self, number: &str, person: &str, wamid: &str) -> Option<&mut ChatMessage> {
        self.chat_mut(number, person)?.messages.iter_mut().find(|message| message.id == wamid)
    }

    pub(in crate::graph) fn edit_whatsapp(
        &mut self,
        wamid: String,
        text: String,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let (number, person) = self.whatsapp_owner(&wamid)?;
        let id = self.wamid();
        let new = json!({"type": "text", "text": {"body": text}});
        let edit = json!({"id": id, "type": "edit", "edit": {"original_message_id": wamid, "message": new}});
        if let Some(message) = self.whatsapp_message_mut(&number, &person, &wamid) {
            message.text = text;
            message.edited = true;
        }
        self.tell_message(&number, &person, edit, now);
        Ok(wamid)
    }

    pub(in crate::graph) fn revoke_whatsapp(
        &mut self,
        wamid: String,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let (number, person) = self.whatsapp_owner(&wamid)?;
        let id = self.wamid();
        if let Some(message) = self.whatsapp_message_mut(&number, &person, &wamid) {
            message.removed = true;
        }
        let revoke = json!({"id": id, "type": "revoke", "revoke": {"original_message_id": wamid}});
        self.tell_message(&number, &person, revoke, now);
        Ok(wamid)
    }

    /// The person has read everything.
    pub(in crate::graph) fn whatsapp_read(
        &mut self,
        party: &WhatsAppParty,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let person = self.person_of_number(&party.number, &party.person, None)?;
        let chat = self.chat_mut(&party.number, &person).ok_or_else(|| no_such("person", &person))?;
        let unread = chat.messages.iter().filter(|message| message.from_us && message.status == "delivered");
        let unread: Vec<String> = unread.map(|message| message.id.clone()).collect();
        for wamid in unread {
            self.tell_status(&party.number, &person, &wamid, "read", None, now);
        }
        Ok(person)
    }

    pub(in crate::graph) fn whatsapp_native(
        &mut self,
        new: WhatsAppNative,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let person = self.person_of_number(&new.number, &new.person, None)?;
        let id = self.wamid();
        let mut echo = json!({
            "id": id, "type": "text", "to_user_id": person, "timestamp": now.div_euclid(1_000).to_string(),
            "text": {"body": new.text},
        });
        if let Some(chat) = self.chat_mut(&new.number, &person) {
            echo["to"] = chat.phone.clone().unwrap_or_default().into();
            chat.messages.push(ChatMessage {
                id: id.clone(),
                from_us: true,
                native: true,
                text: new.text,
                kind: "text".to_owned(),
                at: now,
                status: "sent",
                ..ChatMessage::default()
            });
        }
        self.tell_number(&new.number, "smb_message_echoes", json!({ "message_echoes": [echo] }), now);
        Ok(id)
    }

    /// Told twice, as on the platform: by a system message, and by a field of its own.
    pub(in crate::graph) fn whatsapp_rename(
        &mut self,
        new: &WhatsAppRenaming,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let person = self.person_of_number(&new.number, &new.person, None)?;
        let id = self.wamid();
        let Some(number) = self.numbers.get_mut(&new.number) else {
            return Err(no_such("number", &new.number));
        };
        if let Some(mut chat) = number.chats.remove(&person) {
            chat.earlier.push(person.clone());
            number.chats.insert(new.to.clone(), chat);
        }
        let timestamp = now.div_euclid(1_000).to_string();
        let system = json!({
            "id": id, "type": "system", "timestamp": timestamp,
            "system": {"type": "user_changed_user_id", "body": "The user id changed", "user_id": new.to,
                "previous_user_id": person},
        });
        self.tell_number(&new.number, "messages", json!({ "messages": [system] }), now);
        let update = json!({"user_id": {"previous": person, "current": new.to}, "timestamp": timestamp});
        self.tell_number(&new.number, "user_id_update", json!({ "user_id_update": [update] }), now);
        Ok(new.to.clone())
    }

    pub(in crate::graph) fn whatsapp_offline(
        &mut self,
        new: &WhatsAppOffline,
        now: Millis,
    ) -> Result<String, NotPossible> {
        let person = self.person_of_number(&new.number, &new.person, None)?;
        let chat = self.chat_mut(&new.number, &person).ok_or_else(|| no_such("person", &person))?;
        chat.offline = new.offline;
        let waiting = chat.messages.iter().filter(|message| message.from_us && message.status == "sent");
        let waiting: Vec<String> = waiting.map(|message| message.id.clone()).collect();
        for wamid in waiting.iter().filter(|_| !new.offline) {
            self.tell_status(&new.number, &person, wamid, "delivered", None, now);
        }
        Ok(person)
    }

    pub(in crate::graph) fn whatsapp_undeliverable(
        &mut self,
        new: &WhatsAppUndeliverable,
    ) -> Result<String, NotPossible> {
        let person = self.person_of_number(&new.number, &new.person, None)?;
        if let Some(chat) = self.chat_mut(&new.number, &person) {
            chat.undeliverable = new.code;
        }
        Ok(person)
    }
}
