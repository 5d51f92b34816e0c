//! Laws of effects: whatever the remote side answers, or does not, an effect comes to an end that is safe to act on.

use std::time::Duration;

use deskbridge_connectors::http::Answer;
use deskbridge_connectors::{Found, SecretUse, Trouble};
use deskbridge_core::effect::{EffectKind, Guarantee, Outcome, Reason};
use deskbridge_engine::{CLAIM_LIFE, FILES_CLAIM_LIFE, REQUEST_DEADLINE, TRANSFER_DEADLINE};
use deskbridge_laws::answers::{THROTTLE_SECONDS, pool, throttled, token_dead};
use deskbridge_laws::subjects::{KINDS, secret_text, subjects};
use deskbridge_laws::walks::{
    drive, is_write, look_up_honestly, parts, renew_honestly, sign_in_honestly, step, step_honestly,
};

/// Answers after which a walk goes on, so that what follows them matters.
const LEADING: [&str; 6] =
    ["universal", "list of universal", "empty list", "quoting unprocessable", "not found", "conflict"];

/// Sequences of answers with their names: each alone, each after each leading one, each after two leading ones.
fn sequences(kind: &str) -> Vec<(String, Vec<Answer>)> {
    let pool = pool(kind);
    let leading = || pool.iter().filter(|(name, _)| LEADING.contains(name));
    let mut before = vec![(String::new(), Vec::new())];
    before.extend(leading().map(|(name, answer)| (format!("{name}, "), vec![answer.clone()])));
    before.extend(leading().flat_map(|(one, first)| {
        leading().map(move |(two, second)| (format!("{one}, {two}, "), vec![first.clone(), second.clone()]))
    }));
    let with_last = |(names, answers): &(String, Vec<Answer>)| {
        let last = |(name, answer): &(&str, Answer)| {
            (format!("{names}{name}"), [answers.as_slice(), std::slice::from_ref(answer)].concat())
        };
        pool.iter().map(last).collect::<Vec<_>>()
    };
    before.iter().flat_map(with_last).collect()
}

#[test]
fn each_kind_of_effect_has_a_guarantee_that_fits_its_shelf() {
    // A request leaves as late as that after its intent, is waited for, and may land a while after.
    let least = CLAIM_LIFE + 2 * REQUEST_DEADLINE;
    for subject in subjects() {
        for kind in KINDS {
            let guarantee = subject.connector.guarantee(kind);
            let least = match kind {
                EffectKind::AttachFiles | EffectKind::PostFile(_) => FILES_CLAIM_LIFE + 2 * TRANSFER_DEADLINE,
                _ => least,
            };
            let what = format!("{} {kind:?}: {guarantee:?}", subject.kind());
            match guarantee {
                Guarantee::Keyed { window, settle } => {
                    assert!(settle >= least && window > settle, "{what}");
                }
                Guarantee::Findable { settle }
                | Guarantee::Echoed { settle }
                | Guarantee::Overwrites { settle } => {
                    assert!(settle >= least, "{what}");
                }
                Guarantee::Natural | Guarantee::Blind => {}
            }
            if matches!(guarantee, Guarantee::Blind | Guarantee::Echoed { .. }) {
                let reply = matches!(
                    kind,
                    EffectKind::PostReply(_) | EffectKind::PostFile(_) | EffectKind::PrivateReply
                );
                assert!(
                    reply || !subject.speaks(kind),
                    "{what}: a helpdesk must not lose or double what it is told"
                );
            }
        }
    }
}

#[test]
fn each_kind_of_effect_is_made_by_asking() {
    for subject in subjects() {
        let made: Vec<EffectKind> =
            subject.effects().iter().map(|(effect, _)| effect.change.kind()).collect();
        for kind in KINDS.into_iter().filter(|kind| subject.speaks(*kind)) {
            assert!(made.contains(&kind), "{} {kind:?}", subject.kind());
        }
    }
}

#[test]
fn effects_of_the_other_shelf_are_refused_without_a_call() {
    for subject in subjects() {
        let session = subject.session();
        for other in subjects() {
            for (effect, _) in other.effects() {
                if subject.speaks(effect.change.kind()) {
                    continue;
                }
                let (outcome, exchanges) = step(&subject, &session, &effect, "foreign", &[Answer::Lost]);
                assert!(exchanges.is_empty(), "{}", subject.kind());
                assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.reason == Reason::Invalid));
            }
        }
    }
}

#[test]
fn every_walk_ends_and_no_ending_is_a_lie() {
    for subject in subjects() {
        let session = subject.session();
        let sequences = sequences(subject.kind());
        for (effect, first_writes) in subject.effects() {
            for (name, answers) in &sequences {
                step_honestly(&subject, &session, (&effect, first_writes), name, answers);
            }
        }
    }
}

#[test]
fn a_request_that_never_left_is_never_unknown() {
    for subject in subjects() {
        let session = subject.session();
        for (effect, _) in subject.effects() {
            let (outcome, exchanges) = step(&subject, &session, &effect, "not sent", &[Answer::NotSent]);
            assert!(matches!(outcome, Outcome::RetryAfter(_)), "{} {outcome:?}", subject.kind());
            assert_eq!(exchanges.len(), 1, "{}: goes on without an answer", subject.kind());
        }
    }
}

