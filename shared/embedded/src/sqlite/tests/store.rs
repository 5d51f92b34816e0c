//! Conversations and held records.

use deskbridge_core::ConversationKey;
use deskbridge_engine::ports::{Held, HeldKind, Item, SaveError, Store};

use super::*;

fn key(customer: &str) -> ConversationKey {
    ConversationKey::parse(&format!("acme:direct:{customer}")).unwrap().0
}

#[tokio::test]
async fn only_the_expected_version_is_replaced() {
    let bench = Bench::new();
    let later = Moment(START * 2);
    let (store, k) = (&bench.file, key("7"));
    assert_eq!(store.load(&k).await, Ok(None));
    assert_eq!(store.save(&k, vec![9], 1, later).await, Err(SaveError::Conflict));
    assert_eq!(store.load(&k).await, Ok(None));
    assert_eq!(store.save(&k, vec![1], 0, later).await, Ok(1));
    assert_eq!(store.save(&k, vec![9], 0, later).await, Err(SaveError::Conflict));
    assert_eq!(store.save(&k, vec![2], 1, later).await, Ok(2));
    for outdated in [0, 1, 3, u64::MAX] {
        assert_eq!(store.save(&k, vec![9], outdated, later).await, Err(SaveError::Conflict), "{outdated}");
    }
    assert_eq!(store.load(&key("8")).await, Ok(None));
    let bench = bench.reopen();
    assert_eq!(bench.file.load(&k).await, Ok(Some(Item { bytes: vec![2], version: 2 })));
}

#[tokio::test]
async fn expired_conversations_are_forgotten_in_time() {
    let bench = Bench::new();
    let minute = Duration::from_secs(60);
    bench.file.save(&key("1"), vec![1], 0, Moment(START).plus(minute)).await.unwrap();
    bench.file.save(&key("2"), vec![2], 0, Moment(START).plus(100 * minute)).await.unwrap();
    bench.clock.forward(20 * minute);
    bench.send(&[("g", "e")]).await;
    assert_eq!(bench.file.load(&key("1")).await, Ok(None));
    assert!(bench.file.load(&key("2")).await.unwrap().is_some());
}

fn held(kind: HeldKind, id: &str, since: i64, reason: &str) -> Held {
    Held {
        id: id.into(),
        kind,
        account: "acme".into(),
        conversation: Some("acme:direct:7".into()),
        reason: reason.into(),
        since: Moment(since),
        body: "Ym9keQ==".into(),
        piece: None,
        envelopes: vec![envelope("acme:direct:7", id)],
    }
}

#[tokio::test]
async fn records_wait_for_a_person_until_they_are_released() {
    let bench = Bench::new();
    let parked = [held(HeldKind::Parked, "z", 1, "first"), held(HeldKind::Parked, "a", 2, "second")];
    let quarantined = held(HeldKind::Quarantine, "z", 3, "odd");
    for record in parked.iter().rev().chain([&quarantined]) {
        bench.file.hold(record).await.unwrap();
    }
    bench.file.hold(&held(HeldKind::Parked, "z", 9, "the same once more")).await.unwrap();
    let bench = bench.reopen();
    let store = &bench.file;
    assert_eq!(store.held(HeldKind::Parked, 10).await.unwrap(), parked);
    assert_eq!(store.held(HeldKind::Parked, 1).await.unwrap(), parked[..1]);
    assert_eq!(store.held(HeldKind::Quarantine, 10).await.unwrap(), std::slice::from_ref(&quarantined));
    assert_eq!(store.held_record(HeldKind::Parked, "a").await.unwrap().as_ref(), Some(&parked[1]));
    assert_eq!(store.held_record(HeldKind::Quarantine, "a").await.unwrap(), None);
    store.release(HeldKind::Parked, "z").await.unwrap();
    store.release(HeldKind::Parked, "never held").await.unwrap();
    assert_eq!(store.held(HeldKind::Parked, 10).await.unwrap(), parked[1..]);
    assert_eq!(store.held_count(HeldKind::Quarantine).await.unwrap(), 1);
}
