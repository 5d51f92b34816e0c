//! How large the one item of a conversation is: made by the true `plan`, with ids as long as Facebook's.

use std::time::Duration;

use deskbridge_core::conversation::Ticket;
use deskbridge_core::model::{AgentReply, Message, Person, Place, Surface, Thread, TicketStatus, What};
use deskbridge_core::ring::{Ring, Seen};
use deskbridge_core::{Conversation, ConversationKey, Event, Moment, Policy, ledger, plan};

const NOW: Moment = Moment(1_795_334_400_000);
const HORIZON: Duration = Duration::from_secs(8 * 24 * 3600);
const ITEM_BYTES_MAX: usize = 1_024;
const TICKET: &str = "1234567";
const POST: &str = "102030405060708_122166513488123456";
const COMMENT: &str = "122166513488123456_1234567890123456";
const MESSAGE: &str =
    "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK48PnKAjSdjfipqxqMvK8ma6AC8fplwlqLP_5cgXIbu7I3rBN0P8";

fn policy() -> Policy {
    Policy {
        platform: "facebook",
        platform_title: "Facebook",
        grace: Duration::from_secs(4 * 24 * 3600),
        horizon: HORIZON,
        reply_characters_max: 2_000,
        reply_window: "",
        reply_window_length: None,
        links_cost: false,
        verbs: &[],
        reply_measure: deskbridge_core::text::Measure::Characters,
        reply_markup: deskbridge_core::text::Markup::None,
        give_up_after: Duration::from_secs(24 * 3600),
        card: deskbridge_core::policy::CardRules::default(),
        nudge_before: None,
        fallback_template: None,
        fallback_email: true,
        tags: Vec::new(),
        files: deskbridge_core::file::FilePolicy::default(),
        style: std::sync::Arc::default(),
        direct: None,
    }
}

/// A conversation with a ticket and a ring full of ids that are as old as they may become.
fn conversation(reply_to: &str) -> Conversation {
    let mut recent = Ring::default();
    let long_ago = Moment(NOW.0 - i64::try_from(HORIZON.as_millis()).expect("days") - 7_200_000);
    for nth in 0..Ring::ENTRIES_KEPT {
        recent.remember(Seen::Message(&format!("{COMMENT}-{nth}")), long_ago, HORIZON);
    }
    Conversation {
        generation: 2,
        ticket: Some(Ticket {
            id: TICKET.to_owned(),
            status: TicketStatus::Open,
            status_at: NOW,
            cursor: Some("41234567890123".to_owned()),
        }),
        requester: Some("41234567890999".to_owned()),
        recent,
        reply_to: Some(reply_to.to_owned()),
        window_from: Some(NOW),
        ..Conversation::default()
    }
}

fn thread(surface: Surface) -> Thread {
    let post = if surface == Surface::Public { POST } else { "" };
    Thread { surface, post: post.to_owned(), customer: "24012345678901234".to_owned() }
}

fn message(surface: Surface, nth: usize) -> Event {
    let id = if surface == Surface::Public { COMMENT } else { MESSAGE };
    let thread = thread(surface);
    let message = Message {
        id: format!("{id}{nth}"),
        author: Person { id: thread.customer.clone(), name: Some("Lena Fischer".to_owned()) },
        text: "A text that must not be in the item. ".repeat(40),
        attachments: Vec::new(),
        permalink: Some(format!("https://www.facebook.com/{id}")),
        parent: Some(POST.to_owned()),
        context: None,
    };
    Event {
        id: format!("message:{nth}"),
        at: NOW,
        place: Place::Thread(thread),
        what: What::Message(message),
    }
}

fn reply() -> Event {
    let reply = AgentReply {
        comment: "41234567890124".to_owned(),
        agent: Some("Ana".to_owned()),
        agent_id: None,
        earlier: None,
        target: None,
        html: "<p>A text that must not be in the item.</p>".to_owned(),
        attachments: Vec::new(),
        private: false,
    };
    let place = Place::Ticket { ticket: TICKET.to_owned(), conversation: None };
    Event { id: "reply:1".to_owned(), at: NOW, place, what: What::Reply(reply) }
}

fn removal(surface: Surface) -> Event {
    let What::Message(message) = message(surface, 1).what else { unreachable!("a message") };
    Event {
        id: "removal:1".to_owned(),
        what: What::Removed { message: message.id },
        ..self::message(surface, 1)
    }
}

/// The item as it is saved before the effect is made.
fn started(surface: Surface, events: &[Event]) -> Conversation {
    let key = ConversationKey::new("acme-facebook", &thread(surface));
    let reply_to = if surface == Surface::Public { COMMENT } else { MESSAGE };
    let mut next = plan(&key, surface, &conversation(reply_to), events, &policy(), NOW).next;
    ledger::begin(&mut next, NOW);
    next
}

#[test]
fn a_full_ring_and_one_open_effect_fit_into_a_kilobyte() {
    for (surface, id) in [(Surface::Public, COMMENT), (Surface::Direct, MESSAGE)] {
        let ten: Vec<Event> = (0..10).map(|nth| message(surface, nth)).collect();
        for (what, events) in [
            ("nothing under way", &[][..]),
            ("a customer's message under way", &ten[..1]),
            ("ten customers' messages under way", &ten),
            ("an agent's reply under way", &[reply()]),
            ("a removal under way", &[removal(surface)]),
        ] {
            let item = started(surface, events);
            assert!(item.recent.len() >= Ring::ENTRIES_KEPT, "{what}: the ring is not full");
            // A removal is redacted and told.
            let effects = if what.starts_with("a removal") { 2 } else { usize::from(!events.is_empty()) };
            assert_eq!(item.open.len(), effects, "{what}: {:?}", item.open);
            let bytes = item.encode();
            println!("{surface:?} | {what:36} | {:4} B", bytes.len());
            assert!(bytes.len() <= ITEM_BYTES_MAX, "{surface:?} {what}: {} B", bytes.len());
            assert_eq!(Conversation::decode(&bytes), Ok(item), "{what}");
            let words = b"must not be in the item";
            assert!(!bytes.windows(words.len()).any(|window| window == words), "{what}: a text is stored");
            assert!(
                bytes.windows(id.len()).any(|window| window == id.as_bytes()),
                "{what}: where replies go"
            );
        }
    }
}
