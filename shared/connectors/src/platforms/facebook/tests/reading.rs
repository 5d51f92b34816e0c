//! Reading what webhooks leave out.

use std::time::Duration;

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::{Message, Person, Quote, Surface, Thread};
use serde_json::{Value, json};

use super::{all_shown, connector, error, ok, play};
use crate::http::{Answer, Exchange};
use crate::platforms::facebook::reading::NEEDED_FIELDS;
use crate::{Context, Query, Reading, Session, Trouble};

fn run(query: &Query, answers: Vec<Answer>) -> (Vec<Exchange>, Result<Reading, Trouble>) {
    let connector = connector();
    play(answers, |exchanges| connector.read(query, &Session::unneeded(), exchanges))
}

fn about(surface: Surface, name: Option<&str>, parent: Option<&str>) -> Query {
    let customer = "24001".to_owned();
    let post = if surface == Surface::Public { "1001_5001" } else { "" }.to_owned();
    let message = Message {
        id: "5001_6003".to_owned(),
        author: Person { id: customer.clone(), name: name.map(str::to_owned) },
        text: "hello".to_owned(),
        attachments: Vec::new(),
        permalink: None,
        parent: parent.map(str::to_owned),
        context: None,
    };
    Query::Context { thread: Thread { surface, post, customer }, message }
}

fn context(query: &Query, answers: Vec<Answer>) -> (Vec<String>, Result<Context, Trouble>) {
    let (exchanges, reading) = run(query, answers);
    let context = reading.map(|reading| match reading {
        Reading::Context(context) => context,
        other => panic!("{other:?}"),
    });
    (all_shown(&exchanges), context)
}

fn owner(message: &str, answers: Vec<Answer>) -> (Vec<String>, Result<(String, String), Trouble>) {
    let (exchanges, reading) = run(&Query::Owner { message: message.to_owned() }, answers);
    let thread = reading.map(|reading| match reading {
        Reading::Thread(thread) => {
            assert_eq!(thread.surface, Surface::Public);
            (thread.post, thread.customer)
        }
        other => panic!("{other:?}"),
    });
    (all_shown(&exchanges), thread)
}

fn no_such_field() -> Answer {
    error(400, &json!({"code": 100, "message": "(#100) Tried accessing nonexisting field (object)"}))
}

fn whose(post: &str, customer: &str) -> Result<(String, String), Trouble> {
    Ok((post.to_owned(), customer.to_owned()))
}

fn refused(reason: Reason, code: &str) -> Trouble {
    Trouble::Refused(Refusal::new(reason, code))
}

#[test]
fn names_come_whole_or_in_parts() {
    let query = about(Surface::Direct, None, None);
    for (profile, name) in [
        (json!({"name": "Lena Fischer", "id": "24001"}), Some("Lena Fischer")),
        (json!({"first_name": "Lena", "last_name": "Fischer"}), Some("Lena Fischer")),
        (json!({"first_name": "Lena"}), Some("Lena")),
        (json!({"name": " ", "id": "24001"}), None),
        (json!({"id": "24001"}), None),
    ] {
        let (asked, found) = context(&query, vec![ok(&profile)]);
        assert_eq!(asked, ["GET /v26.0/24001?fields=name,first_name,last_name"]);
        assert_eq!(found.unwrap().name.as_deref(), name, "{profile}");
    }
}

#[test]
fn a_reply_quotes_what_it_answers() {
    let query = about(Surface::Public, Some("Omar Haddad"), Some("5001_6001"));
    let parent =
        json!({"id": "5001_6001", "from": {"id": "7", "name": "Lena Fischer"}, "message": "Where is it?"});
    let (asked, found) = context(&query, vec![ok(&parent)]);
    assert_eq!(asked, ["GET /v26.0/5001_6001?fields=from,message"]);
    let quote = Quote { author: Some("Lena Fischer".to_owned()), text: "Where is it?".to_owned() };
    let name = Some("Omar Haddad".to_owned());
    assert_eq!(found.unwrap(), Context { name, quote: Some(quote), permalink: None });
    assert!(context(&about(Surface::Public, Some("O"), None), vec![]).0.is_empty(), "nothing to ask");
}

#[test]
fn a_nameless_comment_is_asked_for_its_author_and_link() {
    let node =
        json!({"from": {"id": "9", "name": "Ana"}, "permalink_url": "https://www.facebook.com/x/posts/1"});
    let (asked, found) = context(&about(Surface::Public, None, None), vec![ok(&node)]);
    assert_eq!(asked, ["GET /v26.0/5001_6003?fields=from,permalink_url"]);
    let found = found.unwrap();
    assert_eq!(found.name.as_deref(), Some("Ana"));
    assert_eq!(found.permalink.as_deref(), Some("https://www.facebook.com/x/posts/1"));
}

#[test]
fn what_meta_does_not_tell_is_left_out() {
    let query = about(Surface::Direct, None, Some("m_T0"));
    for answer in [
        error(400, &json!({"code": 100, "error_subcode": 33})),
        error(403, &json!({"code": 10, "error_subcode": 2_018_218})),
        error(403, &json!({"code": 4})),
        error(500, &json!({"code": 2})),
        ok(&json!("?")),
    ] {
        let shown = format!("{answer:?}");
        let (asked, found) = context(&query, vec![answer, ok(&json!({"message": "earlier"}))]);
        assert_eq!(asked.len(), 2, "{shown}");
        let found = found.unwrap();
        assert_eq!((found.name, found.quote.unwrap().text), (None, "earlier".to_owned()), "{shown}");
    }
    let (_, dead) = context(&query, vec![error(400, &json!({"code": 190}))]);
    assert_eq!(dead.unwrap_err(), refused(Reason::Token, "190"));
    let (_, lost) = context(&query, vec![Answer::Lost]);
    assert_eq!(lost.unwrap_err(), Trouble::RetryAfter(Duration::from_secs(5)));
}

