//! Codes of Instagram's own, beside those of the whole Graph API.

use deskbridge_core::effect::Reason;

use crate::meta::errors::Class;

/// What a code and subcode mean here; `None`: what they mean everywhere.
pub(super) fn class(code: i64, subcode: i64) -> Option<Class> {
    Some(match (code, subcode) {
        // No such person, or one who cannot be written to.
        (100, 2_534_014 | 2_534_037) => Class::Refused(Reason::Blocked),
        // A message too old to be read, or unsent; a post that is not there.
        (9_000_001 | 24, _) => Class::Refused(Reason::Gone),
        // The account is restricted, and somebody must look at it in the app.
        (25, 2_207_050) => Class::Refused(Reason::Permission),
        // Instagram's side had trouble, or took too long.
        (-1 | -2, _) => Class::Unknown,
        _ => return None,
    })
}
