//! Publishing an agent's reply: as a comment, or as a Messenger message inside its window.

use deskbridge_core::effect::{Change, Effect, NewReply, Outcome, Reason, Refusal};
use deskbridge_core::model::Surface;
use serde_json::json;

use crate::Next;
use crate::http::{Exchange, Method, Request};
use crate::meta::graph::{Graph, call, refused};
use crate::meta::sending::{self, Declared};

/// Makes an effect. Platforms only publish replies.
pub(super) fn step(graph: &Graph, effect: &Effect, exchanges: &[Exchange]) -> Next<Outcome> {
    match &effect.change {
        Change::PostReply(reply) => match reply.surface {
            Surface::Public => comment(graph, reply, exchanges),
            Surface::Direct => sending::message(graph, effect, reply, exchanges, |declared| {
                send(graph, effect, reply, declared)
            }),
        },
        _ => refused(Refusal::new(Reason::Invalid, "not a platform's effect")),
    }
}

fn comment(graph: &Graph, reply: &NewReply, exchanges: &[Exchange]) -> Next<Outcome> {
    if let Some(exchange) = exchanges.last() {
        return Next::Settled(sending::made(graph, exchange));
    }
    let request = graph.request(Method::POST, &[&reply.answers, "comments"], &[]);
    call(request.map(|request| request.form(&[("message", &reply.text)])))
}

fn send(graph: &Graph, effect: &Effect, reply: &NewReply, declared: Declared) -> Result<Request, Refusal> {
    let body = declared.tagged(json!({
        "recipient": {"id": reply.customer},
        "messaging_type": "RESPONSE",
        "message": {"text": reply.text, "metadata": effect.id.to_string()},
    }));
    Ok(graph.request(Method::POST, &[&graph.account, "messages"], &[])?.json(&body))
}
