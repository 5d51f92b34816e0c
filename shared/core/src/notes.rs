//! What the bridge tells agents about its own work, in plain words with the next step.

mod causes;
mod cautions;
mod linking;
mod renamed;
mod words;

pub use causes::{Cause, FileTrouble, Misasked, NotLinked, Unredacted};
use minicbor::{Decode, Encode};
pub(crate) use renamed::renamed;

use crate::Moment;
use crate::command::Verb;
use crate::policy::Policy;
use crate::text::preflight::Caution;

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
    /// What agents may ask for here.
    #[n(9)]
    Help(#[n(0)] Option<Misasked>),
    /// What the bridge knows of the conversation; its text is made from the ledger when it is written.
    #[n(10)]
    Story,
    /// What an agent asked for was done.
    #[n(11)]
    Done(#[n(0)] Verb),
    /// What an agent asked for was not done.
    #[n(12)]
    NotDone {
        /// What.
        #[n(0)]
        verb: Verb,
        /// Why.
        #[n(1)]
        cause: Cause,
        /// The platform's own code.
        #[n(2)]
        code: String,
    },
    /// A message that the customer removed may still stand in the helpdesk.
    #[n(13)]
    NotRedacted {
        /// Why.
        #[n(0)]
        cause: Unredacted,
        /// What the connector says: where, and the helpdesk's own code.
        #[n(1)]
        code: String,
    },
    /// The reply window closes soon, and the customer has no answer yet.
    #[n(14)]
    WindowCloses(#[n(0)] Moment),
    /// A reply came after the reply window; the account's template was sent instead.
    #[n(15)]
    FellBack {
        /// When the customer last opened the reply window.
        #[n(0)]
        window_from: Option<Moment>,
    },
    /// A reply went out after the ordinary reply window, by the platform's exception for persons.
    #[n(20)]
    SentLate {
        /// When the customer last opened the reply window.
        #[n(0)]
        window_from: Option<Moment>,
    },
    /// Files of a customer's message were not copied into the ticket.
    #[n(18)]
    FilesNotCopied {
        /// How many.
        #[n(0)]
        count: u32,
        /// Why.
        #[n(1)]
        trouble: FileTrouble,
        /// The remote side's own code, if it gave one.
        #[n(2)]
        code: String,
    },
    /// Files of a reply were not sent; what else it holds was.
    #[n(19)]
    FilesHeldBack {
        /// How many.
        #[n(0)]
        count: u32,
        /// Why.
        #[n(1)]
        trouble: FileTrouble,
        /// The remote side's own code, if it gave one.
        #[n(2)]
        code: String,
    },
    /// A reply went out in which something was found.
    #[n(23)]
    Cautioned {
        /// What.
        #[n(0)]
        cautions: Vec<Caution>,
        /// In how many parts it goes out.
        #[n(1)]
        parts: u32,
    },
    /// A reply was held because of what was found in it.
    #[n(24)]
    Held {
        /// What.
        #[n(0)]
        cautions: Vec<Caution>,
    },
    /// An agent let the conversation of that ticket go on here.
    #[n(25)]
    Linked(#[n(0)] String),
    /// An agent let the conversation go on elsewhere; told in the ticket where it was.
    #[n(26)]
    GoesOn {
        /// The ticket that is told.
        #[n(0)]
        here: String,
        /// Where it goes on.
        #[n(1)]
        there: String,
    },
    /// The conversation does not go on in that ticket.
    #[n(27)]
    NotLinked {
        /// The ticket; empty if none was named.
        #[n(0)]
        ticket: String,
        /// Why.
        #[n(1)]
        why: NotLinked,
        /// The helpdesk's own code.
        #[n(2)]
        code: String,
    },
    /// An agent let go of the ticket.
    #[n(28)]
    Unlinked,
    /// A tag asked for something; that is dealt with, and the tag is taken off with this note.
    #[n(29)]
    TagTaken(#[n(0)] Verb),
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
            Self::Help(_) => "help",
            Self::Story => "story",
            Self::Done(_) => "done",
            Self::NotDone { .. } => "not_done",
            Self::NotRedacted { .. } => "not_redacted",
            Self::WindowCloses(_) => "window_closes",
            Self::FellBack { .. } => "fell_back",
            Self::SentLate { .. } => "sent_late",
            Self::FilesNotCopied { .. } => "files_not_copied",
            Self::FilesHeldBack { .. } => "files_held_back",
            Self::Cautioned { .. } => "cautioned",
            Self::Held { .. } => "held",
            Self::Linked(_) => "linked",
            Self::GoesOn { .. } => "goes_on",
            Self::NotLinked { .. } => "not_linked",
            Self::Unlinked => "unlinked",
            Self::TagTaken(_) => "tag_taken",
        }
    }

    /// Whether the ticket's card changes along with the note: it tells of a reply, or of the reply window.
    #[must_use]
    pub fn changes_card(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::Undelivered { .. }
            | Self::Help(Some(Misasked::InPublic))
            | Self::NothingToSend
            | Self::Placeholder
            | Self::Held { .. }
            | Self::FilesNotSent(_)
            | Self::FilesHeldBack { .. }
            | Self::Unconfirmed { .. }
            | Self::Confirmed { .. }
            | Self::WindowCloses(_)
            | Self::FellBack { .. }
            | Self::SentLate { .. } => true,
            Self::TicketDeleted(_)
            | Self::TicketMerged(_)
            | Self::Help(_)
            | Self::Story
            | Self::Cautioned { .. }
            | Self::Linked(_)
            | Self::GoesOn { .. }
            | Self::NotLinked { .. }
            | Self::Unlinked
            | Self::TagTaken(_)
            | Self::Done(_)
            | Self::FilesNotCopied { .. }
            | Self::NotDone { .. }
            | Self::NotRedacted { .. } => false,
        }
    }

    /// The tag that the ticket gets with this note, beside those of its card.
    #[must_use]
    pub fn tag(&self) -> Option<&'static str> {
        matches!(self, Self::NotRedacted { .. }).then_some(Policy::TAG_UNREDACTED)
    }

    /// Whether somebody has to act, so that the ticket must be open.
    #[must_use]
    pub fn needs_action(&self) -> bool {
        let tells_of_success =
            matches!(self, Self::Confirmed { .. } | Self::FellBack { .. } | Self::SentLate { .. });
        matches!(self, Self::NotRedacted { .. }) || (self.changes_card() && !tells_of_success)
    }
}
