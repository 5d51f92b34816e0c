//! Customers' words as the safe HTML that goes into helpdesks: everything escaped, only web addresses linked.
//!
//! Only elements that both helpdesks' sanitizers keep are used: `p br a b em blockquote ul li`.

use super::{cut, urls};
use crate::Moment;
use crate::model::{Attachment, Message, Quote};

/// Longest text of one comment, in characters of its HTML. Zendesk documents about 64 KB for a comment; the rest is for
/// quotes, attachments and links.
const TEXT_MAX: usize = 60_000;
/// Longest quote of the message that is answered, in characters.
const QUOTE_MAX: usize = 280;
/// Longest title of an attachment, in characters.
const TITLE_MAX: usize = 120;

/// What stands around a customer's message.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageFrame<'a> {
    /// The platform's name as agents know it, such as `Facebook`.
    pub platform_title: &'a str,
    /// When it was written, if that is to be shown.
    pub when: Option<Moment>,
    /// Whether it replaces what the customer wrote before.
    pub edited: bool,
    /// The message that it answers.
    pub quote: Option<&'a Quote>,
    /// Where it can be seen on the platform; if `None`, the message's own permalink.
    pub permalink: Option<&'a str>,
}

/// The text with everything escaped that means something in HTML, in elements and in quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Plain text as HTML: empty lines part paragraphs, other line ends become `<br>`, `http` and `https` addresses become
/// links. Control characters are dropped. Blank text gives nothing.
#[must_use]
pub fn paragraphs(text: &str) -> String {
    let text = clean(text);
    let mut html = String::new();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().chain([""]) {
        if !line.trim().is_empty() {
            lines.push(linked(line.trim_end()));
        } else if !lines.is_empty() {
            html.push_str(&format!("<p>{}</p>", lines.join("<br>")));
            lines.clear();
        }
    }
    html
}

/// One message of a customer: when, what it answers, the text, what came with it, its context and where to see it.
#[must_use]
pub fn message(message: &Message, frame: &MessageFrame<'_>) -> String {
    let mut room = TEXT_MAX;
    framed(message, frame, &mut room)
}

