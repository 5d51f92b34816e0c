//! What an agent's editor made, as readable plain text. The page is cleaned first ([`prune`]), then rendered recursively.

use scraper::{ElementRef, Html, Node};

use super::markup::Markup;
use super::prune;
use super::shallow::shallow;

/// Elements nested deeper than this are rendered as bare text, so that no page can exhaust the stack.
const DEPTH_MAX: usize = 80;

/// Elements that begin and end on lines of their own.
const BLOCKS: &str = "address article aside body caption center dd details dialog dir div dl dt fieldset figcaption \
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main nav p pre section \
    summary table tbody td tfoot th thead tr";

/// Blocks that a browser sets apart from their neighbours.
const APART: &str = "blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p ul";

/// The readable plain text of an agent's reply: line breaks, lists, quotes, tables and links kept as text, whitespace
/// collapsed as in a browser, at most one empty line in a row. What is not part of the reply is left out: hidden elements,
/// signatures, the quoted history at its end. Text without tags keeps its lines. Markdown and emoji are left as they are.
///
/// Paragraphs are set apart by an empty line, unless the editor made empty paragraphs for that itself (Zendesk's and
/// Freshdesk's do): then a paragraph is a line.
#[must_use]
pub fn plain(html: &str) -> String {
    plain_with(html, Markup::None)
}

/// Like [`plain`], with the emphasis that the platform shows.
#[must_use]
pub fn plain_with(html: &str, markup: Markup) -> String {
    let is_text = !has_tags(html);
    let source = if is_text { html.replace('<', "&lt;") } else { html.to_owned() };
    let mut page = Html::parse_fragment(&shallow(&source));
    prune::page(&mut page);
    let airy = !has_blank_block(&page);
    let render = |markup| {
        let mut text = Renderer { verbatim: is_text, airy, markup, ..Renderer::default() };
        text.children(page.root_element());
        text.finish()
    };
    let mut lines = render(Markup::None);
    prune::lines(&mut lines);
    if markup != Markup::None {
        // Marks neither make nor end lines; what is history shows without them.
        let kept = lines.len();
        lines = render(markup);
        lines.truncate(kept);
    }
    lines.join("\n").trim().to_owned()
}

/// Whether there is anything that looks like a tag; `<ann@example.com>` and `a < b` do not.
fn has_tags(html: &str) -> bool {
    html.match_indices('<').any(|(start, _)| {
        let rest = &html[start + 1..];
        let name = rest.strip_prefix('/').unwrap_or(rest);
        let after = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        let is_named = name.starts_with(|c: char| c.is_ascii_alphabetic());
        rest.starts_with("!--")
            || is_named && after.starts_with(|c: char| matches!(c, '>' | '/') || c.is_ascii_whitespace())
    })
}

/// Whether empty lines are made by empty paragraphs: `<p>&nbsp;</p>`, `<div><br></div>`.
fn has_blank_block(page: &Html) -> bool {
    page.root_element()
        .descendent_elements()
        .filter(|element| matches!(element.value().name(), "p" | "div"))
        .any(|element| {
            let is_filler = |node: &Node| match node {
                Node::Text(text) => text.trim().is_empty(),
                Node::Element(inner) => {
                    matches!(inner.name(), "br" | "span" | "font" | "strong" | "b" | "em")
                }
                _ => true,
            };
            let fills = |node: &Node| match node {
                Node::Text(text) => text.contains('\u{a0}'),
                Node::Element(inner) => inner.name() == "br",
                _ => false,
            };
            let inside = || element.descendants().skip(1).take(8);
            inside().all(|node| is_filler(node.value())) && inside().any(|node| fills(node.value()))
        })
}

/// The text written so far, and how what comes next is to be written.
#[derive(Default)]
pub(super) struct Renderer {
    /// Finished lines.
    pub(super) lines: Vec<String>,
    /// The line that is being written.
    pub(super) line: String,
    /// Whitespace was seen, and is written once something follows it in the same line.
    pub(super) space: bool,
    /// An empty line is due before the next one.
    apart: bool,
    /// Whitespace is kept as it stands.
    verbatim: bool,
    /// Paragraphs are set apart.
    airy: bool,
    /// How deep in the page we are.
    depth: usize,
    /// What emphasis becomes.
    markup: Markup,
    /// Where the marks opened, in the line, that were just closed at its end; the innermost first.
    pub(super) closed: Vec<usize>,
    /// Bytes of marks that were taken out of the line again.
    pub(super) unmarked: usize,
}

