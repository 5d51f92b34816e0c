//! Effects that went to a person although they may have been made.

use crate::conversation::{Conversation, EffectState, GivenUp, OpenEffect, Task};

/// So many effects given up in doubt are remembered, newest last, in case a person puts them back.
const GIVEN_UP_KEPT: usize = 4;

/// An effect goes to a person, who may put it back. If it may have been made, that is remembered, and it keeps its name: see
/// [`known_as_given_up`].
pub(super) fn put_aside(conversation: &mut Conversation, effect: &OpenEffect, maybe_made: bool) {
    if !maybe_made {
        return;
    }
    if effect.task == Task::CreateTicket {
        conversation.generation = conversation.generation.saturating_sub(1);
    }
    let given_up = conversation.given_up.get_or_insert_default();
    given_up.push(GivenUp {
        id: effect.id,
        first_started_at: effect.first_started_at,
        causes: effect.begun_with.clone().unwrap_or_else(|| effect.causes.clone()),
    });
    let excess = given_up.len().saturating_sub(GIVEN_UP_KEPT);
    given_up.drain(..excess);
}

/// An effect is planned that was given up once although it may have been made: it is as begun as it was then.
pub(crate) fn known_as_given_up(conversation: &mut Conversation, effect: &mut OpenEffect) {
    let Some(given_up) = &mut conversation.given_up else { return };
    let Some(at) = given_up.iter().position(|one| one.id == effect.id) else { return };
    let known = given_up.remove(at);
    effect.state = EffectState::Started;
    effect.attempt = 1;
    effect.first_started_at = known.first_started_at;
    effect.started_at = known.first_started_at;
    effect.uncertain = true;
    effect.begun_with = Some(known.causes);
    conversation.given_up.take_if(|left| left.is_empty());
}
