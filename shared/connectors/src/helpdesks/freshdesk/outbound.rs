//! Making effects: tickets, the customer's comments as public notes, and private notes.

use deskbridge_core::EffectId;
use deskbridge_core::effect::{
    Change, Customer, Effect, NewComment, NewNote, NewTicket, Outcome, Reason, Receipt, Refusal,
};
use deskbridge_core::model::TicketStatus;
use serde_json::{Map, Value, json};

use super::Freshdesk;
use super::api::{Asked, Walk};
use super::card::After;
use super::errors::Failure;
use super::marker::{self, named_line, reference_line};
use super::wire::{Made, STATUS_OPEN, Ticket};
use crate::Next;

/// The most characters of a tag.
pub(super) const TAG_CHARACTERS: usize = 32;
/// The most characters of a subject.
const SUBJECT_CHARACTERS: usize = 255;
const PRIORITY_LOW: u64 = 1;

/// How an effect of ours ends: an outcome, or the next request on the way to it.
type Way = Result<Outcome, Next<Outcome>>;

/// Which fields a new ticket is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fields {
    /// All that are set.
    All,
    /// Only those that the bridge cannot do without.
    Needed,
}

impl Freshdesk {
    pub(super) fn make(&self, effect: &Effect, walk: &mut Walk<'_>) -> Way {
        match &effect.change {
            Change::CreateTicket(ticket) => self.create_ticket(effect.id, ticket, walk),
            Change::AppendComment(comment) => self.append_comment(effect.id, comment, walk),
            Change::AddNote(note) => self.add_note(effect.id, note, walk),
            Change::Redact(redaction) => self.redact(redaction, walk),
            Change::ShowCard(update) => self.show_card(update, walk),
            Change::LinkTicket(link) => self.link(link, walk),
            Change::AttachFiles(files) => self.attach(effect, files, walk),
            Change::PostReply(_) | Change::Moderate(_) => {
                Ok(Outcome::Refused(Refusal::new(Reason::Invalid, "a helpdesk posts no replies")))
            }
        }
    }

    fn create_ticket(&self, id: EffectId, ticket: &NewTicket, walk: &mut Walk<'_>) -> Way {
        let mut resolved = ticket.customer.requester.is_none();
        let mut requester = self.requester(&ticket.customer, walk)?;
        let mut fields = Fields::All;
        loop {
            let body = self.ticket_body(id, ticket, &requester, fields);
            let failure = match walk.ask::<Made, _>(self.api.post(&["tickets"], &body))? {
                Ok(made) => {
                    let status = Some(TicketStatus::Open);
                    let requester = Some(requester);
                    return Ok(Outcome::Done(Receipt { status, requester, ..Receipt::of(made.id.0) }));
                }
                Err(failure) => failure,
            };
            let Some(error) = failure.refusal() else { return Ok(failure.outcome(Reason::Invalid)) };
            if fields == Fields::All && self.optional_fields().any(|name| error.refuses(name)) {
                fields = Fields::Needed;
            } else if error.refuses("requester_id") || error.refuses("requester") {
                // The contact was deleted, merged or blocked since: ask once who it is now.
                let now = if resolved { None } else { Some(self.contact(&ticket.customer, walk)?) };
                resolved = true;
                match now.filter(|now| *now != requester) {
                    Some(now) => requester = now,
                    None => {
                        let refusal = Refusal::new(Reason::CustomerSuspended, error.code());
                        return Ok(Outcome::Refused(refusal));
                    }
                }
            } else {
                return Ok(failure.outcome(Reason::Invalid));
            }
        }
    }

    fn append_comment(&self, id: EffectId, comment: &NewComment, walk: &mut Walk<'_>) -> Way {
        if matches!(comment.status, TicketStatus::Solved | TicketStatus::Closed)
            && let Some(into) = self.merged_into(&comment.ticket, walk)?
        {
            return Ok(Outcome::Refused(Refusal::new(Reason::TicketMerged(into), "merged")));
        }
        let requester = self.requester(&comment.customer, walk)?;
        let text = format!("{}{}", comment.html, named_line(id, &comment.parts));
        let mut body = json!({
            "body": text,
            "incoming": true,
            "private": false,
            "user_id": number(&requester),
        });
        let path = ["tickets", &comment.ticket, "notes"];
        let mut made = walk.ask::<Made, _>(self.api.post(&path, &body))?;
        if made.as_ref().is_err_and(refuses_author) {
            let name = escaped(&comment.customer.display_name);
            body = json!({
                "body": format!("<p><strong>{name}:</strong></p>{text}"),
                "incoming": true,
                "private": false,
            });
            made = walk.ask(self.api.post(&path, &body))?;
        }
        let made = match made {
            Ok(made) => made,
            Err(failure) => return Ok(failure.outcome(Reason::TicketDeleted)),
        };
        let receipt = Receipt { requester: Some(requester), ..Receipt::of(made.id.0) };
        let finished = self.finish(&comment.ticket, &After::comment(comment), walk)?;
        Ok(after_writing(receipt, finished))
    }

    /// Where a ticket that is closed went, if it was merged: it takes comments all the same, but nobody looks there.
    fn merged_into(&self, ticket: &str, walk: &mut Walk<'_>) -> Result<Option<String>, Next<Outcome>> {
        let entries = match self.entries(ticket, walk)? {
            Ok(entries) => entries,
            // Whatever is wrong with the ticket, or with a list too long to read, writing there will tell.
            Err(Failure::Refused(error)) if error.status() == 404 => Vec::new(),
            Err(Failure::Endless) => Vec::new(),
            Err(failure) => return Err(Next::Settled(failure.outcome_of_repeatable(Reason::TicketDeleted))),
        };
        Ok(entries
            .iter()
            .rev()
            .find_map(marker::merged_into)
            .filter(|into| *into != ticket)
            .map(str::to_owned))
    }

