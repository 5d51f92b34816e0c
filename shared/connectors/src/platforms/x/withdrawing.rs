//! Taking back a post of ours. Doing it twice is the same as doing it once.

use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Effect, Moderation, Outcome, Reason, Receipt, Refusal};
use serde::Deserialize;

use super::api::Api;
use super::outbound::{outcome, refused};
use crate::http::{Exchange, Method};
use crate::{Next, Session};

/// Deletes the post; X lets us delete our own only.
pub(super) fn step(
    api: &Api,
    effect: &Effect,
    moderation: &Moderation,
    session: &Session,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    #[derive(Deserialize)]
    struct Answer {
        data: Deleted,
    }
    #[derive(Deserialize)]
    struct Deleted {
        deleted: bool,
    }
    if moderation.verb != Verb::Withdraw {
        return refused(Refusal::new(Reason::Invalid, "not something to do to a post"));
    }
    let message = moderation.message.as_str();
    if let Some(exchange) = exchanges.last() {
        let done = |answer: Answer| answer.data.deleted.then(|| Receipt::of(message));
        return Next::Settled(match outcome(session, exchange, done) {
            Outcome::Refused(Refusal { reason: Reason::Gone, .. }) => Outcome::Done(Receipt::of(message)),
            outcome => outcome,
        });
    }
    let request = api.request(Method::DELETE, &["tweets", message], &[]);
    match request.and_then(|request| api.signed(request, session, &effect.id.to_string())) {
        Ok(request) => Next::call(request),
        Err(refusal) => refused(refusal),
    }
}
