//! Redacting: what a customer removed is replaced in every note that shows it and in the ticket's description, and its quote
//! leaves the subject. Freshdesk has no redaction; notes and descriptions can be edited.

use deskbridge_core::effect::{Outcome, Reason, Receipt, Redaction, Refusal};
use deskbridge_core::text::without_quote;
use serde_json::{Map, Value};

use super::Freshdesk;
use super::api::Walk;
use super::errors::Failure;
use super::marker::Ending;
use super::wire::{Entry, Ticket};
use crate::Next;
use crate::helpdesks::parts::{Piece, divided, pieces};

/// What stands in the place of a message.
const REMOVED: &str = "<p><em>(removed by the customer)</em></p>";
/// The most changes for one redaction; with what is read of three tickets the engine allows no more.
const CHANGES_MAX: usize = 10;
/// The most pages of a ticket's conversation that are read: 500 entries.
const ENTRY_PAGES: usize = 5;

/// A note in a ticket's conversation.
const SOURCE_NOTE: i64 = 2;

type Go<T> = Result<T, Next<Outcome>>;

/// What became of one text of ours.
enum Redacted {
    /// It does not show the message.
    Other,
    /// It was written before messages were named.
    Unnamed,
    /// Its parts cannot be told apart.
    Unclear,
    /// Nothing of the message is left.
    Already,
    /// This is to be written in its place; the message is the first one shown.
    Anew { html: String, first: bool },
}

/// One redaction, under way.
#[derive(Default)]
struct Work {
    changes: usize,
    /// Where the message stood.
    found: Option<String>,
    /// A ticket with texts that do not say which messages they show: older versions of the bridge wrote them.
    unnamed: Option<String>,
    /// The first thing that was not done.
    refused: Option<Refusal>,
}

impl Freshdesk {
    pub(super) fn redact(&self, redaction: &Redaction, walk: &mut Walk<'_>) -> Go<Outcome> {
        let mut work = Work::default();
        for ticket in &redaction.tickets {
            self.redact_in_ticket(redaction, ticket, &mut work, walk)?;
        }
        if let (None, Some(ticket)) = (&work.found, work.unnamed.take()) {
            work.refuse(&ticket, Reason::Gone, "entries that do not say which messages they show");
        }
        Ok(match (work.refused, work.found) {
            (Some(refusal), _) => Outcome::Refused(refusal),
            // Nothing of it stands anywhere: it never arrived, or its ticket is gone.
            (None, found) => Outcome::Done(Receipt::of(found.unwrap_or_default())),
        })
    }

    fn redact_in_ticket(
        &self,
        redaction: &Redaction,
        ticket: &str,
        work: &mut Work,
        walk: &mut Walk<'_>,
    ) -> Go<()> {
        let facts: Ticket = match walk.ask(self.api.get(&["tickets", ticket], &[]))? {
            Ok(facts) => facts,
            Err(failure) => return work.unseen(ticket, failure),
        };
        if facts.is_gone() {
            return Ok(());
        }
        let page_of = |page: &[(&str, &str)]| self.api.get(&["tickets", ticket, "conversations"], page);
        let listing = match walk.list(page_of, ENTRY_PAGES, |_: &[Entry]| false)? {
            Ok(listing) => listing,
            Err(failure) => return work.unseen(ticket, failure),
        };
        if !listing.whole {
            work.refuse(ticket, Reason::Gone, "too many entries to look through");
        }
        self.redact_opening(redaction, &facts, work, walk)?;
        for entry in listing.entries.iter().filter(|entry| may_show(entry)) {
            if shows_its_files(entry, redaction.message) {
                self.delete_entry(ticket, entry, work, walk)?;
                continue;
            }
            let redacted =
                entry.body.as_deref().map_or(Redacted::Other, |body| without(body, redaction.message));
            if let Some((html, _)) = work.weigh(ticket, &entry.id.0, redacted) {
                let body = Map::from_iter([("body".to_owned(), html.into())]);
                self.change(&["conversations", &entry.id.0], ticket, body, work, walk)?;
            }
        }
        Ok(())
    }

