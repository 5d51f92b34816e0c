//! Posts: the summoned rule, length, repetition, lookups, limits.

use super::*;

#[test]
fn a_reply_needs_a_summons() {
    let mut world = World::new();
    let mention = world.post("hey @ACME, my kettle is cold");
    let quote = world.act(json!({"do": "post", "person": PAULA, "text": "nice", "quotes": OUR_POST}));
    let answer = world.act(json!({"do": "post", "person": PAULA, "text": "how much?", "on": OUR_POST}));
    let stranger = world.post("kettles are great");
    for (on, allowed) in [(&mention, true), (&quote, true), (&answer, false), (&stranger, false)] {
        let response = world.answer(on, "Hello!");
        assert_eq!(response.status, if allowed { 201 } else { 403 }, "{on}");
        if !allowed {
            assert!(refusal(&response).1.contains("mentioned or otherwise engaged"));
        }
    }
    assert_eq!(world.answer(OUR_POST, "And more about it").status, 201, "our own thread");
    world.control(json!({"do": "answers_summon", "on": true}));
    assert_eq!(world.answer(&answer, "Nine euros").status, 201);
    world.control(json!({"do": "enterprise", "on": true}));
    assert_eq!(world.answer(&stranger, "So they are").status, 201);
}

#[test]
fn texts_are_too_long_repeated_or_empty() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    let url = "https://acme.com/".to_owned() + &"x".repeat(300);
    for (text, status) in [
        ("x".repeat(280), 201),
        ("y".repeat(281), 403),
        ("您".repeat(140), 201),
        ("您".repeat(141), 403),
        (format!("{} {url}", "z".repeat(256)), 201),
        (format!("{} {url}", "w".repeat(257)), 403),
        (" ".to_owned(), 400),
        ("$ACME $KETL".to_owned(), 403),
    ] {
        assert_eq!(world.answer(&post, &text).status, status, "{text}");
    }
    assert_eq!(world.answer(&post, "Hello!").status, 201);
    let repeated = world.answer(&post, "Hello!");
    let words = "You are not allowed to create a Tweet with duplicate content.";
    assert_eq!(refusal(&repeated), (403, words.to_owned()));
    let other = world.post("@acme hello to you");
    assert_eq!(world.answer(&other, "Hello!").status, 201, "to another post");
}

#[test]
fn what_is_gone_cannot_be_answered_or_read() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    world.act(json!({"do": "delete", "id": post}));
    let refused = world.answer(&post, "Hello!");
    assert!(refusal(&refused).1.contains("deleted or not visible"));
    let missing = world.get(&format!("/2/tweets/{post}"));
    assert!(
        missing["data"].is_null()
            && missing["errors"][0]["type"].as_str().unwrap().ends_with("resource-not-found")
    );
    let other = world.post("@acme hello again");
    world.control(json!({"do": "protect", "person": PAULA, "on": true}));
    assert_eq!(world.answer(&other, "Hello!").status, 403);
}

#[test]
fn texts_are_published_as_x_publishes_them() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    let made = body(&world.answer(&post, "5 < 7 & see https://acme.com/help, @omar"));
    let text = made["data"]["text"].as_str().unwrap();
    assert!(
        text.starts_with("@paula 5 &lt; 7 &amp; see https://t.co/") && text.ends_with(", @omar"),
        "{text}"
    );
    let id = made["data"]["id"].as_str().unwrap();
    let all = world.get(&format!(
        "/2/tweets/{id}?tweet.fields=entities,display_text_range,conversation_id,in_reply_to_user_id,referenced_tweets"
    ));
    let post_read = &all["data"];
    assert_eq!(post_read["display_text_range"][0], 7);
    assert_eq!(post_read["conversation_id"], post.as_str());
    assert_eq!(post_read["in_reply_to_user_id"], PAULA);
    assert_eq!(post_read["referenced_tweets"], json!([{"type": "replied_to", "id": post}]));
    assert_eq!(post_read["entities"]["urls"][0]["expanded_url"], "https://acme.com/help");
    assert_eq!(post_read["entities"]["mentions"].as_array().unwrap().len(), 2);
    let bare = world.get(&format!("/2/tweets/{id}"));
    let fields: Vec<&String> = bare["data"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["edit_history_tweet_ids", "id", "text"], "only what was asked for");
}

