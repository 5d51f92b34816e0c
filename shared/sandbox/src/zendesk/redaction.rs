//! Blackening what must no longer be read, for good, in the two ways that Zendesk has.

use super::Zendesk;
use super::call::{Call, Id, id_of, text};
use super::errors::{Answer, Problem};
use super::html::{Rendered, escape, to_text};

/// What the account lets the bridge's user do.
#[derive(Clone, Copy)]
pub(super) struct Redacting {
    /// The role has the right.
    pub(super) allowed: bool,
    /// The account has Agent Workspace, which the newer way needs.
    pub(super) workspace: bool,
}

impl Default for Redacting {
    fn default() -> Self {
        Self { allowed: true, workspace: true }
    }
}

impl Zendesk {
    /// `PUT /tickets/{id}/comments/{id}/redact`: blackens an exact text; not on closed tickets.
    pub(super) fn redact_text(&mut self, call: &Call<'_>, id: Id, comment: Id) -> Answer {
        self.may_redact()?;
        let words = text(&call.body, "text").filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| Problem::missing("text"))?;
        self.edit_comment(call, id, comment, false, |comment| {
            if comment.rendered.body.contains(words) {
                comment.rendered.redact(words);
                Ok(())
            } else {
                Err(Problem::invalid("text", "Text: is not in the comment", "InvalidValue"))
            }
        })
    }

    /// `PUT /comment_redactions/{id}`: blackens what the sent `html_body` wraps in `<redact>`, and empties links and images with
    /// the attribute `redact`; on closed tickets too. Uncertain: how it is refused without Agent Workspace.
    pub(super) fn redact_marked(&mut self, call: &Call<'_>, comment: Id) -> Answer {
        self.may_redact()?;
        if !self.redacting.workspace {
            return Err(Problem::role());
        }
        let ticket = id_of(&call.body, "ticket_id").ok_or_else(|| Problem::missing("ticket_id"))?;
        let marked = text(&call.body, "html_body").ok_or_else(|| Problem::missing("html_body"))?;
        self.edit_comment(call, ticket, comment, true, |comment| {
            let why = "html_body: does not match the comment";
            let redacted = comment.rendered.redacted(marked);
            comment.rendered = redacted.ok_or_else(|| Problem::invalid("html_body", why, "InvalidValue"))?;
            Ok(())
        })
    }

    pub(super) fn may_redact(&self) -> Result<(), Problem> {
        if self.redacting.allowed { Ok(()) } else { Err(Problem::role()) }
    }
}

impl Rendered {
    /// Blackens every occurrence of a text in all three forms.
    fn redact(&mut self, text: &str) {
        let black = blackened(text);
        let escaped = escape(text);
        self.html = self.html.replace(&escaped, &black);
        self.body = self.body.replace(text, &black);
        self.plain = self.plain.replace(text, &black);
    }

    /// The comment without what `marked` marks; `None` if `marked` without its marks is not this comment.
    fn redacted(&self, marked: &str) -> Option<Self> {
        let (mut plain, mut html, mut secret) = (String::new(), String::new(), false);
        let mut rest = marked;
        while !rest.is_empty() {
            let end = if rest.starts_with('<') {
                rest.find('>')? + 1
            } else {
                rest.find('<').unwrap_or(rest.len())
            };
            let (piece, after) = rest.split_at(end);
            rest = after;
            match piece {
                "<redact>" | "</redact>" => secret = piece == "<redact>",
                tag if tag.starts_with('<') => {
                    plain.push_str(&tag.replacen(" redact", "", 1));
                    html.push_str(&emptied(tag));
                }
                text => {
                    plain.push_str(text);
                    html.push_str(&if secret { blackened(text) } else { text.to_owned() });
                }
            }
        }
        (plain == self.html).then(|| Self { body: to_text(&html, true), plain: to_text(&html, false), html })
    }
}

/// A tag without what it leads to, if it is marked. Uncertain: what Zendesk leaves of it; the text of a link stays here.
fn emptied(tag: &str) -> String {
    match tag {
        tag if tag.starts_with("<img redact") => String::new(),
        tag if tag.starts_with("<a redact") => "<a>".to_owned(),
        tag => tag.to_owned(),
    }
}

fn blackened(text: &str) -> String {
    "\u{2587}".repeat(text.chars().count())
}
