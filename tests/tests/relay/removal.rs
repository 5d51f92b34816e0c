//! What a customer removes on the platform leaves the helpdesk as well, and the note says that something was removed.

use std::time::Duration;

use deskbridge_tests::{Desk, House, TicketView};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The customer takes a direct message back.
fn unsend(house: &House, message: &str) {
    house.act(house.graph(), &json!({"do": "unsend", "id": message}));
}

/// What anybody can read in a ticket, its subject included.
fn shown(ticket: &TicketView) -> String {
    let entries = ticket.entries.iter().map(|entry| entry.html.as_str());
    entries.chain([ticket.subject.as_str()]).collect::<Vec<_>>().join("\n")
}

fn all_shown(house: &House, desk: Desk) -> String {
    desk.tickets(house).iter().map(shown).collect()
}

async fn at_rest(house: &House) {
    assert_eq!(house.parked().await, [], "{}", house.told());
    assert_eq!(house.quarantined().await, []);
    assert_eq!(house.bridge.world.queue.depth(), 0, "{}", house.told());
    assert!(house.bridge.ill_accounts().is_empty(), "{}", house.told());
}

/// Whether the right to redact is there.
fn right(house: &House, desk: Desk, granted: bool) {
    let control = match desk {
        Desk::Zendesk => json!({"do": "redaction", "allowed": granted}),
        Desk::Freshdesk => json!({"do": "editing", "on": granted}),
    };
    house.control(desk.remote(house), &control);
}

#[tokio::test]
async fn the_only_message_leaves_the_ticket_and_its_subject() {
    for desk in Desk::BOTH {
        for public in [false, true] {
            let house = House::open().await;
            let words = "My card is 4711 & see https://a.example/secret?x=1";
            let id = if public { desk.comment(&house, words) } else { desk.message(&house, words) };
            house.settle().await;
            assert!(desk.ticket(&house).subject.contains("4711"));
            let deed = if public { "remove" } else { "unsend" };
            house.act(house.graph(), &json!({"do": deed, "id": id}));
            house.settle().await;
            let ticket = desk.ticket(&house);
            let shown = shown(&ticket);
            assert!(!shown.contains("4711") && !shown.contains("secret"), "{ticket:#?}");
            assert!(ticket.subject.starts_with("Facebook "), "{}", ticket.subject);
            assert_eq!(ticket.times_noted("removed a message"), 1, "{ticket:#?}");
            assert_eq!(ticket.notes().len(), 1, "{ticket:#?}");
            at_rest(&house).await;
        }
    }
}

#[tokio::test]
async fn a_message_in_the_middle_of_a_burst_leaves_alone() {
    for desk in Desk::BOTH {
        for opening in [true, false] {
            let house = House::open().await;
            if !opening {
                desk.message(&house, "Good morning.");
                house.settle().await;
            }
            desk.message(&house, "First of three");
            let second = desk.message(&house, "Second of three");
            desk.message(&house, "Third of three");
            house.settle().await;
            unsend(&house, &second);
            house.settle().await;
            let ticket = desk.ticket(&house);
            for (words, times) in [("First of", 1), ("Second of", 0), ("Third of", 1)] {
                assert_eq!(ticket.times_said(words), times, "{words} {ticket:#?}");
            }
            assert_eq!(ticket.subject.contains("First of three"), opening, "{}", ticket.subject);
            assert_eq!(ticket.times_noted("removed a message"), 1, "{ticket:#?}");
            at_rest(&house).await;
            // The conversation goes on, and agents' answers are still read.
            desk.reply(&house, ticket.id, "Answer.");
            desk.message(&house, "Thanks.");
            house.settle().await;
            assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Answer."], "{}", house.told());
            assert_eq!(desk.ticket(&house).times_said("Thanks."), 1);
        }
    }
}

#[tokio::test]
async fn a_message_leaves_with_its_earlier_text() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Good morning.");
        let id = desk.message(&house, "Size M, card 4711");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "edit", "id": id, "text": "Size L, card 4712"}));
        house.settle().await;
        unsend(&house, &id);
        house.settle().await;
        let shown = all_shown(&house, desk);
        assert!(!shown.contains("4711") && !shown.contains("4712"), "{shown}");
        assert!(shown.contains("Good morning."), "{shown}");
        at_rest(&house).await;
    }
}

