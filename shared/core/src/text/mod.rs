//! How text is shaped on its way: agents' HTML into plain text, long replies into pieces, customers' words into safe HTML.

mod compare;
pub mod html;
mod images;
mod leftovers;
mod markup;
mod measure;
mod names;
mod plain;
pub mod preflight;
mod prune;
mod shallow;
mod split;
mod urls;

pub use compare::{fingerprint, normal};
pub use images::images;
pub use leftovers::leftovers;
pub use markup::Markup;
pub use measure::Measure;
pub use names::{display_name, subject, without_quote};
pub use plain::{plain, plain_with};
pub use split::{split, split_by, split_signed};

use unicode_segmentation::UnicodeSegmentation;

/// The text if it has at most `characters_max` characters, else its beginning and `…`, within that limit. Cut on a
/// grapheme border, and between words where that costs little.
fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let (mut characters, mut end, mut word_end) = (1, 0, 0);
    for (start, grapheme) in text.grapheme_indices(true) {
        if grapheme.chars().all(char::is_whitespace) && characters * 3 > characters_max * 2 {
            word_end = start;
        }
        characters += grapheme.chars().count();
        if characters > characters_max {
            break;
        }
        end = start + grapheme.len();
    }
    let kept = if word_end > 0 { &text[..word_end] } else { &text[..end] };
    format!("{}…", kept.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.')))
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn cutting_keeps_the_limit_and_prefers_words() {
        let cases = [
            ("short", 5, "short"),
            ("My parcel never came", 18, "My parcel never…"),
            ("Well, hello there", 6, "Well…"),
            ("abcdefghij", 5, "abcd…"),
            ("👨‍👩‍👧👨‍👩‍👧", 8, "👨‍👩‍👧…"),
            ("👨‍👩‍👧👨‍👩‍👧", 3, "…"),
        ];
        for (text, limit, expected) in cases {
            assert_eq!(cut(text, limit), expected, "{text} at {limit}");
            assert!(cut(text, limit).chars().count() <= limit);
        }
    }
}
