//! What a ticket shows beside its comments: how far the latest reply got, and until when replies are taken.

use std::time::Duration;

use deskbridge_engine::sweep;
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{CONFIG, Desk, House, TicketView};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);
const LENA: &str = "DE.lena";
/// Everything of the card, in order of how far a reply gets.
const STATES: [&str; 6] = ["queued", "accepted", "delivered", "read", "unconfirmed", "undelivered"];

/// The house, with fields for the card in both helpdesks.
async fn house() -> House {
    house_with("").await
}

/// The same, with more settings for the WhatsApp accounts.
async fn house_with(whatsapp: &str) -> House {
    let config = CONFIG
        .replace(
            "kind = \"zendesk\"\n",
            "kind = \"zendesk\"\ndelivery_field = 360003\nreply_by_field = 360004\n",
        )
        .replace(
            "kind = \"freshdesk\"\n",
            "kind = \"freshdesk\"\ndelivery_field = \"cf_delivery\"\nreply_by_field = \"cf_reply_by\"\n",
        )
        .replace("kind = \"whatsapp\"\n", &format!("kind = \"whatsapp\"\n{whatsapp}\n"));
    House::open_with(&config, &[]).await
}

fn number(desk: Desk) -> &'static str {
    if desk == Desk::Zendesk { "5001" } else { "5002" }
}

fn act(house: &House, desk: Desk, mut act: Value) {
    act["number"] = number(desk).into();
    house.act(house.graph(), &act);
}

fn write(house: &House, desk: Desk, text: &str) {
    act(house, desk, json!({"do": "whatsapp_message", "person": LENA, "text": text}));
}

/// What the ticket shows: the state of the latest reply by its tag, which its field must show as well.
fn shown(ticket: &TicketView) -> Option<&'static str> {
    let tags: Vec<&str> =
        STATES.into_iter().filter(|state| ticket.has_tag(&format!("deskbridge_{state}"))).collect();
    assert!(tags.len() <= 1, "one state at a time: {ticket:#?}");
    let field = ticket.fields.get("Delivery").map(|value| value.trim_start_matches("deskbridge_"));
    assert_eq!(field, tags.first().copied(), "field and tag agree: {ticket:#?}");
    tags.first().copied()
}

fn updates(house: &House, desk: Desk) -> usize {
    desk.remote(house).take_calls().iter().filter(|call| call.starts_with("PUT")).count()
}

#[tokio::test]
async fn a_reply_is_accepted_then_delivered_and_a_ticket_is_updated_twice_for_it_at_most() {
    for desk in Desk::BOTH {
        let house = house().await;
        write(&house, desk, "Is the shop open?");
        house.settle().await;
        assert_eq!(shown(&desk.ticket(&house)), None);
        act(&house, desk, json!({"do": "whatsapp_offline", "person": LENA, "offline": true}));
        desk.reply(&house, desk.ticket(&house).id, "Until eight.");
        desk.remote(&house).take_calls();
        house.settle().await;
        assert_eq!(shown(&desk.ticket(&house)), Some("accepted"));
        act(&house, desk, json!({"do": "whatsapp_offline", "person": LENA, "offline": false}));
        house.settle().await;
        assert_eq!(shown(&desk.ticket(&house)), Some("delivered"));
        act(&house, desk, json!({"do": "whatsapp_read", "person": LENA}));
        house.settle().await;
        assert_eq!(updates(&house, desk), 2, "that it was read is shown with the next update");
        house.pass(23 * HOUR);
        sweep(&house.bridge).await;
        house.settle_within(Duration::from_secs(60)).await;
        assert_eq!(shown(&desk.ticket(&house)), Some("read"));
        assert_eq!(desk.ticket(&house).notes(), [""; 0], "what goes well tells nobody anything");
    }
}

#[tokio::test]
async fn receipts_of_messenger_move_the_card_too() {
    for desk in Desk::BOTH {
        let house = house().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        desk.reply(&house, desk.ticket(&house).id, "Here we are.");
        house.settle().await;
        assert_eq!(shown(&desk.ticket(&house)), Some("delivered"));
        desk.reply(&house, desk.ticket(&house).id, "And here.");
        house.settle().await;
        assert_eq!(shown(&desk.ticket(&house)), Some("delivered"));
    }
}

