//! Hiding, showing and deleting a comment. Doing it twice is the same as doing it once; what is gone is deleted.

use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Moderation, Outcome, Reason, Receipt, Refusal};
use serde::Deserialize;

use super::Instagram;
use super::mention::Mention;
use crate::Next;
use crate::http::{Exchange, Method};
use crate::meta::graph::{call, refused};
use crate::meta::wire::Id;

/// Does it. Instagram reads `hide` in the address only; a body is passed over.
pub(super) fn moderate(
    account: &Instagram,
    moderation: &Moderation,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    #[derive(Deserialize)]
    struct Answer {
        success: bool,
    }
    let message = moderation.message.as_str();
    if Mention::parse(message).is_some() {
        return refused(Refusal::new(Reason::Invalid, "it stands under a post of somebody else"));
    }
    if let Some(exchange) = exchanges.last() {
        let done = |answer: Answer| answer.success.then(|| Id(message.to_owned()));
        return Next::Settled(match account.graph.outcome(exchange, done) {
            Outcome::Refused(Refusal { reason: Reason::Gone, .. }) if moderation.verb == Verb::Delete => {
                Outcome::Done(Receipt::of(message))
            }
            outcome => outcome,
        });
    }
    let hide = |value| account.graph.request(Method::POST, &[message], &[("hide", value)]);
    call(match moderation.verb {
        Verb::Hide => hide("true"),
        Verb::Unhide => hide("false"),
        Verb::Delete => account.graph.request(Method::DELETE, &[message], &[]),
        _ => Err(Refusal::new(Reason::Invalid, "not something to do to a comment")),
    })
}
