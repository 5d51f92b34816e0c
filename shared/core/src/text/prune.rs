//! What an agent's reply holds besides the reply: hidden elements, signatures, the quoted history at its end.

use std::collections::HashSet;

use scraper::node::Element;
use scraper::{Html, Node};

/// Elements that a reader never sees as text.
const UNSEEN: [&str; 16] = [
    "script", "style", "head", "title", "meta", "link", "base", "template", "noscript", "iframe", "object",
    "embed", "svg", "audio", "video", "select",
];

/// Classes and ids of signatures in helpdesks' editors and in mail programs (agents also answer by mail).
const SIGNATURES: [&str; 9] = [
    "gmail_signature",
    "gmail_signature_prefix",
    "freshdesk_signature",
    "moz-signature",
    "yahoo-signature",
    "protonmail_signature_block",
    "Signature",
    "AppleMailSignature",
    "ms-outlook-mobile-signature",
];

/// Classes of quoted history.
const HISTORY: [&str; 8] = [
    "gmail_quote",
    "gmail_quote_container",
    "gmail_extra",
    "freshdesk_quote",
    "yahoo_quoted",
    "moz-cite-prefix",
    "protonmail_quote",
    "zmail_extra",
];

/// Ids after which Outlook puts nothing but the history.
const HISTORY_FOLLOWS: [&str; 2] = ["appendonsend", "divRplyFwdMsg"];

/// How the line above a quoted mail ends in the languages of mail programs.
const WROTE: [&str; 16] = [
    "wrote:",
    "schrieb:",
    "a écrit:",
    "escribió:",
    "ha scritto:",
    "escreveu:",
    "schreef:",
    "skrev:",
    "napisał(a):",
    "napisał:",
    "написал:",
    "написал(а):",
    "пишет:",
    "كتب:",
    "כתב:",
    "写道:",
];

/// A signature below a `-- ` line has at most so many lines; more is text that somebody divided.
const SIGNATURE_LINES_MAX: usize = 10;

/// Takes out of the page what is not part of the reply; gives how many nodes were looked at, each with its ancestors.
pub(super) fn page(page: &mut Html) -> usize {
    let mut unwanted: Vec<_> = page
        .tree
        .nodes()
        .filter(|node| {
            node.value().as_element().is_some_and(|element| is_unseen(element) || is_signature(element))
        })
        .map(|node| node.id())
        .collect();
    let follows =
        |node: &Node| node.as_element().and_then(Element::id).is_some_and(|id| HISTORY_FOLLOWS.contains(&id));
    let mut mails = HashSet::new();
    for mark in page.tree.nodes().filter(|node| follows(node.value())) {
        // One behind another mark goes with that.
        if mails.insert(mark.id()) {
            mails.extend(mark.next_siblings().map(|node| node.id()));
        }
    }
    let steps = page.tree.nodes().count() + mails.len();
    unwanted.extend(mails);
    for id in unwanted {
        if let Some(mut node) = page.tree.get_mut(id) {
            node.detach();
        }
    }
    steps + history(page)
}

/// Takes out quoted history for as long as it stands at the end and something else stands before it.
fn history(page: &mut Html) -> usize {
    let said = |node: &Node| node.as_text().is_some_and(|text| !text.trim().is_empty());
    let root = page.root_element();
    let words: Vec<_> = root.descendants().filter(|node| said(node.value())).collect();
    let before: HashSet<_> =
        words.first().into_iter().flat_map(|first| first.ancestors()).map(|node| node.id()).collect();
    let (mut quotes, mut steps) = (HashSet::new(), 0);
    for word in words.iter().rev() {
        steps += 1;
        let above: Vec<_> = word.ancestors().collect();
        if above.iter().any(|node| quotes.contains(&node.id())) {
            continue;
        }
        let outermost = above
            .iter()
            .rfind(|node| node.value().as_element().is_some_and(is_history))
            .map(|node| node.id());
        match outermost.filter(|id| !before.contains(id)) {
            Some(quote) => quotes.insert(quote),
            None => break,
        };
    }
    for id in quotes {
        if let Some(mut node) = page.tree.get_mut(id) {
            node.detach();
        }
    }
    steps
}

fn is_unseen(element: &Element) -> bool {
    UNSEEN.contains(&element.name())
        || element.attr("hidden").is_some()
        || style(element, "display", "none")
        || style(element, "visibility", "hidden")
        || style(element, "mso-hide", "all")
}

fn is_signature(element: &Element) -> bool {
    let named = element.classes().chain(element.id()).any(|name| SIGNATURES.contains(&name));
    named
        || matches!(element.name(), "div" | "p" | "table")
            && element.classes().any(|class| class == "signature")
}

fn is_history(element: &Element) -> bool {
    let cites = element.name() == "blockquote"
        && element.attr("type").is_some_and(|of| of.eq_ignore_ascii_case("cite"));
    cites || element.classes().any(|class| HISTORY.contains(&class))
}

/// Whether the element's own style sets a property to a value that begins so.
pub(super) fn style(element: &Element, property: &str, value: &str) -> bool {
    let sets = |rule: &str| {
        rule.split_once(':').is_some_and(|(name, set)| {
            let set = set.trim();
            name.trim().eq_ignore_ascii_case(property)
                && set.get(..value.len()).is_some_and(|start| start.eq_ignore_ascii_case(value))
        })
    };
    element.attr("style").is_some_and(|style| style.split(';').any(sets))
}

/// Takes history and signature off the end of the lines, in whatever order they stand there; never everything.
pub(super) fn lines(lines: &mut Vec<String>) {
    while let Some(length) = without_history(lines).or_else(|| without_signature(lines)) {
        if lines[..length].iter().all(|line| line.trim().is_empty()) {
            return;
        }
        lines.truncate(length);
    }
}

/// How many lines stand before a line such as "On 3 May 2026 Ann wrote:" and the quoted lines after it, if the text ends so.
fn without_history(lines: &[String]) -> Option<usize> {
    let is_blank = |line: &String| line.trim().is_empty();
    let quoted =
        lines.iter().rev().take_while(|line| is_blank(line) || line.trim_start().starts_with('>')).count();
    let above = lines.len() - quoted;
    let (last, before) = lines[..above].split_last()?;
    if announces(last) {
        return Some(above - 1);
    }
    // Plain text mails break that line in two.
    let (upper, _) = before.split_last()?;
    (ends_in_wrote(last) && announces(&format!("{upper} {last}"))).then_some(above - 2)
}

/// Whether a line announces quoted history: it ends in "wrote:" and begins as mail programs begin it or tells a date.
fn announces(line: &str) -> bool {
    ends_in_wrote(line) && (line.starts_with("On ") || line.chars().filter(char::is_ascii_digit).count() >= 4)
}

fn ends_in_wrote(line: &str) -> bool {
    let line = line.trim_end().replace(['\u{a0}', '\u{202f}'], " ").replace(" :", ":").replace('：', ":");
    WROTE.iter().any(|wrote| line.ends_with(wrote))
}

/// How many lines stand before a `-- ` line with a short signature under it, if the text ends so.
fn without_signature(lines: &[String]) -> Option<usize> {
    let delimiter = lines.iter().rposition(|line| line.trim_end() == "--")?;
    let below = lines[delimiter + 1..].iter().filter(|line| !line.trim().is_empty()).count();
    (below <= SIGNATURE_LINES_MAX).then_some(delimiter)
}
