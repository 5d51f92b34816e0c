//! Request bodies: JSON, or multipart when files come along.

use bytes::Bytes;
use deskbridge_connectors::http::{Request, header};
use serde_json::{Map, Value};

use super::errors::Refusal;

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
            multipart(&request.body, &boundary).ok_or(Refusal::ContentType).and_then(within_size)
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

fn multipart(body: &Bytes, boundary: &str) -> Option<Form> {
    let mut form = Form { multipart: true, ..Form::default() };
    let opening = format!("--{boundary}");
    let closing = format!("\r\n--{boundary}");
    let mut at = find(body, opening.as_bytes(), 0)? + opening.len();
    while !body[at..].starts_with(b"--") {
        let headers_end = find(body, b"\r\n\r\n", at)?;
        let content_end = find(body, closing.as_bytes(), headers_end + 2)?;
        let headers = std::str::from_utf8(&body[at..headers_end]).ok()?;
        let content = body.slice((headers_end + 4).min(content_end)..content_end);
        add_part(&mut form, headers, &content)?;
        at = content_end + closing.len();
    }
    Some(form)
}

fn add_part(form: &mut Form, headers: &str, content: &Bytes) -> Option<()> {
    let line = |wanted: &str| {
        headers.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then_some(value.trim())
        })
    };
    let disposition = line("content-disposition")?;
    let name = parameter(disposition, "name")?;
    if let Some(file_name) = parameter(disposition, "filename") {
        let content_type = line("content-type").unwrap_or("application/octet-stream").to_owned();
        form.files.push(File { name: file_name, content_type, bytes: content.clone() });
        return Some(());
    }
    let value = Value::String(String::from_utf8(content.to_vec()).ok()?);
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

/// A parameter of a header such as `form-data; name="x"`.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case(wanted) && !value.is_empty()).then(|| value.to_owned())
    })
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let tail = haystack.get(from..)?;
    tail.windows(needle.len()).position(|window| window == needle).map(|at| at + from)
}
