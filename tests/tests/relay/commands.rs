//! What agents ask for in private notes.

use deskbridge_tests::{Desk, House};
use serde_json::json;

async fn commented(desk: Desk) -> (House, String, u64) {
    let house = House::open().await;
    let comment = desk.comment(&house, "This kettle is rubbish");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    (house, comment, ticket)
}

/// A comment of the page's only post, as the stand-in shows it.
fn shown(house: &House, desk: Desk, comment: &str) -> serde_json::Value {
    let state = house.state(house.graph());
    let pages = state["pages"].as_array().expect("pages").iter();
    let posts = pages
        .filter(|page| page["id"] == desk.page())
        .flat_map(|page| page["posts"].as_array().expect("posts"));
    let comments = posts.flat_map(|post| post["comments"].as_array().expect("comments"));
    comments.clone().find(|one| one["id"] == comment).expect("the comment").clone()
}

#[tokio::test]
async fn help_lists_what_is_possible_here_and_now() {
    for desk in Desk::BOTH {
        let (house, _, ticket) = commented(desk).await;
        desk.agent(&house, "note", ticket, "/help");
        house.settle().await;
        let notes = desk.ticket(&house).notes().join(" | ");
        assert!(notes.contains("/hide") && notes.contains("/private TEXT"), "{notes}");
        assert!(!notes.contains("/template"), "Facebook has none: {notes}");
        desk.agent(&house, "note", ticket, "/template order_update");
        desk.agent(&house, "note", ticket, "/hid");
        desk.agent(&house, "note", ticket, "/private");
        desk.agent(&house, "note", ticket, "/as @globex Hello");
        house.settle().await;
        assert_eq!(house.page_comments(desk.page()), []);
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("That is not possible in this conversation"), 1);
        assert_eq!(ticket.times_noted("There is no such command"), 1);
        assert_eq!(ticket.times_noted("text behind the command is missing"), 1);
        assert_eq!(ticket.times_noted("only the account that a message came to"), 1);
    }
}

#[tokio::test]
async fn a_comment_is_hidden_shown_liked_and_deleted() {
    for desk in Desk::BOTH {
        let (house, comment, ticket) = commented(desk).await;
        for (command, field, wanted) in [
            ("/hide", "hidden", json!(true)),
            ("/unhide", "hidden", json!(false)),
            ("/like", "hidden", json!(false)),
        ] {
            desk.agent(&house, "note", ticket, command);
            house.settle().await;
            assert_eq!(shown(&house, desk, &comment)[field], wanted, "{command}");
            assert_eq!(desk.ticket(&house).times_noted(&format!("DONE: {command} ")), 1, "{command}");
        }
        let reactions = shown(&house, desk, &comment)["reactions"].clone();
        assert_eq!(reactions.as_object().map(serde_json::Map::len), Some(1), "{reactions}");
        desk.agent(&house, "note", ticket, "/delete");
        house.settle().await;
        assert_eq!(shown(&house, desk, &comment)["removed"], true);
        desk.agent(&house, "note", ticket, "/hide");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("NOT DONE: /hide."), 1);
    }
}

#[tokio::test]
async fn a_comment_gets_its_one_private_reply() {
    for desk in Desk::BOTH {
        let (house, _, ticket) = commented(desk).await;
        desk.agent(&house, "note", ticket, "/private Please tell us your order number.");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Please tell us your order number."]);
        assert_eq!(house.page_comments(desk.page()), []);
        assert_eq!(desk.ticket(&house).notes(), [""; 0], "what goes well tells nobody anything");
        desk.agent(&house, "note", ticket, "/private Hello again.");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()).len(), 1);
        assert_eq!(desk.ticket(&house).times_noted("one private reply"), 1, "the platform takes only one");
        desk.agent(&house, "note", ticket, "/public We wrote to you privately.");
        house.settle().await;
        let published: Vec<String> =
            house.page_comments(desk.page()).into_iter().map(|(_, text)| text).collect();
        assert_eq!(published, ["We wrote to you privately."]);
    }
}

#[tokio::test]
async fn a_public_reply_that_begins_with_a_command_is_held_and_asked_about() {
    for desk in Desk::BOTH {
        let (house, _, ticket) = commented(desk).await;
        desk.reply(&house, ticket, "/hide this one please");
        desk.reply(&house, ticket, "/Private do not tell her");
        desk.reply(&house, ticket, "/privat with a slip of the pen");
        desk.agent(&house, "note", ticket, "/public /hide this one");
        desk.agent(&house, "note", ticket, "/private /why");
        house.settle().await;
        assert_eq!(house.page_comments(desk.page()), []);
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("HELD BACK"), 5);
        assert_eq!(house.page_messages(desk.page(), desk.psid()), [""; 0]);
        assert!(view.has_tag("deskbridge_undelivered"));
        desk.reply(&house, ticket, "/r/kettles is a nice place");
        house.settle().await;
        assert_eq!(house.page_comments(desk.page()).len(), 1, "that is no command");
    }
}

#[tokio::test]
async fn why_tells_the_whole_story() {
    for desk in Desk::BOTH {
        let (house, comment, ticket) = commented(desk).await;
        desk.agent(&house, "note", ticket, "/why");
        house.settle().await;
        let notes = desk.ticket(&house).notes().join(" | ");
        for wanted in
            [&*format!("ticket #{ticket}"), "The customer last wrote on", &*comment, "events are remembered"]
        {
            assert!(notes.contains(wanted), "{wanted}: {notes}");
        }
    }
}

#[tokio::test]
async fn a_command_is_carried_out_once_whatever_happens() {
    for desk in Desk::BOTH {
        let (house, comment, ticket) = commented(desk).await;
        desk.agent(&house, "note", ticket, "/hide");
        house.settle().await;
        let house = house.restart().await;
        deskbridge_engine::sweep(&house.bridge).await;
        house.settle().await;
        assert_eq!(shown(&house, desk, &comment)["hidden"], true);
        assert_eq!(desk.ticket(&house).times_noted("DONE: /hide"), 1);
    }
}

#[tokio::test]
async fn a_private_reply_is_not_taken_for_a_colleagues_in_the_persons_other_ticket() {
    for desk in Desk::BOTH {
        let (house, _, ticket) = commented(desk).await;
        desk.message(&house, "And hello by message");
        house.settle().await;
        desk.agent(&house, "note", ticket, "/private Please tell us your order number.");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Please tell us your order number."]);
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.times_noted("A colleague answered"), 0, "{ticket:?}");
        }
    }
}
