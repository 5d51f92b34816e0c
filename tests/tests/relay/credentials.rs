//! Credentials that end: renewed by one process at a time, stored before they are used, and told of when nothing helps.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deskbridge_core::ConversationKey;
use deskbridge_engine::ports::Store;
use deskbridge_engine::{Directory, Swept, check, sweep};
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{CONFIG, Desk, House};
use serde_json::json;

const DESK: Desk = Desk::Zendesk;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const TOKEN: &str = "POST /2/oauth2/token";

/// The house, where Acme's X account has given its consent by OAuth 2.0, and Globex' Instagram has a token of its own.
fn config() -> String {
    let keys = "consumer_key = \"env:X_CONSUMER_KEY\"\nconsumer_secret = \"env:X_CONSUMER_SECRET\"\n\
                access_token = \"env:X_ACCESS_TOKEN\"\naccess_token_secret = \"env:X_ACCESS_TOKEN_SECRET\"\n";
    let consent = "client_id = \"demo-client\"\nclient_secret = \"env:X_CLIENT_SECRET\"\nrefresh_token = \"env:X_REFRESH\"\n";
    assert!(CONFIG.contains(keys), "the house is configured otherwise: correct this test");
    let config = CONFIG.replace(keys, consent);
    let (before, instagram) =
        config.split_at(config.find("[accounts.globex-instagram]").expect("the account"));
    before.to_owned() + &instagram.replacen("env:INSTAGRAM_TOKEN", "env:GLOBEX_INSTAGRAM", 1)
}

fn secrets(refresh: &'static str, instagram: &'static str) -> [(&'static str, &'static str); 3] {
    [
        ("env:X_CLIENT_SECRET", "demo-x-client-secret"),
        ("env:X_REFRESH", refresh),
        ("env:GLOBEX_INSTAGRAM", instagram),
    ]
}

const FIRST: [&str; 2] = ["9001-demo-refresh-token", "demo-instagram-token"];

async fn open() -> House {
    House::open_with(&config(), &secrets(FIRST[0], FIRST[1])).await
}

async fn directory(refresh: &'static str, instagram: &'static str) -> Directory {
    House::directory_with(&config(), &secrets(refresh, instagram)).await
}

fn renewals(house: &House) -> usize {
    house.x().take_calls().iter().filter(|call| *call == TOKEN).count()
}

fn mention(house: &House) {
    house.act(house.x(), &json!({"do": "post", "person": "7001", "text": "@acme hello?"}));
}

fn published(house: &House) -> usize {
    let state = house.state(house.x());
    let posts = state["posts"].as_array().expect("posts");
    posts.iter().filter(|post| post["author"]["is_account"] == true && !post["answers"].is_null()).count()
}

fn fault(path: &str, kind: FaultKind, times: u32) -> FaultRule {
    FaultRule { method: None, path: path.to_owned(), kind, times, skip: 0 }
}

/// What an operator is told of an account; nothing if it works.
fn told_of(house: &House, account: &str) -> Option<String> {
    let mut ill = house.bridge.ill_accounts().into_iter().filter(|(name, _)| name == account);
    ill.next().map(|(_, illness)| illness.what_to_do)
}

fn is_failing(swept: &Swept, account: &str) -> bool {
    swept.failing.iter().any(|(name, _)| name == account)
}

/// Polls until `enough` is true, or it is done.
fn poll_until<T>(future: &mut (impl Future<Output = T> + Unpin), enough: impl Fn() -> bool) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    while !enough() {
        if let Poll::Ready(output) = pin!(&mut *future).poll(&mut context) {
            return Some(output);
        }
    }
    None
}

