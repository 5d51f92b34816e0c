//! Files: uploaded for a token, then attached to a comment.

use bytes::Bytes;
use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Call, Id, stamp};
use super::errors::{Answer, Problem};
use crate::Millis;

/// How long a token can be used. The newer of Zendesk's two descriptions; the older said three days.
const TOKEN_LIFETIME: Millis = 60 * 60_000;
/// Uncertain: the size limit of one file.
const LARGEST_FILE: usize = 50 * 1024 * 1024;

#[derive(Clone)]
pub(super) struct Attachment {
    pub(super) id: Id,
    pub(super) name: String,
    kind: String,
    bytes: Bytes,
}

/// Files that wait to be attached.
pub(super) struct Upload {
    pub(super) files: Vec<Attachment>,
    pub(super) expires: Millis,
}

impl Zendesk {
    /// `POST /uploads?filename=`: the raw bytes; with `&token=` one more file for the same comment.
    pub(super) fn upload(&mut self, call: &Call<'_>) -> Answer {
        let name = call.query("filename").ok_or_else(|| Problem::missing("filename"))?;
        let bytes = call.request.body.clone();
        if bytes.is_empty() || bytes.len() > LARGEST_FILE {
            return Err(Problem::invalid("attachment", "Attachment: has an invalid size", "InvalidValue"));
        }
        let kind = call.request.only_header("content-type").unwrap_or("application/octet-stream").to_owned();
        let id = self.next_id();
        let file = Attachment { id, name, kind, bytes };
        self.files.insert(id, file.clone());
        let token = match call.query("token") {
            Some(token) if self.uploads.contains_key(&token) => token,
            Some(_) => return Err(Problem::not_found()),
            None => format!("upload{}", self.next_id()),
        };
        let expires = call.now() + TOKEN_LIFETIME;
        let upload = self.uploads.entry(token.clone()).or_insert(Upload { files: Vec::new(), expires });
        upload.files.push(file.clone());
        let (files, expires) = (upload.files.clone(), upload.expires);
        let views: Vec<_> = files.iter().map(|file| self.attachment_view(file)).collect();
        let view = json!({"token": token, "expires_at": stamp(expires), "attachment": self.attachment_view(&file),
            "attachments": views});
        Ok(Response::json(201, &json!({"upload": view})))
    }

    /// Serves a file under its `content_url`.
    pub(super) fn file(&self, id: &str) -> Answer {
        let file = id.parse().ok().and_then(|id: Id| self.files.get(&id)).ok_or_else(Problem::not_found)?;
        Ok(Response { body: file.bytes.clone(), ..Response::empty(200) }.header("content-type", &file.kind))
    }

    pub(super) fn attachment_view(&self, file: &Attachment) -> Value {
        let mut url = self.seed.base_url.clone();
        url.set_path(&format!("/attachments/token/{}/", file.id));
        url.query_pairs_mut().append_pair("name", &file.name);
        json!({
            "id": file.id,
            "url": self.url(&format!("attachments/{}.json", file.id)),
            "file_name": file.name,
            "content_url": url.as_str(),
            "mapped_content_url": url.as_str(),
            "content_type": file.kind,
            "size": file.bytes.len(),
            "width": null,
            "height": null,
            "inline": false,
            "deleted": false,
            "malware_access_override": false,
            "malware_scan_result": "malware_not_found",
            "thumbnails": [],
        })
    }
}
