//! Finding out whether a write, whose answer never came, was made; and finishing what belongs to it.

use std::time::Duration;

use deskbridge_core::effect::{
    Change, Effect, EffectKind, Guarantee, NewFiles, NewTicket, Reason, Receipt, Refusal,
};
use deskbridge_core::{EffectId, Moment};

use super::Freshdesk;
use super::api::{Asked, Listing, Walk};
use super::card::After;
use super::errors::Failure;
use super::marker::Ending;
use super::settings::ContactBy;
use super::wire::{Ticket, status_of};
use super::{files, marker};
use crate::{Found, Next, Trouble};

/// After this while a ticket that was under way is made and listed. A request that lost its connection is still worked on
/// for at most some 30 s, and the plain list (unlike the search) is read from the database; the rest is for replicas.
/// uncertain: Freshdesk gives no figures.
const TICKET_SETTLE: Duration = Duration::from_secs(90);
/// The same for entries of a conversation: they are read from the ticket itself, without filters.
const NOTE_SETTLE: Duration = Duration::from_secs(60);
/// By how much Freshdesk's clock may lag behind ours, and its whole seconds behind its clock.
const SKEW: Duration = Duration::from_secs(120);
/// The most pages of tickets that a lookup reads: 1,000 tickets made since.
const PAGES: usize = 10;

/// What Freshdesk can promise. It has no idempotency key, and everything that we write can be found again.
pub(super) fn guarantee(kind: EffectKind) -> Guarantee {
    match kind {
        EffectKind::CreateTicket => Guarantee::Findable { settle: TICKET_SETTLE },
        EffectKind::AppendComment | EffectKind::AddNote => Guarantee::Findable { settle: NOTE_SETTLE },
        EffectKind::ShowCard => Guarantee::Overwrites { settle: NOTE_SETTLE },
        EffectKind::Redact | EffectKind::LinkTicket => Guarantee::Natural,
        EffectKind::AttachFiles => Guarantee::Findable { settle: files::SETTLE },
        EffectKind::PostReply(_)
        | EffectKind::PostFile(_)
        | EffectKind::PrivateReply
        | EffectKind::Moderate => Guarantee::Blind,
    }
}

type Way = Result<Found, Next<Found>>;

impl Freshdesk {
    pub(super) fn find(&self, effect: &Effect, walk: &mut Walk<'_>) -> Way {
        match &effect.change {
            Change::CreateTicket(ticket) => self.look_for_ticket(effect, ticket, walk),
            Change::AppendComment(comment) | Change::AttachFiles(NewFiles { comment, .. }) => {
                self.look_for_entry(effect.id, &comment.ticket, &After::comment(comment), walk)
            }
            Change::AddNote(note) => self.look_for_entry(effect.id, &note.ticket, &After::note(note), walk),
            // What does no harm twice is not asked about.
            Change::PostReply(_)
            | Change::Moderate(_)
            | Change::Redact(_)
            | Change::ShowCard(_)
            | Change::LinkTicket(_) => {
                Ok(cannot_tell(Trouble::Refused(Refusal::new(Reason::Invalid, "nothing to look up here"))))
            }
        }
    }

    fn look_for_ticket(&self, effect: &Effect, ticket: &NewTicket, walk: &mut Walk<'_>) -> Way {
        let requester = match self.find_requester(ticket, walk)? {
            Ok(requester) => requester,
            Err(failure) => return Ok(cannot_tell(failure.trouble(Reason::Invalid))),
        };
        // Older tickets of the same conversation carry the same key; this effect's one cannot be older than it.
        let earliest = Moment(
            effect
                .first_started_at
                .0
                .saturating_sub_unsigned(SKEW.as_millis().try_into().unwrap_or(u64::MAX)),
        );
        let listing = match self.tickets_made_since(earliest, requester.as_deref(), walk)? {
            Ok(listing) => listing,
            Err(failure) => return Ok(cannot_tell(failure.trouble(Reason::Invalid))),
        };
        let field = &self.settings.conversation_field;
        let ours = |made: &&Ticket| {
            made.conversation(field) == Some(&ticket.conversation)
                && made.created().is_some_and(|created| created >= earliest)
        };
        let mut made: Vec<&Ticket> = listing.entries.iter().filter(ours).collect();
        made.sort_by_key(|made| made.created());
        for made in made {
            match self.is_opened_by(effect.id, made, ticket, walk)? {
                Ok(true) => {}
                Ok(false) => continue,
                Err(failure) => return Ok(cannot_tell(failure.trouble(Reason::Invalid))),
            }
            return Ok(Found::Yes(Receipt {
                status: Some(status_of(made.status)),
                requester: made.requester_id.clone().map(|id| id.0),
                ..Receipt::of(made.id.0.clone())
            }));
        }
        if listing.whole {
            return Ok(Found::No);
        }
        let code = "too many tickets made since to look through";
        Ok(cannot_tell(Trouble::Refused(Refusal::new(Reason::Invalid, code))))
    }

