//! What agents write, and what of it leaves the helpdesk.

use std::time::Duration;

use deskbridge_engine::sweep;
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::json;

/// A house with one direct conversation.
async fn direct(desk: Desk) -> House {
    let house = House::open().await;
    desk.message(&house, "Hello?");
    house.settle().await;
    house
}

fn sent(house: &House, desk: Desk) -> Vec<String> {
    house.page_messages(desk.page(), desk.psid())
}

#[tokio::test]
async fn private_notes_never_leave() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        desk.agent(&house, "note", desk.ticket(&house).id, "He is a difficult one.");
        house.settle().await;
        sweep(&house.bridge).await;
        house.settle().await;
        assert_eq!(sent(&house, desk), [""; 0]);
        assert_eq!(desk.ticket(&house).entries.len(), 2);
    }
}

#[tokio::test]
async fn agents_html_arrives_as_plain_text() {
    let html = "<div><p>Hello <b>Paula</b>,</p><p>see <a href=\"https://shop.example/a?b=1&amp;c=2\">our shop</a>:</p>\
                <ul><li>red</li><li>blue</li></ul><p>Caf\u{e9} &amp; \u{1f600}<br>Bye</p></div>";
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        desk.reply_html(&house, desk.ticket(&house).id, html);
        house.settle().await;
        let sent = sent(&house, desk);
        assert_eq!(sent.len(), 1);
        let text = &sent[0];
        for wanted in
            ["Hello Paula", "https://shop.example/a?b=1&c=2", "red", "blue", "Caf\u{e9} & \u{1f600}\nBye"]
        {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        assert!(!text.contains('<') && !text.contains("**") && !text.contains("&amp;"), "{text}");
    }
}

#[tokio::test]
async fn a_long_reply_arrives_in_numbered_pieces_in_order() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        let long: String = (0..400).map(|n| format!("This is sentence {n}. ")).collect();
        desk.reply(&house, desk.ticket(&house).id, &long);
        house.settle().await;
        let pieces = sent(&house, desk);
        assert!(pieces.len() > 2, "{}", pieces.len());
        for (at, piece) in pieces.iter().enumerate() {
            assert!(piece.contains(&format!("{}/{}", at + 1, pieces.len())), "{piece}");
            assert!(piece.chars().count() <= 2000);
        }
        let positions: Vec<usize> = (0..400)
            .map(|n| pieces.iter().position(|piece| piece.contains(&format!("sentence {n}."))).unwrap())
            .collect();
        assert!(positions.is_sorted());
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn when_the_second_piece_fails_the_note_says_what_arrived() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        let long: String = (0..400).map(|n| format!("This is sentence {n}. ")).collect();
        let body = json!({"error": {"message": "abusive", "type": "OAuthException", "code": 368}});
        let kind = FaultKind::Status { code: 400, retry_after_s: None, body: Some(body) };
        house.graph().fault(FaultRule {
            method: Some("POST".into()),
            path: "/messages".into(),
            kind,
            times: 1,
            skip: 1,
        });
        desk.reply(&house, desk.ticket(&house).id, &long);
        house.settle().await;
        assert_eq!(sent(&house, desk).len(), 1, "nothing after the piece that failed");
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("Parts 1 to 1 of"), 1, "{ticket:#?}");
        assert_eq!(ticket.notes().len(), 1);
    }
}

#[tokio::test]
async fn a_reply_with_an_unexpanded_placeholder_is_held_back() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        desk.reply_html(
            &house,
            desk.ticket(&house).id,
            "<p>Dear {{ticket.requester.first_nam}},</p><p>hello.</p>",
        );
        house.settle().await;
        assert_eq!(sent(&house, desk), [""; 0]);
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("HELD BACK"), 1, "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge_undelivered"));
    }
}

#[tokio::test]
async fn a_reply_without_any_words_is_not_sent_and_says_so() {
    let desk = Desk::Freshdesk;
    let house = direct(desk).await;
    desk.reply_html(&house, desk.ticket(&house).id, "<p>&nbsp;</p><p><br></p>");
    house.settle().await;
    assert_eq!(sent(&house, desk), [""; 0]);
    assert_eq!(desk.ticket(&house).times_noted("NOT SENT"), 1, "{:#?}", desk.ticket(&house));
}

