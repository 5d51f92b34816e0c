//! Names, quotes, threads and health.

use deskbridge_core::effect::Reason;
use deskbridge_core::model::{Message, Person, Quote, Surface, Thread, What};
use serde_json::{Value, json};

use super::{NOW, POST, all_shown, connector, ok, play, refusal, session};
use crate::http::{Answer, Exchange};
use crate::{Context, Query, Reading, Trouble};

const KIM: &str = "1710000000000002001";

fn run(query: &Query, answers: Vec<Answer>) -> (Vec<Exchange>, Result<Reading, Trouble>) {
    let connector = connector();
    play(answers, |exchanges| connector.read(query, &session(), exchanges))
}

fn thread(surface: Surface, post: &str, customer: &str) -> Thread {
    Thread { surface, post: post.to_owned(), customer: customer.to_owned() }
}

fn context(surface: Surface, name: Option<&str>, parent: Option<&str>) -> Query {
    let message = Message {
        id: "77".to_owned(),
        author: Person { id: KIM.to_owned(), name: name.map(str::to_owned) },
        text: "Hello".to_owned(),
        attachments: Vec::new(),
        permalink: None,
        parent: parent.map(str::to_owned),
        context: None,
    };
    Query::Context { thread: thread(surface, "", KIM), message }
}

fn told(query: &Query, answers: Vec<Answer>) -> (Vec<String>, Context) {
    match run(query, answers) {
        (exchanges, Ok(Reading::Context(context))) => (all_shown(&exchanges), context),
        (_, other) => panic!("{other:?}"),
    }
}

fn kim() -> Answer {
    ok(&json!({"data": {"id": KIM, "name": "Kim Park", "username": "kimpark_7"}}))
}

#[test]
fn only_what_is_missing_is_asked_for() {
    let (asked, context) = told(&self::context(Surface::Direct, None, Some("66")), vec![kim()]);
    assert_eq!(asked, [format!("GET /2/users/{KIM}?user.fields=name,username")]);
    assert_eq!(context.name.as_deref(), Some("Kim Park (@kimpark_7)"));
    let (asked, _) = told(&self::context(Surface::Public, Some("Kim"), None), vec![]);
    assert!(asked.is_empty());
}

#[test]
fn the_parent_is_quoted_with_its_author() {
    let parent = json!({
        "data": {
            "id": "66", "author_id": "9001", "text": "5 &lt; 7, see https://t.co/a",
            "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://acme.example/x"}]},
        },
        "includes": {"users": [{"id": "9001", "name": "Acme Bikes", "username": "AcmeBikes"}]},
    });
    let query = self::context(Surface::Public, Some("Kim"), Some("66"));
    let (asked, context) = told(&query, vec![ok(&parent)]);
    let wanted =
        "GET /2/tweets/66?expansions=author_id&tweet.fields=entities,note_tweet&user.fields=name,username";
    assert_eq!(asked, [wanted]);
    let author = Some("Acme Bikes (@AcmeBikes)".to_owned());
    assert_eq!(context.quote, Some(Quote { author, text: "5 < 7, see https://acme.example/x".to_owned() }));
}

#[test]
fn a_name_is_worth_no_long_wait() {
    let gone = ok(
        &json!({"errors": [{"type": "https://api.twitter.com/2/problems/resource-not-found", "detail": "x"}]}),
    );
    let throttled = refusal(429, "Too Many Requests");
    for answer in [gone, throttled, refusal(403, "")] {
        let (_, context) = told(&context(Surface::Direct, None, None), vec![answer]);
        assert_eq!(context, Context::default());
    }
    let (_, lost) = run(&context(Surface::Direct, None, None), vec![Answer::Lost]);
    assert!(matches!(lost, Err(Trouble::RetryAfter(_))));
    let (_, dead) = run(&context(Surface::Direct, None, None), vec![refusal(401, "")]);
    assert!(matches!(dead, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Token));
}

fn owner(answers: Vec<Answer>) -> (Vec<String>, Thread) {
    match run(&Query::Owner { message: "77".to_owned() }, answers) {
        (exchanges, Ok(Reading::Thread(thread))) => (all_shown(&exchanges), thread),
        (_, other) => panic!("{other:?}"),
    }
}

