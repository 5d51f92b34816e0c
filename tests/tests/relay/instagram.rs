//! Instagram: comments and mentions, direct messages and stories, by both logins.

use std::time::Duration;

use deskbridge_sandbox::{FaultKind, FaultRule};
use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

/// The account: by Facebook Login to Zendesk, by Instagram Login to Freshdesk.
fn account(desk: Desk) -> &'static str {
    if desk == Desk::Zendesk { "17001" } else { "17002" }
}

/// The account's post.
fn post(desk: Desk) -> &'static str {
    if desk == Desk::Zendesk { "17501" } else { "17502" }
}

/// A customer: id, username and name.
fn customer(desk: Desk) -> (&'static str, &'static str, &'static str) {
    match desk {
        Desk::Zendesk => ("9101", "lena.vogt", "Lena Vogt"),
        Desk::Freshdesk => ("9103", "mei.tanaka", "Mei Tanaka"),
    }
}

/// Another customer: id and username.
fn other(desk: Desk) -> (&'static str, &'static str) {
    if desk == Desk::Zendesk { ("9102", "omar_h") } else { ("9104", "jonas_b") }
}

fn act(house: &House, act: &Value) -> String {
    house.act(house.graph(), act)["id"].as_str().unwrap_or_default().to_owned()
}

fn comment(house: &House, on: &str, person: &str, text: &str) -> String {
    act(house, &json!({"do": "instagram_comment", "on": on, "person": person, "text": text}))
}

/// A direct message of the customer, with more of it.
fn write_with(house: &House, desk: Desk, more: Value) -> String {
    let mut message =
        json!({"do": "instagram_message", "account": account(desk), "person": customer(desk).0});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    act(house, &message)
}

fn write(house: &House, desk: Desk, text: &str) -> String {
    write_with(house, desk, json!({ "text": text }))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn shown(house: &House, desk: Desk) -> Value {
    let accounts = list(&house.state(house.graph())["instagram"]);
    accounts.into_iter().find(|one| one["id"] == account(desk)).expect("the account")
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What the account wrote in public: (the comment or post above, text).
fn published(house: &House, desk: Desk) -> Vec<(String, String)> {
    fn collect(node: &Value, found: &mut Vec<(String, String)>) {
        for comment in list(&node["comments"]) {
            if comment["is_us"] == true {
                found.push((word(&node["id"]), word(&comment["text"])));
            }
            collect(&comment, found);
        }
    }
    let mut found = Vec::new();
    list(&shown(house, desk)["posts"]).iter().for_each(|post| collect(post, &mut found));
    found
}

/// What the account sent to the customer, not counting what was written in the app.
fn sent(house: &House, desk: Desk) -> Vec<String> {
    let threads = list(&shown(house, desk)["threads"]);
    let thread = threads.into_iter().find(|thread| thread["person"] == customer(desk).0);
    let messages = thread.map(|thread| list(&thread["messages"])).unwrap_or_default();
    let ours = messages.iter().filter(|one| one["from_us"] == true && one["native"] == false);
    ours.map(|message| word(&message["text"])).collect()
}

/// The ticket in which the customer said this.
fn ticket_of(house: &House, desk: Desk, words: &str) -> u64 {
    desk.tickets(house).iter().find(|ticket| ticket.times_said(words) > 0).expect("the ticket").id
}

fn fault(path: &str, kind: FaultKind) -> FaultRule {
    FaultRule { method: Some("POST".to_owned()), path: path.to_owned(), kind, times: 1, skip: 0 }
}

fn pair(on: &str, text: &str) -> (String, String) {
    (on.to_owned(), text.to_owned())
}

#[tokio::test]
async fn a_comment_becomes_a_ticket_and_the_answer_appears_under_it() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.requester, customer(desk).1, "public comments tell the username");
        assert_eq!(ticket.times_said("Is it loud?"), 1);
        let html = &ticket.entries[0].html;
        assert!(html.contains("instagram.com/p/"), "permalink: {html}");
        assert!(html.contains("Acme kettle") || html.contains("Globex delivers"), "the caption: {html}");
        desk.reply(&house, ticket.id, "A whisper.");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&comment, "A whisper.")]);
        assert_eq!(desk.ticket(&house).notes(), [""; 0], "the echo of our reply tells nobody anything");
        assert!(house.quarantined().await.is_empty());
    }
}

