//! Direct messages.

use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

fn act(house: &House, act: &Value) -> String {
    house.act(house.graph(), act)["id"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_message_becomes_a_ticket_and_the_answer_comes_back() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Do you ship to Norway?");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.requester, desk.name(), "the profile's name is read once");
        assert_eq!(ticket.times_said("Do you ship to Norway?"), 1);
        desk.reply(&house, ticket.id, "Yes, we do.");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Yes, we do."]);
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.notes(), [""; 0], "our own echo tells nobody anything");
        assert_eq!(ticket.said().len(), 1);
    }
}

#[tokio::test]
async fn every_kind_of_attachment_is_shown() {
    let kinds = ["image", "audio", "video", "file", "reel", "ig_reel", "template", "hologram"];
    for desk in Desk::BOTH {
        let house = House::open().await;
        for kind in kinds {
            let url = format!("https://cdn.example/{kind}.bin");
            let attachment = json!({"type": kind, "url": url});
            act(
                &house,
                &json!({"do": "message", "page": desk.page(), "person": desk.psid(), "attachments": [attachment]}),
            );
        }
        let sticker = json!({"type": "image", "url": "https://cdn.example/thumb.png", "sticker_id": 369_239_263_222_822_u64});
        let link = json!({"type": "fallback", "title": "Our shop", "url": "https://shop.example/cup"});
        let place = json!({"type": "location", "payload": {"coordinates": {"lat": 59.9, "long": 10.7}}});
        for attachment in [sticker, link, place] {
            act(
                &house,
                &json!({"do": "message", "page": desk.page(), "person": desk.psid(), "attachments": [attachment]}),
            );
        }
        act(
            &house,
            &json!({"do": "message", "page": desk.page(), "person": desk.psid(), "unsupported": true}),
        );
        house.settle().await;
        let ticket = desk.ticket(&house);
        let html: String = ticket.entries.iter().map(|entry| entry.html.as_str()).collect();
        for kind in kinds {
            assert!(html.contains(&format!("cdn.example/{kind}.bin")), "{kind}: {html}");
        }
        for wanted in ["Sticker", "Our shop", "mlat=59.9", "Unsupported"] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(house.quarantined().await.is_empty());
    }
}

#[tokio::test]
async fn quick_replies_postbacks_referrals_and_replies_say_what_the_customer_did() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let (page, person) = (desk.page(), desk.psid());
        act(
            &house,
            &json!({"do": "postback", "page": page, "person": person, "title": "Get started", "payload": "GO",
            "referral": {"ref": "spring", "source": "SHORTLINK"}}),
        );
        house.settle().await;
        let first = act(
            &house,
            &json!({"do": "message", "page": page, "person": person, "text": "Blue", "quick_reply": "COLOUR_BLUE"}),
        );
        act(
            &house,
            &json!({"do": "message", "page": page, "person": person, "text": "I meant this", "reply_to": first}),
        );
        act(
            &house,
            &json!({"do": "referral", "page": page, "person": person, "referral": {"ad_id": "77", "source": "ADS"}}),
        );
        act(
            &house,
            &json!({"do": "message", "page": page, "person": person, "text": "From the ad",
            "referral": {"ad_id": "78", "source": "ADS"}}),
        );
        house.settle().await;
        let all = desk.ticket(&house).said().join("\n");
        for wanted in ["Get started", "spring", "Blue", "COLOUR_BLUE", "I meant this", "Ad 77", "Ad 78"] {
            assert!(all.contains(wanted), "{wanted}: {all}");
        }
    }
}

#[tokio::test]
async fn a_referral_alone_opens_no_ticket_but_the_reply_window() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        act(
            &house,
            &json!({"do": "referral", "page": desk.page(), "person": desk.psid(), "referral": {"ad_id": "77"}}),
        );
        house.settle().await;
        assert_eq!(desk.tickets(&house).len(), 0);
    }
}

#[tokio::test]
async fn an_edit_and_an_unsent_message_are_told() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let first = desk.message(&house, "Size M please");
        let second = desk.message(&house, "my card is 4711");
        house.settle().await;
        act(&house, &json!({"do": "edit", "id": first, "text": "Size L please"}));
        act(&house, &json!({"do": "unsend", "id": second}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("Size L please"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("removed a message"), 1, "{ticket:#?}");
    }
}

#[tokio::test]
async fn reactions_receipts_and_typing_make_nothing() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let message = desk.message(&house, "Hello");
        house.settle().await;
        desk.reply(&house, desk.ticket(&house).id, "Good day.");
        house.settle().await;
        let before = desk.ticket(&house).entries.len();
        desk.remote(&house).take_calls();
        act(&house, &json!({"do": "react", "on": message, "emoji": "\u{2764}"}));
        act(&house, &json!({"do": "read", "page": desk.page(), "person": desk.psid()}));
        house.settle().await;
        assert_eq!(desk.ticket(&house).entries.len(), before);
        assert_eq!(desk.remote(&house).take_calls(), [""; 0]);
    }
}

