//! HTML as Freshdesk's editor makes it, and the text that Freshdesk derives from it.

const EDITOR_STYLE: &str = "font-family:-apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif; font-size:14px";

/// What the editor makes of typed lines: a styled frame with one `<div>` per line, `<div><br></div>` for an empty one.
pub(super) fn typed(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        "" => "<div dir=\"ltr\"><br></div>".to_owned(),
        line => format!("<div dir=\"ltr\">{}</div>", escape(line)),
    });
    framed(&lines.collect::<String>())
}

/// The editor's frame around HTML that does not have it yet.
pub(super) fn framed(html: &str) -> String {
    if html.starts_with("<div style=\"font-family:") {
        return html.to_owned();
    }
    let inner = if html.starts_with('<') { html.to_owned() } else { format!("<div>{html}</div>") };
    format!("<div style=\"{EDITOR_STYLE}\">{inner}</div>")
}

/// Text with the characters that mean something in HTML written as entities.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The `body_text` of the API: paragraphs run together, so nobody can rebuild the message from it.
pub(super) fn lossy_text(html: &str) -> String {
    readable_text(html).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text as a reader sees it, one line per block.
pub(super) fn readable_text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        push_text(&mut out, &rest[..start]);
        let Some(end) = rest[start..].find('>') else {
            rest = &rest[start..];
            break;
        };
        push_tag(&mut out, &rest[start + 1..start + end]);
        rest = &rest[start + end + 1..];
    }
    push_text(&mut out, rest);
    out.trim().to_owned()
}

fn push_tag(out: &mut String, tag: &str) {
    let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
    match name.to_ascii_lowercase().as_str() {
        "br" => out.push('\n'),
        "div" | "p" | "li" | "ul" | "ol" | "blockquote" | "tr" | "table" | "h1" | "h2" | "h3" | "h4"
            if !out.is_empty() && !out.ends_with('\n') =>
        {
            out.push('\n');
        }
        _ => {}
    }
}

fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        push_plain(out, &rest[..start]);
        rest = &rest[start..];
        let entity = rest.find(';').and_then(|end| Some((entity(&rest[1..end])?, end)));
        match entity {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    push_plain(out, rest);
}

/// White space in HTML source is one space, and none at the start of a line.
fn push_plain(out: &mut String, text: &str) {
    for character in text.chars() {
        if !character.is_whitespace() {
            out.push(character);
        } else if !out.is_empty() && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_makes_one_block_per_line_and_body_text_loses_them() {
        let html = typed("Hi <Kim> & co,\n\nit is on its way.");
        assert!(html.starts_with("<div style=\"font-family:"));
        assert!(html.contains("<div dir=\"ltr\"><br></div>"));
        assert_eq!(readable_text(&html), "Hi <Kim> & co,\n\nit is on its way.");
        assert_eq!(lossy_text(&html), "Hi <Kim> & co, it is on its way.");
        assert_eq!(framed(&html), html);
    }

    #[test]
    fn text_is_read_from_any_html_without_panicking() {
        for (html, text) in [
            ("plain", "plain"),
            ("<p>a</p><p>b</p>", "a\nb"),
            ("a<br/>b", "a\nb"),
            ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
            ("&#128578; &#x1F642; &amp;&unknown; &", "🙂 🙂 &&unknown; &"),
            ("a <b>bold</b>  word\n here", "a bold word here"),
            ("open <div", "open <div"),
            ("", ""),
        ] {
            assert_eq!(readable_text(html), text, "{html}");
        }
    }
}
