//! A customer has another id, and wrote under it before that was known: what they have in two conversations.

use crate::conversation::{Conversation, FormerTicket};

/// Remembers the ticket of the customer's conversation under their earlier id. What they said there they remove under their present id:
/// it is looked for in that ticket, too; and since there may be others before it, agents are told of what is found in none.
pub(super) fn remember_other_ticket(conversation: &mut Conversation, ticket: &str) {
    // What is being opened now must not become a follow-up of it.
    if conversation.ticket.is_none() || conversation.cursor_of(ticket).is_some() {
        return;
    }
    conversation.former.insert(0, FormerTicket { id: ticket.to_owned(), cursor: None });
    // Counted as two tickets: the one, and any that went before.
    conversation.generation += 2;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moment;
    use crate::conversation::Ticket;
    use crate::model::TicketStatus;

    #[test]
    fn the_other_ticket_is_remembered_once_and_only_beside_one_of_its_own() {
        let mut conversation = Conversation { generation: 1, ..Conversation::default() };
        remember_other_ticket(&mut conversation, "7");
        assert_eq!(conversation.former, []);
        let ticket =
            Ticket { id: "8".to_owned(), status: TicketStatus::Open, status_at: Moment(0), cursor: None };
        conversation.ticket = Some(ticket);
        for _ in 0..2 {
            remember_other_ticket(&mut conversation, "7");
            assert_eq!((conversation.former.len(), conversation.generation), (1, 3));
        }
    }
}
