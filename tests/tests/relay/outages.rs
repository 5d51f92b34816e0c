//! Remote sides that are down, and credentials that are dead: order is kept, others are not touched, everything resumes.

use std::time::Duration;

use deskbridge_core::ConversationKey;
use deskbridge_engine::ports::Store;
use deskbridge_engine::sweep;
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

fn other(desk: Desk) -> Desk {
    if desk == Desk::Zendesk { Desk::Freshdesk } else { Desk::Zendesk }
}

fn ill(house: &House) -> Vec<String> {
    house.bridge.ill_accounts().into_iter().map(|(name, _)| name).collect()
}

/// A house with one direct conversation on either page.
async fn both_direct() -> House {
    let house = House::open().await;
    for desk in Desk::BOTH {
        desk.message(&house, "First question");
    }
    house.settle().await;
    house
}

fn sent(house: &House, desk: Desk) -> Vec<String> {
    house.page_messages(desk.page(), desk.psid())
}

#[tokio::test]
async fn a_dead_page_token_parks_only_its_own_page_and_resumes_after_the_repair() {
    for state in ["expired", "password_changed", "app_removed", "revoked", "checkpoint", "not_for_page"] {
        for desk in Desk::BOTH {
            let house = both_direct().await;
            let token = |state: &str| json!({"do": "token", "page": desk.page(), "state": state});
            house.control(house.graph(), &token(state));
            desk.reply(&house, 1, "Answer.");
            other(desk).reply(&house, 1, "Other answer.");
            house.settle_within(HOUR).await;
            assert_eq!(ill(&house), [desk.door()], "{state}");
            assert_eq!(sent(&house, desk), [""; 0]);
            assert_eq!(sent(&house, other(desk)), ["Other answer."]);
            assert!(house.told().contains(r#""working":false"#), "the operator is told");
            desk.message(&house, "Second question");
            house.settle_within(HOUR).await;
            house.control(house.graph(), &token("valid"));
            house.settle_within(HOUR).await;
            assert_eq!(sent(&house, desk), ["Answer."], "{state}: never lost, never doubled");
            assert_eq!(desk.ticket(&house).times_said("Second question"), 1);
            assert_eq!(desk.ticket(&house).notes(), [""; 0]);
            assert!(ill(&house).is_empty(), "{state}");
        }
    }
}

#[tokio::test]
async fn a_lost_permission_of_a_page_waits_for_the_repair() {
    for desk in Desk::BOTH {
        let house = both_direct().await;
        let permission = |granted: bool| json!({"do": "permission", "page": desk.page(), "permission": "pages_messaging", "granted": granted});
        house.control(house.graph(), &permission(false));
        desk.reply(&house, 1, "Answer.");
        house.settle_within(HOUR).await;
        assert_eq!(ill(&house), [desk.door()]);
        house.control(house.graph(), &permission(true));
        house.settle_within(HOUR).await;
        assert_eq!(sent(&house, desk), ["Answer."]);
        assert!(ill(&house).is_empty());
    }
}

/// The helpdesk refuses our credential, or lets it do nothing any more.
fn break_helpdesk(house: &House, desk: Desk, permission: bool, broken: bool) {
    let remote = desk.remote(house);
    let control: Value = match (desk, permission) {
        (Desk::Zendesk, true) => {
            let role = if broken { "end-user" } else { "admin" };
            json!({"do": "set_role", "email": "bridge@acme.example", "role": role})
        }
        (Desk::Zendesk, false) if broken => {
            let body = json!({"error": "invalid_token", "error_description": "The access token provided is expired, revoked, malformed or invalid for other reasons."});
            let kind = FaultKind::Status { code: 401, retry_after_s: None, body: Some(body) };
            return remote.fault(FaultRule { method: None, path: String::new(), kind, times: 0, skip: 0 });
        }
        (Desk::Zendesk, false) => return remote.no_faults(),
        (Desk::Freshdesk, true) => {
            let scope = if broken { "restricted" } else { "global" };
            json!({"do": "scope", "agent": "deskbridge@globex.example", "scope": scope})
        }
        (Desk::Freshdesk, false) => {
            json!({"do": "revoke_key", "agent": "deskbridge@globex.example", "on": broken})
        }
    };
    house.control(remote, &control);
}

#[tokio::test]
async fn a_dead_credential_of_a_helpdesk_parks_only_its_own_account_and_resumes_after_the_repair() {
    for permission in [false, true] {
        for desk in Desk::BOTH {
            let house = both_direct().await;
            break_helpdesk(&house, desk, permission, true);
            desk.message(&house, "Second question");
            house.comment(desk.post(), desk.other(), "Somebody else");
            other(desk).message(&house, "Second question");
            house.settle_within(HOUR).await;
            assert_eq!(ill(&house), [desk.account()], "{desk:?} permission: {permission} {}", house.told());
            assert_eq!(desk.ticket(&house).times_said("Second question"), 0);
            assert_eq!(other(desk).ticket(&house).times_said("Second question"), 1);
            break_helpdesk(&house, desk, permission, false);
            house.settle_within(HOUR).await;
            let tickets = desk.tickets(&house);
            assert_eq!(tickets.len(), 2, "{}", house.told());
            assert_eq!(tickets[0].times_said("Second question"), 1);
            assert_eq!(tickets[1].times_said("Somebody else"), 1);
            assert!(ill(&house).is_empty());
            assert_eq!(house.parked().await, []);
        }
    }
}

#[tokio::test]
async fn an_account_that_was_ill_while_reading_is_well_again_once_reading_works() {
    for desk in Desk::BOTH {
        let house = both_direct().await;
        break_helpdesk(&house, desk, false, true);
        desk.reply(&house, 1, "Answer.");
        house.settle_within(HOUR).await;
        assert_eq!(ill(&house), [desk.account()], "{}", house.told());
        break_helpdesk(&house, desk, false, false);
        house.settle_within(HOUR).await;
        assert_eq!(sent(&house, desk), ["Answer."]);
        assert!(ill(&house).is_empty(), "nobody is told of an illness that is over");
    }
}

#[tokio::test]
async fn sessions_that_expire_are_renewed_without_anybody_noticing() {
    let desk = Desk::Zendesk;
    let house = both_direct().await;
    house.control(house.zendesk(), &json!({"do": "expire_tokens"}));
    desk.message(&house, "Second question");
    house.settle().await;
    house.pass(Duration::from_secs(3 * 3600));
    desk.message(&house, "Third question");
    house.settle().await;
    assert_eq!(desk.ticket(&house).times_said("question"), 3);
    assert!(!house.told().contains(r#""working":false"#));
}

#[tokio::test]
async fn a_helpdesk_that_is_down_for_three_hours_is_given_everything_in_order_afterwards() {
    for desk in Desk::BOTH {
        let house = both_direct().await;
        house.control(desk.remote(&house), &json!({"do": "maintenance", "on": true}));
        let wanted: Vec<String> = (0..18).map(|n| format!("message {n:02}.")).collect();
        for (at, text) in wanted.iter().enumerate() {
            desk.message(&house, text);
            house.comment(desk.post(), desk.other(), &format!("comment {at:02}."));
            other(desk).message(&house, text);
            house.settle_within(Duration::from_secs(600)).await;
            house.pass(Duration::from_secs(1));
        }
        assert_eq!(other(desk).ticket(&house).times_said("message "), 18, "the other one goes on");
        assert_eq!(desk.ticket(&house).times_said("message "), 0);
        house.control(desk.remote(&house), &json!({"do": "maintenance", "on": false}));
        house.settle_within(HOUR).await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2);
        for (ticket, word) in [(&tickets[0], "message "), (&tickets[1], "comment ")] {
            let said = ticket.said().join(" ");
            let found: Vec<usize> = (0..18).map(|n| said.find(&format!("{word}{n:02}.")).unwrap()).collect();
            assert!(found.is_sorted(), "{said}");
            assert_eq!(ticket.times_said(word), 18);
        }
        assert_eq!(house.parked().await, []);
        assert_eq!(house.bridge.world.queue.depth(), 0);
    }
}

#[tokio::test]
async fn a_throttled_platform_is_asked_again_when_it_says_and_not_before() {
    for desk in Desk::BOTH {
        let house = both_direct().await;
        let fault = json!({"do": "fault", "page": desk.page(), "edge": "messages", "method": "POST", "code": 80_006, "calls": 1, "minutes": 7});
        house.control(house.graph(), &fault);
        house.graph().take_calls();
        desk.reply(&house, 1, "Answer.");
        house.settle_within(Duration::from_secs(400)).await;
        assert_eq!(sent(&house, desk), [""; 0]);
        assert_eq!(house.graph().take_calls().len(), 1, "left alone for seven minutes");
        house.pass(Duration::from_secs(400));
        house.settle_within(Duration::from_secs(400)).await;
        assert_eq!(sent(&house, desk), ["Answer."]);
    }
}

#[tokio::test]
async fn a_helpdesk_that_never_recovers_has_everything_parked_in_the_end_and_nothing_lost() {
    for desk in Desk::BOTH {
        let house = both_direct().await;
        let kind = FaultKind::Throttle { retry_after_s: 600 };
        desk.remote(&house).fault(FaultRule { method: None, path: String::new(), kind, times: 0, skip: 0 });
        desk.message(&house, "Second question");
        house.settle_within(48 * HOUR).await;
        let parked = house.parked().await;
        assert_eq!(parked.len(), 1, "{}", house.told());
        assert_eq!(parked[0].envelopes.len(), 1);
        assert_eq!(house.bridge.world.queue.depth(), 0, "the conversation goes on");
        desk.remote(&house).no_faults();
        desk.message(&house, "Third question");
        house.settle().await;
        deskbridge_engine::put_back(&house.bridge, parked[0].kind, &parked[0].id).await.unwrap();
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_said("Second question"), ticket.times_said("Third question")), (1, 1));
    }
}

/// The ticket was made, its answer got lost, and then the helpdesk is away for two days: it can neither be made again nor be
/// looked up. It goes to a person, and coming back it is found, not made a second time.
#[tokio::test]
async fn a_ticket_in_doubt_through_a_long_outage_is_parked_and_found_when_it_is_put_back() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let fault = |method: Option<&str>, path: &str, kind, times| {
            let method = method.map(str::to_owned);
            desk.remote(&house).fault(FaultRule { method, path: path.to_owned(), kind, times, skip: 0 });
        };
        fault(Some("POST"), "/api/v2/tickets", FaultKind::LostAfter, 1);
        for text in ["First question", "One more thing", "And another"] {
            desk.message(&house, text);
        }
        house.settle_within(Duration::from_secs(1)).await;
        let away = FaultKind::Status { code: 503, retry_after_s: Some(30), body: None };
        fault(None, "", away, 0);
        house.settle_within(48 * HOUR).await;
        let parked = house.parked().await;
        assert_eq!(parked.len(), 1, "{}", house.told());
        assert_eq!(house.bridge.world.queue.depth(), 0, "it does not wait for ever");
        desk.remote(&house).no_faults();
        deskbridge_engine::put_back(&house.bridge, parked[0].kind, &parked[0].id).await.unwrap();
        house.settle_within(HOUR).await;
        desk.message(&house, "Second question");
        house.settle_within(HOUR).await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 1, "{tickets:#?}");
        for text in ["First question", "One more thing", "And another", "Second question"] {
            assert_eq!(tickets[0].times_said(text), 1, "{text}: {tickets:#?}");
        }
    }
}

