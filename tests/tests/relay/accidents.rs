//! The process dies at any point of its work, a twin works on the same conversation, the store fails.

use std::time::Duration;

use deskbridge_engine::{Delivery, relay};
use deskbridge_tests::delivery;
use deskbridge_tests::{Desk, House};
use serde_json::json;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// No piece of work needs more steps than this.
const STEPS_MAX: usize = 400;

/// What the process was doing when it died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    New,
    FollowUp,
    Note,
    Reply,
    LongReply,
    PublicReply,
}

const WORKS: [Work; 6] =
    [Work::New, Work::FollowUp, Work::Note, Work::Reply, Work::LongReply, Work::PublicReply];

/// A house in which this work is all there is to do, and already queued.
async fn about_to(desk: Desk, work: Work) -> House {
    let house = House::open().await;
    if work == Work::PublicReply {
        desk.comment(&house, "First question");
    } else {
        let message = desk.message(&house, "First question");
        if work == Work::Note {
            house.settle().await;
            house.act(house.graph(), &json!({"do": "unsend", "id": message}));
        }
    }
    if work != Work::New {
        house.settle().await;
    }
    match work {
        Work::New | Work::Note => {}
        Work::FollowUp => drop(desk.message(&house, "Second question")),
        Work::Reply | Work::PublicReply => desk.reply(&house, 1, "Answer."),
        Work::LongReply => desk.reply(&house, 1, &long_reply()),
    }
    if work == Work::Note {
        return about_to_note(desk).await;
    }
    house.deliver_webhooks().await;
    house
}

async fn about_to_note(desk: Desk) -> House {
    let house = House::open().await;
    let message = desk.message(&house, "First question");
    house.settle().await;
    house.act(house.graph(), &json!({"do": "unsend", "id": message}));
    house.deliver_webhooks().await;
    house
}

fn long_reply() -> String {
    (0..120).map(|n| format!("This is sentence number {n}. ")).collect()
}

async fn check(house: &House, desk: Desk, work: Work, what: &str) {
    let tickets = desk.tickets(house);
    assert_eq!(tickets.len(), 1, "{what}");
    let ticket = &tickets[0];
    let stands = usize::from(work != Work::Note);
    assert_eq!(ticket.times_said("First question"), stands, "{what} {ticket:#?}");
    assert_eq!(ticket.times_noted("NOT REDACTED"), 0, "{what} {ticket:#?}");
    let unconfirmed = ticket.times_noted("COULD NOT CONFIRM");
    match work {
        Work::New => {}
        Work::FollowUp => assert_eq!(ticket.times_said("Second question"), 1, "{what} {ticket:#?}"),
        Work::Note => assert_eq!(ticket.times_noted("removed a message"), 1, "{what} {ticket:#?}"),
        Work::Reply => {
            let sent = house.page_messages(desk.page(), desk.psid()).len();
            assert_eq!(sent + unconfirmed, 1, "{what} {ticket:#?}");
        }
        Work::PublicReply => {
            assert_eq!(house.page_comments(desk.page()).len() + unconfirmed, 1, "{what} {ticket:#?}");
        }
        Work::LongReply => {
            let sent = house.page_messages(desk.page(), desk.psid());
            let mut distinct = sent.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), sent.len(), "nothing twice: {what}");
            assert!(unconfirmed == 1 || sent.len() == 2, "{sent:?} {what}");
        }
    }
    assert_eq!(house.parked().await, [], "{what}");
    assert_eq!(house.quarantined().await, [], "{what}");
    assert_eq!(house.bridge.world.queue.depth(), 0, "{what}");
}

#[tokio::test]
async fn a_process_that_dies_at_any_point_loses_nothing_and_doubles_nothing() {
    for desk in Desk::BOTH {
        for work in WORKS {
            let mut steps = 0;
            loop {
                let house = about_to(desk, work).await;
                let died = house.relay_and_die_after(steps);
                let house = house.restart().await;
                house.settle_within(DAY).await;
                check(&house, desk, work, &format!("{desk:?} {work:?} after {steps} steps {}", house.told()))
                    .await;
                if !died {
                    break;
                }
                steps += 1;
                assert!(steps < STEPS_MAX, "it never ends");
            }
            assert!(steps > 4, "{work:?} was really interrupted");
        }
    }
}

#[tokio::test]
async fn a_process_that_dies_again_while_it_recovers_loses_nothing_and_doubles_nothing() {
    for desk in Desk::BOTH {
        for work in [Work::New, Work::FollowUp, Work::Reply] {
            for first in [5, 6, 7, 8] {
                for second in 0..16 {
                    let house = about_to(desk, work).await;
                    house.relay_and_die_after(first);
                    let house = house.restart().await;
                    house.pass(Duration::from_secs(200));
                    house.relay_and_die_after(second);
                    let house = house.restart().await;
                    house.settle_within(DAY).await;
                    let what = format!("{desk:?} {work:?} after {first}, then {second} {}", house.told());
                    check(&house, desk, work, &what).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn two_processes_with_the_same_delivery_do_its_work_once() {
    for desk in Desk::BOTH {
        for work in WORKS {
            let house = about_to(desk, work).await;
            let mut again = Vec::new();
            for batch in house.bridge.world.queue.claim(house.now(), 10) {
                let deliveries: Vec<Delivery> = batch.iter().map(|one| delivery(&one.body, 1)).collect();
                let twin = relay(&house.bridge, deliveries.clone(), None);
                tokio::join!(relay(&house.bridge, deliveries, None), twin);
                again.extend(batch);
            }
            // Neither lived to say so: everything comes again.
            for one in again {
                house.bridge.world.queue.finish(one.seq, Some(house.now().plus(Duration::from_secs(30))));
            }
            house.settle_within(DAY).await;
            check(&house, desk, work, &format!("{desk:?} {work:?} {}", house.told())).await;
        }
    }
}

#[tokio::test]
async fn saves_that_fail_or_whose_answers_are_lost_lose_and_double_nothing() {
    for desk in Desk::BOTH {
        for work in WORKS {
            for (refused, lost) in [(1, 0), (3, 0), (0, 1), (0, 2), (0, 3), (2, 2)] {
                let house = about_to(desk, work).await;
                house.bridge.world.store.refuse_saves(refused);
                house.bridge.world.store.lose_save_answers(lost);
                house.settle_within(DAY).await;
                check(&house, desk, work, &format!("{desk:?} {work:?} {refused} {lost} {}", house.told()))
                    .await;
            }
        }
    }
}

#[tokio::test]
async fn a_restart_between_any_two_steps_changes_nothing() {
    for desk in Desk::BOTH {
        let mut house = House::open().await;
        desk.message(&house, "First question");
        for _ in 0..3 {
            house.deliver_webhooks().await;
            house = house.restart().await;
            house.relay_due().await;
            house = house.restart().await;
        }
        desk.reply(&house, 1, "Answer.");
        for _ in 0..5 {
            house.deliver_webhooks().await;
            house = house.restart().await;
            house.relay_due().await;
            house = house.restart().await;
        }
        house.settle_within(DAY).await;
        check(&house, desk, Work::Reply, "restarts").await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Answer."]);
    }
}

#[tokio::test]
async fn a_lost_memory_is_shown_to_the_operator() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "First question");
        house.settle().await;
        house.bridge.world.store.forget(&desk.ticket(&house).conversation);
        desk.reply(&house, 1, "Answer.");
        house.settle().await;
        let parked = house.parked().await;
        assert_eq!(parked.len(), 1);
        assert!(parked[0].reason.contains("does not remember"), "{}", parked[0].reason);
    }
}
