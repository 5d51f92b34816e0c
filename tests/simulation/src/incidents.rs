//! What does not happen every day: dead letters put back, poison in the queue, a deployment, a changed secret, an outage.

use deskbridge_connectors::http::Answer;
use deskbridge_sandbox::graph::{Control, TokenState};
use deskbridge_sandbox::x;
use serde_json::Value;

use crate::call::{Call, Fate, Reply};
use crate::house::NEXT_APP_SECRET;
use crate::people::People;
use crate::remotes::Side;
use crate::weather::Topology;
use crate::words::sentence;
use crate::world::{Event, Outage, START, State};

const MINUTE: i64 = 60_000;

/// Something that does not happen every day.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Incident {
    /// An operator puts the dead letters back.
    Redrive,
    /// Something comes into the queue that no version can read.
    Poison,
    /// This version takes over from the one before: what waits is in its format.
    Deploy,
    /// The platform signs with a new secret from now on.
    Rotation,
    /// A page's token dies (`false`), or is repaired.
    Token(bool),
}

/// Draws when what happens, until `end`.
pub(crate) fn schedule(state: &mut State, topology: &Topology, end: i64) {
    let span = u32::try_from(end - START).unwrap_or(u32::MAX);
    let some_time = |state: &mut State, incident| {
        let at = START + i64::from(state.draws.below(span));
        state.schedule(at, Event::Incident(incident));
    };
    for _ in 0..topology.poison {
        some_time(state, Incident::Poison);
    }
    if topology.deploys {
        some_time(state, Incident::Deploy);
    }
    if topology.rotates {
        some_time(state, Incident::Rotation);
    }
    if let Some(minutes) = topology.token_dead_for {
        let from = START + i64::from(state.draws.below(span));
        state.schedule(from, Event::Incident(Incident::Token(false)));
        state.schedule(from + i64::from(minutes) * MINUTE, Event::Incident(Incident::Token(true)));
    }
    if topology.receives_max < 100 {
        some_time(state, Incident::Redrive);
    }
    state.queue.receives_max = topology.receives_max;
    let outage = topology.outage.map(|(side, minutes)| (side, i64::from(minutes) * MINUTE));
    if topology.outage_in_doubt {
        state.outage_in_doubt = outage;
    } else {
        let from = START + MINUTE;
        state.outage = outage.map(|(side, length)| Outage { side, during: from..from + length });
    }
}

/// An outage that waits for a doubt begins so late at most: it must be over before the calm.
pub(crate) const DOUBT_MINUTES: u32 = 10;

/// Begins the outage that waits for a change whose answer does not come although it is made.
pub(crate) fn doubt(state: &mut State, call: &Call, fate: &Fate) {
    let (Some((side, length)), Call::Http(request, _)) = (state.outage_in_doubt, call) else { return };
    let unanswered = fate.happens_after.is_some() && matches!(fate.instead, Some(Reply::Http(Answer::Lost)));
    let in_time = state.now < START + i64::from(DOUBT_MINUTES) * MINUTE;
    if unanswered && in_time && request.method != "GET" && Side::of(request) == Some(side) {
        state.outage_in_doubt = None;
        state.mark("outage: begins with an answer that does not come");
        state.outage = Some(Outage { side, during: state.now..state.now + length });
        state.note(format_args!("nothing gets through to {side:?} from now on"));
    }
}

/// Lets it happen.
pub(crate) fn happen(state: &mut State, people: &People, incident: Incident) {
    state.note(format_args!("incident: {incident:?}"));
    let now = state.now;
    match incident {
        Incident::Redrive => redrive(state),
        Incident::Poison => {
            let body = sentence('p', state.oracle.poison, 1);
            state.oracle.poison += 1;
            state.queue.put(&people.first_group(), body, now);
        }
        Incident::Deploy => {
            if state.store.take_back_to_format_before() > 0 {
                state.mark("old format: an item");
            }
            if state.queue.rewrite(of_format_before) > 0 {
                state.mark("old format: a queue message");
            }
        }
        Incident::Rotation => {
            state.remotes.graph.rotate_app_secret(NEXT_APP_SECRET);
            state.rotated = true;
        }
        Incident::Token(works) => {
            let state_of_token = if works { TokenState::Valid } else { TokenState::Revoked };
            for page in ["1001", "1002", "17001", "17002", "5001", "5002"] {
                let control = Control::Token { page: page.to_owned(), state: state_of_token };
                if state.remotes.graph.control(control, now).is_err() {
                    state.oracle.breaks(format!("the simulation itself: page {page} has no token"));
                }
            }
            let state_of_token = if works { x::TokenState::Valid } else { x::TokenState::Revoked };
            for account in ["9001", "9002"] {
                let control = x::Control::Token { account: Some(account.to_owned()), state: state_of_token };
                if state.remotes.x.control(control, now).is_err() {
                    state.oracle.breaks(format!("the simulation itself: account {account} has no token"));
                }
            }
        }
    }
    state.arm_queue();
}

/// Puts all dead letters back.
pub(crate) fn redrive(state: &mut State) {
    if state.queue.redrive(state.now) > 0 {
        state.mark("dead letter put back");
    }
    state.arm_queue();
}

/// A queue message as format 1 has it: without the trace of format 2.
fn of_format_before(body: &str) -> Option<String> {
    let mut message: Value = serde_json::from_str(body).ok()?;
    if message["v"] != 2 {
        return None;
    }
    message["v"] = 1.into();
    message.as_object_mut()?.remove("trace");
    Some(message.to_string())
}
