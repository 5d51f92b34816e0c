//! The life of a ticket: solved, closed, merged, deleted, and what then becomes of the conversation.

use std::time::Duration;

use deskbridge_engine::ports::HeldKind;
use deskbridge_engine::{put_back, sweep};
use deskbridge_tests::{Desk, House};
use serde_json::json;

const DAY: u64 = 24 * 3600;

async fn with_comment(desk: Desk) -> House {
    let house = House::open().await;
    desk.comment(&house, "First question");
    house.settle().await;
    house
}

#[tokio::test]
async fn a_new_comment_reopens_a_solved_ticket() {
    for desk in Desk::BOTH {
        for by_webhook in [true, false] {
            let house = with_comment(desk).await;
            house.pass(Duration::from_secs(600));
            desk.agent(&house, "solve", 1, "");
            if !by_webhook {
                house.lose_webhooks(desk.remote(&house));
                house.pass(Duration::from_secs(300));
                sweep(&house.bridge).await;
            }
            house.settle().await;
            house.pass(Duration::from_secs(3 * DAY));
            desk.comment(&house, "Second question");
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.status, "open", "by webhook: {by_webhook}");
            assert_eq!(ticket.times_said("Second question"), 1);
        }
    }
}

#[tokio::test]
async fn a_comment_after_months_lands_in_a_follow_up_of_the_closed_ticket() {
    for desk in Desk::BOTH {
        let house = with_comment(desk).await;
        desk.agent(&house, "solve", 1, "");
        house.settle().await;
        house.pass(Duration::from_secs(30 * DAY));
        desk.agent(&house, "close", 1, "");
        house.settle().await;
        house.pass(Duration::from_secs(90 * DAY));
        let comment = desk.comment(&house, "Second question");
        house.settle().await;
        let tickets = desk.tickets(&house);
        let ticket = tickets.last().unwrap();
        assert_eq!(ticket.times_said("Second question"), 1, "{tickets:#?}");
        if desk == Desk::Zendesk {
            assert_eq!(tickets.len(), 2);
            assert!(ticket.said()[0].contains("#1"), "linked to the old one: {ticket:#?}");
            assert_eq!(tickets[0].times_said("Second question"), 0);
        }
        desk.reply(&house, ticket.id, "Answer");
        house.settle().await;
        assert_eq!(house.page_comments(desk.page()), [(comment, "Answer".to_owned())]);
    }
}

#[tokio::test]
async fn an_answer_in_a_former_ticket_still_goes_out() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "First question");
        house.settle().await;
        desk.agent(&house, "solve", 1, "");
        house.settle().await;
        house.pass(Duration::from_secs(5 * DAY));
        desk.message(&house, "Second question");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2, "{tickets:#?} {}", house.told());
        desk.reply(&house, 1, "Answer in the old ticket");
        house.settle().await;
        assert_eq!(
            house.page_messages(desk.page(), desk.psid()),
            ["Answer in the old ticket"],
            "{}",
            house.told()
        );
        desk.reply(&house, tickets[1].id, "Answer in the new ticket");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()).len(), 2);
    }
}

#[tokio::test]
async fn a_direct_message_long_after_solving_opens_a_new_linked_ticket_and_soon_after_reopens() {
    for desk in Desk::BOTH {
        for (days, tickets) in [(3, 1), (5, 2)] {
            let house = House::open().await;
            desk.message(&house, "First question");
            house.settle().await;
            desk.agent(&house, "solve", 1, "");
            house.settle().await;
            house.pass(Duration::from_secs(days * DAY));
            desk.message(&house, "Second question");
            house.settle().await;
            let found = desk.tickets(&house);
            assert_eq!(found.len(), tickets, "{days} days: {found:#?} {}", house.told());
            let newest = found.last().unwrap();
            assert_eq!(newest.times_said("Second question"), 1);
            assert!(matches!(newest.status.as_str(), "open" | "new"), "{}", newest.status);
            assert!(tickets == 1 || newest.said()[0].contains("#1"), "{newest:#?}");
        }
    }
}

#[tokio::test]
async fn what_the_customer_removes_after_solving_does_not_lengthen_the_grace_period() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let message = desk.message(&house, "First question");
        house.settle().await;
        desk.agent(&house, "solve", 1, "");
        house.settle().await;
        house.pass(Duration::from_secs(3 * DAY));
        house.act(house.graph(), &json!({"do": "unsend", "id": message}));
        house.settle().await;
        house.pass(Duration::from_secs(2 * DAY));
        desk.message(&house, "Second question");
        house.settle().await;
        assert_eq!(desk.tickets(&house).len(), 2);
    }
}

