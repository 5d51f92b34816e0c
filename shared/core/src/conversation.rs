//! What is remembered of a conversation: one small versioned item without any message text.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::card::CardState;
use crate::command::Verb;
use crate::effect::EffectId;
use crate::model::TicketStatus;
use crate::not_sent::NotSent;
use crate::private::Private;
use crate::ring::Ring;
use crate::{Moment, notes::Notice};

/// The state item of one conversation. Indices are for ever: add fields with new ones, never reuse an old one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Conversation {
    /// Counts the tickets of this conversation; part of the idempotency key of the next one.
    #[n(0)]
    pub generation: u32,
    /// The ticket that messages go to now.
    #[n(1)]
    pub ticket: Option<Ticket>,
    /// The helpdesk's id of the customer.
    #[n(2)]
    pub requester: Option<String>,
    /// What was seen.
    #[n(3)]
    pub recent: Ring,
    /// Effects that are not settled yet, in the order in which they must be made.
    #[n(4)]
    pub open: Vec<OpenEffect>,
    /// The platform's id of the customer's latest message: replies go under it.
    #[n(5)]
    pub reply_to: Option<String>,
    /// When the customer last did something that opens the reply window.
    #[n(6)]
    pub window_from: Option<Moment>,
    /// Replies of unknown fate: a late echo is their proof.
    #[n(7)]
    pub unconfirmed: Vec<Unconfirmed>,
    /// Former tickets in which agents may still answer, newest last.
    #[n(8)]
    pub former: Vec<FormerTicket>,
    /// Effects that went to a person although they may have been made, newest last: planned again, they are looked up
    /// first.
    #[n(9)]
    pub given_up: Option<Vec<GivenUp>>,
    /// The customer's id now, if it is another than the one that the conversation is named by.
    #[n(10)]
    pub address: Option<String>,
    /// This is no conversation: the customer of this id is dealt with in the one named by that earlier id.
    #[n(11)]
    pub continues: Option<String>,
    /// For what the ticket shows beside its comments.
    #[n(12)]
    pub card: Option<CardState>,
    /// When the conversation is to be looked at again although nothing happened, for which a record is kept.
    #[n(13)]
    pub timer: Option<Moment>,
    /// The latest reply that was not sent, or may not have been.
    #[n(14)]
    pub not_sent: Option<NotSent>,
    /// When an agent let go of the ticket: the customer's next message opens a new one.
    #[n(17)]
    pub let_go: Option<Moment>,
    /// The direct messages that followed a private reply.
    #[n(18)]
    pub private: Option<Private>,
}

/// The ticket of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ticket {
    /// The helpdesk's id.
    #[n(0)]
    pub id: String,
    /// The last status we heard of.
    #[n(1)]
    pub status: TicketStatus,
    /// When we first heard of it: since then it is solved, for instance.
    #[n(2)]
    pub status_at: Moment,
    /// The last comment that was dealt with.
    #[n(3)]
    pub cursor: Option<String>,
}

/// A ticket that this conversation had before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FormerTicket {
    /// The helpdesk's id.
    #[n(0)]
    pub id: String,
    /// The last comment that was dealt with.
    #[n(1)]
    pub cursor: Option<String>,
}

/// An effect in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenEffect {
    /// Its name.
    #[n(0)]
    pub id: EffectId,
    /// What is to be done.
    #[n(1)]
    pub task: Task,
    /// How far it is.
    #[n(2)]
    pub state: EffectState,
    /// How often it was started.
    #[n(3)]
    pub attempt: u32,
    /// When the first attempt began; meaningless before.
    #[n(4)]
    pub first_started_at: Moment,
    /// When the latest attempt began.
    #[n(5)]
    pub started_at: Moment,
    /// Hashes of the events that it stems from and whose content it needs.
    #[n(6)]
    pub causes: Vec<u64>,
    /// Whether an earlier attempt may have been made without our knowing: then a later one that certainly was not made
    /// proves nothing.
    #[n(7)]
    pub uncertain: bool,
    /// The events that it carried when it was given up although it may have been made; until it is begun anew, or is known
    /// not to be there.
    #[n(8)]
    pub begun_with: Option<Vec<u64>>,
}

