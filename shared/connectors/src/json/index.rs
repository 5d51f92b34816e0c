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
    /// How many nodes it is, with all that is in it.
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
    Colon,
    CommaOrEnd,
}

/// All values of a text, in the order in which they begin; `None` if it is no JSON, or too long.
pub(super) fn nodes(text: &str) -> Option<Vec<Node>> {
    u32::try_from(text.len()).ok()?;
    let bytes = text.as_bytes();
    let mut nodes: Vec<Node> = Vec::with_capacity(bytes.len() / 6 + 1);
    let mut open: Vec<usize> = Vec::with_capacity(16);
    let (mut at, mut wanted) = (0, Wanted::Value);
    loop {
        at += bytes[at..].iter().take_while(|byte| b" \n\r\t".contains(byte)).count();
        let Some(&first) = bytes.get(at) else { break };
        let start = position(at);
        let mut node = Node { start, end: start + 1, size: 1, first, escaped: false };
        at += 1;
        wanted = match (first, wanted) {
            (b':', Wanted::Colon) => {
                wanted = Wanted::Value;
                continue;
            }
            (b',', Wanted::CommaOrEnd) => {
                wanted = if nodes[*open.last()?].first == b'{' { Wanted::Name } else { Wanted::Value };
                continue;
            }
            (b'}', Wanted::NameOrEnd | Wanted::CommaOrEnd)
            | (b']', Wanted::ValueOrEnd | Wanted::CommaOrEnd) => {
                let nth = open.pop()?;
                let size = position(nodes.len() - nth);
                let container = &mut nodes[nth];
                (container.end, container.size) = (position(at), size);
                if (container.first == b'{') != (first == b'}') {
                    return None;
                }
                wanted = Wanted::CommaOrEnd;
                continue;
            }
            (b'"', Wanted::Name | Wanted::NameOrEnd) => {
                (at, node.escaped) = text_end(text, at)?;
                Wanted::Colon
            }
            (b'"', Wanted::Value | Wanted::ValueOrEnd) => {
                (at, node.escaped) = text_end(text, at)?;
                Wanted::CommaOrEnd
            }
            (b'{', Wanted::Value | Wanted::ValueOrEnd) => {
                open.push(nodes.len());
                Wanted::NameOrEnd
            }
            (b'[', Wanted::Value | Wanted::ValueOrEnd) => {
                open.push(nodes.len());
                Wanted::ValueOrEnd
            }
            (_, Wanted::Value | Wanted::ValueOrEnd) => {
                at = word_end(text, at - 1)?;
                Wanted::CommaOrEnd
            }
            _ => return None,
        };
        node.end = position(at);
        nodes.push(node);
    }
    (open.is_empty() && wanted == Wanted::CommaOrEnd).then_some(nodes)
}

/// The length of the whole was checked to fit.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Behind the text whose inside begins there, and whether something is escaped in it.
fn text_end(text: &str, inside: usize) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let mut at = inside + before_special(&bytes[inside..]);
    if bytes.get(at)? == &b'"' {
        return Some((at + 1, false));
    }
    while bytes.get(at)? != &b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    is_json(text.get(inside - 1..=at)?).then_some((at + 1, true))
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
    is_json(text.get(start..start + length)?).then_some(start + length)
}

/// Seldom needed for much of a body: most of it is names, and texts without escapes.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
