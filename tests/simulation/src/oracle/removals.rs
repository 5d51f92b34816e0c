//! What a customer removed must not be read in the helpdesk any more, or a note says that it may be.

use deskbridge_engine::ports::Held;
use serde_json::Value;

use super::Oracle;
use super::tickets::{Entry, Ticket, Who};
use crate::words::words_in;

/// Whether something was taken out of it.
pub(super) fn is_redacted(entry: &Entry) -> bool {
    entry.text.contains('\u{2587}') || entry.text.contains("(removed by the customer)")
}

impl Oracle {
    /// A door has answered 200 to a webhook that may tell of removals.
    pub(super) fn removals_accepted(&mut self, body: &[u8]) {
        if !may_tell_of_removals(body) {
            return;
        }
        let mut removed = Vec::new();
        removed_in(&serde_json::from_slice(body).unwrap_or_default(), &mut removed);
        let told = self.said.iter_mut().filter(|said| removed.contains(&said.id));
        told.for_each(|said| said.removal_accepted = true);
    }

    /// Every removed message is gone from what customers are shown to have written, and from the subjects, unless somebody is told
    /// to remove it by hand (agents, or a person where the ticket takes no notes), or the removal itself is kept for a person.
    pub(super) fn check_removals(&mut self, all: &[Ticket], held: &[Held], kept: &[String]) {
        for number in 0..self.said.len() {
            let said = &self.said[number];
            if !said.removal_accepted || kept.iter().any(|text| is_removal(text, &said.id)) {
                continue;
            }
            let key = said.conversation.clone();
            let related = self.related(all, &key);
            let every = || all.iter().filter(|one| related.contains(&(one.side, one.id)));
            let own = || every().filter(|one| !one.deleted);
            // Agents who were told may have thrown the ticket with the note away.
            let told = every().flat_map(|ticket| &ticket.entries).any(|entry| {
                entry.who == Who::Bridge && !entry.public && entry.text.contains("NOT REDACTED")
            }) || held.iter().any(|held| {
                held.conversation.as_ref() == Some(&key) && held.reason.contains("(not_redacted)")
            });
            let shows = |text: &str| words_in(text, 'c').iter().any(|(shown, _)| *shown == number);
            let stands = own().find(|ticket| {
                let mut entries = ticket.entries.iter();
                shows(&ticket.subject)
                    || entries.any(|entry| entry.public && entry.who == Who::Customer && shows(&entry.text))
            });
            if let (Some(ticket), false) = (stands, told) {
                let (side, id) = (ticket.side, ticket.id);
                let was_renamed = self.names.is_renamed(&said.conversation);
                if told_of_ticket(held, &key, id) || (was_renamed && says_that_it_may_stand_there(ticket)) {
                    continue;
                }
                self.breaks(format!("removed: c{number} of {key} can still be read in {side:?} ticket {id}"));
            }
        }
    }
}

/// Whether a person is told of this very ticket that the bridge has forgotten it, as decision 0005 admits, and what that means for
/// what is removed.
fn told_of_ticket(held: &[Held], key: &str, ticket: u64) -> bool {
    let beginning = format!("ticket {ticket} belongs to this conversation, but ");
    held.iter().any(|held| {
        held.conversation.as_deref() == Some(key)
            && held.reason.starts_with(&beginning)
            && held.reason.ends_with("what the customer removes may stay in it")
    })
}

/// Whether agents are told in this very ticket that its customer wrote under a new id before that was known, and what that means for
/// what is removed: such a removal comes under the new id, perhaps before anybody knows of the earlier one.
fn says_that_it_may_stand_there(ticket: &Ticket) -> bool {
    let says = |entry: &Entry| entry.text.contains("A message that they remove may still stand here.");
    ticket.entries.iter().any(|entry| entry.who == Who::Bridge && !entry.public && says(entry))
}

/// Whether a kept record holds the removal of this message.
fn is_removal(kept: &str, message: &str) -> bool {
    kept.contains(&format!("{{\"removed\":{{\"message\":\"{message}\"}}}}"))
}

/// Whether anything that [`removed_in`] looks for is in it: most webhooks need not be read at all.
fn may_tell_of_removals(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return true };
    ["\"remove\"", "\"is_deleted\"", "\"revoke\""].iter().any(|word| text.contains(word))
}

/// The ids of the messages that a webhook tells to be removed.
fn removed_in(part: &Value, found: &mut Vec<String>) {
    let id = match part {
        Value::Object(fields) => {
            fields.values().for_each(|value| removed_in(value, found));
            if part["verb"] == "remove" {
                part["comment_id"].as_str().or_else(|| part["post_id"].as_str())
            } else if part["is_deleted"] == true {
                part["mid"].as_str()
            } else if part["type"] == "revoke" {
                part["revoke"]["original_message_id"].as_str()
            } else {
                None
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| removed_in(item, found));
            None
        }
        _ => None,
    };
    found.extend(id.map(str::to_owned));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_tells_of_no_removal() {
        let bodies = [
            (r#"{"entry":[{"changes":[{"value":{"verb":"remove","comment_id":"1_2"}}]}]}"#, Some("1_2")),
            (r#"{"entry":[{"changes":[{"value":{"verb":"remove","post_id":"1"}}]}]}"#, Some("1")),
            (r#"{"entry":[{"messaging":[{"message":{"mid":"m_1","is_deleted":true}}]}]}"#, Some("m_1")),
            (r#"{"messages":[{"type":"revoke","revoke":{"original_message_id":"w"}}]}"#, Some("w")),
            (
                r#"{"entry":[{"changes":[{"value":{"verb":"add","comment_id":"1_2","message":"remove"}}]}]}"#,
                None,
            ),
            (r#"{"messages":[{"type":"text","text":{"body":"c1.1"}}]}"#, None),
        ];
        for (body, told) in bodies {
            let mut removed = Vec::new();
            removed_in(&serde_json::from_str(body).unwrap(), &mut removed);
            assert_eq!(removed.first().map(String::as_str), told, "{body}");
            assert!(may_tell_of_removals(body.as_bytes()) || told.is_none(), "{body}");
        }
        assert!(!may_tell_of_removals(bodies[5].0.as_bytes()), "most webhooks are not read");
    }
}
