//! Allocations on the way of one event: out of the verified body, through `plan`, into the item; and into the queue's message.

use allocation_counter::{AllocationInfo, measure};
use deskbridge_connectors::http::{Method, Request, Url};
use deskbridge_connectors::{Connector, Keys, REGISTRY, Registration, Shelf, Verified};
use deskbridge_core::conversation::Conversation;
use deskbridge_core::model::{Event, Place};
use deskbridge_core::{ConversationKey, Moment, Policy, plan};
use deskbridge_engine::Envelope;

use crate::item::policy;

/// The most allocations of reading, planning and encoding the item, per event.
const MOST: u64 = 60;

/// The most of writing the queue's message.
const MOST_QUEUED: u64 = 25;

/// A typical body of each surface: what a customer writes.
const TYPICAL: [(&str, &str); 7] = [
    ("facebook", "feed_comment"),
    ("facebook", "messenger_text"),
    ("instagram", "comment"),
    ("instagram", "dm_text"),
    ("whatsapp", "text"),
    ("x", "post_mention"),
    ("x", "dm_received"),
];

fn connector(registration: &Registration) -> std::sync::Arc<dyn Connector> {
    match (registration.open)(&(registration.sample_settings)(), Keys::default()) {
        Ok(connector) => connector,
        Err(problems) => panic!("{}: {problems:?}", registration.kind),
    }
}

fn verified(body: &[u8]) -> Verified {
    let url: Url = "https://bridge.example/hooks/acme".parse().expect("an address");
    let mut request = Request::new(Method::POST, url);
    request.body = body.to_vec().into();
    Verified::kept(request)
}

fn counted<T>(work: impl FnOnce() -> T) -> (AllocationInfo, T) {
    let mut made = None;
    let info = measure(|| made = Some(work()));
    (info, made.expect("it ran"))
}

fn planned(event: &Event, policy: &Policy) -> Conversation {
    let Place::Thread(thread) = &event.place else { panic!("a typical event has its thread") };
    let key = ConversationKey::new("acme", thread);
    let events = std::slice::from_ref(event);
    plan(&key, thread.surface, &Conversation::default(), events, policy, Moment(1_795_334_400_000)).next
}

#[test]
fn a_typical_event_costs_few_allocations() {
    let policy = policy();
    println!("{:<34} {:>6} {:>6} {:>6} {:>6} {:>6}", "allocations", "parse", "plan", "item", "all", "queue");
    for (kind, fixture) in TYPICAL {
        let registration = REGISTRY.iter().find(|one| one.kind == kind).expect("a connector");
        let file = format!("{fixture}.json");
        let body = registration.fixtures.iter().find(|one| one.name == file).expect("a fixture").body;
        let (connector, verified) = (connector(registration), verified(body));
        let (parsing, events) = counted(|| connector.parse(&verified).expect("a good body"));
        let event = events.into_iter().next().expect("an event").event;
        let envelope = Envelope::event("acme", event.clone(), Moment(1_795_334_400_000));
        let (queueing, _) = counted(|| envelope.encode());
        let (planning, next) = counted(|| planned(&event, &policy));
        let (storing, _) = counted(|| next.encode());
        let [parse, plan, item, queue] =
            [&parsing, &planning, &storing, &queueing].map(|info| info.count_total);
        let all = parse + plan + item;
        let what = format!("{kind} {fixture}");
        println!("{what:<34} {parse:>6} {plan:>6} {item:>6} {all:>6} {queue:>6}");
        assert!(all <= MOST && queue <= MOST_QUEUED, "{what}: {all} allocations, {queue} for the queue");
    }
}

#[test]
fn every_surface_has_a_typical_event() {
    for registration in REGISTRY.iter().filter(|one| one.shelf == Shelf::Platform) {
        let counted = TYPICAL.iter().filter(|(kind, _)| *kind == registration.kind).count();
        assert_eq!(counted, registration.surfaces.len(), "{}", registration.kind);
    }
}
