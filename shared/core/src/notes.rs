//! What the bridge tells agents about its own work, in plain words with the next step.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::effect::Reason;
use crate::policy::Policy;
use crate::{Moment, text};

/// A fact that agents must learn. Stored in the ledger until its note is written, so it carries no message text.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Notice {
    /// A reply (or a piece of it) was not published.
    #[n(0)]
    Refused {
        /// Which piece was refused, from 1. Pieces before it were published.
        #[n(0)]
        piece: u32,
        /// Of how many.
        #[n(1)]
        of: u32,
        /// Why.
        #[n(2)]
        cause: Cause,
        /// The platform's own code, if it gave one.
        #[n(3)]
        code: String,
        /// When the customer last opened the reply window.
        #[n(4)]
        window_from: Option<Moment>,
    },
    /// Nobody can say whether a reply was published.
    #[n(1)]
    Unconfirmed {
        /// Which piece, from 1. Later pieces were not sent.
        #[n(0)]
        piece: u32,
        /// Of how many.
        #[n(1)]
        of: u32,
    },
    /// The proof for an unconfirmed reply arrived.
    #[n(2)]
    Confirmed {
        /// Which piece, from 1.
        #[n(0)]
        piece: u32,
        /// Of how many.
        #[n(1)]
        of: u32,
    },
    /// A reply had no text.
    #[n(3)]
    NothingToSend,
    /// A reply still contained an unexpanded placeholder.
    #[n(4)]
    Placeholder,
    /// Files of a reply were not sent.
    #[n(5)]
    FilesNotSent(#[n(0)] u32),
    /// This ticket replaces one that was deleted.
    #[n(6)]
    TicketDeleted(#[n(0)] String),
    /// This ticket took over the conversation of one that was merged into it.
    #[n(7)]
    TicketMerged(#[n(0)] String),
    /// The platform accepted a reply, and reports later that it will not arrive.
    #[n(8)]
    Undelivered {
        /// Why.
        #[n(0)]
        cause: Cause,
        /// The platform's own code.
        #[n(1)]
        code: String,
        /// When the customer last opened the reply window.
        #[n(2)]
        window_from: Option<Moment>,
    },
    /// A message that the customer removed may still stand in the helpdesk.
    #[n(9)]
    NotRedacted {
        /// Why.
        #[n(0)]
        cause: Unredacted,
        /// What the connector says: where, and the helpdesk's own code.
        #[n(1)]
        code: String,
    },
}

/// Why a removed message may still stand in the helpdesk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Unredacted {
    /// The bridge's user there lacks the right.
    #[n(0)]
    Right,
    /// It cannot be told which part of a comment it is, or which comment.
    #[n(1)]
    Unclear,
    /// The helpdesk does not do it.
    #[n(2)]
    Refused,
    /// The helpdesk could not be reached for too long.
    #[n(3)]
    GaveUp,
}

impl Unredacted {
    /// The cause for agents of a helpdesk's refusal.
    #[must_use]
    pub fn of(reason: &Reason) -> Self {
        match reason {
            Reason::Permission => Self::Right,
            Reason::Gone | Reason::Content => Self::Unclear,
            _ => Self::Refused,
        }
    }
}

/// Why a reply was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Cause {
    /// What it answers is gone.
    #[n(0)]
    Gone,
    /// The reply window is closed.
    #[n(1)]
    Window,
    /// The customer does not accept messages.
    #[n(2)]
    Blocked,
    /// The platform does not accept the content.
    #[n(3)]
    Content,
    /// The platform takes it for a repetition.
    #[n(4)]
    Duplicate,
    /// The request was wrong.
    #[n(5)]
    Invalid,
    /// It could not be sent for too long.
    #[n(6)]
    GaveUp,
    /// There is no message to answer.
    #[n(7)]
    NoMessage,
}

impl Cause {
    /// The cause for agents of a platform's refusal.
    #[must_use]
    pub fn of(reason: &Reason) -> Self {
        match reason {
            Reason::Gone => Self::Gone,
            Reason::Window => Self::Window,
            Reason::Blocked => Self::Blocked,
            Reason::Content => Self::Content,
            Reason::Duplicate => Self::Duplicate,
            _ => Self::Invalid,
        }
    }
}