#[tokio::test]
async fn all_of_a_burst_may_be_removed_one_after_the_other_or_at_once() {
    for desk in Desk::BOTH {
        for at_once in [false, true] {
            let house = House::open().await;
            let ids: Vec<String> =
                ["First rash", "Second rash", "Third rash"].map(|words| desk.message(&house, words)).into();
            house.settle().await;
            for id in &ids {
                unsend(&house, id);
                if !at_once {
                    house.settle().await;
                }
            }
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert!(!shown(&ticket).contains("rash"), "{ticket:#?}");
            assert_eq!(ticket.notes().len(), if at_once { 1 } else { 3 }, "{ticket:#?}");
            at_rest(&house).await;
        }
    }
}

#[tokio::test]
async fn removed_twice_is_removed_once() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let id = desk.message(&house, "Something rash.");
        house.settle().await;
        unsend(&house, &id);
        house.repeat_webhooks(house.graph(), 2).await;
        house.settle().await;
        desk.remote(&house).take_calls();
        // The same once more, told by another event.
        let again = json!({"sender": {"id": desk.psid()}, "recipient": {"id": desk.page()}, "timestamp": 1_795_000_900_000_i64,
            "message": {"mid": id, "is_deleted": true}});
        let body = json!({"object": "page", "entry": [{"id": desk.page(), "time": 1_795_000_900_000_i64, "messaging": [again]}]});
        assert_eq!(house.knock_signed(desk.door(), body.to_string().as_bytes()).await.status, 200);
        house.settle().await;
        let writes = desk.remote(&house).take_calls();
        let redactions = writes.iter().filter(|call| call.starts_with("PUT ")).count();
        assert_eq!(redactions, 0, "it is done already: {writes:?}");
        assert!(!all_shown(&house, desk).contains("rash"));
        at_rest(&house).await;
    }
}

#[tokio::test]
async fn what_is_removed_before_it_is_written_needs_no_redaction() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Good morning.");
        house.settle().await;
        let id = desk.message(&house, "Something rash.");
        unsend(&house, &id);
        desk.remote(&house).take_calls();
        house.settle().await;
        let calls = desk.remote(&house).take_calls();
        assert!(
            !calls.iter().any(|call| call.contains("redact") || call.contains("PUT /api/v2/conversations"))
        );
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("removed this message before it arrived"), 1, "{ticket:#?}");
        assert!(!shown(&ticket).contains("rash"), "{ticket:#?}");
        at_rest(&house).await;
    }
}

#[tokio::test]
async fn a_message_leaves_the_earlier_ticket_of_its_conversation() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Good morning.");
        house.settle().await;
        let id = desk.message(&house, "Something rash.");
        house.settle().await;
        desk.agent(&house, "solve", 1, "");
        house.settle().await;
        house.pass(5 * DAY);
        if desk == Desk::Zendesk {
            house.control(house.zendesk(), &json!({"do": "close", "ticket": 1}));
        }
        desk.message(&house, "Hello again.");
        house.settle().await;
        assert_eq!(desk.tickets(&house).len(), 2, "{}", house.told());
        unsend(&house, &id);
        house.settle().await;
        let shown = all_shown(&house, desk);
        assert!(!shown.contains("rash"), "{shown}");
        assert!(shown.contains("Good morning.") && shown.contains("Hello again."), "{shown}");
        assert!(shown.contains("The earlier part of this conversation is in ticket #1"), "{shown}");
        let second = &desk.tickets(&house)[1];
        assert_eq!(second.times_noted("removed a message"), 1, "{second:#?}");
        assert_eq!(second.times_noted("NOT REDACTED"), 0, "{second:#?}");
        at_rest(&house).await;
    }
}

#[tokio::test]
async fn the_subject_of_a_closed_ticket_stays_and_a_note_says_so() {
    let (desk, house) = (Desk::Zendesk, House::open().await);
    let id = desk.message(&house, "Something rash.");
    house.settle().await;
    desk.agent(&house, "close", 1, "");
    desk.message(&house, "Hello again.");
    house.settle().await;
    unsend(&house, &id);
    house.settle().await;
    let tickets = desk.tickets(&house);
    assert_eq!(tickets[0].times_said("rash"), 0, "{tickets:#?}");
    assert!(tickets[0].subject.contains("rash"), "{tickets:#?}");
    assert_eq!(tickets[1].times_noted("NOT REDACTED"), 1, "{tickets:#?}");
    assert_eq!(tickets[1].times_noted("ticket #1"), 1, "{tickets:#?}");
    assert!(tickets[1].has_tag("deskbridge_unredacted"));
    at_rest(&house).await;
}

