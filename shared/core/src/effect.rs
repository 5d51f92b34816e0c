//! An effect as a connector sees it: one intended change on a remote side, ready to encode; and what became of it.

use std::fmt;
use std::time::Duration;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::card::Card;
use crate::command::{Template, Verb};
use crate::file::RemoteFile;
use crate::model::{Person, Surface, TicketStatus};
use crate::{Moment, digest};

/// Names one effect for ever: our marker in helpdesks, our handle on platforms, the seed of idempotency keys.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct EffectId(#[n(0)] pub u64);

impl EffectId {
    /// The id of the effect that these parts name.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(digest(parts))
    }

    /// Reads back what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("db-").filter(|hex| hex.len() == 16)?;
        u64::from_str_radix(hex, 16).ok().map(Self)
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "db-{:016x}", self.0)
    }
}

/// One intended change on a remote side, recorded in the ledger before it is made.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Stays the same over every attempt.
    pub id: EffectId,
    /// When the first attempt began.
    pub first_started_at: Moment,
    /// When this attempt began: "now" for rules that depend on the time.
    pub started_at: Moment,
    /// What is to change.
    pub change: Change,
}

/// What an effect changes.
#[derive(Clone, Debug)]
pub enum Change {
    /// Open a ticket.
    CreateTicket(NewTicket),
    /// Add a public comment in the customer's name.
    AppendComment(NewComment),
    /// Add a private note.
    AddNote(NewNote),
    /// Publish an agent's reply, or one piece of it.
    PostReply(NewReply),
    /// Do something to a customer's message on the platform.
    Moderate(Moderation),
    /// Take what a customer removed out of the tickets.
    Redact(Redaction),
    /// Show in a ticket's fields and tags how the conversation stands.
    ShowCard(CardUpdate),
    /// Make a ticket one of the conversation's.
    LinkTicket(TicketLink),
    /// Add a public comment in the customer's name with the files of a message.
    AttachFiles(NewFiles),
}

impl Change {
    /// Which kind of change this is.
    #[must_use]
    pub fn kind(&self) -> EffectKind {
        match self {
            Self::CreateTicket(_) => EffectKind::CreateTicket,
            Self::AppendComment(_) => EffectKind::AppendComment,
            Self::AddNote(_) => EffectKind::AddNote,
            Self::PostReply(NewReply { form: ReplyForm::Private, .. }) => EffectKind::PrivateReply,
            Self::PostReply(NewReply { form: ReplyForm::File(_), surface, .. }) => {
                EffectKind::PostFile(*surface)
            }
            Self::PostReply(reply) => EffectKind::PostReply(reply.surface),
            Self::Moderate(_) => EffectKind::Moderate,
            Self::Redact(_) => EffectKind::Redact,
            Self::ShowCard(_) => EffectKind::ShowCard,
            Self::LinkTicket(_) => EffectKind::LinkTicket,
            Self::AttachFiles(_) => EffectKind::AttachFiles,
        }
    }
}

/// The kinds of change, for which a connector states a [`Guarantee`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EffectKind {
    /// [`Change::CreateTicket`].
    CreateTicket,
    /// [`Change::AppendComment`].
    AppendComment,
    /// [`Change::AddNote`].
    AddNote,
    /// [`Change::PostReply`] on that surface.
    PostReply(Surface),
    /// [`Change::PostReply`] as the private answer to a public message.
    PrivateReply,
    /// [`Change::Moderate`].
    Moderate,
    /// [`Change::Redact`].
    Redact,
    /// [`Change::ShowCard`].
    ShowCard,
    /// [`Change::LinkTicket`].
    LinkTicket,
    /// [`Change::AttachFiles`].
    AttachFiles,
    /// [`Change::PostReply`] with a file, on that surface.
    PostFile(Surface),
}

impl EffectKind {
    /// Its name in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateTicket => "create_ticket",
            Self::AppendComment => "append_comment",
            Self::AddNote => "add_note",
            Self::PostReply(_) | Self::PrivateReply => "post_reply",
            Self::PostFile(_) => "post_file",
            Self::Moderate => "moderate",
            Self::Redact => "redact",
            Self::ShowCard => "show_card",
            Self::LinkTicket => "link_ticket",
            Self::AttachFiles => "attach_files",
        }
    }
}

/// A customer as a helpdesk knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The platform's kind, such as `facebook`: with the person's id it names them for ever.
    pub platform: String,
    /// Who they are there.
    pub person: Person,
    /// The name to show; an honest placeholder if the platform tells none.
    pub display_name: String,
    /// The helpdesk's own id of them, if known. If `None`, the connector finds or makes the contact first.
    pub requester: Option<String>,
}

