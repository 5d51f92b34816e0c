//! The small reference line by which our own writes are found again, and Freshdesk's own words in notes.

use deskbridge_core::EffectId;

use super::wire::{Entry, is_number};
use crate::helpdesks::parts;

const REFERENCE: &str = "ref ";
/// `db-` and 16 hexadecimal digits.
const ID_CHARACTERS: usize = 19;

/// The line that ends everything we write: visible, so that no sanitizer has a reason to take it away.
pub(super) fn reference_line(id: EffectId) -> String {
    named_line(id, &[])
}

/// The same line under what customers wrote: it also names the message in each part.
pub(super) fn named_line(id: EffectId, names: &[u64]) -> String {
    let line = format!("{REFERENCE}{id} {}", parts::written(names));
    format!("<p><small>{}</small></p>", line.trim_end())
}

/// HTML that ends with our line: what stands before the line, the messages named there, and the line to the end. `names` is
/// empty in notes and in what older versions of the bridge wrote.
pub(super) struct Ending<'a> {
    pub(super) before: &'a str,
    /// The effect that wrote it.
    pub(super) id: EffectId,
    pub(super) names: Vec<u64>,
    pub(super) line: &'a str,
}

impl<'a> Ending<'a> {
    pub(super) fn of(html: &'a str) -> Option<Self> {
        let text = without_end_tags(html);
        let start = text.rfind(&format!("{REFERENCE}db-"))?;
        let line = &text[start + REFERENCE.len()..];
        let (id, names) = line.split_at_checked(ID_CHARACTERS)?;
        let id = EffectId::parse(id)?;
        let names = parts::read(&names.replace("&nbsp;", " "))?;
        let start = without_opening_tags(&html[..start]).len();
        Some(Self { before: &html[..start], id, names, line: &html[start..] })
    }
}

/// Whether this entry was written by that effect.
pub(super) fn is_of(entry: &Entry, id: EffectId) -> bool {
    let reference = format!("{REFERENCE}{id}");
    texts(entry).any(|text| text.contains(&reference))
}

/// Whether this entry ends as ours do. Only the end counts: an agent may quote a customer's comment with its line.
pub(super) fn ends_as_ours(entry: &Entry) -> bool {
    texts(entry).any(|text| Ending::of(text).is_some())
}

/// The ticket that this note says its own ticket was merged into. uncertain: the note is Freshdesk's own and in
/// English; accounts in other languages may word it otherwise, so its absence proves nothing.
pub(super) fn merged_into(entry: &Entry) -> Option<&str> {
    let text = entry.body_text.as_deref()?.trim();
    let rest = text.strip_prefix("This ticket is closed and merged into ticket ")?;
    let id = rest.trim_end_matches('.').trim_start_matches('#');
    Some(id).filter(|id| is_number(id) && is_note(entry))
}

/// Whether Freshdesk wrote this note when tickets were merged. An agent may make such notes public.
pub(super) fn tells_of_merge(entry: &Entry) -> bool {
    let absorbed = entry.body_text.as_deref().is_some_and(|text| {
        let rest = text.trim().strip_prefix("Ticket with ID ").unwrap_or_default();
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        after.starts_with(" has been merged") && after.len() < rest.len()
    });
    is_note(entry) && (absorbed || merged_into(entry).is_some())
}

fn is_note(entry: &Entry) -> bool {
    entry.source == Some(2) && entry.incoming != Some(true)
}

fn texts(entry: &Entry) -> impl Iterator<Item = &str> {
    [entry.body.as_deref(), entry.body_text.as_deref()].into_iter().flatten()
}

/// The text before the closing tags and blanks that end it.
fn without_end_tags(text: &str) -> &str {
    let mut text = text;
    loop {
        let trimmed = text.trim_end().trim_end_matches("&nbsp;").trim_end();
        let shorter = match trimmed.rfind('<') {
            Some(start) if trimmed.ends_with('>') => &trimmed[..start],
            _ => trimmed,
        };
        if shorter.len() == text.len() {
            return text;
        }
        text = shorter;
    }
}

/// The text before the opening tags that end it.
fn without_opening_tags(text: &str) -> &str {
    match text.rfind('<') {
        Some(start) if text.ends_with('>') && !text[start..].starts_with("</") => {
            without_opening_tags(&text[..start])
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(body: &str, text: &str) -> Entry {
        let json = serde_json::json!({"id": 1, "source": 2, "incoming": false, "private": false,
            "body": body, "body_text": text});
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn finds_the_line_wherever_freshdesk_keeps_it() {
        let id = EffectId(0x00ff);
        let line = reference_line(id);
        assert_eq!(line, "<p><small>ref db-00000000000000ff</small></p>");
        let cases = [
            (format!("<p>Hi</p>{line}"), String::new(), true),
            ("<div>Hi</div>".to_owned(), "Hi ref db-00000000000000ff".to_owned(), true),
            ("<div>Hi ref db-00000000000000fe</div>".to_owned(), "Hi".to_owned(), false),
        ];
        for (body, text, ours) in cases {
            assert_eq!(is_of(&note(&body, &text), id), ours, "{body}");
        }
    }

    #[test]
    fn only_the_end_of_a_note_tells_whose_it_is() {
        let cases = [
            ("<p>Hi</p><p><small>ref db-00000000000000ff</small></p>", true),
            ("<div>Hi<br>ref db-00000000000000ff<br> </div>&nbsp;\n", true),
            ("<blockquote>Hi<br>ref db-00000000000000ff</blockquote><p>Done</p>", false),
            ("<p>Hi</p><p><small>ref db-00000000000000ff 0123456789ab 000000000000</small></p>", true),
            ("<p>ref db-00000000000000ff 0123456789ab and more</p>", false),
            ("<p>ref db-00000000000000ff0123456789ab</p>", true),
            ("<p>ref db-00ff</p>", false),
            ("<p>wörter ohne ende…………………………</p>", false),
            ("", false),
            ("<<>>", false),
        ];
        for (body, ours) in cases {
            assert_eq!(ends_as_ours(&note(body, "")), ours, "{body}");
        }
    }

    #[test]
    fn the_line_is_taken_apart() {
        let line = named_line(EffectId(0x00ff), &[1, 0]);
        assert_eq!(line, "<p><small>ref db-00000000000000ff 000000000001 000000000000</small></p>");
        let html = format!("<div>Hi<br>{line}</div>");
        let ending = Ending::of(&html).unwrap();
        assert_eq!((ending.before, ending.names.as_slice()), ("<div>Hi", &[1, 0][..]));
        assert_eq!(ending.id, EffectId(0x00ff));
        assert_eq!(ending.line, format!("<br>{line}</div>"));
        let old = format!("<p>Hi</p>{}", reference_line(EffectId(0x00ff)));
        assert!(Ending::of(&old).unwrap().names.is_empty());
    }

    #[test]
    fn knows_the_notes_of_a_merge() {
        let cases = [
            ("This ticket is closed and merged into ticket 182769", Some("182769"), true),
            (" This ticket is closed and merged into ticket #7. ", Some("7"), true),
            ("Ticket with ID 12 has been merged into this ticket", None, true),
            ("Ticket with ID 12 has been merged to this ticket Subject: x", None, true),
            ("This ticket is closed and merged into ticket 7, I believe", None, false),
            ("Ticket with ID has been merged", None, false),
            ("We merged your tickets", None, false),
        ];
        for (text, into, machinery) in cases {
            let entry = note("", text);
            assert_eq!((merged_into(&entry), tells_of_merge(&entry)), (into, machinery), "{text}");
        }
    }
}
