//! What is in doubt may stand in a ticket that is a former one by now.

use deskbridge_connectors::Found;
use deskbridge_core::conversation::OpenEffect;
use deskbridge_core::effect::{Change, Effect, NewComment, NewFiles, NewNote, Receipt};
use deskbridge_core::model::TicketStatus;

use super::Caller;
use super::calls::Called;
use super::effects::Ledger;
use crate::ports::World;

impl<W: World> Ledger<'_, W> {
    /// Looks for a comment or note, which is not in the present ticket, in those before it, the latest first.
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
        // Nothing passes a comment or a note, unless it was given up.
        Change::AppendComment(comment) if open.begun_with.is_some() => {
            Some((Change::AppendComment(there(comment)), comment.status))
        }
        Change::AddNote(note) if open.begun_with.is_some() => {
            Some((Change::AddNote(NewNote { ticket: ticket.to_owned(), ..note.clone() }), note.status))
        }
        // Messages pass the files of earlier ones.
        Change::AttachFiles(files) => {
            let comment = there(&files.comment);
            Some((Change::AttachFiles(NewFiles { comment, files: Vec::new() }), files.comment.status))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use deskbridge_core::conversation::{EffectState, Task};
    use deskbridge_core::{EffectId, Moment};

    use super::*;

    #[test]
    fn a_note_that_was_given_up_in_doubt_may_stand_in_a_former_ticket() {
        let mut open = OpenEffect {
            id: EffectId(7),
            task: Task::NoteEvents,
            state: EffectState::Started,
            attempt: 1,
            first_started_at: Moment(0),
            started_at: Moment(0),
            causes: vec![1],
            uncertain: true,
            begun_with: None,
        };
        let note = Change::AddNote(NewNote {
            ticket: "36".to_owned(),
            status: TicketStatus::Open,
            html: String::new(),
            mailed: None,
            tags: Vec::new(),
            untag: Vec::new(),
            reopen: false,
            card: None,
        });
        assert!(in_ticket("35", &open, &note).is_none(), "it was begun in the present ticket");
        open.begun_with = Some(vec![1]);
        let there = in_ticket("35", &open, &note);
        assert!(
            matches!(there, Some((Change::AddNote(NewNote { ticket, .. }), TicketStatus::Open)) if ticket == "35")
        );
    }
}
