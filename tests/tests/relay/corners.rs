//! Rare turns that are easy to get wrong.

use std::time::Duration;

use deskbridge_engine::ports::HeldKind;
use deskbridge_engine::{Disposition, put_back, relay};
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House, delivery};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(3600);

fn invalid(desk: Desk) -> FaultKind {
    let (code, body) = match desk {
        Desk::Zendesk => (
            422,
            json!({"error": "RecordInvalid", "description": "Record validation errors", "details": {"base": [{"description": "Field is required"}]}}),
        ),
        Desk::Freshdesk => (
            400,
            json!({"description": "Validation failed", "errors": [{"field": "priority", "message": "It should be one of these values", "code": "invalid_value"}]}),
        ),
    };
    FaultKind::Status { code, retry_after_s: None, body: Some(body) }
}

#[tokio::test]
async fn messages_behind_a_refused_ticket_are_parked_with_it_and_come_back_in_one_ticket() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let rule = |kind, times| FaultRule {
            method: Some("POST".into()),
            path: "/api/v2/tickets".into(),
            kind,
            times,
            skip: 0,
        };
        desk.remote(&house).fault(rule(FaultKind::Throttle { retry_after_s: 60 }, 1));
        desk.remote(&house).fault(rule(invalid(desk), 9));
        desk.message(&house, "First question");
        house.settle_within(Duration::from_secs(10)).await;
        desk.message(&house, "Second question");
        desk.message(&house, "Third question");
        house.settle_within(HOUR).await;
        let parked = house.parked().await;
        let kept: usize = parked.iter().map(|held| held.envelopes.len()).sum();
        assert_eq!((desk.tickets(&house).len(), kept), (0, 3), "{}", house.told());
        assert_eq!(house.bridge.world.queue.depth(), 0);
        desk.remote(&house).no_faults();
        for held in &parked {
            put_back(&house.bridge, HeldKind::Parked, &held.id).await.unwrap();
        }
        house.settle_within(HOUR).await;
        let ticket = desk.ticket(&house);
        for words in ["First question", "Second question", "Third question"] {
            assert_eq!(ticket.times_said(words), 1, "{words} {ticket:#?}");
        }
        assert_eq!(house.parked().await, []);
    }
}

#[tokio::test]
async fn a_removed_message_that_was_parked_is_not_shown_when_it_comes_back() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let rule = FaultRule {
            method: Some("POST".into()),
            path: "/api/v2/tickets".into(),
            kind: invalid(desk),
            times: 9,
            skip: 0,
        };
        desk.remote(&house).fault(rule);
        let message = desk.message(&house, "Something rash.");
        house.settle().await;
        house.act(house.graph(), &json!({"do": "unsend", "id": message}));
        house.settle().await;
        desk.remote(&house).no_faults();
        for held in house.parked().await {
            put_back(&house.bridge, HeldKind::Parked, &held.id).await.unwrap();
        }
        house.settle().await;
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.times_said("Something rash."), 0, "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn a_reply_to_a_mention_that_we_may_not_see_is_refused_for_itself_and_nobody_else_waits() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let mention = json!({"do": "mention", "page": desk.page(), "person": desk.person(), "text": "Thanks!", "unreadable": true});
        house.act(house.graph(), &mention);
        desk.message(&house, "Another conversation");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2, "{tickets:#?}");
        let of_mention = tickets.iter().find(|ticket| ticket.times_said("Thanks!") == 1).unwrap().id;
        let of_message = tickets.iter().find(|ticket| ticket.times_said("Another") == 1).unwrap().id;
        desk.reply(&house, of_mention, "You are welcome.");
        desk.reply(&house, of_message, "Hello.");
        house.settle_within(HOUR).await;
        assert_eq!(house.page_messages(desk.page(), desk.psid()), ["Hello."], "{}", house.told());
        assert!(house.bridge.ill_accounts().is_empty(), "{}", house.told());
        let ticket = desk.tickets(&house).into_iter().find(|ticket| ticket.id == of_mention).unwrap();
        let answered = house.page_comments(desk.page()).len();
        assert_eq!(ticket.times_noted("NOT SENT") + answered, 1, "{ticket:#?}");
    }
}

