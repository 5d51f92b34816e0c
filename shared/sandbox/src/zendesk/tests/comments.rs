//! How comments are stored, listed, hidden and redacted.

use serde_json::{Value, json};

use super::super::Control;
use super::super::html::Rendered;
use super::super::seed::ZendeskSeed;
use super::{AGENT_ID, Desk, START, Who, request};

#[test]
fn html_is_wrapped_sanitised_and_rendered_as_text() {
    let nbsp = "<p>One</p><p>&nbsp;</p><p>Two</p>";
    let rows = [
        ("Hello", "<p dir=\"auto\">Hello</p>", "Hello", "Hello"),
        ("<p>A &amp; B<br>C</p>", "<p dir=\"auto\">A &amp; B<br>C</p>", "A & B\nC", "A & B\nC"),
        (
            "<p>See <a href='https://x.example/?a=1' onclick=\"x()\">here</a></p>",
            "<p dir=\"auto\">See <a href=\"https://x.example/?a=1\" target=\"_blank\" rel=\"noopener noreferrer\">here</a></p>",
            "See [here](https://x.example/?a=1)",
            "See here",
        ),
        (
            "<ul><li>One</li><li><b>Two</b></li></ul>",
            "<ul dir=\"auto\"><li>One</li><li><b>Two</b></li></ul>",
            "* One\n* Two",
            "* One\n* Two",
        ),
        (
            "<p>x<script>alert('<p>')</script></p><iframe src=\"https://x\"></iframe>",
            "<p dir=\"auto\">x</p>",
            "x",
            "x",
        ),
        ("<p>open <em>ended", "<p dir=\"auto\">open <em>ended</em></p>", "open ended", "open ended"),
        ("1 < 2 <3", "<p dir=\"auto\">1 &lt; 2 &lt;3</p>", "1 < 2 <3", "1 < 2 <3"),
        ("<a href=\"javascript:x\">y</a>", "<p dir=\"auto\"><a>y</a></p>", "[y]()", "y"),
        ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>", "a\n  b", "a\n  b"),
        (
            "<img src=\"https://x/i.png\">",
            "<p dir=\"auto\"><img src=\"https://x/i.png\"></p>",
            "![](https://x/i.png)",
            "",
        ),
        (nbsp, &nbsp.replace("<p>", "<p dir=\"auto\">"), "One\n\n&nbsp;\n\nTwo", "One\n\n&nbsp;\n\nTwo"),
    ];
    for (given, html, body, plain) in rows {
        let rendered = Rendered::from_html(given);
        assert_eq!(rendered.html, format!("<div class=\"zd-comment\" dir=\"auto\">{html}</div>"), "{given}");
        assert_eq!((rendered.body.as_str(), rendered.plain.as_str()), (body, plain), "{given}");
    }
}

#[test]
fn text_becomes_paragraphs_with_links() {
    let rendered = Rendered::from_text("Hi <Kim>\nsee https://x.example/a?b=1&c\n\nBye");
    let link = "<a href=\"https://x.example/a?b=1&amp;c\" target=\"_blank\" rel=\"noopener noreferrer\">\
                https://x.example/a?b=1&amp;c</a>";
    let paragraphs = format!("<p dir=\"auto\">Hi &lt;Kim&gt;<br>see {link}</p>\n\n<p dir=\"auto\">Bye</p>");
    assert_eq!(rendered.html, format!("<div class=\"zd-comment\" dir=\"auto\">{paragraphs}</div>"));
    assert_eq!(rendered.plain, "Hi <Kim>\nsee https://x.example/a?b=1&c\n\nBye");
}

#[test]
fn foreign_html_never_breaks_the_reader() {
    for html in [
        "<",
        "</",
        "<a href=",
        "<a href='x",
        "<!--",
        "<p/>",
        "<>",
        "<\u{1F600}>",
        "<a =>",
        "</p></p>",
        "<redact>",
    ] {
        let rendered = Rendered::from_html(html);
        assert!(
            rendered.html.starts_with("<div class=\"zd-comment\"") && rendered.html.ends_with("</div>"),
            "{html}"
        );
    }
}

