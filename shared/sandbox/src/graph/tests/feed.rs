//! Posts and comments: reading, writing, adoption, and what the door is told.

use deskbridge_connectors::http::{Method, Request};
use serde_json::{Value, json};

use super::*;

/// A customer's comment under Acme's post, with the webhooks out of the way.
fn commented(graph: &mut Graph) -> String {
    let id = act(graph, json!({"do": "comment", "on": "1001_100", "person": "2001", "text": "Is it loud?"}));
    drain(graph, NOW);
    id
}

#[test]
fn a_comment_reads_as_on_the_platform() {
    let mut graph = world();
    let id = commented(&mut graph);
    let number = id.strip_prefix("100_").unwrap().to_owned();
    let fields = "from,message,permalink_url,created_time,parent,is_hidden,can_hide,attachment,object";
    let answer = get(&mut graph, &format!("/v26.0/{id}?fields={fields}"));
    assert_eq!(
        answer,
        json!({
            "id": id, "message": "Is it loud?", "from": {"id": "2001", "name": "Paula Novak"},
            "created_time": "2025-11-22T08:26:40+0000", "is_hidden": false, "can_hide": true,
            "permalink_url": format!("https://www.facebook.com/1001/posts/100?comment_id={number}"),
            "object": {"id": "1001_100"},
        })
    );
    assert_eq!(code(&get(&mut graph, &format!("/{id}?fields=colour"))).0, 100);
    assert_eq!(code(&get(&mut graph, &format!("/{id}?fields=from{{"))).0, 2500);
}

#[test]
fn an_answer_to_a_reply_hangs_under_the_top_comment() {
    let mut graph = world();
    let top = commented(&mut graph);
    let reply = post(&mut graph, &format!("/{top}/comments"), &json!({"message": " No.\r\nNot at all. "}));
    let reply = reply["id"].as_str().unwrap().to_owned();
    let nested = act(&mut graph, json!({"do": "comment", "on": reply, "person": "2002", "text": "Really?"}));
    let told = changes(&mut graph);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["from"], json!({"id": "1001", "name": "Acme"}));
    assert_eq!((&told[0]["parent_id"], &told[0]["verb"]), (&json!(top), &json!("add")));
    assert_eq!(told[0]["message"], "No.\nNot at all.");
    assert_eq!((&told[1]["comment_id"], &told[1]["parent_id"]), (&json!(nested), &json!(top)));
    let parent = get(&mut graph, &format!("/{nested}?fields=parent{{id,message}}"));
    assert_eq!(parent["parent"], json!({"id": top, "message": "Is it loud?"}));
    let under = get(&mut graph, &format!("/{top}/comments?fields=id"));
    assert_eq!(under["data"], json!([{"id": reply}, {"id": nested}]));
}

#[test]
fn lists_filter_order_and_page() {
    let mut graph = world();
    let mut tops = Vec::new();
    for index in 0..5 {
        let comment =
            json!({"do": "comment", "on": "1001_100", "person": "2001", "text": format!("n {index}")});
        tops.push(act_at(&mut graph, comment, NOW + index * 1_000));
    }
    post(&mut graph, &format!("/{}/comments", tops[0]), &json!({"message": "reply"}));
    let ids = |answer: &Value| -> Vec<String> {
        let rows = answer["data"].as_array().unwrap();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&get(&mut graph, "/1001_100/comments")), tops);
    assert_eq!(ids(&get(&mut graph, "/1001_100/comments?filter=stream")).len(), 6);
    let since = NOW / 1_000 + 3;
    assert_eq!(ids(&get(&mut graph, &format!("/1001_100/comments?since={since}"))), tops[3..]);

    let first = get(&mut graph, "/1001_100/comments?order=reverse_chronological&limit=2&fields=id");
    assert_eq!(ids(&first), [tops[4].clone(), tops[3].clone()]);
    let next = first["paging"]["next"].as_str().unwrap();
    assert!(next.starts_with("http://127.0.0.1:8083/1001_100/comments?"), "{next}");
    let second = get(&mut graph, next.strip_prefix("http://127.0.0.1:8083").unwrap());
    assert_eq!(ids(&second), [tops[2].clone(), tops[1].clone()]);
    let back = second["paging"]["cursors"]["before"].as_str().unwrap();
    let path = format!("/1001_100/comments?order=reverse_chronological&limit=2&before={back}");
    assert_eq!(ids(&get(&mut graph, &path)), ids(&first));
    let last = get(&mut graph, &second["paging"]["next"].as_str().unwrap()["http://127.0.0.1:8083".len()..]);
    assert_eq!(ids(&last), tops[..1]);
    assert_eq!(last["paging"].get("next"), None);
    assert_eq!(code(&get(&mut graph, "/1001_100/comments?after=%21")).0, 100);

    let nested = get(&mut graph, "/1001_100?fields=comments.limit(1).filter(stream).summary(true){message}");
    assert_eq!(nested["comments"]["data"][0]["message"], "n 0");
    assert_eq!(nested["comments"]["summary"]["total_count"], 6);
    assert!(nested["comments"]["paging"]["next"].as_str().unwrap().contains("/v26.0/1001_100/comments?"));
    let feed = get(&mut graph, "/1001/feed");
    assert_eq!(ids(&feed), ["1001_100"]);
}