#[test]
fn a_lost_answer_to_what_people_see_is_unknown() {
    for subject in subjects() {
        let session = subject.session();
        let unheard = pool(subject.kind())
            .into_iter()
            .filter(|(name, _)| ["lost", "gateway", "server error", "html", "no content"].contains(name));
        for (name, answer) in unheard {
            for (effect, first_writes) in subject.effects() {
                let natural = subject.connector.guarantee(effect.change.kind()) == Guarantee::Natural;
                let (outcome, exchanges) =
                    step(&subject, &session, &effect, name, std::slice::from_ref(&answer));
                let what = format!("{} {:?} [{name}]: {outcome:?}", subject.kind(), effect.change.kind());
                match outcome {
                    Outcome::Unknown => {}
                    Outcome::RetryAfter(_) => {
                        assert!(natural || !first_writes || !is_write(&exchanges[0]), "{what}");
                    }
                    Outcome::Done(_) | Outcome::Refused(_) => panic!("{what}: nobody said so"),
                }
            }
        }
    }
}

#[test]
fn a_dead_token_and_a_throttle_are_told_as_what_they_are() {
    for subject in subjects() {
        let session = subject.session();
        let dead = [Answer::Response(token_dead(subject.kind()))];
        let slow = [Answer::Response(throttled(subject.kind()))];
        for (effect, _) in subject.effects() {
            let (outcome, _) = step(&subject, &session, &effect, "token dead", &dead);
            let told = matches!(&outcome, Outcome::Refused(refusal) if refusal.reason == Reason::Token);
            assert!(told, "{}: {outcome:?}", subject.kind());
            let (outcome, _) = step(&subject, &session, &effect, "throttled", &slow);
            let waits =
                matches!(outcome, Outcome::RetryAfter(wait) if wait >= Duration::from_secs(THROTTLE_SECONDS));
            assert!(waits, "{}: {outcome:?}", subject.kind());
            if !subject.can_look_up(effect.change.kind()) {
                continue;
            }
            let look = |answers: &[Answer]| {
                drive("lookup", answers, |exchanges| subject.connector.lookup(&effect, &session, exchanges)).0
            };
            let found = look(&dead);
            let told = matches!(&found, Found::CannotTell(Trouble::Refused(refusal)) if refusal.reason == Reason::Token);
            assert!(told, "{}: {found:?}", subject.kind());
            let found = look(&slow);
            let waits = matches!(found, Found::CannotTell(Trouble::RetryAfter(wait)) if wait >= Duration::from_secs(THROTTLE_SECONDS));
            assert!(waits, "{}: {found:?}", subject.kind());
        }
    }
}

#[test]
fn every_lookup_ends_and_finds_nothing_that_was_not_answered() {
    for subject in subjects() {
        let session = subject.session();
        let sequences = sequences(subject.kind());
        for (effect, _) in subject.effects() {
            if !subject.can_look_up(effect.change.kind()) {
                continue;
            }
            for (name, answers) in &sequences {
                look_up_honestly(&subject, &session, &effect, name, answers);
            }
        }
    }
}

#[test]
fn a_dead_token_is_never_taken_for_not_found() {
    for subject in subjects() {
        let session = subject.session();
        for (effect, _) in subject.effects() {
            if !subject.can_look_up(effect.change.kind()) {
                continue;
            }
            for answer in [token_dead(subject.kind()), throttled(subject.kind())] {
                let (found, _) = drive("lookup", &[Answer::Response(answer)], |exchanges| {
                    subject.connector.lookup(&effect, &session, exchanges)
                });
                assert!(matches!(found, Found::CannotTell(_)), "{}: {found:?}", subject.kind());
            }
        }
    }
}

#[test]
fn signing_in_ends_and_tells_a_dead_credential() {
    for subject in subjects() {
        for (name, answers) in sequences(subject.kind()).iter().take(400) {
            sign_in_honestly(&subject, name, answers);
            renew_honestly(&subject, name, answers);
        }
        let dead = [Answer::Response(token_dead(subject.kind()))];
        let (session, exchanges) = drive("sign-in", &dead, |exchanges| subject.connector.sign_in(exchanges));
        if !exchanges.is_empty() {
            let told = matches!(&session, Err(Trouble::Refused(refusal)) if refusal.reason == Reason::Token);
            assert!(told, "{}: {session:?}", subject.kind());
        }
    }
}

#[test]
fn keys_of_the_door_never_leave_the_house() {
    for subject in subjects() {
        let session = subject.session();
        let door = subject.registration.secrets.iter().filter(|spec| spec.used_by == SecretUse::Door);
        let keys: Vec<String> = door.flat_map(|spec| (0..2).map(|nth| secret_text(spec.name, nth))).collect();
        for (effect, _) in subject.effects() {
            for (name, answer) in pool(subject.kind()) {
                let (_, exchanges) = step(&subject, &session, &effect, name, &[answer]);
                for exchange in exchanges {
                    let sent = format!("{:?}", parts(&exchange.request));
                    let body = String::from_utf8_lossy(&exchange.request.body).into_owned();
                    for key in &keys {
                        assert!(!sent.contains(key) && !body.contains(key), "{}: {key}", subject.kind());
                    }
                }
            }
        }
    }
}
