//! Texts as X publishes them: names in front of answers, short addresses, three characters escaped; and their length.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::state::{Direct, Post, X};

/// A published text and what stands in it.
#[derive(Default)]
pub(super) struct Rendered {
    pub(super) text: String,
    /// Where the author's own words begin, in characters.
    pub(super) seen_from: usize,
    pub(super) urls: Vec<Value>,
    pub(super) mentions: Vec<Value>,
}

/// Punctuation that ends a sentence, not an address.
const MARKS: [char; 10] = ['.', ',', ';', ':', '!', '?', ')', '"', '\'', '…'];

impl X {
    /// A direct message's text as it is delivered.
    pub(super) fn rendered_message(&self, message: &Direct) -> Rendered {
        let mut rendered = Rendered::default();
        for word in message.text.split_inclusive(char::is_whitespace) {
            self.word(&mut rendered, word, message.id.parse().unwrap_or_default());
        }
        rendered
    }

    /// A post's text as it is published.
    pub(super) fn rendered(&self, post: &Post) -> Rendered {
        let mut rendered = Rendered::default();
        for name in self.names_in_front(post) {
            self.word(&mut rendered, &format!("@{name} "), post.id);
        }
        rendered.seen_from = rendered.text.chars().count();
        for word in post.text.split_inclusive(char::is_whitespace) {
            self.word(&mut rendered, word, post.id);
        }
        rendered
    }

    /// Whom an answer addresses by itself: the author of what it answers, and those who are addressed there.
    fn names_in_front(&self, post: &Post) -> Vec<String> {
        let Some(parent) = post.answers.and_then(|id| self.posts.get(&id)) else { return Vec::new() };
        let author = self.users.get(&parent.author).map(|user| user.username.clone());
        let own = self.users.get(&post.author).map(|user| user.username.clone());
        let mut names: Vec<String> = author.into_iter().chain(self.names_in_front(parent)).collect();
        names.retain(|name| Some(name) != own.as_ref());
        let mut seen = Vec::new();
        names.retain(|name| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
        names
    }

    fn word(&self, into: &mut Rendered, word: &str, post: u64) {
        let start = into.text.chars().count();
        if let Some((before, address, after)) = address(word) {
            let short = short(address, post);
            let begin = start + before.chars().count();
            into.text.push_str(&escaped(before));
            into.text.push_str(&short);
            into.text.push_str(&escaped(after));
            let expanded =
                if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
            let end = begin + short.len();
            into.urls.push(json!({
                "start": begin, "start_str": begin.to_string(), "end": end, "end_str": end.to_string(),
                "url": short, "expanded_url": expanded, "display_url": address,
            }));
            return;
        }
        if let Some(user) = name(word).and_then(|name| self.user_named(name)) {
            let end = start + 1 + user.username.len();
            into.mentions.push(json!({
                "start": start, "start_str": start.to_string(), "end": end, "end_str": end.to_string(),
                "username": user.username, "id": user.id,
            }));
        }
        into.text.push_str(&escaped(word));
    }
}

/// The @name at the beginning of a word.
pub(super) fn name(word: &str) -> Option<&str> {
    let rest = word.strip_prefix('@')?;
    let size = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (size > 0).then(|| &rest[..size])
}

/// An address in a word, with what stands around it.
fn address(word: &str) -> Option<(&str, &str, &str)> {
    let start = word.find("http://").or_else(|| word.find("https://")).unwrap_or_else(|| {
        word.find(|letter: char| letter.is_ascii_alphanumeric() || letter == '@').unwrap_or(word.len())
    });
    let rest = word[start..].trim_end();
    let address = rest.trim_end_matches(MARKS);
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split(['/', '?', ':']).next().unwrap_or_default();
    let (_, last) = host.rsplit_once('.')?;
    let letters = last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    (letters && plain).then(|| (&word[..start], address, &word[start + address.len()..]))
}

/// A short address that is the same for the same address in the same post.
fn short(address: &str, post: u64) -> String {
    let hash = Sha256::digest(format!("{post} {address}"));
    format!("https://t.co/{}", &hex::encode(hash)[..10])
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The weighted length of a text, counted word by word and independently of the bridge.
pub(super) fn weighted_length(text: &str) -> usize {
    let word = |word: &str| match address(word) {
        Some((before, _, after)) => letters(before) + 23 + letters(after),
        None => letters(word),
    };
    text.split_inclusive(char::is_whitespace).map(word).sum()
}

fn letters(text: &str) -> usize {
    let mut length = 0;
    let mut joined = false;
    let mut flag = false;
    for letter in text.chars() {
        let code = u32::from(letter);
        let is_flag = (0x1_f1e6..=0x1_f1ff).contains(&code);
        let adds_nothing = joined
            || (flag && is_flag)
            || matches!(code, 0x200d | 0x20e3 | 0xfe0f | 0x0300..=0x036f | 0x1_f3fb..=0x1_f3ff);
        let light = matches!(code, 0..=0x10ff | 0x2000..=0x200d | 0x2010..=0x201f | 0x2032..=0x2037);
        if !adds_nothing {
            length += if light { 1 } else { 2 };
        }
        flag = is_flag && !flag;
        joined = code == 0x200d;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_weighted() {
        for (text, length) in [
            ("Hello", 5),
            ("您好", 4),
            ("👨‍👩‍👧‍👦 and 🇩🇪", 9),
            ("see https://acme.com/a-long/path?with=more, ok", 4 + 23 + 4),
            ("(acme.com)", 25),
        ] {
            assert_eq!(weighted_length(text), length, "{text}");
        }
    }

    #[test]
    fn addresses_and_names_are_found_in_words() {
        assert_eq!(address("(https://acme.com/x), "), Some(("(", "https://acme.com/x", "), ")));
        assert_eq!(address("acme.com."), Some(("", "acme.com", ".")));
        for word in ["e.g.", "kim@acme.com", "1.5", "word", "…"] {
            assert_eq!(address(word), None, "{word}");
        }
        assert_eq!(name("@acme's"), Some("acme"));
        assert_eq!(name("acme"), None);
    }
}
