//! When a conversation goes on in another ticket although it has one.

use std::time::Duration;

use crate::Moment;
use crate::conversation::{Conversation, Task};
use crate::model::TicketStatus;

/// Whether what is said now belongs to another ticket: a direct conversation's was solved longer ago than `grace`, or an agent let
/// go of it. As long as anything is still to be written into the ticket, the conversation goes on there: what waits belongs to it, and
/// what is in doubt would be looked for in the other one. (A reply names the ticket it was written in.)
pub(super) fn is_over(conversation: &Conversation, is_direct: bool, grace: Duration, now: Moment) -> bool {
    let written = conversation.open.iter().all(|effect| match effect.task {
        Task::CreateTicket
        | Task::AppendComment
        | Task::NoteEvents
        | Task::Notify(_)
        | Task::CopyFiles(_)
        | Task::LinkTicket(_) => false,
        Task::PostReply(_) | Task::Moderate(_) | Task::Redact(_) | Task::ShowCard | Task::Forward(_) => true,
    });
    let solved = conversation
        .ticket
        .as_ref()
        .is_some_and(|ticket| ticket.status == TicketStatus::Solved && now.since(ticket.status_at) > grace);
    written && (conversation.let_go.is_some() || is_direct && solved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Ticket;
    use crate::ledger::tests::{message, policy};
    use crate::ledger::{begin, settle};
    use crate::model::Surface;
    use crate::{ConversationKey, Outcome, plan};

    #[test]
    fn what_waits_for_a_solved_ticket_keeps_the_conversation_there() {
        let key = ConversationKey::mark("acme", "test");
        let solved_at = Moment::from_seconds(0);
        let late = solved_at.plus(policy().grace).plus(policy().grace);
        let ticket =
            Ticket { id: "35".to_owned(), status: TicketStatus::Open, status_at: solved_at, cursor: None };
        let known = Conversation { generation: 1, ticket: Some(ticket), ..Conversation::default() };
        let say = |conversation: &Conversation, id, at| {
            plan(&key, Surface::Direct, conversation, &[message(id, at)], &policy(), at).next
        };
        let tasks = |conversation: &Conversation| {
            conversation.open.iter().map(|effect| effect.task.clone()).collect::<Vec<_>>()
        };
        // A comment may have been written; then the ticket is solved.
        let mut doubtful = say(&known, "m1", solved_at);
        begin(&mut doubtful, solved_at);
        settle(&key, &mut doubtful, &Outcome::Unknown, &policy(), solved_at);
        doubtful.ticket.as_mut().expect("it has one").status = TicketStatus::Solved;
        let later = say(&doubtful, "m2", late);
        assert_eq!(tasks(&later), [Task::AppendComment, Task::AppendComment]);
        assert_eq!(later.ticket.map(|ticket| ticket.id).as_deref(), Some("35"));
        // With nothing to be done in it, it is left.
        let later = say(&Conversation { open: Vec::new(), ..doubtful }, "m2", late);
        assert_eq!((tasks(&later), later.ticket), (vec![Task::CreateTicket], None));
    }
}
