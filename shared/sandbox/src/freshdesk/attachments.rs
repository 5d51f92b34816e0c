//! Files: stored with a ticket or conversation, fetched through a signed link that expires.

use deskbridge_connectors::http::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::body::File;
use super::errors::{Answer, Refusal};
use super::model::Attachment;
use super::server::{Call, Freshdesk, number};
use super::time::{DAY, iso};
use crate::Millis;
use crate::multipart::Received;
use crate::shown::{Shown, shown};

/// How long a link works. uncertain: Freshdesk documents only that links expire.
const LINK_LIFE: Millis = DAY;

impl Freshdesk {
    /// Stores uploaded files and gives their ids.
    pub(super) fn store_files(&mut self, files: Vec<File>, now: Millis) -> Vec<u64> {
        let mut ids = Vec::with_capacity(files.len());
        for File { name, content_type, bytes } in files {
            let id = self.ids.other();
            self.attachments.insert(id, Attachment { id, name, content_type, bytes, created: now });
            ids.push(id);
        }
        ids
    }

    pub(super) fn attachments_json(&self, ids: &[u64], now: Millis) -> Vec<Shown> {
        let files = ids.iter().filter_map(|id| self.attachments.get(id));
        files.map(|file| self.attachment_json(file, now)).collect()
    }

    fn attachment_json(&self, file: &Attachment, now: Millis) -> Shown {
        let expires = now + LINK_LIFE;
        let base = self.base_url.as_str().trim_end_matches('/');
        let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC);
        let signature = signature(file.id, expires);
        let path = format!("data/helpdesk/attachments/production/{}/original/{name}", file.id);
        shown!({
            "id": file.id,
            "name": file.name,
            "content_type": file.content_type,
            "size": file.bytes.len(),
            "created_at": iso(file.created),
            "updated_at": iso(file.created),
            "attachment_url": format!("{base}/{path}?Expires={expires}&Signature={signature}"),
        })
    }

    /// The file behind a link. No API key: the link itself is the permission.
    pub(super) fn download(&self, id: &str, request: &Request, now: Millis) -> Answer {
        let id = number(id)?;
        let expires =
            request.query("Expires").and_then(|text| text.parse::<Millis>().ok()).unwrap_or_default();
        if expires <= now || request.query("Signature") != Some(signature(id, expires)) {
            return Err(Refusal::ExpiredLink);
        }
        let file = self.attachments.get(&id).ok_or(Refusal::NotFound)?;
        Ok(Response { body: file.bytes.clone(), ..Response::empty(200) }
            .header("content-type", &file.content_type))
    }

    /// A picture in a text. Its token is the permission; how long it lives is not documented.
    pub(super) fn inline(&self, request: &Request) -> Answer {
        let id = number(&request.query("token").unwrap_or_default())?;
        let file = self.attachments.get(&id).ok_or(Refusal::NotFound)?;
        Ok(Response { body: file.bytes.clone(), ..Response::empty(200) }
            .header("content-type", &file.content_type))
    }

    /// What people see of files.
    pub(super) fn received(&self, ids: &[u64]) -> Value {
        let files = ids.iter().filter_map(|id| self.attachments.get(id)).map(|file| {
            let (name, content_type) = (file.name.clone(), file.content_type.clone());
            Received { name, content_type, bytes: file.bytes.clone() }.view()
        });
        files.collect()
    }

    pub(super) fn route_attachment(&mut self, call: Call<'_>, id: u64) -> Answer {
        if call.request.method != "DELETE" {
            return Err(Refusal::Method("DELETE"));
        }
        self.attachments.remove(&id).map(|_| Response::empty(204)).ok_or(Refusal::NotFound)
    }
}

fn signature(id: u64, expires: Millis) -> String {
    hex::encode(&Sha256::digest(format!("sandbox-file:{id}:{expires}"))[..16])
}
