//! Store operations per event.

use crate::bill::{Counted, DESKS, Desk, row};

#[tokio::test]
async fn an_event_is_one_load_and_two_saves() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        for (nth, what) in ["first comment", "follow-up", "another follow-up"].iter().enumerate() {
            house.house.comment(house.post(), "2001", &format!("Comment {nth}"));
            let bill = house.bill().await;
            row(desk, what, &bill);
            // Where the helpdesk takes a key, a new ticket's first attempt needs no record of its intent.
            let saves = if nth == 0 && desk == Desk::Zendesk { 1 } else { 2 };
            assert!(bill.loads <= 1 && bill.saves <= saves, "{desk:?} {what}: {bill:?}");
        }
        house.agent("reply", "On its way.");
        let bill = house.bill().await;
        row(desk, "reply and its echo: two events", &bill);
        // The reply is planned and settled, and with its outcome the update begins that shows it; its echo finds it settled and
        // has nothing to remember.
        assert!(bill.loads <= 2 && bill.saves <= 3, "{desk:?}: {bill:?}");
    }
}

#[tokio::test]
async fn sixty_utterances_in_one_hour_need_two_kilobytes_at_most() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        for nth in 0..30 {
            house.house.comment(house.post(), "2001", &format!("Question {nth}"));
            house.bill().await;
            house.agent("reply", &format!("Answer {nth}"));
            let reply = house.bill().await;
            let posted = reply.platform.iter().filter(|call| call.starts_with("POST ")).count();
            assert_eq!(posted, 1, "{desk:?}: answer {nth}: {reply:?}");
        }
        // Young ids are never forgotten, so the ring grows beyond its 64 entries until they are old.
        let (_, _, largest) = house.house.bridge.world.store.counts();
        println!("{desk:?}: the largest item after 30 questions and answers has {largest} B");
        assert!(largest <= 2_048, "{desk:?}: {largest} B");
    }
}
