//! What the laws are tried on: every connector opened from its sample settings, and effects and queries of every kind.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deskbridge_connectors::http::{Answer, Exchange, Method, Request, Response, Url};
use deskbridge_connectors::{
    Connector, Keys, Next, Query, REGISTRY, Registration, SecretUse, Session, Shelf, Verified,
};
use deskbridge_core::Moment;
use deskbridge_core::card::{Card, Delivery, Window};
use deskbridge_core::command::Verb;
use deskbridge_core::effect::{
    CardUpdate, Change, Customer, Effect, EffectId, EffectKind, Guarantee, Moderation, NewComment, NewFiles,
    NewNote, NewReply, NewTicket, Redaction, ReplyForm, TicketLink,
};
use deskbridge_core::file::{FileRef, RemoteFile};
use deskbridge_core::model::{Attachment, Message, Person, Surface, Thread, TicketStatus};
use secrecy::SecretString;
use serde_json::json;

/// When everything happens.
pub const NOW: Moment = Moment(1_795_334_400_000);
/// Remote sides whose webhooks carry a static secret and no signature of the body. They may only give hints.
pub const UNSIGNED_BODIES: &[&str] = &["freshdesk"];
/// What people wrote: it may go to the remote side, and nowhere else.
pub const WORDS: &str = "zebra-crossing-at-noon";
/// The token that a sign-in gives.
pub const SESSION_TOKEN: &str = "hush-session-token";

/// Every kind of effect.
pub const KINDS: [EffectKind; 13] = [
    EffectKind::CreateTicket,
    EffectKind::AppendComment,
    EffectKind::AddNote,
    EffectKind::PostReply(Surface::Public),
    EffectKind::PostReply(Surface::Direct),
    EffectKind::PrivateReply,
    EffectKind::Moderate,
    EffectKind::Redact,
    EffectKind::ShowCard,
    EffectKind::LinkTicket,
    EffectKind::AttachFiles,
    EffectKind::PostFile(Surface::Public),
    EffectKind::PostFile(Surface::Direct),
];

/// A connector opened as the smallest documented settings say.
pub struct Subject {
    /// Its line of the registry.
    pub registration: &'static Registration,
    /// The connector.
    pub connector: Arc<dyn Connector>,
}

/// Every connector of the registry, each secret with two values where several are allowed.
#[must_use]
pub fn subjects() -> Vec<Subject> {
    let open = |registration: &'static Registration| Subject { registration, connector: open(registration) };
    REGISTRY.iter().copied().map(open).collect()
}

/// The same, opened once: for laws that are checked millions of times.
pub(crate) fn known() -> &'static [Subject] {
    static KNOWN: OnceLock<Vec<Subject>> = OnceLock::new();
    KNOWN.get_or_init(subjects)
}

fn open(registration: &'static Registration) -> Arc<dyn Connector> {
    let keys = registration.secrets.iter().fold(Keys::default(), |keys, spec| {
        let count = if spec.several { 2 } else { 1 };
        keys.with(spec.name, (0..count).map(|nth| secret(spec.name, nth)).collect())
    });
    match (registration.open)(&(registration.sample_settings)(), keys) {
        Ok(connector) => connector,
        Err(problems) => panic!("{}: sample settings do not open it: {problems:?}", registration.kind),
    }
}

/// The value of a secret, recognisable wherever it should not be.
#[must_use]
pub fn secret_text(name: &str, nth: usize) -> String {
    format!("hush-{}-{}", name.replace('_', "-"), ["former", "present"][nth])
}

fn secret(name: &str, nth: usize) -> SecretString {
    SecretString::from(secret_text(name, nth))
}