    /// A note with the files of a message shows nothing else: it goes as a whole, and its files with it.
    fn delete_entry(&self, ticket: &str, entry: &Entry, work: &mut Work, walk: &mut Walk<'_>) -> Go<()> {
        work.found = Some(entry.id.0.clone());
        if work.changes == CHANGES_MAX {
            work.refuse(ticket, Reason::Gone, "too many entries show it");
            return Ok(());
        }
        work.changes += 1;
        match walk.tell(self.api.delete(&["conversations", &entry.id.0]))? {
            Ok(()) => Ok(()),
            Err(failure) => work.unseen(ticket, failure),
        }
    }

    /// What the ticket was opened with: its description, and the quote in its subject.
    fn redact_opening(
        &self,
        redaction: &Redaction,
        facts: &Ticket,
        work: &mut Work,
        walk: &mut Walk<'_>,
    ) -> Go<()> {
        let ticket = facts.id.0.as_str();
        let description = facts.description.as_deref().unwrap_or_default();
        let redacted = match without(description, redaction.message) {
            // Whatever became of our line, the ticket is ours.
            Redacted::Other if Ending::of(description).is_none() => Redacted::Unnamed,
            redacted => redacted,
        };
        let Some((html, first)) = work.weigh(ticket, ticket, redacted) else { return Ok(()) };
        let mut change = Map::from_iter([("description".to_owned(), Value::from(html))]);
        let subject = facts.subject.as_deref().and_then(|subject| without_quote(subject, &redaction.subject));
        if let Some(bare) = subject.filter(|_| first) {
            change.insert("subject".to_owned(), bare.into());
        }
        self.change(&["tickets", ticket], ticket, change, work, walk)
    }

    fn change(
        &self,
        path: &[&str],
        ticket: &str,
        change: Map<String, Value>,
        work: &mut Work,
        walk: &mut Walk<'_>,
    ) -> Go<()> {
        if work.changes == CHANGES_MAX {
            work.refuse(ticket, Reason::Gone, "too many entries show it");
            return Ok(());
        }
        work.changes += 1;
        match walk.ask::<Value, _>(self.api.put(path, &change.into()))? {
            Ok(_) => Ok(()),
            Err(failure) => work.not_done(ticket, failure),
        }
    }
}

impl Work {
    /// Takes note of what was found in one text; gives what is to be written in its place, if anything.
    fn weigh(&mut self, ticket: &str, at: &str, redacted: Redacted) -> Option<(String, bool)> {
        match redacted {
            Redacted::Other => return None,
            Redacted::Unnamed => {
                self.unnamed.get_or_insert_with(|| ticket.to_owned());
                return None;
            }
            Redacted::Unclear => {
                self.refuse(ticket, Reason::Gone, "the parts of an entry cannot be told apart");
                return None;
            }
            Redacted::Already | Redacted::Anew { .. } => self.found = Some(at.to_owned()),
        }
        match redacted {
            Redacted::Anew { html, first } => Some((html, first)),
            _ => None,
        }
    }

    /// A ticket that is gone shows nothing to anybody.
    fn unseen(&mut self, ticket: &str, failure: Failure) -> Go<()> {
        if failure.refusal().is_some_and(|error| error.status() == 404) {
            return Ok(());
        }
        self.not_done(ticket, failure)
    }

    /// Leaves when it may go better later, or when the credential is dead; otherwise it is noted, and the rest goes on.
    fn not_done(&mut self, ticket: &str, failure: Failure) -> Go<()> {
        match failure.outcome_of_repeatable(Reason::Invalid) {
            Outcome::Refused(refusal) if refusal.reason != Reason::Token => {
                self.refuse(ticket, refusal.reason, &refusal.code);
                Ok(())
            }
            outcome => Err(Next::Settled(outcome)),
        }
    }

    fn refuse(&mut self, ticket: &str, reason: Reason, code: &str) {
        self.refused.get_or_insert_with(|| Refusal::new(reason, format!("ticket #{ticket}: {code}")));
    }
}

/// Whether it may show what a customer wrote: those are public notes.
fn may_show(entry: &Entry) -> bool {
    entry.private == Some(false) && entry.source == Some(SOURCE_NOTE)
}

/// Whether it holds the files of that message.
fn shows_its_files(entry: &Entry, message: u64) -> bool {
    let has_files = entry.attachments.as_ref().is_some_and(|files| !files.is_empty());
    let names = entry.body.as_deref().and_then(Ending::of).map(|ending| ending.names).unwrap_or_default();
    has_files && !names.is_empty() && names.iter().all(|name| *name == message)
}

