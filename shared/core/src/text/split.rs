//! Long replies in pieces that a platform takes.

use unicode_segmentation::UnicodeSegmentation;

use super::measure::Measure;
use super::urls;

/// How good it is to cut at a border, best last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// Inside an address or a run of whitespace: only if nothing else is left.
    Inside,
    Grapheme,
    /// Between words of a script that writes no spaces.
    Word,
    Space,
    Sentence,
    Line,
    Paragraph,
}

/// A border between two graphemes.
struct Border {
    byte: usize,
    /// The length of the text before it, as the platform counts.
    character: usize,
    strength: Strength,
    /// Whether whitespace follows.
    before_space: bool,
}

/// The text in pieces of at most `characters_max` Unicode scalar values, which is what platforms count. Several pieces
/// are numbered at their ends, ` (1/3)`, within the limit; one is not. Blank text gives none.
///
/// Cuts between paragraphs, lines, sentences, words or graphemes, the best that fills a piece at least by half.
/// Whitespace at the seams is dropped, nothing else. An address is cut only if it is longer than a numbered piece, a
/// grapheme only if it is longer than that alone. Limits below 16 are not kept: they leave no room for text.
#[must_use]
pub fn split(text: &str, characters_max: usize) -> Vec<String> {
    split_by(text, characters_max, Measure::Characters)
}

/// Like [`split`], for a platform that counts in another way. Limits below 64 are not kept by [`Measure::Weighted`] and [`Measure::Bytes`].
#[must_use]
pub fn split_by(text: &str, length_max: usize, measure: Measure) -> Vec<String> {
    split_signed(text, "", length_max, measure)
}

/// Like [`split_by`], with an ending (a signature with the whitespace before it) behind the text: it stays with the last
/// word. Blank text gives nothing, whatever its ending.
#[must_use]
pub fn split_signed(text: &str, ending: &str, length_max: usize, measure: Measure) -> Vec<String> {
    let said = text.trim_end();
    if said.is_empty() {
        return Vec::new();
    }
    let said = said.replace("\r\n", "\n");
    let text = format!("{said}{ending}");
    if is_one_piece(&text, length_max, measure) {
        return vec![text];
    }
    let mut borders = borders(&text, measure);
    borders.retain(|border| border.byte < said.len() || border.byte == text.len());
    match borders.as_slice() {
        [start, .., end] if end.character - start.character <= length_max => {
            vec![text[start.byte..end.byte].to_owned()]
        }
        [_, .., _] => numbered(&text, &borders, length_max, measure),
        _ => Vec::new(),
    }
}

/// Whether it is certain, without looking for borders, that the text is one piece as it stands. Most replies are.
fn is_one_piece(text: &str, length_max: usize, measure: Measure) -> bool {
    let is_short = match measure {
        Measure::Characters | Measure::Bytes => text.len() <= length_max,
        // Addresses and emoji count in their own way.
        Measure::Weighted => false,
    };
    is_short && !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace)
}

/// Pieces with their numbers. How long a number is depends on how many there are, so the digits are tried upwards.
fn numbered(text: &str, borders: &[Border], length_max: usize, measure: Measure) -> Vec<String> {
    let mut digits = 1;
    loop {
        let room = length_max.saturating_sub(" (/)".len() + 2 * digits).max(1);
        let pieces = pieces(text, borders, room, measure);
        let count = pieces.len();
        if let [only] = pieces.as_slice() {
            return vec![(*only).to_owned()];
        }
        if count.to_string().len() <= digits {
            let number = |(index, piece)| format!("{piece} ({}/{count})", index + 1);
            return pieces.into_iter().enumerate().map(number).collect();
        }
        digits += 1;
    }
}

