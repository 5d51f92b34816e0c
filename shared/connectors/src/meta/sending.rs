//! Sending a direct message inside its window. Messenger and Instagram have the same rules.

use std::time::Duration;

use deskbridge_core::effect::{Effect, NewReply, Outcome, Reason, Receipt, Refusal};
use serde::Deserialize;
use serde_json::Value;

use super::graph::{Graph, call, refused};
use super::wire::Id;
use crate::Next;
use crate::http::{Exchange, Request};

/// Meta documents 24 hours after the customer's last action for ordinary replies.
const RESPONSE_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// The human-agent tag may not be used inside the 24 hours, so it waits this much longer than our clock says. An
/// ordinary reply that comes too late in that minute is refused cleanly, and then sent with the tag.
const MARGIN: Duration = Duration::from_secs(60);

/// Meta documents 7 days for a person's answer with the human-agent tag.
const HUMAN_AGENT_WINDOW: Duration = Duration::from_secs(7 * 24 * 3600);

/// The reply window in the words of a note.
const WINDOW_RULE: &str = "direct messages may be answered within 24 hours of the customer's last message, and by a person \
                           within 7 days where the app has that permission";

/// The same, where the account does without the human-agent tag.
const ORDINARY_WINDOW_RULE: &str =
    "direct messages may be answered within 24 hours of the customer's last message";

/// How long after the customer's last message direct messages may be sent, and how notes say it.
pub(crate) fn window(graph: &Graph) -> (Duration, &'static str) {
    if graph.human_agent {
        (HUMAN_AGENT_WINDOW, WINDOW_RULE)
    } else {
        (RESPONSE_WINDOW, ORDINARY_WINDOW_RULE)
    }
}

/// How a message is declared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    Response,
    HumanAgent,
}

impl Declared {
    /// What is allowed now; `None` when the window is closed. An unknown start is taken for a fresh one: Meta is the judge.
    fn at(graph: &Graph, effect: &Effect, reply: &NewReply) -> Option<Self> {
        let waited = reply.window_from.map_or(Duration::ZERO, |from| effect.started_at.since(from));
        if waited < RESPONSE_WINDOW + MARGIN {
            Some(Self::Response)
        } else if graph.human_agent && waited < HUMAN_AGENT_WINDOW {
            Some(Self::HumanAgent)
        } else {
            None
        }
    }

    /// The body of a message with the tag that it needs.
    pub(crate) fn tagged(self, mut body: Value) -> Value {
        if self == Self::HumanAgent {
            body["messaging_type"] = "MESSAGE_TAG".into();
            body["tag"] = "HUMAN_AGENT".into();
        }
        body
    }
}

/// Why nothing can be sent now, whatever it is.
pub(crate) fn closed(graph: &Graph, effect: &Effect, reply: &NewReply) -> Option<Refusal> {
    Declared::at(graph, effect, reply).is_none().then(|| too_late(graph))
}

fn too_late(graph: &Graph) -> Refusal {
    Refusal::new(Reason::Window, if graph.human_agent { "7 days" } else { "24 hours" })
}

/// Sends a message; `send` makes the request.
pub(crate) fn message(
    graph: &Graph,
    effect: &Effect,
    reply: &NewReply,
    exchanges: &[Exchange],
    send: impl Fn(Declared) -> Result<Request, Refusal>,
) -> Next<Outcome> {
    let Some(declared) = Declared::at(graph, effect, reply) else {
        return refused(too_late(graph));
    };
    let Some(last) = exchanges.last() else {
        return call(send(declared));
    };
    let tagged = declared == Declared::HumanAgent || exchanges.len() > 1;
    match made(graph, last) {
        Outcome::Refused(refusal) if graph.human_agent && !tagged && refusal.reason == Reason::Window => {
            call(send(Declared::HumanAgent))
        }
        Outcome::Refused(refusal) if tagged && is_tag_refused(&refusal) => {
            refused(Refusal { reason: Reason::Window, ..refusal })
        }
        Outcome::Done(receipt) => Next::Settled(Outcome::Done(Receipt { late: tagged, ..receipt })),
        outcome => Next::Settled(outcome),
    }
}

/// Whether the tag was the trouble (Meta grants it to an app on request; uncertain: by which code it refuses it). The
/// account as such works, so this reply is too late and nothing else is wrong.
fn is_tag_refused(refusal: &Refusal) -> bool {
    matches!(refusal.reason, Reason::Permission | Reason::Invalid)
        && matches!(refusal.code.as_str(), "10" | "100")
}

/// What the answer says about our comment or message.
pub(crate) fn made(graph: &Graph, exchange: &Exchange) -> Outcome {
    #[derive(Deserialize)]
    struct Made {
        #[serde(default, alias = "message_id")]
        id: Option<Id>,
    }
    graph.outcome(exchange, |made: Made| made.id)
}
