//! The one trait of both shelves. A connector is opened for one account and contains no IO: it turns bytes into events
//! and effects into requests, and says what the answers mean.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Effect, EffectKind, Guarantee, Outcome, Receipt, Refusal};
use deskbridge_core::file::{FileRule, RemoteFile};
use deskbridge_core::model::{AgentReply, Attachment, Event, Message, Quote, Surface, Thread, TicketStatus};
use deskbridge_core::pace::Limits;
use deskbridge_core::policy::CardRules;
use deskbridge_core::text::{Markup, Measure};
use secrecy::SecretString;

use crate::credential::{Credential, Renewal};
use crate::http::{Exchange, Request, Response};
use crate::verified::{Reject, Verified};

/// The half of a connector that stands at a door: it verifies webhooks and reads them. All that a public door links; opened with
/// nothing but the secrets that verify.
pub trait Door: Send + Sync {
    /// Answers a handshake (`GET` with a challenge), or another `GET` that the remote side leads people to. `None`: this request is
    /// none.
    ///
    /// # Errors
    /// The status and reason when it is a handshake that does not know our verify token.
    fn greet(&self, request: &Request) -> Option<Result<Response, Reject>>;

    /// Checks that a webhook really comes from the remote side, over its exact bytes.
    ///
    /// # Errors
    /// Why it is refused; the caller answers with its status and stores nothing.
    fn verify(&self, request: Request, now: Moment) -> Result<Verified, Reject>;

    /// Reads the events out of a verified webhook: every entry, change and message of it. Parts of unknown kind become
    /// [`deskbridge_core::model::What::Unknown`] and do not stop the others.
    ///
    /// # Errors
    /// When the body as a whole is not understood.
    fn parse(&self, verified: &Verified) -> Result<Vec<Inbound>, Unreadable>;

    /// What the sender of a webhook wants to hear once the queue has it. `None`: nothing but 200.
    fn receipt(&self, verified: &Verified) -> Option<Response> {
        let _ = verified;
        None
    }

    /// The remote side's own name of this account (page id, subdomain), by which [`Inbound::owner`] finds it.
    fn owner(&self) -> &str;
}

/// The codec for one account of one platform or helpdesk.
///
/// `sign_in`, `renew`, `step`, `lookup` and `read` are the same shape: from the exchanges so far they give the next request or
/// the result. The caller performs the request, adds the exchange, and calls again with the same other arguments. They
/// must be deterministic in their arguments, and must not assume that an earlier call happened in the same process.
pub trait Connector: Door {
    /// What the remote side can promise for this kind of effect, so that an unanswered request is handled safely.
    fn guarantee(&self, kind: EffectKind) -> Guarantee;

    /// What replies on this surface may look like. Helpdesks take no replies and keep the default.
    fn reply_rules(&self, surface: Surface) -> ReplyRules {
        let _ = surface;
        ReplyRules::characters(usize::MAX)
    }

    /// Helpdesks: whether tags of a ticket may be commands, see [`deskbridge_core::command::by_tag`].
    fn tag_commands(&self) -> bool {
        false
    }

    /// Helpdesk: what its tickets show beside their comments. Platforms keep the default.
    fn card_rules(&self) -> CardRules {
        CardRules::default()
    }

    /// What a comment of a customer may carry. Platforms take no comments and keep the default.
    fn file_limits(&self) -> FileLimits {
        FileLimits { bytes_max: u64::MAX, bytes_of_all_max: u64::MAX }
    }

    /// What an answer tells of the account's limits, for the pace at which it is called ([`deskbridge_core::pace`]). Where nothing
    /// is told, nothing is held back before it is refused.
    fn limits(&self, exchange: &Exchange) -> Limits {
        let _ = exchange;
        Limits::default()
    }

    /// Exchanges long-lived credentials for a session where the remote side wants that. The engine caches the session
    /// until it expires, and drops it when the remote side refuses it.
    fn sign_in(&self, exchanges: &[Exchange]) -> Next<Result<Session, Trouble>> {
        let _ = exchanges;
        Next::Settled(Ok(Session::unneeded()))
    }

    /// The credential that the operator gave, where it ends and can be renewed: the bridge renews it, keeps what comes of that,
    /// and gives its token to each session. `None`: it is used as it is, or [`Connector::sign_in`] exchanges it.
    fn seed(&self) -> Option<Credential> {
        None
    }

