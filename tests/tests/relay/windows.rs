//! Reply windows, refusals of the platform, and what agents are told about them.

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House, config_with};
use serde_json::json;

const HOUR: u64 = 3600;

async fn answer_after(desk: Desk, hours: u64) -> House {
    let house = House::open().await;
    desk.message(&house, "Is anybody there?");
    house.settle().await;
    desk.agent(&house, "solve", desk.ticket(&house).id, "");
    house.settle().await;
    house.pass(Duration::from_secs(hours * HOUR));
    desk.reply(&house, desk.ticket(&house).id, "Now we are.");
    house.settle().await;
    house
}

#[tokio::test]
async fn inside_a_day_and_with_the_human_agent_tag_inside_a_week_replies_arrive() {
    for desk in Desk::BOTH {
        for hours in [1, 23, 26, 6 * 24] {
            let house = answer_after(desk, hours).await;
            assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Now we are."], "{hours} h");
            let ticket = desk.ticket(&house);
            assert!(!ticket.has_tag("deskbridge_undelivered"), "{ticket:#?}");
            assert_eq!(ticket.notes().len(), usize::from(hours > 24), "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn that_replies_go_out_by_an_exception_is_told_once_in_each_silence_of_the_customer() {
    for desk in Desk::BOTH {
        let house = answer_after(desk, 26).await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("SENT LATE"), 1, "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge_delivered") && ticket.status == "solved", "{ticket:#?}");
        desk.reply(&house, ticket.id, "Still there?");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("SENT LATE"), 1);
        desk.message(&house, "Oh, hello!");
        house.settle().await;
        desk.reply(&house, ticket.id, "Hello!");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("SENT LATE"), 1);
        house.pass(Duration::from_secs(26 * HOUR));
        desk.reply(&house, ticket.id, "Anything else?");
        house.settle().await;
        assert_eq!(desk.ticket(&house).times_noted("SENT LATE"), 2);
        assert_eq!(house.page_messages(desk.page(), desk.psid()).len(), 4);
    }
}

#[tokio::test]
async fn an_account_may_do_without_the_exception() {
    for desk in Desk::BOTH {
        let config = config_with(&[(desk.door(), "human_agent = false")]);
        let house = House::open_with(&config, &[]).await;
        desk.message(&house, "Is anybody there?");
        house.settle().await;
        house.pass(Duration::from_secs(26 * HOUR));
        desk.reply(&house, desk.ticket(&house).id, "Now we are.");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("reply window is closed"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("7 days"), 0, "{ticket:#?}");
        assert_eq!(house.page_messages(desk.page(), desk.psid()), [""; 0]);
    }
}

#[tokio::test]
async fn a_customer_with_an_email_address_is_the_last_rung_before_silence() {
    for desk in Desk::BOTH {
        for (email, mailed) in [(true, 1), (false, 0)] {
            let house = House::open().await;
            desk.message(&house, "Is anybody there?");
            house.settle().await;
            let ticket = desk.ticket(&house).id;
            if email {
                let act = json!({"do": "requester_email", "ticket": ticket, "email": "paula@example.org"});
                house.control(desk.remote(&house), &act);
            }
            house.pass(Duration::from_secs(8 * 24 * HOUR));
            desk.reply(&house, ticket, "Now we are.");
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.times_noted("NOT SENT"), 1, "{ticket:#?}");
            assert_eq!(ticket.times_noted("BY E-MAIL"), mailed, "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn after_a_week_the_reply_is_refused_with_a_note_a_tag_and_an_open_ticket() {
    for desk in Desk::BOTH {
        let house = answer_after(desk, 8 * 24).await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), [""; 0]);
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("NOT SENT"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("reply window is closed"), 1);
        assert!(ticket.has_tag("deskbridge_undelivered") && ticket.has_tag("deskbridge"), "{ticket:#?}");
        assert_eq!(ticket.status, "open");
    }
}

#[tokio::test]
async fn without_the_human_agent_permission_a_late_reply_is_refused_and_the_account_stays_well() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        house.control(
            house.graph(),
            &json!({"do": "permission", "page": desk.page(), "permission": "human_agent", "granted": false}),
        );
        desk.message(&house, "Is anybody there?");
        house.settle().await;
        house.pass(Duration::from_secs(26 * HOUR));
        desk.reply(&house, desk.ticket(&house).id, "Now we are.");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("reply window is closed"), 1, "{ticket:#?}");
        assert!(house.bridge.ill_accounts().is_empty());
    }
}

#[tokio::test]
async fn a_customer_who_blocked_us_is_told_to_the_agent() {
    for desk in Desk::BOTH {
        for how in ["unavailable", "refused", "not_receiving"] {
            let house = House::open().await;
            desk.message(&house, "Leave me alone.");
            house.settle().await;
            house.control(
                house.graph(),
                &json!({"do": "block", "page": desk.page(), "person": desk.psid(), "how": how}),
            );
            desk.reply(&house, desk.ticket(&house).id, "As you wish.");
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.times_noted("does not accept messages from us"), 1, "{how}: {ticket:#?}");
            assert!(ticket.has_tag("deskbridge_undelivered"));
            assert!(house.bridge.ill_accounts().is_empty(), "{how}");
        }
    }
}

#[tokio::test]
async fn a_reply_to_a_comment_that_is_gone_is_told_to_the_agent() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = desk.comment(&house, "Never mind.");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "remove", "id": comment}));
        house.settle().await;
        desk.reply(&house, desk.ticket(&house).id, "Are you sure?");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("NOT SENT"), 1, "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge_undelivered"));
        assert_eq!(house.page_comments(desk.page()), []);
    }
}

#[tokio::test]
async fn content_and_repetition_refused_by_the_platform_are_told_to_the_agent() {
    for desk in Desk::BOTH {
        for (code, words) in [(368, "did not accept the content"), (506, "takes it for a repetition")] {
            let house = House::open().await;
            desk.comment(&house, "Hello?");
            house.settle().await;
            let fault = json!({"do": "fault", "page": desk.page(), "edge": "comments", "method": "POST", "code": code, "calls": 1});
            house.control(house.graph(), &fault);
            desk.reply(&house, desk.ticket(&house).id, "Buy now!");
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.times_noted(words), 1, "{code}: {ticket:#?}");
        }
    }
}

#[tokio::test]
async fn the_echo_settles_a_reply_of_unknown_fate_without_any_note() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        house.graph().fault(rule("POST", "/messages", FaultKind::LostAfter));
        desk.reply(&house, desk.ticket(&house).id, "Here we are.");
        house.settle().await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Here we are."]);
        assert_eq!(desk.ticket(&house).notes(), [""; 0], "{}", house.told());
    }
}

#[tokio::test]
async fn a_late_echo_withdraws_the_note_that_could_not_confirm() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        house.graph().fault(rule("POST", "/messages", FaultKind::LateApply { ms: 3_600_000 }));
        desk.reply(&house, desk.ticket(&house).id, "Here we are.");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_noted("COULD NOT CONFIRM"), 1, "{ticket:#?}");
        assert!(ticket.has_tag("deskbridge_unconfirmed"));
        house.settle_within(Duration::from_secs(2 * HOUR)).await;
        assert_eq!(
            house.page_messages(desk.page(), desk.psid()),
            ["Here we are."],
            "once, and never by us again"
        );
        assert_eq!(desk.ticket(&house).times_noted("CONFIRMED: this reply was published"), 1);
    }
}

fn rule(method: &str, path: &str, kind: FaultKind) -> FaultRule {
    FaultRule { method: Some(method.to_owned()), path: path.to_owned(), kind, times: 1, skip: 0 }
}
