//! Messenger: the Send API's rules, profiles, conversations, and what the door is told.

use deskbridge_connectors::http::Method;
use serde_json::{Value, json};

use super::super::Graph;
use super::*;

fn says(text: &str) -> Value {
    json!({"do": "message", "page": "1001", "person": "3001", "text": text})
}

/// Acme with one message of Paula, whose webhook is out of the way.
fn written() -> Graph {
    let mut graph = world();
    act(&mut graph, says("hi"));
    drain(&mut graph, NOW);
    graph
}

#[test]
fn a_reply_is_answered_echoed_and_receipted() {
    let mut graph = written();
    let mut request = text_to("3001", "Hello");
    request["message"]["metadata"] = "effect-1".into();
    let answer = post(&mut graph, "/v26.0/1001/messages", &request);
    assert_eq!(answer["recipient_id"], "3001");
    let mid = answer["message_id"].as_str().unwrap();
    assert!(mid.starts_with("m_"));
    let items = items(&mut graph);
    assert_eq!(
        items[0],
        json!({
            "sender": {"id": "1001"}, "recipient": {"id": "3001"}, "timestamp": NOW,
            "message": {"mid": mid, "text": "Hello", "is_echo": true, "app_id": 9001, "metadata": "effect-1"},
        })
    );
    assert_eq!(items[1]["delivery"], json!({"mids": [mid], "watermark": NOW}));
    assert_eq!(items[1]["sender"]["id"], "3001");
}

#[test]
fn the_window_rules_the_kind_of_message() {
    let human = |text: &str| {
        let mut request = text_to("3001", text);
        request["messaging_type"] = "MESSAGE_TAG".into();
        request["tag"] = "HUMAN_AGENT".into();
        request
    };
    let closed = Some((10, Some(2_018_278)));
    let cases = [
        (text_to("3001", "x"), DAY, None),
        (text_to("3001", "x"), DAY + 1, closed),
        (human("x"), DAY, Some((100, None))),
        (human("x"), DAY + 1, None),
        (human("x"), 7 * DAY, None),
        (human("x"), 7 * DAY + 1, closed),
    ];
    for (request, age, expected) in cases {
        let answer = body(&call_at(&mut written(), Method::POST, "/me/messages", &request, NOW + age));
        let found = answer.get("error").map(|_| code(&answer));
        assert_eq!(found, expected, "{request} after {age}");
    }
    let mut graph = written();
    control(
        &mut graph,
        json!({"do": "permission", "page": "1001", "permission": "human_agent", "granted": false}),
    );
    let answer = call_at(&mut graph, Method::POST, "/me/messages", &human("x"), NOW + 2 * DAY);
    assert_eq!(code(&body(&answer)).0, 10);
    assert_eq!(
        code(&post(&mut strict_world(), "/me/messages", &text_to("3001", "never wrote"))),
        (10, Some(2_018_278))
    );
    assert_eq!(
        code(&post(&mut strict_world(), "/1001/messages", &text_to("3003", "known to Globex only"))),
        (100, Some(2_018_001))
    );
}

#[test]
fn only_a_persons_own_acts_open_the_window() {
    let later = NOW + 3 * DAY;
    let party = json!({"page": "1001", "person": "3001"});
    for (extra, opens) in [
        (json!({"do": "message", "text": "again"}), true),
        (json!({"do": "postback", "title": "Start", "payload": "START"}), true),
        (json!({"do": "referral", "referral": {"ref": "flyer"}}), true),
        (json!({"do": "read"}), false),
        (json!({"do": "page_message", "text": "native"}), false),
    ] {
        let mut graph = written();
        let mut act = party.clone();
        act.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        act_at(&mut graph, act, later);
        let answer = call_at(&mut graph, Method::POST, "/me/messages", &text_to("3001", "x"), later);
        assert_eq!(answer.is_success(), opens, "{extra}");
    }
}

