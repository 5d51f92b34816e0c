//! Publishing an agent's reply: under a comment, as the answer to a mention, or as a direct message inside its window.

use deskbridge_core::command::Verb;
use deskbridge_core::effect::{Change, Effect, Moderation, NewReply, Outcome, Reason, Refusal, ReplyForm};
use deskbridge_core::model::Surface;
use serde_json::{Value, json};

use super::mention::Mention;
use super::target::Target;
use super::{Instagram, MESSAGE_BYTES_MAX, address};
use crate::http::{Exchange, Method, Request};
use crate::meta::graph::{Graph, Halt, Replay, call, refused};
use crate::meta::sending::{self, Declared};
use crate::meta::{files, moderation};
use crate::{Next, Trouble};

/// Makes an effect. Platforms only publish replies.
pub(super) fn step(account: &Instagram, effect: &Effect, exchanges: &[Exchange]) -> Next<Outcome> {
    let reply = match &effect.change {
        Change::PostReply(reply) => reply,
        Change::Moderate(moderation) if Mention::parse(&moderation.message).is_some() => {
            return refused(Refusal::new(Reason::Invalid, "it stands under a post of somebody else"));
        }
        Change::Moderate(moderation) => {
            let request = || request(&account.graph, moderation);
            return moderation::moderate(&account.graph, moderation, exchanges, request);
        }
        _ => return refused(Refusal::new(Reason::Invalid, "not a platform's effect")),
    };
    match &reply.form {
        ReplyForm::Text => {}
        ReplyForm::File(file) if reply.surface == Surface::Direct => {
            let (what, product) = ((effect, reply, file.as_deref()), [("platform", "instagram")]);
            return files::message(
                &account.graph,
                &account.sender,
                what,
                &product,
                exchanges,
                |declared, part| send(account, reply, declared, &json!({"attachment": part})),
            );
        }
        ReplyForm::File(_) => return refused(Refusal::new(Reason::Invalid, "comments carry no files")),
        ReplyForm::Private => {
            return private_reply(account, reply, exchanges);
        }
        ReplyForm::Template(_) => return refused(Refusal::new(Reason::Template, "no templates here")),
    }
    match (reply.surface, Mention::parse(&reply.answers)) {
        (Surface::Public, Some(mention)) => answer_mention(account, reply, &mention, exchanges),
        (Surface::Public, None) => comment(account, reply, exchanges),
        (Surface::Direct, _) => sending::message(&account.graph, effect, reply, exchanges, |declared| {
            send(account, reply, declared, &json!({"text": reply.text}))
        }),
    }
}

/// The comment is read first: whether it is there and visible (nobody tells when it is deleted), and what it hangs under.
fn comment(account: &Instagram, reply: &NewReply, exchanges: &[Exchange]) -> Next<Outcome> {
    let mut replay = Replay::new(&account.graph, exchanges);
    let target = match Target::read(&mut replay, &reply.answers) {
        Ok(target) => target,
        Err(Halt::Call(request)) => return Next::Call(request),
        Err(Halt::Trouble(Trouble::Refused(refusal))) => return refused(refusal),
        Err(Halt::Trouble(Trouble::RetryAfter(pause))) => return Next::Settled(Outcome::RetryAfter(pause)),
    };
    if let Some(exchange) = exchanges.get(1) {
        return Next::Settled(sending::made(&account.graph, exchange));
    }
    if target.is_hidden() {
        return refused(Refusal::new(Reason::Gone, "hidden"));
    }
    let text = match (target.above(), target.name()) {
        (Some(_), Some(name)) => address::addressed(name, &reply.text),
        _ => reply.text.clone(),
    };
    let request = account.graph.request(Method::POST, &[target.top(&reply.answers), "replies"], &[]);
    call(request.map(|request| request.form(&[("message", &text)])))
}

fn answer_mention(
    account: &Instagram,
    reply: &NewReply,
    mention: &Mention,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    if let Some(exchange) = exchanges.last() {
        return Next::Settled(sending::made(&account.graph, exchange));
    }
    let mut form = vec![("media_id", mention.media.as_str()), ("message", reply.text.as_str())];
    form.extend(mention.comment.as_deref().map(|comment| ("comment_id", comment)));
    let request = account.graph.request(Method::POST, &[&account.graph.account, "mentions"], &[]);
    call(request.map(|request| request.form(&form)))
}

/// The private reply to a comment is a direct message, with the limit of one.
fn private_reply(account: &Instagram, reply: &NewReply, exchanges: &[Exchange]) -> Next<Outcome> {
    if Mention::parse(&reply.answers).is_some() {
        return refused(Refusal::new(Reason::Invalid, "mentions get no private reply"));
    }
    if reply.text.len() > MESSAGE_BYTES_MAX {
        return refused(Refusal::new(Reason::Content, "longer than 1000 bytes"));
    }
    let message = json!({"text": reply.text});
    moderation::private_reply(&account.graph, &account.sender, &reply.answers, &message, exchanges)
}

/// What hides, shows or deletes a comment. Instagram reads `hide` from the address only.
fn request(graph: &Graph, moderation: &Moderation) -> Result<Request, Refusal> {
    let message = moderation.message.as_str();
    match moderation.verb {
        Verb::Hide => graph.request(Method::POST, &[message], &[("hide", "true")]),
        Verb::Unhide => graph.request(Method::POST, &[message], &[("hide", "false")]),
        Verb::Delete | Verb::Withdraw => graph.request(Method::DELETE, &[message], &[]),
        _ => Err(Refusal::new(Reason::Invalid, "not something to do to a comment")),
    }
}

fn send(
    account: &Instagram,
    reply: &NewReply,
    declared: Declared,
    message: &Value,
) -> Result<Request, Refusal> {
    let body = declared.tagged(json!({"recipient": {"id": reply.customer}, "message": message}));
    Ok(account.graph.request(Method::POST, &[&account.sender, "messages"], &[])?.json(&body))
}
