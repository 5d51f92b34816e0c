//! The targets: which law, and samples to begin with.

use crate::{answered, customers, doors, parsing, pieces, replies, stored};

/// Something that takes bytes from outside, and what must hold whatever they are.
pub struct Target {
    /// Its name: that of its file in `tests/fuzz/fuzz_targets`, too.
    pub name: &'static str,
    /// What is held against it, in a few words.
    pub law: &'static str,
    /// Panics if it does not hold for this input.
    pub check: fn(&[u8]),
    /// Inputs that are about something.
    pub samples: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub static TARGETS: &[Target] = &[
    Target {
        name: "verify",
        law: "only what one of our keys signed comes in, byte for byte; only who knows our token is greeted",
        check: doors::check,
        samples: doors::samples,
    },
    Target {
        name: "parse",
        law: "a webhook is understood, kept or told as unreadable; the queue gives back what it got",
        check: parsing::check,
        samples: parsing::samples,
    },
    Target {
        name: "step",
        law: "every effect, lookup, reading and sign-in ends, shows no secret, and claims nothing that nobody said",
        check: answered::check,
        samples: answered::samples,
    },
    Target {
        name: "item",
        law: "a stored item is read whole or refused, and is written as it was read",
        check: stored::check_item,
        samples: stored::items,
    },
    Target {
        name: "envelope",
        law: "a queue message is read whole or refused, and is written as it was read, in ASCII",
        check: stored::check_envelope,
        samples: stored::envelopes,
    },
    Target {
        name: "split",
        law: "pieces keep the limit, and together say what the reply said",
        check: pieces::check,
        samples: pieces::samples,
    },
    Target {
        name: "plain",
        law: "an agent's HTML becomes tidy text; hidden parts stay hidden, whatever is nested in what",
        check: replies::check,
        samples: replies::samples,
    },
    Target {
        name: "customer",
        law: "a customer's words never become markup, a script or a second line of a subject",
        check: customers::check,
        samples: customers::samples,
    },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Checks one input of the target of that name.
///
/// # Panics
/// When its law does not hold, or there is no such target.
pub fn fuzz(name: &str, data: &[u8]) {
    let target = target(name).unwrap_or_else(|| panic!("there is no target {name}"));
    (target.check)(data);
}