#[test]
fn an_agents_reply_reads_like_a_real_one() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    desk.now += 1_500;
    let reply = json!({"comment": {"html_body": "<p>On its way</p>", "public": true}});
    assert_eq!(desk.update(Who::Agent, ticket, reply).0, 200);
    let list = desk.get(&format!("tickets/{ticket}/comments?sort=-created_at&page[size]=1&include=users"));
    let comment = &list["comments"][0];
    assert_eq!(
        comment["html_body"],
        "<div class=\"zd-comment\" dir=\"auto\"><p dir=\"auto\">On its way</p></div>"
    );
    assert_eq!(
        (comment["body"].as_str(), comment["plain_body"].as_str()),
        (Some("On its way"), Some("On its way"))
    );
    assert_eq!((comment["author_id"].as_i64(), comment["public"].as_bool()), (Some(AGENT_ID), Some(true)));
    assert_eq!(
        (comment["type"].as_str(), comment["created_at"].as_str()),
        (Some("Comment"), Some("2026-01-01T00:00:01Z"))
    );
    let user = &list["users"][0];
    assert_eq!((user["id"].as_i64(), user["role"].as_str()), (Some(AGENT_ID), Some("agent")));
    assert_eq!(
        (list["meta"]["has_more"].as_bool(), list["users"].as_array().unwrap().len()),
        (Some(true), 1)
    );
    let older = desk.get(list["links"]["next"].as_str().unwrap());
    assert_eq!(older["comments"][0]["plain_body"], "My parcel never came");
    let offset = desk.get(&format!("tickets/{ticket}/comments.json?sort_order=desc"));
    assert_eq!(
        (offset["count"].as_i64(), offset["comments"][0]["plain_body"].as_str()),
        (Some(2), Some("On its way"))
    );
}

#[test]
fn comments_after_a_private_creation_stay_private_unless_they_say() {
    let mut desk = Desk::new();
    let body = json!({"ticket": {"comment": {"body": "x", "public": false}}});
    let (_, made) = desk.call(Who::Bridge, "POST", "tickets", body);
    assert_eq!(made["ticket"]["is_public"], false);
    desk.update(Who::Agent, 1, json!({"comment": {"body": "silent"}}));
    desk.update(Who::Agent, 1, json!({"comment": {"body": "said", "public": true}}));
    let comments = desk.get("tickets/1/comments");
    let public: Vec<_> =
        comments["comments"].as_array().unwrap().iter().map(|row| row["public"].clone()).collect();
    assert_eq!(public, [json!(false), json!(false), json!(true)]);
}

#[test]
fn comments_have_limits() {
    let few = |seed: &mut ZendeskSeed| seed.limits.comments_per_ticket = 2;
    let mut desk = Desk::with(few);
    let ticket = desk.ticket();
    let mut say = |words: String| desk.update(Who::Agent, ticket, json!({"comment": {"body": words}}));
    let (status, body) = say("x".repeat(65_536));
    assert_eq!((status, body["details"]["comment"][0]["error"].as_str()), (422, Some("InvalidValue")));
    assert_eq!(say("x".repeat(65_535)).0, 200);
    let (status, body) = say("one more".into());
    assert_eq!(status, 422);
    assert!(body["details"]["base"][0]["description"].as_str().unwrap().contains("more than 2 comments"));
    // What is no comment still goes through.
    assert_eq!(desk.update(Who::Agent, ticket, json!({"status": "open"})).0, 200);
}

#[test]
fn unknown_authors_are_refused_and_blank_comments_are_none() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let (status, body) = desk.update(Who::Bridge, ticket, json!({"comment": {"body": "x", "author_id": 77}}));
    assert_eq!((status, body["details"]["author_id"][0]["error"].as_str()), (422, Some("InvalidValue")));
    let (status, body) = desk.update(Who::Bridge, ticket, json!({"comment": {"html_body": "<p>&nbsp;</p>"}}));
    assert_eq!((status, &body["audit"]), (200, &Value::Null));
}

#[test]
fn a_public_comment_can_be_made_private() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let comment = desk.get(&format!("tickets/{ticket}/comments"))["comments"][0]["id"].clone();
    let path = format!("tickets/{ticket}/comments/{comment}/make_private.json");
    assert_eq!(desk.call(Who::Agent, "PUT", &path, Value::Null).0, 200);
    assert_eq!(desk.get(&format!("tickets/{ticket}/comments"))["comments"][0]["public"], false);
    let missing = format!("tickets/{ticket}/comments/77/make_private");
    assert_eq!(desk.call(Who::Agent, "PUT", &missing, Value::Null).0, 404);
}

