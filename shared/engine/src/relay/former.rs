//! A comment that was given up in doubt may stand in a ticket that is a former one by now.

use deskbridge_connectors::Found;
use deskbridge_core::conversation::OpenEffect;
use deskbridge_core::effect::{Change, Effect, NewComment, Receipt};

use super::Caller;
use super::calls::Called;
use super::effects::Ledger;
use crate::ports::World;

impl<W: World> Ledger<'_, W> {
    /// Looks for a comment, which is not in the present ticket, in those before it, the latest first. Only one that was given up
    /// can have been begun when another ticket was the present one.
    pub(super) async fn look_in_former_tickets(
        &self,
        caller: &Caller<'_, W>,
        open: &OpenEffect,
        effect: &Effect,
        called: &mut Called<Found>,
    ) {
        let (Some(_), Change::AppendComment(comment)) = (&open.begun_with, &effect.change) else { return };
        for former in self.conversation.former.iter().rev() {
            let there = NewComment { ticket: former.id.clone(), ..comment.clone() };
            let there = Effect { change: Change::AppendComment(there), ..effect.clone() };
            let more = caller.look_up(Self::claim_of(open), &there).await;
            called.calls += more.calls;
            called.result = match more.result {
                Found::No => continue,
                // It says nothing about the present ticket.
                Found::Yes(receipt) => Found::Yes(Receipt { status: Some(comment.status), ..receipt }),
                other => other,
            };
            return;
        }
    }
}