impl Renderer {
    fn children(&mut self, parent: ElementRef<'_>) {
        for child in parent.children() {
            if let Node::Text(text) = child.value() {
                self.text(text);
            } else if let Some(element) = ElementRef::wrap(child) {
                self.element(element);
            }
        }
    }

    fn element(&mut self, element: ElementRef<'_>) {
        if self.depth >= DEPTH_MAX {
            return element.text().for_each(|text| self.text(text));
        }
        let name = element.value().name();
        let is_block = listed(BLOCKS, name) || listed(APART, name);
        let verbatim = self.verbatim;
        if is_block {
            self.block(name);
        }
        self.verbatim |= matches!(name, "pre" | "code" | "textarea")
            || prune::style(element.value(), "white-space", "pre");
        self.depth += 1;
        let emphasis =
            self.markup.mark(element.value()).filter(|_| !verbatim).map(|mark| (mark, self.here()));
        match name {
            "br" => self.end_line(),
            "img" => self.text(alternative(element)),
            "a" => self.link(element),
            "ul" | "ol" => self.list(element),
            "blockquote" => self.indented(self.inside(element, self.airy), "> ", "> "),
            "tr" => self.row(element),
            _ => self.children(element),
        }
        if let Some((mark, start)) = emphasis {
            self.emphasize(mark, start);
        }
        self.depth -= 1;
        self.verbatim = verbatim;
        if is_block {
            self.block(name);
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.verbatim => self.end_line(),
                ' ' | '\t' if self.verbatim => {
                    self.flush_space();
                    self.closed.clear();
                    self.line.push(c);
                }
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.space = true,
                '\u{feff}' => {}
                c if c.is_control() => {}
                c => {
                    self.flush_space();
                    self.unmark_before(c);
                    self.line.push(if c == '\u{a0}' { ' ' } else { c });
                }
            }
        }
    }

    fn flush_space(&mut self) {
        if std::mem::take(&mut self.space) && !self.line.is_empty() {
            self.closed.clear();
            self.line.push(' ');
        }
    }

    /// Ends the line, even if there is nothing in it.
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.closed.clear();
        self.unmarked = 0;
        self.space = false;
        self.push(line.trim_end_matches(|c: char| c.is_whitespace() || c == '\u{200b}'));
    }

    /// Begins or ends a block: what follows stands on a new line.
    fn block(&mut self, name: &str) {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.space = false;
        self.apart |= name == "hr" || self.airy && listed(APART, name);
    }

    fn push(&mut self, line: &str) {
        let repeats = |lines: &[String]| lines.last().is_none_or(String::is_empty);
        if std::mem::take(&mut self.apart) && !repeats(&self.lines) {
            self.lines.push(String::new());
        }
        if !(line.is_empty() && repeats(&self.lines)) {
            self.lines.push(line.to_owned());
        }
    }

    /// The lines, without empty ones at the ends.
    fn finish(mut self) -> Vec<String> {
        self.block("");
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines
    }

    /// What is in the element, as lines of its own.
    fn inside(&self, element: ElementRef<'_>, airy: bool) -> Vec<String> {
        let mut inner =
            Self { verbatim: self.verbatim, airy, depth: self.depth, markup: self.markup, ..Self::default() };
        inner.children(element);
        inner.finish()
    }

    fn indented(&mut self, lines: Vec<String>, first: &str, rest: &str) {
        for (index, line) in lines.into_iter().enumerate() {
            let indent = if index == 0 { first } else { rest };
            self.push(format!("{indent}{line}").trim_end());
        }
    }

    fn list(&mut self, list: ElementRef<'_>) {
        let is_ordered = list.value().name() == "ol";
        let mut number = list.attr("start").and_then(|start| start.trim().parse().ok()).unwrap_or(1_i64);
        for child in list.children() {
            let Some(item) = ElementRef::wrap(child) else {
                child.value().as_text().into_iter().for_each(|text| self.text(text));
                continue;
            };
            self.block("");
            match item.value().name() {
                // Editors nest lists without an item around them, or with an item that holds nothing else.
                "ul" | "ol" => {
                    let mut inner = Self { depth: self.depth, markup: self.markup, ..Self::default() };
                    inner.element(item);
                    self.indented(inner.finish(), "  ", "  ");
                }
                "li" if opens_with_list(item) => self.indented(self.inside(item, false), "  ", "  "),
                "li" => {
                    let marker = if is_ordered { format!("{number}. ") } else { "- ".to_owned() };
                    self.indented(self.inside(item, false), &marker, "  ");
                    number = number.saturating_add(1);
                }
                _ => self.element(item),
            }
        }
    }

    fn row(&mut self, row: ElementRef<'_>) {
        let is_cell = |cell: &ElementRef<'_>| matches!(cell.value().name(), "td" | "th");
        let cells: Vec<_> =
            row.child_elements().filter(is_cell).map(|cell| self.inside(cell, self.airy)).collect();
        // A row of one cell is layout, not data.
        if let [only] = cells.as_slice() {
            only.iter().for_each(|line| self.push(line));
        } else if cells.iter().any(|cell| !cell.is_empty()) {
            let cells: Vec<_> = cells.iter().map(|cell| cell.join(" ")).collect();
            self.push(cells.join(" | ").trim());
        }
    }

    /// The link's text, and where it leads unless the text says so.
    fn link(&mut self, link: ElementRef<'_>) {
        let before = self.here();
        self.children(link);
        let Some(target) = target(link) else { return };
        let label: String = link.text().collect();
        if self.here() == before {
            // An image without a text. Those of the ticket itself travel as attachments.
            let images = link.descendent_elements().filter_map(|inner| inner.attr("src"));
            if images.map(host).any(|of_image| of_image != host(&target)) {
                self.text(&target);
            }
        } else if !says(&label, &target) {
            let (space, line_is_over) = (std::mem::take(&mut self.space), self.line.is_empty());
            self.closed.clear();
            self.line.push_str(if line_is_over { "" } else { " " });
            self.line.push_str(&format!("({target})"));
            if line_is_over {
                self.end_line();
            }
            self.space = space;
        }
    }
}

