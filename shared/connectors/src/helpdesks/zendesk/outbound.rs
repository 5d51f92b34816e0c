//! Effects as requests: signing in, opening a ticket, and what Zendesk can promise for each kind of effect.

use std::time::Duration;

use deskbridge_core::Moment;
use deskbridge_core::effect::{
    Change, Effect, EffectKind, Guarantee, NewTicket, Outcome, Reason, Receipt, Refusal,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::Zendesk;
use super::api::{Heard, Talk, ended};
use super::errors::{Failure, Problem, hear};
use super::settings::Credential;
use super::users::Requester;
use super::wire::{CONTENTS, MARKER, PARTS, TicketAnswer, Token, id_value};
use super::{card, files, lookup};
use crate::helpdesks::parts;
use crate::http::{Exchange, Method, Request};
use crate::{Next, Session, Trouble};

/// Zendesk documents that it remembers an `Idempotency-Key` for two hours.
const KEY_MEMORY_MS: i64 = 120 * 60 * 1000;
/// The margin covers a clock that is off and a resend that is on its way while the time runs out.
const KEY_WINDOW: Duration = Duration::from_secs(110 * 60);

/// A request has at most 30 s to be answered, and Zendesk may go on serving it for up to a minute after we hung up. Audits
/// are read from the primary store, so nothing is added for a lagging index.
const SETTLE_COMMENT: Duration = Duration::from_secs(90);

/// As for comments; uncertain: how soon the list of tickets by external id shows a new one. 30 s more.
const SETTLE_TICKET: Duration = Duration::from_secs(120);

/// A session ends this long before its token, so that no token dies on its way.
const TOKEN_MARGIN: u64 = 10 * 60;

pub(super) fn guarantee(kind: EffectKind) -> Guarantee {
    match kind {
        EffectKind::CreateTicket => Guarantee::Keyed { window: KEY_WINDOW, settle: SETTLE_TICKET },
        EffectKind::AppendComment | EffectKind::AddNote => Guarantee::Findable { settle: SETTLE_COMMENT },
        EffectKind::ShowCard => Guarantee::Overwrites { settle: SETTLE_COMMENT },
        EffectKind::Redact | EffectKind::LinkTicket => Guarantee::Natural,
        EffectKind::AttachFiles => Guarantee::Findable { settle: files::SETTLE },
        EffectKind::PostReply(_)
        | EffectKind::PostFile(_)
        | EffectKind::PrivateReply
        | EffectKind::Moderate => Guarantee::Blind,
    }
}

pub(super) fn sign_in(zendesk: &Zendesk, exchanges: &[Exchange]) -> Next<Result<Session, Trouble>> {
    let Credential::Client { id, secret } = &zendesk.api.credential else {
        return Next::Settled(Ok(Session::unneeded()));
    };
    let Some(secret) = secret else {
        let refusal = Refusal::new(Reason::Token, "client_secret is not configured");
        return Next::Settled(Err(Trouble::Refused(refusal)));
    };
    let Some(exchange) = exchanges.first() else {
        let url = zendesk.api.url(&["oauth", "tokens"]);
        return Next::call(Request::new(Method::POST, url).json(&json!({
            "grant_type": "client_credentials",
            "client_id": id,
            "client_secret": secret.expose_secret(),
            "scope": "read write",
        })));
    };
    Next::Settled(match hear::<Token>(&exchange.answer) {
        Ok(token) => Ok(Session {
            token: Some(SecretString::from(token.access_token)),
            lifetime: token
                .expires_in
                .map(|seconds| Duration::from_secs(seconds.saturating_sub(TOKEN_MARGIN).max(60))),
            ..Session::unneeded()
        }),
        // OAuth has its own words for a client that is unknown or may not do this; all of them need a person.
        Err(Failure::Said(problem)) if matches!(problem.status, 400 | 422) => {
            Err(Trouble::Refused(problem.refusal(Reason::Token)))
        }
        Err(failure) => Err(failure.trouble()),
    })
}

pub(super) fn step(
    zendesk: &Zendesk,
    effect: &Effect,
    session: &Session,
    exchanges: &[Exchange],
) -> Next<Outcome> {
    let mut talk = Talk::new(&zendesk.api, session, exchanges);
    ended(match &effect.change {
        Change::CreateTicket(new) => create(zendesk, effect, new, &mut talk),
        Change::AppendComment(comment) => {
            super::comments::append(&zendesk.settings, effect, comment, None, &mut talk)
        }
        Change::AddNote(note) => super::comments::add_note(&zendesk.settings, effect, note, &mut talk),
        Change::Redact(redaction) => super::redact::redact(redaction, &mut talk),
        Change::AttachFiles(new) => files::attach(&zendesk.settings, effect, new, &mut talk),
        Change::ShowCard(update) => super::card::show(&zendesk.settings, update, &mut talk),
        Change::LinkTicket(link) => super::link::link(zendesk, link, &mut talk),
        Change::PostReply(_) | Change::Moderate(_) => {
            Ok(refused(Reason::Invalid, "a helpdesk takes no replies"))
        }
    })
}

pub(super) fn refused(reason: Reason, code: &str) -> Outcome {
    Outcome::Refused(Refusal::new(reason, code))
}

/// One form of the request that opens a ticket. Every form has its own idempotency key, because Zendesk refuses a known
/// key with another body; after the same answers, a later attempt takes the same forms in the same order.
struct Form {
    requester: Requester,
    renewed: bool,
    minimal: bool,
}

impl Form {
    fn key(&self, effect: &Effect) -> String {
        let renewed = if self.renewed { "-renewed" } else { "" };
        let minimal = if self.minimal { "-minimal" } else { "" };
        format!("{}{renewed}{minimal}", effect.id)
    }
}

fn create(
    zendesk: &Zendesk,
    effect: &Effect,
    new: &NewTicket,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    let requester = Requester::of(&new.customer, talk)?;
    let mut form = Form { requester, renewed: false, minimal: false };
    loop {
        let problem = match send(zendesk, effect, new, &form, talk)? {
            Ok(made) => return Ok(Outcome::Done(receipt(made, form.requester.id))),
            Err(Failure::Said(problem)) => problem,
            Err(failure) => return Ok(failure.outcome()),
        };
        if problem.status == 400 && problem.word == "IdempotentRequestError" {
            return made_before(effect, new, &problem, talk);
        }
        if problem.is_about_suspension() {
            return Ok(Outcome::Refused(problem.refusal(Reason::CustomerSuspended)));
        }
        if problem.is_about_customer() && form.requester.renew(&new.customer, talk)? {
            form.renewed = true;
        } else if problem.status == 422 && !form.minimal && !extras(zendesk, new).is_empty() {
            form.minimal = true;
        } else {
            return Ok(problem.outcome());
        }
    }
}

fn send(
    zendesk: &Zendesk,
    effect: &Effect,
    new: &NewTicket,
    form: &Form,
    talk: &mut Talk<'_>,
) -> Heard<TicketAnswer, Outcome> {
    talk.ask(|talk| {
        talk.request(Method::POST, &["tickets"])
            .header("idempotency-key", &form.key(effect))
            .json(&body(zendesk, effect, new, form))
    })
}

fn body(zendesk: &Zendesk, effect: &Effect, new: &NewTicket, form: &Form) -> Value {
    let customer = id_value(&form.requester.id);
    let mut ticket = json!({
        "subject": new.subject,
        // Whoever submits a ticket becomes the author of its first comment. `public` is always sent: the first value
        // becomes the ticket's default for later comments.
        "comment": {"html_body": new.html, "public": true, "author_id": customer},
        "requester_id": customer,
        "submitter_id": customer,
        "external_id": new.conversation,
        "tags": tags(zendesk, new),
        "metadata": {
            MARKER: effect.id.to_string(),
            CONTENTS: contents_mark(new),
            PARTS: parts::written(&new.parts),
        },
    });
    if let Some(old) = &new.follow_up_of {
        ticket["via_followup_source_id"] = id_value(old);
    }
    if !form.minimal {
        for (name, value) in extras(zendesk, new) {
            ticket[name] = value;
        }
    }
    json!({"ticket": ticket})
}

/// How a ticket says which messages it was opened with.
fn contents_mark(new: &NewTicket) -> String {
    format!("{:016x}", new.contents)
}

/// The name of a set of messages that such a mark holds.
pub(super) fn contents_of_mark(mark: &str) -> Option<u64> {
    u64::from_str_radix(mark, 16).ok()
}

/// What the account's configuration adds: the part that no longer fits when somebody removes a field, brand, group or form.
fn extras(zendesk: &Zendesk, new: &NewTicket) -> Vec<(&'static str, Value)> {
    let settings = &zendesk.settings;
    let field = |id: Option<u64>, value: Option<&str>| Some(json!({"id": id?, "value": value?}));
    let fields: Vec<Value> = [
        field(settings.conversation_field, Some(&new.conversation)),
        field(settings.permalink_field, new.permalink.as_deref()),
    ]
    .into_iter()
    .flatten()
    .chain(card::fields(settings, &new.card))
    .collect();
    let fields = (!fields.is_empty()).then_some(("custom_fields", Value::from(fields)));
    let number = |name, id: Option<u64>| id.map(|id| (name, Value::from(id)));
    [
        number("brand_id", settings.brand_id),
        number("group_id", settings.group_id),
        number("ticket_form_id", settings.ticket_form_id),
        fields,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `deskbridge` for triggers and views, then the account's, then the ticket's own. Sent for a follow-up too, which would
/// otherwise inherit the old ticket's.
fn tags(zendesk: &Zendesk, new: &NewTicket) -> Vec<String> {
    let mut tags = vec!["deskbridge".to_owned()];
    let of_card = new.card.tags().map(str::to_owned);
    for tag in zendesk.settings.tags.iter().chain(&new.tags).cloned().chain(of_card) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn receipt(made: TicketAnswer, requester: String) -> Receipt {
    Receipt {
        status: made.ticket.status(),
        id: made.ticket.id.0,
        requester: Some(requester),
        comment: made.audit.and_then(|audit| audit.comment()),
        ..Receipt::default()
    }
}

/// Our key is known with another body: an earlier attempt, rendered differently or with other messages, was accepted while
/// Zendesk remembers it. Then its ticket is there.
fn made_before(
    effect: &Effect,
    new: &NewTicket,
    problem: &Problem,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    let since = Moment(effect.first_started_at.0 - KEY_MEMORY_MS);
    Ok(match lookup::find_ticket(effect, new, since, talk)? {
        Ok(Some(receipt)) => Outcome::Done(receipt),
        Ok(None) => problem.outcome(),
        Err(failure) => failure.outcome(),
    })
}
