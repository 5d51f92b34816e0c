//! Agents' replies as both helpdesks' editors make them: golden files, small rules, and what must hold for any input.

use std::path::PathBuf;

use proptest::prelude::*;

use scraper::Html;

use super::{Markup, plain, plain_with};
use crate::text::html::{escape, paragraphs};
use crate::text::{leftovers, prune};

/// The golden files: name, HTML and expected text.
fn golden() -> Vec<(String, String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/text/golden");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "html"));
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap().trim_end_matches('\n').to_owned();
    pages.map(|page| (page.display().to_string(), read(&page), read(&page.with_extension("txt")))).collect()
}

#[test]
fn golden_files() {
    let cases = golden();
    assert!(cases.len() >= 20, "only {} golden files found", cases.len());
    for (name, html, text) in cases {
        assert_eq!(plain(&html), text, "{name}");
    }
}

/// Where a platform shows emphasis, the file beside it says how: `NAME.whatsapp.txt`.
#[test]
fn golden_files_with_emphasis() {
    let mut cases = 0;
    for (name, html, _) in golden() {
        let file = PathBuf::from(&name).with_extension("whatsapp.txt");
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        assert_eq!(plain_with(&html, Markup::WhatsApp), text.trim_end_matches('\n'), "{name}");
        cases += 1;
    }
    assert!(cases >= 9, "only {cases} of them");
}

#[test]
fn only_the_placeholder_file_has_leftovers() {
    for (name, html, _) in golden() {
        let expected = name.contains("placeholder").then(|| "{{ticket.requester.first_name}}".to_owned());
        assert_eq!(leftovers(&plain(&html)), expected, "{name}");
    }
}

#[test]
fn small_rules() {
    let cases = [
        ("", ""),
        ("<p>&nbsp;</p>", ""),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<br>b<br/><br><br><br>c", "a\nb\n\nc"),
        ("<div>a<br></div><div>b</div>", "a\nb"),
        ("a <b> b </b> c", "a b c"),
        ("a&nbsp; b", "a  b"),
        ("<p>x<hr>y</p>", "x\n\ny"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("fish &amp; chips\nnext line", "fish & chips\nnext line"),
        ("<a href='https://a.example/x'>https://A.example/x/</a>", "https://A.example/x/"),
        ("<a href='https://a.example'></a>", ""),
        ("<a href='https://a.example/\n\tlong\u{c}path'>here</a>", "here (https://a.example/longpath)"),
        ("<a href='https://a.example'><div>box</div></a>after", "box\n(https://a.example)\nafter"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<table><tr><td><p>one</p><p>two</p></td></tr></table>", "one\n\ntwo"),
        ("<div style='white-space: pre-wrap'>a\n  b</div>", "a\n  b"),
        ("<p>a</p><div class=gmail_quote>b</div><p>c</p>", "a\n\nb\n\nc"),
        ("<div class=gmail_quote>only a quote</div>", "only a quote"),
        (
            "<p>Bonjour</p><p>Le 4 mai 2026 à 10:00, Kim a écrit&nbsp;:</p><blockquote>Où ?</blockquote>",
            "Bonjour",
        ),
        ("<p>You wrote:</p><blockquote>Is it warm?</blockquote>", "You wrote:\n\n> Is it warm?"),
        ("<p>a</p><p>--</p><p>Tom</p>", "a"),
        ("-- \nTom", "--\nTom"),
    ];
    for (html, text) in cases {
        assert_eq!(plain(html), text, "{html}");
    }
}

#[test]
fn a_divider_is_no_signature() {
    let long = format!("above<br>--<br>{}", "line<br>".repeat(11));
    assert_eq!(plain(&long).lines().count(), 13);
}

#[test]
fn deep_pages_do_not_exhaust_the_stack() {
    for tag in ["div", "blockquote", "ul><li", "b", "a href='https://a.example'"] {
        let deep = format!("{}core<script>never</script>", format!("<{tag}>").repeat(3_000));
        let text = plain(&deep);
        assert!(text.contains("core") && !text.contains("never"), "{tag}");
    }
}

#[test]
fn pruning_looks_at_each_node_a_few_times_however_much_is_quoted() {
    for quoted in [
        "<blockquote class=gmail_quote>x</blockquote>",
        "<div id=appendonsend></div><p>x</p>",
        "<blockquote type=cite>x<blockquote type=cite>y</blockquote></blockquote>",
        "<p>x</p>",
    ] {
        for times in [10, 1_000] {
            let mut page = Html::parse_fragment(&format!("<p>a</p>{}", quoted.repeat(times)));
            let nodes = page.tree.nodes().count();
            let steps = prune::page(&mut page);
            assert!(steps <= 3 * nodes, "{quoted} {times}: {steps} steps for {nodes} nodes");
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>(), tags in "(<(p|div|ul|ol|li|a href=[a-z:/]{0,9}|tr|td|table|pre|blockquote|br|!--|/p|/ul|/table) ?/?>|[a-z \n&;#>-]{1,4}){0,40}") {
        let rendered = plain(&tags);
        prop_assert!(!rendered.contains("\n\n\n"), "{:?}", rendered);
        prop_assert_eq!(rendered.trim(), rendered.as_str());
        prop_assert!(plain(&text).len() <= 4 * text.len());
        let escaped = escape(&text);
        prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
    }

    #[test]
    fn words_survive_the_way_there_and_back(words in prop::collection::vec("[\\p{L}0-9<>&\"'.,!?]{1,8}|https://a\\.example/[a-z]{0,5}", 0..30), breaks in prop::collection::vec(0_usize..4, 30)) {
        let text: String = words.iter().zip(breaks).map(|(word, gap)| format!("{word}{}", [" ", "\n", "\n\n", " "][gap])).collect();
        let back = plain(&paragraphs(&text));
        prop_assert_eq!(back.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }
}
