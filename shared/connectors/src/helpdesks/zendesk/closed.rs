//! Why a ticket takes no more comments. Zendesk words its refusals in the language of our user, so the ticket is asked.

use deskbridge_core::Outcome;
use deskbridge_core::effect::Reason;

use super::api::Talk;
use super::wire::{Comment, Comments, Id, Ticket, TicketAnswer};
use crate::Next;

/// Zendesk documents that a ticket takes 5,000 comments.
const COMMENTS_MAX: u64 = 5_000;

/// Zendesk puts this tag on a ticket that was merged into another (uncertain; the comment's relation is asked too).
const MERGED: &str = "closed_by_merge";

/// Why, or `None` if the ticket itself is not the reason.
pub(super) fn why(ticket: &str, talk: &mut Talk<'_>) -> Result<Option<Reason>, Next<Outcome>> {
    let Some(facts) = look(ticket, talk)? else { return Ok(Some(Reason::TicketDeleted)) };
    if facts.is_closed()
        && let Some(target) = merged_into(&facts, talk)?
    {
        return Ok(Some(Reason::TicketMerged(target)));
    }
    Ok(is_final(&facts).then_some(Reason::TicketClosed))
}

/// As [`why`], for who does not follow a merge: closed is closed.
pub(super) fn why_final(ticket: &str, talk: &mut Talk<'_>) -> Result<Option<Reason>, Next<Outcome>> {
    let Some(facts) = look(ticket, talk)? else { return Ok(Some(Reason::TicketDeleted)) };
    Ok(is_final(&facts).then_some(Reason::TicketClosed))
}

fn is_final(ticket: &Ticket) -> bool {
    ticket.is_closed() || ticket.comment_count.is_some_and(|count| count >= COMMENTS_MAX)
}

/// The ticket; `None` if it is deleted. The write before was refused for certain, so trouble here means: try it all again.
fn look(ticket: &str, talk: &mut Talk<'_>) -> Result<Option<Ticket>, Next<Outcome>> {
    match talk.get::<TicketAnswer, _>(&["tickets", ticket], &[("include", "comment_count")])? {
        Ok(answer) => Ok(Some(answer.ticket).filter(|ticket| !ticket.is_deleted())),
        Err(failure) if failure.is_missing() => Ok(None),
        Err(failure) => Err(Next::Settled(failure.harmless())),
    }
}

/// The ticket into which this closed one was merged. A ticket can also be the target of a merge and be closed later; its
/// comment names a ticket too, but one that is closed itself.
fn merged_into(ticket: &Ticket, talk: &mut Talk<'_>) -> Result<Option<String>, Next<Outcome>> {
    let id = ticket.id.0.as_str();
    let query = [("sort", "-created_at"), ("page[size]", "100")];
    let comments = match talk.get::<Comments, _>(&["tickets", id, "comments"], &query)? {
        Ok(answer) => answer.comments,
        Err(failure) if failure.is_missing() => return Ok(None),
        Err(failure) => return Err(Next::Settled(failure.harmless())),
    };
    let tagged = ticket.tags.iter().any(|tag| tag == MERGED);
    let Some(newest) = comments.iter().max_by(|one, other| one.order().cmp(&other.order())) else {
        return Ok(None);
    };
    if !tagged && newest.relation() != "merge" {
        return Ok(None);
    }
    let Some(target) = target(newest, id) else { return Ok(None) };
    if tagged {
        return Ok(Some(target));
    }
    match talk.get::<TicketAnswer, _>(&["tickets", &target], &[])? {
        Ok(answer) if !answer.ticket.is_closed() && !answer.ticket.is_deleted() => Ok(Some(target)),
        Ok(_) => Ok(None),
        Err(failure) if failure.is_missing() => Ok(None),
        Err(failure) => Err(Next::Settled(failure.harmless())),
    }
}

/// The ticket that a merge comment points to: `#N` in the text is the same in every language.
fn target(comment: &Comment, own: &str) -> Option<String> {
    let told = serde_json::from_value::<Id>(comment.via.source.to["ticket_id"].clone()).ok().map(|id| id.0);
    let named = comment.body.split('#').skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    told.into_iter().chain(named).find(|id| !id.is_empty() && id != own)
}