#[tokio::test]
async fn replies_go_out_with_tokens_that_are_renewed_when_they_end() {
    let house = open().await;
    mention(&house);
    house.settle().await;
    let ticket = DESK.ticket(&house).id;
    for (nth, reply) in ["Hello!", "Still there?", "Good night."].into_iter().enumerate() {
        DESK.reply(&house, ticket, reply);
        house.settle().await;
        assert_eq!((published(&house), renewals(&house)), (2 * nth + 1, 1), "one renewal, in {reply}");
        house.pass(HOUR);
        DESK.reply(&house, ticket, &format!("{reply} (again)"));
        house.settle().await;
        assert_eq!((published(&house), renewals(&house)), (2 * nth + 2, 0), "it lives for two hours");
        house.pass(3 * HOUR);
    }
    assert_eq!(told_of(&house, "acme-x"), None);
}

#[tokio::test]
async fn nothing_that_is_stored_shows_a_token() {
    let house = open().await;
    sweep(&house.bridge).await;
    for account in ["acme-x", "globex-instagram"] {
        let key = ConversationKey::mark(account, "credential");
        let item = house.bridge.world.store.load(&key).await.expect("the store works").expect("an item");
        let shown = String::from_utf8_lossy(&item.bytes).into_owned();
        for secret in ["access-", "refresh-", "demo", "IGAA"] {
            assert!(!shown.contains(secret), "{account}: {shown}");
        }
    }
    assert!(!house.told().contains("access-") && !house.told().contains("IGAA"));
}

#[tokio::test]
async fn of_two_processes_that_need_a_token_at_once_one_renews_it() {
    let house = open().await;
    let other = house.beside(directory(FIRST[0], FIRST[1]).await);
    for round in 0..20 {
        let account = |directory: &Directory| directory.get("acme-x").expect("it").clone();
        let (one, two) = (account(&house.bridge.directory), account(&other.directory));
        let (first, second) = tokio::join!(check(&house.bridge, &one), check(&other, &two));
        assert!(first.is_ok() || second.is_ok(), "{round}: {first:?} {second:?}");
        house.pass(5 * Duration::from_secs(1));
        assert_eq!(check(&house.bridge, &one).await.as_deref(), Ok("Acme (@acme)"), "{round}");
        assert_eq!(check(&other, &two).await.as_deref(), Ok("Acme (@acme)"), "{round}");
        assert_eq!(renewals(&house), 1, "{round}: nobody burnt anybody's token");
        house.pass(2 * HOUR);
    }
}

#[tokio::test]
async fn a_token_that_another_process_replaced_is_looked_up_and_not_renewed_again() {
    let house = open().await;
    let other = house.beside(directory(FIRST[0], FIRST[1]).await);
    mention(&house);
    house.settle().await;
    let ticket = DESK.ticket(&house).id;
    DESK.reply(&house, ticket, "Hello!");
    house.settle().await;
    assert_eq!((published(&house), renewals(&house)), (1, 1));
    // Late enough for a sweep to renew it, and the process of the house has used its own a minute ago.
    house.pass(95 * MINUTE);
    sweep(&house.bridge).await;
    assert_eq!(renewals(&house), 1, "the sweep renews before anybody needs it");
    house.pass(MINUTE);
    let swept = sweep(&other).await;
    assert!(!is_failing(&swept, "acme-x"), "{swept:?}");
    assert_eq!(renewals(&house), 0, "it is fresh");
    house.pass(100 * MINUTE);
    assert!(sweep(&other).await.failing.is_empty());
    assert_eq!(renewals(&house), 1, "it is the other one's turn");
    DESK.reply(&house, ticket, "Hello again!");
    house.settle().await;
    assert_eq!((published(&house), renewals(&house)), (2, 0));
    assert_eq!(told_of(&house, "acme-x"), None);
}

