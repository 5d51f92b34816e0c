//! Order, holding back, coming again.

use std::time::Duration;

use deskbridge_engine::ports::{Held, HeldKind, Queue, Store};

use super::*;
use crate::sqlite::memory;

#[tokio::test]
async fn each_group_comes_in_order_and_to_one_claim_at_a_time() {
    let bench = Bench::new();
    bench.send(&[("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3")]).await;
    let first = bench.claim(10, 2).await;
    assert_eq!(names(&first), ["a:a1,a2", "b:b1"]);
    bench.send(&[("b", "b2"), ("c", "c1")]).await;
    assert_eq!(bench.claim_names().await, ["c:c1"]);
    // Half of a claim does not free the group.
    bench.finish(&first[0][..1], &Settle::Done).await;
    assert_eq!(bench.claim_names().await, Vec::<String>::new());
    bench.finish(&first[0][1..], &Settle::Done).await;
    assert_eq!(bench.claim_names().await, ["a:a3"]);
    bench.finish(&first[1], &Settle::Done).await;
    assert_eq!(bench.claim_names().await, ["b:b2"]);
    assert_eq!(bench.file.depth(), 3);
}

#[tokio::test]
async fn a_delivery_that_must_come_again_holds_back_its_group_and_no_other() {
    let bench = Bench::new();
    bench.send(&[("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1")]).await;
    let claimed = bench.claim(10, 10).await;
    bench.finish(&claimed[0][..1], &Settle::Done).await;
    bench.finish(&claimed[0][1..], &again(30)).await;
    bench.finish(&claimed[1], &Settle::Done).await;
    bench.send(&[("a", "a4"), ("b", "b2")]).await;
    assert_eq!(bench.claim_names().await, ["b:b2"]);
    let due = Moment(START + 30_000);
    assert_eq!(
        bench.file.next_visible(HeldBack::default()).await.unwrap(),
        Some(due.min(Moment(START).plus(LEASE)))
    );
    bench.clock.forward(Duration::from_secs(30));
    let second = bench.claim(10, 10).await;
    assert_eq!(names(&second), ["a:a2,a3,a4"]);
    let receives: Vec<u32> = second[0].iter().map(|one| one.receives).collect();
    assert_eq!(receives, [2, 2, 1]);
}

#[tokio::test]
async fn long_groups_take_turns_with_the_others() {
    let bench = Bench::new();
    let long: Vec<String> = (1..=6).map(|number| format!("a{number}")).collect();
    let events: Vec<_> = long.iter().map(|id| ("a", id.as_str())).collect();
    bench.send(&events).await;
    bench.clock.forward(Duration::from_millis(1));
    bench.send(&[("b", "b1"), ("c", "c1")]).await;
    let mut order = Vec::new();
    for _ in 0..4 {
        bench.clock.forward(Duration::from_millis(1));
        let claimed = bench.claim(1, 2).await;
        order.extend(names(&claimed));
        bench.finish(&claimed[0], &Settle::Done).await;
    }
    assert_eq!(order, ["a:a1,a2", "b:b1", "c:c1", "a:a3,a4"]);
}

#[tokio::test]
async fn what_was_not_finished_comes_again_after_a_restart() {
    let bench = Bench::new();
    bench.send(&[("a", "a1"), ("a", "a2"), ("b", "b1")]).await;
    let claimed = bench.claim(10, 10).await;
    bench.finish(&claimed[1], &again(30)).await;
    let bench = bench.reopen();
    let second = bench.claim(10, 10).await;
    assert_eq!((names(&second), second[0][0].receives), (vec!["a:a1,a2".to_owned()], 2));
    bench.finish(&second[0], &Settle::Done).await;
    bench.clock.forward(Duration::from_secs(30));
    let bench = bench.reopen();
    assert_eq!(bench.file.depth(), 1);
    assert_eq!(bench.claim_names().await, ["b:b1"]);
}

#[tokio::test]
async fn an_abandoned_claim_is_made_again_and_its_receipt_is_outdated() {
    let bench = Bench::new();
    bench.send(&[("a", "a1"), ("a", "a2")]).await;
    let abandoned = bench.claim(10, 1).await;
    bench.clock.forward(LEASE - Duration::from_millis(1));
    assert!(bench.claim(10, 1).await.is_empty());
    bench.clock.forward(Duration::from_millis(1));
    let second = bench.claim(10, 1).await;
    assert_eq!((names(&second), second[0][0].receives), (vec!["a:a1".to_owned()], 2));
    bench.finish(&abandoned[0], &again(1000)).await;
    assert!(bench.claim(10, 1).await.is_empty(), "the second claim still stands");
    bench.finish(&second[0], &again(0)).await;
    let third = bench.claim(10, 1).await;
    assert_eq!((names(&third), third[0][0].receives), (vec!["a:a1".to_owned()], 3));
    // Late, but finished all the same.
    bench.finish(&second[0], &Settle::Done).await;
    assert!(bench.claim(10, 1).await.is_empty());
    bench.finish(&third[0], &Settle::Done).await;
    assert_eq!(bench.claim_names().await, ["a:a2"]);
    assert_eq!(bench.file.depth(), 1);
}

