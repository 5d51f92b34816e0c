//! Comments and mentions.

use deskbridge_tests::{Desk, House};
use serde_json::json;

use super::{account, act, comment, customer, other, pair, post, published, sent, shown};

#[tokio::test]
async fn a_comment_becomes_a_ticket_and_the_answer_appears_under_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.requester, customer(desk).1, "public comments tell the username");
        assert_eq!(ticket.times_said("Is it loud?"), 1);
        let html = &ticket.entries[0].html;
        assert!(html.contains("instagram.com/p/"), "permalink: {html}");
        assert!(html.contains("Acme kettle") || html.contains("Globex delivers"), "the caption: {html}");
        desk.reply(&house, ticket.id, "A whisper.");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&comment, "A whisper.")]);
        assert_eq!(desk.ticket(&house).notes(), [""; 0], "the echo of our reply tells nobody anything");
        assert!(house.quarantined().await.is_empty());
    }
}

#[tokio::test]
async fn a_reply_to_a_reply_names_whom_it_is_for_and_stays_in_their_ticket() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let top = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        house.settle().await;
        let (id, name) = other(desk);
        comment(&house, &top, id, "I wonder too");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2);
        assert_eq!(
            (tickets[1].times_said("I wonder too"), tickets[1].times_said("Is it loud?")),
            (1, 1),
            "quoted"
        );
        desk.reply(&house, tickets[1].id, "A whisper.");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&top, &format!("@{name} A whisper."))]);
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.notes(), [""; 0], "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn an_answer_in_the_app_is_told_in_the_ticket_of_whom_it_is_for() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let top = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        let (id, name) = other(desk);
        comment(&house, &top, id, "I wonder too");
        house.settle().await;
        for text in [format!("@{name} Not at all."), "Come and hear.".to_owned()] {
            act(&house, &json!({"do": "instagram_comment", "on": top, "text": text}));
        }
        act(&house, &json!({"do": "instagram_comment", "on": post(desk), "text": "Ask us anything"}));
        house.repeat_webhooks(house.graph(), 2).await;
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2);
        assert_eq!((tickets[0].times_noted("Come and hear."), tickets[0].notes().len()), (1, 1));
        assert_eq!((tickets[1].times_noted("Not at all."), tickets[1].notes().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_deleted_comment_shows_when_it_is_answered() {
    for desk in Desk::BOTH {
        for deed in ["remove", "hide"] {
            let house = House::open().await;
            let comment = comment(&house, post(desk), customer(desk).0, "Is it loud?");
            house.settle().await;
            act(&house, &json!({"do": deed, "id": comment}));
            let ticket = desk.ticket(&house).id;
            desk.reply(&house, ticket, "A whisper.");
            house.settle().await;
            assert_eq!(published(&house, desk), []);
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.times_noted("removed or is not visible"), 1, "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn agents_answer_in_private_hide_and_delete_by_command() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        comment(&house, post(desk), customer(desk).0, "Where is order 4711?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        for command in ["/private What is your address?", "/hide"] {
            desk.agent(&house, "note", ticket, command);
            house.settle().await;
        }
        assert_eq!(sent(&house, desk), ["What is your address?"]);
        desk.agent(&house, "note", ticket, "/private And your name?");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("takes one private reply"), 1, "only one");
        let shown = |what: &str| shown(&house, desk)["posts"][0]["comments"][0][what].clone();
        assert_eq!((shown("hidden"), shown("removed")), (json!(true), json!(false)));
        desk.agent(&house, "note", ticket, "/delete");
        house.settle().await;
        assert_eq!(shown("removed"), json!(true));
        assert_eq!(published(&house, desk), []);
    }
}

#[tokio::test]
async fn what_follows_a_private_reply_stays_in_the_ticket() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        comment(&house, post(desk), customer(desk).0, "Where is order 4711?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        desk.agent(&house, "note", ticket, "/private What is your address?");
        house.settle().await;
        super::write(&house, desk, "Main Street 1");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_said("Main Street 1"), 1);
        desk.reply(&house, ticket, "Thank you.");
        house.settle().await;
        assert_eq!(sent(&house, desk), ["What is your address?", "Thank you."]);
        assert_eq!(published(&house, desk), []);
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn a_live_comment_says_that_it_cannot_be_answered_and_so_it_is() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let live = json!({"do": "instagram_comment", "on": post(desk), "person": customer(desk).0, "text": "Hello!", "product": "LIVE"});
        act(&house, &live);
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert!(ticket.said()[0].contains("cannot be answered by API"), "{ticket:#?}");
        desk.reply(&house, ticket.id, "Hello Lena.");
        house.settle().await;
        assert_eq!(published(&house, desk), []);
        assert_eq!(desk.ticket(&house).times_noted("NOT SENT"), 1);
    }
}

#[tokio::test]
async fn mentions_are_read_and_answered_where_they_stand() {
    let desk = Desk::Zendesk;
    for in_comment in [false, true] {
        let house = House::open().await;
        let mention = json!({"do": "instagram_mention", "account": account(desk), "person": customer(desk).0,
            "text": "Look what @acme sent me", "in_comment": in_comment});
        let id = act(&house, &mention);
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.requester, customer(desk).1);
        assert_eq!(ticket.times_said("Look what @acme sent me"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_said("mentions the account"), 1, "{ticket:#?}");
        desk.reply(&house, ticket.id, "Enjoy!");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&id, "Enjoy!")]);
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
        desk.agent(&house, "note", ticket.id, "/delete");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("NOT DONE: /delete"), 1, "it is not ours");
    }
}

#[tokio::test]
async fn an_answer_is_taken_back() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        comment(&house, post(desk), customer(desk).0, "Is it red?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, "It is green.");
        house.settle().await;
        assert_eq!(published(&house, desk).len(), 1);
        desk.agent(&house, "note", ticket, "/edit It is red.");
        desk.agent(&house, "note", ticket, "/withdraw");
        house.settle().await;
        let view = desk.ticket(&house);
        assert_eq!(
            view.times_noted("That is not possible in this conversation"),
            1,
            "nobody can edit: {view:#?}"
        );
        assert_eq!(view.times_noted("DONE: /withdraw "), 1, "{view:#?}");
        assert_eq!(published(&house, desk), []);
    }
}