impl Notice {
    /// A word that tells this notice from the others about the same event.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Confirmed { .. } => "confirmed",
            Self::NothingToSend => "nothing_to_send",
            Self::Placeholder => "placeholder",
            Self::FilesNotSent(_) => "files_not_sent",
            Self::TicketDeleted(_) => "ticket_deleted",
            Self::TicketMerged(_) => "ticket_merged",
            Self::Undelivered { .. } => "undelivered",
            Self::NotRedacted { .. } => "not_redacted",
        }
    }

    /// The tag that the ticket gets with this note.
    #[must_use]
    pub fn tag(&self) -> Option<&'static str> {
        match self {
            Self::Refused { .. }
            | Self::Undelivered { .. }
            | Self::NothingToSend
            | Self::Placeholder
            | Self::FilesNotSent(_) => Some(Policy::TAG_UNDELIVERED),
            Self::Unconfirmed { .. } => Some(Policy::TAG_UNCONFIRMED),
            Self::NotRedacted { .. } => Some(Policy::TAG_UNREDACTED),
            Self::Confirmed { .. } | Self::TicketDeleted(_) | Self::TicketMerged(_) => None,
        }
    }

    /// Whether somebody has to act, so that the ticket must be open.
    #[must_use]
    pub fn needs_action(&self) -> bool {
        self.tag().is_some()
    }

    /// The note's text. `link` leads to the conversation on the platform, if we know one.
    #[must_use]
    pub fn text(&self, policy: &Policy, link: Option<&str>) -> String {
        let platform = policy.platform_title;
        let mut text = self.sentences(policy);
        if let (true, Some(link)) = (self.needs_action(), link) {
            text.push_str(&format!("\n\nThe conversation on {platform}: {link}"));
        }
        text
    }

    /// The note as HTML.
    #[must_use]
    pub fn html(&self, policy: &Policy, link: Option<&str>) -> String {
        text::html::paragraphs(&self.text(policy, link))
    }

    fn sentences(&self, policy: &Policy) -> String {
        let platform = policy.platform_title;
        match self {
            Self::Refused { piece, of, cause, code, window_from } => {
                let why = why(*cause, policy, *window_from);
                let code = told(platform, code);
                let sent = match (*piece, *of) {
                    (_, 0 | 1) => String::new(),
                    (1, of) => format!(" None of its {of} parts was published."),
                    (piece, of) => {
                        format!(" Parts 1 to {} of {of} were published, the rest was not.", piece - 1)
                    }
                };
                format!("NOT SENT: this reply was not published on {platform}. {why}{code}{sent}")
            }
            Self::Undelivered { cause, code, window_from } => {
                let why = why(*cause, policy, *window_from);
                let code = told(platform, code);
                format!(
                    "NOT DELIVERED: {platform} had accepted a reply of this ticket, and now reports that it will not \
                     arrive. {why}{code}"
                )
            }
            Self::Unconfirmed { piece, of } => {
                let part = part(*piece, *of);
                let rest = if piece < of { " The parts after it were not sent." } else { "" };
                format!(
                    "COULD NOT CONFIRM: {platform} never answered whether {part} was published, and it could not be \
                     found there. It was not sent again, so that it does not appear twice.{rest}\n\nPlease look at the \
                     conversation. If the reply is missing, write it again here. If it turns up later, a note will say so."
                )
            }
            Self::Confirmed { piece, of } => {
                let part = part(*piece, *of);
                format!("CONFIRMED: {part} was published on {platform} after all. Nothing needs to be done.")
            }
            Self::NothingToSend => format!(
                "NOT SENT: nothing was left of this reply after the signature and quoted text were taken off, so \
                 nothing was published on {platform}. To answer, write the text in a public reply."
            ),
            Self::Placeholder => format!(
                "HELD BACK: this reply still contains a placeholder in double braces, so it was not published on \
                 {platform}. Fill it in and send the reply again."
            ),
            Self::FilesNotSent(count) => {
                let files = if *count == 1 { "A file".to_owned() } else { format!("{count} files") };
                format!(
                    "NOT SENT: {files} of this reply could not be carried to {platform}; its text, if it had any, is \
                     sent on its own. To share a file, put a link to it in a public reply."
                )
            }
            Self::NotRedacted { cause, code } => {
                let why = why_unredacted(*cause);
                let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
                format!(
                    "NOT REDACTED: the customer removed a message on {platform}, and it could not be redacted here. \
                     {why}{code}\n\nPlease look for it in this ticket and in those it continues, and remove it by hand."
                )
            }
            Self::TicketDeleted(former) => format!(
                "This conversation was in ticket #{former}, which was deleted. The customer wrote again, so it goes on \
                 here."
            ),
            Self::TicketMerged(former) => format!(
                "Ticket #{former} was merged into this one; the customer's messages go on here. Public replies in this \
                 ticket go to the {platform} conversation that this ticket stands for."
            ),
        }
    }
}

fn part(piece: u32, of: u32) -> String {
    if of <= 1 { "this reply".to_owned() } else { format!("part {piece} of {of} of this reply") }
}

/// The platform's own code, in brackets.
fn told(platform: &str, code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(" ({platform} says: {code})") }
}

fn why_unredacted(cause: Unredacted) -> &'static str {
    match cause {
        Unredacted::Right => {
            "The bridge's user lacks the right. If whoever runs the bridge grants it, the next one goes by itself."
        }
        Unredacted::Unclear => {
            "It cannot be told for certain where it stands, so nothing was redacted by guess."
        }
        Unredacted::Refused => "The helpdesk did not do it.",
        Unredacted::GaveUp => "The helpdesk could not be reached for too long.",
    }
}

fn why(cause: Cause, policy: &Policy, window_from: Option<Moment>) -> String {
    let platform = policy.platform_title;
    match cause {
        Cause::Gone => {
            "The message that it answers, or its post, was removed or is not visible any more. If the customer wrote \
             elsewhere in this ticket, answer there; otherwise there is nothing left to answer."
                .to_owned()
        }
        Cause::Window => {
            let since = window_from.map_or_else(String::new, |from| format!(" The customer last wrote on {from}."));
            format!(
                "{platform}'s reply window is closed: {}.{since} Reach the customer another way, or wait until they \
                 write again.",
                policy.reply_window
            )
        }
        Cause::Blocked => {
            "The customer does not accept messages from us at the moment. Reach them another way.".to_owned()
        }
        Cause::Content => format!(
            "{platform} did not accept the content. Change the text (links, repeated text and forbidden words are the \
             usual reasons) and send it again."
        ),
        Cause::Duplicate => format!(
            "{platform} takes it for a repetition of something already published. Check the conversation; if it is \
             missing there, change the text a little and send it again."
        ),
        Cause::Invalid => format!(
            "{platform} did not accept the request. If this happens again, tell whoever runs the bridge, with the code."
        ),
        Cause::GaveUp => {
            format!("{platform} could not be reached for too long. Send it again when the bridge reports that it works.")
        }
        Cause::NoMessage => "There is no message of the customer to answer in this conversation.".to_owned(),
    }
}
