//! What every store must do. Each part gets a fresh, empty store.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use deskbridge_core::model::{Surface, Thread};
use deskbridge_core::{ConversationKey, Moment};
use deskbridge_engine::ports::{Held, HeldKind, Item, SaveError, Store};

pub(crate) async fn store<S: Store>(make: impl AsyncFn() -> S) {
    saves_are_judged_by_version(&make().await).await;
    of_rivals_one_wins(&make().await).await;
    any_bytes_come_back(&make().await).await;
    what_expired_does_not_stand_in_the_way(&make().await).await;
    records_are_kept_once_and_listed_by_age(&make().await).await;
    long_records_come_back_whole(&make().await).await;
}

fn key(customer: &str) -> ConversationKey {
    let thread = Thread { surface: Surface::Direct, post: String::new(), customer: customer.to_owned() };
    ConversationKey::new("acme", &thread)
}

fn now() -> Moment {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment(i64::try_from(since_epoch.as_millis()).unwrap())
}

fn next_year() -> Moment {
    now().plus(Duration::from_secs(365 * 24 * 3600))
}

async fn saves_are_judged_by_version(store: &impl Store) {
    let (one, other) = (key("7"), key("70"));
    assert_eq!(store.load(&one).await, Ok(None));
    let first = store.save(&one, b"a".to_vec(), 0, next_year()).await.unwrap();
    assert!(first >= 1);
    assert_eq!(store.load(&one).await, Ok(Some(Item { bytes: b"a".to_vec(), version: first })));
    assert_eq!(store.load(&other).await, Ok(None));

    let second = store.save(&one, b"b".to_vec(), first, next_year()).await.unwrap();
    for stale in [0, first, second + 1] {
        let saved = store.save(&one, b"c".to_vec(), stale, next_year()).await;
        assert_eq!(saved, Err(SaveError::Conflict), "{stale}");
    }
    assert_eq!(store.load(&one).await, Ok(Some(Item { bytes: b"b".to_vec(), version: second })));
    assert_eq!(store.save(&other, b"d".to_vec(), second, next_year()).await, Err(SaveError::Conflict));
    assert_eq!(store.load(&other).await, Ok(None));
}

async fn of_rivals_one_wins(store: &impl Store) {
    let key = key("8");
    let mut expected = 0;
    for round in 0..5_u8 {
        let save = |rival: u8| store.save(&key, vec![round, rival], expected, next_year());
        let saved = tokio::join!(save(0), save(1), save(2), save(3));
        let saved = [saved.0, saved.1, saved.2, saved.3];
        let winners: Vec<usize> = (0..4).filter(|&rival| saved[rival].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{saved:?}");
        assert!(saved.iter().all(|one| one.is_ok() || *one == Err(SaveError::Conflict)), "{saved:?}");
        let item = store.load(&key).await.unwrap().unwrap();
        assert_eq!(usize::from(item.bytes[1]), winners[0]);
        assert_eq!(saved[winners[0]], Ok(item.version));
        expected = item.version;
    }
}

async fn any_bytes_come_back(store: &impl Store) {
    let all: Vec<u8> = (0..=255).collect();
    for (at, bytes) in [Vec::new(), all.clone(), all.repeat(400)].into_iter().enumerate() {
        let key = key(&at.to_string());
        let version = store.save(&key, bytes.clone(), 0, next_year()).await.unwrap();
        assert_eq!(store.load(&key).await, Ok(Some(Item { bytes, version })), "{at}");
    }
}

/// A store may drop what has expired at once or later; either way the conversation can begin anew.
async fn what_expired_does_not_stand_in_the_way(store: &impl Store) {
    let key = key("9");
    let long_ago = Moment(now().0 - 3_600_000);
    store.save(&key, b"old".to_vec(), 0, long_ago).await.unwrap();
    let expected = store.load(&key).await.unwrap().map_or(0, |item| item.version);
    let version = store.save(&key, b"new".to_vec(), expected, next_year()).await.unwrap();
    assert_eq!(store.load(&key).await, Ok(Some(Item { bytes: b"new".to_vec(), version })));
}

fn record(id: &str, kind: HeldKind, since: i64) -> Held {
    Held {
        id: id.to_owned(),
        kind,
        account: "acme".to_owned(),
        conversation: Some("acme:direct:7".to_owned()),
        reason: "not understood".to_owned(),
        since: Moment(since),
        body: "e30=".to_owned(),
        piece: None,
        envelopes: Vec::new(),
    }
}

async fn ids(store: &impl Store, kind: HeldKind, limit: usize) -> Vec<String> {
    store.held(kind, limit).await.unwrap().into_iter().map(|held| held.id).collect()
}

async fn records_are_kept_once_and_listed_by_age(store: &impl Store) {
    use HeldKind::{Parked, Quarantine, Timer};
    let oldest = record("c", Quarantine, 10);
    for held in [
        &record("a", Quarantine, 30),
        &oldest,
        &record("b", Quarantine, 20),
        &record("c", Parked, 5),
        &record("c", Timer, 7),
    ] {
        store.hold(held).await.unwrap();
    }
    store.hold(&Held { reason: "again".to_owned(), since: Moment(40), ..oldest.clone() }).await.unwrap();
    assert_eq!(ids(store, Quarantine, 10).await, ["c", "b", "a"]);
    assert_eq!(ids(store, Quarantine, 2).await, ["c", "b"]);
    assert_eq!(ids(store, Parked, 10).await, ["c"]);
    assert_eq!(ids(store, Timer, 10).await, ["c"]);
    assert_eq!(store.held(Quarantine, 1).await, Ok(vec![oldest]));

    store.release(Quarantine, "c").await.unwrap();
    store.release(Quarantine, "no such record").await.unwrap();
    assert_eq!(ids(store, Quarantine, 10).await, ["b", "a"]);
    for kind in [Parked, Timer] {
        assert_eq!(ids(store, kind, 10).await, ["c"]);
    }
}

async fn long_records_come_back_whole(store: &impl Store) {
    let body = |letter: &str| format!("begin{}end", letter.repeat(900_000));
    let first = Held { body: body("x"), ..record("long", HeldKind::Quarantine, 10) };
    let second = Held { body: body("yz"), ..first.clone() };
    let beside = record("long-too", HeldKind::Quarantine, 20);
    for held in [&first, &second, &beside] {
        store.hold(held).await.unwrap();
    }
    assert!(store.held(HeldKind::Quarantine, 10).await == Ok(vec![first, beside.clone()]));
    store.release(HeldKind::Quarantine, "long").await.unwrap();
    assert_eq!(store.held(HeldKind::Quarantine, 10).await, Ok(vec![beside.clone()]));
    store.hold(&second).await.unwrap();
    assert!(store.held(HeldKind::Quarantine, 10).await == Ok(vec![second, beside]));
}