#[test]
fn redaction_blackens_for_good() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let comment = desk.get(&format!("tickets/{ticket}/comments"))["comments"][0].clone();
    let path = format!("tickets/{ticket}/comments/{}/redact", comment["id"]);
    assert_eq!(desk.call(Who::Agent, "PUT", &path, json!({"text": "absent"})).0, 422);
    let (status, body) = desk.call(Who::Agent, "PUT", &path, json!({"text": "parcel"}));
    assert_eq!((status, body["comment"]["plain_body"].as_str()), (200, Some("My ▇▇▇▇▇▇ never came")));
    desk.close(ticket);
    assert_eq!(desk.call(Who::Agent, "PUT", &path, json!({"text": "never"})).0, 422);

    let marked = body["comment"]["html_body"].as_str().unwrap().replace("never", "<redact>never</redact>");
    let path = format!("comment_redactions/{}", comment["id"]);
    let other = json!({"ticket_id": ticket, "html_body": "<redact>x</redact>"});
    assert_eq!(desk.call(Who::Agent, "PUT", &path, other).0, 422);
    let (status, body) =
        desk.call(Who::Agent, "PUT", &path, json!({"ticket_id": ticket, "html_body": marked}));
    assert_eq!((status, body["comment"]["body"].as_str()), (200, Some("My ▇▇▇▇▇▇ ▇▇▇▇▇ came")));
}

#[test]
fn redaction_empties_links_and_images_that_bear_the_attribute() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let html =
        "<p>see <a href=\"https://a.example/?a=1&amp;b\">this</a> <img src=\"https://a.example/i\"></p>";
    desk.update(Who::Agent, ticket, json!({"comment": {"html_body": html}}));
    let comment = desk.get(&format!("tickets/{ticket}/comments"))["comments"][1].clone();
    let marked =
        comment["html_body"].as_str().unwrap().replace("<a ", "<a redact ").replace("<img ", "<img redact ");
    let marked = marked.replace("this", "<redact>this</redact>");
    let path = format!("comment_redactions/{}", comment["id"]);
    let (status, body) =
        desk.call(Who::Agent, "PUT", &path, json!({"ticket_id": ticket, "html_body": marked}));
    let html = body["comment"]["html_body"].as_str().unwrap();
    assert!(status == 200 && html.contains("<p dir=\"auto\">see <a>▇▇▇▇</a> </p>"), "{html}");
}

#[test]
fn redaction_needs_the_right_and_the_newer_way_agent_workspace() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let comment = desk.get(&format!("tickets/{ticket}/comments"))["comments"][0].clone();
    let older = format!("tickets/{ticket}/comments/{}/redact", comment["id"]);
    let newer = format!("comment_redactions/{}", comment["id"]);
    let whole = json!({"ticket_id": ticket, "html_body": comment["html_body"]});
    let mut both = |allowed, workspace| {
        desk.zendesk.control(&Control::Redaction { allowed, workspace }, desk.now).unwrap();
        let older = desk.call(Who::Agent, "PUT", &older, json!({"text": "p"})).0;
        (older, desk.call(Who::Agent, "PUT", &newer, whole.clone()).0)
    };
    assert_eq!(both(false, true), (403, 403));
    assert_eq!(both(true, false), (200, 403));
    assert_eq!(desk.get("account/settings")["settings"]["tickets"]["agent_workspace"], false);
}

#[test]
fn files_are_uploaded_then_attached_once() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let mut upload = request(Who::Agent, "POST", "uploads.json?filename=a%20b.png", &Value::Null)
        .header("content-type", "image/png");
    upload.body = "bytes".into();
    let response = desk.send(&upload);
    let body: Value = response.parse().unwrap();
    let token = body["upload"]["token"].as_str().unwrap().to_owned();
    assert_eq!((response.status, body["upload"]["expires_at"].as_str()), (201, Some("2026-01-01T01:00:00Z")));
    upload.url.query_pairs_mut().append_pair("token", &token);
    let second: Value = desk.send(&upload).parse().unwrap();
    assert_eq!(second["upload"]["attachments"].as_array().unwrap().len(), 2);

    let comment = json!({"comment": {"body": "see", "uploads": [token]}});
    desk.now = START + 60 * 60_000;
    assert_eq!(desk.update(Who::Agent, ticket, comment.clone()).0, 422, "expired");
    desk.now -= 1;
    let (status, body) = desk.update(Who::Agent, ticket, comment.clone());
    let file = &body["audit"]["events"][0]["attachments"][0];
    assert_eq!((status, file["file_name"].as_str(), file["size"].as_i64()), (200, Some("a b.png"), Some(5)));
    let content = request(Who::Nobody, "GET", file["content_url"].as_str().unwrap(), &Value::Null);
    assert_eq!(&desk.send(&content).body[..], b"bytes");
    assert_eq!(desk.update(Who::Agent, ticket, comment).0, 422, "used up");
    assert_eq!(desk.call(Who::Agent, "POST", "uploads", json!({})).0, 400);
}