    /// Whether a ticket of the conversation was opened by this effect. If it is not the conversation's first one, the one before may be
    /// as young; lists have no descriptions, so each is read. Where ours is gone from one, its age alone decides.
    fn is_opened_by(
        &self,
        id: EffectId,
        made: &Ticket,
        ticket: &NewTicket,
        walk: &mut Walk<'_>,
    ) -> Asked<bool, Found> {
        let Some(before) = &ticket.follow_up_of else { return Ok(Ok(true)) };
        if made.id.0 == *before {
            return Ok(Ok(false));
        }
        let facts: Ticket = match walk.ask(self.api.get(&["tickets", &made.id.0], &[]))? {
            Ok(facts) => facts,
            Err(failure) => return Ok(Err(failure)),
        };
        let opened_by = facts.description.as_deref().and_then(Ending::of).map(|ending| ending.id);
        Ok(Ok(opened_by.is_none_or(|opened_by| opened_by == id)))
    }

    /// The customer's contact, if it can be found: with it one short list is enough. Without it all new tickets are looked
    /// through, since the ticket's contact may be one that this account's filters do not show.
    fn find_requester(&self, ticket: &NewTicket, walk: &mut Walk<'_>) -> Asked<Option<String>, Found> {
        if let Some(known) = &ticket.customer.requester {
            return Ok(Ok(Some(known.clone())));
        }
        let by = self.settings.contact_by.unwrap_or(ContactBy::UniqueExternalId);
        let found = self.find_contact(&ticket.customer, by, walk)?;
        let lacking =
            |failure: &Failure| failure.refusal().is_some_and(|error| error.lacks_field(by.field()));
        Ok(if found.as_ref().is_err_and(lacking) { Ok(None) } else { found })
    }

    fn tickets_made_since(
        &self,
        earliest: Moment,
        requester: Option<&str>,
        walk: &mut Walk<'_>,
    ) -> Asked<Listing<Ticket>, Found> {
        let since = time(earliest);
        let page_of = |page: &[(&str, &str)]| {
            let mut query = vec![("updated_since", since.as_str())];
            query.extend([("order_by", "created_at"), ("order_type", "desc")]);
            query.extend(requester.map(|id| ("requester_id", id)));
            query.extend(page);
            self.api.get(&["tickets"], &query)
        };
        let older = |ticket: &Ticket| ticket.created().is_some_and(|created| created < earliest);
        walk.list(page_of, PAGES, |tickets: &[Ticket]| tickets.last().is_some_and(older))
    }

    fn look_for_entry(&self, id: EffectId, ticket: &str, after: &After<'_>, walk: &mut Walk<'_>) -> Way {
        let entries = match self.entries(ticket, walk)? {
            Ok(entries) => entries,
            Err(failure) => return Ok(unseen(failure)),
        };
        let Some(entry) = entries.iter().find(|entry| marker::is_of(entry, id)) else {
            return Ok(Found::No);
        };
        Ok(match self.finish(ticket, after, walk)? {
            Ok(status) => Found::Yes(Receipt { status, ..Receipt::of(entry.id.0.clone()) }),
            Err(failure) => unseen(failure),
        })
    }
}

/// A ticket that is gone holds nothing that anybody sees: making the effect again then tells so.
fn unseen(failure: Failure) -> Found {
    match failure.trouble(Reason::TicketDeleted) {
        Trouble::Refused(refusal) if refusal.reason == Reason::TicketDeleted => Found::No,
        trouble => cannot_tell(trouble),
    }
}

fn cannot_tell(trouble: Trouble) -> Found {
    Found::CannotTell(trouble)
}

/// A moment as Freshdesk's filters want it: UTC, whole seconds.
pub(super) fn time(moment: Moment) -> String {
    jiff::Timestamp::from_second(moment.seconds()).unwrap_or_default().to_string()
}
