//! Commands by tag, for macros.

use deskbridge_tests::{Desk, House, config_with};
use serde_json::{Value, json};

async fn commented(desk: Desk, lines: &str) -> (House, String, u64) {
    let house = House::open_with(&config_with(&[(desk.account(), lines)]), &[]).await;
    let comment = desk.comment(&house, "This kettle is rubbish");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    (house, comment, ticket)
}

/// A macro sets a tag, and says something to colleagues.
fn set_tag(house: &House, desk: Desk, ticket: u64, tag: &str) {
    let path = format!("{}/{ticket}", desk.tickets_path());
    if desk == Desk::Zendesk {
        let credentials = "agent@acme.example/token:demo-agent-token";
        house.call(desk.remote(house), "PUT", &format!("{path}/tags"), credentials, &json!({"tags": [tag]}));
    } else {
        let mut tags = desk.ticket(house).tags;
        tags.push(tag.to_owned());
        house.call(desk.remote(house), "PUT", &path, "demo-agent-key:X", &json!({ "tags": tags }));
    }
    assert!(desk.ticket(house).has_tag(tag));
    desk.agent(house, "note", ticket, "the usual macro");
}

fn hidden(house: &House, desk: Desk, comment: &str) -> bool {
    let state = house.state(house.graph());
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let pages = list(&state["pages"]).into_iter().filter(|page| page["id"] == desk.page());
    let posts = pages.flat_map(|page| list(&page["posts"]));
    let comments: Vec<Value> = posts.flat_map(|post| list(&post["comments"])).collect();
    comments.iter().find(|one| one["id"] == comment).expect("the comment")["hidden"] == true
}

#[tokio::test]
async fn a_tag_acts_like_the_note_and_is_taken_off_so_that_it_can_be_set_again() {
    for desk in Desk::BOTH {
        let (house, comment, ticket) = commented(desk, "tag_commands = true").await;
        for times in 1..3 {
            set_tag(&house, desk, ticket, "deskbridge_hide");
            house.settle().await;
            assert!(hidden(&house, desk, &comment));
            let view = desk.ticket(&house);
            assert!(!view.has_tag("deskbridge_hide") && view.has_tag("deskbridge"), "{view:#?}");
            assert_eq!(view.times_noted("DONE: /hide"), times);
            desk.agent(&house, "note", ticket, "/unhide");
            house.settle().await;
            assert!(!hidden(&house, desk, &comment));
        }
        assert!(house.parked().await.is_empty());
    }
}

#[tokio::test]
async fn a_reply_can_be_sent_again_by_tag_and_replies_after_it_are_read() {
    for desk in Desk::BOTH {
        let lines = [(desk.account(), "tag_commands = true"), (desk.door(), "preflight = \"hold\"")];
        let house = House::open_with(&config_with(&lines), &[]).await;
        desk.comment(&house, "Who are you?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Write to maya@globex.example");
        house.settle().await;
        set_tag(&house, desk, ticket, "deskbridge_resend");
        house.settle().await;
        desk.reply(&house, ticket, "Bye.");
        house.settle().await;
        let published: Vec<String> =
            house.page_comments(desk.page()).into_iter().map(|(_, text)| text).collect();
        assert_eq!(published, ["Write to maya@globex.example", "Bye."]);
    }
}

#[tokio::test]
async fn without_the_setting_tags_are_just_tags_and_cost_nothing() {
    for desk in Desk::BOTH {
        let (house, comment, ticket) = commented(desk, "").await;
        set_tag(&house, desk, ticket, "deskbridge_hide");
        desk.remote(&house).take_calls();
        house.settle().await;
        assert!(!hidden(&house, desk, &comment));
        assert!(desk.remote(&house).take_calls().len() <= 2);
        assert!(desk.ticket(&house).has_tag("deskbridge_hide"));
    }
}

#[tokio::test]
async fn whatever_dies_it_is_done_and_the_tag_is_off() {
    for desk in Desk::BOTH {
        for steps in 1..14 {
            let (house, comment, ticket) = commented(desk, "tag_commands = true").await;
            set_tag(&house, desk, ticket, "deskbridge_hide");
            house.deliver_webhooks().await;
            house.relay_and_die_after(steps);
            house.settle_within(std::time::Duration::from_secs(3600)).await;
            let view = desk.ticket(&house);
            assert!(hidden(&house, desk, &comment) && !view.has_tag("deskbridge_hide"), "after {steps}");
            assert_eq!(view.times_noted("DONE: /hide"), 1, "after {steps} steps: {view:#?}");
        }
    }
}
