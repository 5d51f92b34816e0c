//! What is to be redacted of a comment's HTML: Zendesk wants it back with `<redact>` around texts, and with the attribute
//! `redact` in links and images.

use crate::helpdesks::parts::{Piece, divided, pieces};

/// The older way takes one request for each text; more than this are not worth it.
const TEXTS_MAX: usize = 10;

/// What Zendesk puts in the place of each letter.
const BLACK: char = '\u{2587}';

/// A comment with marks around what is to go.
pub(super) struct Marked {
    /// The HTML with its marks.
    pub(super) html: String,
    /// The texts that are to go, as readers see them.
    texts: Vec<String>,
    /// The text of everything else.
    rest: String,
    marks: usize,
    /// Inside of an element that only holds words of ours.
    ours: bool,
}

impl Marked {
    /// Whether nothing is left to redact.
    pub(super) fn is_done(&self) -> bool {
        self.marks == 0
    }

    /// The texts that are to go, longest first, so that none spoils another one; `None` if one of them also stands in a part that
    /// is to stay, or if they are too many.
    pub(super) fn texts_of_their_own(&self) -> Option<Vec<&str>> {
        let mut texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        texts.sort_by_key(|text| (std::cmp::Reverse(text.len()), *text));
        texts.dedup();
        let own = texts.len() <= TEXTS_MAX && !texts.iter().any(|text| self.rest.contains(text));
        own.then_some(texts)
    }

    fn add(&mut self, piece: Piece<'_>, wanted: bool) {
        self.ours = (self.ours || piece.opens() == "em") && piece.closes() != "em";
        match piece {
            Piece::Text(text) if wanted && is_legible(text) => {
                self.html.push_str(&format!("<redact>{text}</redact>"));
                // When it was written, and the link to it, stand beside other messages, too.
                if !self.ours && !text.starts_with("See it on ") {
                    self.texts.push(decoded(text));
                }
                self.marks += 1;
            }
            Piece::Tag(tag) if wanted && leads_somewhere(piece) => {
                let (name, attributes) = tag.split_at(1 + piece.opens().len());
                self.html.push_str(&format!("{name} redact{attributes}"));
                self.marks += 1;
            }
            Piece::Text(text) => {
                self.html.push_str(text);
                self.rest.push_str(&decoded(text));
                self.rest.push('\n');
            }
            Piece::Tag(tag) => self.html.push_str(tag),
        }
    }
}

/// Marks the parts that show the message. `None` if the parts cannot be told apart, and others are not to go.
pub(super) fn marked(html: &str, parts: &[u64], message: u64) -> Option<Marked> {
    let mut marked =
        Marked { html: String::new(), texts: Vec::new(), rest: String::new(), marks: 0, ours: false };
    if parts.iter().all(|part| *part == message) {
        pieces(html).into_iter().for_each(|piece| marked.add(piece, true));
        return Some(marked);
    }
    for (part, name) in divided(html, parts.len())?.into_iter().zip(parts) {
        part.into_iter().for_each(|piece| marked.add(piece, *name == message));
    }
    Some(marked)
}

/// Whether anything is left to read.
fn is_legible(text: &str) -> bool {
    text.replace("&nbsp;", " ").chars().any(|letter| !letter.is_whitespace() && letter != BLACK)
}

fn leads_somewhere(piece: Piece<'_>) -> bool {
    let name = piece.opens().to_ascii_lowercase();
    let has = |attribute: &str| piece.as_str().to_ascii_lowercase().contains(attribute);
    (name == "a" && has(" href=")) || (name == "img" && has(" src="))
}

fn decoded(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&nbsp;", "\u{a0}").replace("&amp;", "&").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: &str = "<div class=\"zd-comment\" dir=\"auto\"><p>one &amp; <a href=\"https://a.example/?x=1&amp;y\">\
                         here</a></p><hr><p>two</p> <hr><p>\u{2587}\u{2587} &nbsp;</p><img src=\"https://a.example/i\"></div>";

    #[test]
    fn only_the_part_of_the_message_is_marked() {
        let middle = marked(BURST, &[1, 2, 3], 2).unwrap();
        assert_eq!(middle.html, BURST.replace("two", "<redact>two</redact>"));
        let first = marked(BURST, &[1, 2, 3], 1).unwrap();
        let wanted = BURST
            .replace("one &amp; ", "<redact>one &amp; </redact>")
            .replace("<a href", "<a redact href")
            .replace(">here<", "><redact>here</redact><");
        assert_eq!(first.html, wanted);
        assert_eq!(first.texts_of_their_own().unwrap(), ["one &", "here"]);
        let last = marked(BURST, &[1, 2, 3], 3).unwrap();
        assert_eq!(last.html, BURST.replace("<img src", "<img redact src"), "what is black stays");
        assert!(marked("<p>\u{2587}</p>", &[7], 7).unwrap().is_done());
    }

    #[test]
    fn an_edited_message_stands_in_two_parts() {
        let both = marked("<p>a</p><hr><p>b</p><hr><p>c</p>", &[1, 2, 1], 1).unwrap();
        assert_eq!(both.html, "<p><redact>a</redact></p><hr><p>b</p><hr><p><redact>c</redact></p>");
    }

    #[test]
    fn nothing_is_redacted_by_guess() {
        assert!(marked("<p>a</p><p>b</p>", &[1, 2], 2).is_none(), "a sanitizer took the lines");
        let whole = marked("<p>a</p><p>b</p>", &[2, 2], 2).unwrap();
        assert_eq!(whole.html, "<p><redact>a</redact></p><p><redact>b</redact></p>");
        let shared = marked("<p>no</p><hr><p>I know</p>", &[1, 2], 1).unwrap();
        assert_eq!(shared.texts_of_their_own(), None, "the other message says it, too");
        let timed =
            marked("<p><em>12:00</em></p><p>a</p><hr><p><em>12:00</em></p><p>b</p>", &[1, 2], 2).unwrap();
        assert_eq!(timed.texts_of_their_own().unwrap(), ["b"], "the time is not the customer's");
    }
}