fn post(author: &str, answered: Option<&str>, above: Option<&str>) -> Answer {
    let references: Vec<Value> =
        above.map(|id| json!({"type": "replied_to", "id": id})).into_iter().collect();
    ok(&json!({"data": {
        "id": "77", "author_id": author, "conversation_id": "50", "text": "x",
        "in_reply_to_user_id": answered, "referenced_tweets": references,
    }}))
}

#[test]
fn a_post_is_in_the_thread_of_its_author() {
    let (asked, found) = owner(vec![post(KIM, Some("9001"), Some("66"))]);
    let fields = "tweet.fields=author_id,conversation_id,in_reply_to_user_id,referenced_tweets";
    assert_eq!(asked, [format!("GET /2/tweets/77?{fields}")]);
    assert_eq!(found, thread(Surface::Public, "50", KIM));
    let nameless = ok(&json!({"data": {"id": "77", "text": "x"}}));
    assert_eq!(owner(vec![nameless]).1, thread(Surface::Public, "77", "77"));
}

#[test]
fn an_own_post_is_in_the_thread_of_whom_it_answers() {
    assert_eq!(owner(vec![post("9001", Some(KIM), Some("66"))]).1, thread(Surface::Public, "50", KIM));
    let climbed = vec![post("9001", Some("9001"), Some("66")), post(KIM, None, None)];
    let (asked, found) = owner(climbed);
    assert!(asked[1].starts_with("GET /2/tweets/66?"));
    assert_eq!(found, thread(Surface::Public, "50", KIM));
    assert_eq!(owner(vec![post("9001", None, None)]).1, thread(Surface::Public, "50", "9001"));
    let (_, gone) = run(&Query::Owner { message: "77".to_owned() }, vec![refusal(404, "")]);
    assert!(matches!(gone, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Gone));
}

#[test]
fn keys_must_be_those_of_the_account() {
    let me = |id: &str| ok(&json!({"data": {"id": id, "name": "Acme Bikes", "username": "AcmeBikes"}}));
    let (exchanges, health) = run(&Query::Health, vec![me("9001")]);
    assert_eq!(all_shown(&exchanges), ["GET /2/users/me?user.fields=name,username"]);
    assert!(matches!(health, Ok(Reading::Healthy(name)) if name == "Acme Bikes (@AcmeBikes)"));
    let (_, health) = run(&Query::Health, vec![me("9002")]);
    assert!(matches!(health, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Token));
}

#[test]
fn missed_mentions_are_the_events_that_webhooks_would_have_told() {
    let row = |id: &str, text: &str| {
        let mention = json!({"start": 0, "end": 5, "username": "acme", "id": "9001"});
        json!({
            "id": id, "text": text, "author_id": "7001", "conversation_id": POST, "created_at": "2026-11-22T07:00:00.000Z",
            "entities": {"mentions": [mention]}, "edit_history_tweet_ids": [id],
        })
    };
    let own = json!({"id": "12", "text": "us", "author_id": "9001", "conversation_id": "12"});
    let users = json!({"users": [{"id": "7001", "name": "Paula Novak", "username": "paula"}]});
    let newest = json!({
        "data": [row("22", "@acme two"), own, {"id": "a post that cannot be read"}], "includes": users,
        "meta": {"result_count": 3, "next_token": "more"},
    });
    let oldest = json!({"data": [row("11", "@acme one &amp; only")], "meta": {"result_count": 1}});
    let query = Query::Missed { since: NOW };
    let (exchanges, reading) = run(&query, vec![ok(&newest), ok(&oldest)]);
    let asked = all_shown(&exchanges);
    assert!(
        asked[0].starts_with("GET /2/users/9001/mentions?max_results=100&start_time=2026-11-22T08:00:00Z&")
    );
    assert!(asked[1].ends_with("&pagination_token=more"), "{asked:?}");
    let Ok(Reading::Events(events)) = reading else { panic!("{reading:?}") };
    let told: Vec<(&str, &str)> = events
        .iter()
        .map(|event| match &event.what {
            What::Message(message) => (event.id.as_str(), message.text.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [("post:11", "@acme one & only"), ("post:22", "@acme two")]);
    let nothing = run(&query, vec![ok(&json!({"meta": {"result_count": 0}}))]).1;
    assert!(matches!(nothing, Ok(Reading::Events(events)) if events.is_empty()));
    assert!(run(&query, vec![refusal(402, "no credits")]).1.is_err());
}
