//! What webhooks did not tell is read by the sweep, where a platform lists it: X's mentions.

use std::time::Duration;

use deskbridge_engine::sweep;
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{CONFIG, Desk, House, config_with};
use serde_json::json;

const DESK: Desk = Desk::Zendesk;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const LIST: &str = "GET /2/users/9001/mentions";

fn post(house: &House, person: &str, text: &str) -> String {
    let act = json!({"do": "post", "person": person, "text": text});
    house.act(house.x(), &act)["id"].as_str().expect("an id").to_owned()
}

fn lists_read(house: &House) -> usize {
    house.x().take_calls().iter().filter(|call| *call == LIST).count()
}

#[tokio::test]
async fn a_mention_that_no_webhook_told_becomes_the_same_ticket() {
    let house = House::open().await;
    sweep(&house.bridge).await;
    let first = post(&house, "7001", "@acme my kettle is broken & cold");
    let answer = json!({"do": "post", "person": "7002", "on": "900100", "text": "How much is it?"});
    house.act(house.x(), &answer);
    house.act(house.x(), &json!({"do": "repost", "id": first, "person": "7002"}));
    house.act(house.x(), &json!({"do": "post", "text": "Hello from @acme"}));
    assert!(house.lose_webhooks(house.x()) > 2);
    house.settle().await;
    assert!(DESK.tickets(&house).is_empty());
    house.pass(5 * MINUTE);
    let swept = sweep(&house.bridge).await;
    assert_eq!((swept.missed, swept.failing.len()), (2, 0));
    house.settle().await;
    let tickets = DESK.tickets(&house);
    assert_eq!(tickets.len(), 2, "{tickets:#?}");
    let ticket =
        tickets.iter().find(|one| one.times_said("my kettle is broken & cold") == 1).expect("Paula's");
    assert_eq!(ticket.requester, "Paula Novak (@paula)");
    assert_eq!(ticket.times_said("Public reply allowed: yes"), 1, "{ticket:#?}");
    assert!(tickets.iter().any(|one| one.times_said("Public reply allowed: not certain") == 1));
    // What comes twice is one message, whichever way it came first.
    house.control(house.x(), &json!({"do": "replay"}));
    house.settle().await;
    house.pass(5 * MINUTE);
    assert_eq!(sweep(&house.bridge).await.missed, 0);
    house.settle().await;
    assert_eq!(DESK.tickets(&house).iter().map(|one| one.said().len()).sum::<usize>(), 2);
    DESK.reply(&house, ticket.id, "We send you another.");
    house.settle().await;
    assert_eq!(DESK.ticket_of(&house, ticket.id).notes(), [""; 0]);
}

#[tokio::test]
async fn what_webhooks_told_is_not_told_again_and_what_is_on_its_way_is_left_to_them() {
    let house = House::open().await;
    sweep(&house.bridge).await;
    post(&house, "7001", "@acme hello?");
    assert_eq!(sweep(&house.bridge).await.missed, 0, "its webhook is on its way");
    house.settle().await;
    house.pass(5 * MINUTE);
    assert_eq!(sweep(&house.bridge).await.missed, 0, "its conversation has seen it");
    assert_eq!(lists_read(&house), 3);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_read_from_the_same_moment_later() {
    let house = House::open().await;
    sweep(&house.bridge).await;
    house.pass(MINUTE);
    house.x().fault(FaultRule {
        method: None,
        path: "/mentions".to_owned(),
        kind: FaultKind::Status { code: 503, retry_after_s: None, body: None },
        times: 0,
        skip: 0,
    });
    for nth in 0..3 {
        post(&house, "7001", &format!("@acme hello {nth}?"));
        house.lose_webhooks(house.x());
        house.pass(HOUR);
        assert_eq!(sweep(&house.bridge).await.missed, 0);
    }
    house.x().no_faults();
    assert_eq!(sweep(&house.bridge).await.missed, 3);
    house.settle().await;
    assert_eq!(DESK.tickets(&house).len(), 3);
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page_in_order() {
    let house = House::open().await;
    sweep(&house.bridge).await;
    let first = post(&house, "7001", "@acme number 0");
    for nth in 1..130 {
        let act = json!({"do": "post", "person": "7001", "on": first, "text": format!("@acme number {nth}")});
        house.act(house.x(), &act);
    }
    house.lose_webhooks(house.x());
    house.pass(5 * MINUTE);
    lists_read(&house);
    assert_eq!(sweep(&house.bridge).await.missed, 130);
    assert_eq!(lists_read(&house), 2);
    house.settle_within(2 * HOUR).await;
    let said = DESK.ticket(&house).said().join("\n");
    let places: Vec<usize> =
        (0..130).map(|nth| said.find(&format!("@acme number {nth}")).expect("it is there")).collect();
    assert!(places.is_sorted(), "in the order in which they were written");
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let config = CONFIG.replace("user_id = \"9001\"", "user_id = \"9001\"\nread_mentions = false");
    let house = House::open_with(&config, &[]).await;
    sweep(&house.bridge).await;
    assert_eq!(lists_read(&house), 0);
}

/// A house in which X is asked for the webhooks of an outage.
async fn asking() -> House {
    let more = "webhook_id = \"770001\"\napp_token = \"env:X_APP_TOKEN\"";
    House::open_with(&config_with(&[("acme-x", more)]), &[]).await
}

const AGAIN: &str = "POST /2/webhooks/replay";

fn times_asked(house: &House) -> usize {
    house.x().take_calls().iter().filter(|call| *call == AGAIN).count()
}

#[tokio::test]
async fn after_an_outage_x_sends_again_what_no_list_tells() {
    let house = asking().await;
    sweep(&house.bridge).await;
    house.settle().await;
    house.pass(5 * MINUTE);
    sweep(&house.bridge).await;
    times_asked(&house);
    let message = |text: &str| json!({"do": "message", "person": "7001", "text": text});
    house.act(house.x(), &message("Is anybody there?"));
    post(&house, "7001", "@acme hello?");
    assert!(house.lose_webhooks(house.x()) >= 2);
    house.pass(2 * HOUR);
    house.act(house.x(), &message("Hello?"));
    house.settle().await;
    sweep(&house.bridge).await;
    house.settle().await;
    assert_eq!(times_asked(&house), 1);
    let tickets = DESK.tickets(&house);
    let said: Vec<_> = tickets.iter().flat_map(|one| one.said()).collect();
    let times = |words: &str| said.iter().filter(|text| text.contains(words)).count();
    assert_eq!((times("Is anybody there?"), times("@acme hello?"), times("Hello?")), (1, 1, 1), "{said:?}");
    house.pass(5 * MINUTE);
    sweep(&house.bridge).await;
    assert_eq!(times_asked(&house), 0, "there was no outage");
}

#[tokio::test]
async fn a_refused_request_to_send_again_is_not_repeated_and_an_unanswered_one_is() {
    for (status, times) in [(403, 1), (503, 2)] {
        let house = asking().await;
        sweep(&house.bridge).await;
        house.settle().await;
        times_asked(&house);
        post(&house, "7001", "@acme hello?");
        assert!(house.lose_webhooks(house.x()) > 0);
        house.pass(HOUR);
        house.control(house.x(), &json!({"do": "fault", "path": "replay", "status": status, "calls": 1}));
        sweep(&house.bridge).await;
        house.pass(5 * MINUTE);
        sweep(&house.bridge).await;
        house.settle().await;
        assert_eq!(times_asked(&house), times, "{status}");
        assert_eq!(DESK.tickets(&house).len(), 1, "the list of mentions is read all the same: {status}");
    }
}
