//! How long a text is, as platforms count.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// What counts as a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Every Unicode scalar value.
    #[default]
    Characters,
    /// The weighted length of `twitter-text`, version 3: after NFC, letters of most alphabets count one, others (Chinese,
    /// Japanese, Korean ...) two, an emoji two however it is composed, an address 23.
    Weighted,
    /// Every byte of UTF-8.
    Bytes,
}

/// What every address counts, whatever its length.
const ADDRESS: usize = 23;

/// Code points that count one.
const LIGHT: [Range<u32>; 4] = [0..0x1100, 0x2000..0x200e, 0x2010..0x2020, 0x2032..0x2038];

/// Symbols that an emoji sequence can begin with. Code points from here on count two anyway.
const SYMBOLS: [Range<u32>; 9] = [
    0x203c..0x203d,
    0x2049..0x204a,
    0x2122..0x2140,
    0x2190..0x2200,
    0x2300..0x2400,
    0x24c2..0x24c3,
    0x25a0..0x2c00,
    0x3030..0x3300,
    0x1_f000..0x1_fb00,
];

impl Measure {
    /// The length of a text.
    #[must_use]
    pub fn length(self, text: &str) -> usize {
        self.lengths(text).into_iter().sum()
    }

    /// Whether there is an address in the text.
    #[must_use]
    pub fn has_address(text: &str) -> bool {
        !addresses(text).is_empty()
    }

    /// The length of every grapheme. An address has all of its length in its first grapheme, so that it fits whole or not.
    pub(super) fn lengths(self, text: &str) -> Vec<usize> {
        match self {
            Self::Characters => {
                return text.graphemes(true).map(|grapheme| grapheme.chars().count()).collect();
            }
            Self::Bytes => return text.graphemes(true).map(str::len).collect(),
            Self::Weighted => {}
        }
        let mut addresses = addresses(text).into_iter().peekable();
        let length = |(byte, grapheme): (usize, &str)| {
            while addresses.next_if(|address| address.bytes.end <= byte).is_some() {}
            match addresses.peek().filter(|address| address.bytes.start <= byte) {
                Some(address) if address.bytes.start == byte => address.length,
                Some(_) => 0,
                None => weight(grapheme),
            }
        };
        text.grapheme_indices(true).map(length).collect()
    }

    /// The most that one scalar value can count.
    pub(super) fn character_max(self) -> usize {
        match self {
            Self::Characters => 1,
            Self::Weighted => 2,
            Self::Bytes => 4,
        }
    }
}

fn weight(grapheme: &str) -> usize {
    if is_emoji_sequence(grapheme) {
        return 2;
    }
    let light = |c: char| LIGHT.iter().any(|range| range.contains(&u32::from(c)));
    grapheme.nfc().map(|c| if light(c) { 1 } else { 2 }).sum()
}

/// Whether several code points make one emoji: joined ones, flags, keycaps, those with a skin tone or a variation selector.
fn is_emoji_sequence(grapheme: &str) -> bool {
    let mut letters = grapheme.chars();
    let (Some(first), rest) = (letters.next(), letters.as_str()) else { return false };
    let modified =
        |c: char| matches!(u32::from(c), 0x200d | 0xfe0f | 0x1_f1e6..=0x1_f1ff | 0x1_f3fb..=0x1_f3ff);
    match first {
        '0'..='9' | '#' | '*' => rest.contains('\u{20e3}'),
        '©' | '®' => rest.contains('\u{fe0f}'),
        _ => SYMBOLS.iter().any(|range| range.contains(&u32::from(first))) && rest.contains(modified),
    }
}

struct Address {
    bytes: Range<usize>,
    length: usize,
}

/// What is taken for an address: with `http` or `https`, or a bare domain. Whether a bare one has a top-level domain that
/// exists is not known here, so it counts what it is worth as text, if that is more.
fn addresses(text: &str) -> Vec<Address> {
    let mut found = Vec::new();
    let (mut resume, mut before) = (0, ' ');
    for (start, c) in text.char_indices() {
        let free = !(before.is_ascii_alphanumeric() || "@#$_.-/".contains(before));
        before = c;
        if start < resume || !free || !c.is_ascii_alphanumeric() {
            continue;
        }
        if let Some(size) = address(&text[start..]) {
            resume = start + size;
            let bare = scheme(&text[start..]) == 0;
            let length = if bare { size.max(ADDRESS) } else { ADDRESS };
            found.push(Address { bytes: start..resume, length });
            before = '/';
        }
    }
    found
}

fn scheme(text: &str) -> usize {
    let begins = |start: &&str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    ["https://", "http://"].iter().find(|start| begins(start)).map_or(0, |start| start.len())
}

/// The bytes of the address at the beginning of the text.
fn address(text: &str) -> Option<usize> {
    let scheme = scheme(text);
    let host = host(&text[scheme..])?;
    let rest = &text[scheme + host..];
    let port = match rest.strip_prefix(':').map(|rest| run(rest, |byte| byte.is_ascii_digit())) {
        Some(digits) if digits > 0 => 1 + digits,
        _ => 0,
    };
    let rest = &rest[port..];
    Some(scheme + host + port + if rest.starts_with(['/', '?']) { path(rest) } else { 0 })
}

