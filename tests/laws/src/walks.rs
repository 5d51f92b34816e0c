//! Walks of a connector: from one answer to the next until it knows. Whatever the remote side answers, or does not, a walk
//! comes to an end that is safe to act on.

use deskbridge_connectors::http::{Answer, Exchange, Method, Request, Response};
use deskbridge_connectors::{Found, Next, Query, Reading, Session, Trouble};
use deskbridge_core::effect::{Effect, EffectKind, Outcome, Reason, Refusal};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::subjects::{NOW, SESSION_TOKEN, Subject, WORDS};

/// The engine performs no more requests than this for one effect, lookup or reading.
pub const EXCHANGES_MAX: usize = 24;

/// Drives `next` to its end. The answers are given in turn, the last one for ever.
///
/// # Panics
/// When it never ends, is not deterministic, or shows a secret.
pub fn drive<T>(what: &str, answers: &[Answer], next: impl Fn(&[Exchange]) -> Next<T>) -> (T, Vec<Exchange>) {
    drive_checked(what, answers, next, &check_secrecy)
}

fn drive_checked<T>(
    what: &str,
    answers: &[Answer],
    next: impl Fn(&[Exchange]) -> Next<T>,
    check: &dyn Fn(&str, &Request),
) -> (T, Vec<Exchange>) {
    let mut exchanges: Vec<Exchange> = Vec::new();
    loop {
        match (next(&exchanges), next(&exchanges)) {
            (Next::Settled(result), Next::Settled(_)) => return (result, exchanges),
            (Next::Call(request), Next::Call(again)) => {
                assert_eq!(parts(&request), parts(&again), "{what}: not deterministic");
                check(what, &request);
                let answer = answers.get(exchanges.len()).or(answers.last());
                let answer = answer.cloned().unwrap_or(Answer::Lost);
                exchanges.push(Exchange { request: *request, answer });
            }
            _ => panic!("{what}: not deterministic"),
        }
        assert!(exchanges.len() <= EXCHANGES_MAX, "{what}: still asking after {EXCHANGES_MAX} requests");
    }
}

/// Line, headers and body.
type Parts = (String, Vec<(String, Vec<u8>)>, Vec<u8>);

/// What of a request goes over the wire.
#[must_use]
pub fn parts(request: &Request) -> Parts {
    let headers = request.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let body = [&request.body[..], format!("{:?}", request.parts).as_bytes()].concat();
    (format!("{} {}", request.method, request.url), headers.collect(), body)
}

/// No secret may stand in an address or where a log would show it; none of the door may leave the house at all.
fn check_secrecy(what: &str, request: &Request) {
    assert!(!request.url.as_str().contains("hush"), "{what}: {}", request.url);
    check_credential(what, request);
}

fn check_credential(what: &str, request: &Request) {
    let shown = format!("{request:?} {:?} {:?}", request.headers, request.parts);
    assert!(!shown.contains("hush"), "{what}: {shown}");
    let credential = request.headers.get("authorization");
    assert!(credential.is_none_or(|value| value.is_sensitive()), "{what}: a credential that logs would show");
    assert!(!format!("{request:?}").contains(WORDS), "{what}: {request:?} shows what people wrote");
}

fn check_refusal(what: &str, refusal: &Refusal) {
    let code = &refusal.code;
    assert!(!code.contains("hush") && !code.contains(WORDS), "{what}: {code} shows what it must not");
    assert!(!code.is_empty() && code.len() <= 400, "{what}: {code:?} tells an operator nothing");
}

fn check_trouble(what: &str, trouble: &Trouble) {
    match trouble {
        Trouble::Refused(refusal) => check_refusal(what, refusal),
        Trouble::RetryAfter(wait) => assert!(!wait.is_zero(), "{what}: at once"),
    }
}

/// Whether a request changes something.
#[must_use]
pub fn is_write(exchange: &Exchange) -> bool {
    exchange.request.method != Method::GET
}

fn is_success(exchange: &Exchange) -> bool {
    matches!(&exchange.answer, Answer::Response(response) if response.is_success())
}

