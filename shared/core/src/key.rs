//! Names of conversations, which travel in their tickets.

use crate::model::{Surface, Thread};

/// The key of a conversation's item, which also travels in its ticket:
/// `account:post:<post>:<customer>` or `account:direct:<customer>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationKey(String);

impl ConversationKey {
    /// The key of a thread of an account. Platforms' ids are opaque; characters that would make the key ambiguous are
    /// percent-encoded.
    #[must_use]
    pub fn new(account: &str, thread: &Thread) -> Self {
        let customer = encode_id(&thread.customer);
        Self(match thread.surface {
            Surface::Public => format!("{account}:post:{}:{customer}", encode_id(&thread.post)),
            Surface::Direct => format!("{account}:direct:{customer}"),
        })
    }

    /// Reads a key that came back from a helpdesk.
    #[must_use]
    pub fn parse(text: &str) -> Option<(Self, String, Thread)> {
        let mut parts = text.split(':');
        let account = parts.next().filter(|account| !account.is_empty())?.to_owned();
        let thread = match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
            ("post", post, Some(customer), None) => {
                Thread { surface: Surface::Public, post: decode_id(post)?, customer: decode_id(customer)? }
            }
            ("direct", customer, None, None) => {
                Thread { surface: Surface::Direct, post: String::new(), customer: decode_id(customer)? }
            }
            _ => return None,
        };
        let key = Self::new(&account, &thread);
        (key.as_str() == text).then_some((key, account, thread))
    }

    /// The key of an item that is no conversation: something an account must remember, such as its last sweep.
    #[must_use]
    pub fn mark(account: &str, name: &str) -> Self {
        Self(format!("{account}:{name}"))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ConversationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn encode_id(id: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.');
    id.bytes().fold(String::with_capacity(id.len()), |mut text, byte| {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02x}"));
        }
        text
    })
}

fn decode_id(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%' {
            let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_the_helpdesk_whatever_the_ids_look_like() {
        for (post, customer) in [("1001_55", "77"), ("UCx:y/%", "Käthe"), ("", "a b")] {
            for surface in [Surface::Public, Surface::Direct] {
                let post = if surface == Surface::Direct { String::new() } else { post.to_owned() };
                let thread = Thread { surface, post, customer: customer.to_owned() };
                let key = ConversationKey::new("acme-facebook", &thread);
                let (again, account, back) = ConversationKey::parse(key.as_str()).expect("reads back");
                assert_eq!((again, account.as_str(), back), (key, "acme-facebook", thread));
            }
        }
        for foreign in
            ["", "12345", "sb:ig:t:1", "acme:post:1", "acme:direct:%zz", "acme:direct:A", ":direct:1"]
        {
            assert_eq!(ConversationKey::parse(foreign), None, "{foreign}");
        }
    }
}
