//! Files: customers' into a ticket, agents' out of it. Freshdesk takes files only together with the note that shows them, in one
//! form.

use std::time::Duration;

use deskbridge_core::effect::{Effect, NewFiles, Outcome, Reason, Receipt, Refusal};
use deskbridge_core::model::Attachment;

use super::Freshdesk;
use super::api::Walk;
use super::card::After;
use super::marker::named_line;
use super::outbound::{after_writing, escaped, refuses_author};
use super::wire::Made;
use crate::files::{Hosts, Multipart};
use crate::http::Request;
use crate::{FileLimits, Next, Reading, Trouble};

/// From a note's making: its files may be on their way for three minutes; then as for notes.
pub(super) const SETTLE: Duration = Duration::from_secs(270);

/// Freshdesk documents 20 MB for all files of one request; a little is left for the form around them.
const MEGABYTES_20: u64 = 20 * 1_000_000 - 100_000;
pub(super) const LIMITS: FileLimits = FileLimits { bytes_max: MEGABYTES_20, bytes_of_all_max: MEGABYTES_20 };

/// Where Freshdesk keeps files, beside the account's own host: its own hosts, and signed links into its storage.
/// uncertain: which storage an account's region has.
const HOSTS: &[&str] = &[".freshdesk.com", ".freshworks.com", ".amazonaws.com", ".cloudfront.net"];

/// Where pictures in texts are that were put there in Freshdesk's editor. Others are somebody else's.
const INLINE_HOSTS: &[&str] = &[".freshdesk.com"];

type Way = Result<Outcome, Next<Outcome>>;

impl Freshdesk {
    /// Writes the note that shows the files, with them.
    pub(super) fn attach(&self, effect: &Effect, new: &NewFiles, walk: &mut Walk<'_>) -> Way {
        let requester = self.requester(&new.comment.customer, walk)?;
        let mut made = walk.ask::<Made, _>(self.note_with_files(effect, new, Some(&requester)))?;
        if made.as_ref().is_err_and(refuses_author) {
            made = walk.ask(self.note_with_files(effect, new, None))?;
        }
        let made = match made {
            Ok(made) => made,
            Err(failure) => {
                return Ok(match failure.outcome(Reason::TicketDeleted) {
                    // The only thing that differs from any other note is what it carries.
                    Outcome::Refused(refusal) if refusal.reason == Reason::Invalid => {
                        Outcome::Refused(Refusal { reason: Reason::Content, ..refusal })
                    }
                    outcome => outcome,
                });
            }
        };
        let receipt = Receipt { requester: Some(requester), ..Receipt::of(made.id.0) };
        let finished = self.finish(&new.comment.ticket, &After::comment(&new.comment), walk)?;
        Ok(after_writing(receipt, finished))
    }

    /// Without a requester their name stands in the text.
    fn note_with_files(&self, effect: &Effect, new: &NewFiles, requester: Option<&str>) -> Request {
        let comment = &new.comment;
        let text = format!("{}{}", comment.html, named_line(effect.id, &comment.parts));
        let form = Multipart::new(effect.id).field("incoming", "true").field("private", "false");
        let form = match requester {
            Some(requester) => form.field("user_id", requester).field("body", &text),
            None => {
                let name = escaped(&comment.customer.display_name);
                form.field("body", &format!("<p><strong>{name}:</strong></p>{text}"))
            }
        };
        let form = new.files.iter().fold(form, |form, file| form.file("attachments[]", file));
        form.on(self.api.bare_post(&["tickets", &comment.ticket, "notes"]))
    }

    /// Finds a file of an agent. The link is its own permission: our key goes nowhere.
    pub(super) fn find_file<T>(
        &self,
        attachment: &Attachment,
        walk: &mut Walk<'_>,
    ) -> Result<Result<Reading, Trouble>, Next<T>> {
        let Some(file) = &attachment.file else {
            return Ok(Err(Trouble::Refused(Refusal::new(Reason::Gone, "no file"))));
        };
        let hosts = Hosts::new(self.api.base(), HOSTS);
        Ok(walk.look(&hosts, &file.by, attachment)?.map(|file| Reading::File(Box::new(file))))
    }

    /// Whether a picture in a text is one that was put there in Freshdesk's editor.
    pub(super) fn is_own_picture(&self, address: &str) -> bool {
        let hosts = Hosts::new(self.api.base(), INLINE_HOSTS);
        url::Url::parse(address).is_ok_and(|url| hosts.allow(&url))
    }
}
