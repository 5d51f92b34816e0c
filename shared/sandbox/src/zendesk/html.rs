//! How Zendesk stores a comment: sanitised HTML in its own wrapper, and two text renderings of it.

/// The three forms of a comment.
#[derive(Clone)]
pub(super) struct Rendered {
    /// `html_body`: wrapped, sanitised HTML.
    pub(super) html: String,
    /// `body`: text with markdown-like leftovers for links and images.
    pub(super) body: String,
    /// `plain_body`: text without tags, in which `&nbsp;` stays.
    pub(super) plain: String,
}

impl Rendered {
    /// From what an HTML comment says.
    pub(super) fn from_html(html: &str) -> Self {
        let clean = sanitise(html);
        let inner = if has_block(&clean) { clean } else { format!("<p dir=\"auto\">{clean}</p>") };
        let plain = to_text(&inner, false);
        // Only links and images leave marks.
        let is_marked = inner.contains("<a") || inner.contains("<img");
        let body = if is_marked { to_text(&inner, true) } else { plain.clone() };
        Self { html: wrap(&inner), body, plain }
    }

    /// From a comment sent as plain text: blank lines part paragraphs, URLs become links.
    pub(super) fn from_text(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let paragraphs = text.split("\n\n").filter(|part| !part.trim().is_empty()).map(|part| {
            let lines: Vec<_> = part.trim_matches('\n').split('\n').map(linked).collect();
            format!("<p dir=\"auto\">{}</p>", lines.join("<br>"))
        });
        let inner: Vec<_> = paragraphs.collect();
        Self { html: wrap(&inner.join("\n\n")), body: text.clone(), plain: text }
    }

    /// Whether there is nothing in it to show.
    pub(super) fn is_blank(&self) -> bool {
        self.plain.replace("&nbsp;", "").trim().is_empty() && !self.html.contains("<img")
    }
}

fn wrap(inner: &str) -> String {
    format!("<div class=\"zd-comment\" dir=\"auto\">{inner}</div>")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn linked(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let shown = escape(word);
        if word.starts_with("https://") || word.starts_with("http://") {
            let target = shown.replace('"', "&quot;");
            format!("<a href=\"{target}\" target=\"_blank\" rel=\"noopener noreferrer\">{shown}</a>")
        } else {
            shown
        }
    });
    let words: Vec<_> = words.collect();
    words.join(" ")
}

/// A piece of HTML.
enum Token<'a> {
    Text(&'a str),
    Open(String, Vec<(String, String)>),
    Close(String),
}

const BLOCKS: [&str; 17] = [
    "p",
    "div",
    "blockquote",
    "ul",
    "ol",
    "li",
    "pre",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "tr",
    "hr",
    "td",
];
const INLINE: [&str; 14] =
    ["a", "b", "strong", "i", "em", "u", "s", "code", "span", "img", "br", "tbody", "thead", "th"];
const VOID: [&str; 3] = ["br", "img", "hr"];
const WITH_DIRECTION: [&str; 11] = ["p", "blockquote", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "div"];

fn has_block(html: &str) -> bool {
    tokens(html).iter().any(|token| matches!(token, Token::Open(name, _) if BLOCKS.contains(&name.as_str())))
}