/// The text in pieces of at most that length.
fn pieces<'a>(text: &'a str, borders: &[Border], room: usize, measure: Measure) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let Some(start) = borders.first() else { return pieces };
    let (mut byte, mut character) = (start.byte, start.character);
    loop {
        let later = &borders[borders.partition_point(|border| border.byte <= byte)..];
        if later.is_empty() {
            return pieces;
        }
        let reach = later.partition_point(|border| border.character <= character + room);
        let end =
            if reach == later.len() { Some(reach - 1) } else { best(&later[..reach], character + room / 2) };
        if let Some(end) = end {
            pieces.push(&text[byte..later[end].byte]);
            let next = later[end..].iter().find(|border| !border.before_space).unwrap_or(&later[end]);
            (byte, character) = (next.byte, next.character);
        } else {
            // A single grapheme larger than a piece.
            let characters = (room / measure.character_max()).max(1);
            let length =
                text[byte..].char_indices().nth(characters).map_or(text.len() - byte, |(length, _)| length);
            pieces.push(&text[byte..byte + length]);
            character += measure.length(&text[byte..byte + length]);
            byte += length;
        }
    }
}

/// Where to end a piece: at the last border of the greatest strength, if the piece is at least half full there. Before
/// that all the good ones count the same, so that "Hi Kim," does not travel alone.
fn best(borders: &[Border], half: usize) -> Option<usize> {
    let rank = |border: &Border| {
        let full = border.character >= half && border.strength >= Strength::Word;
        (full, if full { border.strength } else { border.strength.min(Strength::Space) })
    };
    borders.iter().enumerate().max_by_key(|(_, border)| rank(border)).map(|(index, _)| index)
}

/// Every border between graphemes, from the first grapheme that is not whitespace to the end of the last.
fn borders(text: &str, measure: Measure) -> Vec<Border> {
    let mut lengths = measure.lengths(text).into_iter();
    let mut sentences = text.split_sentence_bound_indices().map(|(start, _)| start).peekable();
    let mut words = text.split_word_bound_indices().map(|(start, _)| start).peekable();
    let mut urls = urls::spans(text).into_iter().peekable();
    let mut borders: Vec<Border> = Vec::new();
    let (mut character, mut run, mut newlines, mut before) = (0, None::<usize>, 0, ' ');
    for (byte, grapheme) in text.grapheme_indices(true).chain([(text.len(), "")]) {
        let sentence = reaches(&mut sentences, byte);
        let word = reaches(&mut words, byte);
        while urls.next_if(|url| url.end <= byte).is_some() {}
        let in_url = urls.peek().is_some_and(|url| url.start < byte);
        let next = grapheme.chars().next().unwrap_or(' ');
        let before_space = !grapheme.is_empty() && grapheme.chars().all(char::is_whitespace);
        let strength = match run {
            _ if in_url => Strength::Inside,
            None if before_space => Strength::Space,
            Some(_) => Strength::Inside,
            None if sentence => Strength::Sentence,
            None if word && next.is_alphanumeric() && !(next.is_ascii() && before.is_ascii()) => {
                Strength::Word
            }
            None => Strength::Grapheme,
        };
        // The border before a run of whitespace is as strong as what the run says.
        if let Some(start) = run.filter(|_| !before_space).and_then(|start| borders.get_mut(start)) {
            start.strength = match newlines {
                0 if sentence => Strength::Sentence,
                0 => Strength::Space,
                1 => Strength::Line,
                _ => Strength::Paragraph,
            };
        }
        (run, newlines) = match (run, before_space) {
            (_, false) => (None, 0),
            (start, true) => (start.or(Some(borders.len())), newlines + grapheme.matches('\n').count()),
        };
        borders.push(Border { byte, character, strength, before_space });
        character += lengths.next().unwrap_or_default();
        before = grapheme.chars().last().unwrap_or(' ');
    }
    while borders.iter().rev().nth(1).is_some_and(|border| border.before_space) {
        borders.pop();
    }
    if let Some(end) = borders.last_mut() {
        end.before_space = false;
    }
    let blank = borders.iter().take_while(|border| border.before_space).count();
    borders.split_off(blank)
}