#[tokio::test]
async fn a_reply_to_a_reply_names_whom_it_is_for_and_stays_in_their_ticket() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let top = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        house.settle().await;
        let (id, name) = other(desk);
        comment(&house, &top, id, "I wonder too");
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2);
        assert_eq!(
            (tickets[1].times_said("I wonder too"), tickets[1].times_said("Is it loud?")),
            (1, 1),
            "quoted"
        );
        desk.reply(&house, tickets[1].id, "A whisper.");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&top, &format!("@{name} A whisper."))]);
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.notes(), [""; 0], "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn an_answer_in_the_app_is_told_in_the_ticket_of_whom_it_is_for() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let top = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        let (id, name) = other(desk);
        comment(&house, &top, id, "I wonder too");
        house.settle().await;
        for text in [format!("@{name} Not at all."), "Come and hear.".to_owned()] {
            act(&house, &json!({"do": "instagram_comment", "on": top, "text": text}));
        }
        act(&house, &json!({"do": "instagram_comment", "on": post(desk), "text": "Ask us anything"}));
        house.repeat_webhooks(house.graph(), 2).await;
        house.settle().await;
        let tickets = desk.tickets(&house);
        assert_eq!(tickets.len(), 2);
        assert_eq!((tickets[0].times_noted("Come and hear."), tickets[0].notes().len()), (1, 1));
        assert_eq!((tickets[1].times_noted("Not at all."), tickets[1].notes().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_deleted_comment_shows_when_it_is_answered() {
    for desk in Desk::BOTH {
        for deed in ["remove", "hide"] {
            let house = House::open().await;
            let comment = comment(&house, post(desk), customer(desk).0, "Is it loud?");
            house.settle().await;
            act(&house, &json!({"do": deed, "id": comment}));
            let ticket = desk.ticket(&house).id;
            desk.reply(&house, ticket, "A whisper.");
            house.settle().await;
            assert_eq!(published(&house, desk), []);
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.times_noted("removed or is not visible"), 1, "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn a_live_comment_says_that_it_cannot_be_answered_and_so_it_is() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let live = json!({"do": "instagram_comment", "on": post(desk), "person": customer(desk).0, "text": "Hello!", "product": "LIVE"});
        act(&house, &live);
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert!(ticket.said()[0].contains("cannot be answered by API"), "{ticket:#?}");
        desk.reply(&house, ticket.id, "Hello Lena.");
        house.settle().await;
        assert_eq!(published(&house, desk), []);
        assert_eq!(desk.ticket(&house).times_noted("NOT SENT"), 1);
    }
}

#[tokio::test]
async fn mentions_are_read_and_answered_where_they_stand() {
    let desk = Desk::Zendesk;
    for in_comment in [false, true] {
        let house = House::open().await;
        let mention = json!({"do": "instagram_mention", "account": account(desk), "person": customer(desk).0,
            "text": "Look what @acme sent me", "in_comment": in_comment});
        let id = act(&house, &mention);
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.requester, customer(desk).1);
        assert_eq!(ticket.times_said("Look what @acme sent me"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_said("mentions the account"), 1, "{ticket:#?}");
        desk.reply(&house, ticket.id, "Enjoy!");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&id, "Enjoy!")]);
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn a_message_becomes_a_ticket_and_the_answer_comes_back() {
    for desk in Desk::BOTH {
        for in_changes in [false, true] {
            let house = House::open().await;
            write_with(&house, desk, json!({"text": "Do you ship to Norway?", "in_changes": in_changes}));
            house.settle().await;
            let ticket = desk.ticket(&house);
            assert_eq!(ticket.requester, customer(desk).2, "the profile's name is read once");
            assert_eq!(ticket.times_said("Do you ship to Norway?"), 1);
            desk.reply(&house, ticket.id, "Yes, we do.");
            house.settle().await;
            assert_eq!(sent(&house, desk), ["Yes, we do."]);
            act(
                &house,
                &json!({"do": "instagram_read", "account": account(desk), "person": customer(desk).0}),
            );
            house.settle().await;
            assert_eq!(desk.ticket(&house).notes(), [""; 0]);
            assert!(house.quarantined().await.is_empty());
        }
    }
}

#[tokio::test]
async fn long_answers_are_cut_by_bytes() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, "Привет");
        house.settle().await;
        let long: String = (0..60).map(|n| format!("Это предложение номер {n}. ")).collect();
        desk.reply(&house, desk.ticket(&house).id, &long);
        house.settle().await;
        let pieces = sent(&house, desk);
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() <= 1_000), "{pieces:?}");
        assert!((0..60).all(|n| pieces.iter().any(|piece| piece.contains(&format!("номер {n}.")))));
        assert_eq!(desk.ticket(&house).notes(), [""; 0]);
    }
}

#[tokio::test]
async fn every_kind_of_attachment_is_shown() {
    let kinds =
        ["image", "audio", "video", "file", "ig_post", "reel", "ig_reel", "share", "ig_story", "hologram"];
    for desk in Desk::BOTH {
        let house = House::open().await;
        for kind in kinds {
            let url = format!("https://cdn.example/{kind}.bin");
            write_with(&house, desk, json!({"attachments": [{"type": kind, "url": url}]}));
        }
        write_with(&house, desk, json!({"attachments": [{"type": "ephemeral", "payload": {}}]}));
        write_with(&house, desk, json!({"unsupported": true}));
        house.settle().await;
        let ticket = desk.ticket(&house);
        let html: String = ticket.entries.iter().map(|entry| entry.html.as_str()).collect();
        for kind in kinds {
            assert!(html.contains(&format!("cdn.example/{kind}.bin")), "{kind}: {html}");
        }
        for wanted in ["view-once photo or video", "Unsupported"] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(house.quarantined().await.is_empty());
    }
}

