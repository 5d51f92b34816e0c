//! Comments and audits of a ticket: reading them, hiding comments.

use std::cell::RefCell;
use std::collections::BTreeSet;

use deskbridge_connectors::http::Response;
use serde_json::json;

use super::Zendesk;
use super::call::{Call, Id};
use super::errors::{Answer, Problem};
use super::paging::{newest_first, page};
use super::ticket::{Comment, Status};
use crate::shown::shown;

impl Zendesk {
    /// `GET /tickets/{id}/comments`, oldest first unless asked otherwise; `include=users` adds the authors.
    pub(super) fn list_comments(&self, call: &Call<'_>, id: Id) -> Answer {
        let mut rows: Vec<_> = self.ticket(id)?.comments.iter().collect();
        if newest_first(call) {
            rows.reverse();
        }
        let authors = RefCell::new(BTreeSet::new());
        let view = |comment: &&Comment| {
            authors.borrow_mut().insert(comment.author);
            self.comment_view(comment)
        };
        let mut list = page(call, "comments", &rows, |comment| comment.id, view)?;
        if call.includes("users") {
            list = list.with("users", &self.user_views(&authors.into_inner()));
        }
        Ok(list.end().answer(200))
    }

    /// `GET /tickets/{id}/audits`, oldest first unless asked otherwise.
    pub(super) fn list_audits(&self, call: &Call<'_>, id: Id) -> Answer {
        let ticket = self.ticket(id)?;
        let mut rows: Vec<_> = ticket.audits.iter().collect();
        if newest_first(call) {
            rows.reverse();
        }
        let list = page(call, "audits", &rows, |audit| audit.id, |audit| self.audit_view(ticket, audit))?;
        Ok(list.end().answer(200))
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

    pub(super) fn edit_comment(
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
        let view = self.ticket(id)?.comment(comment).map(|comment| self.comment_view(comment));
        Ok(shown!({"comment": view}).answer(200))
    }
}
