//! Comments and audits of a ticket: reading them, hiding and redacting comments.

use std::collections::BTreeSet;

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Call, Id, id_of, text};
use super::errors::{Answer, Problem};
use super::paging::{newest_first, page};
use super::ticket::{Comment, Status};

impl Zendesk {
    /// `GET /tickets/{id}/comments`, oldest first unless asked otherwise; `include=users` adds the authors.
    pub(super) fn list_comments(&self, call: &Call<'_>, id: Id) -> Answer {
        let mut rows: Vec<_> = self.ticket(id)?.comments.iter().collect();
        if newest_first(call) {
            rows.reverse();
        }
        let view = |comment: &&Comment| self.comment_view(comment);
        let mut list = page(call, "comments", &rows, |comment| comment.id, view)?;
        if call.query("include").is_some_and(|include| include.split(',').any(|name| name == "users")) {
            let shown = list["comments"].as_array().into_iter().flatten();
            let authors: BTreeSet<_> = shown.filter_map(|comment| id_of(comment, "author_id")).collect();
            let users = authors.iter().filter_map(|id| self.users.get(id)).map(|user| self.user_view(user));
            list["users"] = users.collect();
        }
        Ok(Response::json(200, &list))
    }

    /// `GET /tickets/{id}/audits`, oldest first unless asked otherwise.
    pub(super) fn list_audits(&self, call: &Call<'_>, id: Id) -> Answer {
        let ticket = self.ticket(id)?;
        let mut rows: Vec<_> = ticket.audits.iter().collect();
        if newest_first(call) {
            rows.reverse();
        }
        let list = page(call, "audits", &rows, |audit| audit.id, |audit| self.audit_view(ticket, audit))?;
        Ok(Response::json(200, &list))
    }

    /// A public comment becomes a note. It calls no trigger. Uncertain: Zendesk documents an event for it, but no
    /// trigger run.
    pub(super) fn make_private(&mut self, call: &Call<'_>, id: Id, comment: Id) -> Answer {
        self.edit_comment(call, id, comment, false, |comment| {
            comment.public = false;
            Ok(())
        })?;
        Ok(Response::json(200, &json!({})))
    }

    /// Blackens an exact text; not on closed tickets.
    pub(super) fn redact_text(&mut self, call: &Call<'_>, id: Id, comment: Id) -> Answer {
        let words = text(&call.body, "text").filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| Problem::missing("text"))?;
        self.edit_comment(call, id, comment, false, |comment| {
            if comment.rendered.body.contains(words) {
                comment.rendered.redact(words);
                Ok(())
            } else {
                Err(Problem::invalid("text", "Text: is not in the comment", "InvalidValue"))
            }
        })
    }

    /// `PUT /comment_redactions/{id}`: blackens what the sent `html_body` wraps in `<redact>`, on closed tickets too.
    pub(super) fn redact_marked(&mut self, call: &Call<'_>, comment: Id) -> Answer {
        let ticket = id_of(&call.body, "ticket_id").ok_or_else(|| Problem::missing("ticket_id"))?;
        let marked = text(&call.body, "html_body").ok_or_else(|| Problem::missing("html_body"))?;
        self.edit_comment(call, ticket, comment, true, |comment| {
            let why = "html_body: does not match the comment";
            let redacted = comment.rendered.redacted(marked);
            comment.rendered = redacted.ok_or_else(|| Problem::invalid("html_body", why, "InvalidValue"))?;
            Ok(())
        })
    }

    fn edit_comment(
        &mut self,
        call: &Call<'_>,
        id: Id,
        comment: Id,
        closed_too: bool,
        edit: impl FnOnce(&mut Comment) -> Result<(), Problem>,
    ) -> Answer {
        let ticket = self.ticket(id)?;
        ticket.comment(comment).ok_or_else(Problem::not_found)?;
        if ticket.status == Status::Closed && !closed_too {
            return Err(Problem::closed());
        }
        let mut ticket = self.take(id)?;
        let edited = ticket.comments.iter_mut().find(|row| row.id == comment).map_or(Ok(()), edit);
        match edited {
            Ok(()) => self.store(ticket, &call.actor),
            Err(problem) => {
                self.tickets.insert(id, ticket);
                return Err(problem);
            }
        }
        let view =
            self.ticket(id)?.comment(comment).map_or(Value::Null, |comment| self.comment_view(comment));
        Ok(Response::json(200, &json!({"comment": view})))
    }
}