fn is_gone(exchange: &Exchange) -> bool {
    matches!(&exchange.answer, Answer::Response(response) if response.status == 404)
}

/// Whether the remote side said that it did it. An error inside a success may be taken for what it says.
fn is_confirmed(exchange: &Exchange) -> bool {
    is_success(exchange) && !matches!(&exchange.answer, Answer::Response(response) if tells_error(response))
}

/// An error as Graph tells it, whatever the status.
#[derive(Deserialize)]
struct Told {
    #[expect(dead_code, reason = "it only has to be there")]
    error: Coded,
}

#[derive(Deserialize)]
struct Coded {
    #[expect(dead_code, reason = "it only has to be there")]
    code: i64,
}

/// The same with a list of values, which serde takes as well.
#[derive(Deserialize)]
struct ToldInList {
    #[expect(dead_code, reason = "it only has to be there")]
    error: Vec<IgnoredAny>,
}

fn tells_error(response: &Response) -> bool {
    response.parse::<Told>().is_ok() || response.parse::<ToldInList>().is_ok()
}

fn is_unheard(exchange: &Exchange) -> bool {
    match &exchange.answer {
        Answer::Lost => true,
        Answer::NotSent | Answer::NotPiped(_) => false,
        Answer::Response(response) => {
            let is_told = response.header_text("retry-after").is_some() || tells_error(response);
            response.status >= 500 && !is_told
        }
    }
}

/// Makes an effect.
///
/// # Panics
/// When it is refused without a reason, and as [`drive`] does.
#[must_use]
pub fn step(
    subject: &Subject,
    session: &Session,
    effect: &Effect,
    name: &str,
    answers: &[Answer],
) -> (Outcome, Vec<Exchange>) {
    let what = format!("{} {:?} [{name}]", subject.kind(), effect.change.kind());
    let (outcome, exchanges) =
        drive(&what, answers, |exchanges| subject.connector.step(effect, session, exchanges));
    if let Outcome::Refused(refusal) = &outcome {
        check_refusal(&what, refusal);
    }
    (outcome, exchanges)
}

/// Makes an effect, the first request of which may already write what people see, and holds what is told of it against the
/// answers.
///
/// # Panics
/// When it is a lie.
pub fn step_honestly(
    subject: &Subject,
    session: &Session,
    (effect, first_writes): (&Effect, bool),
    name: &str,
    answers: &[Answer],
) {
    let (outcome, exchanges) = step(subject, session, effect, name, answers);
    let what = format!("{} {:?} [{name}]: {outcome:?}", subject.kind(), effect.change.kind());
    let written = exchanges.iter().any(|exchange| is_write(exchange) && is_success(exchange));
    let tried = exchanges
        .iter()
        .any(|one| is_write(one) && !matches!(one.answer, Answer::NotSent | Answer::NotPiped(_)));
    let last = exchanges.last().expect("an effect needs a request");
    match &outcome {
        Outcome::Done(receipt) => {
            let kind = effect.change.kind();
            let nameless =
                matches!(kind, EffectKind::AppendComment | EffectKind::AddNote | EffectKind::AttachFiles);
            // What stands nowhere needs no redaction, what is shown already no change, and what is gone is taken back.
            let needless = matches!(kind, EffectKind::Redact | EffectKind::ShowCard)
                || (kind == EffectKind::Moderate && is_gone(last));
            assert!((written && (nameless || !receipt.id.is_empty())) || needless, "{what}");
            assert!(!is_unheard(last) || !is_write(last), "{what}: done without an answer");
        }
        Outcome::Unknown => assert!(tried, "{what}: nothing was sent"),
        Outcome::RetryAfter(wait) => assert!(!wait.is_zero(), "{what}: at once"),
        Outcome::Refused(_) => assert!(!(is_write(last) && is_unheard(last)), "{what}: nobody refused"),
    }
    if first_writes && is_write(&exchanges[0]) && is_confirmed(&exchanges[0]) {
        assert!(remembers_that_it_was_written(&outcome), "{what}: it was written");
    }
}