/// A ticket to open.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// The conversation key, to be stored in the ticket so that it comes back in every webhook.
    pub conversation: String,
    /// Whose ticket it is.
    pub customer: Customer,
    /// One line.
    pub subject: String,
    /// The first comment, as safe HTML of paragraphs, line breaks, links, quotes and emphasis.
    pub html: String,
    /// Tags; lower case, no spaces.
    pub tags: Vec<String>,
    /// Where the first message can be seen on the platform.
    pub permalink: Option<String>,
    /// The closed ticket that this one continues.
    pub follow_up_of: Option<String>,
    /// Names the messages in it. A ticket that bears another name was opened by an attempt with other messages.
    pub contents: u64,
    /// The message in each part of `html`, see [`NewComment::parts`].
    pub parts: Vec<u64>,
    /// What the ticket shows beside it.
    pub card: Card,
}

/// A comment to add in the customer's name.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// The ticket.
    pub ticket: String,
    /// The ticket's last known status.
    pub status: TicketStatus,
    /// Who speaks.
    pub customer: Customer,
    /// The comment, as safe HTML.
    pub html: String,
    /// `html` consists of parts with `<hr>` between them. This names the message in each, in order, by its 48-bit hash; 0
    /// for a part that shows none. To be written beside the comment, so that a removed message is found again.
    pub parts: Vec<u64>,
    /// What the ticket shows beside it. Its fields change with the comment; its tags need not.
    pub card: Card,
}

/// Files of a customer's message to add to a ticket, in one comment.
#[derive(Clone, Debug)]
pub struct NewFiles {
    /// The comment that they come with.
    pub comment: NewComment,
    /// The files; none where the effect is only looked up.
    pub files: Vec<RemoteFile>,
}

/// A removed message to take out of the tickets of a conversation: each part that shows it, whatever is left of it.
#[derive(Clone, Debug)]
pub struct Redaction {
    /// The message's hash, as in [`NewComment::parts`].
    pub message: u64,
    /// The conversation key, by which a helpdesk may find tickets of which the bridge does not know (decision 0005).
    pub conversation: String,
    /// Where it may stand, the present ticket first.
    pub tickets: Vec<String>,
    /// How the subjects of our tickets begin. One that quotes the message loses the quote, see
    /// [`crate::text::without_quote`].
    pub subject: String,
}

/// A ticket in which a conversation is to go on. Refused with [`Reason::TicketDeleted`] or [`Reason::TicketClosed`] if it takes
/// nothing, [`Reason::Duplicate`] if it is another conversation's, [`Reason::Content`] if it has no place for the key.
#[derive(Clone, Debug)]
pub struct TicketLink {
    /// The ticket.
    pub ticket: String,
    /// The conversation key, to be stored in the ticket so that it comes back in every webhook.
    pub conversation: String,
    /// Tags to add to the ticket's own.
    pub tags: Vec<String>,
}

/// A private note to add.
#[derive(Clone, Debug)]
pub struct NewNote {
    /// The ticket.
    pub ticket: String,
    /// The ticket's last known status.
    pub status: TicketStatus,
    /// The note, as safe HTML.
    pub html: String,
    /// What the note says besides, as safe HTML, if the ticket's requester has an e-mail address: both helpdesks' own
    /// notifications carry an agent's public comments there. `None`: need not be found out.
    pub mailed: Option<String>,
    /// Tags to add to the ticket's own.
    pub tags: Vec<String>,
    /// Tags to take off.
    pub untag: Vec<String>,
    /// Whether the ticket must be open afterwards, because somebody has to act.
    pub reopen: bool,
    /// What the ticket shows beside it, if the note is about that.
    pub card: Option<Card>,
}

/// What a ticket is to show beside its comments, whatever it shows now.
#[derive(Clone, Debug)]
pub struct CardUpdate {
    /// The ticket.
    pub ticket: String,
    /// What it shows then.
    pub card: Card,
}

/// A reply to publish.
#[derive(Clone, Debug)]
pub struct NewReply {
    /// Public or direct.
    pub surface: Surface,
    /// The platform's id of the message to answer: the comment to post under, or the last direct message.
    pub answers: String,
    /// The customer's stable id.
    pub customer: String,
    /// The text; within the platform's limit, not empty. Of a template: what the agent wrote behind the command.
    pub text: String,
    /// How it is published.
    pub form: ReplyForm,
    /// When the customer last did something that opens the platform's reply window.
    pub window_from: Option<Moment>,
}

