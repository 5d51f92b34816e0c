//! What customers and colleagues do on X.

use deskbridge_connectors::http::Request;
use deskbridge_core::ConversationKey;
use deskbridge_core::model::{Surface, Thread};
use deskbridge_sandbox::x::{Act, NewDirect, NewPost, Target};
use serde_json::Value;

use crate::oracle::{Elsewhere, Oracle, Said};
use crate::people::{answered, new_said, own_message};
use crate::talks::{Place, Talk};
use crate::words::sentence;
use crate::world::State;

/// The bridge's account there with that id.
fn account_of(id: &str) -> &'static str {
    if id == "9001" { "acme-x" } else { "globex-x" }
}

/// A customer writes: in answer to our post or to somebody under it, or directly.
pub(crate) fn write(state: &mut State, talk: Talk, several: u32) {
    for _ in 0..several {
        let now = state.now;
        let number = state.oracle.said.len();
        let words = usize::try_from(1 + state.draws.below(4)).unwrap_or(1);
        let text = sentence('c', number, words);
        let (act, text, listed) = match talk.place {
            Place::XAnswers(post) => {
                let on = answered(state, post);
                // Without a mention X lets no program answer, and nobody is told of an answer to somebody else.
                let mentions = on != post || state.draws.below(3) < 2;
                let text = if mentions { format!("@{} {text}", name_of(talk.page)) } else { text };
                let post =
                    NewPost { person: Some(talk.person.to_owned()), on: Some(on), ..NewPost::default() };
                (Act::Post(NewPost { text: text.clone(), ..post }), text, true)
            }
            _ => (Act::Message(direct(&talk, text.clone(), false)), text, false),
        };
        match state.remotes.x.act(act, now) {
            Ok(id) => {
                state.note(format_args!("{} writes c{number} on X", talk.key()));
                // What is in the list of mentions is owed, whatever becomes of its webhooks.
                let said = Said { id, accepted: listed, ..new_said(state, &talk, text) };
                state.oracle.said.push(said);
            }
            Err(why) => state.oracle.breaks(format!("the simulation itself: not possible on X: {why}")),
        }
    }
}

/// A new text for a post.
pub(crate) fn edit(state: &mut State, talk: Talk) {
    if !matches!(talk.place, Place::XAnswers(_)) {
        return;
    }
    let Some(at) = own_message(state, talk) else { return };
    let (now, number) = (state.now, state.oracle.said.len());
    let text = format!("@{} {}", name_of(talk.page), sentence('c', number, 2));
    let id = state.oracle.said[at].id.clone();
    let target = Target { id, text: Some(text.clone()), ..Target::default() };
    if let Ok(id) = state.remotes.x.act(Act::Edit(target), now) {
        state.note(format_args!("customer edits c{at} into c{number} on X"));
        let said = new_said(state, &talk, text);
        state.oracle.said.push(Said { id, edit: true, accepted: true, ..said });
    }
}

/// A colleague answers in the app.
pub(crate) fn answer_there(state: &mut State, talk: Talk) {
    let Some(at) = own_message(state, talk) else { return };
    let (now, number) = (state.now, state.oracle.elsewhere.len());
    let text = sentence('k', number, 1);
    let act = match talk.place {
        Place::XAnswers(_) => Act::Post(NewPost {
            account: Some(talk.page.to_owned()),
            on: Some(state.oracle.said[at].id.clone()),
            text,
            ..NewPost::default()
        }),
        _ => Act::Message(direct(&talk, text, true)),
    };
    if state.remotes.x.act(act, now).is_ok() {
        state.note(format_args!("a colleague answers {} there: k{number}", talk.key()));
        let answer = Elsewhere::of(&talk, &state.oracle.names);
        state.oracle.elsewhere.push(answer);
    }
}

fn direct(talk: &Talk, text: String, by_account: bool) -> NewDirect {
    NewDirect {
        person: talk.person.to_owned(),
        account: Some(talk.page.to_owned()),
        text,
        by_account,
        ..NewDirect::default()
    }
}

fn name_of(account: &str) -> &'static str {
    if account == "9001" { "acme" } else { "globex" }
}

/// Where a request publishes something, and its text.
pub(crate) fn publication(oracle: &Oracle, request: &Request) -> Option<(String, String)> {
    let segments: Vec<&str> = request.url.path_segments()?.collect();
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let text = body["text"].as_str()?.to_owned();
    let conversation = match segments.as_slice() {
        ["2", "tweets"] => {
            let on = body["reply"]["in_reply_to_tweet_id"].as_str()?;
            oracle.said.iter().find(|said| said.id == on)?.conversation.clone()
        }
        ["2", "dm_conversations", "with", person, "messages"] => {
            let signed = request.only_header("authorization")?;
            let account = account_of(signed.split_once("oauth_token=\"")?.1.split_once('-')?.0);
            let customer = (*person).to_owned();
            let thread = Thread { surface: Surface::Direct, post: String::new(), customer };
            ConversationKey::new(account, &thread).to_string()
        }
        _ => return None,
    };
    Some((conversation, text))
}