impl Subject {
    /// Its name in the registry.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.registration.kind
    }

    /// The keys that verify webhooks: the values of the first secret of the door, by which [`Registration::sign`] signs.
    ///
    /// # Panics
    /// When the registration names no such secret, or one that cannot be rotated.
    #[must_use]
    pub fn door_keys(&self) -> Vec<SecretString> {
        let spec = self.registration.secrets.iter().find(|spec| spec.used_by == SecretUse::Door);
        let spec = spec.unwrap_or_else(|| panic!("{}: no secret for its door", self.kind()));
        assert!(spec.several, "{}: {} cannot be rotated", self.kind(), spec.name);
        (0..2).map(|nth| secret(spec.name, nth)).collect()
    }

    /// A webhook with this body, signed with one of our keys.
    #[must_use]
    pub fn signed(&self, body: &[u8]) -> Request {
        (self.registration.sign)(unsigned(body), &self.door_keys()[0], NOW)
    }

    /// A webhook with this body past its door.
    ///
    /// # Panics
    /// When the door does not know its own signature.
    #[must_use]
    pub fn verified(&self, body: &[u8]) -> Verified {
        let request = self.signed(body);
        self.connector.verify(request, NOW).unwrap_or_else(|reject| panic!("{}: {reject}", self.kind()))
    }

    /// Signs in as the OAuth standard has it, where the connector wants to.
    ///
    /// # Panics
    /// When it never ends, or a good answer does not sign in.
    #[must_use]
    pub fn session(&self) -> Session {
        if let Some(seed) = self.connector.seed().filter(|seed| seed.token.is_some()) {
            return seed.session(NOW);
        }
        let mut exchanges = Vec::new();
        loop {
            match self.connector.sign_in(&exchanges) {
                Next::Settled(session) => return session.expect("a good answer signs in"),
                Next::Call(request) => {
                    let token =
                        json!({"access_token": SESSION_TOKEN, "token_type": "bearer", "expires_in": 7200});
                    let answer = Answer::Response(Response::json(200, &token));
                    exchanges.push(Exchange { request: *request, answer });
                }
            }
            assert!(exchanges.len() < 5, "{}: signing in never ends", self.kind());
        }
    }

    /// Whether the remote side can be asked for this.
    #[must_use]
    pub fn speaks(&self, kind: EffectKind) -> bool {
        match kind {
            EffectKind::PostReply(surface) => self.registration.surfaces.contains(&surface),
            EffectKind::PostFile(surface) => {
                self.registration.surfaces.contains(&surface)
                    && !self.connector.reply_rules(surface).files.is_empty()
            }
            EffectKind::PrivateReply => self.offers(Verb::Private),
            EffectKind::Moderate => self.offers(Verb::Withdraw),
            _ => self.registration.shelf == Shelf::Helpdesk,
        }
    }

    fn offers(&self, verb: Verb) -> bool {
        let surfaces = self.registration.surfaces.iter();
        surfaces.map(|surface| self.connector.reply_rules(*surface)).any(|rules| rules.verbs.contains(&verb))
    }

    /// Whether it can be asked whether such an effect was made.
    #[must_use]
    pub fn can_look_up(&self, kind: EffectKind) -> bool {
        let guarantee = self.connector.guarantee(kind);
        matches!(guarantee, Guarantee::Keyed { .. } | Guarantee::Findable { .. })
    }

    /// Effects that this connector makes by asking (a closed window needs no request); those whose first request already writes what people see come with `true`.
    #[must_use]
    pub fn effects(&self) -> Vec<(Effect, bool)> {
        let session = self.session();
        let asks = |effect: &Effect| matches!(self.connector.step(effect, &session, &[]), Next::Call(_));
        effects()
            .into_iter()
            .filter(|(effect, _)| self.speaks(effect.change.kind()) && asks(effect))
            .collect()
    }

    /// Queries that this connector has to ask for.
    #[must_use]
    pub fn queries(&self) -> Vec<Query> {
        let session = self.session();
        let asks = |query: &Query| matches!(self.connector.read(query, &session, &[]), Next::Call(_));
        self.all_queries().into_iter().filter(asks).collect()
    }

    fn all_queries(&self) -> Vec<Query> {
        let thread =
            |surface, post: &str| Thread { surface, post: post.to_owned(), customer: "2001".to_owned() };
        let mut queries = match self.registration.shelf {
            Shelf::Helpdesk => vec![
                Query::Replies { ticket: "35".to_owned(), after: None },
                Query::Replies { ticket: "35".to_owned(), after: Some("7".to_owned()) },
                Query::Ticket { ticket: "35".to_owned() },
                Query::Agent { id: "77".to_owned() },
                Query::Changed { since: NOW },
                Query::Health,
            ],
            Shelf::Platform => vec![
                Query::Context { thread: thread(Surface::Public, "1001_55"), message: message() },
                Query::Context { thread: thread(Surface::Direct, ""), message: message() },
                Query::Owner { message: "55_77".to_owned() },
                Query::Missed { since: NOW },
                Query::Health,
            ],
        };
        queries
            .extend(FILES.iter().flat_map(|by| [file_at(Surface::Public, by), file_at(Surface::Direct, by)]));
        queries
    }
}

