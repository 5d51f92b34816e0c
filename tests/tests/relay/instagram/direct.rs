//! Direct messages and stories.

use std::time::Duration;

use deskbridge_tests::{Desk, House};
use serde_json::json;

use super::{account, act, customer, sent, write, write_with};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_message_becomes_a_ticket_and_the_answer_comes_back() {
    for desk in Desk::BOTH {
        for in_changes in [false, true] {
            let house = House::open().await;
            write_with(&house, desk, &json!({"text": "Do you ship to Norway?", "in_changes": in_changes}));
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.requester, customer(desk).2, "the profile's name is read once");
            assert_eq!(ticket.times_said("Do you ship to Norway?"), 1);
            desk.reply(&house, ticket.id, "Yes, we do.");
            house.settle().await;
            assert_eq!(sent(&house, desk), ["Yes, we do."]);
            act(
                &house,
                &json!({"do": "instagram_read", "account": account(desk), "person": customer(desk).0}),
            );
            house.settle().await;
            assert_eq!(desk.ticket(&house).notes(), [""; 0]);
            assert!(house.quarantined().await.is_empty());
        }
    }
}

#[tokio::test]
async fn long_answers_are_cut_by_bytes() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, "Привет");
        house.settle().await;
        let long: String = (0..60).map(|n| format!("Это предложение номер {n}. ")).collect();
        desk.reply(&house, desk.ticket(&house).id, &long);
        house.settle().await;
        let pieces = sent(&house, desk);
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() <= 1_000), "{pieces:?}");
        assert!((0..60).all(|n| pieces.iter().any(|piece| piece.contains(&format!("номер {n}.")))));
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn every_kind_of_attachment_is_shown() {
    let kinds =
        ["image", "audio", "video", "file", "ig_post", "reel", "ig_reel", "share", "ig_story", "hologram"];
    for desk in Desk::BOTH {
        let house = House::open().await;
        for kind in kinds {
            let url = format!("https://cdn.example/{kind}.bin");
            write_with(&house, desk, &json!({"attachments": [{"type": kind, "url": url}]}));
        }
        write_with(&house, desk, &json!({"attachments": [{"type": "ephemeral", "payload": {}}]}));
        write_with(&house, desk, &json!({"unsupported": true}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        let html: String = ticket.entries.iter().map(|entry| entry.html.as_str()).collect();
        for kind in kinds {
            assert!(html.contains(&format!("cdn.example/{kind}.bin")), "{kind}: {html}");
        }
        for wanted in ["view-once photo or video", "Unsupported"] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(house.quarantined().await.is_empty());
    }
}

#[tokio::test]
async fn stories_come_with_their_link_and_are_answered_as_messages() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write_with(&house, desk, &json!({"story_mention": "https://cdn.example/theirs"}));
        write_with(
            &house,
            desk,
            &json!({"text": "Is that the red one?", "story": "https://cdn.example/ours"}),
        );
        house.settle().await;
        let ticket = desk.ticket(&house);
        let html: String = ticket.entries.iter().map(|entry| entry.html.as_str()).collect();
        for wanted in
            ["cdn.example/theirs", "mentions the account in a story", "cdn.example/ours", "answers a story"]
        {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        desk.reply(&house, ticket.id, "It is.");
        house.settle().await;
        assert_eq!(sent(&house, desk), ["It is."]);
    }
}

#[tokio::test]
async fn edits_unsent_messages_and_the_app_are_told() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let first = write(&house, desk, "Size M please");
        let second = write(&house, desk, "my card is 4711");
        house.settle().await;
        act(&house, &json!({"do": "edit", "id": first, "text": "Size L please"}));
        act(&house, &json!({"do": "unsend", "id": second}));
        act(&house, &json!({"do": "react", "on": first}));
        let native = json!({"do": "instagram_native", "account": account(desk), "person": customer(desk).0, "text": "Done on the phone"});
        act(&house, &native);
        house.repeat_webhooks(house.graph(), 2).await;
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("Size L please"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("removed a message"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("Done on the phone"), 1, "{ticket:#?}");
        assert_eq!(sent(&house, desk), [""; 0], "never sent again");
    }
}

#[tokio::test]
async fn after_a_day_a_person_may_answer_and_after_a_week_nobody() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, "Hello?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        house.pass(25 * HOUR);
        desk.reply(&house, ticket, "Sorry, it took a while.");
        house.settle().await;
        assert_eq!(sent(&house, desk), ["Sorry, it took a while."], "as a human agent");
        house.pass(7 * 24 * HOUR);
        desk.reply(&house, ticket, "One more thing.");
        house.settle().await;
        assert_eq!(sent(&house, desk).len(), 1);
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_noted("NOT SENT"), ticket.times_noted("reply window is closed")), (1, 1));
        assert!(ticket.has_tag("deskbridge_undelivered"));
    }
}
