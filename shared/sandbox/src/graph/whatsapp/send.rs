//! `POST /{number}/messages`. An answer of 200 means accepted; what became of a message is told by statuses.

use serde_json::{Value, json};

use crate::Millis;
use crate::graph::error::GraphError;
use crate::graph::limits::Meter;
use crate::graph::params::as_text;
use crate::graph::route::Call;
use crate::graph::state::Graph;

use super::{Chat, ChatMessage, Number, template};

/// 24 hours after the person's last message.
pub(super) const WINDOW: Millis = 24 * 3_600 * 1_000;
/// The longest text, in characters.
const TEXT_LENGTH: usize = 4_096;
/// The longest `biz_opaque_callback_data`, in characters.
const HANDLE_LENGTH: usize = 512;

/// The validated body.
struct Draft {
    text: String,
    /// Templates may be sent at any time.
    template: bool,
    handle: Option<String>,
    kind: String,
    /// The id of what was uploaded, and its name.
    media: Option<(String, Option<String>)>,
}

fn wrong(message: &str) -> GraphError {
    GraphError::new(100, format!("(#100) {message}"))
}

impl Draft {
    fn of(call: &Call, number: &Number) -> Result<Self, GraphError> {
        if call.params.text("messaging_product").as_deref() != Some("whatsapp") {
            return Err(wrong("The parameter messaging_product is required."));
        }
        let kind = call.params.text("type").unwrap_or_else(|| "text".to_owned());
        let template = kind == "template";
        let text = match kind.as_str() {
            "text" => call.params.object("text")?.and_then(|text| text.get("body").and_then(as_text)),
            "template" => {
                let part = call.params.object("template")?.unwrap_or_default();
                Some(template::rendered(number, &part.into())?)
            }
            "image" | "video" | "audio" | "document" => None,
            _ => return Err(GraphError::new(131_051, "(#131051) Unsupported message type")),
        };
        let text = text.unwrap_or_default();
        let media = call.params.object(&kind)?.and_then(|part| {
            Some((part.get("id").and_then(as_text)?, part.get("filename").and_then(as_text)))
        });
        if text.trim().is_empty() && media.is_none() {
            return Err(GraphError::new(131_008, "(#131008) Required parameter is missing: text.body"));
        }
        if text.chars().count() > TEXT_LENGTH {
            return Err(wrong("Param text['body'] must be at most 4096 characters long."));
        }
        let handle = call.params.text("biz_opaque_callback_data");
        if handle.as_ref().is_some_and(|handle| handle.chars().count() > HANDLE_LENGTH) {
            return Err(wrong("Param biz_opaque_callback_data must be at most 512 characters long."));
        }
        Ok(Self { text, template, handle, kind, media })
    }
}

impl Graph {
    /// `POST /{number}/messages`.
    pub(in crate::graph) fn send_whatsapp(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let draft = Draft::of(call, self.admit_number(call, id)?)?;
        let file = match &draft.media {
            None => Value::Null,
            Some((media, name)) => {
                let file = self
                    .shelf
                    .get(media)
                    .ok_or_else(|| GraphError::new(100, "(#100) Invalid parameter: no such media"))?;
                let mut view = file.view();
                if let Some(name) = name {
                    view["name"] = name.as_str().into();
                }
                view
            }
        };
        let (input, person) = self.addressee(call, id)?;
        self.meters.count(&self.rates, Meter::Messages, id, call.now)?;
        let wamid = self.wamid();
        let message = ChatMessage {
            id: wamid.clone(),
            from_us: true,
            text: draft.text,
            kind: draft.kind,
            file,
            at: call.now,
            status: "accepted",
            handle: draft.handle,
            ..ChatMessage::default()
        };
        let mut contact = json!({"input": input, "user_id": person});
        let mut failure = None;
        if let Some(chat) = self.chat_mut(id, &person) {
            if let Some(phone) = &chat.phone {
                contact["wa_id"] = phone.as_str().into();
            }
            failure = chat.failure(draft.template, call.now);
            chat.messages.push(message);
        }
        match failure {
            Some(code) => self.tell_status(id, &person, &wamid, "failed", Some(code), call.now),
            None => {
                self.tell_status(id, &person, &wamid, "sent", None, call.now);
                if !self.chat_mut(id, &person).is_some_and(|chat| chat.offline) {
                    self.tell_status(id, &person, &wamid, "delivered", None, call.now + 400);
                }
            }
        }
        Ok(json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}))
    }

    /// Whom a message is for: `to` is a phone number, `recipient` an id; the phone number wins.
    fn addressee(&mut self, call: &Call, number: &str) -> Result<(String, String), GraphError> {
        let to = call.params.text("to");
        let input = to.clone().or_else(|| call.params.text("recipient"));
        let input =
            input.ok_or_else(|| GraphError::new(131_008, "(#131008) Required parameter is missing: to"))?;
        let digits: String = input.chars().filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')')).collect();
        let is_phone = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if to.is_some() != is_phone {
            return Err(GraphError::new(131_009, "(#131009) Parameter value is not valid"));
        }
        let name = if is_phone { digits } else { input.clone() };
        let known = self.numbers.get(number).and_then(|number| number.id_of(&name));
        let person = match known {
            Some(person) => person,
            None => {
                let adopted = self.adopts_unknown;
                let undeliverable = (!adopted).then_some(131_026);
                self.new_chat(number, &name, Chat { adopted, undeliverable, ..Chat::default() })
            }
        };
        Ok((input, person))
    }
}

impl Chat {
    /// Why a message that was accepted will not arrive.
    fn failure(&self, template: bool, now: Millis) -> Option<u32> {
        let open = template || self.adopted || self.last_user_act.is_some_and(|at| now - at <= WINDOW);
        self.undeliverable.or((!open).then_some(131_047))
    }
}