/// By what files are fetched, of one connector or another.
const FILES: [&str; 5] = [
    "https://scontent.xx.fbcdn.net/v/7.jpg",
    "https://ton.twitter.com/1.1/ton/data/dm/7/7/x.jpg",
    "https://acme.zendesk.com/attachments/token/7/?name=x.jpg",
    "https://acme.freshdesk.com/helpdesk/attachments/7",
    "7001",
];

fn file_at(surface: Surface, by: &str) -> Query {
    let file = Some(FileRef::by(by));
    let attachment = Attachment { kind: "photo".to_owned(), url: None, title: None, file };
    Query::File { surface, message: "55_77".to_owned(), at: 0, attachment }
}

fn picture() -> RemoteFile {
    RemoteFile {
        url: FILES[0].to_owned(),
        headers: vec![("authorization".to_owned(), "Bearer hush-of-the-file".to_owned())],
        name: "photo.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: Some(70),
        head: b"\x89PNG".to_vec(),
    }
}

/// A webhook without its signature.
///
/// # Panics
/// Never: the address is a good one.
#[must_use]
pub fn unsigned(body: &[u8]) -> Request {
    let url: Url = "https://bridge.example/hooks/acme".parse().expect("an address");
    let mut request = Request::new(Method::POST, url).header("content-type", "application/json");
    request.body = body.to_vec().into();
    request
}

fn message() -> Message {
    Message {
        id: "55_77".to_owned(),
        author: Person { id: "2001".to_owned(), name: None },
        text: WORDS.to_owned(),
        attachments: Vec::new(),
        permalink: None,
        parent: Some("55_66".to_owned()),
        context: None,
    }
}

fn customer(requester: Option<&str>) -> Customer {
    Customer {
        platform: "facebook".to_owned(),
        person: Person { id: "2001".to_owned(), name: None },
        display_name: "Kim Park".to_owned(),
        requester: requester.map(str::to_owned),
    }
}

fn card(delivery: Delivery) -> Card {
    Card { delivery: Some(delivery), reply_by: Some(NOW), window: Window::Closing }
}

