//! States that a campaign must have reached: what never happened was not tested. All of them are read off what really
//! happened: telemetry, saved items, the queue, the tickets at rest.

use deskbridge_core::Conversation;
use deskbridge_core::card::Delivery;
use deskbridge_core::conversation::{EffectState, Task};
use deskbridge_engine::telemetry::Line;

use crate::oracle::Ticket;
use crate::words::numbers_in;

/// All marks. A campaign of [`ENOUGH`] seeds or more fails if it misses one.
pub const MARKS: &[&str] = &[
    "account: waits for another conversation's trouble",
    "append_comment: found by a lookup",
    "append_comment: not found by a lookup, written again",
    "append_comment: unanswered",
    "attach_files: found by a lookup",
    "attach_files: not found by a lookup, written again",
    "attach_files: unanswered",
    "card: accepted",
    "card: delivered",
    "card: queued",
    "card: unconfirmed",
    "card: undelivered",
    "create_ticket: found by a lookup",
    "create_ticket: not found by a lookup",
    "create_ticket: sent again under its key",
    "create_ticket: unanswered",
    "dead letter",
    "dead letter put back",
    "delivery: again while the first is in hand",
    "delivery: the process has no time left",
    "delivery: waits until a request can no longer land",
    "event: duplicate",
    "event: echo",
    "event: resumes",
    "held: parked",
    "held: quarantine",
    "item: a former ticket is remembered",
    "item: a reply nobody could confirm is remembered",
    "item: a second generation",
    "item: an attempt without a record",
    "item: leads to the conversation of an earlier id",
    "item: replies go to a new id",
    "item: several effects open",
    "item: uncertain",
    "item: what was given up in doubt is remembered",
    "old format: an item",
    "old format: a queue message",
    "outage: begins with an answer that does not come",
    "outage: longer than the helpdesk remembers keys",
    "poison: kept for a person",
    "post_reply: found by a lookup",
    "post_reply: in several pieces",
    "post_reply: not found by a lookup",
    "post_reply: refused",
    "post_reply: unanswered",
    "process: died",
    "process: ran out of time",
    "process: stood still",
    "redact: done",
    "redact: done at a later attempt",
    "remote: asks to wait",
    "rotation: signed with the new secret",
    "store: conflict",
    "store: stale read",
    "store: stale read, older than the last save but one",
    "sweep: what no webhook told",
    "ticket: a burst in one update",
    "ticket: a photo is copied",
    "ticket: followed up",
    "ticket: its customer wrote under a new id before that was known",
    "ticket: a note tells of a refused reply",
    "ticket: a note tells of a reply nobody could confirm",
    "ticket: a note withdraws that",
    "ticket: merged, and followed",
];

/// So many seeds should reach every mark.
pub const ENOUGH: u64 = 20_000;

/// What a line of telemetry marks.
pub(crate) fn of_line(line: &Line) -> Vec<&'static str> {
    match line {
        Line::Effect(effect) => of_effect(effect.kind, effect.way, effect.outcome, effect.attempt),
        Line::Delivery(delivered) => {
            let verdicts = delivered.verdicts.iter().filter_map(|verdict| match *verdict {
                "duplicate" => Some("event: duplicate"),
                "echo" => Some("event: echo"),
                "resumes" => Some("event: resumes"),
                _ => None,
            });
            verdicts.chain(delivered.why.as_deref().and_then(of_reason)).collect()
        }
        Line::Swept { missed: 1.., .. } => vec!["sweep: what no webhook told"],
        Line::Held { kind: "parked", .. } => vec!["held: parked"],
        Line::Held { .. } => vec!["held: quarantine"],
        _ => Vec::new(),
    }
}

fn of_effect(kind: &str, way: &str, outcome: &str, attempt: u32) -> Vec<&'static str> {
    let mark = match (kind, way, outcome) {
        (_, "send", "retry_after") => "remote: asks to wait",
        ("create_ticket", "send", "unknown") => "create_ticket: unanswered",
        ("append_comment", "send", "unknown") => "append_comment: unanswered",
        ("attach_files", "send", "unknown") => "attach_files: unanswered",
        ("attach_files", "lookup", "found") => "attach_files: found by a lookup",
        ("attach_files", "send", "done") if attempt > 1 => {
            "attach_files: not found by a lookup, written again"
        }
        ("post_reply", "send", "unknown") => "post_reply: unanswered",
        ("post_reply", "send", "refused") => "post_reply: refused",
        ("create_ticket", "send", "done") if attempt > 1 => "create_ticket: sent again under its key",
        ("append_comment", "send", "done") if attempt > 1 => {
            "append_comment: not found by a lookup, written again"
        }
        ("create_ticket", "lookup", "found") => "create_ticket: found by a lookup",
        ("create_ticket", "lookup", "not_found") => "create_ticket: not found by a lookup",
        ("redact", "send", "done") if attempt > 1 => "redact: done at a later attempt",
        ("redact", "send", "done") => "redact: done",
        ("append_comment", "lookup", "found") => "append_comment: found by a lookup",
        ("post_reply", "lookup", "found") => "post_reply: found by a lookup",
        ("post_reply", "lookup", "not_found") => "post_reply: not found by a lookup",
        _ => return Vec::new(),
    };
    vec![mark]
}