#[tokio::test]
async fn where_a_closed_ticket_takes_no_note_the_operator_is_told() {
    let (desk, house) = (Desk::Zendesk, House::open().await);
    let id = desk.message(&house, "Something rash.");
    house.settle().await;
    desk.agent(&house, "close", 1, "");
    unsend(&house, &id);
    house.settle().await;
    assert_eq!(desk.ticket(&house).times_said("rash"), 0, "comments of closed tickets can be redacted");
    let parked = house.parked().await;
    assert_eq!(parked.len(), 1, "{}", house.told());
    assert!(parked[0].reason.contains("(not_redacted)"), "{}", parked[0].reason);
    assert_eq!(house.bridge.world.queue.depth(), 0);
}

#[tokio::test]
async fn a_missing_right_is_told_in_a_note_and_nothing_else_waits() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let id = desk.message(&house, "Something rash.");
        house.settle().await;
        right(&house, desk, false);
        unsend(&house, &id);
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("NOT REDACTED"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("lacks the right"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("The customer removed a message"), 1, "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge_unredacted"), "{ticket:#?}");
        assert_eq!(ticket.times_said("rash"), 1);
        at_rest(&house).await;
        // Later ones go by themselves once the right is there.
        let second = desk.message(&house, "Another rash one.");
        house.settle().await;
        right(&house, desk, true);
        unsend(&house, &second);
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_said("Another"), ticket.times_noted("NOT REDACTED")), (0, 1), "{ticket:#?}");
    }
}

#[tokio::test]
async fn without_agent_workspace_the_older_way_is_taken() {
    let (desk, house) = (Desk::Zendesk, House::open().await);
    house.control(house.zendesk(), &json!({"do": "redaction", "workspace": false}));
    desk.message(&house, "Good morning & well.");
    let id = desk.message(&house, "Something rash & long\nin two lines");
    house.settle().await;
    unsend(&house, &id);
    house.settle().await;
    let ticket = desk.ticket(&house);
    assert!(!shown(&ticket).contains("rash") && !shown(&ticket).contains("two lines"), "{ticket:#?}");
    assert_eq!(ticket.times_said("Good morning & well."), 1, "{ticket:#?}");
    assert_eq!(ticket.times_noted("NOT REDACTED"), 0, "{ticket:#?}");
    at_rest(&house).await;
}

#[tokio::test]
async fn a_helpdesk_that_is_down_is_waited_for() {
    for desk in Desk::BOTH {
        for hours in [2, 30] {
            let house = House::open().await;
            let id = desk.message(&house, "Something rash.");
            house.settle().await;
            house.control(desk.remote(&house), &json!({"do": "maintenance", "on": true}));
            unsend(&house, &id);
            house.settle_within(hours * HOUR).await;
            house.control(desk.remote(&house), &json!({"do": "maintenance", "on": false}));
            house.settle_within(DAY).await;
            let ticket = desk.ticket(&house);
            let given_up = usize::from(hours > 24);
            assert_eq!(ticket.times_said("rash"), given_up, "{hours} {ticket:#?}");
            assert_eq!(ticket.times_noted("could not be reached"), given_up, "{hours} {ticket:#?}");
            assert_eq!(ticket.times_noted("The customer removed a message"), 1, "{hours} {ticket:#?}");
            assert_eq!(house.bridge.world.queue.depth(), 0, "{}", house.told());
        }
    }
}

#[tokio::test]
async fn a_ticket_that_agents_deleted_needs_nothing() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let id = desk.message(&house, "Something rash.");
        house.settle().await;
        house.act(desk.remote(&house), &json!({"do": "delete", "ticket": 1}));
        house.settle().await;
        unsend(&house, &id);
        house.settle().await;
        assert_eq!(house.bridge.world.queue.depth(), 0);
        assert_eq!(house.parked().await, [], "{}", house.told());
    }
}
