//! Laws of reading: it only asks `GET`, always ends, and never takes silence for an answer.

use std::time::Duration;

use deskbridge_connectors::http::Answer;
use deskbridge_connectors::{Query, Reading, Trouble};
use deskbridge_core::effect::Reason;
use deskbridge_laws::answers::{THROTTLE_SECONDS, pool, throttled, token_dead};
use deskbridge_laws::subjects::{Subject, subjects};
use deskbridge_laws::walks::{self, drive};

type Read = Result<Reading, Trouble>;

fn read(subject: &Subject, query: &Query, name: &str, answers: &[Answer]) -> Read {
    walks::read(subject, &subject.session(), query, name, answers)
}

#[test]
fn every_reading_only_asks_and_ends() {
    for subject in subjects() {
        let pool = pool(subject.kind());
        for query in subject.queries() {
            for (first, answer) in &pool {
                for (second, other) in &pool {
                    let name = format!("{first}, {second}");
                    let _ = read(&subject, &query, &name, &[answer.clone(), other.clone()]);
                }
            }
        }
    }
}

#[test]
fn silence_is_never_an_answer() {
    for subject in subjects() {
        for query in subject.queries() {
            for answer in [Answer::Lost, Answer::NotSent] {
                let result = read(&subject, &query, "silence", &[answer]);
                let waits = matches!(result, Err(Trouble::RetryAfter(wait)) if !wait.is_zero());
                assert!(waits, "{} {query:?}: {result:?}", subject.kind());
            }
        }
    }
}

#[test]
fn a_dead_token_and_a_throttle_are_told_as_what_they_are() {
    for subject in subjects() {
        // Hosts of files do not speak the API's errors.
        let is_file = |query: &Query| matches!(query, Query::File { .. });
        for query in subject.queries().into_iter().filter(|query| !is_file(query)) {
            let result =
                read(&subject, &query, "token dead", &[Answer::Response(token_dead(subject.kind()))]);
            let told = matches!(&result, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Token);
            assert!(told, "{} {query:?}: {result:?}", subject.kind());

            let result = read(&subject, &query, "throttled", &[Answer::Response(throttled(subject.kind()))]);
            let least = Duration::from_secs(THROTTLE_SECONDS);
            let waits = matches!(result, Err(Trouble::RetryAfter(wait)) if wait >= least);
            // A name beside a message is worth no long wait: the message goes on without it.
            let optional = matches!((&query, &result), (Query::Context { .. }, Ok(Reading::Context(_))));
            assert!(waits || optional, "{} {query:?}: {result:?}", subject.kind());
        }
    }
}

#[test]
fn questions_of_the_other_shelf_are_refused_without_a_call() {
    for subject in subjects() {
        for other in subjects().iter().filter(|other| other.registration.shelf != subject.registration.shelf)
        {
            for query in
                other.queries().iter().filter(|query| !matches!(query, Query::Health | Query::File { .. }))
            {
                let (result, exchanges) = drive("foreign", &[Answer::Lost], |exchanges| {
                    subject.connector.read(query, &subject.session(), exchanges)
                });
                assert!(exchanges.is_empty(), "{} {query:?}", subject.kind());
                let refused =
                    matches!(&result, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Invalid);
                assert!(refused, "{} {query:?}: {result:?}", subject.kind());
            }
        }
    }
}
