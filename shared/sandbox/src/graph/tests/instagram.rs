//! Instagram: comments, mentions, direct messages, and the rules of both logins.

use deskbridge_connectors::http::{Method, Request};
use serde_json::{Value, json};

use super::{DAY, HOUR, NOW, act, body, changes, code, control, drain, items, strict_world, url};
use crate::graph::Graph;
use crate::{Millis, StandIn};

fn ask_at(graph: &mut Graph, method: Method, path: &str, json: &Value, now: Millis) -> Value {
    let request = Request::new(method, url(path)).header("authorization", "Bearer demo-instagram-token");
    let request = if json.is_null() { request } else { request.json(json) };
    body(&graph.handle(&request, now))
}

fn get(graph: &mut Graph, path: &str) -> Value {
    ask_at(graph, Method::GET, path, &Value::Null, NOW)
}

fn post(graph: &mut Graph, path: &str, json: &Value) -> Value {
    ask_at(graph, Method::POST, path, json, NOW)
}

fn comment(graph: &mut Graph, on: &str, person: &str, text: &str) -> String {
    act(graph, json!({"do": "instagram_comment", "on": on, "person": person, "text": text}))
}

fn write(graph: &mut Graph, text: &str) -> String {
    act(graph, json!({"do": "instagram_message", "account": "17001", "person": "9101", "text": text}))
}

fn text_to(person: &str, text: &str) -> Value {
    json!({"recipient": {"id": person}, "message": {"text": text}})
}

#[test]
fn a_comment_is_told_and_answered_under_the_top_comment() {
    let mut graph = strict_world();
    let top = comment(&mut graph, "17501", "9101", "Is it loud?");
    let nested = comment(&mut graph, &top, "9102", "I wonder too");
    let told = changes(&mut graph);
    assert_eq!(told[0]["from"], json!({"id": "9101", "username": "lena.vogt"}));
    assert_eq!(told[0]["media"], json!({"id": "17501", "media_product_type": "FEED"}));
    assert_eq!((&told[1]["parent_id"], &told[0]["parent_id"]), (&json!(top), &Value::Null));
    let made = post(&mut graph, &format!("/v26.0/{nested}/replies"), &json!({"message": "A whisper."}));
    let echo = changes(&mut graph).remove(0);
    assert_eq!((&echo["id"], &echo["parent_id"]), (&made["id"], &json!(top)), "one level of replies");
    assert_eq!(echo["from"]["self_ig_scoped_id"], "17001");
    let list = get(&mut graph, &format!("/{top}/replies?fields=id,from,user,text,timestamp&limit=1"));
    assert_eq!(list["data"][0]["text"], "I wonder too");
    let after = list["paging"]["cursors"]["after"].as_str().unwrap().to_owned();
    let list = get(&mut graph, &format!("/{top}/replies?fields=user,text&limit=1&after={after}"));
    assert_eq!(list["data"][0]["user"]["id"], "17001");
}

#[test]
fn what_is_gone_hidden_or_live_cannot_be_answered() {
    let mut graph = strict_world();
    let top = comment(&mut graph, "17501", "9101", "one");
    let path = format!("/{top}/replies");
    let answer = json!({"message": "x"});
    ask_at(&mut graph, Method::POST, &format!("/{top}?hide=true"), &Value::Null, NOW);
    assert_eq!(code(&post(&mut graph, &path, &answer)).0, 100);
    assert_eq!(get(&mut graph, &format!("/{top}?fields=hidden"))["hidden"], true);
    act(&mut graph, json!({"do": "unhide", "id": top}));
    assert!(post(&mut graph, &path, &answer)["id"].is_string());
    act(&mut graph, json!({"do": "remove", "id": top}));
    for answered in [post(&mut graph, &path, &answer), get(&mut graph, &format!("/{top}"))] {
        assert_eq!(code(&answered), (100, Some(33)));
    }
    drain(&mut graph, NOW);
    let live = act(
        &mut graph,
        json!({"do": "instagram_comment", "on": "17501", "person": "9101", "text": "hi", "product": "LIVE"}),
    );
    let told = drain(&mut graph, NOW);
    assert_eq!(told[0]["entry"][0]["changes"][0]["field"], "live_comments");
    assert_eq!(code(&post(&mut graph, &format!("/{live}/replies"), &answer)).0, 100);
}