#[test]
fn hiding_editing_liking_and_deleting_are_told_and_bound_by_authorship() {
    let mut graph = world();
    let id = commented(&mut graph);
    let own = post(&mut graph, &format!("/{id}/comments"), &json!({"message": "No."}))["id"].clone();
    let own = own.as_str().unwrap();
    drain(&mut graph, NOW);
    for (path, json, expected) in [
        (format!("/{id}"), json!({"is_hidden": true}), None),
        (format!("/{id}"), json!({"message": "not mine"}), Some(200)),
        (format!("/{own}"), json!({"message": "Not loud."}), None),
        (format!("/{own}"), json!({"is_hidden": true}), Some(200)),
        (format!("/{id}"), json!({}), Some(100)),
        (format!("/{id}/likes"), json!({}), None),
    ] {
        let answer = post(&mut graph, &path, &json);
        let found = answer.get("error").map(|_| code(&answer).0);
        assert_eq!(found, expected, "{path} {json}");
    }
    let verbs: Vec<(String, String)> = changes(&mut graph)
        .iter()
        .map(|value| (value["item"].as_str().unwrap().to_owned(), value["verb"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [("comment", "hide"), ("comment", "edited"), ("reaction", "add")];
    assert_eq!(verbs, expected.map(|(item, verb)| (item.to_owned(), verb.to_owned())));
    assert_eq!(get(&mut graph, &format!("/{id}?fields=is_hidden,user_likes"))["is_hidden"], true);

    assert!(call(&mut graph, Method::DELETE, &format!("/{id}"), &Value::Null).is_success());
    let removed = changes(&mut graph).remove(0);
    assert_eq!((&removed["verb"], &removed["from"]["id"]), (&json!("remove"), &json!("2001")));
    assert_eq!(removed.get("message"), None);
    for path in [format!("/{id}"), format!("/{own}"), format!("/{id}/comments")] {
        assert_eq!(code(&get(&mut graph, &path)), (100, Some(33)), "{path}");
    }
    let late = post(&mut graph, &format!("/{own}/comments"), &json!({"message": "too late"}));
    assert_eq!(code(&late), (100, Some(33)));
    assert!(late["error"]["message"].as_str().unwrap().starts_with("Unsupported post request."));
}

#[test]
fn texts_have_limits_and_posts_no_twins() {
    let mut graph = world();
    for (text, ok) in [("é".repeat(8_000), true), ("é".repeat(8_001), false), (" \r\n ".to_owned(), false)]
    {
        let answer = call(&mut graph, Method::POST, "/1001_100/comments", &json!({"message": text}));
        assert_eq!(answer.is_success(), ok, "{}", text.chars().count());
    }
    assert!(post(&mut graph, "/1001/feed", &json!({"message": "News"}))["id"].is_string());
    assert_eq!(code(&post(&mut graph, "/1001/feed", &json!({"message": "News"}))), (506, Some(1_455_006)));
    let photo = json!({"attachment_url": "https://example.com/a.jpg"});
    assert!(post(&mut graph, "/1001_100/comments", &photo)["id"].is_string());
    assert_eq!(code(&post(&mut graph, "/1001_100/comments", &json!({"attachment_url": "file:///x"}))).0, 100);
}

#[test]
fn every_kind_of_visitor_post_and_comment_is_told() {
    let mut graph = world();
    let by = |extra: Value| {
        let mut act = json!({"person": "2001", "page": "1001", "do": "post"});
        act.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        act
    };
    for (extra, item) in [
        (json!({"text": "hello"}), "post"),
        (json!({"photo": "https://x/p.jpg"}), "photo"),
        (json!({"video": "https://x/v.mp4"}), "video"),
        (json!({"link": "https://x/", "text": "see"}), "link"),
        (json!({"share": "1001_100"}), "share"),
    ] {
        let id = act(&mut graph, by(extra.clone()));
        let value = changes(&mut graph).remove(0);
        assert_eq!(
            (&value["item"], &value["verb"], &value["post_id"]),
            (&json!(item), &json!("add"), &json!(id))
        );
        assert_eq!(value["from"]["id"], "2001");
        assert_eq!(value["published"], 1);
    }
    let native = act(&mut graph, json!({"do": "post", "page": "1001", "text": "soon", "unpublished": true}));
    let value = changes(&mut graph).remove(0);
    assert_eq!(
        (&value["item"], &value["from"]["id"], &value["published"]),
        (&json!("status"), &json!("1001"), &json!(0))
    );
    assert_eq!(value["post_id"], native);

    for (extra, key, attachment) in [
        (json!({"photo": "https://x/p.jpg"}), Some("photo"), "photo"),
        (json!({"video": "https://x/v.mp4"}), Some("video"), "video_inline"),
        (json!({"sticker": "https://x/s.png"}), None, "sticker"),
        (json!({"link": "https://x/"}), Some("message"), "share"),
    ] {
        let mut comment = json!({"do": "comment", "on": "1001_100", "person": "2001"});
        comment.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let id = act(&mut graph, comment);
        let value = changes(&mut graph).remove(0);
        for candidate in ["photo", "video", "message"] {
            assert_eq!(value.get(candidate).is_some(), key == Some(candidate), "{extra} {candidate}");
        }
        let read = get(&mut graph, &format!("/{id}?fields=attachment"));
        assert_eq!(read["attachment"]["type"], attachment);
    }
}

#[test]
fn customers_edit_remove_react_and_mention() {
    let mut graph = world();
    let comment = commented(&mut graph);
    let post = act(&mut graph, json!({"do": "post", "page": "1001", "person": "2002", "text": "first"}));
    drain(&mut graph, NOW);
    act(&mut graph, json!({"do": "edit", "id": comment, "text": "Is it quiet?"}));
    act(&mut graph, json!({"do": "edit", "id": post, "text": "second"}));
    act(&mut graph, json!({"do": "react", "on": comment, "person": "2002", "reaction": "love"}));
    act(&mut graph, json!({"do": "react", "on": comment, "person": "2002", "undo": true}));
    act(&mut graph, json!({"do": "remove", "id": post}));
    let told = changes(&mut graph);
    let verbs: Vec<&str> = told.iter().map(|value| value["verb"].as_str().unwrap()).collect();
    assert_eq!(verbs, ["edited", "edit", "add", "remove", "remove"]);
    assert_eq!((&told[0]["message"], &told[0]["edited_time"]), (&json!("Is it quiet?"), &json!(NOW / 1_000)));
    assert_eq!((&told[2]["reaction_type"], &told[2]["parent_id"]), (&json!("love"), &json!("1001_100")));
    assert_eq!(told[2]["comment_id"], comment);
    assert_eq!(told[4]["recipient_id"], "1001");

    let mention =
        json!({"do": "mention", "page": "1001", "person": "2001", "text": "ask Acme", "in_comment": true});
    let id = act(&mut graph, mention.clone());
    let body = drain(&mut graph, NOW).remove(0);
    let change = &body["entry"][0]["changes"][0];
    assert_eq!((&change["field"], &change["value"]["comment_id"]), (&json!("mention"), &json!(id)));
    assert_eq!((change["value"].get("from"), change["value"].get("parent_id")), (None, None));
    assert_eq!(get(&mut graph, &format!("/{id}?fields=from"))["from"]["id"], "2001");
    let mut hidden = mention;
    hidden["unreadable"] = true.into();
    let id = act(&mut graph, hidden);
    assert_eq!(code(&get(&mut graph, &format!("/{id}"))).0, 10);
}

#[test]
fn without_the_permission_nobody_is_named() {
    let mut graph = world();
    let lost = json!({"do": "permission", "page": "1001", "permission": "pages_read_user_content", "granted": false});
    control(&mut graph, lost);
    let id = act(&mut graph, json!({"do": "comment", "on": "1001_100", "person": "2001", "text": "hi"}));
    assert_eq!(changes(&mut graph)[0].get("from"), None);
    assert_eq!(get(&mut graph, &format!("/{id}?fields=from,message")), json!({"id": id, "message": "hi"}));
}

#[test]
fn unknown_ids_are_adopted_by_writes_only_and_only_if_allowed() {
    let mut graph = world();
    assert_eq!(code(&get(&mut graph, "/100_777")), (100, Some(33)));
    let reply = post(&mut graph, "/100_777/comments", &json!({"message": "hello"}));
    let reply = reply["id"].as_str().unwrap().to_owned();
    let value = changes(&mut graph).remove(0);
    assert_eq!((&value["post_id"], &value["parent_id"]), (&json!("1001_100"), &json!("100_777")));
    assert_eq!(get(&mut graph, "/100_777?fields=message,comments{id}")["comments"]["data"][0]["id"], reply);
    assert!(post(&mut graph, "/1001_555/comments", &json!({"message": "on a post"}))["id"].is_string());
    assert!(post(&mut graph, "/888_999/comments", &json!({"message": "all made up"}))["id"].is_string());
    assert_eq!(get(&mut graph, "/888_999?fields=object")["object"]["id"], "1001_888");
    assert_eq!(code(&post(&mut graph, "/200_777/comments", &json!({"message": "of Globex"}))).0, 200);
    assert_eq!(code(&post(&mut graph, "/a!c/comments", &json!({"message": "no id"}))), (100, Some(33)));
    assert_eq!(code(&post(&mut graph, "/100_778", &json!({"is_hidden": true}))), (100, Some(33)));

    assert!(call(&mut graph, Method::DELETE, "/100_777", &Value::Null).is_success());
    assert_eq!(code(&post(&mut graph, "/100_777/comments", &json!({"message": "x"}))), (100, Some(33)));
    assert!(call(&mut graph, Method::DELETE, "/1001_555", &Value::Null).is_success());
    assert_eq!(code(&post(&mut graph, "/555_1/comments", &json!({"message": "x"}))), (100, Some(33)));
    control(&mut graph, json!({"do": "adopt", "on": false}));
    assert_eq!(code(&post(&mut graph, "/100_779/comments", &json!({"message": "x"}))), (100, Some(33)));
}

#[test]
fn the_sandbox_paths_act_and_show() {
    let mut graph = world();
    let ask = |graph: &mut Graph, method: Method, path: &str, json: &Value| {
        let request = Request::new(method, url(path));
        graph.handle(&if json.is_null() { request } else { request.json(json) }, NOW)
    };
    let comment = json!({"do": "comment", "on": "1001_100", "person": "77", "name": "Ada", "text": "hi"});
    let answer = ask(&mut graph, Method::POST, "/_sandbox/act", &comment);
    let id = body(&answer)["id"].as_str().unwrap().to_owned();
    for (wrong, hint) in [
        (json!({"do": "fly"}), "fly"),
        (json!({"do": "comment", "on": "1001_100", "txt": "hi"}), "txt"),
        (json!({"do": "comment", "on": "1001_100"}), "nothing in it"),
        (json!({"do": "comment", "on": "x y", "text": "hi"}), "no post or comment"),
        (json!({"do": "message", "page": "9", "person": "1", "text": "hi"}), "no page"),
        (json!({"do": "edit", "id": "m_x", "text": "hi"}), "no message"),
    ] {
        let answer = ask(&mut graph, Method::POST, "/_sandbox/act", &wrong);
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(body(&answer)["error"].as_str().unwrap().contains(hint), "{}", body(&answer));
    }
    act(&mut graph, json!({"do": "hide", "id": id}));
    act(&mut graph, json!({"do": "remove", "id": id}));
    let state = body(&ask(&mut graph, Method::GET, "/_sandbox/state", &Value::Null));
    let shown = &state["pages"][0]["posts"][0]["comments"][0];
    assert_eq!((&shown["id"], &shown["author"]["name"]), (&json!(id), &json!("Ada")));
    assert_eq!((&shown["hidden"], &shown["removed"]), (&json!(true), &json!(true)));
    assert_eq!(state["webhooks"]["waiting"], 3);
    assert!(!state.to_string().contains("acme-token") && !state.to_string().contains("demo-app-secret"));
    let off = ask(
        &mut graph,
        Method::POST,
        "/_sandbox/control",
        &json!({"do": "token", "page": "1001", "state": "expired"}),
    );
    assert_eq!(off.status, 200);
    assert_eq!(code(&get(&mut graph, "/1001")), (190, Some(463)));
    assert_eq!(ask(&mut graph, Method::GET, "/_sandbox/act", &Value::Null).status, 405);
    assert_eq!(ask(&mut graph, Method::GET, "/_sandbox/other", &Value::Null).status, 404);
}

#[test]
fn in_the_demo_one_token_serves_both_pages() {
    let mut graph = Graph::new(GraphSeed::demo(&Url::parse("http://127.0.0.1:8080").unwrap()));
    act(&mut graph, json!({"do": "message", "page": "1002", "person": "3003", "text": "hi"}));
    drain(&mut graph, NOW);
    let mut ask = |path: &str, json: Value| {
        let request = Request::new(Method::POST, url(path)).header("authorization", "Bearer demo-page-token");
        assert!(graph.handle(&request.json(&json), NOW).is_success(), "{path}");
        let webhook = graph.due(NOW).remove(0);
        webhook.request.url.path().to_owned()
    };
    let globex = "/hooks/globex-facebook";
    assert_eq!(ask("/200_777/comments", json!({"message": "under an unknown comment"})), globex);
    assert_eq!(ask("/1002_888/comments", json!({"message": "under an unknown post"})), globex);
    assert_eq!(ask("/me/messages", text_to("3003", "to whom the page knows")), globex);
    assert_eq!(ask("/1001_100/comments", json!({"message": "x"})), "/hooks/acme-facebook");
}
