//! Sending an agent's reply as a text message inside the customer service window.

use std::time::Duration;

use deskbridge_core::effect::{Change, Effect, NewReply, Outcome, Reason, Refusal};
use deskbridge_core::model::Surface;
use serde::Deserialize;
use serde_json::{Value, json};

use super::WhatsApp;
use super::part::Handle;
use crate::Next;
use crate::http::{Exchange, Method, Request};
use crate::meta::graph::{call, refused};
use crate::meta::settings::is_number;
use crate::meta::wire::Id;

/// WhatsApp documents 24 hours after the customer's last message.
const WINDOW: Duration = Duration::from_secs(24 * 3600);

/// In the last minute WhatsApp's clock decides, not ours.
const MARGIN: Duration = Duration::from_secs(60);

/// Makes an effect. WhatsApp knows direct messages only.
pub(super) fn step(whatsapp: &WhatsApp, effect: &Effect, exchanges: &[Exchange]) -> Next<Outcome> {
    let reply = match &effect.change {
        Change::PostReply(reply) if reply.surface == Surface::Direct => reply,
        _ => return refused(Refusal::new(Reason::Invalid, "not an effect of WhatsApp")),
    };
    let waited = reply.window_from.map_or(Duration::ZERO, |from| effect.started_at.since(from));
    if waited >= WINDOW + MARGIN {
        return refused(Refusal::new(Reason::Window, "24 hours"));
    }
    let address = Address::of(&reply.customer);
    let Some(last) = exchanges.last() else { return call(send(whatsapp, effect, reply, address)) };
    match outcome(whatsapp, last) {
        Outcome::Refused(refusal)
            if exchanges.len() == 1 && address == Address::Recipient && is_parameter(&refusal) =>
        {
            call(send(whatsapp, effect, reply, Address::To))
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
    address: Address,
) -> Result<Request, Refusal> {
    let handle = Handle { effect: effect.id, customer: reply.customer.clone() };
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": "text",
        "text": {"body": reply.text, "preview_url": true},
        "biz_opaque_callback_data": handle.to_string(),
    });
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
