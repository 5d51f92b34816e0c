//! Finding out whether a reply was published.

use deskbridge_core::effect::{Change, Reason, Receipt, ReplyForm};
use deskbridge_core::model::Surface;
use serde_json::{Value, json};

use super::{NOW, POST, all_shown, connector, ok, play, refusal, reply, session};
use crate::http::{Answer, Exchange};
use crate::{Found, Trouble};

fn run(surface: Surface, answers: Vec<Answer>) -> (Vec<Exchange>, Found) {
    let connector = connector();
    let effect = reply(surface);
    play(answers, |exchanges| connector.lookup(&effect, &session(), exchanges))
}

fn found(surface: Surface, answers: Vec<Answer>) -> Found {
    run(surface, answers).1
}

fn post(id: &str, text: &str, answers: &str, seconds: i64) -> Value {
    let at = jiff::Timestamp::from_second(NOW.seconds() + seconds).unwrap().to_string();
    json!({"id": id, "text": text, "created_at": at, "referenced_tweets": [{"type": "replied_to", "id": answers}]})
}

fn message(id: &str, text: &str, sender: &str, seconds: i64) -> Value {
    let at = jiff::Timestamp::from_second(NOW.seconds() + seconds).unwrap().to_string();
    json!({"id": id, "text": text, "created_at": at, "sender_id": sender, "event_type": "MessageCreate"})
}

fn page(rows: &[Value], next: Option<&str>) -> Answer {
    ok(&json!({"data": rows, "meta": {"result_count": rows.len(), "next_token": next}}))
}

fn nothing() -> Answer {
    ok(&json!({"meta": {"result_count": 0}}))
}

#[test]
fn a_post_is_found_by_what_it_answers_its_words_and_its_time() {
    let rows = [
        post("79", "@kimpark_7 We will call you. 🚲", "1", 9),
        post("78", "@kimpark_7 Something else", POST, 8),
        post("77", "@kimpark_7 We will  call you. 🚲", POST, 1),
    ];
    let (exchanges, found) = run(Surface::Public, vec![page(&rows, None)]);
    assert_eq!(found, Found::Yes(Receipt::of("77")));
    let wanted = "GET /2/users/9001/tweets?max_results=100&start_time=2026-11-22T07:59:30Z&\
                  tweet.fields=created_at,note_tweet,referenced_tweets";
    assert_eq!(all_shown(&exchanges), [wanted]);
    let older = [post("70", "We will call you. 🚲", POST, -31)];
    assert_eq!(self::found(Surface::Public, vec![page(&older, None)]), Found::No);
    assert_eq!(self::found(Surface::Public, vec![nothing()]), Found::No);
}

#[test]
fn a_message_is_found_among_our_own() {
    let rows = [
        message("83", "We will call you. 🚲", "1710000000000002001", 5),
        message("82", "We will call you. 🚲", "9001", 4),
    ];
    let (exchanges, found) = run(Surface::Direct, vec![page(&rows, None)]);
    assert_eq!(found, Found::Yes(Receipt::of("82")));
    let wanted = "GET /2/dm_conversations/with/1710000000000002001/dm_events?event_types=MessageCreate&max_results=100&\
                  dm_event.fields=created_at,id,sender_id,text";
    assert_eq!(all_shown(&exchanges), [wanted]);
}

#[test]
fn a_private_answer_is_found_among_messages() {
    let mut effect = reply(Surface::Public);
    if let Change::PostReply(reply) = &mut effect.change {
        reply.form = ReplyForm::Private;
    }
    let rows = [message("82", "We will call you. 🚲", "9001", 4)];
    let connector = connector();
    let (_, found) =
        play(vec![page(&rows, None)], |exchanges| connector.lookup(&effect, &session(), exchanges));
    assert_eq!(found, Found::Yes(Receipt::of("82")));
}

#[test]
fn lists_are_read_on_as_far_as_it_matters() {
    let new = [message("83", "Hm", "9001", 5)];
    let old = [message("60", "Hm", "9001", -90)];
    let (exchanges, found) = run(Surface::Direct, vec![page(&new, Some("p2")), page(&old, Some("p3"))]);
    assert_eq!(found, Found::No);
    assert!(all_shown(&exchanges)[1].ends_with("&pagination_token=p2"));
    let endless = (0..4).map(|_| page(&new, Some("more"))).collect();
    assert!(matches!(self::found(Surface::Direct, endless), Found::CannotTell(Trouble::Refused(_))));
}

#[test]
fn what_is_not_told_is_not_taken_for_no() {
    for surface in [Surface::Public, Surface::Direct] {
        for answer in [Answer::Lost, Answer::NotSent, refusal(503, ""), ok(&json!({})), ok(&json!([]))] {
            let found = found(surface, vec![answer]);
            assert!(matches!(found, Found::CannotTell(Trouble::RetryAfter(_))), "{found:?}");
        }
        let hidden =
            ok(&json!({"errors": [{"type": "https://api.twitter.com/2/problems/resource-not-found"}]}));
        for (answer, reason) in [(refusal(401, ""), Reason::Token), (hidden, Reason::Gone)] {
            let found = found(surface, vec![answer]);
            assert!(
                matches!(found, Found::CannotTell(Trouble::Refused(refusal)) if refusal.reason == reason)
            );
        }
    }
}
