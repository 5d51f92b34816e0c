//! Comments that show several messages: how their parts are named beside them, and found again in what a helpdesk made of
//! the HTML.

/// Hexadecimal digits of a name.
const DIGITS: usize = 12;

/// The names of the messages in a comment's parts as text.
pub(super) fn written(names: &[u64]) -> String {
    names.iter().map(|name| format!("{name:012x}")).collect::<Vec<_>>().join(" ")
}

/// Reads back what [`written`] wrote; `None` if it is anything else.
pub(super) fn read(text: &str) -> Option<Vec<u64>> {
    let is_name = |word: &str| word.len() == DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_whitespace().map(|word| u64::from_str_radix(word, 16).ok().filter(|_| is_name(word))).collect()
}

/// A piece of HTML, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// From `<` to `>`.
    Tag(&'a str),
    /// What is between tags.
    Text(&'a str),
}

impl<'a> Piece<'a> {
    /// What stands there.
    pub(super) fn as_str(self) -> &'a str {
        match self {
            Self::Tag(text) | Self::Text(text) => text,
        }
    }

    /// The element that the tag opens; empty for everything else.
    pub(super) fn opens(self) -> &'a str {
        match self {
            Self::Tag(tag) => name(&tag[1..]),
            Self::Text(_) => "",
        }
    }

    /// The element that the tag closes; empty for everything else.
    pub(super) fn closes(self) -> &'a str {
        match self {
            Self::Tag(tag) => tag.strip_prefix("</").map_or("", name),
            Self::Text(_) => "",
        }
    }
}

fn name(inside: &str) -> &str {
    let end = inside.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(inside.len());
    &inside[..end]
}

/// The pieces of HTML, in order; together they are all of it.
pub(super) fn pieces(html: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), html);
    while !rest.is_empty() {
        let (piece, length) = match rest.find('<') {
            Some(0) => {
                let length = tag_length(rest);
                (Piece::Tag(&rest[..length]), length)
            }
            at => {
                let length = at.unwrap_or(rest.len());
                (Piece::Text(&rest[..length]), length)
            }
        };
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces
}

/// Up to the `>` that ends the tag; those in quotes do not count.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    tag.len()
}

/// The parts of a comment, which `<hr>` divides. Customers' words are escaped, so no other `<hr>` can be in it. `None` if they
/// are not as many as there should be: a sanitizer has taken the lines away.
pub(super) fn divided(html: &str, count: usize) -> Option<Vec<Vec<Piece<'_>>>> {
    let mut parts = vec![Vec::new()];
    for piece in pieces(html) {
        if piece.opens().eq_ignore_ascii_case("hr") {
            parts.push(Vec::new());
        }
        parts.last_mut()?.push(piece);
    }
    (parts.len() == count).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        let names = [0, 1, 0xffff_ffff_ffff];
        assert_eq!(written(&names), "000000000000 000000000001 ffffffffffff");
        assert_eq!(read(&written(&names)).as_deref(), Some(&names[..]));
        assert_eq!(read(""), Some(Vec::new()));
        for other in
            ["00000000000", "000000000000 x", "0000000000000", "+00000000000", "000000000000,000000000001"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn pieces_are_all_of_the_html() {
        for html in ["", "a", "<p>a</p>", "a<br", "<a title=\"1 > 0\" b='\"'>x</a> <", "<<>>", "ä<hr/>ö"] {
            let whole: String = pieces(html).into_iter().map(Piece::as_str).collect();
            assert_eq!(whole, html);
        }
        let names: Vec<_> =
            pieces("<p dir=x>a<br/></P>").iter().map(|one| (one.opens(), one.closes())).collect();
        assert_eq!(names, [("p", ""), ("", ""), ("br", ""), ("", "P")]);
    }

    #[test]
    fn parts_are_counted() {
        let html = "<div><p>a</p><hr dir=\"auto\"><p>b &lt;hr&gt;</p><HR/>c</div>";
        let parts = divided(html, 3).expect("three parts");
        let texts: Vec<String> = parts
            .iter()
            .map(|part| {
                part.iter().filter(|one| matches!(one, Piece::Text(_))).map(|one| one.as_str()).collect()
            })
            .collect();
        assert_eq!(texts, ["a", "b &lt;hr&gt;", "c"]);
        assert_eq!(divided(html, 2), None);
        assert_eq!(divided("<p>a</p>", 1).map(|parts| parts.len()), Some(1));
    }
}
