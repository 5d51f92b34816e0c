//! The private reply to a public message, and the direct messages that follow it: all in one ticket.

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House, config_with};
use serde_json::json;

const ASKED: &str = "Please tell us more.";

/// A comment that got its private reply.
async fn answered_privately(desk: Desk, lines: &str) -> (House, u64) {
    let house = House::open_with(&config_with(&[(desk.door(), lines)]), &[]).await;
    desk.comment(&house, "My parcel is late");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    desk.agent(&house, "note", ticket, &format!("/private {ASKED}"));
    house.settle().await;
    assert_eq!(direct(&house, desk), [ASKED]);
    (house, ticket)
}

fn direct(house: &House, desk: Desk) -> Vec<String> {
    house.page_messages(desk.page(), desk.psid())
}

fn public(house: &House, desk: Desk) -> Vec<String> {
    house.page_comments(desk.page()).into_iter().map(|(_, text)| text).collect()
}

#[tokio::test]
async fn what_follows_a_private_reply_stays_in_the_ticket_and_is_answered_where_it_was_said() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered_privately(desk, "").await;
        desk.message(&house, "It is order 77");
        house.settle().await;
        let view = desk.ticket(&house);
        assert_eq!(
            (view.times_said("It is order 77"), view.times_said("Written privately")),
            (1, 1),
            "{view:#?}"
        );
        desk.reply(&house, ticket, "Found it.");
        house.settle().await;
        assert_eq!(direct(&house, desk), [ASKED, "Found it."]);
        assert_eq!(public(&house, desk), [""; 0]);
        desk.comment(&house, "And why in public?");
        house.settle().await;
        desk.reply(&house, ticket, "So that all can read it.");
        desk.agent(&house, "note", ticket, "/private But this is for you.");
        house.settle().await;
        assert_eq!(public(&house, desk), ["So that all can read it."]);
        assert_eq!(direct(&house, desk), [ASKED, "Found it.", "But this is for you."]);
        desk.message(&house, "Thanks");
        house.settle().await;
        desk.agent(&house, "note", ticket, "/public We are in touch.");
        desk.reply(&house, ticket, "Welcome.");
        house.settle().await;
        assert_eq!(public(&house, desk), ["So that all can read it.", "We are in touch."]);
        assert_eq!(direct(&house, desk).last().map(String::as_str), Some("Welcome."));
        let view = desk.ticket(&house);
        assert_eq!(view.notes(), [""; 0], "what goes well tells nobody anything: {view:#?}");
        assert!(house.parked().await.is_empty());
    }
}

#[tokio::test]
async fn the_one_private_reply_is_spent_without_a_call() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered_privately(desk, "").await;
        house.graph().take_calls();
        desk.agent(&house, "note", ticket, "/private And another one.");
        house.settle().await;
        assert_eq!(house.graph().take_calls(), [""; 0]);
        assert_eq!(desk.ticket(&house).times_noted("takes one private reply"), 1);
        desk.comment(&house, "Hello?");
        house.settle().await;
        desk.agent(&house, "note", ticket, "/private This is about the other comment.");
        house.settle().await;
        assert_eq!(direct(&house, desk).len(), 2, "another comment gets its own");
    }
}

#[tokio::test]
async fn a_public_line_may_tell_that_there_is_a_private_reply() {
    for desk in Desk::BOTH {
        let lines = "private_reply_notice = \"We wrote to you privately.\"";
        let (house, ticket) = answered_privately(desk, lines).await;
        assert_eq!(public(&house, desk), ["We wrote to you privately."]);
        desk.message(&house, "Thanks");
        house.settle().await;
        desk.agent(&house, "note", ticket, "/private Welcome.");
        house.settle().await;
        assert_eq!(public(&house, desk).len(), 1, "once");
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn long_answers_keep_the_limit_of_direct_messages_and_their_window() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered_privately(desk, "").await;
        desk.message(&house, "Tell me all");
        house.settle().await;
        let long: String = (0..200).map(|n| format!("This is sentence {n}. ")).collect();
        desk.reply(&house, ticket, &long);
        house.settle().await;
        let sent = direct(&house, desk);
        assert!(sent.len() > 2 && sent.iter().all(|piece| piece.chars().count() <= 2000), "{sent:?}");
        house.pass(Duration::from_secs(9 * 24 * 3600));
        desk.reply(&house, ticket, "Too late.");
        house.settle().await;
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("reply window is closed: direct messages"), 1, "{view:#?}");
    }
}

