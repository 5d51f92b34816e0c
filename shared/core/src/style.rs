//! How an account's replies look and what is checked before they go out: what its owner may choose.

use std::collections::BTreeMap;

use crate::text::preflight::OrderNumber;

/// What an account's owner chose for replies. The default signs nothing and warns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyStyle {
    /// How agents sign.
    pub signature: Signature,
    /// What stands in the signature instead of an agent's name, by that name.
    pub aliases: BTreeMap<String, String>,
    /// What happens to a public reply with something that hardly belongs there.
    pub preflight: Preflight,
    /// What the company's order numbers look like.
    pub order_numbers: Vec<OrderNumber>,
    /// What is said in public after a private reply.
    pub private_notice: Option<String>,
}

/// How agents sign their replies. Templates are never signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// They do not.
    #[default]
    None,
    /// With their name on a line of its own.
    Name,
    /// With their initials behind the text: `^AL`.
    Initials,
    /// With their first name behind the text, as is customary on X: `^Ana`.
    Caret,
}

/// What happens to a reply in which something was found, see [`crate::text::preflight`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preflight {
    /// It goes; nobody is told.
    Off,
    /// It goes, and a note tells what was found.
    #[default]
    Warn,
    /// With personal data it does not go; a note tells how to send it all the same. Anything else is a warning.
    Hold,
}

/// The most initials of a signature.
const INITIALS_MAX: usize = 3;

impl Signature {
    /// Every choice with its word in the configuration.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::None, "none"), (Self::Name, "name"), (Self::Initials, "initials"), (Self::Caret, "caret")];
}

impl Preflight {
    /// Every choice with its word in the configuration.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Off, "off"), (Self::Warn, "warn"), (Self::Hold, "hold")];
}

impl ReplyStyle {
    /// What is to be put behind a reply of this agent, with the whitespace before it; empty if it is not signed, or signed
    /// already.
    #[must_use]
    pub fn ending(&self, agent: Option<&str>, text: &str) -> String {
        let Some(name) = agent.map(str::trim).filter(|name| !name.is_empty()) else { return String::new() };
        let alias = self.aliases.get(name).map(|alias| alias.trim().to_owned());
        let (gap, mark) = match self.signature {
            Signature::None => return String::new(),
            Signature::Name => ("\n\n", alias.unwrap_or_else(|| name.to_owned())),
            Signature::Initials => (" ^", alias.unwrap_or_else(|| initials(name))),
            Signature::Caret => (" ^", alias.unwrap_or_else(|| first(name).to_owned())),
        };
        let text = text.trim_end();
        let signed = text.ends_with(&mark) || (gap == " ^" && ends_with_caret(text));
        if mark.is_empty() || signed { String::new() } else { format!("{gap}{mark}") }
    }
}

fn first(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// `Ana María López` -> `AML`; the first letter of each word, as it is written.
fn initials(name: &str) -> String {
    let letters = name.split(|c: char| c.is_whitespace() || c == '-').filter_map(|word| word.chars().next());
    letters.filter(|c| c.is_alphanumeric()).take(INITIALS_MAX).collect()
}

/// Whether the agent signed by hand: the last word is `^` and a name.
fn ends_with_caret(text: &str) -> bool {
    let last = text.split_whitespace().next_back().and_then(|word| word.strip_prefix('^'));
    last.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(signature: Signature) -> ReplyStyle {
        let aliases = BTreeMap::from([("Ana Lopez".to_owned(), "Annie".to_owned())]);
        ReplyStyle { signature, aliases, ..ReplyStyle::default() }
    }

    #[test]
    fn agents_sign_as_their_account_wants() {
        for (signature, agent, text, wanted) in [
            (Signature::None, Some("Maya Torres"), "Hello.", ""),
            (Signature::Name, Some("Maya Torres"), "Hello.", "\n\nMaya Torres"),
            (Signature::Initials, Some("Maya de la Torre-Gil"), "Hello.", " ^Mdl"),
            (Signature::Initials, Some("Maya Torres"), "Hello.", " ^MT"),
            (Signature::Initials, Some("田中 芽衣"), "Hello.", " ^田芽"),
            (Signature::Caret, Some(" Maya  Torres "), "Hello.", " ^Maya"),
            (Signature::Caret, None, "Hello.", ""),
            (Signature::Name, Some("  "), "Hello.", ""),
        ] {
            assert_eq!(style(signature).ending(agent, text), wanted, "{signature:?} {agent:?}");
        }
    }

    #[test]
    fn an_alias_stands_for_the_name_as_it_is() {
        for (signature, wanted) in
            [(Signature::Name, "\n\nAnnie"), (Signature::Initials, " ^Annie"), (Signature::Caret, " ^Annie")]
        {
            assert_eq!(style(signature).ending(Some("Ana Lopez"), "Hello."), wanted);
        }
    }

    #[test]
    fn who_signed_by_hand_does_not_sign_twice() {
        for (signature, text) in [
            (Signature::Name, "Hello.\nMaya Torres"),
            (Signature::Caret, "Hello. ^Maya "),
            (Signature::Caret, "Hello. ^MT"),
            (Signature::Initials, "Hello. ^Maya"),
        ] {
            assert_eq!(style(signature).ending(Some("Maya Torres"), text), "", "{signature:?} {text}");
        }
        assert_eq!(style(Signature::Caret).ending(Some("Maya"), "2^10"), " ^Maya", "that is no signature");
    }
}