#[test]
fn the_timeline_is_read_page_by_page() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    for nth in 0..7 {
        assert_eq!(world.answer(&post, &format!("Hello {nth}")).status, 201);
    }
    let first =
        world.get("/2/users/9001/tweets?max_results=5&start_time=2026-11-18T00:00:00Z&expansions=author_id");
    assert_eq!(first["meta"]["result_count"], 5);
    assert!(first["data"][0]["text"].as_str().unwrap().ends_with("Hello 6"), "newest first");
    assert_eq!(first["includes"]["users"][0]["username"], "acme");
    let token = first["meta"]["next_token"].as_str().unwrap();
    let second = world.get(&format!("/2/users/9001/tweets?max_results=5&pagination_token={token}"));
    assert_eq!((&second["meta"]["result_count"], &second["meta"]["next_token"]), (&json!(3), &Value::Null));
    let none = world.get("/2/users/9001/tweets?max_results=100&start_time=2027-01-01T00:00:00Z");
    assert_eq!(none, json!({"meta": {"result_count": 0}}));
    let mentions = world.get("/2/users/9001/mentions?max_results=100");
    assert_eq!(mentions["meta"]["result_count"], 1);
    let odd = world.call(Method::GET, "/2/users/9001/tweets?max_results=500", &Value::Null);
    assert_eq!(odd.status, 400);
}

#[test]
fn people_are_looked_up() {
    let mut world = World::new();
    assert_eq!(world.get("/2/users/me")["data"], json!({"id": "9001", "name": "Acme", "username": "acme"}));
    assert_eq!(world.get("/2/users/7002?user.fields=protected")["data"]["protected"], false);
    assert_eq!(world.get("/2/users/by/username/OMAR")["data"]["id"], "7002");
    assert_eq!(world.get("/2/users/1")["errors"][0]["resource_type"], "user");
    let several = world.get(&format!("/2/tweets?ids={OUR_POST},1"));
    assert_eq!(several["data"].as_array().unwrap().len(), 1);
}

#[test]
fn budgets_run_out_and_say_when_they_begin_anew() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    world.control(json!({"do": "post_limit", "calls": 2}));
    let headers = |response: &Response| {
        ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"]
            .map(|name| response.header_text(name).unwrap_or("-").to_owned())
    };
    let reset = (NOW + 15 * MINUTE).div_euclid(1_000).to_string();
    assert_eq!(headers(&world.answer(&post, "One")), ["2".to_owned(), "1".to_owned(), reset.clone()]);
    assert_eq!(headers(&world.answer(&post, "Two")), ["2".to_owned(), "0".to_owned(), reset.clone()]);
    let refused = world.answer(&post, "Three");
    assert_eq!((refused.status, headers(&refused)), (429, ["2".to_owned(), "0".to_owned(), reset]));
    let json = json!({"text": "Three", "reply": {"in_reply_to_tweet_id": post}});
    let later = world.call_at(Method::POST, "/2/tweets", &json, NOW + 15 * MINUTE);
    assert_eq!(later.status, 201);
}

#[test]
fn faults_hit_the_calls_they_are_meant_for() {
    let mut world = World::new();
    let post = world.post("@acme hello");
    world.control(json!({
        "do": "fault", "method": "POST", "path": "tweets", "status": 503, "calls": 1, "performed": true,
    }));
    assert_eq!(world.call(Method::GET, "/2/users/me", &Value::Null).status, 200);
    assert_eq!(world.answer(&post, "Hello!").status, 503);
    assert_eq!(world.answer(&post, "Hello!").status, 403, "it was made all the same");
    world.control(json!({"do": "fault", "status": 401}));
    assert_eq!(world.call(Method::GET, "/2/users/me", &Value::Null).status, 401);
    world.control(json!({"do": "repair"}));
    assert_eq!(world.call(Method::DELETE, &format!("/2/tweets/{OUR_POST}"), &Value::Null).status, 200);
}