#[tokio::test]
async fn a_failure_is_shown_and_the_next_success_takes_it_away() {
    for desk in Desk::BOTH {
        let house = house().await;
        desk.comment(&house, "Hello?");
        house.settle().await;
        let fault = json!({"do": "fault", "page": desk.page(), "edge": "comments", "method": "POST", "code": 368, "calls": 1});
        house.control(house.graph(), &fault);
        desk.reply(&house, desk.ticket(&house).id, "Buy now!");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((shown(&ticket), ticket.times_noted("NOT SENT")), (Some("undelivered"), 1));
        desk.reply(&house, ticket.id, "Have a look.");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(shown(&ticket), Some("accepted"), "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge"), "other tags stay");
    }
}

#[tokio::test]
async fn a_doubt_is_shown_and_its_proof_takes_it_away() {
    for desk in Desk::BOTH {
        let house = house().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        house.graph().fault(rule("POST", "/messages", FaultKind::LateApply { ms: 3_600_000 }));
        desk.reply(&house, desk.ticket(&house).id, "Here we are.");
        house.settle().await;
        assert_eq!(shown(&desk.ticket(&house)), Some("unconfirmed"));
        house.settle_within(2 * HOUR).await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("CONFIRMED: this reply was published"), 1);
        assert!(matches!(shown(&ticket), Some("accepted" | "delivered")), "{ticket:#?}");
    }
}

#[tokio::test]
async fn a_reply_that_has_to_wait_is_shown_as_queued() {
    for desk in Desk::BOTH {
        let house = house().await;
        desk.comment(&house, "Hello?");
        house.settle().await;
        let fault = json!({"do": "fault", "page": desk.page(), "edge": "comments", "method": "POST", "code": 4, "calls": 2});
        house.control(house.graph(), &fault);
        desk.reply(&house, desk.ticket(&house).id, "In a moment.");
        house.settle_within(Duration::from_secs(20)).await;
        assert_eq!(shown(&desk.ticket(&house)), Some("queued"), "{}", house.told());
        house.settle_within(HOUR).await;
        assert_eq!(shown(&desk.ticket(&house)), Some("accepted"), "{}", house.told());
    }
}

#[tokio::test]
async fn a_helpdesk_that_does_not_take_the_fields_gets_the_comments_all_the_same() {
    for desk in Desk::BOTH {
        let config = CONFIG
            .replace("kind = \"zendesk\"\n", "kind = \"zendesk\"\nreply_by_field = 360002\n")
            .replace("kind = \"freshdesk\"\n", "kind = \"freshdesk\"\nreply_by_field = \"cf_none\"\n");
        let house = House::open_with(&config, &[]).await;
        write(&house, desk, "One.");
        house.settle().await;
        house.pass(HOUR);
        write(&house, desk, "Two.");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_said("One."), ticket.times_said("Two.")), (1, 1), "{}", house.told());
        desk.reply(&house, ticket.id, "Three.");
        house.settle().await;
        assert!(desk.ticket(&house).has_tag("deskbridge_delivered"), "{}", house.told());
    }
}

#[tokio::test]
async fn the_end_of_the_reply_window_is_a_field_that_moves_with_each_message() {
    for desk in Desk::BOTH {
        let house = house().await;
        write(&house, desk, "Is the shop open?");
        house.settle().await;
        let first = desk.ticket(&house).fields["Reply by"].clone();
        house.pass(24 * HOUR);
        write(&house, desk, "Still?");
        house.settle().await;
        let second = desk.ticket(&house).fields["Reply by"].clone();
        assert!(first < second && first.len() == 10, "{first} {second}");
        let ticket = desk.ticket(&house);
        assert!(!ticket.has_tag("deskbridge_window_closing"), "{ticket:#?}");
    }
}

#[tokio::test]
async fn agents_are_nudged_once_before_the_window_closes_and_the_ticket_shows_when_it_has() {
    for desk in Desk::BOTH {
        let house = house().await;
        write(&house, desk, "Is the shop open?");
        house.settle().await;
        house.pass(21 * HOUR);
        assert_eq!(sweep(&house.bridge).await.timers, 0);
        house.pass(2 * HOUR);
        for _ in 0..2 {
            sweep(&house.bridge).await;
            house.settle_within(Duration::from_secs(60)).await;
        }
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("ANSWER BY"), 1, "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge_window_closing"), "{ticket:#?}");
        house.pass(2 * HOUR);
        sweep(&house.bridge).await;
        house.settle_within(Duration::from_secs(60)).await;
        let ticket = desk.ticket(&house);
        assert!(ticket.has_tag("deskbridge_window_closed"), "{ticket:#?}");
        assert!(!ticket.has_tag("deskbridge_window_closing"), "{ticket:#?}");
        assert_eq!(ticket.notes().len(), 1, "once: {ticket:#?}");
        write(&house, desk, "Hello?");
        house.settle().await;
        assert!(!desk.ticket(&house).has_tag("deskbridge_window_closed"));
    }
}

