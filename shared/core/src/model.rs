//! The words of the bridge as types: what a webhook told us, who spoke, and where it belongs.

use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::file::FileRef;
use crate::notes::Cause;

/// Whether everybody can read along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// Posts and comments.
    Public,
    /// Direct messages.
    Direct,
}

/// Somebody on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The platform's stable id; opaque. Handles and names are never used as ids.
    pub id: String,
    /// The display name, if the platform told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A file, link or other thing that came with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What it is, in a word an agent understands: `photo`, `video`, `audio`, `file`, `sticker`, `link`, `location`...
    pub kind: String,
    /// Where it can be fetched or seen; platforms' links may die within minutes to days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its title or file name, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The file itself, if it can be fetched through the remote side's API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRef>,
}

/// The message that another one answers, as far as we could read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Who wrote it, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Its text.
    pub text: String,
}

/// One utterance of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The platform's id of this message; replies are posted under it.
    pub id: String,
    /// Who wrote it.
    pub author: Person,
    /// The text; empty if it only carries attachments.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Where an agent can see it on the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permalink: Option<String>,
    /// The platform's id of the message or post that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// One line of context for the agent, in English: `came from the ad "Summer sale"`, `pressed "Get started"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// Something published in our own name: the echo of an effect, or written by a colleague in the platform's own app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMessage {
    /// The platform's id of it.
    pub id: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The effect id that we sent along, where the platform gives such a handle back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// The platform reports how far one of our messages got after it was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The platform's id of the message; empty if `until` is told instead.
    pub message: String,
    /// The effect id that we sent along, where the platform gives it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// How far it got.
    pub fate: Fate,
    /// Everything that was sent until then got so far, where the platform reports a time instead of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

/// How far a message got. Reports may be missing and in any order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It left the platform.
    Sent,
    /// It is on the customer's device.
    Delivered,
    /// The customer has seen it.
    Read,
    /// It will not arrive.
    Failed {
        /// Why.
        cause: Cause,
        /// The platform's own code.
        code: String,
    },
}

/// A helpdesk says that something happened in a ticket. Never more than a reason to read the truth from its API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The helpdesk's ticket id.
    pub ticket: String,
    /// The ticket's status at the time, if the webhook says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<TicketStatus>,
}

/// A public comment of an agent, read from the helpdesk's API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentReply {
    /// The helpdesk's id of the comment.
    pub comment: String,
    /// The agent's name, if known.
    pub agent: Option<String>,
    /// The helpdesk's id of the agent, if the reading tells that and not the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// What the agent's editor made.
    pub html: String,
    /// Files that the agent attached.
    pub attachments: Vec<Attachment>,
    /// A private note that asks for something (see [`crate::command`]); it is never published itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The earlier reply that a command asks to send (again), read with the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Box<AgentReply>>,
    /// The ticket that a command names, read with the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<LinkTarget>,
}

impl AgentReply {
    /// The comment whose words and files are sent: an earlier one, if this asks for that.
    #[must_use]
    pub fn source(&self) -> &Self {
        self.earlier.as_deref().unwrap_or(self)
    }
}

/// A ticket in which an agent wants a conversation to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkTarget {
    /// The helpdesk's id.
    pub ticket: String,
    /// The conversation key that travels in it.
    pub conversation: Option<String>,
    /// Its status.
    pub status: TicketStatus,
    /// The newest comment in it.
    pub newest: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A customer wrote something.
    Message(Message),
    /// A customer changed what they wrote; `message` carries the new text and the id of the original.
    Edited(Message),
    /// A customer (or a moderator) removed a message.
    Removed {
        /// The platform's id of the removed message.
        message: String,
    },
    /// A moderator hid a message or showed it again.
    Hidden {
        /// The platform's id of the message.
        message: String,
        /// `true` if it is hidden now.
        hidden: bool,
    },
    /// Something was published in our own name.
    Own(OwnMessage),
    /// How far something got that was published in our own name.
    Report(Report),
    /// The customer has another id from now on: the conversation goes on, and is answered under that.
    Renamed {
        /// The new id. The customer's own: that is what they are called in this conversation already.
        to: String,
        /// If they had written under the new id before this was told: the ticket of their other conversation; empty, if it is
        /// still being opened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other_ticket: Option<String>,
    },
    /// The customer did something that opens a reply window or gives context, but says nothing: a referral, an opt-in.
    Activity(Message),
    /// Something that never becomes a ticket (reaction, receipt, typing); counted by this name.
    Signal {
        /// Its name in metrics, such as `reaction` or `read`.
        name: String,
    },
    /// Something happened in a ticket.
    Hint(Hint),
    /// The time came that the conversation wanted to be looked at again. Made by the bridge itself.
    Timer,
    /// An agent answered in public. Made by reading the helpdesk, never by a webhook.
    Reply(AgentReply),
    /// Authentic, but of a kind we do not know: kept whole in quarantine.
    Unknown {
        /// What it called itself.
        kind: String,
        /// The JSON of this part of the webhook, as a body of its own: read again, it gives this event alone.
        raw: String,
    },
}

/// Where an event belongs, as far as the webhook itself tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In this conversation of the account.
    Thread(Thread),
    /// In this public conversation, though it was said in direct messages: they followed a private reply there.
    Privately {
        /// The public conversation.
        thread: Thread,
        /// The customer's id in direct messages.
        customer: String,
    },
    /// In the conversation that holds this message; the platform must be asked whose that is.
    Beside {
        /// The platform's id of a message of that conversation.
        message: String,
    },
    /// In the conversation of this ticket.
    Ticket {
        /// The helpdesk's ticket id.
        ticket: String,
        /// The conversation key that travels in the ticket, if the webhook repeats it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<String>,
    },
    /// Nowhere in particular (account-wide events, unknown kinds).
    Account,
}

/// One public thread of one author, or one direct-message thread, seen from the account it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Thread {
    /// Public or direct.
    pub surface: Surface,
    /// The platform's id of the post whose comments these are; empty for direct messages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub post: String,
    /// The customer's stable id.
    pub customer: String,
}

/// What a verified webhook told us, normalised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Stable over redeliveries of the same event, different for different events of an account.
    pub id: String,
    /// When it happened, by the platform's own time.
    pub at: Moment,
    /// Where it belongs.
    pub place: Place,
    /// What happened.
    pub what: What,
}

/// A ticket's status, in the words both helpdesks share.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, minicbor::Encode, minicbor::Decode,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum TicketStatus {
    /// Nobody has looked at it yet.
    #[n(0)]
    New,
    /// Waits for an agent.
    #[n(1)]
    Open,
    /// Waits for the customer or somebody else (pending, on hold, waiting).
    #[n(2)]
    Pending,
    /// Solved; a customer's message reopens it.
    #[n(3)]
    Solved,
    /// Closed for good, where the helpdesk has that.
    #[n(4)]
    Closed,
}

impl TicketStatus {
    /// Whether a customer's message must set the ticket back to open.
    #[must_use]
    pub fn needs_reopening(self) -> bool {
        matches!(self, Self::Pending | Self::Solved | Self::Closed)
    }
}
