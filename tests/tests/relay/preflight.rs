//! A look at public replies before they go out.

use deskbridge_tests::{Desk, House, config_with};

async fn asked(desk: Desk, lines: &str) -> (House, u64) {
    let house = House::open_with(&config_with(&[(desk.door(), lines)]), &[]).await;
    desk.comment(&house, "Where is my parcel?");
    house.settle().await;
    let ticket = desk.ticket(&house).id;
    (house, ticket)
}

fn published(house: &House, desk: Desk) -> Vec<String> {
    house.page_comments(desk.page()).into_iter().map(|(_, text)| text).collect()
}

const PERSONAL: &str = "We sent it to paula@example.org.";

#[tokio::test]
async fn by_default_a_reply_with_personal_data_goes_and_a_note_tells() {
    for desk in Desk::BOTH {
        let (house, ticket) = asked(desk, "").await;
        desk.reply(&house, ticket, PERSONAL);
        house.settle().await;
        assert_eq!(published(&house, desk), [PERSONAL]);
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("PLEASE LOOK"), 1, "{view:#?}");
        assert_eq!(view.times_noted("e-mail address"), 1);
        assert!(!view.has_tag("deskbridge_undelivered"));
    }
}

#[tokio::test]
async fn a_warning_does_not_reopen_the_ticket() {
    for desk in Desk::BOTH {
        let (house, ticket) = asked(desk, "").await;
        desk.reply(&house, ticket, PERSONAL);
        desk.agent(&house, "solve", ticket, "");
        house.settle().await;
        assert_eq!(desk.ticket(&house).status, "solved");
        assert_eq!(desk.ticket(&house).times_noted("PLEASE LOOK"), 1);
    }
}

#[tokio::test]
async fn it_can_be_held_and_sent_all_the_same() {
    for desk in Desk::BOTH {
        let (house, ticket) = asked(desk, "preflight = \"hold\"\norder_numbers = [\"AC-####\"]").await;
        desk.reply(&house, ticket, "It is AC-1234.");
        house.settle().await;
        assert_eq!(published(&house, desk), [""; 0]);
        let view = desk.ticket(&house);
        assert_eq!(view.times_noted("HELD BACK"), 1, "{view:#?}");
        assert_eq!(view.times_noted("order number"), 1);
        assert_eq!(view.times_noted("AC-1234"), 0, "what is personal is not repeated");
        assert!(view.has_tag("deskbridge_undelivered"));
        desk.agent(&house, "note", ticket, "/retry");
        house.settle().await;
        assert_eq!(published(&house, desk), [""; 0]);
        assert_eq!(desk.ticket(&house).times_noted("write /resend"), 2);
        desk.agent(&house, "note", ticket, "/resend");
        house.settle().await;
        assert_eq!(published(&house, desk), ["It is AC-1234."]);
        desk.agent(&house, "note", ticket, "/public It is AC-1235.");
        house.settle().await;
        assert_eq!(published(&house, desk), ["It is AC-1234.", "It is AC-1235."]);
        desk.reply(&house, ticket, "Anything else?");
        house.settle().await;
        assert_eq!(published(&house, desk).len(), 3);
    }
}

#[tokio::test]
async fn it_can_be_turned_off_and_a_direct_message_may_say_more() {
    for desk in Desk::BOTH {
        let (house, ticket) = asked(desk, "preflight = \"off\"").await;
        desk.reply(&house, ticket, PERSONAL);
        house.settle().await;
        assert_eq!((published(&house, desk).len(), desk.ticket(&house).notes().len()), (1, 0));
        let house = House::open_with(&config_with(&[(desk.door(), "preflight = \"hold\"")]), &[]).await;
        desk.message(&house, "Hello?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        desk.reply(&house, ticket, PERSONAL);
        desk.reply(&house, ticket, "Your card is 4111 1111 1111 1111.");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), [PERSONAL]);
        assert_eq!(desk.ticket(&house).times_noted("HELD BACK"), 1);
    }
}

#[tokio::test]
async fn lost_formatting_is_told_and_never_held() {
    for desk in Desk::BOTH {
        let (house, ticket) = asked(desk, "preflight = \"hold\"").await;
        let table = "<table><tr><td>Size</td><td>Price</td></tr><tr><td>1 l</td><td>9 EUR</td></tr></table>";
        desk.reply_html(&house, ticket, table);
        house.settle().await;
        assert_eq!(published(&house, desk), ["Size | Price\n1 l | 9 EUR"]);
        assert_eq!(desk.ticket(&house).times_noted("shows no tables"), 1);
    }
}
