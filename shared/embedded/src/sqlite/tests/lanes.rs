//! Who goes first, and what is left lying for now.

use deskbridge_core::ConversationKey;
use deskbridge_core::model::{Message, Person, Surface, Thread};
use deskbridge_core::pace::Lane;
use deskbridge_engine::Room;
use deskbridge_engine::ports::{Queue, Store};
use rusqlite::Connection;

use super::*;

/// A message of a conversation: direct ones are urgent, public ones are not.
fn message(account: &str, customer: &str, id: &str, surface: Surface) -> Envelope {
    let post = if surface == Surface::Public { "post".to_owned() } else { String::new() };
    let place = Place::Thread(Thread { surface, post, customer: customer.into() });
    let message = Message {
        id: id.into(),
        author: Person { id: customer.into(), name: None },
        text: String::new(),
        attachments: Vec::new(),
        permalink: None,
        parent: None,
        context: None,
    };
    let event = Event { id: id.into(), at: Moment(START), place, what: What::Message(message) };
    Envelope {
        id: id.into(),
        group: format!("{account}:{customer}"),
        ..Envelope::event(account, event, Moment(START))
    }
}

fn public(customer: &str, id: &str) -> Envelope {
    message("acme", customer, id, Surface::Public)
}

fn direct(customer: &str, id: &str) -> Envelope {
    message("acme", customer, id, Surface::Direct)
}

fn only(account: &str, lane: Lane, groups: u32) -> HeldBack {
    HeldBack { room: vec![(account.into(), Room { lane, groups })], until: None }
}

async fn claim_with(bench: &Bench, groups_max: usize, held: HeldBack) -> Vec<String> {
    names(&bench.file.claim(groups_max, 10, LEASE, held).await.unwrap())
}

#[tokio::test]
async fn urgent_groups_overtake_ordinary_ones_and_do_not_shut_them_out() {
    let bench = Bench::new();
    let mut waiting: Vec<Envelope> = (1..=4).map(|n| public(&format!("p{n}"), &format!("p{n}"))).collect();
    waiting.extend((1..=6).map(|n| direct(&format!("d{n}"), &format!("d{n}"))));
    bench.file.send(&waiting).await.unwrap();
    let mut order = Vec::new();
    for _ in 0..10 {
        order.extend(claim_with(&bench, 1, HeldBack::default()).await);
    }
    let order: Vec<&str> = order.iter().map(|name| name.rsplit(':').next().unwrap()).collect();
    assert_eq!(order, ["d1", "d2", "p1", "d3", "d4", "d5", "p2", "d6", "p3", "p4"]);
}

#[tokio::test]
async fn what_is_held_back_stays_and_nothing_else_does() {
    let bench = Bench::new();
    let other = message("globex", "o1", "o1", Surface::Public);
    bench.file.send(&[public("p1", "p1"), public("p2", "p2"), other, direct("d1", "d1")]).await.unwrap();
    let shut = only("acme", Lane::Ordinary, 0);
    assert_eq!(claim_with(&bench, 9, shut.clone()).await, ["acme:d1:d1", "globex:o1:o1"]);
    let lease_end = Moment(START).plus(LEASE);
    assert_eq!(bench.file.next_visible(shut.clone()).await.unwrap(), Some(lease_end));
    assert_eq!(bench.file.next_visible(HeldBack::default()).await.unwrap(), Some(Moment(START)));
    assert_eq!(claim_with(&bench, 9, only("acme", Lane::Ordinary, 1)).await, ["acme:p1:p1"]);
    // The consumer sleeps until there is room again.
    let soon = HeldBack { until: Some(Moment(START + 50)), ..shut };
    tokio::time::timeout(Duration::from_secs(5), bench.file.wait(soon)).await.unwrap().unwrap();
    // It was never received meanwhile.
    let claimed = bench.file.claim(9, 10, LEASE, HeldBack::default()).await.unwrap();
    assert_eq!((names(&claimed), claimed[0][0].receives), (vec!["acme:p2:p2".to_owned()], 1));
}