#[tokio::test]
async fn what_a_colleague_writes_there_is_told_and_what_is_removed_is_redacted() {
    for desk in Desk::BOTH {
        let (house, _) = answered_privately(desk, "").await;
        let secret = desk.message(&house, "My password is tulip");
        house.settle().await;
        house.act(
            house.graph(),
            &json!({"do": "page_message", "page": desk.page(), "person": desk.psid(), "text": "native"}),
        );
        house.settle().await;
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("A colleague answered"), 1, "{view:#?}");
        house.act(house.graph(), &json!({"do": "unsend", "id": secret}));
        house.settle().await;
        let view = desk.ticket(&house);
        assert_eq!((view.times_said("tulip"), view.times_noted("removed a message")), (0, 1), "{view:#?}");
    }
}

#[tokio::test]
async fn long_after_it_was_solved_a_direct_message_opens_a_new_ticket() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered_privately(desk, "grace_days = 2").await;
        desk.agent(&house, "solve", ticket, "");
        house.settle().await;
        house.pass(Duration::from_secs(3 * 24 * 3600));
        desk.message(&house, "Something else");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2, "{tickets:#?}");
        assert_eq!(tickets[1].times_said("Something else"), 1);
        desk.reply(&house, tickets[1].id, "Yes?");
        house.settle().await;
        assert_eq!(direct(&house, desk), [ASKED, "Yes?"]);
    }
}

#[tokio::test]
async fn a_person_who_has_a_direct_conversation_keeps_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello");
        house.settle().await;
        desk.comment(&house, "My parcel is late");
        house.settle().await;
        let [theirs, public_one] = [0, 1].map(|nth| desk.tickets(&house)[nth].id);
        desk.agent(&house, "note", public_one, &format!("/private {ASKED}"));
        house.settle().await;
        desk.message(&house, "It is order 77");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2);
        let theirs = tickets.iter().find(|one| one.id == theirs).expect("it");
        assert_eq!(theirs.times_said("It is order 77"), 1, "{tickets:#?}");
    }
}

#[tokio::test]
async fn a_direct_reply_whose_answer_is_lost_is_found() {
    for desk in Desk::BOTH {
        for kind in [FaultKind::LostAfter, FaultKind::LostBefore] {
            let lands = matches!(kind, FaultKind::LostAfter);
            let (house, ticket) = answered_privately(desk, "").await;
            desk.message(&house, "It is order 77");
            house.settle().await;
            house.graph().fault(FaultRule {
                method: Some("POST".into()),
                path: "/messages".into(),
                kind,
                times: 1,
                skip: 0,
            });
            desk.reply(&house, ticket, "Found it.");
            house.settle_within(Duration::from_secs(3600)).await;
            let view = desk.ticket(&house);
            let told = view.times_noted("COULD NOT CONFIRM");
            assert_eq!((direct(&house, desk).len(), told), if lands { (2, 0) } else { (1, 1) }, "{view:#?}");
            if !lands {
                desk.agent(&house, "note", ticket, "/resend");
                house.settle().await;
                assert_eq!(direct(&house, desk), [ASKED, "Found it."]);
                assert_eq!(public(&house, desk), [""; 0]);
            }
        }
    }
}

#[tokio::test]
async fn whatever_dies_the_answer_comes_into_the_ticket_or_a_ticket_of_its_own() {
    for desk in Desk::BOTH {
        for steps in 1..14 {
            let house = House::open().await;
            desk.comment(&house, "My parcel is late");
            house.settle().await;
            let ticket = desk.ticket(&house).id;
            desk.agent(&house, "note", ticket, &format!("/private {ASKED}"));
            house.deliver_webhooks().await;
            house.relay_and_die_after(steps);
            let house = house.restart().await;
            house.settle_within(Duration::from_secs(3600)).await;
            desk.message(&house, "It is order 77");
            house.settle().await;
            let said: usize = desk.tickets(&house).iter().map(|one| one.times_said("It is order 77")).sum();
            assert_eq!(said, 1, "after {steps} steps");
            let told =
                desk.tickets(&house).iter().map(|one| one.times_noted("COULD NOT CONFIRM")).sum::<usize>();
            assert_eq!(desk.tickets(&house).len(), 1 + told, "after {steps} steps");
        }
    }
}