/// Whether a table's row holds data: a row of one cell is layout.
pub(super) fn is_data(row: ElementRef<'_>) -> bool {
    row.child_elements().filter(|cell| matches!(cell.value().name(), "td" | "th")).nth(1).is_some()
}

/// Whether the name is one of these words.
fn listed(words: &str, name: &str) -> bool {
    words.split(' ').any(|word| word == name)
}

/// Whether nothing but a list is at the beginning of this list item.
fn opens_with_list(item: ElementRef<'_>) -> bool {
    let said = |node: &Node| node.as_text().is_none_or(|text| !text.trim().is_empty());
    let first = item.children().find(|child| said(child.value())).and_then(ElementRef::wrap);
    first.is_some_and(|first| matches!(first.value().name(), "ul" | "ol"))
}

/// What stands for an image: its text, unless that is only a file name.
pub(super) fn alternative<'a>(image: ElementRef<'a>) -> &'a str {
    let text = image.attr("alt").unwrap_or_default().trim();
    let extension = text.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let is_file = extension.is_some_and(|extension| {
        ["png", "jpg", "jpeg", "gif", "webp", "heic", "bmp", "svg", "tif", "tiff"]
            .contains(&extension.as_str())
    });
    if is_file { "" } else { text }
}

/// Where a link leads, as a reader can use it; `None` for anchors, scripts and relative addresses. Line ends inside of it
/// count for nothing, as in a browser.
fn target(link: ElementRef<'_>) -> Option<String> {
    let href: String = link.attr("href")?.trim().chars().filter(|c| !c.is_control()).collect();
    let (scheme, rest) = href.split_once(':')?;
    let address = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" if rest.len() > 2 => &href,
        "mailto" | "tel" => rest.split('?').next().filter(|address| !address.is_empty())?,
        _ => return None,
    };
    Some(address.to_owned())
}

/// Whether the link's text already says where it leads.
fn says(label: &str, target: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim().to_lowercase();
        let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
        text.trim_start_matches("mailto:")
            .trim_end_matches('/')
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    bare(label) == bare(target)
}

/// The host that an address names.
fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

#[cfg(test)]
mod tests;
