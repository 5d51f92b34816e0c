//! Forms with files (`multipart/form-data`), taken apart.

use bytes::Bytes;
use deskbridge_connectors::http::{Request, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// One part of a form.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// Only files have one.
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// A file as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

impl Received {
    /// What people see of it.
    pub(crate) fn view(&self) -> Value {
        json!({
            "name": self.name, "content_type": self.content_type, "size": self.bytes.len(),
            "sha256": hex::encode(Sha256::digest(&self.bytes)),
        })
    }
}

/// The parts of a request's body, if it is such a form.
pub(crate) fn parts(request: &Request) -> Option<Vec<Part>> {
    let content_type = request.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if !content_type.starts_with("multipart/form-data") {
        return None;
    }
    read(&request.body, &parameter(content_type, "boundary")?)
}

/// The first file of a form.
pub(crate) fn file(request: &Request, name: &str) -> Option<Received> {
    let part = parts(request)?.into_iter().find(|part| part.name == name)?;
    Some(Received { name: part.file_name?, content_type: part.content_type, bytes: part.bytes })
}

/// The parts of a body with that boundary.
pub(crate) fn read(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let opening = format!("--{boundary}");
    let closing = format!("\r\n--{boundary}");
    let mut at = find(body, opening.as_bytes(), 0)? + opening.len();
    while !body[at..].starts_with(b"--") {
        let headers_end = find(body, b"\r\n\r\n", at)?;
        let content_end = find(body, closing.as_bytes(), headers_end + 2)?;
        let headers = std::str::from_utf8(&body[at..headers_end]).ok()?;
        let content = body.slice((headers_end + 4).min(content_end)..content_end);
        parts.push(part(headers, content)?);
        at = content_end + closing.len();
    }
    Some(parts)
}

fn part(headers: &str, bytes: Bytes) -> Option<Part> {
    let line = |wanted: &str| {
        headers.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then_some(value.trim())
        })
    };
    let disposition = line("content-disposition")?;
    Some(Part {
        name: parameter(disposition, "name")?,
        file_name: parameter(disposition, "filename"),
        content_type: line("content-type").unwrap_or("application/octet-stream").to_owned(),
        bytes,
    })
}

/// A parameter of a header such as `form-data; name="x"`.
pub(crate) fn parameter(header: &str, wanted: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case(wanted) && !value.is_empty()).then(|| value.to_owned())
    })
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    while let Some(next) = haystack.get(at..)?.iter().position(|byte| *byte == first) {
        if haystack[at + next..].starts_with(needle) {
            return Some(at + next);
        }
        at += next + 1;
    }
    None
}
