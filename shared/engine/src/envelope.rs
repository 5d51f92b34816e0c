//! What travels through the queue: one event, or an unreadable body, with where it came from.

use std::io::{self, Write};

use deskbridge_core::model::{Event, Place, What};
use deskbridge_core::{ConversationKey, Moment, digest};
use serde::{Deserialize, Serialize};
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// One message of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The format, now [`Envelope::FORMAT`]. The reader also accepts the one before.
    pub v: u8,
    /// Names this event within its account, for the queue's own deduplication.
    pub id: String,
    /// Deliveries of one group are made in order, one batch at a time.
    pub group: String,
    /// The account that the webhook came for.
    pub account: String,
    /// When the door took it.
    pub received_at: Moment,
    /// Names the webhook that it came with, by which one message can be followed through the logs. Since format 2.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// What it carries.
    pub cargo: Cargo,
}

/// What an envelope carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cargo {
    /// An event.
    Event(Box<Event>),
    /// An authentic body that was not understood, or a part of a long one.
    Unreadable {
        /// Why not.
        why: String,
        /// The bytes, base64.
        body: String,
        /// Which part of a long body this is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        piece: Option<Piece>,
    },
}

/// One part of a body that was too long for one message of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Names the whole.
    pub whole: String,
    /// Which part, from 1.
    pub part: u32,
    /// Of how many.
    pub of: u32,
}

/// An envelope that this program cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// A newer program wrote it.
    #[error("the queue holds a message of format {0}, which a newer version wrote")]
    Newer(u8),
    /// It is no envelope; where that shows.
    #[error("the queue holds a message that this version cannot read: {0}")]
    Damaged(String),
}

impl Envelope {
    /// The format that is written.
    pub const FORMAT: u8 = 2;
    /// Groups are named by at most so many characters (the limit of SQS).
    const GROUP_MAX: usize = 128;

    /// The envelope of an event.
    #[must_use]
    pub fn event(account: &str, event: Event, received_at: Moment) -> Self {
        // Two hints may look the same and stand for two replies; a hint more costs one reading, a hint less a reply.
        let id = match &event.what {
            What::Hint(_) => dedup_id(account, &format!("{}@{}", event.id, received_at.0)),
            _ => dedup_id(account, &event.id),
        };
        Self {
            v: Self::FORMAT,
            id,
            group: group(account, &event.place),
            account: account.to_owned(),
            received_at,
            trace: String::new(),
            cargo: Cargo::Event(Box::new(event)),
        }
    }

    /// The same, as part of that webhook.
    #[must_use]
    pub fn of_trace(self, trace: &str) -> Self {
        Self { trace: trace.to_owned(), ..self }
    }

    /// The envelope as ASCII JSON: queues refuse control characters, and some refuse more.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut json = Vec::with_capacity(1024);
        let written = self.serialize(&mut Serializer::with_formatter(&mut json, Ascii));
        written.ok().and_then(|()| String::from_utf8(json).ok()).unwrap_or_default()
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// When it is damaged or written by a newer program.
    pub fn decode(text: &str) -> Result<Self, Undecodable> {
        match serde_json::from_str::<Self>(text) {
            Ok(envelope) if matches!(envelope.v, 1 | 2) => Ok(envelope),
            // A newer format may have other fields.
            read => match serde_json::from_str(text).map_err(|error| damaged(&error))? {
                Format { v: 0 } => Err(Undecodable::Damaged("format 0".to_owned())),
                Format { v: 1 | 2 } => read.map_err(|error| damaged(&error)),
                Format { v: newer } => Err(Undecodable::Newer(newer)),
            },
        }
    }
}

#[derive(Deserialize)]
struct Format {
    v: u8,
}

/// Writes every character beyond ASCII as an escape.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
            let (plain, beyond) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut characters = beyond.chars();
            let mut units = [0; 2];
            if let Some(character) = characters.next() {
                character.encode_utf16(&mut units).iter().try_for_each(|unit| escape(writer, *unit))?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

fn escape<W: Write + ?Sized>(writer: &mut W, unit: u16) -> io::Result<()> {
    let [high, low] = unit.to_be_bytes();
    let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
    writer.write_all(&[b'\\', b'u', digit(high >> 4), digit(high), digit(low >> 4), digit(low)])
}

/// The message of `serde_json` may quote content; its position never does.
fn damaged(error: &serde_json::Error) -> Undecodable {
    Undecodable::Damaged(format!("line {} column {}", error.line(), error.column()))
}

/// The id by which a queue may drop a second copy.
pub(crate) fn dedup_id(account: &str, event: &str) -> String {
    format!("{:016x}{:016x}", digest(&[account, event]), digest(&[event, account]))
}

/// The group of an event: its conversation, or what is known instead of it.
pub(crate) fn group(account: &str, place: &Place) -> String {
    let name = match place {
        Place::Thread(thread) | Place::Privately { thread, .. } => {
            ConversationKey::new(account, thread).as_str().to_owned()
        }
        Place::Beside { message } => format!("{account}:beside:{message}"),
        Place::Ticket { ticket, conversation } => {
            match conversation.as_deref().and_then(ConversationKey::parse) {
                Some((key, ..)) => key.as_str().to_owned(),
                None => format!("{account}:ticket:{ticket}"),
            }
        }
        Place::Account => format!("{account}:account"),
    };
    let legal = name.len() <= Envelope::GROUP_MAX && name.bytes().all(|byte| byte.is_ascii_graphic());
    if legal { name } else { format!("{account}:{:016x}", digest(&[&name])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_are_ascii_and_come_back_whole() {
        let what = What::Unknown { kind: "x".into(), raw: "caf\u{e9} \u{1f600} \u{0} \u{7f}".into() };
        let event = Event { id: "e".into(), at: Moment(5), place: Place::Account, what };
        let envelope = Envelope::event("acme", event, Moment(7));
        let text = envelope.encode();
        assert!(text.bytes().all(|byte| (0x20..=0x7f).contains(&byte)), "{text}");
        assert_eq!(Envelope::decode(&text), Ok(envelope.clone()));
        let newer = Envelope { v: 3, ..envelope };
        assert_eq!(Envelope::decode(&newer.encode()), Err(Undecodable::Newer(3)));
        assert_eq!(Envelope::decode(r#"{"v":7,"all":"new"}"#), Err(Undecodable::Newer(7)));
        assert!(matches!(Envelope::decode("{}"), Err(Undecodable::Damaged(_))));
    }

    #[test]
    fn groups_are_short_and_one_per_conversation() {
        let hint = |conversation: Option<&str>| Place::Ticket {
            ticket: "35".into(),
            conversation: conversation.map(str::to_owned),
        };
        assert_eq!(group("desk", &hint(Some("acme:direct:7"))), "acme:direct:7");
        assert_eq!(group("desk", &hint(Some("free text"))), "desk:ticket:35");
        assert_eq!(group("desk", &hint(None)), "desk:ticket:35");
        assert!(group("desk", &Place::Beside { message: "x".repeat(300) }).len() <= Envelope::GROUP_MAX);
    }
}
