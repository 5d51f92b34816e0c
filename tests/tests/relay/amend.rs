//! Agents take back or change what they published.

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
