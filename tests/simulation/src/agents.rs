//! What agents do in tickets.

use deskbridge_sandbox::freshdesk::{Act as FreshdeskAct, AgentAct, Words};
use deskbridge_sandbox::zendesk::{Act as ZendeskAct, Deed};

use crate::oracle::{Ticket, Written};
use crate::remotes::Side;
use crate::words::sentence;
use crate::world::State;

/// Answers in public, at length if wanted.
pub(crate) fn reply(state: &mut State, ticket: &Ticket, long_winded: bool) {
    let number = state.oracle.written.len();
    let long = ticket.conversation.contains(":direct:") && (long_winded || state.draws.below(6) == 5);
    let words = if long { 260 } else { usize::try_from(1 + state.draws.below(3)).unwrap_or(1) };
    let text = sentence('r', number, words);
    let file = state.draws.format() > 2 && state.draws.below(8) == 7;
    if deed(state, ticket, if file { "reply with a file" } else { "reply" }, &text, None) {
        let (side, id) = (ticket.side, ticket.id);
        state.note(format_args!("agent replies r{number} in {side:?} ticket {id}"));
        let conversation = ticket.conversation.clone();
        let published = vec![0; words];
        state.oracle.written.push(Written { side, ticket: id, conversation, text, file, published });
    }
}

/// Does something in the ticket with these words.
pub(crate) fn say(state: &mut State, ticket: &Ticket, what: &str, text: &str) {
    if deed(state, ticket, what, text, None) {
        state.note(format_args!("agent: {what} in {:?} ticket {}", ticket.side, ticket.id));
    }
}

/// Solves it; without any grace, whoever writes then gets another one.
pub(crate) fn solve(state: &mut State, ticket: &Ticket, ends: bool) {
    say(state, ticket, "solve", "");
    if ends {
        state.oracle.ends.push((ticket.side, ticket.id));
    }
}

/// Closes it for good.
pub(crate) fn close(state: &mut State, ticket: &Ticket) {
    say(state, ticket, "close", "");
    // Freshdesk's closed tickets go on when a customer writes.
    if ticket.side == Side::Zendesk {
        state.oracle.ends.push((ticket.side, ticket.id));
    }
}

/// Merges it into another one, if there is one.
pub(crate) fn merge(state: &mut State, ticket: &Ticket, all: &[Ticket]) {
    let others: Vec<u64> =
        all.iter().filter(|other| other.id != ticket.id && !other.closed).map(|other| other.id).collect();
    let at = state.draws.below(u32::try_from(others.len()).unwrap_or(1));
    let Some(&into) = others.get(usize::try_from(at).unwrap_or(0)) else { return };
    if deed(state, ticket, "merge", "", Some(into)) {
        state.note(format_args!("agent merges {:?} ticket {} into {into}", ticket.side, ticket.id));
        state.oracle.merges.push((ticket.side, ticket.id, into));
        state.oracle.ends.push((ticket.side, ticket.id));
    }
}

/// Deletes it.
pub(crate) fn delete(state: &mut State, ticket: &Ticket) {
    if deed(state, ticket, "delete", "", None) {
        state.note(format_args!("agent deletes {:?} ticket {}", ticket.side, ticket.id));
        state.oracle.ends.push((ticket.side, ticket.id));
    }
}

/// Lets an agent do something; whether it was possible.
fn deed(state: &mut State, ticket: &Ticket, what: &str, text: &str, into: Option<u64>) -> bool {
    let now = state.now;
    // No platform takes a drawing.
    let files = if what == "reply with a file" { vec!["drawing.svg".to_owned()] } else { Vec::new() };
    match ticket.side {
        Side::Zendesk => {
            let deed = match what {
                "reply" | "reply with a file" => Deed::Reply,
                "note" => Deed::Note,
                "solve" => Deed::Solve,
                "reopen" => Deed::Reopen,
                "close" => Deed::Close,
                "merge" => Deed::Merge,
                _ => Deed::Delete,
            };
            let number = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
            let text = (!text.is_empty()).then(|| text.to_owned());
            let act = ZendeskAct {
                deed,
                ticket: number(ticket.id),
                text,
                html: None,
                into: into.map(number),
                agent: None,
                files,
            };
            state.remotes.zendesk.act(&act, now).is_success()
        }
        Side::Freshdesk => {
            let act = match what {
                "reply" | "reply with a file" => FreshdeskAct::Reply(Words { files, ..Words::typed(text) }),
                "note" => FreshdeskAct::Note(Words::typed(text)),
                "solve" => FreshdeskAct::Resolve,
                "reopen" => FreshdeskAct::Reopen,
                "close" => FreshdeskAct::Close,
                "merge" => FreshdeskAct::Merge { into: into.unwrap_or_default() },
                _ => FreshdeskAct::Delete,
            };
            state.remotes.freshdesk.act(&AgentAct::new(ticket.id, act), now).is_success()
        }
        Side::Graph | Side::X => false,
    }
}
