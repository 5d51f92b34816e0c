//! Where web addresses stand in a text.

use std::ops::Range;

/// What an address begins with; the case does not matter.
const BEGINNINGS: [&str; 3] = ["https://", "http://", "www."];

/// The bytes of every address in the text, in order: from its beginning to the next whitespace, angle bracket, double
/// quote or East Asian punctuation. What may be punctuation of the sentence around it is included.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let (mut resume, mut before) = (0, ' ');
    for (start, c) in text.char_indices() {
        let begins = start >= resume && matches!(c, 'h' | 'H' | 'w' | 'W') && !before.is_ascii_alphanumeric();
        before = c;
        if let Some(beginning) = begins.then(|| beginning(&text[start..])).flatten() {
            let end = text[start..].find(ends_address).map_or(text.len(), |length| start + length);
            resume = end;
            if end - start > beginning {
                spans.push(start..end);
            }
        }
    }
    spans
}

/// Like [`spans`], but only what can be linked safely: `http` and `https`, without the sentence's own punctuation.
pub(super) fn linkable(text: &str) -> Vec<Range<usize>> {
    let spans =
        spans(text).into_iter().filter(|span| !text[span.clone()].to_ascii_lowercase().starts_with("www."));
    spans
        .filter_map(|span| address(&text[span.clone()]).map(|url| span.start..span.start + url.len()))
        .collect()
}

/// Whether this whole text is an address that may become a link.
pub(super) fn is_web(url: &str) -> bool {
    linkable(url).first().is_some_and(|span| span.start == 0) && !url.contains(ends_address)
}

/// The length of the beginning that the text starts with.
fn beginning(text: &str) -> Option<usize> {
    let starts = |start: &&str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    BEGINNINGS.iter().find(|start| starts(start)).map(|start| start.len())
}

fn ends_address(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '“' | '”' | '«' | '»')
        || ('\u{3000}'..='\u{303f}').contains(&c)
        || ('\u{ff00}'..='\u{ff65}').contains(&c)
}

/// The address without punctuation that belongs to the sentence; `None` if there is no host.
fn address(span: &str) -> Option<&str> {
    let mut unpaired = [('(', ')'), ('[', ']'), ('{', '}')]
        .map(|(open, close)| (close, span.matches(close).count().saturating_sub(span.matches(open).count())));
    let mut url = span;
    while let Some(last) = url.chars().last() {
        match unpaired.iter_mut().find(|(close, _)| *close == last) {
            Some((_, count)) if *count > 0 => *count -= 1,
            None if matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '*' | '…') => {}
            _ => break,
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    let host = url.split_once("://")?.1;
    host.starts_with(|c: char| c.is_alphanumeric() || c == '[').then_some(url)
}

#[cfg(test)]
mod tests {
    use super::{is_web, linkable, spans};

    #[test]
    fn addresses_are_found() {
        let cases: [(&str, &[&str], &[&str]); 8] = [
            ("see https://a.example/b.", &["https://a.example/b."], &["https://a.example/b"]),
            ("(HTTP://a.example/x_(y))", &["HTTP://a.example/x_(y))"], &["HTTP://a.example/x_(y)"]),
            (
                "www.a.example and http://b.example",
                &["www.a.example", "http://b.example"],
                &["http://b.example"],
            ),
            ("请看https://a.example/路，谢谢", &["https://a.example/路"], &["https://a.example/路"]),
            ("xhttps://a.example", &[], &[]),
            ("https:// nothing", &[], &[]),
            ("https://...", &["https://..."], &[]),
            ("<https://a.example?q=1&r=2>", &["https://a.example?q=1&r=2"], &["https://a.example?q=1&r=2"]),
        ];
        for (text, whole, links) in cases {
            let of = |ranges: Vec<std::ops::Range<usize>>| {
                ranges.into_iter().map(|r| &text[r]).collect::<Vec<_>>()
            };
            assert_eq!(of(spans(text)), whole, "{text}");
            assert_eq!(of(linkable(text)), links, "{text}");
        }
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert!(is_web("https://cdn.example/p.jpg?a=(1)"));
        for other in [
            "javascript:alert(1)",
            "data:text/html,x",
            " https://a.example",
            "https://a.example/\" onx=\"",
            "",
        ] {
            assert!(!is_web(other), "{other}");
        }
    }
}
