//! What agents are told of a customer whose id or number changed.

use crate::Moment;

/// The note; `is_own` if the ticket is the one of the conversation under the new id.
pub(crate) fn renamed(platform: &str, at: Moment, other_ticket: Option<&str>, is_own: bool) -> String {
    let Some(other) = other_ticket else {
        return format!(
            "The customer has a new id or number on {platform} ({at}). The conversation goes on here; replies go to the new one."
        );
    };
    if is_own {
        return format!(
            "The customer of this conversation had another id or number on {platform} before ({at}). What was said under that is in ticket #{other}."
        );
    }
    let there = if other.is_empty() { "a ticket of its own".to_owned() } else { format!("ticket #{other}") };
    format!(
        "The customer has a new id or number on {platform} ({at}) and wrote under it before that was known: what they write now is in {there}. Replies in either ticket go to the new one. A message that they remove may still stand here."
    )
}