/// What an effect in the ledger does. Contents are taken from the events again, so no text is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Task {
    /// Open a ticket with the messages that caused it.
    #[n(0)]
    CreateTicket,
    /// Add those messages to the ticket in the customer's name.
    #[n(1)]
    AppendComment,
    /// Tell agents of those events (removed, hidden, answered elsewhere) in a private note.
    #[n(2)]
    NoteEvents,
    /// Tell agents something about our own work.
    #[n(3)]
    Notify(#[n(0)] Notice),
    /// Publish one piece of an agent's reply.
    #[n(4)]
    PostReply(#[n(0)] ReplyPiece),
    /// Do to a customer's message what an agent asked for.
    #[n(5)]
    Moderate(#[n(0)] ModerateTask),
    /// Take the message with this hash out of the tickets: the customer removed it.
    #[n(6)]
    Redact(#[n(0)] u64),
    /// Show in the ticket's fields and tags what is known now, see [`crate::card`].
    #[n(7)]
    ShowCard,
    /// Copy the files of a customer's message into the ticket. A bit for each attachment that is left out, as agents were told.
    #[n(8)]
    CopyFiles(#[n(0)] u32),
    /// Make a ticket the conversation's present one, as an agent asked.
    #[n(10)]
    LinkTicket(#[n(0)] LinkTask),
    /// Remember under the key of that customer's direct messages that they belong here. No remote side takes part.
    #[n(11)]
    Forward(#[n(0)] String),
}

/// The ticket in which an agent wants the conversation to go on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LinkTask {
    /// The helpdesk's id.
    #[n(0)]
    pub ticket: String,
    /// Its status.
    #[n(1)]
    pub status: TicketStatus,
    /// The newest comment in it at that time: what stands before is not ours to publish.
    #[n(2)]
    pub cursor: Option<String>,
    /// The helpdesk's id of the agent's note.
    #[n(3)]
    pub comment: String,
}

/// What an agent asked to be done to a customer's message, or to one of ours.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ModerateTask {
    /// What.
    #[n(0)]
    pub verb: Verb,
    /// The platform's id of the message.
    #[n(1)]
    pub message: String,
    /// The helpdesk's id of the agent's note.
    #[n(2)]
    pub comment: String,
}

/// One piece of an agent's reply.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReplyPiece {
    /// The ticket in which the agent wrote.
    #[n(0)]
    pub ticket: String,
    /// The helpdesk's id of the agent's comment.
    #[n(1)]
    pub comment: String,
    /// The platform's id of the message that it answers.
    #[n(2)]
    pub answers: String,
    /// Which piece, from 1.
    #[n(3)]
    pub piece: u32,
    /// Of how many.
    #[n(4)]
    pub of: u32,
    /// Fingerprint of the text, to know it again when it comes back.
    #[n(5)]
    pub fingerprint: u64,
    /// It is no text but a file: the place among the attachments of the agent's comment.
    #[n(6)]
    pub file: Option<u32>,
    /// The reply came after the window: the account's template is sent instead.
    #[n(7)]
    pub fallback: Option<bool>,
}

impl ReplyPiece {
    /// Whether the account's template may go in its place: one part alone, or the first of several, and neither a template
    /// itself nor a file.
    #[must_use]
    pub fn falls_back(&self) -> bool {
        self.piece == 1 && self.file.is_none() && self.fallback != Some(true)
    }
}

/// How far an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EffectState {
    /// Not begun, or certainly not made: it may be started.
    #[n(0)]
    Due,
    /// Begun; until its outcome is recorded nobody knows whether it was made.
    #[n(1)]
    Started,
}

/// A reply of unknown fate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Unconfirmed {
    /// The effect.
    #[n(0)]
    pub id: EffectId,
    /// The piece.
    #[n(1)]
    pub piece: ReplyPiece,
}

/// An effect that was given up although it may have been made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GivenUp {
    /// The effect.
    #[n(0)]
    pub id: EffectId,
    /// When its first attempt began: what it made cannot be older.
    #[n(1)]
    pub first_started_at: Moment,
    /// Hashes of the events that it carried.
    #[n(2)]
    pub causes: Vec<u64>,
}

