//! What agents may do to a comment beside answering it in public.

use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Moderation, Outcome, PrivateThread, Reason, Receipt, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};

use super::graph::{Graph, call};
use super::sending;
use super::wire::Id;
use crate::Next;
use crate::http::{Answer, Exchange, Method, Request};

/// The one private reply that a comment may get: Meta sends it to its author, whose id in direct messages we need not know.
pub(crate) fn private_reply(
    graph: &Graph,
    sender: &str,
    comment: &str,
    message: &Value,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    if let Some(exchange) = exchanges.last() {
        return Next::Settled(match sending::made(graph, exchange) {
            Outcome::Done(receipt) => Outcome::Done(Receipt { private: recipient(exchange), ..receipt }),
            outcome => outcome,
        });
    }
    let body = json!({"recipient": {"comment_id": comment}, "message": message});
    let request = graph.request(Method::POST, &[sender, "messages"], &[]);
    call(request.map(|request| request.json(&body)))
}

/// Who got a private reply. Meta documents `recipient_id` in the answer; without it, the customer's answer opens a ticket of
/// its own.
fn recipient(exchange: &Exchange) -> Option<Box<PrivateThread>> {
    #[derive(Deserialize)]
    struct Sent {
        recipient_id: Id,
    }
    let Answer::Response(response) = &exchange.answer else { return None };
    let customer = response.parse::<Sent>().ok()?.recipient_id.0;
    (!customer.is_empty()).then(|| Box::new(PrivateThread { customer, once: true }))
}

/// Does something to a comment; `request` makes the request. Doing it twice is the same as doing it once; what is gone is
/// deleted.
pub(crate) fn moderate(
    graph: &Graph,
    moderation: &Moderation,
    exchanges: &[Exchange],
    request: impl Fn() -> Result<Request, Refusal>,
) -> Next<Outcome> {
    #[derive(Deserialize)]
    struct Answer {
        success: bool,
    }
    let Some(exchange) = exchanges.last() else { return call(request()) };
    let message = moderation.message.as_str();
    let done = |answer: Answer| answer.success.then(|| Id(message.to_owned()));
    Next::Settled(match graph.outcome(exchange, done) {
        Outcome::Refused(Refusal { reason: Reason::Gone, .. })
            if matches!(moderation.verb, Verb::Delete | Verb::Withdraw) =>
        {
            Outcome::Done(Receipt::of(message))
        }
        outcome => outcome,
    })
}