#[tokio::test]
async fn a_message_written_in_the_native_app_is_told_once() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Are you there?");
        house.settle().await;
        act(
            &house,
            &json!({"do": "page_message", "page": desk.page(), "person": desk.psid(), "text": "Yes, on my phone."}),
        );
        house.repeat_webhooks(house.graph(), 2).await;
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("Yes, on my phone."), 1, "{ticket:#?}");
        assert_eq!(ticket.said().len(), 1);
        assert_eq!(house.page_messages(desk.page(), desk.psid()), [""; 0], "never sent again");
    }
}

#[tokio::test]
async fn what_comes_in_standby_is_shown_and_says_so() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        act(
            &house,
            &json!({"do": "message", "page": desk.page(), "person": desk.psid(), "text": "Bot?", "standby": true}),
        );
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("Bot?"), 1);
        assert!(ticket.said()[0].contains("another app holds this thread"), "{ticket:#?}");
    }
}

#[tokio::test]
async fn every_entry_of_one_post_is_handled_even_for_the_page_of_another_account() {
    let house = House::open().await;
    let item = |psid: &str, page: &str, text: &str| {
        json!({"sender": {"id": psid}, "recipient": {"id": page}, "timestamp": 1_795_000_000_000_u64,
            "message": {"mid": format!("m_{psid}{text}"), "text": text}})
    };
    let body = json!({"object": "page", "entry": [
        {"id": "1001", "time": 1_795_000_000_000_u64, "messaging": [item("3001", "1001", "one"), item("3002", "1001", "two")]},
        {"id": "1002", "time": 1_795_000_000_000_u64, "messaging": [item("3003", "1002", "three")]},
        {"id": "1001", "time": 1_795_000_000_000_u64, "messaging": [item("3001", "1001", "four")]},
    ]});
    assert_eq!(house.knock_signed("acme-facebook", body.to_string().as_bytes()).await.status, 200);
    house.settle().await;
    let acme = Desk::Zendesk.tickets(&house);
    assert_eq!(acme.len(), 2, "{acme:#?}");
    assert_eq!((acme[0].times_said("one"), acme[0].times_said("four"), acme[1].times_said("two")), (1, 1, 1));
    assert_eq!(Desk::Freshdesk.ticket(&house).times_said("three"), 1);
}

#[tokio::test]
async fn messages_for_a_page_that_is_not_configured_are_kept_and_the_rest_is_handled() {
    let house = House::open().await;
    let item = |page: &str, text: &str| {
        json!({"sender": {"id": "3001"}, "recipient": {"id": page}, "timestamp": 1_795_000_000_000_u64,
            "message": {"mid": format!("m_{page}"), "text": text}})
    };
    let body = json!({"object": "page", "entry": [
        {"id": "9999", "time": 1_795_000_000_000_u64, "messaging": [item("9999", "for nobody")]},
        {"id": "1001", "time": 1_795_000_000_000_u64, "messaging": [item("1001", "for Acme")]},
    ]});
    for _ in 0..2 {
        assert_eq!(house.knock_signed("acme-facebook", body.to_string().as_bytes()).await.status, 200);
        house.settle().await;
    }
    assert_eq!(Desk::Zendesk.ticket(&house).times_said("for Acme"), 1);
    let held = house.quarantined().await;
    assert_eq!(held.len(), 1, "warned once: {held:#?}");
    assert!(held[0].reason.contains("no account is configured for 9999"), "{}", held[0].reason);
}

#[tokio::test]
async fn a_customer_without_a_readable_profile_gets_an_honest_placeholder() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        house.control(
            house.graph(),
            &json!({"do": "unreadable", "page": desk.page(), "person": desk.psid(), "unreadable": true}),
        );
        desk.message(&house, "Who am I?");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert!(ticket.requester.contains("Facebook"), "{}", ticket.requester);
        assert_ne!(ticket.requester, "John Doe");
    }
}

#[tokio::test]
async fn two_customers_of_one_warm_process_never_get_each_others_names_or_answers() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let other = if desk == Desk::Zendesk { "3002" } else { "3004" };
        desk.message(&house, "first");
        house.message(desk.page(), other, "second");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2);
        assert_ne!(tickets[0].requester, tickets[1].requester);
        desk.reply(&house, tickets[1].id, "to the second");
        desk.reply(&house, tickets[0].id, "to the first");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["to the first"]);
        assert_eq!(house.page_messages(desk.page(), other), ["to the second"]);
    }
}

#[tokio::test]
async fn an_ordinary_conversation_keeps_its_item_under_a_kilobyte() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        for round in 0..25 {
            desk.message(&house, &format!("question {round}"));
            house.settle().await;
            desk.reply(&house, desk.ticket(&house).id, &format!("answer {round}"));
            house.settle().await;
        }
        let (_, _, bytes) = house.bridge.world.store.counts();
        assert_eq!(house.page_messages(desk.page(), desk.psid()).len(), 25);
        assert_eq!(desk.ticket(&house).said().len(), 25);
        assert!(bytes <= 1024, "{bytes} bytes");
    }
}
