//! Reading what webhooks leave out.

use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::model::{Message, Person, Quote, Surface, Thread};
use serde_json::{Value, json};

use super::{all_shown, connector, error, gone, linked, ok, play};
use crate::http::{Answer, Exchange};
use crate::platforms::instagram::reading::NEEDED_FIELDS;
use crate::{Connector, Context, Query, Reading, Session, Trouble};

fn run(
    connector: &dyn Connector,
    query: &Query,
    answers: Vec<Answer>,
) -> (Vec<Exchange>, Result<Reading, Trouble>) {
    play(answers, |exchanges| connector.read(query, &Session::unneeded(), exchanges))
}

fn about(surface: Surface, id: &str, name: Option<&str>, parent: Option<&str>) -> Query {
    let customer = "9901".to_owned();
    let post = if surface == Surface::Public { "18001" } else { "" }.to_owned();
    let message = Message {
        id: id.to_owned(),
        author: Person { id: customer.clone(), name: name.map(str::to_owned) },
        text: "hello".to_owned(),
        attachments: Vec::new(),
        permalink: None,
        parent: parent.map(str::to_owned),
        context: None,
    };
    Query::Context { thread: Thread { surface, post, customer }, message }
}

fn context(query: &Query, answers: Vec<Answer>) -> (Vec<String>, Context) {
    let (exchanges, reading) = run(&*linked(), query, answers);
    let Ok(Reading::Context(context)) = reading else { panic!("{reading:?}") };
    (all_shown(&exchanges), context)
}

fn owner(message: &str, answers: Vec<Answer>) -> (Vec<String>, (String, String)) {
    let (exchanges, reading) = run(&*connector(), &Query::Owner { message: message.to_owned() }, answers);
    let Ok(Reading::Thread(thread)) = reading else { panic!("{reading:?}") };
    assert_eq!(thread.surface, Surface::Public);
    (all_shown(&exchanges), (thread.post, thread.customer))
}

fn pair(post: &str, customer: &str) -> (String, String) {
    (post.to_owned(), customer.to_owned())
}

fn quote(author: &str, text: &str) -> Option<Quote> {
    Some(Quote { author: Some(author.to_owned()), text: text.to_owned() })
}

#[test]
fn a_profile_gives_the_name() {
    let query = about(Surface::Direct, "aWdfT1", None, None);
    let (asked, found) = context(&query, vec![ok(&json!({"name": "Ann Lee", "username": "ann.lee"}))]);
    assert_eq!(asked, ["GET /v26.0/9901?fields=name,username"]);
    assert_eq!(found.name.as_deref(), Some("Ann Lee"));
    let (_, found) = context(&query, vec![ok(&json!({"name": " ", "username": "ann.lee"}))]);
    assert_eq!(found.name.as_deref(), Some("ann.lee"));
    let consent =
        error(400, &json!({"code": 230, "message": "User consent is required to access user profile"}));
    assert_eq!(context(&query, vec![consent]).1, Context::default());
    let (asked, _) = context(&about(Surface::Direct, "aWdfT1", Some("Ann"), None), vec![]);
    assert!(asked.is_empty());
}

#[test]
fn a_comment_quotes_the_caption_or_the_comment_above() {
    let post = || {
        ok(
            &json!({"caption": "Our new kettle", "permalink": "https://www.instagram.com/p/AA/", "username": "acme"}),
        )
    };
    let top = about(Surface::Public, "17901", Some("ann.lee"), Some("18001"));
    let (asked, found) = context(&top, vec![post()]);
    assert_eq!(asked, ["GET /v26.0/18001?fields=caption,permalink,username"]);
    assert_eq!(found.quote, quote("acme", "Our new kettle"));
    assert_eq!(found.permalink.as_deref(), Some("https://www.instagram.com/p/AA/"));
    let nested = about(Surface::Public, "17906", Some("ann.lee"), Some("17901"));
    let above = ok(&json!({"text": "Is it loud?", "from": {"id": "9902", "username": "bob_7"}}));
    let (asked, found) = context(&nested, vec![post(), above]);
    assert_eq!(asked[1], "GET /v26.0/17901?fields=from,username,text");
    assert_eq!(found.quote, quote("bob_7", "Is it loud?"));
    let (_, found) = context(&nested, vec![gone(), gone()]);
    assert_eq!((found.quote, found.permalink), (None, None));
}

#[test]
fn a_mention_says_who_and_what() {
    let query = about(Surface::Public, "mention-18102-17940", None, None);
    let found = json!({"mentioned_comment": {"text": "ask @acme", "username": "ann.lee",
        "media": {"id": "18102", "permalink": "https://www.instagram.com/p/BB/"}}});
    let (asked, context_of_comment) = context(&query, vec![ok(&found)]);
    let fields = "mentioned_comment.comment_id(17940){id,text,timestamp,username,media{id,permalink}}";
    assert_eq!(asked, [format!("GET /v26.0/17001?fields={fields}")]);
    assert_eq!(context_of_comment.name.as_deref(), Some("ann.lee"));
    assert_eq!(context_of_comment.quote, quote("ann.lee", "ask @acme"));
    assert_eq!(context_of_comment.permalink.as_deref(), Some("https://www.instagram.com/p/BB/"));
    let query = about(Surface::Public, "mention-18101", None, None);
    let found = json!({"mentioned_media": {"caption": "with @acme", "username": "ann.lee", "permalink": "https://x.example/"}});
    let (asked, context_of_caption) = context(&query, vec![ok(&found)]);
    assert_eq!(
        asked,
        ["GET /v26.0/17001?fields=mentioned_media.media_id(18101){caption,username,permalink,media_type}"]
    );
    assert_eq!(context_of_caption.quote, quote("ann.lee", "with @acme"));
}