fn effects() -> Vec<(Effect, bool)> {
    let html = format!("<p>{WORDS}</p>");
    let ticket = |requester: Option<&str>, follow_up_of: Option<&str>| {
        Change::CreateTicket(NewTicket {
            conversation: "acme-facebook:post:1001_55:2001".to_owned(),
            customer: customer(requester),
            subject: WORDS.to_owned(),
            html: html.clone(),
            tags: vec!["deskbridge".to_owned()],
            permalink: Some("https://www.facebook.com/55_77".to_owned()),
            follow_up_of: follow_up_of.map(str::to_owned),
            contents: 7,
            parts: vec![7],
            card: Card::default(),
        })
    };
    let comment = |requester: Option<&str>, status| {
        let customer = customer(requester);
        let (ticket, html, parts) = ("35".to_owned(), html.clone(), vec![7, 8]);
        Change::AppendComment(NewComment { ticket, status, customer, html, parts, card: Card::default() })
    };
    let attach = |requester: Option<&str>, count| {
        let Change::AppendComment(comment) = comment(requester, TicketStatus::Open) else { unreachable!() };
        Change::AttachFiles(NewFiles { comment, files: vec![picture(); count] })
    };
    let note = |tags: &[&str], reopen: bool| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let status = TicketStatus::Solved;
        let card = reopen.then(|| card(Delivery::Failed));
        Change::AddNote(NewNote {
            mailed: reopen.then(|| html.clone()),
            ticket: "35".to_owned(),
            status,
            html: html.clone(),
            tags,
            untag: vec!["deskbridge_hide".to_owned()],
            reopen,
            card,
        })
    };
    let reply = |surface, hours: u64, form| {
        Change::PostReply(NewReply {
            surface,
            answers: "55_77".to_owned(),
            customer: "2001".to_owned(),
            text: WORDS.to_owned(),
            form,
            window_from: Some(Moment(NOW.0 - i64::try_from(hours * 3_600_000).expect("hours"))),
        })
    };
    let moderation = |verb, message: &str| {
        let text = if verb == Verb::Edit { WORDS.to_owned() } else { String::new() };
        Change::Moderate(Moderation { verb, message: message.to_owned(), text })
    };
    let redaction = |tickets: &[&str]| {
        let tickets = tickets.iter().map(|ticket| (*ticket).to_owned()).collect();
        let conversation = "acme-facebook:post:1001_55:2001".to_owned();
        Change::Redact(Redaction { message: 7, conversation, tickets, subject: WORDS.to_owned() })
    };
    let changes = vec![
        (ticket(Some("9"), None), true),
        (ticket(Some("9"), Some("34")), true),
        (ticket(None, None), false),
        (comment(Some("9"), TicketStatus::Open), true),
        (comment(Some("9"), TicketStatus::Solved), true),
        (comment(None, TicketStatus::Open), false),
        (note(&[], false), true),
        (note(&["deskbridge_failed"], true), false),
        (reply(Surface::Public, 1, ReplyForm::Text), true),
        (reply(Surface::Public, 1, ReplyForm::Private), true),
        (moderation(Verb::Hide, "55_77"), true),
        (moderation(Verb::Delete, "55_77"), true),
        (moderation(Verb::Withdraw, "77"), true),
        (moderation(Verb::Edit, "55_77"), true),
        (reply(Surface::Direct, 1, ReplyForm::Text), true),
        (reply(Surface::Direct, 48, ReplyForm::Text), true),
        (reply(Surface::Public, 1, ReplyForm::File(Some(Box::new(picture())))), false),
        (reply(Surface::Direct, 1, ReplyForm::File(Some(Box::new(picture())))), false),
        (attach(Some("9"), 1), false),
        (attach(None, 3), false),
        (redaction(&["35"]), false),
        (Change::ShowCard(CardUpdate { ticket: "35".to_owned(), card: card(Delivery::Accepted) }), false),
        (redaction(&["35", "34", "33"]), false),
        (
            Change::LinkTicket(TicketLink {
                ticket: "35".to_owned(),
                conversation: "acme-facebook:post:1001_55:2001".to_owned(),
                tags: vec!["deskbridge".to_owned()],
            }),
            false,
        ),
    ];
    let effect = |(nth, (change, first)): (usize, (Change, bool))| {
        let id = EffectId::of(&["conformance", &nth.to_string()]);
        let started_at = NOW.plus(Duration::from_secs(1));
        (Effect { id, first_started_at: NOW, started_at, change }, first)
    };
    changes.into_iter().enumerate().map(effect).collect()
}
