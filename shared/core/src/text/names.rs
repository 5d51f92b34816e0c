//! The one-liners that agents read first: a ticket's subject and a customer's name.

use super::cut;
use crate::model::Person;

/// Longest subject, in characters.
const SUBJECT_MAX: usize = 120;
/// Longest part of a subject that names what it is or who wrote it, in characters.
const PART_MAX: usize = 40;
/// Longest name, in characters; both helpdesks take 255.
const NAME_MAX: usize = 100;

/// A ticket's subject in one line of at most 120 characters: `Facebook comment by Ann Lee: "My parcel never…"`. `title`
/// says what it is, `who` wrote it; without text there is no quote.
#[must_use]
pub fn subject(title: &str, who: &str, text: &str) -> String {
    let (title, who, text) = (cut(&one_line(title), PART_MAX), cut(&one_line(who), PART_MAX), one_line(text));
    let head = if who.is_empty() { title } else { format!("{title} by {who}") };
    if text.is_empty() {
        return head;
    }
    let room = SUBJECT_MAX.saturating_sub(head.chars().count() + r#": """#.chars().count());
    format!("{head}: \"{}\"", cut(&text, room))
}

/// A subject of ours without the quote of what the customer wrote; `None` if it has none, or is not ours any more. `title`
/// is how it begins.
#[must_use]
pub fn without_quote<'a>(subject: &'a str, title: &str) -> Option<&'a str> {
    let subject = subject.trim();
    let (head, _) = subject.split_once(": \"").filter(|_| subject.ends_with('"'))?;
    head.starts_with(title).then_some(head)
}

/// The customer's name in one line of at most 100 characters. Where the platform tells none, an honest placeholder with
/// the end of their id: `Facebook user …1234`.
#[must_use]
pub fn display_name(platform_title: &str, person: &Person) -> String {
    let name = one_line(person.name.as_deref().unwrap_or_default());
    if name.chars().any(|c| !is_invisible(c)) {
        return cut(&name, NAME_MAX);
    }
    let id = one_line(&person.id);
    let hidden = id.chars().count().saturating_sub(4);
    let dots = if hidden > 0 { "…" } else { "" };
    let end: String = id.chars().skip(hidden).collect();
    format!("{platform_title} user {dots}{end}").trim_end().to_owned()
}

/// The text in one line, without control characters and without the marks that turn the direction of what follows.
fn one_line(text: &str) -> String {
    let kept: String =
        text.chars().filter(|c| c.is_whitespace() || !(c.is_control() || turns_direction(*c))).collect();
    super::normal(&kept)
}

/// Embeddings, overrides and isolates: right-to-left names need none, and an open one garbles the rest of the line.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{3164}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{display_name, subject, without_quote};
    use crate::model::Person;

    #[test]
    fn subjects_are_one_line() {
        let cases = [
            (
                ("Facebook comment", "Ann Lee", "My parcel\nnever came"),
                "Facebook comment by Ann Lee: \"My parcel never came\"",
            ),
            (("Facebook comment", "Ann Lee", " \n "), "Facebook comment by Ann Lee"),
            (("Messenger", "", "Hi\u{0}"), "Messenger: \"Hi\""),
            (("Messenger", "نور \u{202e}علي", "وين طلبي؟"), "Messenger by نور علي: \"وين طلبي؟\""),
        ];
        for ((title, who, text), expected) in cases {
            assert_eq!(subject(title, who, text), expected);
        }
    }

    #[test]
    fn subjects_keep_their_limit() {
        let long = subject("Facebook comment", "Ann Lee", &"My parcel never came. ".repeat(20));
        assert!(long.chars().count() <= 120 && long.chars().count() > 100, "{long}");
        assert!(long.ends_with("…\""), "{long}");
        let family = subject(&"t".repeat(99), &"👨‍👩‍👧".repeat(99), &"👨‍👩‍👧".repeat(99));
        assert!(family.chars().count() <= 120, "{family}");
        assert!(family.ends_with("👨‍👩‍👧…\""), "{family}");
    }

    #[test]
    fn a_quote_is_taken_out_of_our_own_subjects_only() {
        let ours = subject("Facebook comment", "Ann Lee", "She said: \"never\"");
        assert_eq!(without_quote(&ours, "Facebook comment"), Some("Facebook comment by Ann Lee"));
        for other in [
            "Facebook comment by Ann Lee",
            "Refund: \"blue kettle\"",
            "Facebook comment: about \"x\" and more",
            "",
        ] {
            assert_eq!(without_quote(other, "Facebook comment"), None, "{other}");
        }
    }

    #[test]
    fn names_are_honest() {
        let named = |id: &str, name: Option<&str>| {
            display_name("Facebook", &Person { id: id.into(), name: name.map(Into::into) })
        };
        assert_eq!(named("100012345678", Some(" Ann\u{7}\tLee ")), "Ann Lee");
        assert_eq!(named("100012345678", None), "Facebook user …5678");
        assert_eq!(named("100012345678", Some("\u{200b} \u{200f}")), "Facebook user …5678");
        assert_eq!(named("12", Some("")), "Facebook user 12");
        assert_eq!(named("", None), "Facebook user");
        assert_eq!(named("7", Some("李小龙")), "李小龙");
        assert_eq!(named("7", Some(&"x".repeat(300))).chars().count(), 100);
    }
}
