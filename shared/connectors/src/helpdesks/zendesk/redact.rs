//! Redacting: what a customer removed is blackened in every comment that shows it, and its quote leaves the subject.
//!
//! Our comments tell in the metadata of their update which message is in which part. All updates are read, since a message
//! that was edited stands in two comments. Tickets that bear the conversation's key are looked through although the bridge does
//! not know of them: see decision 0005. Doing it twice is harmless: what is black already is left alone.

use deskbridge_core::effect::{Outcome, Reason, Receipt, Redaction, Refusal};
use deskbridge_core::text::without_quote;
use serde_json::{Value, json};

use super::api::Talk;
use super::errors::{Failure, Problem};
use super::redact_marks::{Marked, marked};
use super::wire::{Audit, Audits, Tickets, id_value};
use crate::Next;

/// The most requests for one redaction, of which the engine allows 24.
const REQUESTS_MAX: usize = 20;

/// A comment that shows the message.
struct Place<'a> {
    ticket: &'a str,
    comment: String,
    html: &'a str,
    parts: Vec<u64>,
    files: Vec<String>,
}

pub(super) fn redact(redaction: &Redaction, talk: &mut Talk<'_>) -> Result<Outcome, Next<Outcome>> {
    let mut work = Work { talk, left: REQUESTS_MAX, done: None, unnamed: None, refused: None };
    let others = work.others(redaction)?;
    for ticket in redaction.tickets.iter().chain(&others) {
        let Some(audits) = work.audits(ticket)? else { continue };
        work.in_ticket(redaction, ticket, &audits)?;
    }
    if let (None, Some(ticket)) = (&work.done, work.unnamed.take()) {
        work.refuse(&ticket, Reason::Gone, "comments that do not say which messages they show");
    }
    Ok(match (work.refused, work.done) {
        (Some(refusal), _) => Outcome::Refused(refusal),
        // Nothing of it stands anywhere: it never arrived, or its ticket is gone.
        (None, done) => Outcome::Done(Receipt::of(done.unwrap_or_default())),
    })
}

/// One redaction, under way.
struct Work<'t, 'a> {
    talk: &'t mut Talk<'a>,
    left: usize,
    /// A comment from which the message is gone.
    done: Option<String>,
    /// A ticket with comments that do not say which messages they show: older versions of the bridge wrote them.
    unnamed: Option<String>,
    /// The first thing that was not done.
    refused: Option<Refusal>,
}

type Go<T> = Result<T, Next<Outcome>>;

impl Work<'_, '_> {
    /// The tickets that bear the conversation's key and are not named. Who may not list them still redacts the others.
    fn others(&mut self, redaction: &Redaction) -> Go<Vec<String>> {
        self.left -= 1;
        let query = [("external_id", redaction.conversation.as_str()), ("page[size]", "100")];
        let found = match self.talk.get::<Tickets, _>(&["tickets"], &query)? {
            Ok(answer) => answer.tickets,
            Err(failure) => match failure.harmless() {
                Outcome::Refused(refusal) if refusal.reason != Reason::Token => Vec::new(),
                outcome => return Err(Next::Settled(outcome)),
            },
        };
        let ids = found.into_iter().map(|ticket| ticket.id.0);
        Ok(ids.filter(|id| !redaction.tickets.contains(id)).collect())
    }

