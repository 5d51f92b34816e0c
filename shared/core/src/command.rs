//! What agents ask for in private notes: a line that begins with a slash and a word, such as `/template order_update`.

use minicbor::{Decode, Encode};

use crate::text;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Verb {
    /// What is possible here and now.
    #[n(0)]
    Help,
    /// What the bridge knows of this conversation.
    #[n(1)]
    Why,
    /// Send a template that the platform has approved.
    #[n(2)]
    Template,
    /// Send the platform's private reply to a public message.
    #[n(3)]
    Private,
    /// Publish the text.
    #[n(4)]
    Public,
    /// Hide the customer's latest message.
    #[n(5)]
    Hide,
    /// Show it again.
    #[n(6)]
    Unhide,
    /// Like it.
    #[n(7)]
    Like,
    /// Delete it.
    #[n(8)]
    Delete,
    /// Answer from another account; no platform lets us, and the note says why.
    #[n(9)]
    As,
    /// Try what waits, and send again what was refused or is in doubt.
    #[n(10)]
    Retry,
    /// Send the latest reply again that was not sent.
    #[n(11)]
    Resend,
    /// Let the conversation go on in another ticket.
    #[n(12)]
    Link,
    /// Let the customer's next message open a new ticket.
    #[n(13)]
    Unlink,
    /// Take our latest reply off the platform.
    #[n(14)]
    Withdraw,
    /// Change our latest reply on the platform.
    #[n(15)]
    Edit,
}

/// Every verb: its word, how it is written, and what it does.
const VERBS: [(Verb, &str, &str, &str); 16] = [
    (Verb::Help, "help", "/help", "lists what is possible here"),
    (Verb::Why, "why", "/why", "tells what the bridge knows of this conversation"),
    (
        Verb::Template,
        "template",
        "/template NAME [LANGUAGE] | VALUE | VALUE",
        "sends an approved template; without a name it lists them",
    ),
    (
        Verb::Private,
        "private",
        "/private TEXT",
        "answers the latest comment by the one private reply that it may get",
    ),
    (Verb::Public, "public", "/public TEXT", "publishes the text"),
    (Verb::Hide, "hide", "/hide", "hides the customer's latest comment"),
    (Verb::Unhide, "unhide", "/unhide", "shows it again"),
    (Verb::Like, "like", "/like", "likes it"),
    (Verb::Delete, "delete", "/delete", "deletes it for good"),
    (Verb::Withdraw, "withdraw", "/withdraw", "takes our latest reply off the platform; the ticket keeps it"),
    (Verb::Edit, "edit", "/edit TEXT", "puts other words in the place of our latest reply on the platform"),
    (Verb::As, "as", "/as @ACCOUNT", "is not possible: a message is answered by the account that it came to"),
    (
        Verb::Retry,
        "retry",
        "/retry",
        "sends the latest reply again that was refused, did not arrive or is in doubt",
    ),
    (Verb::Link, "link", "/link TICKET", "lets this conversation go on in that ticket"),
    (Verb::Unlink, "unlink", "/unlink", "lets the customer's next message open a new ticket"),
    (Verb::Resend, "resend", "/resend", "the same, and also sends a reply that was held back"),
];

/// Those that every conversation knows.
pub const ALWAYS: [Verb; 6] = [Verb::Help, Verb::Why, Verb::Retry, Verb::Resend, Verb::Link, Verb::Unlink];

/// How the names of commands begin that came as tags.
pub const TAG_COMMAND: &str = "tag:";
/// How tags begin that are commands.
const TAG: &str = "deskbridge_";
/// What can be asked for by a tag: whatever needs no words.
const BY_TAG: [Verb; 10] = [
    Verb::Help,
    Verb::Why,
    Verb::Hide,
    Verb::Unhide,
    Verb::Like,
    Verb::Delete,
    Verb::Withdraw,
    Verb::Retry,
    Verb::Resend,
    Verb::Unlink,
];

/// What a tag asks for, if it is a command.
#[must_use]
pub fn by_tag(tag: &str) -> Option<Verb> {
    let word = tag.strip_prefix(TAG)?;
    BY_TAG.into_iter().find(|verb| verb.word() == word)
}

impl Verb {
    /// The tag that asks for it.
    #[must_use]
    pub fn tag(self) -> String {
        format!("{TAG}{}", self.word())
    }

