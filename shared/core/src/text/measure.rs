//! How long a text is, as platforms count.

use unicode_segmentation::UnicodeSegmentation;

/// What counts as a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Every Unicode scalar value.
    #[default]
    Characters,
    /// Every byte of UTF-8.
    Bytes,
}

impl Measure {
    /// The length of a text.
    #[must_use]
    pub fn length(self, text: &str) -> usize {
        self.lengths(text).into_iter().sum()
    }

    /// The length of every grapheme.
    pub(super) fn lengths(self, text: &str) -> Vec<usize> {
        let length = |grapheme: &str| match self {
            Self::Characters => grapheme.chars().count(),
            Self::Bytes => grapheme.len(),
        };
        text.graphemes(true).map(length).collect()
    }

    /// The most that one scalar value can count.
    pub(super) fn character_max(self) -> usize {
        match self {
            Self::Characters => 1,
            Self::Bytes => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Measure;
    use crate::text::split_by;

    #[test]
    fn texts_count_as_they_are_encoded() {
        for (text, characters, bytes) in
            [("", 0, 0), ("plain", 5, 5), ("café", 4, 5), ("Привет", 6, 12), ("您好", 2, 6), ("👍🏽", 2, 8)]
        {
            assert_eq!(Measure::Characters.length(text), characters, "{text}");
            assert_eq!(Measure::Bytes.length(text), bytes, "{text}");
        }
    }

    #[test]
    fn a_grapheme_larger_than_a_piece_is_cut_between_its_scalar_values() {
        let stacked = format!("a{}b", "\u{301}".repeat(90));
        let pieces = split_by(&stacked, 64, Measure::Bytes);
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() <= 64), "{pieces:?}");
    }

    proptest! {
        #[test]
        fn pieces_keep_the_limit_in_bytes(
            words in prop::collection::vec("([a-zé]{1,9}|[а-я]{1,12}|[一-十]{1,20}|(👨‍👩‍👧|🇩🇪|e\u{301}){1,3}|https://acme\\.com/[a-z]{0,60})", 0..90),
            limit in 64_usize..300,
        ) {
            let text = words.join(" ");
            let pieces = split_by(&text, limit, Measure::Bytes);
            for piece in &pieces {
                prop_assert!(piece.len() <= limit, "{piece}");
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