#[tokio::test]
async fn of_two_customers_who_wrote_in_the_same_second_both_are_thought_of() {
    for desk in Desk::BOTH {
        let house = house().await;
        let at = house.now();
        for person in [LENA, "IN.ravi"] {
            house.bridge.world.set_now(at);
            let text = "Is the shop open?";
            act(&house, desk, json!({"do": "whatsapp_message", "person": person, "text": text}));
        }
        house.settle().await;
        house.pass(23 * HOUR);
        assert_eq!(sweep(&house.bridge).await.timers, 2);
        house.settle_within(Duration::from_secs(60)).await;
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.times_noted("ANSWER BY"), 1, "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn nobody_is_nudged_who_answered_or_solved_the_ticket() {
    for desk in Desk::BOTH {
        for how in ["solved", "answered", "answered in the app"] {
            let house = house().await;
            write(&house, desk, "Is the shop open?");
            house.settle().await;
            match how {
                "solved" => desk.agent(&house, "solve", desk.ticket(&house).id, ""),
                "answered" => desk.reply(&house, desk.ticket(&house).id, "Until eight."),
                _ => act(
                    &house,
                    desk,
                    json!({"do": "whatsapp_native", "person": LENA, "text": "Until eight."}),
                ),
            }
            house.settle().await;
            for _ in 0..6 {
                house.pass(5 * HOUR);
                sweep(&house.bridge).await;
                house.settle_within(Duration::from_secs(60)).await;
            }
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.times_noted("ANSWER BY"), 0, "{how}: {ticket:#?}");
            assert_eq!(ticket.has_tag("deskbridge_window_closed"), how != "solved", "{how}: {ticket:#?}");
        }
    }
}

#[tokio::test]
async fn after_the_window_the_accounts_template_goes_in_place_of_a_reply_and_the_note_says_so() {
    for desk in Desk::BOTH {
        let house = house_with("fallback_template = \"order_update en_US | {reply} | 7\"").await;
        write(&house, desk, "Where is it?");
        house.settle().await;
        house.pass(30 * HOUR);
        desk.reply(&house, desk.ticket(&house).id, "It is\non its way.");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("TEMPLATE SENT INSTEAD"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("NOT SENT"), 0, "{ticket:#?}");
        let state = house.state(house.graph()).to_string();
        assert!(state.contains("It is on its way."), "{state}");
        assert_eq!(shown(&ticket), Some("delivered"));
    }
}

#[tokio::test]
async fn a_customer_waits_for_a_card_without_an_answer_no_longer_than_a_quarter_of_a_minute() {
    for desk in Desk::BOTH {
        let house = house().await;
        write(&house, desk, "Is the shop open?");
        house.settle().await;
        act(&house, desk, json!({"do": "whatsapp_offline", "person": LENA, "offline": true}));
        desk.reply(&house, desk.ticket(&house).id, "Until eight.");
        house.settle().await;
        assert_eq!(shown(&desk.ticket(&house)), Some("accepted"));
        // That it was delivered is shown without an answer, and lands much later.
        desk.remote(&house).fault(rule("PUT", "/tickets", FaultKind::LateApply { ms: 45_000 }));
        act(&house, desk, json!({"do": "whatsapp_offline", "person": LENA, "offline": false}));
        house.settle_within(Duration::from_secs(10)).await;
        assert_eq!(shown(&desk.ticket(&house)), Some("accepted"));
        write(&house, desk, "Thank you!");
        house.settle_within(Duration::from_secs(16)).await;
        assert_eq!(desk.ticket(&house).times_said("Thank you!"), 1);
        house.settle_within(Duration::from_secs(180)).await;
        assert_eq!(shown(&desk.ticket(&house)), Some("delivered"));
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

fn rule(method: &str, path: &str, kind: FaultKind) -> FaultRule {
    FaultRule { method: Some(method.to_owned()), path: path.to_owned(), kind, times: 1, skip: 0 }
}
