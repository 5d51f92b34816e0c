//! Finding out whether an effect, whose answer never came, was made.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::effect::{Change, Effect, NewFiles, NewTicket, Reason, Receipt, Refusal};
use deskbridge_core::model::TicketStatus;

use super::api::{Heard, Talk, ended};
use super::comments::{After, finish};
use super::outbound::contents_of_mark;
use super::wire::{Audit, Audits, Ticket, TicketAnswer, Tickets, id_rank, moment};
use super::{Settings, Zendesk};
use crate::http::Exchange;
use crate::{Found, Next, Session, Trouble};

/// How far Zendesk's clock, which counts whole seconds, may be behind ours.
const SKEW: Duration = Duration::from_secs(120);

/// Audits are read 100 at a time, newest first, until they are older than the effect.
const AUDIT_PAGES: usize = 20;

/// A conversation has one ticket per generation; only the newest can be ours.
const CANDIDATES: usize = 3;

pub(super) fn lookup(
    zendesk: &Zendesk,
    effect: &Effect,
    session: &Session,
    exchanges: &[Exchange],
) -> Next<Found> {
    let mut talk = Talk::new(&zendesk.api, session, exchanges);
    ended(match &effect.change {
        Change::CreateTicket(new) => {
            find_ticket(effect, new, effect.first_started_at, &mut talk).map(|found| match found {
                Ok(receipt) => receipt.map_or(Found::No, Found::Yes),
                Err(failure) => Found::CannotTell(failure.trouble()),
            })
        }
        Change::AppendComment(comment) | Change::AttachFiles(NewFiles { comment, .. }) => {
            let requester = comment.customer.requester.clone();
            let after = After { open: true, tags: &[], untag: &[], card: None };
            let place = Place { settings: &zendesk.settings, ticket: &comment.ticket, after, requester };
            find_comment(effect, &place, &mut talk)
        }
        Change::AddNote(note) => {
            let after = After::of(note);
            let place = Place { settings: &zendesk.settings, ticket: &note.ticket, after, requester: None };
            find_comment(effect, &place, &mut talk)
        }
        // What does no harm twice is not asked about.
        Change::PostReply(_)
        | Change::Moderate(_)
        | Change::Redact(_)
        | Change::ShowCard(_)
        | Change::LinkTicket(_) => {
            let refusal = Refusal::new(Reason::Invalid, "nothing to look up here");
            Ok(Found::CannotTell(Trouble::Refused(refusal)))
        }
    })
}

/// The ticket that this effect opened, not before `since`. Older generations of a conversation bear the same external id, so
/// the update that opened a ticket is asked whose it is; if it does not say, the time decides.
pub(super) fn find_ticket<T>(
    effect: &Effect,
    new: &NewTicket,
    since: Moment,
    talk: &mut Talk<'_>,
) -> Heard<Option<Receipt>, T> {
    let query = [("external_id", new.conversation.as_str()), ("page[size]", "100")];
    let mut tickets = match talk.get::<Tickets, _>(&["tickets"], &query)? {
        Ok(answer) => answer.tickets,
        Err(failure) => return Ok(Err(failure)),
    };
    tickets.retain(|ticket| is_candidate(ticket, since, new));
    tickets.sort_by(|one, other| id_rank(&other.id.0).cmp(&id_rank(&one.id.0)));
    for ticket in tickets.into_iter().take(CANDIDATES) {
        let query = [("sort", "created_at"), ("page[size]", "100")];
        let audits = match talk.get::<Audits, _>(&["tickets", &ticket.id.0, "audits"], &query)? {
            Ok(answer) => answer.audits,
            Err(failure) if failure.is_missing() => continue,
            Err(failure) => return Ok(Err(failure)),
        };
        let first = audits.iter().min_by(|one, other| one.order().cmp(&other.order()));
        let ours = match first.and_then(Audit::marker) {
            Some(marker) => marker == effect.id.to_string(),
            None => is_since(&ticket, effect.first_started_at),
        };
        if ours {
            let status = ticket.status();
            let requester = ticket.requester_id.map(|id| id.0);
            let comment = first.and_then(Audit::comment);
            let opened_with = first.and_then(Audit::contents).and_then(contents_of_mark);
            return Ok(Ok(Some(Receipt {
                id: ticket.id.0,
                status,
                requester,
                comment,
                opened_with,
                ..Receipt::default()
            })));
        }
    }
    Ok(Ok(None))
}

