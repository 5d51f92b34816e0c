//! Sending an agent's reply as a text message inside the customer service window.

use std::time::Duration;

use deskbridge_core::effect::{Change, Effect, NewReply, Outcome, Reason, Refusal, ReplyForm};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Surface;
use serde::Deserialize;
use serde_json::{Value, json};

use super::WhatsApp;
use super::part::Handle;
use super::template::{self, Prepared};
use crate::Next;
use crate::files::Multipart;
use crate::http::{Exchange, Method, Request};
use crate::meta::graph::{Node, answer_to, call, refused};
use crate::meta::settings::is_number;
use crate::meta::wire::Id;

/// WhatsApp documents 24 hours after the customer's last message.
pub(super) const WINDOW: Duration = Duration::from_secs(24 * 3600);

/// In the last minute WhatsApp's clock decides, not ours.
const MARGIN: Duration = Duration::from_secs(60);

/// Makes an effect. WhatsApp knows direct messages only.
pub(super) fn step(whatsapp: &WhatsApp, effect: &Effect, exchanges: &[Exchange]) -> Next<Outcome> {
    let reply = match &effect.change {
        Change::PostReply(reply) if reply.surface == Surface::Direct => reply,
        _ => return refused(Refusal::new(Reason::Invalid, "not an effect of WhatsApp")),
    };
    if let ReplyForm::Template(template) = &reply.form {
        return match template::prepare(whatsapp, template, exchanges) {
            Prepared::Ask(request) => Next::call(request),
            Prepared::Not(outcome) => Next::Settled(outcome),
            // The list was the first exchange.
            Prepared::Ready(part) => {
                let content = Content { kind: "template", part };
                send_or_settle(whatsapp, effect, reply, &content, &exchanges[1..])
            }
        };
    }
    if reply.form == ReplyForm::Private {
        return refused(Refusal::new(Reason::Invalid, "WhatsApp knows direct messages only"));
    }
    let waited = reply.window_from.map_or(Duration::ZERO, |from| effect.started_at.since(from));
    if waited >= WINDOW + MARGIN {
        return refused(Refusal::new(Reason::Window, "24 hours"));
    }
    if let ReplyForm::File(file) = &reply.form {
        return send_file(whatsapp, effect, reply, file.as_deref(), exchanges);
    }
    let content = Content { kind: "text", part: json!({"body": reply.text, "preview_url": true}) };
    send_or_settle(whatsapp, effect, reply, &content, exchanges)
}

/// What is sent: `type`, and what stands under its name.
struct Content {
    kind: &'static str,
    part: Value,
}

/// Uploads a file, which nobody sees, and sends what names it.
fn send_file(
    whatsapp: &WhatsApp,
    effect: &Effect,
    reply: &NewReply,
    file: Option<&RemoteFile>,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    let Some(file) = file else { return refused(Refusal::new(Reason::Invalid, "no file")) };
    let Some((uploaded, after)) = exchanges.split_first() else {
        return call(upload(whatsapp, effect, file));
    };
    let media = match answer_to::<Node>(&whatsapp.graph, uploaded) {
        Ok(media) => media.id.0,
        Err(outcome) => return Next::Settled(outcome),
    };
    let content = match file.family() {
        "image" => Content { kind: "image", part: json!({"id": media}) },
        "video" => Content { kind: "video", part: json!({"id": media}) },
        "audio" => Content { kind: "audio", part: json!({"id": media}) },
        _ => Content { kind: "document", part: json!({"id": media, "filename": file.name}) },
    };
    send_or_settle(whatsapp, effect, reply, &content, after)
}

fn upload(whatsapp: &WhatsApp, effect: &Effect, file: &RemoteFile) -> Result<Request, Refusal> {
    let request = whatsapp.graph.request(Method::POST, &[&whatsapp.graph.account, "media"], &[])?;
    let form =
        Multipart::new(effect.id).field("messaging_product", "whatsapp").field("type", &file.content_type);
    Ok(form.file("file", file).on(request))
}

fn send_or_settle(
    whatsapp: &WhatsApp,
    effect: &Effect,
    reply: &NewReply,
    content: &Content,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    let address = Address::of(&reply.customer);
    let Some(last) = exchanges.last() else { return call(send(whatsapp, effect, reply, content, address)) };
    match outcome(whatsapp, last) {
        Outcome::Refused(refusal)
            if exchanges.len() == 1 && address == Address::Recipient && is_parameter(&refusal) =>
        {
            call(send(whatsapp, effect, reply, content, Address::To))
        }
        outcome => Next::Settled(outcome),
    }
}

/// The field that names the customer. A phone number goes into `to`. For people who hide theirs, Meta's documents name
/// `recipient`, an older draft `to`: if the one is refused as a wrong parameter, the other is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Address {
    Phone,
    Recipient,
    To,
}

impl Address {
    fn of(customer: &str) -> Self {
        if is_number(customer) { Self::Phone } else { Self::Recipient }
    }

    fn write(self, body: &mut Value, customer: &str) {
        match self {
            // Without the country code's plus, WhatsApp may take it for a number of our own country.
            Self::Phone => body["to"] = format!("+{customer}").into(),
            Self::Recipient => body["recipient"] = customer.into(),
            Self::To => body["to"] = customer.into(),
        }
    }
}

fn is_parameter(refusal: &Refusal) -> bool {
    matches!(refusal.code.split('/').next(), Some("100" | "131008" | "131009"))
}

fn send(
    whatsapp: &WhatsApp,
    effect: &Effect,
    reply: &NewReply,
    content: &Content,
    address: Address,
) -> Result<Request, Refusal> {
    let handle = Handle { effect: effect.id, customer: reply.customer.clone() };
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": content.kind,
        "biz_opaque_callback_data": handle.to_string(),
    });
    body[content.kind] = content.part.clone();
    address.write(&mut body, &reply.customer);
    if whatsapp.quote_customer {
        body["context"] = json!({"message_id": reply.answers});
    }
    let path = [whatsapp.graph.account.as_str(), "messages"];
    Ok(whatsapp.graph.request(Method::POST, &path, &[])?.json(&body))
}

/// What the answer says. 200 means accepted: whether it arrives, a status tells.
fn outcome(whatsapp: &WhatsApp, exchange: &Exchange) -> Outcome {
    #[derive(Deserialize)]
    struct Made {
        #[serde(default)]
        messages: Vec<Accepted>,
    }
    #[derive(Deserialize)]
    struct Accepted {
        id: Id,
    }
    whatsapp.graph.outcome(exchange, |made: Made| made.messages.into_iter().next().map(|message| message.id))
}
