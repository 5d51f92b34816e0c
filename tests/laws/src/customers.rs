//! Customers' words: into safe HTML, a subject and a name.

use deskbridge_connectors::REGISTRY;
use deskbridge_core::Moment;
use deskbridge_core::model::{Attachment, Message, Person, Quote};
use deskbridge_core::text::html::{MessageFrame, message, paragraphs};
use deskbridge_core::text::{display_name, subject};

use crate::{joined, parts};

/// The longest subject and the longest name, in characters.
const SUBJECT_MAX: usize = 120;
const NAME_MAX: usize = 100;
/// The only elements; both helpdesks keep them.
const ELEMENTS: [&str; 8] = ["p", "br", "a", "b", "em", "blockquote", "ul", "li"];
/// What stands around the address of a link.
const LINK: (&str, &str) = ("a href=\"", "\" rel=\"nofollow noopener noreferrer\"");

/// A text, a name, an address, and a title.
pub(crate) fn check(data: &[u8]) {
    let mut parts = parts(data, 4).map(|part| String::from_utf8_lossy(part).into_owned());
    let mut next = || parts.next().unwrap_or_default();
    let (text, name, url, title) = (next(), next(), next(), next());
    is_safe(&paragraphs(&text));
    is_safe(&comment(&text, &name, &url, &title));
    let line = subject("Facebook comment", &name, &text);
    assert!(line.chars().count() <= SUBJECT_MAX && is_one_line(&line), "{line:?}");
    let person = Person { id: title, name: Some(name) };
    let shown = display_name("Facebook", &person);
    assert!(!shown.is_empty() && is_one_line(&shown), "{shown:?}");
    let told = person.name.as_deref().unwrap_or_default();
    assert!(shown.starts_with("Facebook user") || shown.chars().count() <= NAME_MAX, "{told:?}: {shown:?}");
}

fn comment(text: &str, name: &str, url: &str, title: &str) -> String {
    let attachment = Attachment {
        kind: name.to_owned(),
        url: Some(url.to_owned()),
        title: Some(title.to_owned()),
        file: None,
    };
    let told = Message {
        id: "1_2".to_owned(),
        author: Person { id: "77".to_owned(), name: Some(name.to_owned()) },
        text: text.to_owned(),
        attachments: vec![attachment],
        permalink: Some(url.to_owned()),
        parent: None,
        context: Some(title.to_owned()),
    };
    let quote = Quote { author: Some(name.to_owned()), text: title.to_owned() };
    let frame = MessageFrame {
        platform_title: "Facebook",
        when: Some(Moment(0)),
        edited: true,
        quote: Some(&quote),
        permalink: None,
    };
    message(&told, &frame)
}

/// Only known elements, closed in order, with no attribute but the address of a link to the web.
fn is_safe(html: &str) {
    let mut open = Vec::new();
    for piece in html.split('<').skip(1) {
        let Some((tag, _)) = piece.split_once('>') else { panic!("{html:?}: {piece:?}") };
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        assert!(ELEMENTS.contains(&name), "{html:?}: <{tag}>");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{html:?}"),
            None if name == "br" => assert_eq!(tag, "br", "{html:?}"),
            None => {
                assert!(tag == name || is_web_link(tag), "{html:?}: <{tag}>");
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{html:?}: {open:?} stay open");
}

fn is_web_link(tag: &str) -> bool {
    let url = tag.strip_prefix(LINK.0).and_then(|rest| rest.strip_suffix(LINK.1));
    url.is_some_and(|url| {
        let url = url.to_ascii_lowercase();
        (url.starts_with("http://") || url.starts_with("https://")) && !url.contains(['"', '\'', '<', ' '])
    })
}

fn is_one_line(text: &str) -> bool {
    let breaks = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    !text.contains(breaks) && text.trim() == text
}

/// Words that look like markup, and the fixtures for theirs.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let texts = [
        ["see https://a.example/?q=1&r='x', ok\r\n\r\n<script>alert(1)</script>", "Ann Lee", "", "p.jpg"],
        ["a\nb\u{2028}c", " نور \u{202e}علي", "https://cdn.example/p.jpg?a=(1)", "Summer <b>sale</b>"],
        ["javascript:alert(1) HTTP://A.example/[x]", "\u{200b}", "javascript:alert(1)", "1000123"],
        ["https://a.example/\" onx=\"", "👨‍👩‍👧 \u{7}", "http://a.example/'onx='", "{{name}}"],
    ];
    let samples = texts.iter().map(|parts| joined(&parts.map(str::as_bytes)));
    let fixtures = REGISTRY.iter().flat_map(|line| line.fixtures).step_by(5);
    samples
        .chain(fixtures.map(|fixture| joined(&[fixture.body, b"Kim", b"https://a.example", b"7"])))
        .collect()
}