#[tokio::test]
async fn an_update_storm_sends_nothing() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "Once.");
        house.settle().await;
        for _ in 0..10 {
            desk.agent(&house, "solve", ticket, "");
            desk.agent(&house, "reopen", ticket, "");
            house.repeat_webhooks(desk.remote(&house), 3).await;
            house.settle().await;
        }
        desk.agent(&house, "note", ticket, "internal");
        desk.message(&house, "Thanks!");
        house.settle().await;
        assert_eq!(sent(&house, desk), ["Once."]);
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn the_bridges_own_notes_and_comments_wake_no_webhook_loop() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        house.settle_within(Duration::from_secs(3600)).await;
        house.bridge.world.take_lines();
        house.act(
            house.graph(),
            &json!({"do": "page_message", "page": desk.page(), "person": desk.psid(), "text": "native"}),
        );
        house.settle_within(Duration::from_secs(3600)).await;
        let told = house.told();
        assert!(!told.contains(&format!(r#""accepted","door":"{}""#, desk.account())), "{told}");
    }
}

#[tokio::test]
async fn replies_written_while_a_webhook_repeats_are_sent_once_each_and_in_order() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        let ticket = desk.ticket(&house).id;
        let wanted: Vec<String> = (0..10).map(|n| format!("answer {n}")).collect();
        for text in &wanted {
            desk.reply(&house, ticket, text);
            house.repeat_webhooks(desk.remote(&house), 2).await;
        }
        house.settle().await;
        assert_eq!(sent(&house, desk), wanted);
    }
}

#[tokio::test]
async fn a_reply_whose_webhook_is_lost_is_found_by_the_sweep() {
    for desk in Desk::BOTH {
        let house = direct(desk).await;
        house.pass(Duration::from_secs(600));
        desk.reply(&house, desk.ticket(&house).id, "Found me?");
        assert!(house.lose_webhooks(desk.remote(&house)) > 0);
        house.settle().await;
        assert_eq!(sent(&house, desk), [""; 0]);
        house.pass(Duration::from_secs(300));
        let swept = sweep(&house.bridge).await;
        assert_eq!(swept.failing, []);
        house.settle().await;
        assert_eq!(sent(&house, desk), ["Found me?"]);
        house.pass(Duration::from_secs(300));
        sweep(&house.bridge).await;
        house.settle().await;
        assert_eq!(sent(&house, desk).len(), 1);
    }
}

#[tokio::test]
async fn a_hint_without_conversation_key_finds_its_conversation() {
    let house = direct(Desk::Freshdesk).await;
    house.pass(Duration::from_secs(60));
    Desk::Freshdesk.reply(&house, 1, "Hello.");
    house.lose_webhooks(house.freshdesk());
    assert_eq!(
        super::doors::knock_freshdesk(&house, "demo-freshdesk-hook-key", &json!({"ticket_id": 1}))
            .await
            .status,
        200
    );
    house.settle().await;
    assert_eq!(sent(&house, Desk::Freshdesk), ["Hello."]);
}

#[tokio::test]
async fn a_forged_hint_for_a_foreign_ticket_changes_nothing() {
    let house = direct(Desk::Freshdesk).await;
    let key = Desk::Freshdesk.ticket(&house).conversation;
    let other = House::open().await;
    drop(other);
    // A ticket that came by e-mail and is nobody's conversation.
    let customer = json!({"do": "message", "page": "1002", "person": "3004", "text": "Another one"});
    house.act(house.graph(), &customer);
    house.settle().await;
    let before = house.bridge.world.store.counts();
    for hint in [
        json!({"ticket_id": 2, "conversation": key}),
        json!({"ticket_id": 77, "conversation": key}),
        json!({"ticket_id": 77}),
        json!({"ticket_id": 1, "conversation": "globex-facebook:direct:9999"}),
        json!({"ticket_id": 1, "conversation": "nobody:direct:1", "status": "Closed"}),
    ] {
        let response = super::doors::knock_freshdesk(&house, "demo-freshdesk-hook-key", &hint).await;
        assert_eq!(response.status, 200, "{hint}");
        house.settle().await;
    }
    assert_eq!(house.bridge.world.store.counts().1, before.1, "nothing is remembered: {}", house.told());
    assert_eq!(sent(&house, Desk::Freshdesk), [""; 0]);
    assert!(house.parked().await.is_empty());
}

#[tokio::test]
async fn a_read_of_the_store_that_is_old_sets_no_answer_aside() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.comment(&house, "Hello?");
        house.settle().await;
        desk.reply(&house, desk.ticket(&house).id, "Here we are.");
        house.deliver_webhooks().await;
        house.bridge.world.store.load_stale(1);
        house.settle().await;
        let published = house.page_comments(desk.page());
        assert_eq!(published.len(), 1, "{}", house.told());
        assert_eq!(house.parked().await, []);
    }
}