/// What people see was written, so the effect must not be told as not made: it would be made again.
fn remembers_that_it_was_written(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Done(_) | Outcome::Unknown => true,
        // What was written into a ticket that is gone is seen by nobody.
        Outcome::Refused(refusal) => {
            matches!(refusal.reason, Reason::TicketDeleted | Reason::TicketMerged(_))
        }
        Outcome::RetryAfter(_) => false,
    }
}

/// Looks an effect up, and holds what is told of it against the answers.
///
/// # Panics
/// When something is found, or certainly not there, although nobody said so.
pub fn look_up_honestly(
    subject: &Subject,
    session: &Session,
    effect: &Effect,
    name: &str,
    answers: &[Answer],
) {
    let what = format!("{} lookup of {:?} [{name}]", subject.kind(), effect.change.kind());
    let (found, exchanges) =
        drive(&what, answers, |exchanges| subject.connector.lookup(effect, session, exchanges));
    let last = exchanges.last().expect("a lookup asks something");
    match &found {
        Found::Yes(_) => assert!(exchanges.iter().any(is_success), "{what}: {found:?}"),
        Found::No => {
            let refused =
                matches!(&last.answer, Answer::Response(response) if matches!(response.status, 400..=499));
            assert!(is_success(last) || refused, "{what}: nobody said that it is not there");
        }
        Found::CannotTell(trouble) => check_trouble(&what, trouble),
    }
    if !matches!(last.answer, Answer::Response(_)) {
        let open = matches!(found, Found::CannotTell(Trouble::RetryAfter(_)));
        assert!(open, "{what}: {found:?} without an answer");
    }
}

/// Reads something.
///
/// # Panics
/// When reading changes something, or as [`drive`] does.
pub fn read(
    subject: &Subject,
    session: &Session,
    query: &Query,
    name: &str,
    answers: &[Answer],
) -> Result<Reading, Trouble> {
    let what = format!("{} {query:?} [{name}]", subject.kind());
    let (result, exchanges) =
        drive(&what, answers, |exchanges| subject.connector.read(query, session, exchanges));
    for exchange in &exchanges {
        assert!(!is_write(exchange), "{what}: reading changes something");
        assert!(exchange.request.body.is_empty(), "{what}: a GET with a body");
    }
    if let Err(Trouble::Refused(refusal)) = &result {
        check_refusal(&what, refusal);
    }
    result
}

/// Signs in.
///
/// # Panics
/// When that works although nobody said so, or shows the token.
pub fn sign_in_honestly(subject: &Subject, name: &str, answers: &[Answer]) {
    let what = format!("{} sign-in [{name}]", subject.kind());
    let (session, exchanges) = drive(&what, answers, |exchanges| subject.connector.sign_in(exchanges));
    match session {
        Ok(session) => {
            assert!(!format!("{session:?}").contains(SESSION_TOKEN), "{what}");
            assert!(exchanges.iter().all(is_success), "{what}");
        }
        Err(trouble) => check_trouble(&what, &trouble),
    }
}

/// Renews the credential, where it ends.
///
/// # Panics
/// When that works although nobody said so, or shows a token.
pub fn renew_honestly(subject: &Subject, name: &str, answers: &[Answer]) {
    let what = format!("{} renewing [{name}]", subject.kind());
    let Some(seed) = subject.connector.seed() else { return };
    let renew = |exchanges: &[Exchange]| subject.connector.renew(&seed, NOW, exchanges);
    // A remote side may want the token in the address, of which no log shows more than the path.
    let (renewed, exchanges) = drive_checked(&what, answers, renew, &check_credential);
    match renewed {
        Ok(credential) => {
            assert!(
                credential.token.is_some() && !format!("{credential:?}").contains(SESSION_TOKEN),
                "{what}"
            );
            assert!(exchanges.last().is_some_and(is_success), "{what}");
        }
        Err(trouble) => check_trouble(&what, &trouble),
    }
}
