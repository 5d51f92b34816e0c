//! Files: uploaded for a token, then attached to a comment.

use bytes::Bytes;
use deskbridge_connectors::http::{Request, Response};
use serde_json::Value;

use super::Zendesk;
use super::call::{Call, Id, stamp};
use super::errors::{Answer, Problem};
use crate::Millis;
use crate::multipart::Received;
use crate::samples::sample;
use crate::shown::{NOTHING, NULL, Shown, shown};

/// How long a token can be used. The newer of Zendesk's two descriptions; the older said three days.
const TOKEN_LIFETIME: Millis = 60 * 60_000;
/// Uncertain: the size limit of one file.
const LARGEST_FILE: usize = 50 * 1024 * 1024;

/// How long the address lives to which a private attachment redirects.
const PRIVATE_LIFETIME: Millis = 5 * 60_000;

#[derive(Clone)]
pub(super) struct Attachment {
    pub(super) id: Id,
    pub(super) name: String,
    kind: String,
    bytes: Bytes,
    /// Shown in the text.
    pub(super) inline: bool,
    /// The scanner found something.
    pub(super) malware: bool,
}

impl Attachment {
    /// What people see of it.
    pub(super) fn overview(&self) -> Value {
        let (name, content_type, bytes) = (self.name.clone(), self.kind.clone(), self.bytes.clone());
        Received { name, content_type, bytes }.view()
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What is left of it once it is redacted.
    fn empty(&mut self) {
        "redacted.txt".clone_into(&mut self.name);
        "text/plain".clone_into(&mut self.kind);
        self.bytes = Bytes::new();
    }
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
        let file = Attachment { id, name, kind, bytes, inline: false, malware: false };
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
        let view = shown!({"token": token, "expires_at": stamp(expires), "attachment": self.attachment_view(&file),
            "attachments": views});
        Ok(shown!({"upload": view}).answer(201))
    }

    /// Puts a file of an agent among the uploads; gives its token. `inline:NAME` is one that the text shows, `malware:NAME` one
    /// that the scanner dislikes.
    pub(super) fn upload_of_agent(&mut self, named: &str, now: Millis) -> Option<(String, Option<String>)> {
        let (marks, name) = named.rsplit_once(':').map_or(("", named), |(marks, name)| (marks, name));
        let Received { name, content_type: kind, bytes } = sample(name)?;
        let id = self.next_id();
        let (inline, malware) = (marks == "inline", marks == "malware");
        let file = Attachment { id, name, kind, bytes, inline, malware };
        let shown = inline.then(|| self.content_url(&file));
        self.files.insert(id, file.clone());
        let token = format!("upload{}", self.next_id());
        self.uploads.insert(token.clone(), Upload { files: vec![file], expires: now + TOKEN_LIFETIME });
        Some((token, shown))
    }

    /// `PUT /tickets/{id}/comments/{id}/attachments/{id}/redact`: an empty text file takes its place.
    pub(super) fn redact_file(&mut self, call: &Call<'_>, ticket: Id, comment: Id, file: Id) -> Answer {
        self.may_redact()?;
        let answer = self.edit_comment(call, ticket, comment, false, |comment| {
            let found = comment.attachments.iter_mut().find(|one| one.id == file);
            found.map(Attachment::empty).ok_or_else(Problem::not_found)
        })?;
        if let Some(file) = self.files.get_mut(&file) {
            file.empty();
        }
        Ok(answer)
    }

    /// Serves a file under its `content_url`. Where attachments are private, only to who may see tickets, and by a redirect to
    /// an address of a few minutes.
    pub(super) fn content(&mut self, id: &str, request: &Request, now: Millis) -> Answer {
        if !self.private_files {
            return self.file(id);
        }
        self.authenticate(request, now)?.ok_or_else(Problem::unauthenticated)?;
        let mut url = self.seed.base_url.clone();
        url.set_path(&format!("/attachments/temporary/{id}"));
        url.query_pairs_mut().append_pair("until", &(now + PRIVATE_LIFETIME).to_string());
        Ok(Response::empty(302).header("location", url.as_str()))
    }

    /// Serves a file under its temporary address, to anybody.
    pub(super) fn temporary(&self, id: &str, request: &Request, now: Millis) -> Answer {
        let until: Millis = request.query("until").and_then(|until| until.parse().ok()).unwrap_or_default();
        if until < now {
            return Err(Problem::not_found());
        }
        self.file(id)
    }

    /// A file's content.
    fn file(&self, id: &str) -> Answer {
        let file = id.parse().ok().and_then(|id: Id| self.files.get(&id)).ok_or_else(Problem::not_found)?;
        Ok(Response { body: file.bytes.clone(), ..Response::empty(200) }.header("content-type", &file.kind))
    }

    fn content_url(&self, file: &Attachment) -> String {
        let mut url = self.seed.base_url.clone();
        url.set_path(&format!("/attachments/token/{}/", file.id));
        url.query_pairs_mut().append_pair("name", &file.name);
        url.into()
    }

    pub(super) fn attachment_view(&self, file: &Attachment) -> Shown {
        let url = self.content_url(file);
        shown!({
            "id": file.id,
            "url": self.url(&format!("attachments/{}.json", file.id)),
            "file_name": file.name,
            "content_url": url,
            "mapped_content_url": url,
            "content_type": file.kind,
            "size": file.bytes.len(),
            "width": NULL,
            "height": NULL,
            "inline": file.inline,
            "deleted": false,
            "malware_access_override": false,
            "malware_scan_result": if file.malware { "malware_found" } else { "malware_not_found" },
            "thumbnails": NOTHING,
        })
    }
}
