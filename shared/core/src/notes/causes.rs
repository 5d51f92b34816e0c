//! Why something did not go as it should, for agents. No text: the words are made of it.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::effect::Reason;

/// Why a file did not get where it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum FileTrouble {
    /// It is not to be had any more.
    #[n(0)]
    Gone,
    /// It is larger than what is taken.
    #[n(1)]
    TooLarge,
    /// It is of a type that is not taken; or it is not what it says.
    #[n(2)]
    Type,
    /// The helpdesk holds it back: its scanner found something, or it gives no address for it.
    #[n(3)]
    Unsafe,
    /// No files can be sent there.
    #[n(4)]
    Surface,
    /// It could not be carried over for too long.
    #[n(5)]
    GaveUp,
    /// The receiving side did not take it.
    #[n(6)]
    Refused,
    /// There are more of them than are carried over at once.
    #[n(7)]
    TooMany,
    /// What it came with was not at hand any more.
    #[n(8)]
    Lost,
}

/// What is wrong with what an agent asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Misasked {
    /// There is no such command.
    #[n(0)]
    Unknown,
    /// It is not possible in this conversation.
    #[n(1)]
    Impossible,
    /// It was written in public.
    #[n(2)]
    InPublic,
    /// It lacks its text.
    #[n(3)]
    Empty,
    /// No reply is unsent.
    #[n(4)]
    NothingUnsent,
    /// It is being sent again already.
    #[n(5)]
    UnderWay,
    /// The reply cannot go out as it is.
    #[n(6)]
    Unfit,
    /// It was held back: only `/resend` sends it.
    #[n(7)]
    Held,
    /// The reply cannot be read any more, or there is nothing to answer.
    #[n(8)]
    Vanished,
    /// Only the account that a message came to can answer it.
    #[n(9)]
    OtherAccount,
}

/// Why a conversation does not go on in another ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum NotLinked {
    /// No ticket was named.
    #[n(0)]
    NoNumber,
    /// There is no such ticket.
    #[n(1)]
    Missing,
    /// It is closed for good.
    #[n(2)]
    Closed,
    /// It is another conversation's.
    #[n(3)]
    Taken,
    /// The conversation is there already.
    #[n(4)]
    Present,
    /// Another system uses the place of the key.
    #[n(5)]
    NoPlace,
    /// The helpdesk did not do it.
    #[n(6)]
    Refused,
}

impl NotLinked {
    /// Why, of a helpdesk's refusal.
    #[must_use]
    pub fn of(reason: &Reason) -> Self {
        match reason {
            Reason::TicketDeleted | Reason::TicketMerged(_) => Self::Missing,
            Reason::TicketClosed => Self::Closed,
            Reason::Duplicate => Self::Taken,
            Reason::Content => Self::NoPlace,
            _ => Self::Refused,
        }
    }
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
    /// The template cannot be sent as it was asked for.
    #[n(8)]
    Template,
    /// The platform lets a person answer this message, but no program.
    #[n(9)]
    ByHand,
    /// A message gets one private reply, and has it.
    #[n(10)]
    Spent,
    /// No reply of ours is known that stands on the platform and could be changed there.
    #[n(11)]
    NoReply,
    /// Only a reply of one part can be changed, into one of one part.
    #[n(12)]
    SeveralParts,
    /// The reply is not published whole yet.
    #[n(13)]
    UnderWay,
}

impl Cause {
    /// The cause for agents of a platform's refusal.
    #[must_use]
    pub fn of(reason: &Reason) -> Self {
        match reason {
            Reason::Gone => Self::Gone,
            Reason::Window => Self::Window,
            Reason::Blocked => Self::Blocked,
            Reason::ByHand => Self::ByHand,
            Reason::Content => Self::Content,
            Reason::Duplicate => Self::Duplicate,
            Reason::Template => Self::Template,
            _ => Self::Invalid,
        }
    }
}