#[test]
fn bad_messages_are_refused_with_their_codes() {
    let mut graph = written();
    let message = |message: Value| json!({"recipient": {"id": "3001"}, "message": message});
    let image = json!({"type": "image", "payload": {"url": "https://x/a.png"}});
    let cases = [
        (message(json!({"text": "é".repeat(2_000)})), None),
        (message(json!({"text": "é".repeat(2_001)})), Some((100, None))),
        (message(json!({"text": "x", "metadata": "y".repeat(1_001)})), Some((100, None))),
        (message(json!({"attachment": image})), None),
        (message(json!({"text": "x", "attachment": image})), Some((100, None))),
        (
            message(json!({"attachment": {"type": "image", "payload": {"url": "nowhere"}}})),
            Some((100, Some(2_018_047))),
        ),
        (
            message(json!({"attachment": {"type": "image", "payload": {"attachment_id": "1"}}})),
            Some((100, Some(2_018_048))),
        ),
        (message(json!({"attachment": {"type": "tune"}})), Some((100, None))),
        (message(json!({})), Some((100, None))),
        (json!({"message": {"text": "x"}}), Some((100, None))),
        (json!({"recipient": {"id": "3001"}}), Some((100, None))),
        (
            json!({"recipient": {"id": "3001"}, "messaging_type": "MESSAGE_TAG", "message": {"text": "x"}}),
            Some((100, None)),
        ),
        (
            json!({"recipient": {"id": "3001"}, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE", "message": {"text": "x"}}),
            Some((100, None)),
        ),
        (text_to("no body", "x"), Some((100, Some(2_018_001)))),
    ];
    for (request, expected) in cases {
        let answer = post(&mut graph, "/1001/messages", &request);
        let found = answer.get("error").map(|_| code(&answer));
        assert_eq!(found, expected, "{request}");
    }
}

#[test]
fn people_who_block_or_cannot_be_read() {
    let mut graph = written();
    assert_eq!(
        get(&mut graph, "/3001?fields=name,first_name,last_name,profile_pic,locale"),
        json!({
            "id": "3001", "name": "Paula Novak", "first_name": "Paula", "last_name": "Novak",
            "profile_pic": "https://platform-lookaside.fbsbx.com/sandbox/3001.jpg",
        })
    );
    assert_eq!(code(&get(&mut graph, "/2001?fields=name")), (100, Some(33)), "the feed id");
    for (how, expected) in [
        (json!("unavailable"), (551, Some(1_545_041))),
        (json!("refused"), (200, Some(1_545_041))),
        (json!("not_receiving"), (10, Some(2_018_108))),
    ] {
        control(&mut graph, json!({"do": "block", "page": "1001", "person": "3001", "how": how}));
        assert_eq!(code(&post(&mut graph, "/me/messages", &text_to("3001", "x"))), expected);
    }
    control(&mut graph, json!({"do": "block", "page": "1001", "person": "3001", "how": null}));
    assert!(post(&mut graph, "/me/messages", &text_to("3001", "x"))["message_id"].is_string());
    control(&mut graph, json!({"do": "unreadable", "page": "1001", "person": "3001", "unreadable": true}));
    assert_eq!(code(&get(&mut graph, "/3001")), (100, Some(33)));
}

#[test]
fn an_unknown_psid_is_adopted_only_if_allowed() {
    let mut graph = world();
    assert_eq!(code(&get(&mut graph, "/555000")), (100, Some(33)));
    assert_eq!(post(&mut graph, "/me/messages", &text_to("555000", "hello"))["recipient_id"], "555000");
    let tagged = json!({"recipient": {"id": "555000"}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": {"text": "x"}});
    assert!(post(&mut graph, "/me/messages", &tagged)["message_id"].is_string(), "the window is not known");
    assert_eq!(code(&get(&mut graph, "/555000")), (100, Some(33)), "a placeholder has no profile");
    control(&mut graph, json!({"do": "adopt", "on": false}));
    assert_eq!(code(&post(&mut graph, "/me/messages", &text_to("555001", "x"))), (100, Some(2_018_001)));
}

#[test]
fn a_private_reply_goes_once_to_a_fresh_comment_of_a_person() {
    let mut graph = world();
    let comment =
        act(&mut graph, json!({"do": "comment", "on": "1001_100", "person": "2001", "text": "psst"}));
    let own = act(&mut graph, json!({"do": "comment", "on": "1001_100", "text": "native"}));
    let to = |id: &str| json!({"recipient": {"comment_id": id}, "message": {"text": "in private"}});
    let late = call_at(&mut graph, Method::POST, "/1001/messages", &to(&comment), NOW + 7 * DAY + 1_000);
    assert_eq!(code(&body(&late)), (100, Some(2_018_292)));
    assert_eq!(post(&mut graph, "/1001/messages", &to(&comment))["recipient_id"], "3001");
    assert_eq!(code(&post(&mut graph, "/1001/messages", &to(&comment))).0, 10_900);
    assert_eq!(code(&post(&mut graph, "/1001/messages", &to(&own))), (100, Some(2_018_292)));
    assert_eq!(code(&post(&mut graph, "/1001/messages", &text_to("3001", "more"))), (10, Some(2_018_278)));
    let adopted = post(&mut graph, "/1001/messages", &to("100_4242"));
    assert!(adopted["recipient_id"].is_string());
}

#[test]
fn conversations_show_the_newest_messages_first() {
    let mut graph = written();
    let sent = post(&mut graph, "/me/messages", &text_to("3001", "Hello"))["message_id"].clone();
    act(&mut graph, json!({"do": "message", "page": "1001", "person": "3002", "text": "other"}));
    let path = "/1001/conversations?platform=messenger&user_id=3001\
                &fields=messages.limit(1){id,from,to,message,created_time}";
    let answer = get(&mut graph, path);
    assert_eq!(answer["data"].as_array().unwrap().len(), 1);
    let message = &answer["data"][0]["messages"]["data"][0];
    assert_eq!((&message["id"], &message["message"]), (&sent, &json!("Hello")));
    assert_eq!((&message["from"]["id"], &message["to"]["data"][0]["id"]), (&json!("1001"), &json!("3001")));
    assert_eq!(message["to"]["data"][0]["name"], "Paula Novak");
    let next = answer["data"][0]["messages"]["paging"]["next"].as_str().unwrap();
    let older = get(&mut graph, &format!("{}&fields=message", &next["http://127.0.0.1:8083".len()..]));
    assert_eq!(older["data"][0]["message"], "hi");
    assert_eq!(code(&get(&mut graph, path)).0, 613, "two reads a second");
    assert_eq!(get(&mut graph, &format!("/{}?fields=message", sent.as_str().unwrap()))["message"], "Hello");
}

#[test]
fn every_messenger_act_has_its_shape() {
    let mut graph = written();
    let with = |extra: Value| {
        let mut act = json!({"page": "1001", "person": "3001"});
        act.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        act
    };
    let mut told = |extra: Value| {
        let id = act(&mut graph, with(extra));
        (id, items(&mut graph).remove(0))
    };
    for kind in ["image", "audio", "video", "file", "sticker", "location", "reel"] {
        let (mid, item) =
            told(json!({"do": "message", "attachments": [{"type": kind, "url": "https://x/f"}]}));
        let expected =
            json!({"mid": mid, "attachments": [{"type": kind, "payload": {"url": "https://x/f"}}]});
        assert_eq!(item["message"], expected);
    }
    let (_, item) = told(json!({"do": "message", "text": "t", "attachments": [{"type": "fallback"}]}));
    assert_eq!(item["message"]["attachments"], json!([{"type": "fallback"}]));
    let (_, item) =
        told(json!({"do": "message", "attachments": [{"type": "image", "sticker_id": 369239263222822_u64}]}));
    assert_eq!(item["message"]["attachments"][0]["payload"]["sticker_id"], 369_239_263_222_822_u64);
    let (first, item) = told(json!({"do": "message", "text": "Yes", "quick_reply": "YES"}));
    assert_eq!(item["message"]["quick_reply"], json!({"payload": "YES"}));
    let (_, item) = told(json!({"do": "message", "text": "and", "reply_to": first}));
    assert_eq!(item["message"]["reply_to"], json!({"mid": first}));
    let (mid, item) = told(json!({"do": "message", "unsupported": true}));
    assert_eq!(item["message"], json!({"mid": mid, "is_unsupported": true}));
    let ad = json!({"ref": "spring", "source": "ADS", "ad_id": "6045"});
    let (_, item) = told(json!({"do": "message", "text": "from the ad", "referral": ad}));
    assert_eq!(item["message"]["referral"]["ad_id"], "6045");
    let (mid, item) = told(json!({"do": "postback", "title": "Start", "payload": "START"}));
    assert_eq!(item["postback"], json!({"mid": mid, "title": "Start", "payload": "START"}));
    let (_, item) = told(json!({"do": "referral", "referral": {"ref": "flyer"}}));
    assert_eq!(item["referral"], json!({"ref": "flyer", "source": "SHORTLINK", "type": "OPEN_THREAD"}));
    let (_, item) = told(json!({"do": "read"}));
    assert_eq!(item["read"], json!({"watermark": NOW}));
    let (mid, item) = told(json!({"do": "page_message", "text": "from the inbox"}));
    assert_eq!(
        item["message"],
        json!({"mid": mid, "text": "from the inbox", "is_echo": true, "app_id": 263_902_037_430_900_u64})
    );
    assert_eq!(item["sender"]["id"], "1001");
}

#[test]
fn messages_are_edited_reacted_to_and_unsent() {
    let mut graph = world();
    let mid = act(&mut graph, says("helo"));
    drain(&mut graph, NOW);
    act(&mut graph, json!({"do": "edit", "id": mid, "text": "hello"}));
    act(&mut graph, json!({"do": "react", "on": mid, "emoji": "😀", "reaction": "other"}));
    act(&mut graph, json!({"do": "reaction", "on": mid, "undo": true}));
    act(&mut graph, json!({"do": "unsend", "id": mid}));
    let told = items(&mut graph);
    assert_eq!(told[0]["message_edit"], json!({"mid": mid, "text": "hello", "num_edit": 1}));
    assert_eq!(
        told[1]["reaction"],
        json!({"mid": mid, "action": "react", "reaction": "other", "emoji": "😀"})
    );
    assert_eq!(told[2]["reaction"], json!({"mid": mid, "action": "unreact"}));
    assert_eq!(told[3]["message"], json!({"mid": mid, "is_deleted": true}));
    assert_eq!(code(&get(&mut graph, &format!("/{mid}"))), (100, Some(33)));
    let again = serde_json::from_value(json!({"do": "edit", "id": mid, "text": "x"})).unwrap();
    assert!(graph.act(again, NOW).is_err());
}

#[test]
fn while_another_app_owns_the_thread_events_stand_by_and_sends_fail() {
    let mut graph = world();
    let mut message = says("to the other app");
    message["standby"] = true.into();
    act(&mut graph, message);
    act(&mut graph, json!({"do": "read", "page": "1001", "person": "3001"}));
    for body in drain(&mut graph, NOW) {
        let entry = &body["entry"][0];
        assert!(entry["standby"].is_array() && entry.get("messaging").is_none(), "{body}");
        assert_eq!(entry["time"], NOW);
    }
    assert_eq!(code(&post(&mut graph, "/me/messages", &text_to("3001", "x"))), (10, Some(2_018_300)));
    act(&mut graph, says("back again"));
    assert_eq!(items(&mut graph)[0]["message"]["text"], "back again");
    assert!(post(&mut graph, "/me/messages", &text_to("3001", "x"))["message_id"].is_string());
}
