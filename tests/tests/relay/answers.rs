//! Answers that never come, come late or make no sense: nothing is lost, nothing is doubled.

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::json;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Every way in which an answer can fail to come.
fn kinds() -> Vec<FaultKind> {
    let status = |code, retry_after_s| FaultKind::Status { code, retry_after_s, body: None };
    vec![
        FaultKind::LostBefore,
        FaultKind::LostAfter,
        FaultKind::LateApply { ms: 20_000 },
        FaultKind::Hang { ms: 20_000 },
        FaultKind::Hang { ms: 5_000 },
        FaultKind::Slow { ms: 20_000 },
        FaultKind::Garbage,
        status(500, None),
        status(502, None),
        status(503, None),
        status(503, Some(9)),
        FaultKind::Throttle { retry_after_s: 7 },
    ]
}

fn rule(method: &str, path: &str, kind: &FaultKind, times: u32) -> FaultRule {
    FaultRule { method: Some(method.to_owned()), path: path.to_owned(), kind: kind.clone(), times, skip: 0 }
}

async fn check_nothing_waits(house: &House, what: &str) {
    assert_eq!(house.quarantined().await, [], "{what}");
    assert_eq!(house.parked().await, [], "{what}");
    assert_eq!(house.bridge.world.queue.depth(), 0, "{what}");
    assert!(house.bridge.ill_accounts().is_empty(), "{what}");
}

#[tokio::test]
async fn making_the_customer_survives_every_lost_answer() {
    for desk in Desk::BOTH {
        for kind in kinds() {
            for times in [1, 3] {
                let house = House::open().await;
                let path = if desk == Desk::Zendesk { "/users/create_or_update" } else { "/contacts" };
                desk.remote(&house).fault(rule("POST", path, &kind, times));
                desk.message(&house, "First question");
                house.settle_within(DAY).await;
                let what = format!("{desk:?} {kind:?} {times} {}", house.told());
                assert_eq!(desk.ticket(&house).times_said("First question"), 1, "{what}");
                assert_eq!(desk.ticket(&house).requester, desk.name());
                check_nothing_waits(&house, &what).await;
            }
        }
    }
}

#[tokio::test]
async fn opening_a_ticket_survives_every_lost_answer() {
    for desk in Desk::BOTH {
        for kind in kinds() {
            for times in [1, 3] {
                let house = House::open().await;
                desk.remote(&house).fault(rule("POST", desk.tickets_path(), &kind, times));
                desk.message(&house, "First question");
                house.settle_within(Duration::from_secs(30)).await;
                desk.message(&house, "Second question");
                house.settle_within(DAY).await;
                let what = format!("{desk:?} {kind:?} {times} {}", house.told());
                let tickets = desk.tickets(&house);
                assert_eq!(tickets.len(), 1, "{tickets:#?} {what}");
                assert_eq!(tickets[0].times_said("First question"), 1, "{what}");
                assert_eq!(tickets[0].times_said("Second question"), 1, "{what}");
                check_nothing_waits(&house, &what).await;
                desk.reply(&house, tickets[0].id, "Answer");
                house.settle().await;
                assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Answer"], "{what}");
            }
        }
    }
}

#[tokio::test]
async fn adding_a_comment_or_note_survives_every_lost_answer() {
    for desk in Desk::BOTH {
        for kind in kinds() {
            for times in [1, 3] {
                let house = House::open().await;
                let message = desk.message(&house, "First question");
                house.settle().await;
                let (method, path) = match desk {
                    Desk::Zendesk => ("PUT", "/api/v2/tickets/1"),
                    Desk::Freshdesk => ("POST", "/api/v2/tickets/1/notes"),
                };
                desk.remote(&house).fault(rule(method, path, &kind, times));
                desk.message(&house, "Second question");
                house.settle_within(DAY).await;
                desk.remote(&house).fault(rule(method, path, &kind, times));
                house.act(house.graph(), &json!({"do": "unsend", "id": message}));
                house.settle_within(DAY).await;
                let what = format!("{desk:?} {kind:?} {times} {}", house.told());
                let ticket = desk.ticket(&house);
                assert_eq!(ticket.times_said("Second question"), 1, "{ticket:#?} {what}");
                assert_eq!(ticket.times_noted("removed a message"), 1, "{ticket:#?} {what}");
                check_nothing_waits(&house, &what).await;
            }
        }
    }
}

#[tokio::test]
async fn a_reply_is_published_at_most_once_and_the_agent_knows_what_nobody_knows() {
    for desk in Desk::BOTH {
        for direct in [true, false] {
            for kind in kinds() {
                let house = House::open().await;
                let path = if direct { "/messages" } else { "/comments" };
                if direct {
                    desk.message(&house, "Hello?")
                } else {
                    desk.comment(&house, "Hello?")
                };
                house.settle().await;
                house.graph().fault(rule("POST", path, &kind, 1));
                desk.reply(&house, desk.ticket(&house).id, "Here we are.");
                house.settle_within(DAY).await;
                let told = house.told();
                let what = format!("{desk:?} direct: {direct} {kind:?} {told}");
                let sent = if direct {
                    house.page_messages(desk.page(), desk.psid()).len()
                } else {
                    house.page_comments(desk.page()).len()
                };
                let ticket = desk.ticket(&house);
                assert_eq!(sent + ticket.times_noted("COULD NOT CONFIRM"), 1, "{ticket:#?} {what}");
                assert_eq!(ticket.times_noted("NOT SENT"), 0, "{what}");
                check_nothing_waits(&house, &what).await;
            }
        }
    }
}

#[tokio::test]
async fn reading_the_replies_survives_every_lost_answer() {
    for desk in Desk::BOTH {
        for kind in kinds() {
            let house = House::open().await;
            desk.message(&house, "Hello?");
            house.settle().await;
            desk.remote(&house).fault(rule("GET", "", &kind, 3));
            desk.reply(&house, desk.ticket(&house).id, "Here we are.");
            house.settle_within(DAY).await;
            let what = format!("{desk:?} {kind:?} {}", house.told());
            assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Here we are."], "{what}");
            check_nothing_waits(&house, &what).await;
        }
    }
}

#[tokio::test]
async fn an_agents_answer_written_while_the_ticket_is_still_in_doubt_is_sent() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.remote(&house).fault(rule("POST", desk.tickets_path(), &FaultKind::LostAfter, 1));
        desk.message(&house, "Hello?");
        house.deliver_webhooks().await;
        house.relay_due().await;
        assert_eq!(desk.tickets(&house).len(), 1);
        desk.reply(&house, 1, "Here we are.");
        house.settle_within(DAY).await;
        let what = house.told();
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Here we are."], "{desk:?} {what}");
        check_nothing_waits(&house, &what).await;
    }
}

#[tokio::test]
async fn a_customers_second_message_never_hides_an_answer_written_while_the_ticket_was_in_doubt() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.remote(&house).fault(rule("POST", desk.tickets_path(), &FaultKind::LostAfter, 1));
        desk.message(&house, "Hello?");
        house.deliver_webhooks().await;
        house.relay_due().await;
        desk.message(&house, "Anybody?");
        house.deliver_webhooks().await;
        desk.reply(&house, 1, "Here we are.");
        house.settle_within(DAY).await;
        let what = house.told();
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Here we are."], "{desk:?} {what}");
        assert_eq!(desk.ticket(&house).times_said("Anybody?"), 1);
    }
}