    /// Whether a credential, which began as [`Connector::seed`], is to be renewed.
    fn renewal(&self, credential: &Credential, now: Moment) -> Renewal {
        let _ = (credential, now);
        Renewal::NotYet
    }

    /// Renews a credential. `now` is when that began. The engine sees to it that nobody else renews it at the same time, and
    /// uses the new one only once it is stored.
    fn renew(
        &self,
        credential: &Credential,
        now: Moment,
        exchanges: &[Exchange],
    ) -> Next<Result<Credential, Trouble>> {
        let _ = (now, exchanges);
        Next::Settled(Ok(credential.clone()))
    }

    /// Makes an effect.
    fn step(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Outcome>;

    /// Finds out whether an effect, whose answer never came, was made. Called only for [`Guarantee::Keyed`] and
    /// [`Guarantee::Findable`] effects, after their settle time. It also finishes what belongs to the effect and may be
    /// missing (reopening the ticket, say).
    fn lookup(&self, effect: &Effect, session: &Session, exchanges: &[Exchange]) -> Next<Found>;

    /// Whether [`Query::Missed`] can be asked: the sweep then does.
    fn catches_up(&self) -> bool {
        false
    }

    /// Whether the remote side can be asked to send its webhooks again: the sweep does that after an outage.
    fn sends_again(&self) -> bool {
        false
    }

    /// Asks the remote side to send the webhooks since that moment again. That does no harm twice: what is known is known
    /// again by its name.
    fn send_again(&self, since: Moment, now: Moment, exchanges: &[Exchange]) -> Next<Result<(), Trouble>> {
        let _ = (since, now, exchanges);
        Next::Settled(Ok(()))
    }

    /// Reads something. Only `GET` requests may be asked for.
    fn read(
        &self,
        query: &Query,
        session: &Session,
        exchanges: &[Exchange],
    ) -> Next<Result<Reading, Trouble>>;
}

/// What to do next.
#[derive(Clone, Debug)]
pub enum Next<T> {
    /// Perform this request and call again with its exchange added.
    Call(Box<Request>),
    /// Finished.
    Settled(T),
}

impl<T> Next<T> {
    /// Perform this request next.
    #[must_use]
    pub fn call(request: Request) -> Self {
        Self::Call(Box::new(request))
    }
}

/// An event and the account it belongs to. One POST may carry events of several accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The remote side's own name of the account, compared with [`Door::owner`].
    pub owner: String,
    /// The event.
    pub event: Event,
}

/// An authentic webhook that was not understood as a whole. It is kept in quarantine with its bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("authentic, but not understood: {why}")]
pub struct Unreadable {
    /// What was not understood, without any content.
    pub why: String,
}

/// Limits of a platform for replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyRules {
    /// The most characters one reply may have; longer ones are split.
    pub characters_max: usize,
    /// What counts as a character.
    pub measure: Measure,
    /// What emphasis becomes.
    pub markup: Markup,
    /// Until when replies are taken, as half a sentence for agents; empty if there is no such rule.
    pub window: &'static str,
    /// How long after the customer's last act they are taken.
    pub window_length: Option<Duration>,
    /// Whether the platform charges more for a public reply with a link.
    pub links_cost: bool,
    /// What agents may ask for in private notes, beside [`deskbridge_core::command::ALWAYS`].
    pub verbs: &'static [Verb],
    /// Which files may be sent, each as a message of its own; empty: none.
    pub files: &'static [FileRule],
}

impl ReplyRules {
    /// At most so many Unicode scalar values, and no other rule.
    #[must_use]
    pub fn characters(characters_max: usize) -> Self {
        Self {
            characters_max,
            measure: Measure::Characters,
            markup: Markup::None,
            window: "",
            window_length: None,
            links_cost: false,
            verbs: &[],
            files: &[],
        }
    }
}

/// Limits of a helpdesk for the files of one comment, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Of each file.
    pub bytes_max: u64,
    /// Of all files together.
    pub bytes_of_all_max: u64,
}

/// A short-lived credential.
#[derive(Clone, Debug)]
pub struct Session {
    /// The token, or `None` where the long-lived credential is used directly.
    pub token: Option<SecretString>,
    /// How long it may be used from now.
    pub lifetime: Option<Duration>,
    /// Now, set by the engine for each effect, lookup and reading: for signatures that carry the time, and for waits until a
    /// moment that the remote side names.
    pub at: Moment,
    /// Which use of a session this is in this process, set by the engine too: requests of the same moment differ by it.
    pub nth: u64,
}

