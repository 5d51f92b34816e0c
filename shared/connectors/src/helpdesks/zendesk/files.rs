//! Files: customers' into a ticket, agents' out of it. A file is uploaded first, which nobody sees; the comment then names the
//! token that all its files share.

use std::time::Duration;

use deskbridge_core::effect::{Effect, NewFiles, Outcome, Reason, Refusal};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::Attachment;
use serde::Deserialize;

use super::api::Talk;
use super::comments;
use super::errors::Failure;
use super::outbound::refused;
use super::{Settings, Zendesk};
use crate::files::{self, Hosts};
use crate::http::Method;
use crate::{FileLimits, Next, Reading, Trouble};

/// From a comment's making: all its files may be on their way for two minutes, each for one more; then as for comments.
pub(super) const SETTLE: Duration = Duration::from_secs(300);

/// Documented as the size of one attachment.
pub(super) const LIMITS: FileLimits = FileLimits { bytes_max: 50 * 1024 * 1024, bytes_of_all_max: u64::MAX };

/// Where Zendesk keeps files, beside the account's own host. An account with private attachments answers with a redirect to
/// an address of a few minutes.
const HOSTS: &[&str] = &[".zdusercontent.com", ".zendesk.com"];

#[derive(Deserialize)]
struct Uploaded {
    upload: Upload,
}

#[derive(Deserialize)]
struct Upload {
    token: String,
}

/// Uploads the files, then writes the comment that shows them.
pub(super) fn attach(
    settings: &Settings,
    effect: &Effect,
    new: &NewFiles,
    talk: &mut Talk<'_>,
) -> Result<Outcome, Next<Outcome>> {
    let mut token: Option<String> = None;
    for file in &new.files {
        let Some(part) = files::part(file) else {
            return Ok(refused(Reason::Content, "not an address"));
        };
        let uploaded = talk.ask::<Uploaded, _>(|talk| {
            let mut request = talk.request(Method::POST, &["uploads"]);
            request.url.query_pairs_mut().append_pair("filename", &file.name);
            if let Some(token) = &token {
                request.url.query_pairs_mut().append_pair("token", token);
            }
            request.piped(&file.content_type, vec![part])
        })?;
        match uploaded {
            Ok(uploaded) => token = Some(uploaded.upload.token),
            Err(failure) => return Ok(not_uploaded(&failure)),
        }
    }
    match token {
        Some(token) => comments::append(settings, effect, &new.comment, Some(&token), talk),
        None => Ok(refused(Reason::Invalid, "no files")),
    }
}

/// What was uploaded and is not used vanishes by itself, so an upload may be tried again.
fn not_uploaded(failure: &Failure) -> Outcome {
    match failure {
        Failure::Said(problem) if matches!(problem.status, 400 | 404 | 413 | 415 | 422) => {
            Outcome::Refused(problem.refusal(Reason::Content))
        }
        failure => failure.harmless(),
    }
}

/// Finds a file of an agent. Our credential goes to the account's own host only.
pub(super) fn find(
    zendesk: &Zendesk,
    attachment: &Attachment,
    talk: &mut Talk<'_>,
) -> Result<Result<Reading, Trouble>, Next<Result<Reading, Trouble>>> {
    let Some(file) = &attachment.file else {
        return Ok(Err(Trouble::Refused(Refusal::new(Reason::Gone, "no file"))));
    };
    let hosts = Hosts::new(&zendesk.api.base, HOSTS);
    talk.look(&hosts, &file.by, attachment)
        .map(|found: Result<RemoteFile, Trouble>| found.map(|file| Reading::File(Box::new(file))))
}
