//! Agents' replies: HTML into plain text.

use deskbridge_core::text::{fingerprint, leftovers, normal, plain};

/// What stands inside an element that nobody sees: no character of any script.
const UNSEEN: char = '\u{f8ff}';

/// A page.
pub(crate) fn check(data: &[u8]) {
    let html = String::from_utf8_lossy(data);
    let text = plain(&html);
    assert_eq!(text.trim(), text, "{html:?}");
    assert!(!text.contains("\n\n\n"), "{html:?}: {text:?}");
    let control = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    assert!(!text.contains(control), "{html:?}: {text:?}");
    assert_eq!(fingerprint(&text), fingerprint(&normal(&text)), "{text:?}");
    if let Some(left) = leftovers(&text) {
        assert!(text.contains(&left), "{text:?}: {left:?}");
    }
    stays_hidden(&html);
}

/// A script before the page is none of its text.
fn stays_hidden(html: &str) {
    let is_theirs = html.contains(UNSEEN) || html.contains("&#");
    let page = format!("<p>.</p><script>{UNSEEN}</script><div hidden>{UNSEEN}</div>{html}");
    assert!(is_theirs || !plain(&page).contains(UNSEEN), "{page:?}");
}

/// The golden files of both helpdesks' editors, and what was nested too deep once.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    let golden: [&[u8]; 12] = [
        include_bytes!("../../../shared/core/src/text/golden/freshdesk_froala.html"),
        include_bytes!("../../../shared/core/src/text/golden/freshdesk_gmail_reply.html"),
        include_bytes!("../../../shared/core/src/text/golden/freshdesk_hidden.html"),
        include_bytes!("../../../shared/core/src/text/golden/freshdesk_nested_list.html"),
        include_bytes!("../../../shared/core/src/text/golden/plain_text.html"),
        include_bytes!("../../../shared/core/src/text/golden/zendesk_hebrew_rtl.html"),
        include_bytes!("../../../shared/core/src/text/golden/zendesk_links.html"),
        include_bytes!("../../../shared/core/src/text/golden/zendesk_lists.html"),
        include_bytes!("../../../shared/core/src/text/golden/zendesk_mailed_in_outlook.html"),
        include_bytes!("../../../shared/core/src/text/golden/zendesk_placeholder.html"),
        include_bytes!("../../../shared/core/src/text/golden/zendesk_quote_in_the_middle.html"),
        include_bytes!("../../../shared/core/src/text/golden/zendesk_table_and_code.html"),
    ];
    let deep = ["div", "blockquote", "ul><li", "a href='https://a.example'"];
    let deep = deep.map(|tag| format!("{}core", format!("<{tag}>").repeat(100)).into_bytes());
    golden.iter().map(|page| page.to_vec()).chain(deep).collect()
}