#[tokio::test]
async fn a_process_may_die_at_any_point_of_a_renewal() {
    let mut dead_for_good = 0;
    for steps in 0..200 {
        let house = open().await;
        mention(&house);
        house.settle().await;
        let ticket = DESK.ticket(&house).id;
        DESK.reply(&house, ticket, "Hello!");
        house.deliver_webhooks().await;
        let died = house.relay_and_die_after(steps);
        let house = house.restart_as(directory(FIRST[0], FIRST[1]).await);
        house.settle().await;
        if let Some(told) = told_of(&house, "acme-x") {
            dead_for_good += 1;
            assert!(told.contains("authorise the app again"), "{steps}: {told}");
            assert!(told.contains("never answered"), "{steps}: it says why: {told}");
            assert_eq!(published(&house), 0, "{steps}");
            let house = authorised_anew(house).await;
            assert_eq!(told_of(&house, "acme-x"), None, "{steps}");
            assert_eq!(published(&house) + noted(&house), 1, "{steps}");
            continue;
        }
        assert_eq!(published(&house) + noted(&house), 1, "{steps}");
        if !died {
            assert!((1..=6).contains(&dead_for_good), "{dead_for_good} of {steps} steps");
            return;
        }
    }
    panic!("it never got through");
}

/// How often agents were told that nobody knows whether the reply was sent: it was begun when the process died.
fn noted(house: &House) -> usize {
    DESK.ticket(house).times_noted("COULD NOT CONFIRM")
}

/// The operator authorises the app again, and starts a process with what came of it.
async fn authorised_anew(house: House) -> House {
    house.control(house.x(), &json!({"do": "authorise", "refresh_token": "anew"}));
    let house = house.restart_as(directory("anew", FIRST[1]).await);
    house.settle().await;
    house
}

#[tokio::test]
async fn an_answer_that_never_comes_costs_the_consent_only_if_it_was_renewed() {
    for (kind, survives) in [
        (FaultKind::LostBefore, true),
        (FaultKind::Status { code: 503, retry_after_s: None, body: None }, true),
        (FaultKind::Throttle { retry_after_s: 30 }, true),
        (FaultKind::Slow { ms: 2_000 }, true),
        (FaultKind::LostAfter, false),
        (FaultKind::Garbage, false),
        (FaultKind::LateApply { ms: 20_000 }, false),
    ] {
        let house = open().await;
        mention(&house);
        house.settle().await;
        house.x().fault(fault("/2/oauth2/token", kind.clone(), 1));
        DESK.reply(&house, DESK.ticket(&house).id, "Hello!");
        house.settle().await;
        assert_eq!(published(&house) == 1, survives, "{kind:?}: {}", house.told());
        let told = told_of(&house, "acme-x");
        assert_eq!(told.is_none(), survives, "{kind:?}: {told:?}");
        if survives {
            continue;
        }
        let told = told.expect("ill");
        assert!(told.contains("authorise the app again") && told.contains("never answered"), "{told}");
        house.x().take_calls();
        house.settle_within(HOUR).await;
        assert!(renewals(&house) <= 30, "it is not hammered");
        let house = authorised_anew(house).await;
        assert_eq!((published(&house), told_of(&house, "acme-x")), (1, None), "{kind:?}");
    }
}

#[tokio::test]
async fn a_consent_that_was_withdrawn_is_told_while_the_last_token_still_works() {
    let house = open().await;
    assert!(!is_failing(&sweep(&house.bridge).await, "acme-x"));
    // The owner authorises the app again, and nobody tells the bridge.
    house.control(house.x(), &json!({"do": "authorise", "refresh_token": "anew"}));
    house.pass(100 * MINUTE);
    let swept = sweep(&house.bridge).await;
    assert!(is_failing(&swept, "acme-x"), "{swept:?}");
    let told = told_of(&house, "acme-x").expect("limited");
    assert!(told.contains("could not be renewed"), "{told}");
    mention(&house);
    house.settle().await;
    DESK.reply(&house, DESK.ticket(&house).id, "Hello!");
    house.settle().await;
    assert_eq!(published(&house), 1, "it works all the same, for a while");
}

