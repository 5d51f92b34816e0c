//! Files of Facebook, Instagram and WhatsApp: what people sent, served for a while, and what we upload.

use deskbridge_connectors::http::{Request, Response};
use serde_json::{Value, json};

use super::auth::Permission;
use super::error::GraphError;
use super::route::Call;
use super::state::Graph;
use crate::Millis;
use crate::multipart::Received;
use crate::shelf::fresh;

/// How long the address of a file lives. Meta gives no figure; days have been seen.
pub(super) const LIFETIME: Millis = 24 * 3_600 * 1_000;
/// How long the address of a WhatsApp file lives, and the id itself.
const WHATSAPP_LIFETIME: Millis = 5 * 60 * 1_000;
/// For files that we uploaded.
const FOR_EVER: Millis = Millis::MAX;

const MB: usize = 1024 * 1024;
/// The types of messages and what Meta documents as their largest files; other pictures than these are refused.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/gif"];

impl Graph {
    /// Serves a file. One of WhatsApp is for whoever has a token.
    pub(super) fn serve_file(&self, request: &Request, now: Millis) -> Response {
        let of_whatsapp = request.query("of").as_deref() == Some("whatsapp");
        let token = request.only_header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let known = |token: &str| self.numbers.values().any(|number| number.seed.token == token);
        if of_whatsapp && !token.is_some_and(known) {
            return Response::empty(401);
        }
        self.shelf.serve(request, now)
    }

    /// Makes a file of ours out of `sandbox:NAME` in a webhook's address.
    pub(super) fn hosted(&mut self, url: String, now: Millis) -> String {
        self.shelf.address(url, now + LIFETIME)
    }

    /// What of a WhatsApp message names a file: `{"id": "sandbox:NAME"}` becomes one of ours.
    pub(super) fn hosted_part(&mut self, mut part: Value) -> Value {
        let named = part["id"].as_str().map(str::to_owned);
        let Some((id, _)) = named.and_then(|name| self.shelf.named(&name, FOR_EVER)) else { return part };
        if let Some(file) = self.shelf.get(&id) {
            part["mime_type"] = file.content_type.as_str().into();
        }
        part["id"] = id.into();
        part
    }

    /// `GET /{media}`: an address for five minutes.
    pub(super) fn read_media(&mut self, call: &Call, id: &str) -> Result<Value, GraphError> {
        let number = call.params.text("phone_number_id").unwrap_or_default();
        self.admit_number(call, &number)?;
        let url = self.shelf.renewed(id, call.now + WHATSAPP_LIFETIME).ok_or_else(|| call.gone(id))?;
        let file = self.shelf.get(id).ok_or_else(|| call.gone(id))?;
        Ok(json!({
            "id": id, "messaging_product": "whatsapp", "url": format!("{url}&of=whatsapp"),
            "mime_type": file.content_type, "file_size": file.bytes.len(),
        }))
    }

    /// `POST /{number}/media`.
    pub(super) fn upload_media(&mut self, call: &Call, number: &str) -> Result<Value, GraphError> {
        self.admit_number(call, number)?;
        if call.params.text("messaging_product").as_deref() != Some("whatsapp") {
            return Err(GraphError::new(100, "(#100) The parameter messaging_product is required."));
        }
        let file = call.file.clone().ok_or_else(|| GraphError::new(100, "(#100) No file uploaded"))?;
        let most = match file.content_type.as_str() {
            "image/jpeg" | "image/png" => 5 * MB,
            "application/pdf" | "text/plain" => 100 * MB,
            kind if kind.starts_with("audio/") || kind.starts_with("video/") => 16 * MB,
            _ => {
                return Err(GraphError::new(
                    100,
                    "(#100) Param file must be a file with one of the following types",
                ));
            }
        };
        if file.bytes.is_empty() || file.bytes.len() > most {
            return Err(GraphError::new(131_053, "(#131053) Media upload error"));
        }
        Ok(json!({"id": self.shelf.keep(file, FOR_EVER).0}))
    }

    /// `POST /{page or account}/message_attachments`.
    pub(super) fn upload_attachment(&mut self, call: &Call, owner: &str) -> Result<Value, GraphError> {
        if call.params.text("platform").as_deref() == Some("instagram") {
            let account = self.account_of(call, owner).ok_or_else(|| call.gone(owner))?;
            if !call.pages().contains(&account) {
                return Err(GraphError::new(
                    10,
                    "(#10) Application does not have permission for this action",
                ));
            }
        } else {
            self.admit(call, owner, Permission::PagesMessaging)?;
        }
        let message = call.params.object("message")?.unwrap_or_default();
        let kind =
            message.get("attachment").and_then(|one| one["type"].as_str()).unwrap_or_default().to_owned();
        let failed = || GraphError::parameter("Upload attachment failure.").sub(2_018_047);
        let file = call.file.clone().ok_or_else(failed)?;
        let most = if kind == "image" { 8 * MB } else { 25 * MB };
        if kind == "image" && !PICTURES.contains(&file.content_type.as_str()) || file.bytes.is_empty() {
            return Err(failed());
        }
        if file.bytes.len() > most {
            return Err(GraphError::parameter("The attachment is too large").sub(2_018_109));
        }
        Ok(json!({"attachment_id": self.shelf.keep(file, FOR_EVER).0}))
    }

    /// An attachment of a message that we send, as the echo shows it.
    pub(super) fn sent_attachment(&mut self, attachment: &Value) -> Result<Value, GraphError> {
        let not_ours = || GraphError::parameter("The attachment is not one of yours").sub(2_018_048);
        let id = super::params::as_text(&attachment["payload"]["attachment_id"]).ok_or_else(not_ours)?;
        let url = self.shelf.renewed(&id, FOR_EVER).ok_or_else(not_ours)?;
        Ok(json!({"type": attachment["type"], "payload": {"url": url}}))
    }

    /// The file that a form uploads as a photo under a comment; its address.
    pub(super) fn uploaded_photo(&mut self, file: &Received) -> Result<String, GraphError> {
        let is_picture = PICTURES.contains(&file.content_type.as_str()) && !file.bytes.is_empty();
        if !is_picture || file.bytes.len() > 10 * MB {
            return Err(GraphError::parameter("Your photos couldn't be uploaded."));
        }
        Ok(self.shelf.keep(file.clone(), FOR_EVER).1)
    }

    /// Attachments with the files that they lead to.
    pub(super) fn with_files(&self, attachments: &[Value]) -> Vec<Value> {
        let shown = |one: &Value| {
            let mut one = one.clone();
            one["file"] = self.shelf.view(one["payload"]["url"].as_str().unwrap_or_default());
            one
        };
        attachments.iter().map(shown).collect()
    }

    /// Attachments as the API shows them, with addresses that work again.
    pub(super) fn attachments_now(&self, attachments: &[Value]) -> Value {
        let shown = attachments.iter().map(|one| {
            let url = fresh(one["payload"]["url"].as_str().unwrap_or_default());
            match one["type"].as_str() {
                Some("image") => json!({"mime_type": "image/jpeg", "image_data": {"url": url}}),
                Some("video") => json!({"mime_type": "video/mp4", "video_data": {"url": url}}),
                _ => json!({"file_url": url}),
            }
        });
        json!({ "data": shown.collect::<Vec<_>>() })
    }
}