fn is_candidate(ticket: &Ticket, since: Moment, new: &NewTicket) -> bool {
    let same = ticket.external_id.as_ref().is_some_and(|id| id.0 == new.conversation);
    let other = new.follow_up_of.as_ref() != Some(&ticket.id.0);
    same && other && is_since(ticket, since) && !ticket.is_deleted()
}

fn is_since(ticket: &Ticket, since: Moment) -> bool {
    moment(&ticket.created_at).is_none_or(|at| at.plus(SKEW) >= since)
}

/// Where a comment should be, and what belongs to it.
struct Place<'a> {
    settings: &'a Settings,
    ticket: &'a str,
    after: After<'a>,
    requester: Option<String>,
}

fn find_comment(effect: &Effect, place: &Place<'_>, talk: &mut Talk<'_>) -> Result<Found, Next<Found>> {
    let trace = match trace(effect, place.ticket, talk)? {
        Ok(Trace::Found(written)) => written,
        // A ticket that is gone has nothing of ours; the next attempt is told so and acts on it.
        Ok(Trace::Absent) => return Ok(Found::No),
        Err(failure) if failure.is_missing() => return Ok(Found::No),
        Ok(Trace::TooFar) => return Ok(Found::CannotTell(Trouble::RetryAfter(SKEW))),
        Err(failure) => return Ok(Found::CannotTell(failure.trouble())),
    };
    // Whoever changed the status with our comment or after it knew of it: that stands.
    let told = match trace.status {
        Some(_) => None,
        None if place.after.open => match talk.get::<TicketAnswer, _>(&["tickets", place.ticket], &[])? {
            Ok(answer) => answer.ticket.status(),
            Err(failure) if failure.is_missing() => None,
            Err(failure) => return Ok(Found::CannotTell(failure.trouble())),
        },
        None => None,
    };
    Ok(match finish(place.settings, place.ticket, told, &place.after, talk)? {
        Ok(status) => Found::Yes(Receipt {
            id: trace.comment.unwrap_or_default(),
            status: trace.status.or(status),
            requester: place.requester.clone(),
            ..Receipt::default()
        }),
        Err(wait) => Found::CannotTell(Trouble::RetryAfter(wait)),
    })
}

enum Trace {
    Found(Written),
    Absent,
    TooFar,
}

struct Written {
    comment: Option<String>,
    /// The last status that was set with our comment or after it.
    status: Option<TicketStatus>,
}

/// Looks for our marker in the ticket's audits. Newest first is asked for; should Zendesk ignore that, more pages are read.
fn trace<T>(effect: &Effect, ticket: &str, talk: &mut Talk<'_>) -> Heard<Trace, T> {
    let marker = effect.id.to_string();
    let mut seen: Vec<Audit> = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..AUDIT_PAGES {
        let mut query = vec![("sort", "-created_at"), ("page[size]", "100")];
        query.extend(cursor.as_deref().map(|cursor| ("page[after]", cursor)));
        let page = match talk.get::<Audits, _>(&["tickets", ticket, "audits"], &query)? {
            Ok(page) => page,
            Err(failure) => return Ok(Err(failure)),
        };
        let passed = is_passed(&page.audits, effect.first_started_at);
        seen.extend(page.audits);
        if let Some(ours) = seen.iter().find(|audit| audit.marker() == Some(&marker)) {
            return Ok(Ok(Trace::Found(written(ours, &seen))));
        }
        cursor = page.meta.next();
        if passed || cursor.is_none() {
            return Ok(Ok(Trace::Absent));
        }
    }
    Ok(Ok(Trace::TooFar))
}

/// Whether a page that runs from new to old has passed the time at which the effect can have been made.
fn is_passed(page: &[Audit], first_started_at: Moment) -> bool {
    let time = |audit: Option<&Audit>| audit.and_then(|audit| moment(&audit.created_at));
    match (time(page.first()), time(page.last())) {
        (Some(first), Some(last)) => first > last && last.plus(SKEW) < first_started_at,
        _ => false,
    }
}

fn written(ours: &Audit, seen: &[Audit]) -> Written {
    let later = seen.iter().filter(|audit| audit.order() >= ours.order());
    let newest =
        later.filter(|audit| audit.status().is_some()).max_by(|one, other| one.order().cmp(&other.order()));
    Written { comment: ours.comment(), status: newest.and_then(Audit::status) }
}
