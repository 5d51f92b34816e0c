//! Emphasis as platforms show it in plain text.

use scraper::node::Element;

use super::plain::Renderer;
use super::prune;

/// What emphasis becomes in a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Markup {
    /// Nothing: the platform shows text as it is.
    #[default]
    None,
    /// `*bold*`, `_italic_`, `~struck~` and `` `code` ``, as WhatsApp documents them for its apps. Lists and quotes of plain text are
    /// shown as such there, too.
    WhatsApp,
}

impl Markup {
    /// The mark around what this element holds.
    pub(super) fn mark(self, element: &Element) -> Option<char> {
        if self == Self::None {
            return None;
        }
        match element.name() {
            "b" | "strong" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some('*'),
            "i" | "em" => Some('_'),
            "s" | "strike" | "del" => Some('~'),
            "code" => Some('`'),
            "span"
                if ["bold", "600", "700", "800", "900"].iter().any(|it| is(element, "font-weight", it)) =>
            {
                Some('*')
            }
            "span" if is(element, "font-style", "italic") => Some('_'),
            _ => None,
        }
    }
}

fn is(element: &Element, property: &str, value: &str) -> bool {
    prune::style(element, property, value)
}

impl Renderer {
    /// Where the text stands: finished lines, and bytes that were written into the present one.
    pub(super) fn here(&self) -> (usize, usize) {
        (self.lines.len(), self.line.len() + self.unmarked)
    }

    /// Puts marks around what was written since, where the platform would understand them: within a line, between words, with
    /// nothing but the emphasized words in them.
    pub(super) fn emphasize(&mut self, mark: char, (lines, start): (usize, usize)) {
        if self.lines.len() != lines {
            return;
        }
        // Marks that were taken out again stood before it.
        let start = start.saturating_sub(self.unmarked);
        let Some((before, written)) = self.line.split_at_checked(start) else { return };
        let words = written.trim();
        let joined = |c: char| c.is_alphanumeric() || c == mark;
        if words.is_empty()
            || words.contains(mark)
            || (before.ends_with(joined) && words == written.trim_end())
        {
            return;
        }
        let opens = start + (written.len() - written.trim_start().len());
        let closes = opens + words.len();
        self.line.insert(closes, mark);
        self.line.insert(opens, mark);
        if closes + 2 == self.line.len() && !self.space {
            self.closed.push(opens);
        } else {
            self.closed.clear();
        }
    }

    /// A letter right behind closed marks would make them mere characters: they are taken away again, with those that open.
    pub(super) fn unmark_before(&mut self, next: char) {
        for opened in std::mem::take(&mut self.closed).into_iter().rev() {
            if next.is_alphanumeric() {
                self.line.pop();
                self.line.remove(opened);
                self.unmarked += 2;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;
    use crate::text::{plain, plain_with};

    #[test]
    fn emphasis_becomes_what_the_platform_shows() {
        for (html, wanted) in [
            ("<b>Hello</b> Paula", "*Hello* Paula"),
            ("a <strong> b c </strong>d", "a *b c* d"),
            ("<em>now</em>, <s>9</s> 8", "_now_, ~9~ 8"),
            ("<b><i>both</i></b>.", "*_both_*."),
            ("(<b>in</b>)", "(*in*)"),
            ("<h2>Opening hours</h2><p>9 to 5</p>", "*Opening hours*\n\n9 to 5"),
            ("run <code>reset</code> twice", "run `reset` twice"),
            ("<span style='font-weight: 700'>x</span>", "*x*"),
            ("<b>see <a href='https://a.example/x'>this</a></b>", "*see this (https://a.example/x)*"),
            ("<ul><li><b>red</b></li><li>blue</li></ul>", "- *red*\n- blue"),
            ("<blockquote><b>x</b></blockquote>", "> *x*"),
            ("<b>مرحبا</b> بك", "*مرحبا* بك"),
            ("<b>重要</b>です", "重要です"),
            ("<b>重要</b>、です", "*重要*、です"),
        ] {
            assert_eq!(plain_with(html, Markup::WhatsApp), wanted, "{html}");
            assert!(!plain(html).contains(['*', '_', '~', '`']), "{html}");
        }
    }

    #[test]
    fn what_the_platform_would_not_understand_stays_plain() {
        for (html, wanted) in [
            ("un<b>believ</b>able", "unbelievable"),
            ("<b>be</b>low", "below"),
            ("<i><b>be</b></i>low", "below"),
            ("<b></b>x<b> </b>y", "x y"),
            ("<b>a<br>b</b>", "a\nb"),
            ("<b>x</b><i>ab cd</i>", "xab cd"),
            ("<code><a href='https://a.example'>a</code>aa", "a (https://a.example)aa (https://a.example)"),
            ("<b>2 * 3</b>", "2 * 3"),
            ("<b><p>one</p><p>two</p></b>", "one\n\ntwo"),
            ("<pre><b>x</b> = 1</pre>", "x = 1"),
            ("<p>Yes.</p><em>On 3 May 2026 Ann wrote:</em><blockquote>No?</blockquote>", "Yes."),
            ("<p>Yes.</p><b>--</b><br><i>Tom</i>", "Yes."),
        ] {
            assert_eq!(plain_with(html, Markup::WhatsApp), wanted, "{html}");
        }
    }

    proptest::proptest! {
        #[test]
        fn without_its_marks_a_text_is_the_same(tags in "(<(b|i|s|code|p|/b|/i|/s|/code|/p|br|a href='https://a\\.example')>|[a-c \n]{1,3}){0,30}") {
            let bare: String = plain_with(&tags, Markup::WhatsApp).chars().filter(|c| !"*_~`".contains(*c)).collect();
            proptest::prop_assert_eq!(bare, plain(&tags));
        }
    }
}