impl Session {
    /// The session of a remote side that needs none.
    #[must_use]
    pub fn unneeded() -> Self {
        Self { token: None, lifetime: None, at: Moment::default(), nth: 0 }
    }
}

/// Why reading or signing in did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The remote side refuses.
    Refused(Refusal),
    /// Not now; try again after this while.
    RetryAfter(Duration),
}

/// Whether an effect of unknown fate was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was.
    Yes(Receipt),
    /// It certainly was not (given that its settle time has passed).
    No,
    /// The remote side would not tell.
    CannotTell(Trouble),
}

/// What can be read.
#[derive(Clone, Debug)]
pub enum Query {
    /// Helpdesk: the agents' public comments of a ticket after a cursor ([`Reading::Replies`]).
    Replies {
        /// The ticket.
        ticket: String,
        /// The last comment that was dealt with; empty or `None`: from the start.
        after: Option<String>,
    },
    /// Helpdesk: what a ticket says of itself ([`Reading::Ticket`]).
    Ticket {
        /// The ticket.
        ticket: String,
    },
    /// Helpdesk: the name of an agent ([`Reading::Agent`]).
    Agent {
        /// The helpdesk's id of the agent, see [`AgentReply::agent_id`].
        id: String,
    },
    /// Helpdesk: tickets of ours that changed since a moment ([`Reading::Tickets`]).
    Changed {
        /// Since when.
        since: Moment,
    },
    /// Platform: what an agent should know beside a message ([`Reading::Context`]).
    Context {
        /// Whose conversation it is.
        thread: Thread,
        /// The message.
        message: Message,
    },
    /// Platform: whose conversation a message belongs to ([`Reading::Thread`]).
    Owner {
        /// The platform's id of the message.
        message: String,
    },
    /// Platform: what customers wrote since a moment, which webhooks may not have told ([`Reading::Events`]).
    Missed {
        /// Since when.
        since: Moment,
    },
    /// Either: what a file is, and where it can be fetched now ([`Reading::File`]).
    File {
        /// Where the message is.
        surface: Surface,
        /// The platform's id of the message, or the helpdesk's of the comment, that the file came with.
        message: String,
        /// Its place among the files there.
        at: u32,
        /// The attachment; without a file in it there is nothing to find.
        attachment: Attachment,
    },
    /// Either: does the credential work, with all the rights we need ([`Reading::Healthy`])?
    Health,
}

/// What was read.
#[derive(Clone, Debug)]
pub enum Reading {
    /// Answer to [`Query::Replies`].
    Replies(Replies),
    /// Answer to [`Query::Ticket`].
    Ticket(TicketFacts),
    /// Answer to [`Query::Agent`]: the name, if there is one.
    Agent(Option<String>),
    /// Answer to [`Query::Changed`].
    Tickets(Vec<TicketFacts>),
    /// Answer to [`Query::Context`].
    Context(Context),
    /// Answer to [`Query::Owner`].
    Thread(Thread),
    /// Answer to [`Query::Missed`], oldest first: the very events that webhooks would have told.
    Events(Vec<Event>),
    /// Answer to [`Query::File`].
    File(Box<RemoteFile>),
    /// Answer to [`Query::Health`]: the name the credential acts as.
    Healthy(String),
}

/// Agents' public comments, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replies {
    /// Those to be mirrored. Customers' comments, private notes, our own writes, and comments made by rules, merges or
    /// other machinery are not among them.
    pub replies: Vec<AgentReply>,
    /// The newest comment seen, of whatever kind: the next cursor once all replies are dealt with.
    pub newest: Option<String>,
    /// The ticket's status, if the same answer told it.
    pub status: Option<TicketStatus>,
}

/// What a ticket says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketFacts {
    /// Its id.
    pub ticket: String,
    /// The conversation key that travels in it.
    pub conversation: Option<String>,
    /// Its status.
    pub status: TicketStatus,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What an agent should know beside a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The customer's name, if it could be learned.
    pub name: Option<String>,
    /// The message or post that is answered.
    pub quote: Option<Quote>,
    /// Where the message can be seen.
    pub permalink: Option<String>,
}