/// Whether one of these rising places is this one; earlier ones are passed by.
fn reaches(places: &mut std::iter::Peekable<impl Iterator<Item = usize>>, byte: usize) -> bool {
    while places.next_if(|place| *place < byte).is_some() {}
    places.next_if_eq(&byte).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::split;

    const FAMILY: &str = "👨‍👩‍👧‍👦";

    #[test]
    fn a_signature_stays_with_the_last_word_and_counts() {
        let by = |text, ending, most| super::split_signed(text, ending, most, super::Measure::Characters);
        assert_eq!(by("Until noon. ", " ^Ana", 20), ["Until noon. ^Ana"]);
        assert_eq!(by("aaaa bbbb", " ^Ana", 14), ["aaaa bbbb ^Ana"]);
        assert_eq!(by("\r\naaaa\r\nbbbb", " ^Ana", 14), ["aaaa\nbbbb ^Ana"]);
        assert_eq!(by("aaaa bbbb cccc", " ^Ana", 18), ["aaaa bbbb (1/2)", "cccc ^Ana (2/2)"]);
        assert_eq!(by("aaaa bbbb cc", " ^Ana", 16), ["aaaa bbbb (1/2)", "cc ^Ana (2/2)"]);
        assert_eq!(by(" \n", " ^Ana", 20), [""; 0]);
    }

    #[test]
    fn pieces_end_where_a_reader_would_end_them() {
        let cases: [(&str, usize, &[&str]); 11] = [
            ("", 20, &[]),
            (" \r\n\t ", 20, &[]),
            ("  fits as it is \n", 14, &["fits as it is"]),
            (
                "First paragraph.\n\nSecond one. And more.",
                30,
                &["First paragraph. (1/2)", "Second one. And more. (2/2)"],
            ),
            (
                "Hi Kim,\n\nyour parcel left us today. It comes soon.",
                46,
                &["Hi Kim,\n\nyour parcel left us today. (1/2)", "It comes soon. (2/2)"],
            ),
            ("One line here\nand another there", 26, &["One line here (1/2)", "and another there (2/2)"]),
            ("aaaa bbbb cccc dddd", 16, &["aaaa bbbb (1/2)", "cccc dddd (2/2)"]),
            ("abcdefghijklmnopqrst", 16, &["abcdefghij (1/2)", "klmnopqrst (2/2)"]),
            (
                "您好。您的包裹已经寄出。请您耐心等待。",
                18,
                &["您好。您的包裹已经寄出。 (1/2)", "请您耐心等待。 (2/2)"],
            ),
            ("مرحبا كيم. طلبك في الطريق إليك", 26, &["مرحبا كيم. (1/2)", "طلبك في الطريق إليك (2/2)"]),
            (
                "Здравствуйте, Анна! Посылка в пути.",
                26,
                &["Здравствуйте, Анна! (1/2)", "Посылка в пути. (2/2)"],
            ),
        ];
        for (text, limit, expected) in cases {
            assert_eq!(split(text, limit), expected, "{text} at {limit}");
        }
    }

    #[test]
    fn addresses_stay_whole_unless_they_are_too_long() {
        let url = "https://a.example/long/path";
        assert_eq!(
            split(&format!("Please see {url} now"), 34),
            ["Please see (1/3)", &format!("{url} (2/3)"), "now (3/3)"]
        );
        let chinese = format!("请看{url}，谢谢您的耐心等待");
        assert_eq!(split(&chinese, 34), ["请看 (1/3)", &format!("{url}， (2/3)"), "谢谢您的耐心等待 (3/3)"]);
        assert_eq!(split(url, 26), ["https://a.example/lo (1/2)", "ng/path (2/2)"]);
    }

    #[test]
    fn families_stay_together() {
        // Seven scalar values each: two do not fit into ten beside the number.
        assert_eq!(split(&FAMILY.repeat(3), 19), [1, 2, 3].map(|n| format!("{FAMILY} ({n}/3)")));
        let stacked = format!("a{}", "\u{301}".repeat(40));
        let pieces = split(&stacked, 16);
        assert!(pieces.len() == 5 && pieces.iter().all(|piece| piece.chars().count() <= 16), "{pieces:?}");
    }

    #[test]
    fn numbers_grow_with_the_count() {
        let pieces = split(&"word ".repeat(200), 20);
        assert_eq!(pieces[0], "word word (1/100)");
        assert_eq!(pieces[99], "word word (100/100)");
        assert_eq!(pieces.len(), 100);
    }

    #[test]
    fn long_texts_take_no_time() {
        for text in [
            "a".repeat(100_000),
            "word. ".repeat(17_000),
            " \n".repeat(50_000) + "x",
            "https://a.example/".repeat(5_500),
        ] {
            for limit in [16, 17, 2000] {
                assert!(split(&text, limit).iter().all(|piece| piece.chars().count() <= limit));
            }
        }
    }

    /// A piece without its number.
    fn bare(piece: &str, count: usize) -> &str {
        if count == 1 { piece } else { &piece[..piece.rfind(" (").unwrap()] }
    }

    fn graphemes(text: &str) -> Vec<&str> {
        text.graphemes(true).filter(|grapheme| !grapheme.trim().is_empty()).collect()
    }

    fn texts() -> impl Strategy<Value = String> {
        let url = "https://a\\.example/[a-z0-9]{0,30}";
        let word = prop_oneof![
            4 => "[a-zA-Zé]{1,12}",
            1 => "[а-яё]{1,12}[.!?]",
            1 => "[א-ת]{1,9}",
            1 => "[一-十]{1,30}。",
            1 => "(👨‍👩‍👧|🇩🇪|👍🏽|e\u{301}|ก\u{e33}|हिन्दी|\u{600}1){1,5}",
            1 => url,
        ];
        let gap = prop_oneof![5 => Just(" "), 1 => Just(". "), 1 => Just("\n"), 1 => Just("\r\n\r\n"), 1 => Just("  \n \n")];
        prop::collection::vec((word, gap), 0..60)
            .prop_map(|parts| parts.into_iter().map(|(word, gap)| word + gap).collect())
    }

    proptest! {
        #[test]
        fn laws_hold_for_readable_texts(text in texts(), limit in 16_usize..200) {
            let pieces = split(&text, limit);
            let count = pieces.len();
            prop_assert_eq!(count == 0, text.trim().is_empty());
            let is_short = text.replace("\r\n", "\n").trim().chars().count() <= limit;
            prop_assert_eq!(count <= 1, is_short);
            for (index, piece) in pieces.iter().enumerate() {
                prop_assert!(piece.chars().count() <= limit);
                let number = format!(" ({}/{count})", index + 1);
                prop_assert!(count == 1 || piece.ends_with(&number));
                let words = bare(piece, count);
                prop_assert_eq!(words.trim(), words);
                prop_assert!(!words.is_empty());
            }
            let room = if count == 1 { limit } else { limit - 4 - 2 * count.to_string().len() };
            let joined: Vec<_> = pieces.iter().flat_map(|piece| graphemes(bare(piece, count))).collect();
            if graphemes(&text).iter().all(|grapheme| grapheme.chars().count() <= room) {
                prop_assert_eq!(joined, graphemes(&text));
            } else {
                prop_assert_eq!(joined.concat(), graphemes(&text).concat());
            }
            for url in text.split_whitespace().filter(|word| word.starts_with("http") && word.chars().count() <= room) {
                prop_assert!(pieces.iter().any(|piece| bare(piece, count).contains(url)), "{} of {:?}", url, pieces);
            }
        }

        #[test]
        fn nothing_is_lost_of_any_text(text in any::<String>(), limit in 0_usize..64) {
            let pieces = split(&text, limit);
            let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let joined: String = pieces.iter().map(|piece| bare(piece, pieces.len())).collect();
            prop_assert_eq!(solid(&joined), solid(&text));
            prop_assert!(limit < 16 || pieces.iter().all(|piece| piece.chars().count() <= limit));
        }
    }
}
