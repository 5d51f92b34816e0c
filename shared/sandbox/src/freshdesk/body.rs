//! Request bodies: JSON, or multipart when files come along.

use bytes::Bytes;
use deskbridge_connectors::http::{Request, header};
use serde_json::{Map, Value};

use super::errors::Refusal;
use crate::multipart::{self, Part, parameter};

/// A request's fields and files.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) fields: Map<String, Value>,
    pub(super) files: Vec<File>,
    pub(super) multipart: bool,
}

/// One uploaded file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) bytes: Bytes,
}

/// All files of one request together; Freshdesk documents 20 MB (older pages say 15).
const MAX_FILES: usize = 20 * 1024 * 1024;

impl Form {
    /// A form with these fields, as if it had come as JSON.
    pub(super) fn of(fields: Value) -> Self {
        match fields {
            Value::Object(fields) => Self { fields, ..Self::default() },
            _ => Self::default(),
        }
    }
}

/// Reads the body as its `Content-Type` says.
pub(super) fn read(request: &Request) -> Result<Form, Refusal> {
    let content_type = request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => match serde_json::from_slice(&request.body) {
            Ok(Value::Object(fields)) => Ok(Form { fields, ..Form::default() }),
            _ => Err(Refusal::Json),
        },
        "multipart/form-data" => {
            let boundary = parameter(content_type, "boundary").ok_or(Refusal::ContentType)?;
            form(&request.body, &boundary).ok_or(Refusal::ContentType).and_then(within_size)
        }
        _ => Err(Refusal::ContentType),
    }
}

fn within_size(form: Form) -> Result<Form, Refusal> {
    let size: usize = form.files.iter().map(|file| file.bytes.len()).sum();
    if size > MAX_FILES {
        return Err(Refusal::field("attachments", "It should be less than 20 MB", "invalid_size"));
    }
    Ok(form)
}

fn form(body: &Bytes, boundary: &str) -> Option<Form> {
    let mut form = Form { multipart: true, ..Form::default() };
    for part in multipart::read(body, boundary)? {
        add_part(&mut form, part)?;
    }
    Some(form)
}

fn add_part(form: &mut Form, part: Part) -> Option<()> {
    let Part { name, file_name, content_type, bytes } = part;
    if let Some(name) = file_name {
        form.files.push(File { name, content_type, bytes });
        return Some(());
    }
    let value = Value::String(String::from_utf8(bytes.to_vec()).ok()?);
    match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((list, "")) => {
            let items = form.fields.entry(list).or_insert_with(|| Value::Array(Vec::new()));
            items.as_array_mut()?.push(value);
        }
        Some((object, key)) => {
            let members = form.fields.entry(object).or_insert_with(|| Value::Object(Map::new()));
            members.as_object_mut()?.insert(key.to_owned(), value);
        }
        None => {
            form.fields.insert(name, value);
        }
    }
    Some(())
}
