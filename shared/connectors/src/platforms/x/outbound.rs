//! Publishing an agent's reply: as an answer to a post, or as a direct message (to whoever wrote a post, too).

use deskbridge_core::effect::{
    Change, Effect, NewReply, Outcome, PrivateThread, Reason, Receipt, Refusal, ReplyForm,
};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Surface;
use deskbridge_core::text::Measure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Rules;
use super::api::{Api, NOT_SENT_PAUSE};
use super::errors::{self, Verdict};
use super::wire::Id;
use super::{chat, files, withdrawing};
use crate::http::{Answer, Exchange, Method, Request};
use crate::{Next, Session};

/// Makes an effect. Platforms only publish replies.
pub(super) fn step(
    api: &Api,
    rules: &Rules,
    effect: &Effect,
    session: &Session,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    let reply = match &effect.change {
        Change::PostReply(reply) => reply,
        Change::Moderate(moderation) => {
            return withdrawing::step(api, effect, moderation, session, exchanges);
        }
        _ => return refused(Refusal::new(Reason::Invalid, "not a platform's effect")),
    };
    let (picture, exchanges) = match &reply.form {
        ReplyForm::File(file) => match picture(api, effect, reply, file.as_deref(), session, exchanges) {
            Ok(picture) => (Some(picture), exchanges.get(1..).unwrap_or_default()),
            Err(next) => return next,
        },
        _ => (None, exchanges),
    };
    if let Some(exchange) = exchanges.last() {
        let outcome = outcome(session, exchange, |made: Made| Some(Receipt::of(made.data.id.0)));
        return Next::Settled(match outcome {
            Outcome::Done(receipt) if reply.form == ReplyForm::Private => {
                let private = Some(Box::new(PrivateThread { customer: reply.customer.clone(), once: false }));
                Outcome::Done(Receipt { private, ..receipt })
            }
            outcome => outcome,
        });
    }
    let request = match (&reply.form, reply.surface) {
        (ReplyForm::Text | ReplyForm::File(_), Surface::Public) => {
            post(api, rules, reply, picture.as_deref())
        }
        (ReplyForm::Text | ReplyForm::File(_), Surface::Direct) | (ReplyForm::Private, _) => {
            message(api, reply, picture.as_deref())
        }
        (ReplyForm::Template(_), _) => Err(Refusal::new(Reason::Invalid, "X has no templates")),
    };
    // X may take an unanswered request for a repetition of an earlier one if only its time differs, so each attempt has a
    // nonce of its own: its time is part of it.
    match request.and_then(|request| api.signed(request, session, &effect.id.to_string())) {
        Ok(request) => Next::call(request),
        Err(refusal) => refused(refusal),
    }
}

/// The id of the picture that is to be sent, or what has to be done before.
fn picture(
    api: &Api,
    effect: &Effect,
    reply: &NewReply,
    file: Option<&RemoteFile>,
    session: &Session,
    exchanges: &[Exchange],
) -> Result<String, Next<Outcome>> {
    let Some(file) = file else { return Err(refused(Refusal::new(Reason::Invalid, "no file"))) };
    if reply.surface == Surface::Direct && chat::is_encrypted(&reply.answers) {
        return Err(refused(Refusal::new(Reason::ByHand, "encrypted message")));
    }
    match exchanges.first() {
        Some(exchange) => files::uploaded(session, exchange).map_err(Next::Settled),
        None => Err(match files::upload(api, effect, reply.surface, file, session) {
            Ok(request) => Next::call(request),
            Err(refusal) => refused(refusal),
        }),
    }
}

fn post(api: &Api, rules: &Rules, reply: &NewReply, picture: Option<&str>) -> Result<Request, Refusal> {
    if !rules.links_in_posts && Measure::has_address(&reply.text) {
        return Err(Refusal::new(Reason::Content, "links_in_posts is false"));
    }
    let mut body = json!({"reply": {"in_reply_to_tweet_id": reply.answers}});
    match picture {
        Some(picture) => body["media"] = json!({"media_ids": [picture]}),
        None => body["text"] = reply.text.as_str().into(),
    }
    Ok(api.request(Method::POST, &["tweets"], &[])?.json(&body))
}

fn message(api: &Api, reply: &NewReply, picture: Option<&str>) -> Result<Request, Refusal> {
    if chat::is_encrypted(&reply.answers) {
        return Err(Refusal::new(Reason::ByHand, "encrypted message"));
    }
    let path = ["dm_conversations", "with", &reply.customer, "messages"];
    Ok(api.request(Method::POST, &path, &[])?.json(&match picture {
        Some(picture) => json!({"attachments": [{"media_id": picture}]}),
        None => json!({"text": reply.text}),
    }))
}

#[derive(Deserialize)]
struct Made {
    data: Named,
}

#[derive(Deserialize)]
struct Named {
    #[serde(alias = "dm_event_id")]
    id: Id,
}

/// What the answer says about something that was to be made or deleted; `done` reads the receipt out of it.
pub(super) fn outcome<T: DeserializeOwned>(
    session: &Session,
    exchange: &Exchange,
    done: impl Fn(T) -> Option<Receipt>,
) -> Outcome {
    let response = match &exchange.answer {
        Answer::Response(response) => response,
        Answer::NotSent => return Outcome::RetryAfter(NOT_SENT_PAUSE),
        Answer::Lost => return Outcome::Unknown,
        Answer::NotPiped(failure) => return failure.outcome(),
    };
    match errors::judge(response, session.at) {
        Some(Verdict::Refused(refusal)) => Outcome::Refused(refusal),
        Some(Verdict::RetryAfter(pause)) => Outcome::RetryAfter(pause),
        Some(Verdict::Unknown) => Outcome::Unknown,
        None => response.parse().ok().and_then(done).map_or(Outcome::Unknown, Outcome::Done),
    }
}

pub(super) fn refused(refusal: Refusal) -> Next<Outcome> {
    Next::Settled(Outcome::Refused(refusal))
}
