//! Walks of a connector through whatever a remote side may answer.

use std::sync::OnceLock;

use deskbridge_connectors::http::{Answer, PipeFailure, Response};
use deskbridge_connectors::{Query, REGISTRY, Session, Trouble};
use deskbridge_core::effect::Effect;

use crate::answers::pool;
use crate::subjects::{Subject, known};
use crate::walks::{look_up_honestly, read, renew_honestly, sign_in_honestly, step_honestly};
use crate::{BORDER, choice, joined};

/// What may be driven, of every connector.
struct Walks {
    subject: &'static Subject,
    session: Session,
    walks: Vec<Walk>,
}

enum Walk {
    Step(Effect, bool),
    Lookup(Effect),
    Read(Query),
    SignIn,
    Renew,
}

/// Statuses that mean something, and some that should not come.
const STATUSES: [u16; 21] =
    [200, 201, 202, 204, 206, 301, 302, 400, 401, 403, 404, 405, 409, 410, 412, 422, 429, 500, 502, 503, 504];

/// Headers that somebody reads.
const HEADERS: [(&str, &str); 11] = [
    ("retry-after", "77"),
    ("retry-after", "0"),
    ("retry-after", "-1"),
    ("retry-after", "18446744073709551615"),
    ("retry-after", "Fri, 27 Nov 2026 08:00:00 GMT"),
    ("retry-after", "soon"),
    ("link", "<https://x>; rel=\"next\""),
    ("location", "https://elsewhere.example/"),
    ("x-app-usage", "{\"call_count\":101,\"total_time\":1}"),
    (
        "x-business-use-case-usage",
        "{\"7\":[{\"type\":\"pages\",\"call_count\":100,\"estimated_time_to_regain_access\":9}]}",
    ),
    ("x-business-use-case-usage", "{\"7\":[{\"estimated_time_to_regain_access\":18446744073709551615}]}"),
];

/// When every answer was written, as it says itself.
const DATE: (&str, &str) = ("date", "Fri, 27 Nov 2026 07:59:00 GMT");

/// Which connector, which walk, and the answers.
pub(crate) fn check(data: &[u8]) {
    let [which, walk, rest @ ..] = data else { return };
    // What the remote side already knows is no secret of ours.
    if rest.windows(4).any(|word| word == b"hush") || rest.windows(5).any(|word| word == b"zebra") {
        return;
    }
    let Some(walks) = choice(all(), *which) else { return };
    let Some(walk) = choice(&walks.walks, *walk) else { return };
    let mut answers: Vec<Answer> =
        rest.split(|byte| *byte == BORDER).filter(|part| !part.is_empty()).map(answer).collect();
    if answers.is_empty() {
        answers.push(Answer::Lost);
    }
    let Walks { subject, session, .. } = walks;
    match walk {
        Walk::Step(effect, first) => step_honestly(subject, session, (effect, *first), "", &answers),
        Walk::Lookup(effect) => look_up_honestly(subject, session, effect, "", &answers),
        Walk::SignIn => sign_in_honestly(subject, "", &answers),
        Walk::Renew => renew_honestly(subject, "", &answers),
        Walk::Read(query) => {
            if let Err(Trouble::RetryAfter(wait)) = read(subject, session, query, "", &answers) {
                assert!(!wait.is_zero(), "{} {query:?}: at once", subject.kind());
            }
        }
    }
}

/// An answer: the status, the header, and the body.
fn answer(part: &[u8]) -> Answer {
    let (status, rest) = part.split_first().map_or((0, part), |(status, rest)| (*status, rest));
    let status = match status {
        b'-' => return Answer::Lost,
        b'!' => return Answer::NotSent,
        b'|' => return Answer::NotPiped(PipeFailure::Broken),
        status => STATUSES[usize::from(status) % STATUSES.len()],
    };
    let (header, body) = rest.split_first().map_or((0, rest), |(header, body)| (*header, body));
    let response = Response { body: body.to_vec().into(), ..Response::empty(status) };
    let response = response.header(DATE.0, DATE.1);
    Answer::Response(match HEADERS.get(usize::from(header) % (2 * HEADERS.len())) {
        Some((name, value)) => response.header(name, value),
        None => response,
    })
}

fn all() -> &'static [Walks] {
    static ALL: OnceLock<Vec<Walks>> = OnceLock::new();
    ALL.get_or_init(|| known().iter().map(walks).collect())
}

fn walks(subject: &'static Subject) -> Walks {
    let effects = || subject.effects().into_iter();
    let findable = |effect: &Effect| subject.can_look_up(effect.change.kind());
    let steps = effects().map(|(effect, first)| Walk::Step(effect, first));
    let lookups = effects().map(|(effect, _)| effect).filter(findable).map(Walk::Lookup);
    let readings = subject.queries().into_iter().map(Walk::Read);
    let walks = steps.chain(lookups).chain(readings).chain([Walk::SignIn, Walk::Renew]).collect();
    Walks { subject, session: subject.session(), walks }
}

/// Every walk with the documented answers and those of a good day, and with the fixtures for their words.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for (which, walks) in (0_u8..).zip(all()) {
        let answers: Vec<Vec<u8>> =
            pool(walks.subject.kind()).iter().map(|(_, answer)| part(answer)).collect();
        let bodies = REGISTRY.iter().flat_map(|line| line.fixtures).step_by(7);
        let answers = answers.into_iter().chain(bodies.map(|fixture| [&[0, 200], fixture.body].concat()));
        let answers: Vec<Vec<u8>> = answers.collect();
        for walk in 0..u8::try_from(walks.walks.len()).unwrap_or(u8::MAX) {
            for (nth, answer) in answers.iter().enumerate() {
                let next = &answers[(nth + usize::from(walk) + 1) % answers.len()];
                samples.push([&[which, walk], joined(&[answer, next]).as_slice()].concat());
            }
        }
    }
    samples
}

/// An answer as part of an input.
fn part(answer: &Answer) -> Vec<u8> {
    match answer {
        Answer::Lost => b"-".to_vec(),
        Answer::NotSent => b"!".to_vec(),
        Answer::NotPiped(_) => b"|".to_vec(),
        Answer::Response(response) => {
            let status = STATUSES.iter().position(|status| *status == response.status).unwrap_or_default();
            let is_theirs = |(name, value): &(&str, &str)| response.header_text(name) == Some(*value);
            let header = HEADERS.iter().position(is_theirs).unwrap_or(HEADERS.len());
            let choices = [status, header].map(|at| u8::try_from(at).unwrap_or_default());
            [&choices[..], &response.body[..]].concat()
        }
    }
}
