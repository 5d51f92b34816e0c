//! Publishing an agent's reply: as a comment, or as a Messenger message inside its window.

use deskbridge_core::command::Verb;
use deskbridge_core::effect::{
    Change, Effect, Moderation, NewReply, Outcome, Reason, Receipt, Refusal, ReplyForm,
};
use deskbridge_core::model::Surface;
use serde::Deserialize;
use serde_json::json;

use crate::Next;
use crate::http::{Exchange, Method, Request};
use crate::meta::graph::{Graph, call, refused};
use crate::meta::sending::{self, Declared};
use crate::meta::wire::Id;

/// Makes an effect. Platforms only publish replies.
pub(super) fn step(graph: &Graph, effect: &Effect, exchanges: &[Exchange]) -> Next<Outcome> {
    match &effect.change {
        Change::PostReply(reply) => match (&reply.form, reply.surface) {
            (ReplyForm::Text, Surface::Public) => comment(graph, reply, exchanges),
            (ReplyForm::Text, Surface::Direct) => {
                sending::message(graph, effect, reply, exchanges, |declared| {
                    send(graph, effect, reply, declared)
                })
            }
            (ReplyForm::Private, _) => private_reply(graph, effect, reply, exchanges),
            (ReplyForm::Template(_), _) => refused(Refusal::new(Reason::Template, "no templates here")),
        },
        Change::Moderate(moderation) => moderate(graph, moderation, exchanges),
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

/// The one private reply that a comment may get: Meta sends it to its author, whose id in Messenger we need not know.
fn private_reply(graph: &Graph, effect: &Effect, reply: &NewReply, exchanges: &[Exchange]) -> Next<Outcome> {
    if let Some(exchange) = exchanges.last() {
        return Next::Settled(sending::made(graph, exchange));
    }
    let body = json!({
        "recipient": {"comment_id": reply.answers},
        "message": {"text": reply.text, "metadata": effect.id.to_string()},
    });
    let request = graph.request(Method::POST, &[&graph.account, "messages"], &[]);
    call(request.map(|request| request.json(&body)))
}

/// Hides, shows, likes or deletes a comment. Doing it twice is the same as doing it once; what is gone is deleted.
fn moderate(graph: &Graph, moderation: &Moderation, exchanges: &[Exchange]) -> Next<Outcome> {
    #[derive(Deserialize)]
    struct Answer {
        success: bool,
    }
    let message = moderation.message.as_str();
    if let Some(exchange) = exchanges.last() {
        let done = |answer: Answer| answer.success.then(|| Id(message.to_owned()));
        return Next::Settled(match graph.outcome(exchange, done) {
            Outcome::Refused(Refusal { reason: Reason::Gone, .. }) if moderation.verb == Verb::Delete => {
                Outcome::Done(Receipt::of(message))
            }
            outcome => outcome,
        });
    }
    let hidden = |value| {
        graph.request(Method::POST, &[message], &[]).map(|request| request.form(&[("is_hidden", value)]))
    };
    call(match moderation.verb {
        Verb::Hide => hidden("true"),
        Verb::Unhide => hidden("false"),
        Verb::Like => graph.request(Method::POST, &[message, "likes"], &[]),
        Verb::Delete => graph.request(Method::DELETE, &[message], &[]),
        _ => Err(Refusal::new(Reason::Invalid, "not something to do to a comment")),
    })
}

fn send(graph: &Graph, effect: &Effect, reply: &NewReply, declared: Declared) -> Result<Request, Refusal> {
    let body = declared.tagged(json!({
        "recipient": {"id": reply.customer},
        "messaging_type": "RESPONSE",
        "message": {"text": reply.text, "metadata": effect.id.to_string()},
    }));
    Ok(graph.request(Method::POST, &[&graph.account, "messages"], &[])?.json(&body))
}