#[test]
fn an_own_reply_belongs_to_whom_it_is_addressed_to() {
    let above = || {
        ok(&json!({"id": "17901", "from": {"id": "9901", "username": "ann.lee"}, "media": {"id": "18001"}}))
    };
    let (asked, found) = owner("17901", vec![above()]);
    assert_eq!(asked, ["GET /v26.0/17901?fields=from,user,username,parent_id,media{id}"]);
    assert_eq!(found, pair("18001", "9901"));
    assert_eq!(owner("17901@ann.lee", vec![above()]).1, pair("18001", "9901"));
    let replies = json!({"data": [{"id": "1", "from": {"id": "9902", "username": "bob_7"}}]});
    let (asked, found) = owner("17901@bob_7", vec![above(), ok(&replies)]);
    assert_eq!(asked[1], "GET /v26.0/17901/replies?fields=from,user,username&limit=50");
    assert_eq!(found, pair("18001", "9902"));
    let (_, found) = owner("17901@stranger", vec![above(), ok(&json!({"data": []}))]);
    assert_eq!(found, pair("18001", "9901"));
}

#[test]
fn whom_instagram_does_not_show_gets_a_conversation_of_their_own() {
    assert_eq!(owner("17901", vec![ok(&json!({"media": {"id": "18001"}}))]).1, pair("18001", "17901"));
    let ours = json!({"user": {"id": "17001"}, "media": {"id": "18001"}});
    assert_eq!(owner("17901", vec![ok(&ours)]).1, pair("18001", "17001"), "nobody's");
    assert_eq!(owner("mention-18102-17940", vec![gone()]).1, pair("18102", "mention-18102-17940"));
    let known = json!({"from": {"id": "9901"}, "media": {"id": "18102"}});
    assert_eq!(owner("mention-18102-17940", vec![ok(&known)]).1, pair("18102", "9901"));
}

fn health(connector: &dyn Connector, answers: Vec<Answer>) -> (Vec<String>, Result<String, Refusal>) {
    let (exchanges, reading) = run(connector, &Query::Health, answers);
    let told = match reading {
        Ok(Reading::Healthy(name)) => Ok(name),
        Err(Trouble::Refused(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    };
    (all_shown(&exchanges), told)
}

fn apps(fields: &[&str]) -> Answer {
    ok(&json!({"data": [{"id": "1", "subscribed_fields": []}, {"id": "2", "subscribed_fields": fields}]}))
}

#[test]
fn each_login_has_its_own_health() {
    let me = || ok(&json!({"id": "26001", "user_id": "17001", "username": "acme"}));
    let (asked, told) = health(&*connector(), vec![me(), apps(&NEEDED_FIELDS)]);
    assert_eq!(asked[0], "GET /v26.0/17001?fields=user_id,username");
    assert_eq!(asked[1], "GET /v26.0/17001/subscribed_apps?fields=id,subscribed_fields");
    assert_eq!(told, Ok("acme".to_owned()));
    let (_, told) = health(&*connector(), vec![me(), apps(&["comments"])]);
    assert_eq!(told.unwrap_err().code, "not subscribed: messages, messaging_postbacks");
    let named = ok(&json!({"id": "17001", "username": "acme"}));
    let (asked, told) = health(&*linked(), vec![named, apps(&["feed"])]);
    assert_eq!(asked[1], "GET /v26.0/1001/subscribed_apps?fields=id,subscribed_fields");
    assert_eq!(told, Ok("acme".to_owned()));
    let none: Value = json!({"data": []});
    let (_, told) = health(&*linked(), vec![ok(&json!({"id": "17001"})), ok(&none)]);
    assert_eq!(told.unwrap_err().reason, Reason::Permission);
}

#[test]
fn a_wrong_id_and_a_dead_token_come_with_their_remedy() {
    let (_, told) = health(&*connector(), vec![ok(&json!({"user_id": "17841", "username": "acme"}))]);
    assert!(told.unwrap_err().code.contains("account_id must be 17841"));
    let expired = || error(400, &json!({"code": 190, "error_subcode": 463}));
    let (_, told) = health(&*connector(), vec![expired()]);
    let refusal = told.unwrap_err();
    assert!(refusal.reason == Reason::Token && refusal.code.contains("60 days"), "{refusal:?}");
    let (_, told) = health(&*linked(), vec![expired()]);
    assert_eq!(told.unwrap_err().code, "190/463");
}
