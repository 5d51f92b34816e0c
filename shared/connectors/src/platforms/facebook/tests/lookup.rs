//! Finding out whether an uncertain reply was published.

use std::time::Duration;

use deskbridge_core::effect::{Reason, Receipt, Refusal};
use deskbridge_core::model::Surface;
use serde_json::{Value, json};

use super::{NOW, all_shown, connector, error, ok, play, reply};
use crate::http::{Answer, Exchange, Response};
use crate::{Found, Session, Trouble};

fn run(surface: Surface, answers: Vec<Answer>) -> (Vec<Exchange>, Found) {
    let (connector, effect) = (connector(), reply(surface, None));
    play(answers, |exchanges| connector.lookup(&effect, &Session::unneeded(), exchanges))
}

/// A row of a list, this many seconds after the first attempt began.
fn row(id: &str, from: &str, text: &str, seconds: i64) -> Value {
    json!({"id": id, "from": {"id": from}, "message": text, "created_time": NOW.seconds() + seconds})
}

fn list(rows: &[Value]) -> Value {
    json!({ "data": rows })
}

fn more(rows: &[Value], after: &str) -> Value {
    let next = "https://graph.facebook.com/next?access_token=never-follow-this";
    json!({"data": rows, "paging": {"cursors": {"after": after}, "next": next}})
}

fn thread(messages: &Value) -> Value {
    json!({"data": [{"id": "t_9", "messages": messages}]})
}

const TEXT: &str = "We will call you. 🚲";

#[test]
fn our_comment_is_found_by_page_text_and_time() {
    let iso = json!({"id": "5001_7001", "from": {"id": "1001"}, "message": " We will\r\ncall you. 🚲 ",
        "created_time": "2026-11-22T08:00:02+0000"});
    let others = [row("a", "7731002", TEXT, 3), row("b", "1001", "Something else", 2)];
    let (exchanges, found) = run(Surface::Public, vec![ok(&list(&[&others[..], &[iso]].concat()))]);
    assert_eq!(found, Found::Yes(Receipt::of("5001_7001")));
    let wanted = format!(
        "GET /v26.0/5001_6001/comments?filter=stream&order=reverse_chronological&\
         fields=id,from,message,created_time&limit=100&since={}",
        NOW.seconds() - 30
    );
    assert_eq!(all_shown(&exchanges), [wanted]);
}

#[test]
fn older_and_foreign_comments_do_not_count() {
    let rows = [
        row("a", "7731002", TEXT, 5),
        row("b", "1001", "We will call you", 4),
        json!({"id": "c", "message": TEXT, "created_time": NOW.seconds()}),
        row("d", "1001", TEXT, -31),
    ];
    let (_, found) = run(Surface::Public, vec![ok(&list(&rows)), ok(&json!({"id": "5001_6001"}))]);
    assert_eq!(found, Found::No);
    let (_, found) = run(Surface::Public, vec![ok(&list(&[row("e", "1001", TEXT, -30)]))]);
    assert_eq!(found, Found::Yes(Receipt::of("e")), "clocks may differ a little");
}

#[test]
fn a_reply_to_a_reply_may_hang_under_the_top_comment() {
    let parent = json!({"id": "5001_6001", "parent": {"id": "5001_6000"}});
    let answers = vec![ok(&list(&[])), ok(&parent), ok(&list(&[row("5001_7002", "1001", TEXT, 1)]))];
    let (exchanges, found) = run(Surface::Public, answers);
    assert_eq!(found, Found::Yes(Receipt::of("5001_7002")));
    let shown = all_shown(&exchanges);
    assert_eq!(shown[1], "GET /v26.0/5001_6001?fields=parent{id}");
    assert!(shown[2].starts_with("GET /v26.0/5001_6000/comments?"));
    let post =
        error(400, &json!({"code": 100, "message": "(#100) Tried accessing nonexisting field (parent)"}));
    assert_eq!(run(Surface::Public, vec![ok(&list(&[])), post]).1, Found::No);
}

#[test]
fn only_a_missing_field_says_that_nothing_is_above() {
    let proxy = Answer::Response(Response::text(302, "<html>Moved</html>"));
    for answer in [proxy, error(400, &json!({"code": 27, "message": "?"}))] {
        let (_, found) = run(Surface::Public, vec![ok(&list(&[])), answer]);
        let refused =
            matches!(&found, Found::CannotTell(Trouble::Refused(why)) if why.reason == Reason::Invalid);
        assert!(refused, "{found:?}");
    }
}