#[tokio::test]
async fn messages_follow_a_merge_and_a_note_says_so() {
    for desk in Desk::BOTH {
        let house = with_comment(desk).await;
        house.comment(desk.post(), desk.other(), "Somebody else");
        house.settle().await;
        house.act(desk.remote(&house), &json!({"do": "merge", "ticket": 1, "into": 2, "text": "same"}));
        house.settle().await;
        desk.comment(&house, "Second question");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets[1].times_said("Second question"), 1, "{tickets:#?}");
        assert_eq!(tickets[0].times_said("Second question"), 0);
        assert_eq!(tickets[1].times_noted("was merged into this one"), 1, "{tickets:#?}");
        assert_eq!(tickets.len(), 2);
        assert_eq!(house.page_comments(desk.page()), [], "merge comments never go out");
    }
}

#[tokio::test]
async fn after_a_deletion_the_conversation_goes_on_in_a_new_ticket_with_a_note() {
    for desk in Desk::BOTH {
        let house = with_comment(desk).await;
        desk.agent(&house, "delete", 1, "");
        house.settle().await;
        desk.comment(&house, "Second question");
        house.settle().await;
        let tickets: Vec<_> = desk.tickets(&house).into_iter().filter(|ticket| ticket.id != 1).collect();
        assert_eq!(tickets.len(), 1, "{tickets:#?} {}", house.told());
        assert_eq!(tickets[0].times_said("Second question"), 1);
        assert_eq!(tickets[0].times_noted("which was deleted"), 1, "{tickets:#?}");
        desk.reply(&house, tickets[0].id, "Answer");
        house.settle().await;
        assert_eq!(house.page_comments(desk.page()).len(), 1);
    }
}

#[tokio::test]
async fn a_suspended_customers_messages_are_parked_and_can_be_put_back() {
    for desk in Desk::BOTH {
        let house = with_comment(desk).await;
        let customer = customer_id(&house, desk);
        let suspend = |on: bool| match desk {
            Desk::Zendesk => json!({"do": "suspend_user", "user": customer, "suspended": on}),
            Desk::Freshdesk => json!({"do": "block_contact", "contact": customer, "on": on}),
        };
        house.control(desk.remote(&house), &suspend(true));
        // A conversation of its own, so that the ticket has to be opened for the customer.
        let post = json!({"do": "post", "page": desk.page(), "person": desk.person(), "text": "A post"});
        house.act(house.graph(), &post);
        house.settle().await;
        let parked = house.parked().await;
        let told = house.told();
        assert!(!parked.is_empty(), "{told}");
        assert!(desk.tickets(&house).iter().all(|ticket| ticket.times_said("A post") == 0));
        house.control(desk.remote(&house), &suspend(false));
        for held in parked {
            put_back(&house.bridge, HeldKind::Parked, &held.id).await.unwrap();
        }
        house.settle().await;
        let said: usize = desk.tickets(&house).iter().map(|ticket| ticket.times_said("A post")).sum();
        assert_eq!(said, 1, "{told} {}", house.told());
        assert_eq!(house.parked().await, []);
    }
}

fn customer_id(house: &House, desk: Desk) -> u64 {
    if desk == Desk::Zendesk {
        return house.state(house.zendesk())["tickets"][0]["requester"]["id"].as_u64().unwrap_or_default();
    }
    let contacts = house.ask(desk.remote(house), "/api/v2/contacts", "demo-agent-key:X");
    contacts[0]["id"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn ten_waiting_messages_become_one_update_in_their_order() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello");
        house.settle().await;
        desk.remote(&house).take_calls();
        let words: Vec<String> = (0..10).map(|n| format!("part {n}.")).collect();
        for text in &words {
            desk.message(&house, text);
        }
        house.settle().await;
        assert_eq!(desk.remote(&house).take_calls().len(), 1);
        let said = desk.ticket(&house).said().join(" ");
        let positions: Vec<_> = words.iter().map(|text| said.find(text).unwrap()).collect();
        assert!(positions.is_sorted(), "{said}");
        assert_eq!(desk.ticket(&house).said().len(), 2);
    }
}

#[tokio::test]
async fn every_event_costs_no_more_calls_than_promised() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.comment(&house, "warm up");
        house.settle().await;
        let calls = || desk.remote(&house).take_calls();
        calls();
        desk.message(&house, "a new person");
        house.settle().await;
        assert!(calls().len() <= 2);
        desk.message(&house, "follow-up");
        house.settle().await;
        assert_eq!(calls().len(), 1);
        let direct = desk.tickets(&house)[1].id;
        house.graph().take_calls();
        desk.reply(&house, direct, "answer");
        house.settle().await;
        assert_eq!(
            (calls().len(), house.graph().take_calls().len()),
            (5, 1),
            "one read, one platform call, echo free; accepted and delivered are shown by a read and an update each"
        );
        let post =
            json!({"do": "post", "page": desk.page(), "person": desk.person(), "text": "a known person"});
        house.act(house.graph(), &post);
        house.settle().await;
        assert_eq!(calls().len(), 1);
    }
}
