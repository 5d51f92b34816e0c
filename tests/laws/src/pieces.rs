//! Long replies in pieces.

use deskbridge_connectors::REGISTRY;
use deskbridge_core::text::split;
use unicode_segmentation::UnicodeSegmentation;

/// Limits below this leave no room for text beside a number.
const LIMIT_MIN: usize = 16;

/// The limit, and the text.
pub(crate) fn check(data: &[u8]) {
    let Some((&limit, text)) = data.split_first() else { return };
    let (limit, text) = (usize::from(limit), String::from_utf8_lossy(text));
    let pieces = split(&text, limit);
    let count = pieces.len();
    let bare: Vec<&str> = (1..).zip(&pieces).map(|(nth, piece)| without_number(piece, nth, count)).collect();
    assert_eq!(solid(&bare.concat()), solid(&text), "{text:?} at {limit}: {pieces:?}");
    assert_eq!(pieces.is_empty(), text.trim().is_empty(), "{text:?} at {limit}: {pieces:?}");
    if limit < LIMIT_MIN {
        return;
    }
    let fits = trimmed(&text.replace("\r\n", "\n")).chars().count() <= limit;
    assert!(!fits || count <= 1, "{text:?} at {limit}: {pieces:?}");
    for (piece, bare) in pieces.iter().zip(bare) {
        assert!(piece.chars().count() <= limit, "{piece:?} at {limit}");
        assert!(!bare.is_empty() && trimmed(bare) == bare, "{text:?} at {limit}: {pieces:?}");
    }
}

/// A piece without its number.
fn without_number(piece: &str, nth: usize, count: usize) -> &str {
    if count == 1 {
        return piece;
    }
    let number = format!(" ({nth}/{count})");
    piece.strip_suffix(&number).unwrap_or_else(|| panic!("{piece:?} is not {number}"))
}

/// The text between its first and its last grapheme that is more than whitespace: an accent may stand on a space.
fn trimmed(text: &str) -> &str {
    let mut solid = text.grapheme_indices(true).filter(|(_, grapheme)| !grapheme.trim().is_empty());
    let Some((start, first)) = solid.next() else { return "" };
    let end = solid.next_back().map_or(start + first.len(), |(at, last)| at + last.len());
    &text[start..end]
}

/// The text without its whitespace, of which a seam may drop some.
fn solid(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// Texts with everything that a cut must heed, and the fixtures for their words.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let texts = [
        "First paragraph.\n\nSecond one. And more.\r\n\r\n And the end of it!",
        "Please see https://a.example/long/path?with=a&query#here now, or (www.b.example).",
        "您好。您的包裹已经寄出。请您耐心等待。请看https://a.example/路，谢谢",
        "👨‍👩‍👧‍👦🇩🇪👍🏽 e\u{301}\u{301}\u{301} हिन्दी ก\u{e33} \u{600}1 مرحبا كيم. طلبك في الطريق إليك",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \t \u{a0} b",
    ];
    let fixtures = REGISTRY.iter().flat_map(|line| line.fixtures).map(|fixture| fixture.body);
    let all = texts.iter().map(|text| text.as_bytes()).chain(fixtures.take(10));
    all.flat_map(|text| [17, 40, 200].map(|limit| [&[limit], text].concat())).collect()
}