/// A comment was made, its answer got lost, and the helpdesk is away for two days. Meanwhile the ticket is closed, and the
/// conversation goes on in the next one. Put back, the comment is found in the old ticket, not written into the new one.
#[tokio::test]
async fn a_comment_in_doubt_is_found_in_the_ticket_that_was_closed_meanwhile() {
    let desk = Desk::Zendesk;
    let house = House::open().await;
    desk.message(&house, "First question");
    house.settle().await;
    let fault = |method: Option<&str>, path: &str, kind, times| {
        let method = method.map(str::to_owned);
        desk.remote(&house).fault(FaultRule { method, path: path.to_owned(), kind, times, skip: 0 });
    };
    fault(Some("PUT"), "/api/v2/tickets", FaultKind::LostAfter, 1);
    desk.message(&house, "In doubt");
    house.settle_within(Duration::from_secs(1)).await;
    fault(None, "", FaultKind::Status { code: 503, retry_after_s: Some(30), body: None }, 0);
    house.settle_within(48 * HOUR).await;
    let parked = house.parked().await;
    assert_eq!(parked.len(), 1, "{}", house.told());
    desk.remote(&house).no_faults();
    desk.agent(&house, "close", 1, "");
    house.settle().await;
    desk.message(&house, "Second question");
    house.settle().await;
    assert_eq!(desk.tickets(&house).len(), 2);
    deskbridge_engine::put_back(&house.bridge, parked[0].kind, &parked[0].id).await.unwrap();
    house.settle_within(HOUR).await;
    let times: Vec<usize> = desk.tickets(&house).iter().map(|ticket| ticket.times_said("In doubt")).collect();
    assert_eq!(times, [1, 0], "{}", house.told());
}