#[tokio::test]
async fn what_the_store_did_not_take_is_stored_before_it_is_used() {
    for refused in [1, 4, 9] {
        let house = open().await;
        let account = house.bridge.directory.get("acme-x").expect("it").clone();
        let mut checking = Box::pin(check(&house.bridge, &account));
        let renewed = || {
            let state = house.x().take_calls();
            state.iter().any(|call| call == TOKEN)
        };
        assert!(poll_until(&mut checking, renewed).is_none());
        house.bridge.world.store.refuse_saves(refused);
        let first = checking.await;
        assert_eq!(first.is_ok(), refused < 4, "{first:?}");
        for _ in 0..3 {
            house.pass(10 * Duration::from_secs(1));
            drop(check(&house.bridge, &account).await);
        }
        assert_eq!(check(&house.bridge, &account).await.as_deref(), Ok("Acme (@acme)"));
        let other = house.beside(directory(FIRST[0], FIRST[1]).await);
        assert_eq!(check(&other, &account).await.as_deref(), Ok("Acme (@acme)"), "it is stored");
        assert_eq!(renewals(&house), 0);
    }
}

#[tokio::test]
async fn a_save_whose_answer_was_lost_is_found() {
    for lost in 1..4 {
        let house = open().await;
        house.bridge.world.store.lose_save_answers(lost);
        for _ in 0..8 {
            sweep(&house.bridge).await;
            house.pass(MINUTE);
        }
        assert_eq!(told_of(&house, "acme-x"), None, "{lost}");
        assert_eq!(renewals(&house), 1, "{lost}");
    }
}

#[tokio::test]
async fn a_seed_that_the_operator_puts_there_wins_and_the_former_one_writes_nothing() {
    let house = open().await;
    assert!(!is_failing(&sweep(&house.bridge).await, "acme-x"));
    house.control(house.x(), &json!({"do": "authorise", "refresh_token": "anew"}));
    let newer = house.beside(directory("anew", FIRST[1]).await);
    house.pass(MINUTE);
    assert_eq!(sweep(&newer).await.failing, []);
    assert_eq!(renewals(&house), 2);
    // The process that still has the former seed notices, and burns nothing.
    house.pass(3 * HOUR);
    assert!(is_failing(&sweep(&house.bridge).await, "acme-x"));
    let told = told_of(&house, "acme-x").expect("ill");
    assert!(told.contains("a newer one is configured elsewhere"), "{told}");
    assert_eq!(renewals(&house), 0);
    house.pass(MINUTE);
    assert_eq!(sweep(&newer).await.failing, []);
    assert_eq!(renewals(&house), 1);
}

#[tokio::test]
async fn a_damaged_item_is_as_good_as_none() {
    let house = open().await;
    sweep(&house.bridge).await;
    let key = ConversationKey::mark("globex-instagram", "credential");
    let store = &house.bridge.world.store;
    let item = store.load(&key).await.expect("the store works").expect("an item");
    store.save(&key, vec![0xff, 1, 2], item.version, house.now()).await.expect("saved");
    let newer = House::restart_as(house, directory(FIRST[0], FIRST[1]).await);
    let swept = sweep(&newer.bridge).await;
    assert!(is_failing(&swept, "globex-instagram"), "what a newer program wrote waits for it: {swept:?}");
    let store = &newer.bridge.world.store;
    store.save(&key, vec![0, 1, 2], item.version + 1, newer.now()).await.expect("saved");
    assert!(sweep(&newer.bridge).await.failing.is_empty());
    assert!(newer.told().contains("reading a stored credential"));
}

#[tokio::test]
async fn looking_only_renews_nothing() {
    let house = open().await;
    let looking = house.beside(directory(FIRST[0], FIRST[1]).await).without_renewing();
    let swept = sweep(&looking).await;
    assert!(is_failing(&swept, "acme-x") && !is_failing(&swept, "globex-instagram"), "{swept:?}");
    assert_eq!(renewals(&house), 0);
    assert!(house.graph().take_calls().iter().all(|call| !call.contains("refresh_access_token")));
}