#[test]
fn a_comment_belongs_to_its_author_under_its_post() {
    let comment = |object: Value| json!({"id": "5001_6001", "from": {"id": "7731001"}, "object": object});
    for (object, post) in [
        (json!({"id": "1001_5001"}), "1001_5001"),
        (json!({"id": "2002_5001"}), "2002_5001"),
        (json!({"id": 5001}), "1001_5001"),
        (Value::Null, "1001_5001"),
        (json!("odd"), "1001_5001"),
    ] {
        let (asked, found) = owner("5001_6001", vec![ok(&comment(object))]);
        assert_eq!(asked, ["GET /v26.0/5001_6001?fields=from,parent{id},object{id}"]);
        assert_eq!(found, whose(post, "7731001"));
    }
}

#[test]
fn a_post_belongs_to_its_author() {
    let (asked, found) = owner("1001_5002", vec![ok(&json!({"from": {"id": "7731001"}}))]);
    assert_eq!(asked, ["GET /v26.0/1001_5002?fields=from"]);
    assert_eq!(found, whose("1001_5002", "7731001"));
    let (asked, found) = owner("2002_7001", vec![no_such_field(), ok(&json!({"from": {"id": "8"}}))]);
    assert_eq!(asked[1], "GET /v26.0/2002_7001?fields=from");
    assert_eq!(found, whose("2002_7001", "8"));
    let (_, found) = owner("880777", vec![no_such_field(), ok(&json!({"from": {"id": "8"}}))]);
    assert_eq!(found, whose("880777", "8"));
}

#[test]
fn our_own_comment_belongs_to_whom_it_answers() {
    let own = |parent: Value| ok(&json!({"from": {"id": "1001"}, "parent": parent}));
    let (asked, found) =
        owner("5001_6010", vec![own(json!({"id": "5001_6001"})), ok(&json!({"from": {"id": "7"}}))]);
    assert_eq!(asked[1], "GET /v26.0/5001_6001?fields=from");
    assert_eq!(found, whose("1001_5001", "7"));
    let (asked, found) = owner("5002_6011", vec![own(Value::Null), ok(&json!({"from": {"id": "8"}}))]);
    assert_eq!(asked[1], "GET /v26.0/1001_5002?fields=from");
    assert_eq!(found, whose("1001_5002", "8"));
    let ours = || ok(&json!({"from": {"id": "1001"}}));
    let (asked, found) = owner("5001_6010", vec![own(json!({"id": "5001_6001"})), ours(), ours()]);
    assert_eq!(asked[2], "GET /v26.0/1001_5001?fields=from");
    assert_eq!(found, whose("1001_5001", "1001"), "nobody but us");
    assert_eq!(owner("1001_5005", vec![ours()]).1, whose("1001_5005", "1001"));
}

#[test]
fn an_author_whom_meta_hides_stays_apart() {
    assert_eq!(owner("5001_6012", vec![ok(&json!({"id": "5001_6012"}))]).1, whose("1001_5001", "5001_6012"));
    let gone = error(400, &json!({"code": 100, "error_subcode": 33}));
    assert_eq!(owner("5001_6012", vec![gone]).1, Err(refused(Reason::Gone, "100/33")));
    assert_eq!(owner("../me", vec![]).1, Err(refused(Reason::Invalid, "not an id")));
}

#[test]
fn health_names_the_page_or_what_is_missing() {
    let page = || ok(&json!({"id": "1001", "name": "Acme Bikes"}));
    let apps = |fields: &[&[&str]]| {
        let apps: Vec<Value> =
            fields.iter().map(|fields| json!({"id": "9", "subscribed_fields": fields})).collect();
        ok(&json!({ "data": apps }))
    };
    let (exchanges, healthy) = run(&Query::Health, vec![page(), apps(&[&["feed"], &NEEDED_FIELDS])]);
    assert!(matches!(healthy, Ok(Reading::Healthy(name)) if name == "Acme Bikes"));
    let wanted = [
        "GET /v26.0/1001?fields=id,name",
        "GET /v26.0/1001/subscribed_apps?fields=id,name,subscribed_fields",
    ];
    assert_eq!(all_shown(&exchanges), wanted);
    for (fields, code) in [
        (apps(&[&["feed", "mention", "messages"]]), "not subscribed: message_echoes, messaging_postbacks"),
        (apps(&[]), "not subscribed: feed, mention, messages, message_echoes, messaging_postbacks"),
    ] {
        let (_, sick) = run(&Query::Health, vec![page(), fields]);
        assert_eq!(sick.unwrap_err(), refused(Reason::Permission, code));
    }
    let (_, dead) = run(&Query::Health, vec![error(400, &json!({"code": 190, "error_subcode": 463}))]);
    assert_eq!(dead.unwrap_err(), refused(Reason::Token, "190/463"));
}

#[test]
fn a_platform_has_no_tickets() {
    let query = Query::Ticket { ticket: "1".to_owned() };
    assert_eq!(run(&query, vec![]).1.unwrap_err(), refused(Reason::Invalid, "not a platform's query"));
}
