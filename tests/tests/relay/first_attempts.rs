//! The first attempt at a new ticket of a public conversation goes without a record of its intent where the helpdesk takes a
//! key. What happens when the process dies after it.

use std::time::Duration;

use deskbridge_engine::{Disposition, relay};
use deskbridge_tests::{Desk, House, delivery};

const DAY: Duration = Duration::from_secs(24 * 3600);
const HOUR: Duration = Duration::from_secs(3600);

/// A house in which the first message opened a ticket, and the process died before anything was recorded.
async fn after_an_unrecorded_attempt() -> House {
    for steps in 0..40 {
        let house = House::open().await;
        Desk::Zendesk.comment(&house, "First question");
        house.deliver_webhooks().await;
        let died = house.relay_and_die_after(steps);
        let (_, saves, _) = house.bridge.world.store.counts();
        if died && saves == 0 && Desk::Zendesk.tickets(&house).len() == 1 {
            return house.restart().await;
        }
    }
    panic!("a ticket is opened before anything is saved");
}

fn check(house: &House, said: &[&str]) {
    let tickets = Desk::Zendesk.tickets(house);
    assert_eq!(tickets.len(), 1, "{tickets:#?} {}", house.told());
    for text in said {
        assert_eq!(tickets[0].times_said(text), 1, "{text}: {:#?} {}", tickets[0], house.told());
    }
}

#[tokio::test]
async fn it_is_made_again_with_the_same_key_and_now_on_record() {
    let house = after_an_unrecorded_attempt().await;
    house.settle_within(DAY).await;
    check(&house, &["First question"]);
    assert_eq!(house.bridge.world.store.counts().1, 2, "one save before the request, one after it");
}

#[tokio::test]
async fn once_its_key_may_be_forgotten_it_is_looked_up() {
    let house = after_an_unrecorded_attempt().await;
    house.pass(3 * HOUR);
    house.settle_within(DAY).await;
    check(&house, &["First question"]);
}

#[tokio::test]
async fn what_waits_behind_it_is_not_taken_for_part_of_it() {
    for wait in [Duration::ZERO, 3 * HOUR] {
        let house = after_an_unrecorded_attempt().await;
        Desk::Zendesk.comment(&house, "Second question");
        Desk::Zendesk.comment(&house, "Third question");
        house.deliver_webhooks().await;
        house.pass(wait);
        house.settle_within(DAY).await;
        check(&house, &["First question", "Second question", "Third question"]);
    }
}

#[tokio::test]
async fn an_answer_in_its_ticket_is_published() {
    let house = after_an_unrecorded_attempt().await;
    Desk::Zendesk.reply(&house, 1, "Answer.");
    house.deliver_webhooks().await;
    house.settle_within(DAY).await;
    check(&house, &["First question"]);
    let published: Vec<_> =
        house.page_comments(Desk::Zendesk.page()).into_iter().map(|(_, text)| text).collect();
    assert_eq!(published, ["Answer."]);
    assert_eq!(house.parked().await, []);
}

#[tokio::test]
async fn another_message_is_not_lost_in_its_ticket_when_the_first_never_comes_back() {
    let house = after_an_unrecorded_attempt().await;
    house.pass(HOUR);
    let queue = &house.bridge.world.queue;
    for one in queue.claim(house.now(), 10).into_iter().flatten() {
        queue.finish(one.seq, None);
    }
    Desk::Zendesk.comment(&house, "Second question");
    house.settle_within(DAY).await;
    check(&house, &["First question", "Second question"]);
}

#[tokio::test]
async fn the_first_message_is_not_written_twice_when_it_comes_back_as_a_dead_letter() {
    let house = after_an_unrecorded_attempt().await;
    house.pass(HOUR);
    let queue = &house.bridge.world.queue;
    let dead: Vec<_> = queue.claim(house.now(), 10).into_iter().flatten().collect();
    for one in &dead {
        queue.finish(one.seq, None);
    }
    Desk::Zendesk.comment(&house, "Second question");
    house.settle_within(DAY).await;
    for one in &dead {
        let disposition = relay(&house.bridge, vec![delivery(&one.body, 1)], None).await;
        assert_eq!(disposition, [Disposition::Done]);
    }
    check(&house, &["First question", "Second question"]);
}

#[tokio::test]
async fn a_stale_read_opens_no_second_ticket() {
    let house = House::open().await;
    Desk::Zendesk.comment(&house, "First question");
    house.settle().await;
    // Zendesk has forgotten the key of the first ticket by now.
    house.pass(3 * HOUR);
    Desk::Zendesk.comment(&house, "Second question");
    house.deliver_webhooks().await;
    house.bridge.world.store.load_stale(1);
    house.settle_within(DAY).await;
    check(&house, &["First question", "Second question"]);
}
