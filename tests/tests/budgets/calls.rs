//! Calls to helpdesk and platform for everything that happens, each with its ceiling.

use std::time::Duration;

use crate::bill::{Bill, Counted, DESKS, Desk, row};

/// The most calls that something may cost.
struct Ceiling {
    helpdesk: usize,
    platform: usize,
}

fn at_most(helpdesk: usize, platform: usize) -> Ceiling {
    Ceiling { helpdesk, platform }
}

async fn check(house: &mut Counted, what: &str, ceiling: Ceiling) -> Bill {
    let bill = house.bill().await;
    row(house.desk, what, &bill);
    let desk = house.desk;
    assert!(bill.helpdesk.len() <= ceiling.helpdesk, "{desk:?} {what}: {:?}", bill.helpdesk);
    assert!(bill.platform.len() <= ceiling.platform, "{desk:?} {what}: {:?}", bill.platform);
    bill
}

fn writes(calls: &[String]) -> usize {
    calls.iter().filter(|call| !call.starts_with("GET ")).count()
}

#[tokio::test]
async fn a_customer_who_writes() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        house.house.comment(house.post(), "2001", "Where is my parcel?");
        // The platform is read once, for the post that is answered.
        let first = check(&mut house, "comment, new person", at_most(2, 1)).await;
        assert_eq!(writes(&first.helpdesk), 2, "a person and a ticket");

        house.house.comment(house.post(), "2001", "It was to come on Monday.");
        let second = check(&mut house, "follow-up", at_most(1, 1)).await;
        assert_eq!(writes(&second.helpdesk), 1);

        house.visitor_post("2001");
        let third = check(&mut house, "new conversation, known person", at_most(1, 0)).await;
        assert_eq!(writes(&third.helpdesk), 1);

        house.house.message(house.page(), "24001", "Hello");
        check(&mut house, "direct message, new person", at_most(2, 1)).await;
        house.house.message(house.page(), "24001", "Anybody there?");
        check(&mut house, "direct message, follow-up", at_most(1, 0)).await;
    }
}

#[tokio::test]
async fn signing_in_happens_once_and_not_per_event() {
    let mut house = Counted::open(Desk::Zendesk).await;
    let mut sign_ins = 0;
    for nth in 0..12 {
        house.house.comment(house.post(), "2001", &format!("Message {nth}"));
        sign_ins += house.bill().await.sign_ins;
        house.agent("reply", &format!("Answer {nth}"));
        sign_ins += house.bill().await.sign_ins;
    }
    assert_eq!(sign_ins, 1);
}

#[tokio::test]
async fn a_solved_ticket_is_written_to_and_opened() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        house.house.comment(house.post(), "2001", "Where is my parcel?");
        house.bill().await;
        house.agent("solve", "");
        let told = check(&mut house, "agent solves", at_most(1, 0)).await;
        assert_eq!(writes(&told.helpdesk), 0);

        house.house.comment(house.post(), "2001", "Still not here.");
        // Zendesk takes comment and status in one update, and refuses what was merged. Freshdesk documents notes and
        // status as two calls, and a solved ticket has to be read first, since it may have been merged into another.
        let (calls, writing) = if desk == Desk::Zendesk { (1, 1) } else { (3, 2) };
        let again = check(&mut house, "follow-up, ticket solved", at_most(calls, 1)).await;
        assert_eq!(writes(&again.helpdesk), writing);
    }
}

#[tokio::test]
async fn an_agent_who_answers() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        house.house.comment(house.post(), "2001", "Where is my parcel?");
        house.bill().await;

        house.agent("reply", "On its way.");
        // One reading and one call per piece; the echo that comes back costs nothing. That it was accepted is shown in the
        // ticket by one update, which reads the ticket's tags first.
        let reply = check(&mut house, "agent's reply and its echo", at_most(3, 1)).await;
        assert_eq!((writes(&reply.helpdesk), writes(&reply.platform)), (1, 1));

        house.agent("reply", "It comes tomorrow.");
        let reply = check(&mut house, "another reply, shown as accepted already", at_most(1, 1)).await;
        assert_eq!((writes(&reply.helpdesk), writes(&reply.platform)), (0, 1));

        house.agent("note", "Ask the warehouse.");
        let note = check(&mut house, "agent's private note", at_most(1, 0)).await;
        assert_eq!(writes(&note.helpdesk), 0);
    }
}

