//! What the bridge knows of a conversation, told to an agent who asks `/why`.

use std::fmt::Write;

use crate::ConversationKey;
use crate::conversation::{Conversation, EffectState, OpenEffect, Task};
use crate::policy::Policy;

/// The story as plain text.
pub(crate) fn tell(key: &ConversationKey, conversation: &Conversation, policy: &Policy) -> String {
    let mut story = format!("What the bridge knows of this conversation ({key}):\n");
    let mut line = |text: String| {
        let _ = write!(story, "\n{text}");
    };
    if let Some(ticket) = &conversation.ticket {
        line(
            format!("Ticket #{}: {:?} since {}.", ticket.id, ticket.status, ticket.status_at).to_lowercase(),
        );
    }
    if let Some(since) = &conversation.let_go {
        line(format!("The customer's next message opens a new ticket, as an agent wanted on {since}."));
    }
    for former in &conversation.former {
        line(format!("Before that, ticket #{}; public replies there are still sent.", former.id));
    }
    if let Some(address) = &conversation.address {
        line(format!("Replies go to the customer's new id {address}."));
    }
    match (&conversation.window_from, policy.reply_window_length) {
        (Some(from), Some(length)) => {
            line(format!(
                "The customer last wrote on {from}; the reply window closes on {}.",
                from.plus(length)
            ));
        }
        (Some(from), None) => line(format!("The customer last wrote on {from}; there is no reply window.")),
        (None, _) => {
            line("The customer has not written since the bridge knows this conversation.".to_owned());
        }
    }
    match &conversation.reply_to {
        Some(message) => line(format!("A reply answers {}'s message {message}.", policy.platform_title)),
        None => line("There is no message to answer.".to_owned()),
    }
    let delivery = conversation.card.as_ref().and_then(|card| card.delivery);
    if let Some(delivery) = delivery {
        line(format!("The latest reply: {}.", delivery.word()));
    }
    if let Some(side) = conversation.side() {
        line(match (&side.reply_to, side.latest) {
            (None, _) => "A private reply was sent; the customer has not answered it.".to_owned(),
            (Some(message), true) => format!(
                "The customer wrote last in direct messages: a public reply goes there, and answers message {message}."
            ),
            (Some(_), false) => {
                "The customer wrote last in public: a public reply goes there; /private leads to the direct messages."
                    .to_owned()
            }
        });
    }
    for effect in conversation.open.iter().filter(|effect| !matches!(effect.task, Task::Notify(_))) {
        line(waiting(effect));
    }
    for one in &conversation.unconfirmed {
        line(format!(
            "Nobody could confirm part {} of {} of a reply ({}).",
            one.piece.piece, one.piece.of, one.id
        ));
    }
    if conversation.not_sent.is_some() {
        line("The last reply was not sent, or may not have been: /resend sends it again.".to_owned());
    }
    for one in conversation.given_up.iter().flatten() {
        line(format!(
            "Given up on {}, and kept for whoever runs the bridge: {}.",
            one.first_started_at, one.id
        ));
    }
    line(format!("{} events are remembered, so that none is dealt with twice.", conversation.recent.len()));
    story
}

fn waiting(effect: &OpenEffect) -> String {
    let what = match &effect.task {
        Task::CreateTicket => "a new ticket",
        Task::AppendComment => "a customer's message",
        Task::NoteEvents | Task::Notify(_) => "a note",
        Task::PostReply(_) => "a reply",
        Task::Moderate(_) => "a command",
        Task::Forward(_) => "leading direct messages here",
        Task::LinkTicket(_) => "leading the conversation to another ticket",
        Task::Redact(_) => "taking out what the customer removed",
        Task::ShowCard => "showing in the ticket how far the reply got",
        Task::CopyFiles(_) => "copying files of a customer's message",
    };
    match effect.state {
        EffectState::Due if effect.attempt == 0 => format!("Waiting: {what}."),
        EffectState::Due => {
            format!("Waiting: {what}, tried {} times since {}.", effect.attempt, effect.first_started_at)
        }
        EffectState::Started => {
            format!("In doubt: {what}, attempt {} began on {}.", effect.attempt, effect.started_at)
        }
    }
}
