//! Answers of Instagram that never came.

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};

use super::{comment, customer, pair, post, published, sent, write};

/// The ticket in which the customer said this.
fn ticket_of(house: &House, desk: Desk, words: &str) -> u64 {
    desk.tickets(house).iter().find(|ticket| ticket.times_said(words) > 0).expect("the ticket").id
}

fn fault(path: &str, kind: FaultKind) -> FaultRule {
    FaultRule { method: Some("POST".to_owned()), path: path.to_owned(), kind, times: 1, skip: 0 }
}

#[tokio::test]
async fn a_lost_answer_is_found_by_looking_it_up() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        write(&house, desk, "Hello?");
        house.settle().await;
        for path in ["/replies", "/messages"] {
            house.graph().fault(fault(path, FaultKind::LostAfter));
        }
        desk.reply(&house, ticket_of(&house, desk, "Is it loud?"), "A whisper.");
        desk.reply(&house, ticket_of(&house, desk, "Hello?"), "Good day.");
        house.deliver_webhooks().await;
        house.relay_due().await;
        assert_eq!(house.lose_webhooks(house.graph()), 2, "both echoes");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&comment, "A whisper.")], "published once");
        assert_eq!(sent(&house, desk), ["Good day."], "sent once");
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.notes(), [""; 0], "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn what_was_lost_on_the_way_is_never_sent_twice_and_agents_are_told() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        comment(&house, post(desk), customer(desk).0, "Is it loud?");
        write(&house, desk, "Hello?");
        house.settle().await;
        for path in ["/replies", "/messages"] {
            house.graph().fault(fault(path, FaultKind::LostBefore));
        }
        desk.reply(&house, ticket_of(&house, desk, "Is it loud?"), "A whisper.");
        desk.reply(&house, ticket_of(&house, desk, "Hello?"), "Good day.");
        house.settle().await;
        assert_eq!((published(&house, desk), sent(&house, desk)), (vec![], vec![]));
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.times_noted("COULD NOT CONFIRM"), 1, "{ticket:#?}");
        }
    }
}
