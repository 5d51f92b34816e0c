//! Posts and direct messages on X.

use std::time::Duration;

use deskbridge_engine::sweep;
use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

const DESK: Desk = Desk::Zendesk;
const OUR_POST: &str = "900100";
const PAULA: &str = "7001";

fn act(house: &House, act: &Value) -> String {
    house.act(house.x(), act)["id"].as_str().unwrap_or_default().to_owned()
}

fn post(house: &House, text: &str) -> String {
    act(house, &json!({"do": "post", "person": PAULA, "text": text}))
}

fn answer(house: &House, on: &str, text: &str) -> String {
    act(house, &json!({"do": "post", "person": PAULA, "on": on, "text": text}))
}

fn message(house: &House, text: &str) -> String {
    act(house, &json!({"do": "message", "person": PAULA, "text": text}))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// What the account published in answer to something: (what it answers, text).
fn published(house: &House) -> Vec<(String, String)> {
    let state = house.state(house.x());
    let posts = list(&state["posts"]).filter(|post| post["author"]["is_account"] == true);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    posts
        .filter(|post| !post["answers"].is_null() && post["deleted"] == false)
        .map(|post| (text(&post["answers"]), text(&post["text"])))
        .collect()
}

/// What the account wrote to people, in the API or in the app.
fn sent(house: &House) -> Vec<String> {
    let state = house.state(house.x());
    let own = list(&state["messages"]).filter(|message| message["by_account"] == true);
    own.map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
}

fn fault(method: &str, path: &str, kind: FaultKind) -> FaultRule {
    FaultRule { method: Some(method.to_owned()), path: path.to_owned(), kind, times: 1, skip: 0 }
}

#[tokio::test]
async fn a_mention_becomes_a_ticket_and_the_answer_appears_under_it() {
    let house = House::open().await;
    let post = post(&house, "@acme my kettle <3 is broken & cold");
    house.settle().await;
    let ticket = DESK.ticket(&house);
    assert_eq!(ticket.requester, "Paula Novak (@paula)");
    assert_eq!(ticket.times_said("@acme my kettle <3 is broken & cold"), 1, "{ticket:#?}");
    assert_eq!(ticket.times_said("Public reply allowed: yes"), 1, "{ticket:#?}");
    assert!(ticket.entries[0].html.contains(&format!("https://x.com/paula/status/{post}")));
    assert!(ticket.has_tag("deskbridge_x"), "{ticket:#?}");
    DESK.reply(&house, ticket.id, "Sorry! See https://acme.com/help?a=1&b=2, please.");
    house.settle().await;
    let wanted = "Sorry! See https://acme.com/help?a=1&b=2, please.";
    assert_eq!(published(&house), [(post, wanted.to_owned())]);
    let told =
        ["PLEASE LOOK: this reply goes to X as it is. X charges more for a public reply with a link in it."];
    assert_eq!(DESK.ticket(&house).notes(), told, "the echo of our reply tells nobody anything");
}

#[tokio::test]
async fn an_answer_that_mentions_us_is_one_message_though_two_events_tell_it() {
    let house = House::open().await;
    answer(&house, OUR_POST, "Does it whistle, @acme?");
    assert_eq!(house.deliver_webhooks().await, 2);
    house.settle().await;
    let ticket = DESK.ticket(&house);
    assert_eq!((ticket.said().len(), ticket.times_said("Does it whistle")), (1, 1), "{ticket:#?}");
    assert!(ticket.said()[0].contains("The new Acme kettle is here."), "quotes the post: {ticket:#?}");
}

#[tokio::test]
async fn a_refused_reply_says_what_the_agent_can_do() {
    let house = House::open().await;
    answer(&house, OUR_POST, "How much is it?");
    house.settle().await;
    let ticket = DESK.ticket(&house);
    assert_eq!(ticket.times_said("Public reply allowed: not certain"), 1, "{ticket:#?}");
    DESK.reply(&house, ticket.id, "Nine euros.");
    house.settle().await;
    assert_eq!(published(&house), []);
    let ticket = DESK.ticket(&house);
    assert_eq!(ticket.times_noted("NOT SENT"), 1, "{ticket:#?}");
    assert_eq!(ticket.times_noted("Answer it in X itself"), 1, "{ticket:#?}");
    assert_eq!(ticket.times_noted("/private and the text"), 1, "{ticket:#?}");
    assert!(ticket.has_tag("deskbridge_undelivered"));

    message(&house, "By the way, hello");
    house.settle().await;
    DESK.agent(&house, "note", ticket.id, "/private Nine euros.");
    house.settle().await;
    assert_eq!(sent(&house), ["Nine euros."], "the other way that the note names");

    // If X counts an answer as summons after all, nothing of ours stands in the way.
    house.control(house.x(), &json!({"do": "answers_summon", "on": true}));
    DESK.reply(&house, ticket.id, "Nine euros, all in.");
    house.settle().await;
    assert_eq!(published(&house).len(), 1);
}

#[tokio::test]
async fn likes_reposts_and_our_own_posts_open_nothing() {
    let house = House::open().await;
    act(&house, &json!({"do": "like", "id": OUR_POST, "person": PAULA}));
    act(&house, &json!({"do": "repost", "id": OUR_POST, "person": PAULA}));
    act(&house, &json!({"do": "post", "text": "Hello from @acme"}));
    act(&house, &json!({"do": "typing", "person": PAULA}));
    house.settle().await;
    assert!(DESK.tickets(&house).is_empty());
    assert!(house.quarantined().await.is_empty());
}

#[tokio::test]
async fn a_direct_message_is_answered_directly() {
    let house = House::open().await;
    message(&house, "Do you ship to Norway?");
    act(&house, &json!({"do": "message", "person": PAULA, "photo": "https://ton.twitter.com/1.1/x.jpg"}));
    house.settle().await;
    let ticket = DESK.ticket(&house);
    assert_eq!(ticket.requester, "Paula Novak (@paula)");
    assert_eq!(ticket.times_said("Do you ship to Norway?"), 1);
    assert!(ticket.said().join("\n").contains("Photo"), "{ticket:#?}");
    DESK.reply(&house, ticket.id, "Yes, we do.");
    house.settle().await;
    assert_eq!(sent(&house), ["Yes, we do."]);
    assert_eq!(DESK.ticket(&house).notes(), [""; 0]);
}

#[tokio::test]
async fn an_encrypted_message_is_never_dropped_and_never_answered_in_plain() {
    let house = House::open().await;
    act(&house, &json!({"do": "encrypted", "person": PAULA}));
    house.settle().await;
    let ticket = DESK.ticket(&house);
    assert!(ticket.said()[0].contains("ncrypted message, open in X"), "{ticket:#?}");
    assert_eq!(ticket.requester, "Paula Novak (@paula)", "the name is read");
    DESK.reply(&house, ticket.id, "We cannot read that.");
    house.settle().await;
    assert_eq!(sent(&house), [""; 0]);
    assert_eq!(DESK.ticket(&house).times_noted("Answer it in X itself"), 1);
    act(&house, &json!({"do": "encrypted", "person": PAULA, "by_account": true}));
    house.settle().await;
    assert_eq!(DESK.ticket(&house).times_noted("A colleague answered in X itself"), 1);
}

#[tokio::test]
async fn the_older_envelope_comes_through_the_same_door() {
    let house = House::open().await;
    house.control(house.x(), &json!({"do": "older", "on": true}));
    let first = post(&house, "@acme is it blue?");
    house.settle().await;
    answer(&house, &first, "Or red, @acme?");
    message(&house, "Anybody there?");
    house.settle().await;
    let tickets = DESK.tickets(&house);
    assert_eq!(tickets.len(), 2, "a thread and a conversation: {tickets:#?}");
    let thread = tickets.iter().find(|ticket| ticket.times_said("is it blue?") == 1).unwrap();
    assert_eq!(thread.times_said("Or red"), 1, "its root was asked for: {thread:#?}");
    DESK.reply(&house, thread.id, "Both.");
    house.settle().await;
    assert_eq!(published(&house).len(), 1);
    assert!(DESK.tickets(&house).iter().all(|ticket| ticket.notes().is_empty()));
}

#[tokio::test]
async fn a_long_reply_is_split_as_x_counts() {
    let house = House::open().await;
    let post = post(&house, "@acme tell me all");
    house.settle().await;
    let long =
        "您的包裹已经寄出，请您耐心等待。 https://acme.com/a/very/long/address/that/counts/as/23/only "
            .repeat(12);
    DESK.reply(&house, DESK.ticket(&house).id, &long);
    house.settle().await;
    let pieces = published(&house);
    assert!(pieces.len() > 2, "{pieces:#?}");
    assert!(pieces.iter().all(|(on, _)| *on == post), "each piece answers the customer's post");
    assert!(pieces.iter().any(|(_, text)| text.chars().count() > 280), "addresses are not cut");
    let ticket = DESK.ticket(&house);
    assert_eq!(ticket.notes().len(), 1, "X, which counts for itself, took every piece");
    assert_eq!(ticket.times_noted(&format!("goes out in {} parts", pieces.len())), 1, "{ticket:#?}");
}

#[tokio::test]
async fn a_reply_whose_answer_was_lost_is_found_and_not_posted_twice() {
    for (direct, path) in [(false, "/2/tweets"), (true, "/2/dm_conversations*")] {
        for echo_arrives in [true, false] {
            let house = House::open().await;
            if direct {
                message(&house, "Hello?")
            } else {
                post(&house, "@acme hello?")
            };
            house.settle().await;
            house.x().fault(fault("POST", path, FaultKind::LostAfter));
            DESK.reply(&house, DESK.ticket(&house).id, "5 < 7 & see acme.com/x, caf\u{e9}");
            house.deliver_webhooks().await;
            house.relay_due().await;
            if !echo_arrives {
                house.lose_webhooks(house.x());
            }
            house.settle().await;
            let found = if direct { sent(&house).len() } else { published(&house).len() };
            assert_eq!(found, 1, "direct {direct}");
            assert_eq!(DESK.ticket(&house).notes(), [""; 0], "direct {direct}, echo {echo_arrives}");
        }
    }
}

#[tokio::test]
async fn a_reply_that_never_arrived_is_told_and_not_sent_again() {
    for direct in [false, true] {
        let house = House::open().await;
        if direct {
            message(&house, "Hello?")
        } else {
            post(&house, "@acme hello?")
        };
        house.settle().await;
        house.x().fault(fault("POST", "/2/", FaultKind::LostBefore));
        DESK.reply(&house, DESK.ticket(&house).id, "Hello!");
        house.settle().await;
        assert_eq!((published(&house).len(), sent(&house).len()), (0, 0));
        assert_eq!(DESK.ticket(&house).times_noted("COULD NOT CONFIRM"), 1, "{:#?}", DESK.ticket(&house));
    }
}

#[tokio::test]
async fn the_same_words_twice_come_back_as_a_repetition() {
    let house = House::open().await;
    post(&house, "@acme hello?");
    house.settle().await;
    let ticket = DESK.ticket(&house).id;
    for _ in 0..2 {
        DESK.reply(&house, ticket, "Hello!");
        house.settle().await;
    }
    assert_eq!(published(&house).len(), 1);
    assert_eq!(DESK.ticket(&house).times_noted("takes it for a repetition"), 1);
}

#[tokio::test]
async fn a_throttle_is_waited_out() {
    let house = House::open().await;
    post(&house, "@acme hello?");
    house.settle().await;
    house.control(house.x(), &json!({"do": "post_limit", "calls": 1}));
    let ticket = DESK.ticket(&house).id;
    DESK.reply(&house, ticket, "One.");
    DESK.reply(&house, ticket, "Two.");
    house.settle_within(Duration::from_secs(60)).await;
    assert_eq!(published(&house).len(), 1);
    house.settle_within(Duration::from_secs(1_800)).await;
    assert_eq!(published(&house).len(), 2, "the second went out in the next window");
    assert_eq!(DESK.ticket(&house).notes(), [""; 0]);
}

#[tokio::test]
async fn without_credits_or_keys_replies_wait_for_the_repair() {
    let revoked = json!({"do": "token", "state": "revoked"});
    let valid = json!({"do": "token", "state": "valid"});
    let spent = json!({"do": "credits", "left": 0});
    let paid = json!({"do": "credits", "left": null});
    for (breaks, repairs) in [(revoked, valid), (spent, paid)] {
        let house = House::open().await;
        message(&house, "Hello?");
        house.settle().await;
        house.control(house.x(), &breaks);
        DESK.reply(&house, DESK.ticket(&house).id, "Hello!");
        house.settle().await;
        assert_eq!(sent(&house), [""; 0], "{breaks}");
        house.control(house.x(), &repairs);
        house.settle().await;
        assert_eq!(sent(&house), ["Hello!"], "{breaks}");
        assert_eq!(DESK.ticket(&house).notes(), [""; 0], "{breaks}");
    }
}

#[tokio::test]
async fn people_who_take_no_messages_and_posts_that_are_gone_are_told() {
    let house = House::open().await;
    let post = post(&house, "@acme hello?");
    message(&house, "Hello?");
    house.settle().await;
    house.control(house.x(), &json!({"do": "block", "person": PAULA, "on": true}));
    act(&house, &json!({"do": "delete", "id": post}));
    for ticket in DESK.tickets(&house) {
        DESK.reply(&house, ticket.id, "Hello!");
    }
    house.settle().await;
    assert_eq!((published(&house).len(), sent(&house).len()), (0, 0));
    let notes: Vec<String> = DESK.tickets(&house).iter().map(|ticket| ticket.notes().join("\n")).collect();
    assert!(notes.iter().any(|note| note.contains("does not accept messages")), "{notes:#?}");
    assert!(notes.iter().any(|note| note.contains("was removed or is not visible")), "{notes:#?}");
}

#[tokio::test]
async fn what_a_colleague_answers_in_the_app_stands_in_the_ticket() {
    let house = House::open().await;
    let post = post(&house, "@acme hello?");
    message(&house, "Hello?");
    house.settle().await;
    act(&house, &json!({"do": "post", "on": post, "text": "Hello from the app"}));
    act(&house, &json!({"do": "message", "person": PAULA, "by_account": true, "text": "Hello from the app"}));
    house.settle().await;
    for ticket in DESK.tickets(&house) {
        assert_eq!(ticket.times_noted("Hello from the app"), 1, "{ticket:#?}");
    }
}

#[tokio::test]
async fn edits_and_replays_repeat_nothing() {
    let house = House::open().await;
    let post = post(&house, "@acme I want it blue");
    message(&house, "Hello?");
    house.settle().await;
    act(&house, &json!({"do": "edit", "id": post, "text": "@acme I want it red"}));
    house.settle().await;
    house.control(house.x(), &json!({"do": "replay"}));
    house.settle().await;
    let tickets = DESK.tickets(&house);
    assert_eq!(tickets.len(), 2, "{tickets:#?}");
    let thread = tickets.iter().find(|ticket| ticket.times_said("blue") == 1).unwrap();
    assert_eq!((thread.said().len(), thread.times_said("red")), (2, 1), "{thread:#?}");
    assert!(thread.said()[1].contains("Edited by the customer"), "{thread:#?}");
}

#[tokio::test]
async fn the_challenge_is_answered_as_often_as_it_comes() {
    let house = House::open().await;
    for _ in 0..3 {
        house.control(house.x(), &json!({"do": "challenge"}));
        house.settle().await;
    }
    let counts = &house.state(house.x())["webhooks"];
    assert_eq!((&counts["delivered"], &counts["failed_attempts"]), (&json!(3), &json!(0)));
}

#[tokio::test]
async fn two_checks_in_one_moment_are_two_requests() {
    let house = House::open().await;
    for _ in 0..2 {
        assert_eq!(sweep(&house.bridge).await.failing, [], "X takes a signature only once");
    }
}

#[tokio::test]
async fn a_withdrawn_consent_is_kept_for_a_person() {
    let house = House::open().await;
    let payload = json!({"date_time": "2026-11-18T00:00:00+00:00", "user_id": "9001", "app_id": "1"});
    let body =
        json!({"data": {"event_uuid": "1", "filter": {}, "event_type": "oauth.revoke", "payload": payload}});
    act(&house, &json!({"do": "raw", "body": body}));
    house.settle().await;
    assert_eq!(house.quarantined().await.len(), 1);
}

#[tokio::test]
async fn a_mention_and_a_message_go_to_freshdesk_and_back() {
    let desk = Desk::Freshdesk;
    let house = House::open().await;
    let post = post(&house, "@globex do you deliver on Sundays?");
    house.settle().await;
    let ticket = desk.ticket(&house);
    assert_eq!(ticket.times_said("do you deliver on Sundays?"), 1, "{ticket:#?}");
    desk.reply(&house, ticket.id, "Until noon.");
    house.settle().await;
    assert_eq!(published(&house), [(post, "Until noon.".to_owned())]);
    assert_eq!(DESK.tickets(&house).len(), 0, "nobody else is told");

    act(&house, &json!({"do": "message", "person": PAULA, "account": "9002", "text": "And my order?"}));
    house.settle().await;
    let ticket = desk.tickets(&house).into_iter().find(|ticket| ticket.times_said("And my order?") == 1);
    desk.reply(&house, ticket.expect("a ticket of its own").id, "It is packed.");
    house.settle().await;
    assert_eq!(sent(&house), ["It is packed."]);
}

#[tokio::test]
async fn what_follows_a_private_answer_stays_in_the_ticket_of_the_post() {
    let house = House::open().await;
    // She wrote before there was a bridge: X lets nobody write first.
    message(&house, "Hello");
    house.lose_webhooks(house.x());
    let post = post(&house, "@acme my kettle is broken");
    house.settle().await;
    let ticket = DESK.ticket(&house).id;
    for text in ["Which one?", "The red one?"] {
        DESK.agent(&house, "note", ticket, &format!("/private {text}"));
        house.settle().await;
    }
    assert_eq!(sent(&house), ["Which one?", "The red one?"], "X takes more than one");
    message(&house, "The blue one");
    house.settle().await;
    let view = DESK.ticket(&house);
    assert_eq!((view.times_said("The blue one"), view.notes().len()), (1, 0), "{view:#?}");
    DESK.reply(&house, ticket, "A new one is on its way.");
    DESK.agent(&house, "note", ticket, "/public Solved in private.");
    house.settle().await;
    assert_eq!(sent(&house).last().map(String::as_str), Some("A new one is on its way."));
    assert_eq!(published(&house), [(post, "Solved in private.".to_owned())]);
}

#[tokio::test]
async fn an_answer_is_taken_back() {
    let house = House::open().await;
    post(&house, "@acme is it red?");
    house.settle().await;
    let ticket = DESK.ticket(&house).id;
    DESK.reply(&house, ticket, "It is green.");
    house.settle().await;
    assert_eq!(published(&house).len(), 1);
    DESK.agent(&house, "note", ticket, "/withdraw");
    house.settle().await;
    assert_eq!(published(&house), []);
    let view = DESK.ticket(&house);
    assert_eq!((view.times_noted("DONE: /withdraw "), view.times_noted("removed")), (1, 0), "{view:#?}");
}