    /// All updates of a ticket; `None` if nobody can see the ticket, or if there are too many.
    fn audits(&mut self, ticket: &str) -> Go<Option<Vec<Audit>>> {
        let mut audits = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            if !self.may_ask(ticket) {
                return Ok(None);
            }
            let mut query = vec![("sort", "-created_at"), ("page[size]", "100")];
            query.extend(cursor.as_deref().map(|cursor| ("page[after]", cursor)));
            let page = match self.talk.get::<Audits, _>(&["tickets", ticket, "audits"], &query)? {
                Ok(page) => page,
                Err(failure) if failure.is_missing() => return Ok(None),
                Err(failure) => return Err(Next::Settled(failure.harmless())),
            };
            audits.extend(page.audits);
            cursor = page.meta.next();
            if cursor.is_none() {
                return Ok(Some(audits));
            }
        }
    }

    fn in_ticket(&mut self, redaction: &Redaction, ticket: &str, audits: &[Audit]) -> Go<()> {
        // Whatever became of the marker of the update that opened it: the ticket is ours.
        let first = audits.iter().map(Audit::order).min();
        let opens = |audit: &Audit| Some(audit.order()) == first;
        let ours = |audit: &&Audit| audit.is_public() && (audit.marker().is_some() || opens(audit));
        let mut opens_with_it = false;
        for audit in audits.iter().filter(ours) {
            let (Some(parts), Some(comment), Some(html)) = (audit.parts(), audit.comment(), audit.html())
            else {
                self.unnamed.get_or_insert_with(|| ticket.to_owned());
                continue;
            };
            if parts.contains(&redaction.message) {
                opens_with_it |= opens(audit) && parts.first() == Some(&redaction.message);
                self.in_comment(
                    redaction.message,
                    &Place { ticket, comment, html, parts, files: audit.files() },
                )?;
            }
        }
        if opens_with_it { self.in_subject(redaction, ticket, audits) } else { Ok(()) }
    }

    fn in_comment(&mut self, message: u64, place: &Place<'_>) -> Go<()> {
        // Files have a comment of their own, which shows nothing of other messages.
        if place.parts.iter().all(|part| *part == message) {
            self.files_of(place)?;
        }
        match marked(place.html, &place.parts, message) {
            None => self.refuse(place.ticket, Reason::Gone, "the parts of a comment cannot be told apart"),
            Some(marked) if marked.is_done() => self.done = Some(place.comment.clone()),
            Some(marked) => self.blacken(place, &marked)?,
        }
        Ok(())
    }

    fn files_of(&mut self, place: &Place<'_>) -> Go<()> {
        for file in &place.files {
            if !self.may_ask(place.ticket) {
                return Ok(());
            }
            let path = ["tickets", place.ticket, "comments", &place.comment, "attachments", file, "redact"];
            match self.talk.put::<Value, _>(&path, || json!({}))? {
                Ok(_) => self.done = Some(place.comment.clone()),
                Err(failure) => self.stop_or_note(place.ticket, &failure)?,
            }
        }
        Ok(())
    }

    fn blacken(&mut self, place: &Place<'_>, marked: &Marked) -> Go<()> {
        if !self.may_ask(place.ticket) {
            return Ok(());
        }
        let body = || json!({"ticket_id": id_value(place.ticket), "html_body": marked.html});
        let problem = match self.talk.put::<Value, _>(&["comment_redactions", &place.comment], body)? {
            Ok(answer) if answer["comment"]["html_body"].as_str() == Some(place.html) => {
                self.refuse(place.ticket, Reason::Invalid, "the comment is as it was");
                return Ok(());
            }
            Ok(_) => {
                self.done = Some(place.comment.clone());
                return Ok(());
            }
            Err(Failure::Said(problem)) if matches!(problem.status, 403 | 404 | 422) => problem,
            Err(failure) => return self.stop_or_note(place.ticket, &failure),
        };
        self.blacken_word_by_word(place, marked, &problem)
    }

    /// The older way, for accounts without Agent Workspace: exact texts, wherever they stand in the comment.
    fn blacken_word_by_word(&mut self, place: &Place<'_>, marked: &Marked, problem: &Problem) -> Go<()> {
        let Some(texts) = marked.texts_of_their_own() else {
            let code = problem.refusal(Reason::Gone).code;
            let code = format!("{code}, and by its words alone it cannot be told from the rest");
            self.refuse(place.ticket, Reason::Gone, &code);
            return Ok(());
        };
        for text in texts {
            if !self.may_ask(place.ticket) {
                return Ok(());
            }
            let path = ["tickets", place.ticket, "comments", &place.comment, "redact"];
            if let Err(failure) = self.talk.put::<Value, _>(&path, || json!({"text": text}))? {
                return self.stop_or_note(place.ticket, &failure);
            }
        }
        self.done = Some(place.comment.clone());
        Ok(())
    }

    /// The subject of a ticket quotes what it was opened with.
    fn in_subject(&mut self, redaction: &Redaction, ticket: &str, audits: &[Audit]) -> Go<()> {
        let told = audits.iter().filter(|audit| audit.subject().is_some());
        let newest = told.max_by(|one, other| one.order().cmp(&other.order()));
        let subject = newest.and_then(Audit::subject);
        let Some(bare) = subject.and_then(|subject| without_quote(subject, &redaction.subject)) else {
            return Ok(());
        };
        if !self.may_ask(ticket) {
            return Ok(());
        }
        match self.talk.put::<Value, _>(&["tickets", ticket], || json!({"ticket": {"subject": bare}}))? {
            Ok(_) => Ok(()),
            Err(failure) => self.stop_or_note(ticket, &failure),
        }
    }

    /// Leaves when it may go better later, or when the credential is dead; otherwise it is noted, and the rest goes on.
    fn stop_or_note(&mut self, ticket: &str, failure: &Failure) -> Go<()> {
        match failure.harmless() {
            Outcome::Refused(refusal) if refusal.reason != Reason::Token => {
                self.refuse(ticket, refusal.reason, &refusal.code);
                Ok(())
            }
            outcome => Err(Next::Settled(outcome)),
        }
    }

    fn may_ask(&mut self, ticket: &str) -> bool {
        if self.left == 0 {
            self.refuse(ticket, Reason::Gone, "too much to look through");
            return false;
        }
        self.left -= 1;
        true
    }

    fn refuse(&mut self, ticket: &str, reason: Reason, code: &str) {
        self.refused.get_or_insert_with(|| Refusal::new(reason, format!("ticket #{ticket}: {code}")));
    }
}