    /// The word behind the slash.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// How it is written and what it does, in one line.
    #[must_use]
    pub fn usage(self) -> String {
        let (_, _, usage, what) = self.row();
        format!("{usage}: {what}")
    }

    fn row(self) -> &'static (Self, &'static str, &'static str, &'static str) {
        VERBS.iter().find(|row| row.0 == self).unwrap_or(&VERBS[0])
    }
}

/// A command as an agent wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is asked for.
    pub verb: Verb,
    /// What follows the word.
    pub rest: String,
}

/// Whether a note asks for something: it begins with a slash and a letter.
#[must_use]
pub fn is_command(html: &str) -> bool {
    word(&text::plain(html)).is_some()
}

/// Reads plain text that begins like a command. `None`: it does not. `Some(None)`: nobody knows that word.
#[must_use]
pub fn read(plain: &str) -> Option<Option<Command>> {
    let (word, rest) = word(plain)?;
    let row = VERBS.iter().find(|row| row.1.eq_ignore_ascii_case(word));
    Some(row.map(|row| Command { verb: row.0, rest: rest.trim().to_owned() }))
}

/// The word behind the slash, and what follows.
fn word(plain: &str) -> Option<(&str, &str)> {
    let after = plain.trim_start_matches(is_unseen).strip_prefix(['/', '\u{ff0f}'])?;
    let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    let (word, rest) = after.split_at(end);
    // `/a/path` is no command.
    (!word.is_empty() && !rest.starts_with(['/', '.', ':'])).then_some((word, rest))
}

/// What a reader does not see before a text: white space, and what editors and clipboards leave behind (joiners, marks of direction).
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A template that the platform has approved, and what stands in for its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name; empty: the agent asks which there are.
    pub name: String,
    /// The language's code; `None`: the only one there is.
    pub language: Option<String>,
    /// The values, in order; for named placeholders `name=value`.
    pub values: Vec<String>,
}

impl Template {
    /// Reads `NAME [LANGUAGE] | VALUE | VALUE`.
    #[must_use]
    pub fn read(rest: &str) -> Self {
        let mut parts = rest.split('|').map(str::trim);
        let mut head = parts.next().unwrap_or_default().split_whitespace();
        Self {
            name: head.next().unwrap_or_default().to_owned(),
            language: head.next().map(str::to_owned),
            values: parts.map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_and_a_word_at_the_beginning_is_a_command() {
        let read = |text: &str| read(text).map(|found| found.map(|command| (command.verb, command.rest)));
        for (text, wanted) in [
            ("/help", Some(Some((Verb::Help, "")))),
            ("  /Hide  ", Some(Some((Verb::Hide, "")))),
            ("/private We call you.\nSoon.", Some(Some((Verb::Private, "We call you.\nSoon.")))),
            ("/template order_update de | Ann", Some(Some((Verb::Template, "order_update de | Ann")))),
            ("/templte x", Some(None)),
            ("\u{200b}\u{200f}/hide", Some(Some((Verb::Hide, "")))),
            ("\u{feff} \u{ff0f}hide", Some(Some((Verb::Hide, "")))),
            ("/etc/passwd is a file", None),
            ("/24 is a network", None),
            ("see /help", None),
            ("/", None),
            ("", None),
        ] {
            let wanted = wanted.map(|found| found.map(|(verb, rest)| (verb, rest.to_owned())));
            assert_eq!(read(text), wanted, "{text}");
        }
        assert!(is_command("<p>/why</p>") && !is_command("<p>Why?</p>"));
    }

    #[test]
    fn a_template_has_a_name_a_language_and_values() {
        for (rest, name, language, values) in [
            ("", "", None, &[][..]),
            ("order_update", "order_update", None, &[]),
            ("order_update en_US", "order_update", Some("en_US"), &[]),
            ("order_update | Ann | no. 7", "order_update", None, &["Ann", "no. 7"]),
            ("order_update de|first_name=Ann", "order_update", Some("de"), &["first_name=Ann"]),
        ] {
            let read = Template::read(rest);
            let wanted =
                (name, language.map(str::to_owned), values.iter().map(|v| (*v).to_owned()).collect());
            assert_eq!((read.name.as_str(), read.language, read.values), wanted, "{rest}");
        }
    }
}