/// A text of ours without the message.
fn without(html: &str, message: u64) -> Redacted {
    let Some(ending) = Ending::of(html) else { return Redacted::Other };
    if ending.names.is_empty() {
        return Redacted::Unnamed;
    }
    if !ending.names.contains(&message) {
        return Redacted::Other;
    }
    let first = ending.names.first() == Some(&message);
    let shown = if ending.names.iter().all(|name| *name == message) {
        blanked(&pieces(ending.before))
    } else {
        let Some(parts) = divided(ending.before, ending.names.len()) else { return Redacted::Unclear };
        let parts = parts.iter().zip(&ending.names);
        parts.map(|(part, name)| if *name == message { blanked(part) } else { whole(part) }).collect()
    };
    if shown == ending.before {
        return Redacted::Already;
    }
    Redacted::Anew { html: format!("{shown}{}", ending.line), first }
}

fn whole(part: &[Piece<'_>]) -> String {
    part.iter().map(|piece| piece.as_str()).collect()
}

/// The part with our words in its place. What opens here and closes elsewhere (a frame around all parts), or the other way
/// round, stays, and so does the line between parts.
fn blanked(part: &[Piece<'_>]) -> String {
    let (mut opened, mut closed) = (Vec::new(), String::new());
    for piece in part {
        let (opens, closes) = (piece.opens(), piece.closes());
        if !closes.is_empty() {
            match opened.iter().rposition(|(name, _)| *name == closes) {
                Some(at) => opened.truncate(at),
                None => closed.push_str(piece.as_str()),
            }
        } else if !opens.is_empty() && !["br", "img"].contains(&opens) {
            opened.push((opens, piece.as_str()));
        }
    }
    let opened: String = opened.into_iter().map(|(_, tag)| tag).collect();
    format!("{opened}{REMOVED}{closed}")
}

#[cfg(test)]
mod tests {
    use deskbridge_core::EffectId;

    use super::super::marker::named_line;
    use super::*;

    fn anew(html: &str, message: u64) -> Option<String> {
        match without(html, message) {
            Redacted::Anew { html, .. } => Some(html),
            _ => None,
        }
    }

    #[test]
    fn only_the_part_of_the_message_is_replaced() {
        let line = named_line(EffectId(9), &[1, 2, 3]);
        let html = format!("<p>one<br>1</p><hr><p>two</p><ul><li>2</li></ul><hr><p>three</p>{line}");
        let second = format!("<p>one<br>1</p><hr>{REMOVED}<hr><p>three</p>{line}");
        assert_eq!(anew(&html, 2).as_deref(), Some(second.as_str()));
        assert!(matches!(without(&second, 2), Redacted::Already));
        let all = anew(&anew(&second, 1).unwrap(), 3).unwrap();
        assert_eq!(all, format!("{REMOVED}<hr>{REMOVED}<hr>{REMOVED}{line}"));
        assert!(matches!(without(&html, 4), Redacted::Other));
    }

    #[test]
    fn a_frame_around_it_stays_whole() {
        let line = named_line(EffectId(9), &[1, 2]);
        let html = format!("<div class=\"x\"><p>one</p><hr><p>two</p>{line}</div>");
        let first = format!("<div class=\"x\">{REMOVED}<hr><p>two</p>{line}</div>");
        assert_eq!(anew(&html, 1).as_deref(), Some(first.as_str()));
        let second = format!("<div class=\"x\"><p>one</p><hr>{REMOVED}{line}</div>");
        assert_eq!(anew(&html, 2).as_deref(), Some(second.as_str()));
    }

    #[test]
    fn nothing_is_replaced_by_guess() {
        let html = |names: &[u64]| format!("<p>one</p><p>two</p>{}", named_line(EffectId(9), names));
        assert!(matches!(without(&html(&[1, 2]), 1), Redacted::Unclear), "a sanitizer took the line");
        assert!(matches!(without(&html(&[]), 1), Redacted::Unnamed));
        assert!(matches!(without("<p>one</p>", 1), Redacted::Other));
        let edited_at_once = format!("{REMOVED}{}", named_line(EffectId(9), &[1, 1]));
        assert_eq!(anew(&html(&[1, 1]), 1), Some(edited_at_once));
    }
}