#[tokio::test]
async fn a_lease_that_ran_out_with_nothing_left_keeps_nobody_awake() {
    let bench = Bench::new();
    bench.send(&[("a", "a1")]).await;
    let first = bench.claim(1, 1).await;
    bench.clock.forward(LEASE);
    bench.claim(1, 1).await;
    bench.finish(&first[0], &Settle::Done).await;
    bench.clock.forward(LEASE);
    assert_eq!(bench.file.next_visible(HeldBack::default()).await.unwrap(), None);
}

#[tokio::test]
async fn second_copies_are_dropped_until_many_thousand_others_came() {
    let bench = Bench::new();
    bench.send(&[("a", "a1"), ("a", "a1"), ("a", "a2")]).await;
    let claimed = bench.claim(1, 10).await;
    assert_eq!(names(&claimed), ["a:a1,a2"]);
    bench.finish(&claimed[0], &Settle::Done).await;
    bench.clock.forward(Duration::from_secs(7 * 24 * 3600));
    let bench = bench.reopen();
    bench.send(&[("a", "a1")]).await;
    assert_eq!(bench.file.depth(), 0);
    let ids = |after: i64| {
        bench.file.write("counting ids", move |connection, _| {
            connection.execute("INSERT INTO taken VALUES (?1, randomblob(16))", [after])?;
            let count = "SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM recent)";
            connection.query_row(count, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        })
    };
    assert_eq!(ids(memory::TAKEN_KEPT).await, Ok((3, 2)), "not enough came");
    assert_eq!(ids(2 * memory::TAKEN_KEPT).await, Ok((4, 2)));
    assert_eq!(ids(2 * memory::TAKEN_KEPT + 1).await, Ok((3, 0)), "the oldest are forgotten in both");
    bench.send(&[("a", "a1")]).await;
    assert_eq!(bench.claim_names().await, ["a:a1"]);
}

#[tokio::test]
async fn what_is_held_for_a_person_can_be_put_back() {
    let bench = Bench::new();
    let event = envelope("a", "a1");
    let unreadable = Envelope {
        id: "u1".into(),
        cargo: Cargo::Unreadable { why: "odd".into(), body: String::new(), piece: None },
        ..event.clone()
    };
    bench.file.send(&[event.clone(), unreadable.clone()]).await.unwrap();
    let claimed = bench.claim(1, 10).await;
    let held = Held {
        id: "h".into(),
        kind: HeldKind::Parked,
        account: "a".into(),
        conversation: None,
        reason: "given up".into(),
        since: Moment(START),
        body: String::new(),
        piece: None,
        envelopes: vec![event.clone()],
    };
    bench.file.hold(&held).await.unwrap();
    bench.finish(&claimed[0], &Settle::Done).await;
    bench.file.send(&[event, unreadable]).await.unwrap();
    assert_eq!(bench.claim_names().await, ["a:a1,u1"]);
}

#[tokio::test]
async fn the_consumer_wakes_when_something_is_sent_freed_or_due() {
    let bench = Bench::new();
    let soon = Duration::from_secs(5);
    let wait = || tokio::time::timeout(soon, bench.file.wait(HeldBack::default()));
    assert!(
        tokio::time::timeout(Duration::from_millis(30), bench.file.wait(HeldBack::default())).await.is_err()
    );
    let (woken, ()) = tokio::join!(wait(), bench.send(&[("a", "a1"), ("a", "a2")]));
    woken.expect("woken by the sender").unwrap();
    let claimed = bench.claim(1, 1).await;
    let (woken, ()) = tokio::join!(wait(), bench.finish(&claimed[0], &Settle::Done));
    woken.expect("woken by the finish").unwrap();
    let claimed = bench.claim(1, 1).await;
    let tenth = Settle::Again { after: Duration::from_millis(100), why: "busy".into() };
    bench.finish(&claimed[0], &tenth).await;
    wait().await.expect("the notice of the finish").unwrap();
    wait().await.expect("woken when due").unwrap();
}
