//! Posts and comments on a Facebook page.

use deskbridge_engine::ports::HeldKind;
use deskbridge_engine::{NotPutBack, put_back};
use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

fn id(acted: &Value) -> String {
    acted["id"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_comment_on_our_post_becomes_a_ticket_and_the_answer_appears_under_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "Where is my parcel?");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.requester, desk.name());
        assert!(ticket.subject.contains("Where is my parcel?"), "{}", ticket.subject);
        assert_eq!(ticket.times_said("Where is my parcel?"), 1, "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge"), "{ticket:#?}");
        assert!(ticket.entries[0].html.contains("facebook.com"), "permalink: {}", ticket.entries[0].html);
        desk.reply(&house, ticket.id, "On its way.");
        house.settle().await;
        assert_eq!(house.page_comments(desk.page()), [(comment, "On its way.".to_owned())]);
        assert_eq!(desk.ticket(&house).notes(), [""; 0], "the echo of our reply tells nobody anything");
    }
}

#[tokio::test]
async fn a_comment_on_our_post_quotes_the_post() {
    let house = House::open().await;
    Desk::Zendesk.comment(&house, "Does it whistle?");
    house.settle().await;
    let ticket = Desk::Zendesk.ticket(&house);
    assert!(ticket.said()[0].contains("The new Acme kettle is here."), "{ticket:#?}");
}

#[tokio::test]
async fn a_visitors_post_is_a_conversation_of_its_own_and_is_answered_under_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let act = json!({"do": "post", "page": desk.page(), "person": desk.person(), "text": "Your shop is closed?"});
        let post = id(&house.act(house.graph(), &act));
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("Your shop is closed?"), 1);
        desk.reply(&house, ticket.id, "Only on Mondays.");
        house.settle().await;
        assert_eq!(house.page_comments(desk.page()), [(post, "Only on Mondays.".to_owned())]);
    }
}

#[tokio::test]
async fn others_under_a_visitors_post_get_conversations_of_their_own_that_quote_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let act =
            json!({"do": "post", "page": desk.page(), "person": desk.person(), "text": "Broken again!"});
        let post = id(&house.act(house.graph(), &act));
        house.settle().await;
        house.comment(&post, desk.other(), "Mine too.");
        house.comment(&post, desk.person(), "And cold.");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2, "{tickets:#?}");
        assert_eq!(tickets[0].times_said("Broken again!") + tickets[0].times_said("And cold."), 2);
        assert_eq!(tickets[1].times_said("Mine too."), 1);
        assert!(tickets[1].said()[0].contains("Broken again!"), "quotes the post: {:#?}", tickets[1]);
    }
}

#[tokio::test]
async fn a_nested_reply_of_the_same_customer_goes_into_the_same_ticket() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "How big is it?");
        house.settle().await;
        desk.reply(&house, desk.ticket(&house).id, "Two litres.");
        house.settle().await;
        let nested = house.comment(&comment, desk.person(), "And how heavy?");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("And how heavy?"), 1);
        desk.reply(&house, ticket.id, "One kilogram.");
        house.settle().await;
        let own = house.page_comments(desk.page());
        assert_eq!(own.len(), 2, "{own:?} {}", house.told());
        assert!(own.iter().any(|(on, text)| (*on == nested || *on == comment) && text == "One kilogram."));
    }
}

#[tokio::test]
async fn photo_video_link_and_sticker_comments_are_shown_with_what_came() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        for (kind, url) in [
            ("photo", "https://cdn.example/cup.jpg"),
            ("video", "https://cdn.example/cup.mp4"),
            ("link", "https://shop.example/cup"),
            ("sticker", "https://cdn.example/thumb.png"),
        ] {
            let act = json!({"do": "comment", "on": desk.post(), "person": desk.person(), kind: url});
            house.act(house.graph(), &act);
            house.settle().await;
        }
        let ticket = desk.ticket(&house);
        let said: String = ticket.entries.iter().map(|entry| entry.html.as_str()).collect();
        for wanted in ["cdn.example/cup.jpg", "cdn.example/cup.mp4", "shop.example/cup"] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert_eq!(ticket.said().len(), 4, "{ticket:#?}");
        assert!(ticket.said().iter().all(|text| !text.trim().is_empty()));
    }
}

#[tokio::test]
async fn an_edit_is_shown_as_the_customers_comment() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "I want it blue.");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "edit", "id": comment, "text": "I want it red."}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("I want it red."), 1, "{ticket:#?}");
        assert!(ticket.said()[1].contains("Edited by the customer"), "{ticket:#?}");
    }
}

#[tokio::test]
async fn an_edit_whose_original_never_arrived_opens_a_ticket_that_can_be_answered() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "I want it blue.");
        house.lose_webhooks(house.graph());
        house.act(house.graph(), &json!({"do": "edit", "id": comment, "text": "I want it red."}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("I want it red."), 1, "{ticket:#?}");
        desk.reply(&house, ticket.id, "Red it is.");
        house.settle().await;
        assert_eq!(
            house.page_comments(desk.page()),
            [(comment, "Red it is.".to_owned())],
            "{:#?}",
            desk.ticket(&house)
        );
    }
}

#[tokio::test]
async fn a_removed_comment_is_told_in_a_private_note() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "Something rash.");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "remove", "id": comment}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("removed a message"), 1, "{ticket:#?}");
        assert_eq!(ticket.said().len(), 1);
    }
}

#[tokio::test]
async fn a_comment_that_is_removed_before_it_arrives_is_never_shown() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "Something rash.");
        let body = feed(desk, "add", &comment, "Something rash.");
        house.lose_webhooks(house.graph());
        house.act(house.graph(), &json!({"do": "remove", "id": comment}));
        house.settle().await;
        assert_eq!(desk.tickets(&house).len(), 0, "nothing to tell yet");
        assert_eq!(house.knock_signed(desk.door(), body.as_bytes()).await.status, 200);
        house.settle().await;
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.times_said("Something rash."), 0, "{ticket:#?}");
            assert!(!ticket.subject.contains("rash"), "{}", ticket.subject);
        }
    }
}

