//! The summoned rule: X lets programs answer only posts that mention the account, or quote one of its posts. Agents must
//! know before they type.

use super::post::{Mention, Post, Reader};
use super::words;

/// Whether a public reply will be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Summons {
    /// Apps like this one may answer anything.
    NeedNot,
    /// The text names the account.
    Mentioned,
    /// It quotes a post of the account.
    Quoted,
    /// It answers the account, whose name X put in front by itself. X does not say whether that counts.
    Answered,
    /// None of this.
    No,
}

impl Summons {
    pub(super) fn of(post: &Post, reader: &Reader<'_>) -> Self {
        if reader.answers_any_post {
            return Self::NeedNot;
        }
        let seen_from = post.seen_from.unwrap_or_else(|| match post.replied_to {
            Some(_) => words::names_length(&post.text),
            None => 0,
        });
        let ours: Vec<&Mention> = post.mentions.iter().filter(|mention| is_of(mention, reader)).collect();
        if reader.told_as_mention || ours.iter().any(|mention| mention.start >= seen_from) {
            Self::Mentioned
        } else if post.quotes_us {
            Self::Quoted
        } else if !ours.is_empty() || post.replied_user.as_deref() == Some(reader.owner) {
            Self::Answered
        } else {
            Self::No
        }
    }

    /// What the ticket says about it.
    pub(super) fn words(self) -> Option<&'static str> {
        match self {
            Self::NeedNot => None,
            Self::Mentioned => Some("Public reply allowed: yes, the post mentions the account."),
            Self::Quoted => Some("Public reply allowed: yes, the post quotes the account."),
            Self::Answered => Some(
                "Public reply allowed: not certain, because the post answers the account without mentioning it. If X \
                 refuses, a note will say so; then answer in X itself (link below), or by /private in a private note.",
            ),
            Self::No => Some(
                "Public reply allowed: no, X refuses programs' replies to posts that neither mention nor quote the \
                 account. Answer in X itself (link below), or by /private in a private note.",
            ),
        }
    }
}

/// By id; where X leaves the id out, by name.
fn is_of(mention: &Mention, reader: &Reader<'_>) -> bool {
    match (&mention.id, &mention.username) {
        (Some(id), _) => id == reader.owner,
        (None, Some(name)) => {
            let own = reader.people.get(reader.owner).and_then(|user| user.username);
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        }
        (None, None) => false,
    }
}