fn of_reason(why: &str) -> Option<&'static str> {
    let beginnings = [
        ("waits for account", "account: waits for another conversation's trouble"),
        ("the process has no time left", "delivery: the process has no time left"),
        ("waits to find out", "delivery: waits until a request can no longer land"),
    ];
    beginnings.iter().find(|(beginning, _)| why.starts_with(beginning)).map(|(_, mark)| *mark)
}

/// What an item that was just saved marks; `first` if it is the first of its conversation.
pub(crate) fn of_item(bytes: &[u8], first: bool) -> Vec<&'static str> {
    let Ok(item) = Conversation::decode(bytes) else { return Vec::new() };
    let mut marks = Vec::new();
    let mut mark = |holds: bool, name: &'static str| marks.extend(holds.then_some(name));
    mark(!item.former.is_empty(), "item: a former ticket is remembered");
    mark(!item.unconfirmed.is_empty(), "item: a reply nobody could confirm is remembered");
    mark(item.continues.is_some(), "item: leads to the conversation of an earlier id");
    mark(item.address.is_some(), "item: replies go to a new id");
    mark(item.generation > 1, "item: a second generation");
    mark(item.open.len() > 1, "item: several effects open");
    mark(item.open.iter().any(|open| open.uncertain), "item: uncertain");
    let given_up = item.given_up.as_ref().is_some_and(|given_up| !given_up.is_empty());
    mark(given_up, "item: what was given up in doubt is remembered");
    // A ticket in the very first save, or an attempt whose intent was not saved before.
    let begun = |task: &Task, state| *task == Task::CreateTicket && state == EffectState::Started;
    let unrecorded = item.ticket.is_some()
        || item.open.iter().any(|open| begun(&open.task, open.state) && open.attempt > 1);
    mark(first && unrecorded, "item: an attempt without a record");
    let queued = item.card.as_ref().is_some_and(|card| card.shown.delivery == Some(Delivery::Queued));
    mark(queued, "card: queued");
    let pieces = |task: &Task| matches!(task, Task::PostReply(piece) if piece.of > 1);
    mark(item.open.iter().any(|open| pieces(&open.task)), "post_reply: in several pieces");
    marks
}

/// What a ticket at rest marks.
pub(crate) fn of_ticket(ticket: &Ticket, all: &[Ticket]) -> Vec<&'static str> {
    let mut marks = Vec::new();
    let mut mark = |holds: bool, name: &'static str| marks.extend(holds.then_some(name));
    let says = |words: &str| ticket.entries.iter().any(|entry| !entry.public && entry.text.contains(words));
    mark(says("NOT SENT"), "ticket: a note tells of a refused reply");
    mark(says("COULD NOT CONFIRM"), "ticket: a note tells of a reply nobody could confirm");
    mark(says("CONFIRMED:"), "ticket: a note withdraws that");
    mark(
        says("wrote under it before that was known"),
        "ticket: its customer wrote under a new id before that was known",
    );
    mark(says("merged"), "ticket: merged, and followed");
    let has = |tag: &str| ticket.tags.iter().any(|one| one == tag);
    mark(has(Delivery::Accepted.tag()), "card: accepted");
    mark(has(Delivery::Delivered.tag()), "card: delivered");
    mark(has(Delivery::Unconfirmed.tag()), "card: unconfirmed");
    mark(has(Delivery::Failed.tag()), "card: undelivered");
    let burst = |text: &str| numbers_in(text, 'c').len() > 1;
    mark(
        ticket.entries.iter().any(|entry| entry.public && burst(&entry.text)),
        "ticket: a burst in one update",
    );
    let same = all.iter().filter(|other| other.key == ticket.key);
    mark(!ticket.key.is_empty() && same.count() > 1, "ticket: followed up");
    marks
}