#[test]
fn pages_are_followed_by_cursor_and_not_for_ever() {
    let noise = [row("x", "7731002", "hm", 9)];
    let answers =
        vec![ok(&more(&noise, "c1")), ok(&more(&noise, "c2")), ok(&list(&[row("y", "1001", TEXT, 0)]))];
    let (exchanges, found) = run(Surface::Public, answers);
    assert_eq!(found, Found::Yes(Receipt::of("y")));
    let shown = all_shown(&exchanges);
    assert!(shown[1].ends_with("&after=c1") && shown[2].ends_with("&after=c2"), "{shown:?}");
    let endless = (0..4).map(|_| ok(&more(&noise, "c"))).collect();
    let refusal = Refusal::new(Reason::Invalid, "list too long");
    assert_eq!(run(Surface::Public, endless).1, Found::CannotTell(Trouble::Refused(refusal)));
    let passed = [row("x", "7731002", "hm", 9), row("z", "7731002", "old", -40)];
    let answers = vec![ok(&more(&passed, "c")), ok(&json!({"id": "5001_6001"}))];
    assert_eq!(run(Surface::Public, answers).1, Found::No, "further down is older still");
}

#[test]
fn our_message_is_found_in_the_thread() {
    let messages = list(&[row("m_x", "24001", TEXT, 3), row("m_OUR1", "1001", TEXT, 1)]);
    let (exchanges, found) = run(Surface::Direct, vec![ok(&thread(&messages))]);
    assert_eq!(found, Found::Yes(Receipt::of("m_OUR1")));
    let wanted = "GET /v26.0/1001/conversations?platform=messenger&user_id=24001&\
                  fields=id,messages.limit(20){id,from,message,created_time}";
    assert_eq!(all_shown(&exchanges), [wanted]);
    let answers = vec![ok(&thread(&more(&[], "c1"))), ok(&list(&[row("m_OUR2", "1001", TEXT, 1)]))];
    let (exchanges, found) = run(Surface::Direct, answers);
    assert_eq!(found, Found::Yes(Receipt::of("m_OUR2")));
    let page = "GET /v26.0/t_9/messages?fields=id,from,message,created_time&limit=20&after=c1";
    assert_eq!(all_shown(&exchanges)[1], page);
    assert_eq!(run(Surface::Direct, vec![ok(&thread(&list(&[])))]).1, Found::No);
    let bare = vec![ok(&json!({"data": [{"id": "t_9"}]})), ok(&list(&[row("m_OUR3", "1001", TEXT, 0)]))];
    assert_eq!(run(Surface::Direct, bare).1, Found::Yes(Receipt::of("m_OUR3")));
}

#[test]
fn what_nobody_can_tell_is_said_so() {
    let cannot = |surface, answers| match run(surface, answers).1 {
        Found::CannotTell(trouble) => trouble,
        other => panic!("{other:?}"),
    };
    let refused = |reason, code: &str| Trouble::Refused(Refusal::new(reason, code));
    let gone = error(400, &json!({"code": 100, "error_subcode": 33}));
    assert_eq!(cannot(Surface::Public, vec![gone]), refused(Reason::Gone, "100/33"));
    let undated = json!({"id": "u", "from": {"id": "1001"}, "message": TEXT});
    let undated = vec![ok(&list(&[undated]))];
    assert_eq!(cannot(Surface::Public, undated), refused(Reason::Invalid, "no created_time"));
    let hidden = vec![ok(&list(&[]))];
    assert_eq!(cannot(Surface::Direct, hidden), refused(Reason::Gone, "no conversation"));
    let throttled = vec![error(400, &json!({"code": 80_006}))];
    assert_eq!(cannot(Surface::Direct, throttled), Trouble::RetryAfter(Duration::from_secs(60)));
    for answer in [Answer::Lost, Answer::NotSent] {
        assert_eq!(cannot(Surface::Public, vec![answer]), Trouble::RetryAfter(Duration::from_secs(5)));
    }
    let garbled = vec![ok(&json!({"data": "?"}))];
    assert_eq!(cannot(Surface::Public, garbled), Trouble::RetryAfter(Duration::from_secs(30)));
}
