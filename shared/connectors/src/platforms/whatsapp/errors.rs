//! What WhatsApp's own codes mean: in answers, and in statuses of messages that had been accepted.

use deskbridge_core::effect::Reason;

use crate::meta::errors::Class;

/// What a code means; `None`: what it means in all of Meta's products.
pub(super) fn class(code: i64, _subcode: i64) -> Option<Class> {
    let reason = match code {
        0 => Reason::Token,
        130_429 | 131_016 | 131_048 | 131_056 | 131_057 | 133_004 | 133_016 => return Some(Class::Throttled),
        // "Something went wrong": whether before or after the message left, nobody says.
        131_000 => return Some(Class::Unknown),
        131_047 => Reason::Window,
        // Not on WhatsApp, an old client, terms not accepted, blocked: all told by one code, on purpose.
        131_026 => Reason::Blocked,
        // Limits for marketing, opt-outs, an experiment's control group, a country that may not be written to.
        130_472 | 130_497 | 131_049 | 131_050 => Reason::Blocked,
        131_051..=131_053 | 131_062 | 132_000..=132_069 => Reason::Content,
        // The account is locked, unpaid, its number is not registered or its name not approved: a person has to act.
        33 | 368 | 131_005 | 131_031 | 131_037 | 131_042 | 131_045 | 133_010 => Reason::Permission,
        _ => return None,
    };
    Some(Class::Refused(reason))
}

/// Why an accepted message was not delivered.
pub(super) fn of_failure(code: i64) -> Reason {
    match class(code, 0) {
        Some(Class::Refused(reason)) => reason,
        _ => Reason::Invalid,
    }
}