/// Keeps the tags and attributes that Zendesk lets through, closes what was left open, drops the rest. Uncertain: the
/// exact list is not documented.
fn sanitise(html: &str) -> String {
    let (mut out, mut open, mut hidden) = (String::new(), Vec::<String>::new(), None::<String>);
    for token in tokens(html) {
        if let Some(name) = &hidden {
            if matches!(&token, Token::Close(closed) if closed == name) {
                hidden = None;
            }
            continue;
        }
        match token {
            Token::Text(text) => out.push_str(&text.replace('<', "&lt;")),
            Token::Open(name, _) if matches!(name.as_str(), "script" | "style" | "head" | "title") => {
                hidden = Some(name);
            }
            Token::Open(name, attributes) if allowed(&name) => {
                out.push_str(&opening(&name, &attributes));
                if !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Token::Close(name) if open.contains(&name) => {
                while let Some(last) = open.pop() {
                    out.push_str(&format!("</{last}>"));
                    if last == name {
                        break;
                    }
                }
            }
            Token::Open(..) | Token::Close(_) => {}
        }
    }
    out.extend(open.iter().rev().map(|name| format!("</{name}>")));
    out
}

fn allowed(name: &str) -> bool {
    BLOCKS.contains(&name) || INLINE.contains(&name)
}

fn opening(name: &str, attributes: &[(String, String)]) -> String {
    let web = |key: &str, schemes: &[&str]| {
        let value = attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value)?;
        let known = schemes.iter().any(|scheme| value.to_ascii_lowercase().starts_with(scheme));
        known.then(|| value.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;"))
    };
    match name {
        "a" => match web("href", &["https://", "http://", "mailto:", "tel:"]) {
            Some(href) => format!("<a href=\"{href}\" target=\"_blank\" rel=\"noopener noreferrer\">"),
            None => "<a>".into(),
        },
        "img" => match web("src", &["https://", "http://"]) {
            Some(src) => format!("<img src=\"{src}\">"),
            None => String::new(),
        },
        name if WITH_DIRECTION.contains(&name) => format!("<{name} dir=\"auto\">"),
        name => format!("<{name}>"),
    }
}

fn tokens(html: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest) = (Vec::new(), html);
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        if at > 0 {
            tokens.push(Token::Text(&rest[..at]));
            rest = &rest[at..];
            continue;
        }
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let is_tag =
            rest[1..].trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic() || c == '!');
        match tag_end(rest).filter(|_| is_tag) {
            Some(end) => {
                tokens.push(tag(&rest[1..end]));
                rest = &rest[end + 1..];
            }
            None => {
                tokens.push(Token::Text(&rest[..1]));
                rest = &rest[1..];
            }
        }
    }
    tokens
}

/// Where the `>` stands that ends the tag; quoted ones do not count.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.char_indices().find_map(|(at, c)| {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        None
    })
}

fn tag(inside: &str) -> Token<'_> {
    if let Some(name) = inside.strip_prefix('/') {
        return Token::Close(name.trim().to_ascii_lowercase());
    }
    let inside = inside.trim_end_matches('/');
    let name_end = inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len());
    let (name, mut rest) = inside.split_at(name_end);
    let mut attributes = Vec::new();
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let key = key.split_ascii_whitespace().last().unwrap_or_default().to_ascii_lowercase();
        let (value, tail) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            _ => after.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((after, "")),
        };
        attributes.push((key, value.to_owned()));
        rest = tail;
    }
    Token::Open(name.to_ascii_lowercase(), attributes)
}

/// The text of sanitised HTML; `marks` leaves links and images in a markdown-like form.
pub(super) fn to_text(html: &str, marks: bool) -> String {
    let (mut out, mut links, mut verbatim) = (String::new(), Vec::<(String, usize)>::new(), false);
    for token in tokens(html) {
        if let Token::Open(name, _) | Token::Close(name) = &token
            && name == "pre"
        {
            verbatim = !verbatim;
        }
        match token {
            Token::Text(text) if verbatim => out.push_str(&decode(text)),
            Token::Text(text) => out.push_str(&decode(&text.replace('\n', " ").replace("  ", " "))),
            Token::Open(name, attributes) => {
                let attribute = |key: &str| {
                    attributes.iter().find(|(name, _)| name == key).map(|(_, value)| decode(value))
                };
                match name.as_str() {
                    "br" => out.push('\n'),
                    "li" => {
                        gap(&mut out, 1);
                        out.push_str("* ");
                    }
                    "a" => links.push((attribute("href").unwrap_or_default(), out.len())),
                    "img" if marks => out.push_str(&format!("![]({})", attribute("src").unwrap_or_default())),
                    name if BLOCKS.contains(&name) => gap(&mut out, if name == "tr" { 1 } else { 2 }),
                    _ => {}
                }
            }
            Token::Close(name) if name == "a" => {
                if let Some((href, start)) = links.pop()
                    && marks
                    && out.get(start..).is_some_and(|shown| shown != href)
                {
                    out.insert(start, '[');
                    out.push_str(&format!("]({href})"));
                }
            }
            Token::Close(name) if name == "li" || name == "tr" => gap(&mut out, 1),
            Token::Close(name) if BLOCKS.contains(&name.as_str()) => gap(&mut out, 2),
            Token::Close(_) => {}
        }
    }
    out.trim().to_owned()
}

/// Makes the text end with at least so many line breaks, unless it is empty.
fn gap(out: &mut String, breaks: usize) {
    if out.ends_with("* ") {
        return;
    }
    out.truncate(out.trim_end_matches(' ').len());
    let there = out.len() - out.trim_end_matches('\n').len();
    if !out.is_empty() {
        out.extend(std::iter::repeat_n('\n', breaks.saturating_sub(there)));
    }
}

/// Decodes the entities that matter once; `&nbsp;` stays, as in the real `plain_body`.
fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}