/// A stored item that this program cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// A newer program wrote it, perhaps one that is just being replaced by this one, or the other way round.
    Newer,
    /// Its bytes are not what was written.
    Damaged,
}

impl Ticket {
    /// Takes note of the status; its time only changes when it does.
    pub fn hear(&mut self, status: TicketStatus, now: Moment) {
        if self.status != status {
            self.status = status;
            self.status_at = now;
        }
    }
}

impl Conversation {
    /// What is remembered under a customer's new id: that the conversation of the earlier id goes on.
    #[must_use]
    pub fn forwarding_to(customer: &str) -> Self {
        Self { continues: Some(customer.to_owned()), ..Self::default() }
    }

    /// Whether what arrives under this item's key is dealt with in another conversation.
    #[must_use]
    pub fn leads_on(&self) -> bool {
        self.continues.is_some() || self.private.as_ref().is_some_and(|private| private.of.is_some())
    }

    /// The format that [`Conversation::encode`] writes; the reader also accepts the one before.
    ///
    /// | format | bytes |
    /// |---|---|
    /// | 1 | one byte of format, then CBOR |
    /// | 2 | the same, then a checksum of all that |
    pub const FORMAT: u8 = 2;

    /// The item's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![Self::FORMAT];
        // Encoding into memory cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        let sum = checksum(&bytes);
        bytes.extend(sum);
        bytes
    }

    /// Reads an item's bytes.
    ///
    /// # Errors
    /// When the bytes are damaged or written by a newer program.
    pub fn decode(bytes: &[u8]) -> Result<Self, Undecodable> {
        let (&format, rest) = bytes.split_first().ok_or(Undecodable::Damaged)?;
        let cbor = match format {
            1 => rest,
            2 => {
                let (summed, sum) = bytes.split_last_chunk::<SUM>().ok_or(Undecodable::Damaged)?;
                if checksum(summed) != *sum {
                    return Err(Undecodable::Damaged);
                }
                &summed[1..]
            }
            0 => return Err(Undecodable::Damaged),
            _ => return Err(Undecodable::Newer),
        };
        minicbor::decode(cbor).map_err(|_| Undecodable::Damaged)
    }

    /// Whether an effect that stems from the event with this hash is still open.
    #[must_use]
    pub fn has_open(&self, cause: u64) -> bool {
        self.open.iter().any(|effect| effect.causes.contains(&cause))
    }

    /// The cursor of a ticket of this conversation, current or former, empty or `None` if nothing in it was dealt with yet; `None` if the
    /// ticket is not ours.
    #[must_use]
    pub fn cursor_of(&self, ticket: &str) -> Option<Option<&str>> {
        if let Some(current) = self.ticket.as_ref().filter(|current| current.id == ticket) {
            return Some(current.cursor.as_deref());
        }
        self.former.iter().find(|former| former.id == ticket).map(|former| former.cursor.as_deref())
    }

    /// Moves the cursor of a ticket of this conversation forward.
    pub fn set_cursor(&mut self, ticket: &str, comment: &str) {
        let cursor = match self.ticket.as_mut().filter(|current| current.id == ticket) {
            Some(current) => Some(&mut current.cursor),
            None => {
                self.former.iter_mut().find(|former| former.id == ticket).map(|former| &mut former.cursor)
            }
        };
        if let Some(cursor) = cursor {
            *cursor = Some(comment.to_owned());
        }
    }
}

/// Bytes of a checksum.
const SUM: usize = 4;

fn checksum(bytes: &[u8]) -> [u8; SUM] {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    [hash[0], hash[1], hash[2], hash[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_or_newer_item_is_an_error_not_an_empty_conversation() {
        let item = Conversation { generation: 3, ..Conversation::default() };
        let bytes = item.encode();
        assert_eq!(Conversation::decode(&bytes), Ok(item));
        assert_eq!(Conversation::decode(&[]), Err(Undecodable::Damaged));
        assert_eq!(Conversation::decode(&[9, 0]), Err(Undecodable::Newer));
        for end in 0..bytes.len() {
            assert!(Conversation::decode(&bytes[..end]).is_err(), "cut after {end} bytes");
        }
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Conversation::decode(&damaged).is_err(), "bit {bit} flipped");
        }
    }
}
