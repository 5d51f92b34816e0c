//! What of an agent's comment goes to the platform: its text in pieces, then its files.

use crate::conversation::ReplyPiece;
use crate::effect::ReplyForm;
use crate::file::FILES_MAX;
use crate::model::AgentReply;
use crate::notes::FileTrouble;
use crate::policy::Policy;
use crate::said::Said;
use crate::text;

/// What goes out, in that order.
pub(crate) struct Outgoing {
    /// The whole text, and how it is published.
    pub(crate) said: Said,
    /// The text in pieces that the platform takes.
    pub(crate) pieces: Vec<String>,
    /// The files, by their places among the comment's attachments.
    pub(crate) files: Vec<u32>,
    /// Why other files do not go.
    pub(crate) held_back: Vec<FileTrouble>,
}

impl Outgoing {
    /// What goes out of a comment in which that is said; `privately`: into the direct messages that followed a private reply.
    pub(crate) fn of(mut said: Said, reply: &AgentReply, policy: &Policy, privately: bool) -> Self {
        let rules = if privately { &policy.private().files } else { &policy.files };
        let carries = said.form == ReplyForm::Text || (privately && said.form == ReplyForm::Private);
        let (mut files, mut held_back, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for (at, attachment) in (0_u32..).zip(&reply.source().attachments) {
            let checked = match carries {
                _ if files.len() == FILES_MAX => Err(FileTrouble::TooMany),
                true => rules.may_send(attachment),
                false => Err(FileTrouble::Surface),
            };
            let link = attachment.url.as_deref().filter(|_| rules.as_links && carries);
            match (checked, link) {
                (Ok(()), _) => files.push(at),
                (Err(FileTrouble::Unsafe), _) | (Err(_), None) => held_back.extend(checked.err()),
                (Err(_), Some(link)) => links.push(link),
            }
        }
        if !links.is_empty() {
            let text = std::iter::once(said.text.as_str()).filter(|text| !text.is_empty());
            said.text = text.chain(links).collect::<Vec<_>>().join("\n");
        }
        let pieces = said.pieces(policy, privately);
        Self { said, pieces, files, held_back }
    }

    /// How many parts there are, files included.
    pub(crate) fn count(&self) -> usize {
        self.pieces.len() + self.files.len()
    }

    /// Each part, as an agent's comment in a ticket and the message that it answers make it one.
    pub(crate) fn parts(
        &self,
        ticket: &str,
        comment: &str,
        answers: &str,
    ) -> impl Iterator<Item = ReplyPiece> {
        let of = u32::try_from(self.count()).unwrap_or(u32::MAX);
        let texts = self.pieces.iter().map(|text| (text::fingerprint(text), None));
        let files = self.files.iter().map(|file| (0, Some(*file)));
        (1..).zip(texts.chain(files)).map(move |(piece, (fingerprint, file))| ReplyPiece {
            ticket: ticket.to_owned(),
            comment: comment.to_owned(),
            answers: answers.to_owned(),
            piece,
            of,
            fingerprint,
            file,
            fallback: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{FileRef, FileRule};
    use crate::ledger::tests::policy;
    use crate::model::Attachment;
    use crate::said::published;

    const PHOTOS: &[FileRule] = &[FileRule { types: &["image/*"], bytes_max: 5 }];

    fn attachment(content_type: &str, bytes: u64) -> Attachment {
        let file =
            FileRef { content_type: Some(content_type.to_owned()), bytes: Some(bytes), ..FileRef::by("1") };
        let url = Some(format!("https://files.example/{bytes}"));
        Attachment { kind: "file".to_owned(), url, title: None, file: Some(file) }
    }

    fn reply(html: &str, private: bool) -> AgentReply {
        let unsafe_one = Attachment { file: None, ..attachment("image/png", 1) };
        AgentReply {
            comment: "7".to_owned(),
            agent: None,
            agent_id: None,
            earlier: None,
            target: None,
            html: html.to_owned(),
            attachments: vec![
                attachment("image/png", 5),
                attachment("image/png", 6),
                attachment("text/plain", 1),
                unsafe_one,
            ],
            private,
        }
    }

    fn out(html: &str, private: bool, sent: &'static [FileRule], as_links: bool) -> Outgoing {
        let mut policy = policy();
        policy.files.sent = sent;
        policy.files.as_links = as_links;
        policy.verbs = &[crate::command::Verb::Private];
        let reply = reply(html, private);
        let said =
            published(&reply, policy.reply_markup).unwrap_or_else(|| panic!("{html} publishes something"));
        Outgoing::of(said, &reply, &policy, false)
    }

    #[test]
    fn files_follow_the_text_and_those_that_cannot_go_are_told() {
        use FileTrouble::{Surface, TooLarge, Type, Unsafe};
        let one = out("<p>Here.</p>", false, PHOTOS, false);
        assert_eq!(
            (one.pieces, one.files, one.held_back),
            (vec!["Here.".to_owned()], vec![0], vec![TooLarge, Type, Unsafe])
        );
        let bare = out("", false, PHOTOS, false);
        assert_eq!((bare.count(), bare.files), (1, vec![0]), "a file alone is a reply");
        assert_eq!(out("", false, &[], false).held_back, [Surface; 4]);
        assert_eq!(out("/private Hello", true, PHOTOS, true).held_back, [Surface; 4], "privately no files");
    }

    #[test]
    fn links_stand_in_for_files_where_that_is_wanted_but_never_for_unsafe_ones() {
        let one = out("<p>Here.</p>", false, PHOTOS, true);
        assert_eq!(one.pieces, ["Here.\nhttps://files.example/6\nhttps://files.example/1"]);
        assert_eq!((one.files, one.held_back), (vec![0], vec![FileTrouble::Unsafe]));
    }
}
