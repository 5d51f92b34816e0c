//! Writing into a ticket: the customer's comment, our private note, and what must be true of the ticket afterwards.

use std::borrow::Cow;
use std::time::Duration;

use deskbridge_core::card::Card;
use deskbridge_core::effect::{Effect, NewComment, NewNote, Outcome, Reason, Receipt};
use deskbridge_core::model::TicketStatus;
use serde_json::{Value, json};

use super::api::Talk;
use super::errors::Failure;
use super::outbound::refused;
use super::users::Requester;
use super::wire::{MARKER, PARTS, TicketAnswer, id_value};
use super::{Settings, card, closed};
use crate::helpdesks::parts;
use crate::{Next, Trouble};

/// Adds the customer's comment, with the files behind a token of uploads, if there is one. The author is only who is shown: the update counts as the bridge's, so Zendesk does not
/// reopen the ticket by itself.
pub(super) fn append(
    settings: &Settings,
    effect: &Effect,
    comment: &NewComment,
    uploads: Option<&str>,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    let mut requester = Requester::of(&comment.customer, talk)?;
    let reopen = comment.status.needs_reopening();
    let mark = json!({MARKER: effect.id.to_string(), PARTS: parts::written(&comment.parts)});
    let mut fields = card::fields(settings, &comment.card);
    loop {
        let author = &requester.id;
        let mut said = json!({"html_body": comment.html, "public": true, "author_id": id_value(author)});
        if let Some(token) = uploads {
            said["uploads"] = json!([token]);
        }
        let problem = match talk
            .put::<TicketAnswer, _>(&["tickets", &comment.ticket], || update(&mark, &said, reopen, &fields))?
        {
            Ok(made) => {
                let after = After { open: true, tags: &[], untag: &[], card: None };
                return written(settings, made, &comment.ticket, &after, Some(requester.id), talk);
            }
            Err(failure) if failure.is_missing() => {
                return Ok(refused(Reason::TicketDeleted, "404 RecordNotFound"));
            }
            Err(Failure::Said(problem)) if problem.status == 422 => problem,
            Err(failure) => return Ok(failure.outcome()),
        };
        // A field that does not take its value must not keep the customer's words away.
        if !std::mem::take(&mut fields).is_empty() {
            continue;
        }
        if problem.is_about_suspension() {
            return Ok(Outcome::Refused(problem.refusal(Reason::CustomerSuspended)));
        }
        if problem.is_about_customer() && requester.renew(&comment.customer, talk)? {
            continue;
        }
        if let Some(reason) = closed::why(&comment.ticket, talk)? {
            return Ok(Outcome::Refused(problem.refusal(reason)));
        }
        if !requester.renew(&comment.customer, talk)? {
            return Ok(problem.outcome());
        }
    }
}

/// Adds a private note in the bridge's own name, then the tags.
pub(super) fn add_note(
    settings: &Settings,
    effect: &Effect,
    note: &NewNote,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    let words = match words(note, talk)? {
        Ok(words) => words,
        Err(failure) => return Ok(failure.harmless()),
    };
    let said = json!({"html_body": words, "public": false});
    let reopen = note.reopen && note.status.needs_reopening();
    let mark = json!({MARKER: effect.id.to_string()});
    let problem = match talk
        .put::<TicketAnswer, _>(&["tickets", &note.ticket], || update(&mark, &said, reopen, &[]))?
    {
        Ok(made) => return written(settings, made, &note.ticket, &After::of(note), None, talk),
        Err(failure) if failure.is_missing() => {
            return Ok(refused(Reason::TicketDeleted, "404 RecordNotFound"));
        }
        Err(Failure::Said(problem)) if problem.status == 422 => problem,
        Err(failure) => return Ok(failure.outcome()),
    };
    Ok(match closed::why_final(&note.ticket, talk)? {
        Some(reason) => Outcome::Refused(problem.refusal(reason)),
        None => problem.outcome(),
    })
}