    fn add_note(&self, id: EffectId, note: &NewNote, walk: &mut Walk<'_>) -> Way {
        let mailed = match self.mailed(note, walk)? {
            Ok(mailed) => mailed,
            Err(failure) => return Ok(failure.outcome_of_repeatable(Reason::TicketDeleted)),
        };
        let body = json!({"body": format!("{}{mailed}{}", note.html, reference_line(id)), "private": true});
        let request = self.api.post(&["tickets", &note.ticket, "notes"], &body);
        let made = match walk.ask::<Made, _>(request)? {
            Ok(made) => made,
            Err(failure) => return Ok(failure.outcome(Reason::TicketDeleted)),
        };
        let finished = self.finish(&note.ticket, &After::note(note), walk)?;
        Ok(after_writing(Receipt::of(made.id.0), finished))
    }

    /// What a note says besides, if the customer has an e-mail address. That is worth a wait, but no failure.
    fn mailed<'a, T>(&self, note: &'a NewNote, walk: &mut Walk<'_>) -> Asked<&'a str, T> {
        let Some(mailed) = &note.mailed else { return Ok(Ok("")) };
        let query = [("include", "requester")];
        Ok(match walk.ask::<Ticket, _>(self.api.get(&["tickets", &note.ticket], &query))? {
            Ok(ticket) if ticket.requester_has_email() => Ok(mailed),
            Ok(_) | Err(Failure::Refused(_)) => Ok(""),
            Err(failure) => Err(failure),
        })
    }

    pub(super) fn requester(
        &self,
        customer: &Customer,
        walk: &mut Walk<'_>,
    ) -> Result<String, Next<Outcome>> {
        match &customer.requester {
            Some(known) => Ok(known.clone()),
            None => self.contact(customer, walk),
        }
    }

    fn ticket_body(&self, id: EffectId, ticket: &NewTicket, requester: &str, fields: Fields) -> Value {
        let settings = &self.settings;
        let continues = ticket
            .follow_up_of
            .as_deref()
            .map_or_else(String::new, |old| format!("<p><em>Continues ticket #{}.</em></p>", escaped(old)));
        let mut custom_fields = Map::new();
        let mut body = json!({
            "subject": shortened(&ticket.subject, SUBJECT_CHARACTERS),
            "description": format!("{}{continues}{}", ticket.html, named_line(id, &ticket.parts)),
            "requester_id": number(requester),
            "status": STATUS_OPEN,
            "priority": PRIORITY_LOW,
            "source": settings.source,
            "tags": self.tags_of(ticket),
        });
        if fields == Fields::All {
            custom_fields.extend(settings.custom_fields.clone());
            custom_fields.extend(self.card_fields(&ticket.card));
            if let Some(ticket_type) = &settings.ticket_type {
                body["type"] = ticket_type.as_str().into();
            }
            if let Some(group) = settings.group_id {
                body["group_id"] = group.into();
            }
            if let Some(product) = settings.product_id {
                body["product_id"] = product.into();
            }
        }
        custom_fields.insert(settings.conversation_field.clone(), ticket.conversation.as_str().into());
        body["custom_fields"] = custom_fields.into();
        body
    }

    fn tags_of(&self, ticket: &NewTicket) -> Vec<String> {
        let of_card: Vec<String> = ticket.card.tags().map(str::to_owned).collect();
        distinct(ticket.tags.iter().chain(&self.settings.tags).chain(&of_card).map(String::as_str))
    }

    /// The fields that a ticket can do without, if the account does not take the values that were set.
    fn optional_fields(&self) -> impl Iterator<Item = &str> {
        ["type", "group_id", "product_id"]
            .into_iter()
            .chain(self.settings.custom_fields.keys().map(String::as_str))
            .chain(self.settings.delivery_field.as_deref())
            .chain(self.settings.reply_by_field.as_deref())
    }
}

/// What is known once the text itself was written. From here on nothing may lead to writing it again, so all doubts go
/// to the lookup, which finds the text and finishes the rest.
pub(super) fn after_writing(receipt: Receipt, finished: Result<Option<TicketStatus>, Failure>) -> Outcome {
    match finished {
        Ok(status) => Outcome::Done(Receipt { status, ..receipt }),
        Err(failure) => match failure.outcome(Reason::TicketDeleted) {
            Outcome::Refused(refusal) if is_of_the_ticket(&refusal.reason) => Outcome::Refused(refusal),
            _ => Outcome::Unknown,
        },
    }
}

/// Whether the ticket itself is no longer the right place: what was written there is seen by nobody.
fn is_of_the_ticket(reason: &Reason) -> bool {
    matches!(reason, Reason::TicketDeleted | Reason::TicketMerged(_))
}

/// Whether writing in a contact's name is what was refused. uncertain: older plans had no such right, and how they
/// refuse is not documented; a 403 for another reason is simply answered again the second time.
pub(super) fn refuses_author(failure: &Failure) -> bool {
    failure.refusal().is_some_and(|error| error.refuses("user_id") || error.status() == 403)
}

/// An id as the number that Freshdesk wants.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

pub(super) fn distinct<'a>(tags: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for tag in tags {
        let tag: String = tag.chars().take(TAG_CHARACTERS).collect();
        if !tag.is_empty() && !seen.contains(&tag) {
            seen.push(tag);
        }
    }
    seen
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(std::iter::once('…')).collect()
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
