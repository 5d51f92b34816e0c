//! Pages nested without end: a parser looks through all open elements at every block, so it gets no more than a reader could tell
//! apart.

use std::borrow::Cow;

/// So many elements may be open at once. Quotes of quotes are shown less deep than this.
const DEPTH_MAX: usize = 120;

/// Elements that need no end, or that a neighbour ends.
const ENDLESS: &str = "area base br col dd dt embed hr img input li link meta option p param source tbody td tfoot th thead tr \
    track wbr";
/// Elements whose content is no text to a reader; they do not nest.
const UNSEEN: &str = "head iframe noscript object script select style svg template textarea title";

/// The page with no more than [`DEPTH_MAX`] elements open at once: the tags of deeper ones are left out, their text stays.
pub(super) fn shallow(html: &str) -> Cow<'_, str> {
    if html.matches('<').nth(DEPTH_MAX).is_none() {
        return Cow::Borrowed(html);
    }
    let (mut kept, mut from) = (String::new(), 0);
    // The elements that are open, and whether their tags are kept.
    let (mut open, mut depth): (Vec<bool>, usize) = (Vec::new(), 0);
    for tag in tags(html) {
        if listed(ENDLESS, tag.name) || listed(UNSEEN, tag.name) {
            continue;
        }
        let keep = if tag.ends {
            let keep = open.pop().unwrap_or(true);
            depth = depth.saturating_sub(usize::from(keep));
            keep
        } else {
            let keep = depth < DEPTH_MAX || tag.may_hide;
            depth += usize::from(keep);
            open.push(keep);
            keep
        };
        if !keep {
            kept.push_str(&html[from..tag.start]);
            from = tag.end;
        }
    }
    kept.push_str(&html[from..]);
    Cow::Owned(kept)
}

/// A tag as it stands in the source.
struct Tag<'a> {
    name: &'a str,
    ends: bool,
    /// Whether it may be invisible: such a tag must stay.
    may_hide: bool,
    start: usize,
    end: usize,
}

fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + html[at..].find('<')?;
            let rest = &html[start + 1..];
            if rest.starts_with("!--") {
                at = rest.find("-->").map_or(html.len(), |length| start + 1 + length);
                continue;
            }
            let ends = rest.starts_with('/');
            let name = rest.strip_prefix('/').unwrap_or(rest);
            let length = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
            if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                at = start + 1;
                continue;
            }
            let end = end_of(html, start);
            at = end;
            let whole = &html[start..end];
            let may_hide = whole.contains("none") || whole.contains("hidden");
            return Some(Tag { name: &name[..length], ends, may_hide, start, end });
        }
    })
}

/// Behind the bracket that ends the tag; those in quotes do not.
fn end_of(html: &str, start: usize) -> usize {
    let mut quote = None;
    for (offset, byte) in html[start..].bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return start + offset + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    html.len()
}

fn listed(words: &str, name: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    #[test]
    fn however_deep_a_page_is_its_tree_is_not() {
        for tag in ["div", "blockquote", "ul><li", "b", "BLOCKQUOTE class=\"a>b\"", "table><tr><td"] {
            for levels in [200, 3_000] {
                let deep = format!("{}core", format!("<{tag}>").repeat(levels));
                let page = Html::parse_fragment(&shallow(&deep));
                // Each block costs the parser as many steps as elements are open.
                let depth = page.tree.nodes().map(|node| node.ancestors().take(1_000).count()).max();
                assert!(depth.is_some_and(|depth| depth <= 5 * DEPTH_MAX), "{tag} {levels}: {depth:?}");
                assert!(page.root_element().text().any(|text| text == "core"), "{tag}");
            }
        }
    }

    #[test]
    fn what_is_not_deep_is_left_alone() {
        let wide = "<p>a<br><p>b<ul><li>c<li>d</ul><div>e</div>".repeat(500);
        assert_eq!(shallow(&wide), wide);
        let closed = format!("{}x{}<div>y</div>", "<div>".repeat(130), "</div>".repeat(130));
        let wanted = format!("{}x{}<div>y</div>", "<div>".repeat(120), "</div>".repeat(120));
        assert_eq!(shallow(&closed), wanted);
    }

    #[test]
    fn what_is_hidden_stays_hidden() {
        let deep =
            format!("{}<div style='display:none'>never</div>core<script><div></script>", "<div>".repeat(300));
        let kept = shallow(&deep);
        assert!(kept.ends_with("<div style='display:none'>never</div>core<script></script>"), "{kept}");
    }
}
