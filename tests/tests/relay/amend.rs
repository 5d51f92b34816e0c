//! Agents take back or change what they published.

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::json;

/// A comment that was answered with this.
async fn answered(desk: Desk, reply: &str) -> (House, u64) {
    let house = House::open().await;
    desk.comment(&house, "This kettle is rubbish");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    desk.reply(&house, ticket, reply);
    house.settle().await;
    (house, ticket)
}

async fn asks(desk: Desk, house: &House, ticket: u64, command: &str) {
    desk.agent(house, "note", ticket, command);
    house.settle().await;
}

fn published(house: &House, desk: Desk) -> Vec<String> {
    house.page_comments(desk.page()).into_iter().map(|(_, text)| text).collect()
}

#[tokio::test]
async fn a_reply_is_changed_and_taken_back() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered(desk, "Rubish, you say?").await;
        asks(desk, &house, ticket, "/edit Rubbish, you say?").await;
        assert_eq!(published(&house, desk), ["Rubbish, you say?"]);
        assert_eq!(desk.ticket(&house).times_noted("DONE: /edit "), 1);
        assert!(desk.ticket(&house).has_tag("deskbridge_accepted"));

        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(published(&house, desk), [""; 0]);
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("DONE: /withdraw "), 1, "{view:#?}");
        assert_eq!(view.times_noted("removed"), 0, "it was the agent's own wish: {view:#?}");
        assert!(!view.has_tag("deskbridge_accepted"), "it does not stand there any more: {view:#?}");

        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(
            desk.ticket(&house).times_noted("NOT DONE: /withdraw. The bridge knows of no public reply"),
            1
        );
        desk.reply(&house, ticket, "We are sorry.");
        house.settle().await;
        assert_eq!(published(&house, desk), ["We are sorry."]);
    }
}

#[tokio::test]
async fn all_parts_of_a_long_reply_are_taken_back_and_none_is_changed() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered(desk, &"All about kettles. ".repeat(600)).await;
        assert_eq!(published(&house, desk).len(), 2);
        asks(desk, &house, ticket, "/edit Nothing about kettles.").await;
        assert_eq!(desk.ticket(&house).times_noted("NOT DONE: /edit. Only a reply of one part"), 1);
        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(published(&house, desk), [""; 0]);
        let view = desk.ticket(&house);
        assert_eq!((view.times_noted("DONE: /withdraw "), view.times_noted("removed")), (1, 0), "{view:#?}");
    }
}

#[tokio::test]
async fn new_words_that_are_none_or_a_command_change_nothing() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered(desk, "Rubbish?").await;
        asks(desk, &house, ticket, "/edit").await;
        asks(desk, &house, ticket, "/edit /hide").await;
        asks(desk, &house, ticket, &format!("/edit {}", "Much more about kettles. ".repeat(400))).await;
        assert_eq!(published(&house, desk), ["Rubbish?"]);
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("text behind the command is missing"), 1, "{view:#?}");
        assert_eq!(view.times_noted("DONE: /edit ("), 0, "{view:#?}");
    }
}

#[tokio::test]
async fn a_reply_that_somebody_removed_on_the_platform_is_told_as_ours() {
    for desk in Desk::BOTH {
        let (house, ticket) = answered(desk, "Rubbish?").await;
        let state = house.state(house.graph());
        let pages = state["pages"].as_array().expect("pages").iter().filter(|page| page["id"] == desk.page());
        let replies = pages.flat_map(|page| page["posts"].as_array().expect("posts").clone());
        let comments = replies.flat_map(|post| post["comments"].as_array().expect("comments").clone());
        let ours = comments.flat_map(|one| one["comments"].as_array().expect("replies").clone()).next();
        let ours = ours.expect("our reply")["id"].clone();
        house.act(house.graph(), &json!({"do": "remove", "id": ours}));
        house.settle().await;
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("A reply of ours was removed on Facebook"), 1, "{view:#?}");
        assert_eq!(view.times_noted("The customer removed"), 0, "{view:#?}");
        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(desk.ticket(&house).times_noted("NOT DONE: /withdraw"), 1);
    }
}

#[tokio::test]
async fn where_the_platform_lets_nobody_take_back_a_note_says_so() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Yes?");
        house.settle().await;
        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(desk.ticket(&house).times_noted("That is not possible in this conversation"), 1);
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Yes?"]);
    }
}

fn fault(house: &House, kind: FaultKind, skip: u32) {
    let rule = FaultRule { method: Some("POST".into()), path: "/comments".into(), kind, times: 1, skip };
    house.graph().fault(rule);
}

fn refusal(status: u16, code: u32) -> FaultKind {
    let body = json!({"error": {"message": "no", "type": "OAuthException", "code": code}});
    FaultKind::Status { code: status, retry_after_s: None, body: Some(body) }
}

#[tokio::test]
async fn a_reply_that_is_still_being_sent_is_taken_back_only_once_it_is_whole() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.comment(&house, "This kettle is rubbish");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        fault(&house, refusal(400, 32), 1);
        desk.reply(&house, ticket, &"All about kettles. ".repeat(600));
        house.settle_within(Duration::from_secs(5)).await;
        assert_eq!(published(&house, desk).len(), 1, "the second part has to wait");
        desk.agent(&house, "note", ticket, "/withdraw");
        house.settle_within(Duration::from_secs(24 * 3600)).await;
        assert_eq!(published(&house, desk).len(), 2);
        assert_eq!(desk.ticket(&house).times_noted("NOT DONE: /withdraw. The reply is still being sent"), 1);
        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(published(&house, desk), [""; 0]);
    }
}

#[tokio::test]
async fn what_was_sent_before_the_rest_was_sent_again_is_taken_back_too() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.comment(&house, "This kettle is rubbish");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        fault(&house, refusal(400, 368), 1);
        desk.reply(&house, ticket, &"All about kettles. ".repeat(600));
        house.settle().await;
        asks(desk, &house, ticket, "/resend").await;
        assert_eq!(published(&house, desk).len(), 2);
        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(published(&house, desk), [""; 0]);
    }
}

#[tokio::test]
async fn a_reply_that_turned_up_late_is_taken_back() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.comment(&house, "This kettle is rubbish");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        fault(&house, FaultKind::LateApply { ms: 3_600_000 }, 0);
        desk.reply(&house, ticket, "Rubbish?");
        house.settle_within(Duration::from_secs(2 * 3600)).await;
        assert_eq!(desk.ticket(&house).times_noted("CONFIRMED: this reply was published"), 1);
        assert_eq!(published(&house, desk), ["Rubbish?"]);
        asks(desk, &house, ticket, "/withdraw").await;
        assert_eq!(published(&house, desk), [""; 0]);
    }
}
