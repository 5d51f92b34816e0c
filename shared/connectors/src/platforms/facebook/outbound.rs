//! Publishing an agent's reply: as a comment, or as a Messenger message inside its window.

use std::time::Duration;

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
use crate::meta::wire::Id;

/// Messenger documents 24 hours after the customer's last action for ordinary replies.
const RESPONSE_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// The human-agent tag may not be used inside the 24 hours, so it waits this much longer than our clock says. An
/// ordinary reply that comes too late in that minute is refused cleanly, and then sent with the tag.
const MARGIN: Duration = Duration::from_secs(60);

/// Messenger documents 7 days for a person's answer with the human-agent tag.
pub(super) const HUMAN_AGENT_WINDOW: Duration = Duration::from_secs(7 * 24 * 3600);

/// Makes an effect. Platforms only publish replies.
pub(super) fn step(graph: &Graph, effect: &Effect, exchanges: &[Exchange]) -> Next<Outcome> {
    match &effect.change {
        Change::PostReply(reply) => match (&reply.form, reply.surface) {
            (ReplyForm::Text, Surface::Public) => comment(graph, reply, exchanges),
            (ReplyForm::Text, Surface::Direct) => message(graph, effect, reply, exchanges),
            (ReplyForm::Private, _) => private_reply(graph, effect, reply, exchanges),
            (ReplyForm::Template(_), _) => refused(Refusal::new(Reason::Template, "no templates here")),
        },
        Change::Moderate(moderation) => moderate(graph, moderation, exchanges),
        _ => refused(Refusal::new(Reason::Invalid, "not a platform's effect")),
    }
}

fn comment(graph: &Graph, reply: &NewReply, exchanges: &[Exchange]) -> Next<Outcome> {
    if let Some(exchange) = exchanges.last() {
        return Next::Settled(outcome(graph, exchange));
    }
    let request = graph.request(Method::POST, &[&reply.answers, "comments"], &[]);
    call(request.map(|request| request.form(&[("message", &reply.text)])))
}

/// The one private reply that a comment may get: Meta sends it to its author, whose id in Messenger we need not know.
fn private_reply(graph: &Graph, effect: &Effect, reply: &NewReply, exchanges: &[Exchange]) -> Next<Outcome> {
    if let Some(exchange) = exchanges.last() {
        return Next::Settled(outcome(graph, exchange));
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

/// How a message is declared to Messenger.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declared {
    Response,
    HumanAgent,
}

impl Declared {
    /// What is allowed now; `None` when the window is closed. An unknown start is taken for a fresh one: Messenger
    /// is the judge.
    fn at(effect: &Effect, reply: &NewReply) -> Option<Self> {
        let waited = reply.window_from.map_or(Duration::ZERO, |from| effect.started_at.since(from));
        if waited < RESPONSE_WINDOW + MARGIN {
            Some(Self::Response)
        } else if waited < HUMAN_AGENT_WINDOW {
            Some(Self::HumanAgent)
        } else {
            None
        }
    }
}

fn message(graph: &Graph, effect: &Effect, reply: &NewReply, exchanges: &[Exchange]) -> Next<Outcome> {
    let Some(declared) = Declared::at(effect, reply) else {
        return refused(Refusal::new(Reason::Window, "7 days"));
    };
    let Some(last) = exchanges.last() else {
        return call(send(graph, effect, reply, declared));
    };
    let tagged = declared == Declared::HumanAgent || exchanges.len() > 1;
    match outcome(graph, last) {
        Outcome::Refused(refusal) if !tagged && refusal.reason == Reason::Window => {
            call(send(graph, effect, reply, Declared::HumanAgent))
        }
        Outcome::Refused(refusal) if tagged && is_tag_refused(&refusal) => {
            refused(Refusal { reason: Reason::Window, ..refusal })
        }
        outcome => Next::Settled(outcome),
    }
}

/// Whether the tag was the trouble (Meta grants it to an app on request; uncertain: by which code it refuses it). The
/// account as such works, so this reply is too late and nothing else is wrong.
fn is_tag_refused(refusal: &Refusal) -> bool {
    matches!(refusal.reason, Reason::Permission | Reason::Invalid)
        && matches!(refusal.code.as_str(), "10" | "100")
}

fn send(graph: &Graph, effect: &Effect, reply: &NewReply, declared: Declared) -> Result<Request, Refusal> {
    let mut body = json!({
        "recipient": {"id": reply.customer},
        "messaging_type": "RESPONSE",
        "message": {"text": reply.text, "metadata": effect.id.to_string()},
    });
    if declared == Declared::HumanAgent {
        body["messaging_type"] = "MESSAGE_TAG".into();
        body["tag"] = "HUMAN_AGENT".into();
    }
    Ok(graph.request(Method::POST, &[&graph.account, "messages"], &[])?.json(&body))
}

/// What the answer says about our comment or message.
fn outcome(graph: &Graph, exchange: &Exchange) -> Outcome {
    #[derive(Deserialize)]
    struct Made {
        #[serde(default, alias = "message_id")]
        id: Option<Id>,
    }
    graph.outcome(exchange, |made: Made| made.id)
}