/// The messages of one burst as one comment, in the order given. Several show their times; a quote that repeats the one
/// before is not shown again. All texts together keep the limit of one comment.
#[must_use]
pub fn digest_of(parts: &[(&Message, MessageFrame<'_>)]) -> String {
    let mut room = TEXT_MAX;
    let mut quoted = None;
    let mut html = String::new();
    for (message, frame) in parts {
        let when = frame.when.filter(|_| parts.len() > 1);
        let quote = frame.quote.filter(|quote| quoted != Some(*quote));
        quoted = frame.quote;
        html.push_str(&framed(message, &MessageFrame { when, quote, ..*frame }, &mut room));
    }
    html
}

/// A message whose text takes at most so much room, in characters of HTML; less room is left afterwards.
fn framed(message: &Message, frame: &MessageFrame<'_>, room: &mut usize) -> String {
    let mut html = heading(frame);
    if let Some(quote) = frame.quote.filter(|quote| !quote.text.trim().is_empty()) {
        html.push_str(&quotation(quote));
    }
    let text = fitting(&message.text, room);
    let says_nothing = text.is_empty() && message.attachments.is_empty() && message.context.is_none();
    html.push_str(if says_nothing { "<p><em>(no text)</em></p>" } else { &text });
    if !message.attachments.is_empty() {
        let items: String = message.attachments.iter().map(attachment).collect();
        html.push_str(&format!("<ul>{items}</ul>"));
    }
    if let Some(context) = &message.context {
        html.push_str(&format!("<p><em>{}</em></p>", escape(&clean(context))));
    }
    let permalink = frame.permalink.or(message.permalink.as_deref()).filter(|url| urls::is_web(url));
    if let Some(url) = permalink {
        html.push_str(&format!("<p>{}</p>", anchor(url, &format!("See it on {}", frame.platform_title))));
    }
    html
}

/// When it was written, and that it was changed.
fn heading(frame: &MessageFrame<'_>) -> String {
    match (frame.when, frame.edited) {
        (None, false) => String::new(),
        (None, true) => "<p><em>Edited by the customer:</em></p>".to_owned(),
        (Some(when), false) => format!("<p><em>{when}</em></p>"),
        (Some(when), true) => format!("<p><em>{when}, edited by the customer:</em></p>"),
    }
}

/// The message that is answered, shortened.
fn quotation(quote: &Quote) -> String {
    let author = quote.author.as_deref().map(str::trim).filter(|author| !author.is_empty());
    let author = author.map_or_else(|| "Earlier message".to_owned(), |author| cut(author, TITLE_MAX));
    let text = paragraphs(&cut(clean(&quote.text).trim(), QUOTE_MAX));
    format!("<blockquote><p><b>{}:</b></p>{text}</blockquote>", escape(&clean(&author)))
}

/// One line of the list of attachments: what it is and its title, linked if it can be fetched.
fn attachment(attachment: &Attachment) -> String {
    let mut letters = attachment.kind.chars();
    let kind: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let title = attachment.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let label = title.map_or_else(|| kind.clone(), |title| format!("{kind}: {}", cut(title, TITLE_MAX)));
    match attachment.url.as_deref().filter(|url| urls::is_web(url)) {
        Some(url) => format!("<li>{}</li>", anchor(url, &label)),
        None => format!("<li>{}</li>", escape(&clean(&label))),
    }
}

/// The text as paragraphs that take at most the room, with an honest last line if something is missing.
fn fitting(text: &str, room: &mut usize) -> String {
    let whole = paragraphs(text);
    let mut size = whole.chars().count();
    if size <= *room {
        *room -= size;
        return whole;
    }
    let mut characters = text.chars().count();
    let mut html = whole;
    while size > *room {
        // Links and escapes make HTML longer than its text, so the right length is approached from above.
        characters = (characters * *room / size).min(characters * 19 / 20);
        html = if characters > 1 { paragraphs(&cut(text, characters)) } else { String::new() };
        size = html.chars().count();
    }
    *room = 0;
    html + "<p><em>(cut; see the original)</em></p>"
}

/// A line of text with its addresses linked.
fn linked(line: &str) -> String {
    let mut html = String::new();
    let mut written = 0;
    for span in urls::linkable(line) {
        html.push_str(&escape(&line[written..span.start]));
        html.push_str(&anchor(&line[span.clone()], &line[span.clone()]));
        written = span.end;
    }
    html + &escape(&line[written..])
}

/// A link to an address that [`urls`] has found safe.
fn anchor(url: &str, label: &str) -> String {
    format!("<a href=\"{}\" rel=\"nofollow noopener noreferrer\">{}</a>", escape(url), escape(&clean(label)))
}

/// The text with plain line ends and without control characters.
fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::{MessageFrame, digest_of, escape, message, paragraphs};
    use crate::Moment;
    use crate::model::{Attachment, Message, Person, Quote};

    fn written(text: &str) -> Message {
        Message {
            id: "1_2".into(),
            author: Person { id: "77".into(), name: None },
            text: text.into(),
            attachments: Vec::new(),
            permalink: None,
            parent: None,
            context: None,
        }
    }

    fn frame() -> MessageFrame<'static> {
        MessageFrame { platform_title: "Facebook", ..MessageFrame::default() }
    }

    fn file(kind: &str, url: Option<&str>, title: Option<&str>) -> Attachment {
        Attachment { kind: kind.into(), url: url.map(Into::into), title: title.map(Into::into), file: None }
    }

    #[test]
    fn everything_is_escaped() {
        assert_eq!(escape("<b a=\"1\" c='2'>&amp;"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
    }

    #[test]
    fn text_becomes_paragraphs() {
        let cases = [
            ("", ""),
            (" \r\n\n ", ""),
            ("a\nb\r\n\r\n\r\nc", "<p>a<br>b</p><p>c</p>"),
            ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
            ("bell\u{7} tab\tnul\u{0}", "<p>bell tab\tnul</p>"),
            ("أين طلبي؟ 😀", "<p>أين طلبي؟ 😀</p>"),
            (
                "see https://a.example/?q=1&r='x', ok",
                "<p>see <a href=\"https://a.example/?q=1&amp;r=&#39;x\" rel=\"nofollow noopener noreferrer\">\
                 https://a.example/?q=1&amp;r=&#39;x</a>&#39;, ok</p>",
            ),
            ("javascript:alert(1) www.a.example", "<p>javascript:alert(1) www.a.example</p>"),
        ];
        for (text, html) in cases {
            assert_eq!(paragraphs(text), html, "{text}");
        }
    }

    #[test]
    fn a_message_shows_all_that_came() {
        let quote = Quote { author: Some("Acme <Shop>".into()), text: "x ".repeat(300) };
        let mut comment = written("It broke & I'm sad");
        comment.attachments = vec![
            file("photo", Some("https://cdn.example/p.jpg?a=1&b=2"), Some("p.jpg")),
            file("location", Some("javascript:alert(1)"), None),
            file("sticker", None, None),
        ];
        comment.context = Some("came from the ad \"Summer\"".into());
        comment.permalink = Some("https://facebook.example/1_2".into());
        let html = message(&comment, &MessageFrame { quote: Some(&quote), edited: true, ..frame() });
        let rel = "rel=\"nofollow noopener noreferrer\"";
        let shortened = format!("{}x…", "x ".repeat(139));
        assert_eq!(
            html,
            format!(
                "<p><em>Edited by the customer:</em></p>\
                 <blockquote><p><b>Acme &lt;Shop&gt;:</b></p><p>{shortened}</p></blockquote>\
                 <p>It broke &amp; I&#39;m sad</p>\
                 <ul><li><a href=\"https://cdn.example/p.jpg?a=1&amp;b=2\" {rel}>Photo: p.jpg</a></li>\
                 <li>Location</li><li>Sticker</li></ul>\
                 <p><em>came from the ad &quot;Summer&quot;</em></p>\
                 <p><a href=\"https://facebook.example/1_2\" {rel}>See it on Facebook</a></p>"
            )
        );
    }

    #[test]
    fn a_message_is_never_empty() {
        assert_eq!(message(&written(" "), &frame()), "<p><em>(no text)</em></p>");
        let mut photo = written("");
        photo.attachments = vec![file("photo", None, None)];
        assert_eq!(message(&photo, &frame()), "<ul><li>Photo</li></ul>");
    }

    #[test]
    fn a_frame_can_point_elsewhere() {
        let mut comment = written("a");
        comment.permalink = Some("https://old.example/".into());
        let html = message(&comment, &MessageFrame { permalink: Some("https://new.example/"), ..frame() });
        assert!(html.contains("https://new.example/") && !html.contains("https://old.example/"), "{html}");
        let unsafe_link = message(&comment, &MessageFrame { permalink: Some("javascript:x"), ..frame() });
        assert_eq!(unsafe_link, "<p>a</p>");
    }

    #[test]
    fn bursts_tell_their_times() {
        let quote = Quote { author: None, text: "Summer sale".into() };
        let (first, second) = (written("one"), written("two"));
        let at = |seconds| MessageFrame {
            when: Some(Moment::from_seconds(seconds)),
            quote: Some(&quote),
            ..frame()
        };
        assert_eq!(
            digest_of(&[(&first, at(0)), (&second, at(60))]),
            "<p><em>1970-01-01 00:00 UTC</em></p>\
             <blockquote><p><b>Earlier message:</b></p><p>Summer sale</p></blockquote><p>one</p>\
             <p><em>1970-01-01 00:01 UTC</em></p><p>two</p>"
        );
        let alone = digest_of(&[(&first, MessageFrame { quote: None, ..at(0) })]);
        assert_eq!(alone, "<p>one</p>");
        assert_eq!(digest_of(&[]), "");
    }

    #[test]
    fn long_texts_are_cut_honestly() {
        for unit in ["word ", "\"<&>'", "https://a.example/b ", "👨‍👩‍👧"] {
            let long = written(&unit.repeat(20_000));
            let html = message(&long, &frame());
            assert!(html.ends_with("<p><em>(cut; see the original)</em></p>"), "{unit}");
            let size = html.chars().count();
            assert!((30_000..60_100).contains(&size), "{size} of {unit}");
            let burst = digest_of(&[(&long, frame()), (&written("last words"), frame())]);
            assert!(burst.chars().count() < 60_200);
            assert!(burst.ends_with("<p><em>(cut; see the original)</em></p>"));
        }
        let just = "a".repeat(59_000);
        assert_eq!(message(&written(&just), &frame()), format!("<p>{just}</p>"));
    }
}