#[tokio::test]
async fn a_refused_reply_in_a_ticket_that_was_closed_at_once_is_not_forgotten() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        desk.message(&house, "Hello?");
        house.settle().await;
        house.pass(Duration::from_secs(8 * 24 * 3600));
        desk.reply(&house, 1, "Too late.");
        desk.agent(&house, "solve", 1, "");
        desk.agent(&house, "close", 1, "");
        house.settle_within(HOUR).await;
        let noted: usize = desk.tickets(&house).iter().map(|ticket| ticket.times_noted("NOT SENT")).sum();
        assert_eq!(noted + house.parked().await.len(), 1, "{}", house.told());
        assert_eq!(house.page_messages(desk.page(), desk.psid()), [""; 0]);
    }
}

#[tokio::test]
async fn ids_beyond_what_javascript_can_count_stay_exact_as_text_and_as_numbers() {
    let house = House::open().await;
    let item = |mid: &str| {
        json!({"sender": {"id": "90071992547409931"}, "recipient": {"id": "1001"}, "timestamp": 1_795_000_000_000_u64,
            "message": {"mid": mid, "text": mid}})
    };
    let numbers = item("m_2")
        .to_string()
        .replace("\"90071992547409931\"", "90071992547409931")
        .replace("\"1001\"", "1001");
    for item in [item("m_1").to_string(), numbers] {
        let body = format!(
            r#"{{"object":"page","entry":[{{"id":"1001","time":1795000000,"messaging":[{item}]}}]}}"#
        );
        assert_eq!(house.knock_signed("acme-facebook", body.as_bytes()).await.status, 200);
    }
    house.settle().await;
    let ticket = Desk::Zendesk.ticket(&house);
    assert!(ticket.conversation.ends_with(":90071992547409931"), "{}", ticket.conversation);
    assert_eq!(ticket.times_said("m_1") + ticket.times_said("m_2"), 2);
}

#[tokio::test]
async fn a_redelivered_webhook_changes_nothing_even_days_later() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let item = json!({"sender": {"id": desk.psid()}, "recipient": {"id": desk.page()}, "timestamp": 1_795_000_000_000_u64,
            "message": {"mid": "m_1", "text": "Hello?"}});
        let body = json!({"object": "page", "entry": [{"id": desk.page(), "time": 1_795_000_000_000_u64, "messaging": [item]}]}).to_string();
        for day in 0..7 {
            house.bridge.world.queue.forget_known();
            house.knock_signed(desk.door(), body.as_bytes()).await;
            house.settle().await;
            house.pass(24 * HOUR);
            for n in 0..20 {
                desk.message(&house, &format!("more {day} {n}"));
            }
            house.settle().await;
        }
        let times: usize = desk.tickets(&house).iter().map(|ticket| ticket.times_said("Hello?")).sum();
        assert_eq!(times, 1);
    }
}

#[tokio::test]
async fn what_a_newer_version_wrote_waits_and_nothing_overtakes_it() {
    let house = House::open().await;
    Desk::Zendesk.message(&house, "First");
    Desk::Zendesk.message(&house, "Second");
    house.deliver_webhooks().await;
    let queued: Vec<_> = house.bridge.world.queue.claim(house.now(), 10).into_iter().flatten().collect();
    assert_eq!(queued.len(), 2);
    let newer = queued[0].body.replacen("\"v\":2", "\"v\":3", 1);
    assert_ne!(newer, queued[0].body);

    let batch = vec![delivery(&newer, 1), delivery(&queued[1].body, 1)];
    let dispositions = relay(&house.bridge, batch, None).await;
    assert!(dispositions.iter().all(|one| matches!(one, Disposition::Again { .. })), "{dispositions:?}");
    assert!(Desk::Zendesk.tickets(&house).is_empty());
    assert_eq!(house.quarantined().await, []);

    // Nobody is going to read it any more: it is kept for a person, and what waits behind it goes on.
    let batch = vec![delivery(&newer, 600), delivery(&queued[1].body, 1)];
    let dispositions = relay(&house.bridge, batch, None).await;
    assert!(dispositions.iter().all(|one| *one == Disposition::Done), "{dispositions:?}");
    assert_eq!(house.quarantined().await.len(), 1);
    assert_eq!(Desk::Zendesk.ticket(&house).times_said("Second"), 1);
}
