//! A helpdesk with limits: who goes first, who waits, and what the waiting costs. (This house's queue gives first what came first, as on
//! AWS; what the lanes of the embedded queue add is tested there and in the storm.)

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn limit(house: &House, limits: &serde_json::Value) {
    house.control(house.zendesk(), &json!({"do": "limits", "limits": limits}));
}

/// One comment of each of so many people.
fn comments(house: &House, from: u32, people: u32) {
    for person in from..from + people {
        house.comment(Desk::Zendesk.post(), &format!("6{person:03}"), &format!("Comment {person}."));
    }
}

/// Carries webhooks and relays what is due, without letting time pass.
async fn work(house: &House) {
    while house.deliver_webhooks().await + house.relay_due().await > 0 {}
}

fn made(house: &House) -> (usize, usize) {
    let calls = house.zendesk().take_calls();
    let tickets = calls.iter().filter(|call| *call == "POST /api/v2/tickets").count();
    (calls.len(), tickets)
}

#[tokio::test]
async fn a_direct_message_overtakes_comments_that_wait_for_the_limit() {
    let house = House::open().await;
    limit(&house, &json!({"account_per_minute": 40}));
    comments(&house, 0, 25);
    work(&house).await;
    let (_, tickets) = made(&house);
    assert!((9..25).contains(&tickets), "half of the limit is left: {tickets} tickets");
    Desk::Zendesk.message(&house, "Direct question.");
    work(&house).await;
    assert_eq!(
        Desk::Zendesk.tickets(&house).iter().map(|one| one.times_said("Direct question.")).sum::<usize>(),
        1
    );
    assert!(house.bridge.world.queue.depth() > 0, "others still wait");
    house.settle_within(5 * MINUTE).await;
    assert_eq!(Desk::Zendesk.tickets(&house).len(), 26);
    let refused = house.bridge.world.take_lines();
    let refused = refused.iter().filter(|line| format!("{line:?}").contains("retry_after")).count();
    assert_eq!(refused, 0, "no call was made in vain");
}

#[tokio::test]
async fn a_refusal_for_the_whole_account_pauses_it_and_no_other() {
    let house = House::open().await;
    comments(&house, 0, 1);
    house.settle().await;
    made(&house);
    let kind = FaultKind::Throttle { retry_after_s: 90 };
    house.zendesk().fault(FaultRule { method: None, path: String::new(), kind, times: 1, skip: 0 });
    comments(&house, 1, 8);
    Desk::Freshdesk.comment(&house, "Elsewhere.");
    work(&house).await;
    assert_eq!(made(&house), (1, 0), "one found out for all");
    assert_eq!(Desk::Freshdesk.tickets(&house).len(), 1);
    Desk::Zendesk.message(&house, "Urgent, but not now.");
    house.pass(Duration::from_secs(70));
    work(&house).await;
    assert_eq!(made(&house), (0, 0));
    house.settle_within(5 * MINUTE).await;
    let (calls, tickets) = made(&house);
    assert_eq!((calls, tickets), (18, 9), "and nobody asks in vain");
    assert_eq!(Desk::Zendesk.tickets(&house).len(), 10);
}

#[tokio::test]
async fn the_platform_is_asked_when_the_turn_comes_and_not_before() {
    let house = House::open().await;
    comments(&house, 0, 1);
    house.settle().await;
    let per_ticket = house.graph().take_calls().len();
    assert_ne!(per_ticket, 0, "something is read for a new ticket");
    let kind = FaultKind::Throttle { retry_after_s: 90 };
    house.zendesk().fault(FaultRule { method: None, path: String::new(), kind, times: 1, skip: 0 });
    comments(&house, 1, 8);
    work(&house).await;
    assert_eq!(house.graph().take_calls().len(), per_ticket, "one found out for all");
    house.settle_within(5 * MINUTE).await;
    assert_eq!(house.graph().take_calls().len(), 8 * per_ticket);
    let texts: Vec<String> =
        Desk::Zendesk.tickets(&house).iter().map(|ticket| format!("{ticket:?}")).collect();
    assert_eq!(texts.len(), 9);
    assert!(
        texts.iter().all(|text| text.contains("facebook.com")),
        "all have the link that was read: {texts:#?}"
    );
}

#[tokio::test]
async fn what_waits_of_a_conversation_goes_into_one_ticket() {
    let house = House::open().await;
    limit(&house, &json!({"account_per_minute": 20}));
    comments(&house, 0, 12);
    work(&house).await;
    // All twelve write again; those who wait have one ticket with both, and need no update.
    comments(&house, 0, 12);
    work(&house).await;
    limit(&house, &json!({"account_per_minute": 20, "updates_per_minute": 0}));
    house.zendesk().take_calls();
    house.settle_within(Duration::from_secs(170)).await;
    let both = Desk::Zendesk.tickets(&house).iter().filter(|ticket| ticket.said().len() == 1).count();
    assert!(both >= 7, "{:#?}", Desk::Zendesk.tickets(&house));
}

#[tokio::test]
async fn updates_wait_for_their_own_limit_while_tickets_are_opened() {
    let house = House::open().await;
    comments(&house, 0, 6);
    house.settle().await;
    limit(&house, &json!({"updates_per_minute": 2}));
    made(&house);
    for _ in 0..3 {
        comments(&house, 0, 6);
    }
    house.deliver_webhooks().await;
    work(&house).await;
    comments(&house, 6, 5);
    work(&house).await;
    let (_, tickets) = made(&house);
    assert_eq!(tickets, 5, "tickets are opened meanwhile");
    house.settle_within(HOUR).await;
    let calls = house.zendesk().take_calls();
    let updates = calls.iter().filter(|call| call.starts_with("PUT")).count();
    assert!(updates <= 6, "three comments go in one update: {calls:?}");
    for ticket in Desk::Zendesk.tickets(&house) {
        let said = ticket.said().concat();
        assert!(said.matches("Comment").count() == 4 || ticket.id > 6, "{ticket:#?}");
    }
    assert_eq!(house.bridge.world.queue.depth(), 0);
}

#[tokio::test]
async fn an_agents_reply_is_read_and_published_while_comments_wait() {
    let house = House::open().await;
    Desk::Zendesk.message(&house, "First question.");
    house.settle().await;
    limit(&house, &json!({"account_per_minute": 30}));
    comments(&house, 0, 20);
    work(&house).await;
    Desk::Zendesk.reply(&house, 1, "Answer.");
    work(&house).await;
    assert_eq!(house.page_messages(Desk::Zendesk.page(), Desk::Zendesk.psid()), ["Answer."]);
    assert!(house.bridge.world.queue.depth() > 0, "comments wait");
    house.settle_within(HOUR).await;
    assert_eq!(Desk::Zendesk.tickets(&house).len(), 21);
}