/// What a note says. Whether the customer has an e-mail address is worth a wait, but no failure.
fn words<'a>(note: &'a NewNote, talk: &mut Talk<'_>) -> Result<Result<Cow<'a, str>, Failure>, Next<Outcome>> {
    let html = note.html.as_str();
    let Some(mailed) = &note.mailed else { return Ok(Ok(html.into())) };
    Ok(match talk.get::<TicketAnswer, _>(&["tickets", &note.ticket], &[("include", "users")])? {
        Ok(answer) if answer.requester_has_email() => Ok(format!("{html}{mailed}").into()),
        Ok(_) | Err(Failure::Said(_)) => Ok(html.into()),
        Err(failure) => Err(failure),
    })
}

/// What must be true of a ticket once a comment is there.
pub(super) struct After<'a> {
    /// It is open.
    pub(super) open: bool,
    /// It has these tags.
    pub(super) tags: &'a [String],
    /// It has these no more.
    pub(super) untag: &'a [String],
    /// It shows this.
    pub(super) card: Option<&'a Card>,
}

impl<'a> After<'a> {
    /// What a note asks for.
    pub(super) fn of(note: &'a NewNote) -> Self {
        Self { open: note.reopen, tags: &note.tags, untag: &note.untag, card: note.card.as_ref() }
    }
}

fn update(mark: &Value, comment: &Value, reopen: bool, fields: &[Value]) -> Value {
    let mut ticket = json!({"comment": comment, "metadata": mark});
    if reopen {
        ticket["status"] = "open".into();
    }
    if !fields.is_empty() {
        ticket["custom_fields"] = fields.into();
    }
    json!({"ticket": ticket})
}

fn written(
    settings: &Settings,
    made: TicketAnswer,
    ticket: &str,
    after: &After<'_>,
    requester: Option<String>,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    let told = made.ticket.status();
    let id = made.audit.and_then(|audit| audit.comment()).unwrap_or_default();
    Ok(match finish(settings, ticket, told, after, talk)? {
        Ok(status) => Outcome::Done(Receipt { id, status, requester, ..Receipt::default() }),
        // The comment is there, the rest is not yet: the lookup finds the one and finishes the other.
        Err(_) => Outcome::Unknown,
    })
}

/// Makes sure of what belongs to a comment that is there: the ticket is open (its status may have changed since we knew it)
/// and has the tags and the card. Gives the status afterwards, or how long to wait before this can be tried again. What Zendesk
/// refuses here does not undo the comment.
pub(super) fn finish<T>(
    settings: &Settings,
    ticket: &str,
    told: Option<TicketStatus>,
    after: &After<'_>,
    talk: &mut Talk<'_>,
) -> Result<Result<Option<TicketStatus>, Duration>, Next<T>> {
    let mut status = told;
    if after.open && told.is_some_and(|status| status.needs_reopening() && status != TicketStatus::Closed) {
        let body = || json!({"ticket": {"status": "open"}});
        match talk.put::<TicketAnswer, _>(&["tickets", ticket], body)? {
            Ok(answer) => status = answer.ticket.status(),
            Err(failure) => {
                if let Trouble::RetryAfter(wait) = failure.trouble() {
                    return Ok(Err(wait));
                }
            }
        }
    }
    let tags = after.tags;
    if let Some(card) = after.card {
        let answer = card::set(settings, ticket, card, tags, talk)?;
        if let Err(Trouble::RetryAfter(wait)) = answer.map_err(|failure| failure.trouble()) {
            return Ok(Err(wait));
        }
    } else if !tags.is_empty() {
        // On this path `PUT` adds to the ticket's tags; in the ticket itself, `tags` would replace them.
        let answer = talk.put::<Value, _>(&["tickets", ticket, "tags"], || json!({"tags": tags}))?;
        if let Err(Trouble::RetryAfter(wait)) = answer.map_err(|failure| failure.trouble()) {
            return Ok(Err(wait));
        }
    }
    if !after.untag.is_empty() {
        let path = ["tickets", ticket, "tags"];
        let answer = talk.delete::<Value, _>(&path, || json!({"tags": after.untag}))?;
        if let Err(Trouble::RetryAfter(wait)) = answer.map_err(|failure| failure.trouble()) {
            return Ok(Err(wait));
        }
    }
    Ok(Ok(status))
}
