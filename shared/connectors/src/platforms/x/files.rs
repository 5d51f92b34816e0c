//! Files on X: where customers' are, and how agents' pictures are uploaded.

use deskbridge_core::effect::{Effect, Outcome, Reason, Refusal};
use deskbridge_core::file::RemoteFile;
use deskbridge_core::model::{Attachment, Surface};
use serde::Deserialize;

use super::api::{Api, Halt, NOT_SENT_PAUSE, Replay};
use super::errors::{self, Verdict};
use super::wire::Id;
use crate::Session;
use crate::files::{Hosts, Multipart};
use crate::http::{Answer, Exchange, Method, Request};

/// Where X keeps what people send. Files of direct messages are on `ton.twitter.com`, for their participants only.
const HOSTS: &[&str] = &["pbs.twimg.com", "video.twimg.com", "ton.twitter.com", "ton.x.com"];

/// The hosts that want our signature.
const SIGNED: [&str; 2] = ["ton.twitter.com", "ton.x.com"];

/// From where the files of an account may be fetched.
pub(super) fn hosts(api: &Api) -> Hosts {
    Hosts::new(&api.base, HOSTS)
}

/// Whether a file is fetched with our signature: where the account's API is (a sandbox), and where direct messages keep theirs.
pub(super) fn is_signed(hosts: &Hosts, url: &url::Url) -> bool {
    hosts.is_own(url) || url.host_str().is_some_and(|host| SIGNED.contains(&host))
}

/// Finds a file.
pub(super) fn find(replay: &mut Replay<'_>, attachment: &Attachment) -> Result<RemoteFile, Halt> {
    let Some(file) = &attachment.file else { return Err(Halt::refused(Reason::Gone, "no file")) };
    replay.look(&file.by, attachment)?.map_err(Halt::Trouble)
}

/// The request that uploads a picture, which nobody sees yet.
pub(super) fn upload(
    api: &Api,
    effect: &Effect,
    surface: Surface,
    file: &RemoteFile,
    session: &Session,
) -> Result<Request, Refusal> {
    let category = match surface {
        Surface::Public => "tweet_image",
        Surface::Direct => "dm_image",
    };
    let form =
        Multipart::new(effect.id).field("media_category", category).field("media_type", &file.content_type);
    let request = form.file("media", file).on(api.request(Method::POST, &["media", "upload"], &[])?);
    // The fields of such a form are not part of the signature.
    api.signed(request, session, &format!("upload {}", effect.id))
}

/// The id of what was uploaded, or what to do instead.
pub(super) fn uploaded(session: &Session, exchange: &Exchange) -> Result<String, Outcome> {
    #[derive(Deserialize)]
    struct Made {
        data: Named,
    }
    #[derive(Deserialize)]
    struct Named {
        #[serde(alias = "media_id_string")]
        id: Id,
    }
    let response = match &exchange.answer {
        Answer::Response(response) => response,
        Answer::NotPiped(failure) => return Err(failure.outcome()),
        // An upload does no harm twice.
        Answer::NotSent | Answer::Lost => return Err(Outcome::RetryAfter(NOT_SENT_PAUSE)),
    };
    match errors::judge(response, session.at) {
        Some(Verdict::Refused(refusal)) => Err(Outcome::Refused(refusal)),
        Some(Verdict::RetryAfter(pause)) => Err(Outcome::RetryAfter(pause)),
        Some(Verdict::Unknown) => Err(Outcome::RetryAfter(NOT_SENT_PAUSE)),
        None => response
            .parse::<Made>()
            .map(|made| made.data.id.0)
            .map_err(|_| Outcome::RetryAfter(NOT_SENT_PAUSE)),
    }
}