#[tokio::test]
async fn a_group_is_as_urgent_as_the_most_urgent_that_waits_in_it() {
    let bench = Bench::new();
    bench.file.send(&[public("p1", "a1"), public("p2", "b1")]).await.unwrap();
    let claimed = bench.file.claim(9, 10, LEASE, HeldBack::default()).await.unwrap();
    for group in &claimed {
        bench.finish(group, &again(600)).await;
    }
    let shut = only("acme", Lane::Ordinary, 0);
    assert_eq!(claim_with(&bench, 9, shut.clone()).await, Vec::<String>::new());
    // An agent's wish comes behind a comment that waits for its slot: both are taken up at once, in their order.
    bench.file.send(&[direct("p2", "b2"), direct("p2", "b3"), public("p2", "b4")]).await.unwrap();
    let claimed = bench.file.claim(9, 2, LEASE, shut.clone()).await.unwrap();
    assert_eq!(names(&claimed), ["acme:p2:b1,b2"]);
    bench.finish(&claimed[0], &Settle::Done).await;
    // One is still urgent, and so the group is; then it is not.
    let claimed = bench.file.claim(9, 1, LEASE, shut.clone()).await.unwrap();
    assert_eq!(names(&claimed), ["acme:p2:b3"]);
    bench.finish(&claimed[0], &Settle::Done).await;
    assert_eq!(claim_with(&bench, 9, shut).await, Vec::<String>::new());
    assert_eq!(claim_with(&bench, 9, HeldBack::default()).await, ["acme:p2:b4"]);
}

#[tokio::test]
async fn what_became_urgent_while_it_was_worked_on_is_not_put_off() {
    let bench = Bench::new();
    bench.file.send(&[public("p1", "a1"), public("p2", "b1")]).await.unwrap();
    let claimed = bench.file.claim(9, 10, LEASE, HeldBack::default()).await.unwrap();
    // While both are with the consumer, who will be told to wait, an agent asks for something in one of them.
    bench.file.send(&[direct("p1", "a2"), public("p2", "b2")]).await.unwrap();
    for group in &claimed {
        bench.finish(group, &again(600)).await;
    }
    let claimed = bench.file.claim(9, 10, LEASE, HeldBack::default()).await.unwrap();
    assert_eq!(names(&claimed), ["acme:p1:a1,a2"]);
    // Now it is known, and what it is told counts.
    bench.finish(&claimed[0], &again(600)).await;
    assert_eq!(claim_with(&bench, 9, HeldBack::default()).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_said_in_a_known_conversation_is_urgent() {
    let bench = Bench::new();
    let place = Place::Thread(Thread { surface: Surface::Public, post: "post".into(), customer: "7".into() });
    let key = ConversationKey::parse("acme:post:post:7").unwrap().0;
    bench.file.save(&key, vec![1], 0, Moment(START * 2)).await.unwrap();
    let mut known = public("p1", "p1");
    if let Cargo::Event(event) = &mut known.cargo {
        event.place = place;
    }
    known.group = key.as_str().to_owned();
    bench.file.send(&[known, public("p2", "p2")]).await.unwrap();
    assert_eq!(claim_with(&bench, 9, only("acme", Lane::Ordinary, 0)).await, ["acme:post:post:7:p1"]);
}

#[tokio::test]
async fn a_file_of_an_earlier_version_opens_with_all_that_waits_in_it() {
    let (first, second) = (include_str!("format-1.sql"), include_str!("format-2.sql"));
    for format in [first.to_owned(), [first, second].concat()] {
        let folder = tempfile::tempdir().unwrap();
        let clock = HandClock::default();
        {
            let file = Connection::open(folder.path().join("deskbridge.sqlite")).unwrap();
            file.execute_batch(&format).unwrap();
            let mut add = file
                .prepare("INSERT INTO queue (id, grp, account, body, received_at, visible_at) VALUES (?1, ?2, 'acme', ?3, ?4, ?4)")
                .unwrap();
            for (seq, one) in [public("p1", "a1"), public("p1", "a2"), public("p2", "b1")].iter().enumerate()
            {
                add.execute(rusqlite::params![one.id, one.group, one.encode(), START]).unwrap();
                let head =
                    "INSERT INTO heads (grp, seq, visible_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
                file.execute(head, rusqlite::params![one.group, seq + 1, START]).unwrap();
            }
            // From format 2 on it is known whose they are.
            let _ = file.execute("UPDATE heads SET account = 'acme'", []);
        }
        let file = open(folder.path(), &clock);
        file.send(&[public("p3", "c1")]).await.unwrap();
        let bench = Bench { folder, clock, file };
        assert_eq!(bench.file.depth(), 4);
        // What waits since before goes first, and is held back with what it came for.
        assert_eq!(claim_with(&bench, 1, only("acme", Lane::Ordinary, 0)).await, ["acme:p1:a1,a2"]);
        assert_eq!(claim_with(&bench, 9, only("acme", Lane::Urgent, 0)).await, ["acme:p3:c1"]);
        assert_eq!(claim_with(&bench, 9, HeldBack::default()).await, ["acme:p2:b1"]);
        let bench = bench.reopen();
        assert_eq!(bench.file.depth(), 4);
    }
}
