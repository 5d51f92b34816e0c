//! `/retry` and `/resend`: an agent has a reply sent again that was not sent, or may not have been.

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::json;

async fn commented(desk: Desk) -> (House, u64) {
    let house = House::open().await;
    desk.comment(&house, "Where is my parcel?");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    (house, ticket)
}

fn published(house: &House, desk: Desk) -> Vec<String> {
    house.page_comments(desk.page()).into_iter().map(|(_, text)| text).collect()
}

fn refuse(house: &House, path: &str, skip: u32) {
    let body = json!({"error": {"message": "abusive", "type": "OAuthException", "code": 368}});
    let kind = FaultKind::Status { code: 400, retry_after_s: None, body: Some(body) };
    house.graph().fault(FaultRule { method: Some("POST".into()), path: path.into(), kind, times: 1, skip });
}

#[tokio::test]
async fn a_refused_reply_is_sent_again_as_it_is() {
    for desk in Desk::BOTH {
        for command in ["/retry", "/resend"] {
            let (house, ticket) = commented(desk).await;
            refuse(&house, "/comments", 0);
            desk.reply_html(&house, ticket, "<p>It is <b>on its way</b>.</p>");
            house.settle().await;
            assert_eq!(published(&house, desk), [""; 0]);
            assert!(desk.ticket(&house).has_tag("deskbridge_undelivered"));
            desk.agent(&house, "note", ticket, command);
            house.settle().await;
            assert_eq!(published(&house, desk), ["It is on its way."]);
            assert!(!desk.ticket(&house).has_tag("deskbridge_undelivered"), "it is sent now");
            desk.agent(&house, "note", ticket, command);
            house.settle().await;
            assert_eq!(published(&house, desk).len(), 1);
            assert_eq!(desk.ticket(&house).times_noted("NOTHING TO SEND AGAIN"), 1);
        }
    }
}

#[tokio::test]
async fn it_may_be_refused_again_and_again() {
    for desk in Desk::BOTH {
        let (house, ticket) = commented(desk).await;
        refuse(&house, "/comments", 0);
        desk.reply(&house, ticket, "On its way.");
        house.settle().await;
        for times in 2..4 {
            refuse(&house, "/comments", 0);
            desk.agent(&house, "note", ticket, "/resend");
            house.settle().await;
            assert_eq!(desk.ticket(&house).times_noted("NOT SENT"), times);
        }
        desk.agent(&house, "note", ticket, "/resend");
        house.settle().await;
        assert_eq!(published(&house, desk), ["On its way."]);
    }
}

#[tokio::test]
async fn only_what_is_missing_of_a_long_reply_is_sent_again() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        let long: String = (0..400).map(|n| format!("This is sentence {n}. ")).collect();
        refuse(&house, "/messages", 1);
        desk.reply(&house, ticket, &long);
        house.settle().await;
        let sent = || house.page_messages(desk.page(), desk.psid());
        assert_eq!(sent().len(), 1);
        desk.agent(&house, "note", ticket, "/retry");
        house.settle().await;
        let sent = sent();
        for (at, piece) in sent.iter().enumerate() {
            assert!(piece.contains(&format!("{}/{}", at + 1, sent.len())), "{piece}");
        }
        assert!(sent.len() > 2);
    }
}

#[tokio::test]
async fn an_unconfirmed_reply_is_sent_again_only_because_a_person_asks() {
    for desk in Desk::BOTH {
        let (house, ticket) = commented(desk).await;
        house.graph().fault(FaultRule {
            method: Some("POST".into()),
            path: "/comments".into(),
            kind: FaultKind::LostBefore,
            times: 1,
            skip: 0,
        });
        desk.reply(&house, ticket, "On its way.");
        house.settle_within(Duration::from_secs(3600)).await;
        assert_eq!(published(&house, desk), [""; 0]);
        assert_eq!(desk.ticket(&house).times_noted("COULD NOT CONFIRM"), 1);
        desk.agent(&house, "note", ticket, "/resend");
        house.settle().await;
        assert_eq!(published(&house, desk), ["On its way."]);
    }
}

#[tokio::test]
async fn without_anything_unsent_nothing_is_sent() {
    for desk in Desk::BOTH {
        let (house, ticket) = commented(desk).await;
        desk.reply(&house, ticket, "On its way.");
        desk.agent(&house, "note", ticket, "/retry");
        desk.agent(&house, "note", ticket, "/resend");
        house.settle().await;
        assert_eq!(published(&house, desk), ["On its way."]);
        assert_eq!(desk.ticket(&house).times_noted("NOTHING TO SEND AGAIN"), 2);
    }
}

#[tokio::test]
async fn what_was_said_anew_is_not_sent_again() {
    for desk in Desk::BOTH {
        let (house, ticket) = commented(desk).await;
        refuse(&house, "/comments", 0);
        desk.reply(&house, ticket, "First try.");
        house.settle().await;
        desk.reply(&house, ticket, "Second try.");
        house.settle().await;
        desk.agent(&house, "note", ticket, "/resend");
        house.settle().await;
        assert_eq!(published(&house, desk), ["Second try."]);
    }
}

#[tokio::test]
async fn what_begins_with_a_command_or_has_a_placeholder_is_never_sent_again() {
    for desk in Desk::BOTH {
        for text in ["/privat do not tell", "Dear {{ticket.requester.first_nam}}"] {
            let (house, ticket) = commented(desk).await;
            desk.reply(&house, ticket, text);
            house.settle().await;
            desk.agent(&house, "note", ticket, "/resend");
            house.settle().await;
            assert_eq!(published(&house, desk), [""; 0], "{text}");
            assert_eq!(desk.ticket(&house).times_noted("cannot go out as it is"), 1, "{text}");
        }
    }
}

#[tokio::test]
async fn a_command_is_carried_out_once_whatever_dies() {
    for desk in Desk::BOTH {
        for steps in 1..12 {
            let (house, ticket) = commented(desk).await;
            refuse(&house, "/comments", 0);
            desk.reply(&house, ticket, "On its way.");
            house.settle().await;
            desk.agent(&house, "note", ticket, "/resend");
            house.deliver_webhooks().await;
            house.relay_and_die_after(steps);
            let house = house.restart().await;
            house.settle_within(Duration::from_secs(3600)).await;
            let told = desk.ticket(&house).times_noted("COULD NOT CONFIRM");
            assert_eq!(published(&house, desk).len() + told, 1, "died after {steps} steps");
        }
    }
}