#[test]
fn comments_are_limited_in_characters_and_messages_in_bytes() {
    let mut graph = strict_world();
    let top = comment(&mut graph, "17501", "9101", "one");
    write(&mut graph, "hello");
    for (text, passes) in [("é".repeat(2_200), true), ("é".repeat(2_201), false)] {
        let made = post(&mut graph, &format!("/{top}/replies"), &json!({"message": text}));
        assert_eq!(made["id"].is_string(), passes);
    }
    for (text, passes) in [("é".repeat(500), true), ("é".repeat(501), false)] {
        let sent = post(&mut graph, "/17101/messages", &text_to("9101", &text));
        assert_eq!(sent["message_id"].is_string(), passes);
    }
}

#[test]
fn a_mention_tells_ids_only_and_is_read_and_answered_by_facebook_login() {
    let mut graph = strict_world();
    let mention = json!({"do": "instagram_mention", "account": "17001", "person": "9101", "text": "ask @acme", "in_comment": true});
    let comment = act(&mut graph, mention);
    let told = changes(&mut graph).remove(0);
    assert_eq!(told["comment_id"], json!(comment));
    let media = told["media_id"].as_str().unwrap().to_owned();
    let fields = format!("mentioned_comment.comment_id({comment}){{text,username,media{{id,permalink}}}}");
    let read = get(&mut graph, &format!("/17001?fields={fields}"));
    assert_eq!(read["mentioned_comment"]["text"], "ask @acme");
    assert_eq!(read["mentioned_comment"]["username"], "lena.vogt");
    assert_eq!(code(&get(&mut graph, &format!("/{comment}"))), (100, Some(33)), "a comment of others");
    let answer = json!({"media_id": media, "comment_id": comment, "message": "Here!"});
    assert!(post(&mut graph, "/17001/mentions", &answer)["id"].is_string());
    assert_eq!(code(&post(&mut graph, "/17002/mentions", &answer)).0, 2500, "not by Instagram Login");
    let refused = graph.act(
        serde_json::from_value(
            json!({"do": "instagram_mention", "account": "17002", "person": "9103", "text": "@globex"}),
        )
        .unwrap(),
        NOW,
    );
    assert!(refused.is_err());
}

#[test]
fn messages_come_and_go_through_the_window() {
    let mut graph = strict_world();
    assert_eq!(code(&post(&mut graph, "/17101/messages", &text_to("9101", "hi"))), (10, Some(2_534_022)));
    let mid = write(&mut graph, "hello");
    let item = items(&mut graph).remove(0);
    assert_eq!((&item["sender"]["id"], &item["recipient"]["id"]), (&json!("9101"), &json!("17001")));
    assert_eq!(item["message"], json!({"mid": mid, "text": "hello"}));
    let sent = post(&mut graph, "/17101/messages", &text_to("9101", "hi"));
    let echo = items(&mut graph).remove(0);
    assert_eq!(echo["message"], json!({"mid": sent["message_id"], "text": "hi", "is_echo": true}));
    let mut late = text_to("9101", "later");
    let at = |graph: &mut Graph, json: &Value, hours: i64| {
        ask_at(graph, Method::POST, "/17101/messages", json, NOW + hours * HOUR)
    };
    assert_eq!(code(&at(&mut graph, &late, 25)), (10, Some(2_534_022)));
    (late["messaging_type"], late["tag"]) = ("MESSAGE_TAG".into(), "HUMAN_AGENT".into());
    assert!(at(&mut graph, &late, 25)["message_id"].is_string());
    assert_eq!(code(&at(&mut graph, &late, 7 * 24 + 1)), (10, Some(2_534_022)));
}

