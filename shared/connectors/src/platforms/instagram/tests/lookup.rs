//! Finding out whether an uncertain reply was published.

use std::time::Duration;

use deskbridge_core::effect::{Reason, Receipt, Refusal};
use deskbridge_core::model::Surface;
use serde_json::{Value, json};

use super::{NOW, TEXT, all_shown, connector, error, gone, linked, ok, play, reply};
use crate::http::{Answer, Exchange};
use crate::{Connector, Found, Session, Trouble};

fn run(connector: &dyn Connector, surface: Surface, answers: Vec<Answer>) -> (Vec<Exchange>, Found) {
    let effect = reply(surface, if surface == Surface::Public { "17901" } else { "aWdfT1" }, None);
    play(answers, |exchanges| connector.lookup(&effect, &Session::unneeded(), exchanges))
}

fn public(answers: Vec<Answer>) -> (Vec<Exchange>, Found) {
    run(&*connector(), Surface::Public, answers)
}

fn top() -> Answer {
    ok(&json!({"id": "17901"}))
}

/// A reply, this many seconds after the first attempt began.
fn row(id: &str, from: &str, text: &str, seconds: i64) -> Value {
    json!({"id": id, "from": {"id": from}, "text": text, "timestamp": NOW.seconds() + seconds})
}

/// A direct message, likewise.
fn message(id: &str, from: &str, text: &str, seconds: i64) -> Value {
    json!({"id": id, "from": {"id": from}, "message": text, "created_time": NOW.seconds() + seconds})
}

fn list(rows: &[Value]) -> Answer {
    ok(&json!({ "data": rows }))
}

fn thread(messages: &[Value]) -> Answer {
    ok(&json!({"data": [{"id": "t_9", "messages": {"data": messages}}]}))
}

#[test]
fn our_reply_is_found_by_account_text_and_time() {
    let rows = [
        row("a", "9901", TEXT, 3),
        row("b", "17001", "Something else", 2),
        row("c", "17001", TEXT, -31),
        row("d", "17001", " We will\ncall you. 🚲 ", 1),
    ];
    let (exchanges, found) = public(vec![top(), list(&rows)]);
    assert_eq!(found, Found::Yes(Receipt::of("d")));
    let wanted = "GET /v26.0/17901/replies?fields=id,from,user,text,timestamp&limit=50";
    assert_eq!(all_shown(&exchanges)[1], wanted);
    assert_eq!(public(vec![top(), list(&rows[..3])]).1, Found::No);
}

#[test]
fn each_mark_of_our_own_counts() {
    let mut by_user = row("e", "9999", TEXT, 1);
    by_user["user"] = json!({"id": "17001"});
    let mut by_scoped_id = row("e", "9999", TEXT, 1);
    by_scoped_id["from"]["self_ig_scoped_id"] = "9999".into();
    for row in [by_user, by_scoped_id] {
        assert_eq!(public(vec![top(), list(&[row])]).1, Found::Yes(Receipt::of("e")));
    }
}

#[test]
fn under_a_reply_the_top_comment_is_searched_and_a_name_passed_over() {
    let nested = ok(&json!({"id": "17901", "parent_id": "17900", "username": "bob_7"}));
    let addressed = row("f", "17001", &format!("@bob_7 {TEXT}"), 1);
    let (exchanges, found) = public(vec![nested, list(&[addressed])]);
    assert_eq!(found, Found::Yes(Receipt::of("f")));
    assert!(all_shown(&exchanges)[1].starts_with("GET /v26.0/17900/replies?"));
}

#[test]
fn our_message_is_what_the_customer_did_not_write() {
    for (connector, path) in [(connector(), "17001"), (linked(), "1001")] {
        let messages = [message("x", "9901", TEXT, 3), message("ours", "17841", TEXT, 1)];
        let (exchanges, found) = run(&*connector, Surface::Direct, vec![thread(&messages)]);
        assert_eq!(found, Found::Yes(Receipt::of("ours")));
        let wanted = format!(
            "GET /v26.0/{path}/conversations?platform=instagram&user_id=9901&\
             fields=id,messages.limit(20){{id,from,message,created_time}}"
        );
        assert_eq!(all_shown(&exchanges), [wanted]);
    }
    let none = run(&*connector(), Surface::Direct, vec![thread(&[message("x", "9901", "Hello?", -60)])]);
    assert_eq!(none.1, Found::No);
}

#[test]
fn what_nobody_can_tell_is_said_so() {
    let told = |found: Found| match found {
        Found::CannotTell(trouble) => trouble,
        other => panic!("{other:?}"),
    };
    let refused = |reason, code: &str| Trouble::Refused(Refusal::new(reason, code));
    assert_eq!(told(public(vec![gone()]).1), refused(Reason::Gone, "100/33"));
    let direct = |answer| told(run(&*connector(), Surface::Direct, vec![answer]).1);
    let busy: Vec<Value> = (0..20).map(|n| message("x", "9901", "and", 100 - n)).collect();
    assert_eq!(direct(thread(&busy)), refused(Reason::Invalid, "list too long"));
    let unreadable = json!({"id": "y", "created_time": NOW.seconds()});
    assert_eq!(direct(thread(&[unreadable])), refused(Reason::Invalid, "a row without author"));
    assert_eq!(direct(list(&[])), refused(Reason::Gone, "no conversation"));
    assert_eq!(
        direct(error(400, &json!({"code": 613, "error_subcode": 2_534_040}))),
        Trouble::RetryAfter(Duration::from_secs(60))
    );
    let effect = reply(Surface::Public, "mention-18102-17940", None);
    let found = play(vec![], |exchanges| linked().lookup(&effect, &Session::unneeded(), exchanges)).1;
    assert_eq!(told(found), refused(Reason::Invalid, "answers to mentions are not listed"));
}

#[test]
fn twenty_messages_suffice_when_the_last_is_older() {
    let mut messages: Vec<Value> = (0..19).map(|n| message("x", "9901", "and", 100 - n)).collect();
    messages.push(message("old", "9901", "before", -40));
    assert_eq!(run(&*connector(), Surface::Direct, vec![thread(&messages)]).1, Found::No);
}
