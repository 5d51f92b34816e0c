//! What is counted: for each sample webhook what it takes to read and to plan it, for each kind of effect its first request,
//! and for each surface an item.

use std::hint::black_box;

use deskbridge_connectors::Verified;
use deskbridge_core::conversation::Ticket;
use deskbridge_core::effect::EffectKind;
use deskbridge_core::model::{Event, Place, Surface, TicketStatus};
use deskbridge_core::ring::{Ring, Seen};
use deskbridge_core::{Conversation, ConversationKey, Policy, plan};
use deskbridge_engine::{Directory, Envelope};
use deskbridge_laws::subjects::{NOW, Subject, subjects, unsigned};

use crate::accounts;

/// Something that is counted.
pub(crate) struct Case {
    /// What is done, with what.
    pub(crate) name: String,
    work: Box<dyn Fn()>,
}

impl Case {
    fn new<T>(name: String, work: impl Fn() -> T + 'static) -> Self {
        Self { name, work: Box::new(move || drop(black_box(work()))) }
    }

    /// Does it: once so that everything is ready, and once so that it is counted.
    pub(crate) fn run(&self) {
        (self.work)();
        counted_by_callgrind(&self.work);
    }
}

/// Callgrind counts inside of the function of this name only.
#[inline(never)]
fn counted_by_callgrind(work: &dyn Fn()) {
    work();
}

/// What a customer typically writes: the sample of each surface that items and the queue's messages are counted with.
pub(crate) const TYPICAL: [(&str, &str); 7] = [
    ("facebook", "feed_comment"),
    ("facebook", "messenger_text"),
    ("instagram", "comment"),
    ("instagram", "dm_text"),
    ("whatsapp", "text"),
    ("x", "post_mention"),
    ("x", "dm_received"),
];

/// Everything that is counted, in the order of the record.
pub(crate) fn all() -> Vec<Case> {
    let directory = accounts::open();
    let mut cases = Vec::new();
    for subject in subjects() {
        for fixture in subject.registration.fixtures {
            let name = fixture.name.trim_end_matches(".json");
            let verified = Verified::kept(unsigned(fixture.body));
            let events = events_of(&subject, &verified);
            let connector = subject.connector.clone();
            cases.push(Case::new(format!("parse {} {name}", subject.kind()), move || {
                connector.parse(&verified)
            }));
            if let Some(talk) = Talk::of(&directory, &subject, &events) {
                cases.extend(talk.cases(subject.kind(), name));
            }
        }
        cases.extend(steps(&subject));
    }
    cases
}

/// The first request of each kind of effect that the connector speaks.
fn steps(subject: &Subject) -> Vec<Case> {
    let session = subject.session();
    let mut cases: Vec<Case> = Vec::new();
    for (effect, _) in subject.effects() {
        let surface = match effect.change.kind() {
            EffectKind::PostReply(surface) | EffectKind::PostFile(surface) => {
                format!(" {surface:?}").to_lowercase()
            }
            _ => String::new(),
        };
        let name = format!("step {} {}{surface}", subject.kind(), effect.change.kind().name());
        if cases.iter().all(|case| case.name != name) {
            let (connector, session) = (subject.connector.clone(), session.clone());
            cases.push(Case::new(name, move || connector.step(&effect, &session, &[])));
        }
    }
    cases
}

fn events_of(subject: &Subject, verified: &Verified) -> Vec<Event> {
    let inbound = subject.connector.parse(verified).unwrap_or_default();
    inbound.into_iter().map(|inbound| inbound.event).collect()
}

/// The first conversation of a webhook, and its events. It has a ticket, and has seen as much as it keeps.
#[derive(Clone)]
struct Talk {
    key: ConversationKey,
    surface: Surface,
    before: Conversation,
    events: Vec<Event>,
    policy: Policy,
}

impl Talk {
    fn of(directory: &Directory, subject: &Subject, events: &[Event]) -> Option<Self> {
        let thread_of = |event: &Event| match &event.place {
            Place::Thread(thread) => Some(thread.clone()),
            _ => None,
        };
        let thread = events.iter().find_map(thread_of)?;
        let account = directory.get(subject.kind())?;
        let helpdesk = directory.helpdesk_of(account)?;
        let of_thread = |event: &&Event| thread_of(event).as_ref() == Some(&thread);
        Some(Self {
            key: ConversationKey::new(&account.name, &thread),
            surface: thread.surface,
            before: known(&account.policy),
            events: events.iter().filter(of_thread).cloned().collect(),
            policy: helpdesk.limiting(account.policy_on(thread.surface, helpdesk)),
        })
    }

    fn plan(&self) -> Conversation {
        plan(&self.key, self.surface, &self.before, &self.events, &self.policy, NOW).next
    }

    fn cases(self, kind: &str, fixture: &str) -> Vec<Case> {
        let item = self.plan();
        let (bytes, envelope) = (item.encode(), Envelope::event("acme", self.events[0].clone(), NOW));
        let message = envelope.encode();
        let name = |what: &str| format!("{what} {kind} {fixture}");
        let mut cases = vec![Case::new(name("plan"), move || self.plan())];
        if TYPICAL.contains(&(kind, fixture)) {
            cases.push(Case::new(name("encode"), move || item.encode()));
            cases.push(Case::new(name("decode"), move || Conversation::decode(&bytes)));
            cases.push(Case::new(name("queue"), move || envelope.encode()));
            cases.push(Case::new(name("unqueue"), move || Envelope::decode(&message)));
        }
        cases
    }
}

fn known(policy: &Policy) -> Conversation {
    let mut recent = Ring::default();
    for nth in 0..Ring::ENTRIES_KEPT {
        recent.remember(Seen::Message(&format!("an earlier message {nth}")), NOW, policy.horizon);
    }
    let ticket = Ticket {
        id: "1234567".to_owned(),
        status: TicketStatus::Open,
        status_at: NOW,
        cursor: Some("41234567890123".to_owned()),
    };
    Conversation { ticket: Some(ticket), recent, ..Conversation::default() }
}
