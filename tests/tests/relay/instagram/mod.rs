//! Instagram: comments and mentions, direct messages and stories, lost answers; by both logins.

mod direct;
mod lost;
mod public;

use deskbridge_tests::{Desk, House};
use serde_json::{Value, json};

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
fn write_with(house: &House, desk: Desk, more: &Value) -> String {
    let mut message =
        json!({"do": "instagram_message", "account": account(desk), "person": customer(desk).0});
    for (name, value) in more.as_object().into_iter().flatten() {
        message[name] = value.clone();
    }
    act(house, &message)
}

fn write(house: &House, desk: Desk, text: &str) -> String {
    write_with(house, desk, &json!({ "text": text }))
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
            if comment["is_us"] == true && comment["removed"] == false {
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

fn pair(on: &str, text: &str) -> (String, String) {
    (on.to_owned(), text.to_owned())
}
