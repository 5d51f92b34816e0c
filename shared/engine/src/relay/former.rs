//! What is in doubt may stand in a ticket that is a former one by now.

use deskbridge_connectors::Found;
use deskbridge_core::conversation::OpenEffect;
use deskbridge_core::effect::{Change, Effect, NewComment, NewFiles, Receipt};
use deskbridge_core::model::TicketStatus;

use super::Caller;
use super::calls::Called;
use super::effects::Ledger;
use crate::ports::World;

impl<W: World> Ledger<'_, W> {
    /// Looks for a comment, which is not in the present ticket, in those before it, the latest first.
    pub(super) async fn look_in_former_tickets(
        &self,
        caller: &Caller<'_, W>,
        open: &OpenEffect,
        effect: &Effect,
        called: &mut Called<Found>,
    ) {
        for former in self.conversation.former.iter().rev() {
            let Some((change, status)) = in_ticket(&former.id, open, &effect.change) else { return };
            let there = Effect { change, ..effect.clone() };
            let more = caller.look_up(Self::claim_of(open), &there).await;
            called.calls += more.calls;
            called.result = match more.result {
                Found::No => continue,
                // It says nothing about the present ticket.
                Found::Yes(receipt) => Found::Yes(Receipt { status: Some(status), ..receipt }),
                other => other,
            };
            return;
        }
    }
}

/// The change as it would have been made in that ticket, and the present ticket's status; `None` if it cannot have been begun when
/// another ticket was the present one.
fn in_ticket(ticket: &str, open: &OpenEffect, change: &Change) -> Option<(Change, TicketStatus)> {
    let there = |comment: &NewComment| NewComment { ticket: ticket.to_owned(), ..comment.clone() };
    match change {
        // Nothing passes a comment, unless it was given up.
        Change::AppendComment(comment) if open.begun_with.is_some() => {
            Some((Change::AppendComment(there(comment)), comment.status))
        }
        // Messages pass the files of earlier ones.
        Change::AttachFiles(files) => {
            let comment = there(&files.comment);
            Some((Change::AttachFiles(NewFiles { comment, files: Vec::new() }), files.comment.status))
        }
        _ => None,
    }
}