/// The same for a reply: the platform never says whether it published it, and agents are told.
#[tokio::test]
async fn a_reply_in_doubt_through_a_long_outage_of_the_platform_is_told_to_agents() {
    for desk in Desk::BOTH {
        let house = both_direct().await;
        let fault = |method: Option<&str>, kind, times| {
            let method = method.map(str::to_owned);
            house.graph().fault(FaultRule { method, path: String::new(), kind, times, skip: 0 });
        };
        fault(Some("POST"), FaultKind::LostBefore, 1);
        desk.reply(&house, 1, "Answer.");
        house.settle_within(Duration::from_secs(5)).await;
        fault(None, FaultKind::Status { code: 503, retry_after_s: Some(30), body: None }, 0);
        house.settle_within(48 * HOUR).await;
        assert_eq!(house.bridge.world.queue.depth(), 0, "it does not wait for ever: {}", house.told());
        assert_eq!(desk.ticket(&house).times_noted("COULD NOT CONFIRM"), 1);
    }
}

#[tokio::test]
async fn the_sweep_tells_which_accounts_work_and_what_to_do_about_the_others() {
    let house = both_direct().await;
    let swept = sweep(&house.bridge).await;
    assert_eq!(swept.failing, []);
    assert_eq!(swept.working.len(), house.bridge.directory.iter().count());
    house.control(house.graph(), &json!({"do": "token", "page": "1001", "state": "revoked"}));
    break_helpdesk(&house, Desk::Freshdesk, false, true);
    house.pass(Duration::from_secs(1));
    let swept = sweep(&house.bridge).await;
    let failing: Vec<&str> = swept.failing.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(failing, ["acme-facebook", "globex-freshdesk"]);
    assert!(swept.failing.iter().all(|(_, what)| what.contains("make a new one")), "{:?}", swept.failing);
}

