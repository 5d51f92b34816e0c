//! Publishing an agent's reply: as a comment, or as a Messenger message inside its window.

use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Change, Effect, Moderation, NewReply, Outcome, Reason, Refusal, ReplyForm};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Surface;
use serde_json::{Value, json};

use crate::Next;
use crate::files::Multipart;
use crate::http::{Exchange, Method, Request};
use crate::meta::graph::{Graph, call, refused};
use crate::meta::sending::{self, Declared};
use crate::meta::{files, moderation};

/// Makes an effect. Platforms only publish replies.
pub(super) fn step(graph: &Graph, effect: &Effect, exchanges: &[Exchange]) -> Next<Outcome> {
    match &effect.change {
        Change::PostReply(reply) => match (&reply.form, reply.surface) {
            (ReplyForm::Text, Surface::Public) => comment(graph, reply, exchanges),
            (ReplyForm::Text, Surface::Direct) => {
                sending::message(graph, effect, reply, exchanges, |declared| {
                    let message = json!({"text": reply.text, "metadata": effect.id.to_string()});
                    send(graph, reply, declared, &message)
                })
            }
            (ReplyForm::File(file), Surface::Public) => {
                comment_file(graph, effect, reply, file.as_deref(), exchanges)
            }
            (ReplyForm::File(file), Surface::Direct) => {
                let what = (effect, reply, file.as_deref());
                files::message(graph, &graph.account, what, &[], exchanges, |declared, attachment| {
                    let message = json!({"attachment": attachment, "metadata": effect.id.to_string()});
                    send(graph, reply, declared, &message)
                })
            }
            (ReplyForm::Private, _) => {
                let message = json!({"text": reply.text, "metadata": effect.id.to_string()});
                moderation::private_reply(graph, &graph.account, &reply.answers, &message, exchanges)
            }
            (ReplyForm::Template(_), _) => refused(Refusal::new(Reason::Template, "no templates here")),
        },
        Change::Moderate(moderation) => {
            moderation::moderate(graph, moderation, exchanges, || request(graph, moderation))
        }
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

/// A photo under a comment goes along with it.
fn comment_file(
    graph: &Graph,
    effect: &Effect,
    reply: &NewReply,
    file: Option<&RemoteFile>,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    let Some(file) = file else { return refused(Refusal::new(Reason::Invalid, "no file")) };
    if let Some(exchange) = exchanges.last() {
        return Next::Settled(sending::made(graph, exchange));
    }
    let request = graph.request(Method::POST, &[&reply.answers, "comments"], &[]);
    call(request.map(|request| Multipart::new(effect.id).file("source", file).on(request)))
}

fn send(graph: &Graph, reply: &NewReply, declared: Declared, message: &Value) -> Result<Request, Refusal> {
    let body = declared.tagged(json!({
        "recipient": {"id": reply.customer},
        "messaging_type": "RESPONSE",
        "message": message,
    }));
    Ok(graph.request(Method::POST, &[&graph.account, "messages"], &[])?.json(&body))
}

/// What hides, shows, likes, deletes or changes a comment. Meta documents for the last: only one's own.
fn request(graph: &Graph, moderation: &Moderation) -> Result<Request, Refusal> {
    let message = moderation.message.as_str();
    let hidden = |value| {
        graph.request(Method::POST, &[message], &[]).map(|request| request.form(&[("is_hidden", value)]))
    };
    match moderation.verb {
        Verb::Hide => hidden("true"),
        Verb::Unhide => hidden("false"),
        Verb::Like => graph.request(Method::POST, &[message, "likes"], &[]),
        Verb::Delete | Verb::Withdraw => graph.request(Method::DELETE, &[message], &[]),
        Verb::Edit => {
            let form = [("message", moderation.text.as_str())];
            graph.request(Method::POST, &[message], &[]).map(|request| request.form(&form))
        }
        _ => Err(Refusal::new(Reason::Invalid, "not something to do to a comment")),
    }
}
