//! Texts as people wrote them: X escapes three characters, replaces every address by a short one, and puts the names of
//! those who are answered in front.

use std::borrow::Cow;

use deskbridge_core::text;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::wire::lenient;

/// What short addresses begin with.
const SHORT: &str = "https://t.co/";

/// A short address in a text and what it stands for.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ShortUrl {
    pub(super) url: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) expanded_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) media_key: Option<String>,
}

impl ShortUrl {
    /// Whether it only stands for a photo or video that is shown beside the text.
    fn is_media(&self) -> bool {
        let expanded = self.expanded_url.as_deref().unwrap_or_default();
        let shown = ["/photo/", "/video/"].iter().any(|part| expanded.contains(part));
        self.media_key.is_some() || (expanded.contains("/status/") && shown)
    }
}

/// The text with its addresses as they were written, and without those that stand for photos and videos.
pub(super) fn readable(text: &str, urls: &[ShortUrl]) -> String {
    with_addresses(text, urls, |expanded| expanded)
}

/// A text of our own, to be compared with what we sent. What was written as `acme.com` X tells as `http://acme.com`; whoever
/// means the latter writes `https` these days.
pub(super) fn as_sent(text: &str, urls: &[ShortUrl]) -> String {
    with_addresses(text, urls, |expanded| expanded.strip_prefix("http://").unwrap_or(expanded))
}

fn with_addresses(text: &str, urls: &[ShortUrl], written: impl Fn(&str) -> &str) -> String {
    let mut readable = Cow::Borrowed(text);
    for url in urls.iter().filter(|url| url.url.starts_with(SHORT)) {
        if url.is_media() {
            readable = readable.replace(&url.url, "").into();
        } else if let Some(expanded) = &url.expanded_url {
            // Escaped like the rest of the text, which is unescaped in the end.
            readable = readable.replace(&url.url, &written(expanded).replace('&', "&amp;")).into();
        }
    }
    unescaped(&readable).trim_end().to_owned()
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    // The ampersand comes last, or "&amp;lt;" would become "<".
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").into()
}

/// The text behind the names at its beginning.
pub(super) fn without_names(text: &str) -> &str {
    let mut rest = text;
    while let Some(after) = rest.trim_start().strip_prefix('@') {
        let size = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let ends = after[size..].chars().next().is_none_or(char::is_whitespace);
        if size == 0 || !ends {
            break;
        }
        rest = &after[size..];
    }
    rest.trim_start()
}

/// How many characters the names at the beginning take.
pub(super) fn names_length(text: &str) -> usize {
    text[..text.len() - without_names(text).len()].chars().count()
}

/// Whether a published text is what we wanted to publish: white space and names in front may differ, and where X put a
/// short address, any address may stand.
pub(super) fn is_published_as(wanted: &str, published: &str) -> bool {
    let plain = |words: &str| -> String { without_names(&text::normal(words)).nfc().collect() };
    let (wanted, published) = (plain(wanted), plain(&unescaped(published)));
    let (wanted, published): (Vec<&str>, Vec<&str>) =
        (wanted.split(' ').collect(), published.split(' ').collect());
    wanted.len() == published.len()
        && wanted.iter().zip(&published).all(|(wanted, published)| is_word(wanted, published))
}

fn is_word(wanted: &str, published: &str) -> bool {
    let Some((before, rest)) = published.split_once(SHORT) else { return wanted == published };
    let code = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let after = &rest[code..];
    let middle = wanted.strip_prefix(before).and_then(|wanted| wanted.strip_suffix(after));
    middle.is_some_and(|address| address.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(code: &str, expanded: &str) -> ShortUrl {
        ShortUrl { url: format!("{SHORT}{code}"), expanded_url: Some(expanded.to_owned()), media_key: None }
    }

    #[test]
    fn texts_are_shown_as_they_were_written() {
        let urls = [
            short("aa", "https://acme.example/?a=1&lt=2"),
            short("bb", "https://x.com/kim/status/5/photo/1"),
            ShortUrl { url: "javascript:x".to_owned(), expanded_url: Some("y".to_owned()), media_key: None },
        ];
        for (text, wanted) in [
            ("5 &lt; 7 &amp;amp; more", "5 < 7 &amp; more"),
            ("see https://t.co/aa, please https://t.co/bb", "see https://acme.example/?a=1&lt=2, please"),
            ("unknown https://t.co/cc", "unknown https://t.co/cc"),
        ] {
            assert_eq!(readable(text, &urls), wanted);
        }
        let bare = [short("aa", "http://acme.com/x")];
        assert_eq!(readable("see https://t.co/aa", &bare), "see http://acme.com/x");
        assert_eq!(as_sent("see https://t.co/aa", &bare), "see acme.com/x");
    }

    #[test]
    fn names_in_front_are_counted() {
        for (text, rest) in [
            ("@acme @kim_2 where is it?", "where is it?"),
            ("@acme", ""),
            ("hello @acme", "hello @acme"),
            ("@ acme", "@ acme"),
            ("@acme's shop", "@acme's shop"),
            ("@acme 您好", "您好"),
        ] {
            assert_eq!(without_names(text), rest, "{text}");
        }
        assert_eq!(names_length("@acme @kim_2 where"), 13);
        assert_eq!(names_length("where"), 0);
    }

    #[test]
    fn what_was_published_is_known_again() {
        for (wanted, published) in [
            ("Sorry!\n\nWe call you.", "@kim Sorry! We call you."),
            ("@kim Sorry!", "@kim @lee Sorry!"),
            ("5 < 7 & 8", "5 &lt; 7 &amp; 8"),
            ("See (acme.com/help), please", "@kim See (https://t.co/a1B2), please"),
            ("https://acme.com/x?y=1", "https://t.co/a1B2"),
            ("cafe\u{301}", "café"),
        ] {
            assert!(is_published_as(wanted, published), "{wanted}");
        }
        for (wanted, published) in [
            ("Sorry!", "Sorry"),
            ("See this, please", "See https://t.co/a1B2, please"),
            ("See acme.com. please", "See https://t.co/a1B2, please"),
            ("a b", "a"),
        ] {
            assert!(!is_published_as(wanted, published), "{wanted}");
        }
    }
}