/// How a reply is published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReplyForm {
    /// As text, on the surface of the conversation.
    #[default]
    Text,
    /// As a template that the platform has approved.
    Template(Template),
    /// Privately, to whoever wrote the public message that is answered. A message gets at most one such reply.
    Private,
    /// As a file without a text; which one, unless the effect is only looked up.
    File(Option<Box<RemoteFile>>),
}

/// Something to be done to a customer's message.
#[derive(Clone, Debug)]
pub struct Moderation {
    /// What: hide, unhide, like or delete a customer's message; withdraw or edit one of ours.
    pub verb: Verb,
    /// The platform's id of the message.
    pub message: String,
    /// Its new words, if it is edited.
    pub text: String,
}

/// What we know of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Done(Receipt),
    /// It was not made, and trying again as it is would not help.
    Refused(Refusal),
    /// It was certainly not made; try again, not sooner than after this while.
    RetryAfter(Duration),
    /// Nobody can say yet whether it was made.
    Unknown,
}

/// What the remote side told about a change that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The remote id of what was made: ticket id, comment id, message id.
    pub id: String,
    /// The ticket's status afterwards, if told.
    pub status: Option<TicketStatus>,
    /// The helpdesk's id of the customer, if learned.
    pub requester: Option<String>,
    /// The id of the comment that came with it (a ticket's first comment), if told. Reading continues after it.
    pub comment: Option<String>,
    /// The name of the messages that the ticket was opened with ([`NewTicket::contents`]), if told: an earlier attempt of the
    /// same effect may have carried others.
    pub opened_with: Option<u64>,
    /// After a private reply to a public message: whose direct messages may follow.
    pub private: Option<Box<PrivateThread>>,
    /// After a reply: it went out after the ordinary reply window, by the platform's exception for persons.
    pub late: bool,
}

/// Where a private reply went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateThread {
    /// The customer's id in direct messages.
    pub customer: String,
    /// Whether the public message gets no other one.
    pub once: bool,
}

impl Receipt {
    /// A receipt that only tells the remote id.
    #[must_use]
    pub fn of(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}

/// Why an effect was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The class, which decides what happens next.
    pub reason: Reason,
    /// The remote side's own code, such as `10/2018278`, for the operator and the note. Never free text of a customer.
    pub code: String,
}

impl Refusal {
    /// A refusal of that class with the remote side's code.
    #[must_use]
    pub fn new(reason: Reason, code: impl Into<String>) -> Self {
        Self { reason, code: code.into() }
    }
}

/// The classes of refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The credential is dead: nothing of this account works until somebody repairs it.
    Token,
    /// The credential lacks a right: somebody must grant it.
    Permission,
    /// The message to answer, or its post, is gone or invisible.
    Gone,
    /// The platform's reply window is closed.
    Window,
    /// The customer does not accept messages from us.
    Blocked,
    /// The remote side lets a person answer this message, but no program.
    ByHand,
    /// The remote side does not accept this content.
    Content,
    /// The template that was asked for cannot be sent so; the code says what there is.
    Template,
    /// The remote side believes that this very text was published before.
    Duplicate,
    /// The ticket is closed for good: continue in a follow-up.
    TicketClosed,
    /// The ticket was merged into this other one.
    TicketMerged(String),
    /// The ticket was deleted.
    TicketDeleted,
    /// The helpdesk refuses this customer (suspended, blocked).
    CustomerSuspended,
    /// The request itself was wrong: a bug of ours or drift in the account's configuration.
    Invalid,
}

/// What a remote side can promise for one kind of effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// The same key within `window` never makes a second one. After the window: look it up once `settle` has passed.
    Keyed {
        /// How long the remote side remembers the key.
        window: Duration,
        /// After this while a late request cannot land any more and a lookup is fresh.
        settle: Duration,
    },
    /// Whether it was made can be found out once `settle` has passed.
    Findable {
        /// After this while a late request cannot land any more and a lookup is fresh.
        settle: Duration,
    },
    /// Making it twice is the same as making it once.
    Natural,
    /// The same, but it replaces whatever was shown before: a request without an answer must not land after a later one. It is
    /// made again once `settle` has passed, whatever was shown meanwhile, and nothing else waits for that.
    Overwrites {
        /// After this while a late request cannot land any more.
        settle: Duration,
    },
    /// Nobody can find out by asking, but the remote side tells by a webhook that bears our handle. Never made a second time
    /// by us.
    Echoed {
        /// After this while the webhook is not expected any more.
        settle: Duration,
    },
    /// Nobody can find out. Never made a second time by us.
    Blind,
}
