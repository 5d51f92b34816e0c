//! Files: of direct messages only for who signs for an account, of posts for everybody; and what we upload.

use deskbridge_connectors::http::{Request, Response};
use serde_json::{Value, json};

use super::problem::Problem;
use super::route::{Answer, Call};
use super::state::{Media, X};
use crate::Millis;
use crate::multipart;

/// For files: the addresses of X do not end.
const FOR_EVER: Millis = Millis::MAX;
/// X documents 5 MB for a picture.
const PICTURE_BYTES_MAX: usize = 5 * 1024 * 1024;

impl X {
    /// Serves a file.
    pub(super) fn serve_file(&mut self, request: &Request, now: Millis) -> Response {
        let private = request.query("of").as_deref() == Some("dm");
        if private && let Err(problem) = self.caller(request, now) {
            return problem.response();
        }
        self.shelf.serve(request, now)
    }

    /// What an act names, with its address.
    pub(super) fn hosted(&mut self, kind: &str, of: String, private: bool) -> Media {
        let named = self.shelf.named(&of, FOR_EVER);
        let url = match named {
            Some((_, address)) if private => format!("{address}&of=dm"),
            Some((_, address)) => address,
            None => of,
        };
        Media { kind: kind.to_owned(), url }
    }

    /// `POST /2/media/upload`: a picture in one request.
    pub(super) fn upload(&mut self, call: &Call<'_>) -> Answer {
        let wrong = || Problem::invalid("media: is required");
        let file = multipart::file(call.request, "media").ok_or_else(wrong)?;
        let category =
            multipart::parts(call.request).into_iter().flatten().find(|part| part.name == "media_category");
        let known =
            category.is_some_and(|part| [&b"tweet_image"[..], b"dm_image"].contains(&&part.bytes[..]));
        let picture = ["image/png", "image/jpeg", "image/webp"].contains(&file.content_type.as_str());
        if !known || !picture || file.bytes.len() > PICTURE_BYTES_MAX {
            return Err(Problem::invalid("media: this file cannot be uploaded so"));
        }
        let (id, _) = self.shelf.keep(file, FOR_EVER);
        Ok((200, json!({"data": {"id": id, "media_key": format!("3_{id}")}})))
    }

    /// The picture that a post or message of ours shows, named by its id.
    pub(super) fn uploaded(&mut self, id: Option<&Value>) -> Result<Option<Media>, Problem> {
        let Some(id) = id else { return Ok(None) };
        let url = id.as_str().and_then(|id| self.shelf.renewed(id, FOR_EVER));
        let url = url.ok_or_else(|| Problem::invalid("Your media IDs are invalid."))?;
        Ok(Some(Media { kind: "photo".to_owned(), url }))
    }
}