#[tokio::test]
async fn stories_come_with_their_link_and_are_answered_as_messages() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write_with(&house, desk, json!({"story_mention": "https://cdn.example/theirs"}));
        write_with(
            &house,
            desk,
            json!({"text": "Is that the red one?", "story": "https://cdn.example/ours"}),
        );
        house.settle().await;
        let ticket = desk.ticket(&house);
        let html: String = ticket.entries.iter().map(|entry| entry.html.as_str()).collect();
        for wanted in
            ["cdn.example/theirs", "mentions the account in a story", "cdn.example/ours", "answers a story"]
        {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        desk.reply(&house, ticket.id, "It is.");
        house.settle().await;
        assert_eq!(sent(&house, desk), ["It is."]);
    }
}

#[tokio::test]
async fn edits_unsent_messages_and_the_app_are_told() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let first = write(&house, desk, "Size M please");
        let second = write(&house, desk, "my card is 4711");
        house.settle().await;
        act(&house, &json!({"do": "edit", "id": first, "text": "Size L please"}));
        act(&house, &json!({"do": "unsend", "id": second}));
        act(&house, &json!({"do": "react", "on": first}));
        let native = json!({"do": "instagram_native", "account": account(desk), "person": customer(desk).0, "text": "Done on the phone"});
        act(&house, &native);
        house.repeat_webhooks(house.graph(), 2).await;
        house.settle().await;
        let ticket = desk.ticket(&house);
        assert_eq!(ticket.times_said("Size L please"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("removed a message"), 1, "{ticket:#?}");
        assert_eq!(ticket.times_noted("Done on the phone"), 1, "{ticket:#?}");
        assert_eq!(sent(&house, desk), [""; 0], "never sent again");
    }
}

#[tokio::test]
async fn after_a_day_a_person_may_answer_and_after_a_week_nobody() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        write(&house, desk, "Hello?");
        house.settle().await;
        let ticket = desk.ticket(&house).id;
        house.pass(25 * HOUR);
        desk.reply(&house, ticket, "Sorry, it took a while.");
        house.settle().await;
        assert_eq!(sent(&house, desk), ["Sorry, it took a while."], "as a human agent");
        house.pass(7 * 24 * HOUR);
        desk.reply(&house, ticket, "One more thing.");
        house.settle().await;
        assert_eq!(sent(&house, desk).len(), 1);
        let ticket = desk.ticket(&house);
        assert_eq!((ticket.times_noted("NOT SENT"), ticket.times_noted("reply window is closed")), (1, 1));
        assert!(ticket.has_tag("deskbridge_undelivered"));
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_by_looking_it_up() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        let comment = comment(&house, post(desk), customer(desk).0, "Is it loud?");
        write(&house, desk, "Hello?");
        house.settle().await;
        for path in ["/replies", "/messages"] {
            house.graph().fault(fault(path, FaultKind::LostAfter));
        }
        desk.reply(&house, ticket_of(&house, desk, "Is it loud?"), "A whisper.");
        desk.reply(&house, ticket_of(&house, desk, "Hello?"), "Good day.");
        house.deliver_webhooks().await;
        house.relay_due().await;
        assert_eq!(house.lose_webhooks(house.graph()), 2, "both echoes");
        house.settle().await;
        assert_eq!(published(&house, desk), [pair(&comment, "A whisper.")], "published once");
        assert_eq!(sent(&house, desk), ["Good day."], "sent once");
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.notes(), [""; 0], "{ticket:#?}");
        }
    }
}

#[tokio::test]
async fn what_was_lost_on_the_way_is_never_sent_twice_and_agents_are_told() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        comment(&house, post(desk), customer(desk).0, "Is it loud?");
        write(&house, desk, "Hello?");
        house.settle().await;
        for path in ["/replies", "/messages"] {
            house.graph().fault(fault(path, FaultKind::LostBefore));
        }
        desk.reply(&house, ticket_of(&house, desk, "Is it loud?"), "A whisper.");
        desk.reply(&house, ticket_of(&house, desk, "Hello?"), "Good day.");
        house.settle().await;
        assert_eq!((published(&house, desk), sent(&house, desk)), (vec![], vec![]));
        for ticket in desk.tickets(&house) {
            assert_eq!(ticket.times_noted("COULD NOT CONFIRM"), 1, "{ticket:#?}");
        }
    }
}