/// The bytes of a domain: labels and dots, the last one of letters.
fn host(text: &str) -> Option<usize> {
    let size = run(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let host = text[..size].split("..").next().unwrap_or_default().trim_end_matches(['.', '-']);
    let (_, last) = host.rsplit_once('.')?;
    let letters = last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    (letters || last.starts_with("xn--")).then_some(host.len())
}

/// The bytes of path and query, without what more likely belongs to the sentence.
fn path(text: &str) -> usize {
    let size = run(text, |byte| byte.is_ascii_alphanumeric() || b"!*';:=+,.$/%#[]-_~@|&()?".contains(&byte));
    let mut path = &text[..size];
    while let Some(last) = path.bytes().last() {
        let unpaired = last == b')' && path.matches(')').count() > path.matches('(').count();
        let ends = last.is_ascii_alphanumeric() || b"=_#/+-)".contains(&last);
        if ends && !unpaired {
            break;
        }
        path = &path[..path.len() - 1];
    }
    path.len()
}

fn run(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| belongs(*byte)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Measure;
    use crate::text::split_by;

    #[test]
    fn texts_count_as_the_library_documents() {
        for (text, weighted) in [
            ("", 0),
            ("This is a text.", 15),
            ("café", 4),
            ("cafe\u{301}", 4),
            ("您好", 4),
            ("안녕", 4),
            ("\u{1112}\u{1161}\u{11ab}", 2),
            ("مرحبا", 5),
            ("Здравствуйте", 12),
            ("“quoted” – and…", 16),
            ("😀", 2),
            ("👨‍👩‍👧‍👦", 2),
            ("👍🏽👍", 4),
            ("🇩🇪", 2),
            ("1️⃣", 2),
            ("❤️", 2),
            ("❤", 2),
            ("©️©", 3),
            ("क्‍ष", 4),
        ] {
            assert_eq!(Measure::Weighted.length(text), weighted, "{text}");
            assert_eq!(Measure::Characters.length(text), text.chars().count(), "{text}");
            assert_eq!(Measure::Bytes.length(text), text.len(), "{text}");
        }
    }

    #[test]
    fn every_address_counts_the_same() {
        let long = format!("https://shop.acme.com/{}", "path/".repeat(60));
        for (text, weighted) in [
            ("https://a.co", 23),
            (&*long, 23),
            ("see https://acme.com/help?a=1&b=(2).", 4 + 23 + 1),
            ("(HTTP://ACME.COM/x)", 1 + 23 + 1),
            ("acme.com", 23),
            ("www.acme.com:8080/x, now", 23 + 5),
            ("请看https://acme.com/路", 4 + 22 + 3),
            ("https://localhost/path", 22),
            ("e.g. this", 9),
            ("kim@acme.com", 12),
            ("@acme.com", 9),
            ("wait...what", 11),
            ("1.5 kg", 6),
        ] {
            assert_eq!(Measure::Weighted.length(text), weighted, "{text}");
        }
        let bare = format!("{}.com", "a".repeat(40));
        assert_eq!(Measure::Weighted.length(&bare), 44);
    }

    #[test]
    fn a_long_address_stays_whole() {
        let url = format!("https://acme.com/{}", "x".repeat(400));
        assert_eq!(split_by(&format!("Look here: {url} please"), 280, Measure::Weighted).len(), 1);
        let text = format!("{} {url} {}", "word ".repeat(54), "more ".repeat(20));
        let pieces = split_by(&text, 280, Measure::Weighted);
        assert_eq!(pieces.len(), 2);
        assert!(pieces.iter().any(|piece| piece.contains(&url)));
    }

    #[test]
    fn a_grapheme_larger_than_a_piece_is_cut_between_its_scalar_values() {
        let stacked = format!("a{}b", "\u{301}".repeat(90));
        let pieces = split_by(&stacked, 64, Measure::Bytes);
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() <= 64), "{pieces:?}");
    }

    proptest! {
        #[test]
        fn pieces_keep_the_limit(
            words in prop::collection::vec("([a-zé]{1,9}|[一-十]{1,20}|(👨‍👩‍👧|🇩🇪|e\u{301}){1,3}|https://acme\\.com/[a-z]{0,60}|[a-z]{1,9}\\.com)", 0..90),
            limit in 64_usize..300,
            in_bytes in any::<bool>(),
        ) {
            let text = words.join(" ");
            let measure = if in_bytes { Measure::Bytes } else { Measure::Weighted };
            let pieces = split_by(&text, limit, measure);
            for piece in &pieces {
                prop_assert!(measure.length(piece) <= limit, "{piece}");
            }
            let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let bare = |piece: &String| {
                if pieces.len() == 1 { piece.clone() } else { piece[..piece.rfind(" (").unwrap()].to_owned() }
            };
            let joined: String = pieces.iter().map(bare).collect();
            prop_assert_eq!(solid(&joined), solid(&text));
        }
    }
}