/// Up to when a helpdesk was asked; `None`: nothing is remembered of it.
async fn mark(house: &House, desk: Desk) -> Option<Vec<u8>> {
    let key = ConversationKey::mark(desk.account(), "sweep");
    house.bridge.world.store.load(&key).await.expect("it loads").map(|item| item.bytes)
}

/// A sweep that never gets to its end (a function without time left, a slow account before all others) must not leave the last
/// accounts out for ever: nobody would read what agents wrote there.
#[tokio::test]
async fn a_sweep_that_dies_on_its_way_remembers_every_account_and_the_next_begins_with_the_one_left_behind() {
    let house = House::open().await;
    let asked = || [house.zendesk(), house.freshdesk(), house.graph(), house.x()];
    let asked = || asked().iter().any(|remote| !remote.take_calls().is_empty());
    asked();
    let dies = (1..).find(|steps| house.sweep_and_die_after(*steps) && asked());
    assert!(dies.is_some(), "it dies after it has asked somebody, and before its end");
    for desk in Desk::BOTH {
        assert!(mark(&house, desk).await.is_some(), "{desk:?}: since when, before anything can fail");
    }
    // Freshdesk is away for an hour, so it is the one that was left behind.
    sweep(&house.bridge).await;
    let away = FaultKind::Status { code: 503, retry_after_s: None, body: None };
    let rule = FaultRule { method: None, path: String::new(), kind: away, times: 0, skip: 0 };
    house.freshdesk().fault(rule);
    house.pass(HOUR);
    sweep(&house.bridge).await;
    house.freshdesk().no_faults();
    house.pass(HOUR);
    let [zendesk, freshdesk] = [mark(&house, Desk::Zendesk).await, mark(&house, Desk::Freshdesk).await];
    for steps in 1.. {
        let died = house.sweep_and_die_after(steps);
        let now = [mark(&house, Desk::Zendesk).await, mark(&house, Desk::Freshdesk).await];
        if now[1] != freshdesk {
            assert!(died, "in mid-work");
            assert_eq!(now[0], zendesk, "not yet");
            break;
        }
        assert_eq!(now[0], zendesk, "Freshdesk comes first");
    }
}

#[tokio::test]
async fn a_helpdesk_that_throttles_now_and_then_gets_every_ticket_of_a_busy_hour() {
    for desk in Desk::BOTH {
        let house = both_direct().await;
        let kind = FaultKind::Throttle { retry_after_s: 20 };
        for _ in 0..10 {
            let rule =
                FaultRule { method: None, path: "/api/v2".into(), kind: kind.clone(), times: 3, skip: 4 };
            desk.remote(&house).fault(rule);
        }
        for n in 0..30 {
            house.comment(desk.post(), &format!("77{n:02}"), &format!("comment {n:02}."));
        }
        house.settle_within(2 * HOUR).await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 31);
        for n in 0..30 {
            let words = format!("comment {n:02}.");
            assert_eq!(tickets.iter().map(|ticket| ticket.times_said(&words)).sum::<usize>(), 1);
        }
    }
}
