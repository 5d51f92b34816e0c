//! The words for tickets in which a conversation goes on.

use super::NotLinked;

/// A note in the ticket to which an agent led a conversation.
pub(super) fn linked(former: &str, platform: &str) -> String {
    format!(
        "LINKED: the {platform} conversation of ticket #{former} goes on here. The customer's messages come here, and public \
         replies written here from now on go to them on {platform}."
    )
}

/// A note in the ticket where it was.
pub(super) fn goes_on(there: &str, platform: &str) -> String {
    format!(
        "LINKED: this {platform} conversation goes on in ticket #{there}. What you write to the customer here is still sent."
    )
}

/// A note in the ticket that an agent let go.
pub(super) fn unlinked(platform: &str) -> String {
    format!(
        "UNLINKED: the customer's next message on {platform} opens a new ticket. Public replies here are still sent. To take \
         it back, write /link and the number of this ticket."
    )
}

/// A note that nothing changed.
pub(super) fn not_linked(ticket: &str, why: NotLinked, code: &str) -> String {
    let why = match why {
        NotLinked::NoNumber => "Write the number of a ticket behind it: /link 123.",
        NotLinked::Missing => "There is no such ticket in this helpdesk, or it was deleted or merged.",
        NotLinked::Closed => "That ticket is closed for good and takes no messages.",
        NotLinked::Taken => {
            "That ticket is the one of another conversation; merge the tickets if they belong together."
        }
        NotLinked::Present => "The conversation is in that ticket already.",
        NotLinked::NoPlace => {
            "Another system uses the external id of that ticket, where the bridge would note the conversation. With the setting \
             conversation_field it has a place of its own."
        }
        NotLinked::Refused => "The helpdesk did not do it.",
    };
    let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
    let number = if ticket.is_empty() { String::new() } else { format!(" #{ticket}") };
    format!("NOT LINKED{number}: nothing was changed. {why}{code}")
}
