//! Texts that tell where they come from: every text is a function of its letter and number, so a mix-up or a cut is seen
//! as well as a loss. `c` is for customers, `r` for agents' replies, `k` for colleagues' answers in the platform's own
//! app, `q` for what nobody understands.

const DECORATIONS: [&str; 8] = [
    "",
    "& more",
    "caf\u{e9}",
    "1 < 2 > 0",
    "\u{1fad6}",
    "\"quoted\"",
    "it's",
    "https://a.example/b?c=1&d=2",
];

/// The text with that letter and number, of so many words.
pub(crate) fn sentence(letter: char, number: usize, words: usize) -> String {
    let mut text = String::new();
    for word in 1..=words {
        let decoration = DECORATIONS[(number * 7 + word * 3) % DECORATIONS.len()];
        // A link in a reply would be shown as a preview and nothing else; agents' texts go without.
        let decoration = if letter == 'r' && decoration.starts_with("http") { "" } else { decoration };
        text.push_str(&format!("{letter}{number}.{word} {decoration} "));
    }
    normal(&text)
}

/// The text with every run of white space as one blank.
pub(crate) fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The numbers and words of a letter that occur in a text, in order.
pub(crate) fn words_in(text: &str, letter: char) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices(letter) {
        if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
            continue;
        }
        let rest = &text[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || rest.as_bytes().get(digits) != Some(&b'.') {
            continue;
        }
        let tail = &rest[digits + 1..];
        let more = tail.bytes().take_while(u8::is_ascii_digit).count();
        if let (Ok(number), Ok(word)) = (rest[..digits].parse(), tail[..more].parse()) {
            found.push((number, word));
        }
    }
    found
}

/// The numbers of the texts that begin in a text, in order.
pub(crate) fn numbers_in(text: &str, letter: char) -> Vec<usize> {
    words_in(text, letter).into_iter().filter(|(_, word)| *word == 1).map(|(number, _)| number).collect()
}

/// What a reader sees of HTML, without quotations.
pub(crate) fn visible(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("<blockquote") {
        kept.push_str(before);
        rest = after.split_once("</blockquote>").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    let mut text = String::new();
    let mut tag = false;
    for character in kept.chars() {
        match character {
            '<' => {
                tag = true;
                text.push(' ');
            }
            '>' if tag => tag = false,
            character if !tag => text.push(character),
            _ => {}
        }
    }
    let plain = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("\u{a0}", " "),
        ("&amp;", "&"),
    ];
    normal(&plain.iter().fold(text, |text, (from, to)| text.replace(from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_again_in_what_a_reader_sees() {
        let text = sentence('c', 12, 9);
        assert_eq!(words_in(&text, 'c').len(), 9);
        assert_eq!(numbers_in(&format!("xc3.1 c4.1 {text} c5.2"), 'c'), [4, 12]);
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let html = format!("<p>a</p><blockquote><p>c9.1</p></blockquote><p>{escaped}</p>");
        assert_eq!(visible(&html), format!("a {text}"));
    }
}