fn feed(desk: Desk, verb: &str, comment: &str, text: &str) -> String {
    let value = json!({"item": "comment", "verb": verb, "comment_id": comment, "post_id": desk.post(), "parent_id": desk.post(),
        "from": {"id": desk.person(), "name": desk.name()}, "message": text, "created_time": 1_795_000_000});
    json!({"object": "page", "entry": [{"id": desk.page(), "time": 1_795_000_000, "changes": [{"field": "feed", "value": value}]}]})
        .to_string()
}

#[tokio::test]
async fn hiding_and_showing_again_are_told_in_private_notes() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "Buy cheap watches");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "hide", "id": comment}));
        house.settle().await;
        house.act(house.graph(), &json!({"do": "unhide", "id": comment}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("was hidden"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("shown again"), 1, "{ticket:#?}");
        assert_eq!(ticket.said().len(), 1);
    }
}

#[tokio::test]
async fn a_mention_becomes_a_ticket_even_where_the_author_is_not_told() {
    for desk in Desk::BOTH {
        for (in_comment, unreadable) in [(false, false), (true, false), (false, true), (true, true)] {
            let house = House::open().await;
            let act = json!({"do": "mention", "page": desk.page(), "person": desk.person(), "text": "Thanks to this shop!",
                "in_comment": in_comment, "unreadable": unreadable});
            house.act(house.graph(), &act);
            house.settle().await;
            let held = house.quarantined().await;
            let tickets = desk.tickets(&house);
            assert_eq!(
                tickets.len() + held.len(),
                1,
                "{in_comment} {unreadable} {tickets:#?} {}",
                house.told()
            );
            if !unreadable {
                assert_eq!(tickets[0].times_said("Thanks to this shop!"), 1, "{tickets:#?}");
            }
        }
    }
}

#[tokio::test]
async fn our_own_posts_and_comments_open_nothing() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let post =
            id(&house
                .act(house.graph(), &json!({"do": "post", "page": desk.page(), "text": "New colours!"})));
        house.act(
            house.graph(),
            &json!({"do": "post", "page": desk.page(), "text": "Later", "unpublished": true}),
        );
        let comment =
            id(&house.act(house.graph(), &json!({"do": "comment", "on": post, "text": "Link in bio"})));
        house.act(house.graph(), &json!({"do": "edit", "id": comment, "text": "Link below"}));
        house.act(house.graph(), &json!({"do": "edit", "id": post, "text": "New colors!"}));
        house.act(house.graph(), &json!({"do": "remove", "id": comment}));
        house.settle().await;
        assert_eq!(desk.tickets(&house).len(), 0);
        let held = house.quarantined().await;
        assert_eq!(held, [], "own comments under own posts are nobody's business");
    }
}

#[tokio::test]
async fn a_colleagues_answer_in_the_native_app_is_told_once_in_a_private_note() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "Is it in stock?");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "comment", "on": comment, "text": "Yes, ten pieces."}));
        house.repeat_webhooks(house.graph(), 3).await;
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("Yes, ten pieces."), 1, "{ticket:#?}");
        assert_eq!(ticket.said().len(), 1, "never as the customer's words");
        assert_eq!(house.page_comments(desk.page()).len(), 1, "never published again");
    }
}

#[tokio::test]
async fn reactions_never_make_a_ticket_or_a_comment() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        house.act(house.graph(), &json!({"do": "react", "on": desk.post(), "person": desk.person()}));
        house.settle().await;
        assert_eq!(desk.tickets(&house).len(), 0);
        let comment = desk.comment(&house, "Nice");
        house.settle().await;
        house.act(
            house.graph(),
            &json!({"do": "react", "on": comment, "person": desk.other(), "reaction": "love"}),
        );
        house.settle().await;
        assert_eq!(desk.ticket(&house).entries.len(), 1);
    }
}

#[tokio::test]
async fn an_unknown_item_is_kept_whole_and_can_be_put_back() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let value = json!({"item": "hologram", "verb": "add", "post_id": "1001_9", "secret_of_life": 42});
        house.act(
            house.graph(),
            &json!({"do": "raw", "page": desk.page(), "change": {"field": "feed", "value": value}}),
        );
        house.settle().await;
        let held = house.quarantined().await;
        assert_eq!(held.len(), 1);
        assert!(held[0].reason.contains("feed/hologram/add"), "{}", held[0].reason);
        let again = put_back(&house.bridge, HeldKind::Quarantine, &held[0].id).await;
        let Err(NotPutBack::StillUnreadable { why, .. }) = again else { panic!("{again:?}") };
        assert!(why.contains("hologram"), "the kept part is read again as what it is: {why}");
        assert_eq!(house.quarantined().await, held);
        assert_eq!(desk.tickets(&house).len(), 0);
    }
}

#[tokio::test]
async fn a_native_answer_to_a_comment_that_cannot_be_read_any_more_bothers_nobody() {
    let desk = Desk::Zendesk;
    let house = House::open().await;
    let comment = desk.comment(&house, "Is it in stock?");
    house.settle().await;
    let house = house.restart().await;
    house.act(house.graph(), &json!({"do": "comment", "on": comment, "text": "Yes."}));
    house.act(house.graph(), &json!({"do": "remove", "id": comment}));
    house.settle().await;
    let held = house.quarantined().await;
    assert_eq!(held, [], "what was answered is gone, and so is the answer");
    assert_eq!(desk.ticket(&house).times_noted("removed a message"), 1);
}
