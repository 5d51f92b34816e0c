//! Where in a text each value stands.

use serde::de::IgnoredAny;

/// A value: a text, number, word, list or object. The nodes of what is in it follow its own; in an object, names and values in
/// turns. Positions are bytes of the text.
#[derive(Clone, Copy)]
pub(super) struct Node {
    /// Where it begins.
    pub(super) start: u32,
    /// The byte behind its last one.
    pub(super) end: u32,
    /// How many nodes it is, with all that is in it. While its end is not found: the node that it is in.
    pub(super) size: u32,
    /// Its first byte, which says what it is.
    pub(super) first: u8,
    /// Whether it is a text in which something is escaped.
    pub(super) escaped: bool,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
}

/// No node: what is outermost is in none.
const NONE: u32 = u32::MAX;

/// All values of a text, in the order in which they begin; `None` if it is no JSON, or too long.
pub(super) fn nodes(text: &str) -> Option<Vec<Node>> {
    u32::try_from(text.len()).ok()?;
    let bytes = text.as_bytes();
    let nodes = Vec::with_capacity(bytes.len() / 6 + 1);
    let mut finder = Finder { text, nodes, open: NONE };
    let (mut at, mut wanted) = (behind_blanks(bytes, 0), Wanted::Value);
    while let Some(first) = bytes.get(at) {
        (at, wanted) = match (first, wanted) {
            (b',', Wanted::CommaOrEnd) => finder.comma(at)?,
            (b'"', Wanted::Name | Wanted::NameOrEnd) => finder.name(at)?,
            (b'}', Wanted::NameOrEnd | Wanted::CommaOrEnd) => finder.close(at, b'{')?,
            (b']', Wanted::ValueOrEnd | Wanted::CommaOrEnd) => finder.close(at, b'[')?,
            (_, Wanted::Value | Wanted::ValueOrEnd) => finder.value(at, *first)?,
            _ => return None,
        };
        at = behind_blanks(bytes, at);
    }
    (finder.open == NONE && wanted == Wanted::CommaOrEnd).then_some(finder.nodes)
}

/// What was found so far. Each function goes on from a position, and gives the next one and what may come there.
struct Finder<'a> {
    text: &'a str,
    nodes: Vec<Node>,
    /// The node of the innermost list or object that is not closed yet.
    open: u32,
}

impl Finder<'_> {
    fn value(&mut self, start: usize, first: u8) -> Option<(usize, Wanted)> {
        let (end, escaped, wanted) = match first {
            b'{' => (start + 1, false, Wanted::NameOrEnd),
            b'[' => (start + 1, false, Wanted::ValueOrEnd),
            b'"' => {
                let (end, escaped) = text_end(self.text, start + 1)?;
                (end, escaped, Wanted::CommaOrEnd)
            }
            _ => (word_end(self.text, start)?, false, Wanted::CommaOrEnd),
        };
        let is_open = wanted != Wanted::CommaOrEnd;
        let size = if is_open { std::mem::replace(&mut self.open, position(self.nodes.len())) } else { 1 };
        self.nodes.push(Node { start: position(start), end: position(end), size, first, escaped });
        Some((end, wanted))
    }

    /// A name, and the colon behind it.
    fn name(&mut self, start: usize) -> Option<(usize, Wanted)> {
        let (end, escaped) = text_end(self.text, start + 1)?;
        self.nodes.push(Node { start: position(start), end: position(end), size: 1, first: b'"', escaped });
        let colon = behind_blanks(self.text.as_bytes(), end);
        (self.text.as_bytes().get(colon) == Some(&b':')).then_some((colon + 1, Wanted::Value))
    }

    fn comma(&self, at: usize) -> Option<(usize, Wanted)> {
        let inside = self.nodes.get(self.open as usize)?.first;
        Some((at + 1, if inside == b'{' { Wanted::Name } else { Wanted::Value }))
    }

    fn close(&mut self, at: usize, opening: u8) -> Option<(usize, Wanted)> {
        let behind = position(self.nodes.len());
        let node = self.nodes.get_mut(self.open as usize).filter(|node| node.first == opening)?;
        node.end = position(at + 1);
        let size = behind - self.open;
        self.open = std::mem::replace(&mut node.size, size);
        Some((at + 1, Wanted::CommaOrEnd))
    }
}

/// Behind the white space that begins there.
fn behind_blanks(bytes: &[u8], at: usize) -> usize {
    let blanks = bytes.get(at..).unwrap_or_default().iter();
    at + blanks.take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// The length of the whole was checked to fit.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Behind the text whose inside begins there, and whether something is escaped in it.
fn text_end(text: &str, inside: usize) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let (mut at, mut escaped) = (inside, false);
    loop {
        at += before_special(bytes.get(at..)?);
        match bytes.get(at)? {
            b'"' => return Some((at + 1, escaped)),
            b'\\' => (at, escaped) = (at + escape_length(&bytes[at + 1..])?, true),
            _ => return None,
        }
    }
}

/// The length of an escape with its backslash, behind which this stands.
fn escape_length(behind: &[u8]) -> Option<usize> {
    match behind {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        [b'u', one, two, three, four, ..] => {
            [one, two, three, four].into_iter().all(u8::is_ascii_hexdigit).then_some(6)
        }
        _ => None,
    }
}

/// How many bytes come before a quotation mark, a backslash or a control character; eight are looked at together.
fn before_special(bytes: &[u8]) -> usize {
    const EACH: u64 = u64::MAX / 255;
    let (eights, rest) = bytes.as_chunks::<8>();
    for (nth, eight) in eights.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        // The highest bit of a byte is set where it was smaller than what is subtracted; the lowest such byte is certain.
        let is = |byte: u8| (word ^ (EACH * u64::from(byte))).wrapping_sub(EACH);
        let found = (is(b'"') | is(b'\\') | word.wrapping_sub(EACH * 0x20)) & !word & (EACH * 0x80);
        if found != 0 {
            return nth * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < b' ';
    bytes.len() - rest.len() + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Behind the number or word that begins there.
fn word_end(text: &str, start: usize) -> Option<usize> {
    let length = text.as_bytes()[start..].iter().take_while(|byte| !b" \n\r\t,]}".contains(byte)).count();
    let word = text.get(start..start + length)?;
    (is_plain(word.as_bytes()) || is_json(word)).then_some(start + length)
}

/// Whether it is a word that JSON has, or a whole number as most are. Others may be numbers, too.
fn is_plain(word: &[u8]) -> bool {
    match word {
        b"null" | b"true" | b"false" | b"0" => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 18 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Seldom needed for much of a body: most of it is names, and texts without escapes.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