const REFRESH: &str = "GET /refresh_access_token";

fn refreshes(house: &House) -> usize {
    house.graph().take_calls().iter().filter(|call| *call == REFRESH).count()
}

/// The house on the day on which Globex generated its Instagram token.
async fn with_young_token() -> House {
    let house = House::open_with(&config(), &secrets(FIRST[0], "young")).await;
    house.control(house.graph(), &json!({"do": "issue", "page": "17002", "token": "young"}));
    house
}

#[tokio::test]
async fn instagram_tokens_are_renewed_every_week_and_outlive_their_60_days() {
    let house = with_young_token().await;
    let mut renewed = 0;
    for day in 0..200 {
        let swept = sweep(&house.bridge).await;
        assert!(!is_failing(&swept, "globex-instagram"), "day {day}: {swept:?}");
        renewed += refreshes(&house);
        house.pass(DAY);
    }
    assert!((26..=32).contains(&renewed), "once a week, and once too early: {renewed}");
    // A new process uses what is stored, and so does the relay.
    let house = house.restart_as(directory(FIRST[0], "young").await);
    let act = json!({"do": "instagram_message", "account": "17002", "person": "9103", "text": "Hello?"});
    house.act(house.graph(), &act);
    house.settle().await;
    Desk::Freshdesk.reply(&house, Desk::Freshdesk.ticket(&house).id, "Hello!");
    house.settle().await;
    assert_eq!(Desk::Freshdesk.ticket(&house).notes(), [""; 0]);
    assert_eq!((refreshes(&house), told_of(&house, "globex-instagram")), (0, None));
}

#[tokio::test]
async fn a_token_that_ends_within_a_week_is_told_before_a_customer_notices() {
    let house = with_young_token().await;
    house.pass(2 * DAY);
    assert!(!is_failing(&sweep(&house.bridge).await, "globex-instagram"));
    assert_eq!(refreshes(&house), 1);
    let refusal = json!({"error": {"code": 10, "message": "no"}});
    let refused = FaultKind::Status { code: 400, retry_after_s: None, body: Some(refusal) };
    house.graph().fault(fault("/refresh_access_token", refused, 0));
    let mut asked = 0;
    for day in 0..53 {
        let swept = sweep(&house.bridge).await;
        assert!(!is_failing(&swept, "globex-instagram"), "day {day}: {swept:?}");
        assert!(house.bridge.ill_accounts().is_empty(), "day {day}");
        asked += refreshes(&house);
        house.pass(DAY);
    }
    assert!((45..=48).contains(&asked), "once a day from the seventh on: {asked}");
    house.pass(HOUR);
    let swept = sweep(&house.bridge).await;
    assert!(is_failing(&swept, "globex-instagram"), "{swept:?}");
    let told = told_of(&house, "globex-instagram").expect("limited");
    assert!(told.contains("ends at 2027-") && told.contains("could not be renewed"), "{told}");
    // It works all the same, and is well once it can be renewed.
    house.graph().no_faults();
    house.pass(DAY);
    assert!(!is_failing(&sweep(&house.bridge).await, "globex-instagram"));
    assert_eq!(told_of(&house, "globex-instagram"), None);
}

#[tokio::test]
async fn a_token_that_ended_says_what_to_do_and_a_new_one_goes_on() {
    let house = with_young_token().await;
    house.pass(61 * DAY);
    assert!(is_failing(&sweep(&house.bridge).await, "globex-instagram"));
    let told = told_of(&house, "globex-instagram").expect("ill");
    assert!(told.contains("the 60 days of the token are over"), "{told}");
    house.control(house.graph(), &json!({"do": "issue", "page": "17002", "token": "younger"}));
    let house = house.restart_as(directory(FIRST[0], "younger").await);
    assert!(!is_failing(&sweep(&house.bridge).await, "globex-instagram"));
}