#[test]
fn strangers_and_people_who_block_are_refused_with_codes_of_instagram() {
    let mut graph = strict_world();
    write(&mut graph, "hello");
    assert_eq!(code(&post(&mut graph, "/17101/messages", &text_to("999", "hi"))), (100, Some(2_534_014)));
    control(&mut graph, json!({"do": "block", "page": "17001", "person": "9101", "how": "unavailable"}));
    assert_eq!(code(&post(&mut graph, "/17101/messages", &text_to("9101", "hi"))), (100, Some(2_534_037)));
    assert_eq!(code(&post(&mut graph, "/17001/messages", &text_to("9101", "hi"))).0, 2500, "the page sends");
}

#[test]
fn edits_unsent_messages_stories_and_receipts_are_told() {
    let mut graph = strict_world();
    let mid = write(&mut graph, "Size M");
    act(&mut graph, json!({"do": "edit", "id": mid, "text": "Size L"}));
    act(&mut graph, json!({"do": "react", "on": mid}));
    act(&mut graph, json!({"do": "unsend", "id": mid}));
    act(&mut graph, json!({"do": "instagram_read", "account": "17001", "person": "9101"}));
    let story = |key: &str| json!({"do": "instagram_message", "account": "17001", "person": "9101", "text": "x", key: "https://story.example/1"});
    act(&mut graph, story("story"));
    act(&mut graph, story("story_mention"));
    act(
        &mut graph,
        json!({"do": "instagram_native", "account": "17001", "person": "9101", "text": "by phone"}),
    );
    let told = items(&mut graph);
    assert_eq!(told[1]["message_edit"]["text"], "Size L");
    assert_eq!(told[2]["reaction"]["action"], "react");
    assert_eq!(told[3]["message"], json!({"mid": mid, "is_deleted": true}));
    assert!(told[4]["read"]["mid"].is_string());
    assert_eq!(told[5]["message"]["reply_to"]["story"]["url"], "https://story.example/1");
    assert_eq!(told[6]["message"]["attachments"][0]["type"], "story_mention");
    assert_eq!(told[7]["message"]["is_echo"], true);
    assert_eq!(code(&get(&mut graph, &format!("/{mid}?fields=message"))).0, 9_000_001);
}

#[test]
fn only_the_newest_twenty_messages_can_be_read() {
    let mut graph = strict_world();
    let first = write(&mut graph, "first");
    for n in 0..20 {
        write(&mut graph, &format!("and {n}"));
    }
    let path =
        "/17101/conversations?platform=instagram&user_id=9101&fields=id,messages.limit(50){from,message}";
    let list = ask_at(&mut graph, Method::GET, path, &Value::Null, NOW + DAY);
    let messages = list["data"][0]["messages"]["data"].as_array().unwrap().clone();
    assert_eq!((messages.len(), &messages[0]["message"]), (21, &json!("and 19")));
    assert_eq!(messages[20], json!({ "id": first }));
    assert_eq!(code(&get(&mut graph, &format!("/{first}?fields=message"))).0, 9_000_001);
}

#[test]
fn profiles_need_consent_and_tokens_die() {
    let mut graph = strict_world();
    assert_eq!(code(&get(&mut graph, "/9101?fields=name,username")).0, 230);
    write(&mut graph, "hello");
    let profile = get(&mut graph, "/9101?fields=name,username");
    assert_eq!(profile, json!({"id": "9101", "name": "Lena Vogt", "username": "lena.vogt"}));
    assert_eq!(get(&mut graph, "/17002?fields=user_id,username")["user_id"], "17002");
    assert_eq!(code(&get(&mut graph, "/17001?fields=user_id")).0, 100, "a field of Instagram Login");
    control(&mut graph, json!({"do": "token", "page": "17002", "state": "expired"}));
    assert_eq!(code(&get(&mut graph, "/17002?fields=user_id")), (190, Some(463)));
    assert!(get(&mut graph, "/17001")["username"].is_string(), "each account has its own state");
}