#[tokio::test]
async fn a_customer_who_removes_something() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        let first = house.house.message(house.page(), "24001", "Where is my parcel?");
        house.bill().await;
        let second = house.house.message(house.page(), "24001", "My card is 4711.");
        house.bill().await;
        // Zendesk is asked for what it shows, Freshdesk for the ticket and its conversation. Then the change, and the note.
        let calls = if desk == Desk::Zendesk { 3 } else { 4 };
        house.remove(&second);
        let comment = check(&mut house, "customer removes a message", at_most(calls, 0)).await;
        assert_eq!(writes(&comment.helpdesk), 2);
        // The subject quotes what a ticket was opened with; Freshdesk takes it with the description.
        house.remove(&first);
        let calls = if desk == Desk::Zendesk { calls + 1 } else { calls };
        check(&mut house, "customer removes the first message", at_most(calls, 0)).await;
    }
}

#[tokio::test]
async fn a_reply_in_three_pieces() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        house.house.message(house.page(), "24001", "Tell me everything.");
        house.bill().await;
        // Messenger takes 2,000 characters at once.
        house.agent("reply", &"This is one of many sentences. ".repeat(180));
        let reply = check(&mut house, "agent's reply of three pieces", at_most(5, 3)).await;
        assert_eq!(
            (writes(&reply.helpdesk), writes(&reply.platform)),
            (2, 3),
            "accepted and delivered are shown"
        );
    }
}

#[tokio::test]
async fn what_changes_nothing_costs_nothing() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        let psid = "24001";
        house.house.message(house.page(), psid, "Hello");
        house.bill().await;
        house.receipt(psid);
        check(&mut house, "read receipt", at_most(0, 0)).await;

        let comment = house.house.comment(house.post(), "2001", "Where is my parcel?");
        house.bill().await;
        house.react(&comment);
        check(&mut house, "reaction", at_most(0, 0)).await;

        let answered = house.deliver_twice("A message that comes twice").await;
        assert_eq!(answered, [200, 200]);
        let twice = check(&mut house, "a delivery and the same again", at_most(1, 0)).await;
        assert_eq!(writes(&twice.helpdesk), 1);

        house.relay_again().await;
        let again = check(&mut house, "the same past the queue's memory", at_most(0, 0)).await;
        assert_eq!((again.loads, again.saves), (1, 0), "a duplicate changes nothing");
    }
}

#[tokio::test]
async fn ten_waiting_messages_are_one_update() {
    for desk in DESKS {
        let mut house = Counted::open(desk).await;
        house.house.message(house.page(), "24001", "Hello");
        house.bill().await;
        for nth in 0..10 {
            house.house.message(house.page(), "24001", &format!("Line {nth}"));
        }
        let burst = check(&mut house, "ten waiting messages", at_most(1, 0)).await;
        assert_eq!(burst.helpdesk.len(), 1);
        assert!(burst.loads <= 1 && burst.saves <= 2, "{burst:?}");
        let shown = house.helpdesk_state().to_string();
        for nth in 0..10 {
            assert!(shown.contains(&format!("Line {nth}")), "{desk:?}: line {nth} is missing");
        }

        let post = house.post();
        for nth in 0..10 {
            house.house.comment(post, "2001", &format!("Comment {nth}"));
        }
        // Each of the first three may read the quoted parent; it is the same post, and no more than three are quoted.
        check(&mut house, "ten comments of a new person", at_most(2, 3)).await;
        house.house.pass(Duration::from_secs(60));
        check(&mut house, "nothing more to do", at_most(0, 0)).await;
    }
}
