//! A request's parameters: query, form, multipart text fields and JSON body are one flat set for the Graph API.

use std::collections::BTreeMap;

use deskbridge_connectors::http::Request;
use serde_json::{Map, Value};

use super::error::GraphError;

/// The parameters of one request. The body wins over the query.
#[derive(Default)]
pub(super) struct Params(BTreeMap<String, Value>);

impl Params {
    pub(super) fn of(request: &Request) -> Result<Self, GraphError> {
        let mut params = Self::default();
        for (name, value) in request.url.query_pairs() {
            params.put(&name, value.into_owned());
        }
        let content_type = request.only_header("content-type").unwrap_or_default();
        if request.body.is_empty() {
        } else if content_type.starts_with("application/json") {
            let body: Map<String, Value> = serde_json::from_slice(&request.body)
                .map_err(|_| GraphError::parameter("The body is not a JSON object"))?;
            params.0.extend(body);
        } else if let Some((_, boundary)) = content_type.split_once("boundary=") {
            params.multipart(&request.body, boundary.trim_matches('"'));
        } else {
            for (name, value) in form_urlencoded::parse(&request.body) {
                params.put(&name, value.into_owned());
            }
        }
        Ok(params)
    }

    /// `a[b]=c` is how PHP clients write `a={"b":"c"}` in a form.
    fn put(&mut self, name: &str, value: String) {
        let nested = name.strip_suffix(']').and_then(|name| name.split_once('['));
        let Some((outer, inner)) = nested else {
            self.0.insert(name.to_owned(), value.into());
            return;
        };
        let slot = self.0.entry(outer.to_owned()).or_insert_with(|| Map::new().into());
        if let Value::Object(object) = slot {
            object.insert(inner.to_owned(), value.into());
        }
    }

    /// Text fields only; a file part is not kept.
    fn multipart(&mut self, body: &[u8], boundary: &str) {
        let text = String::from_utf8_lossy(body);
        for part in text.split(&format!("--{boundary}")) {
            let Some((head, value)) = part.split_once("\r\n\r\n") else { continue };
            let name = head.split_once("name=\"").and_then(|(_, rest)| rest.split_once('"'));
            if let Some((name, _)) = name.filter(|_| !head.contains("filename=")) {
                self.put(name, value.strip_suffix("\r\n").unwrap_or(value).to_owned());
            }
        }
    }

    /// A parameter as text; numbers and booleans count as their text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        as_text(self.0.get(name)?)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.text(name)?.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// A parameter as a JSON object, written as such or as text that contains one.
    pub(super) fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, GraphError> {
        let value = match self.0.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).ok(),
            Some(value) => Some(value.clone()),
        };
        match value {
            Some(Value::Object(object)) => Ok(Some(object)),
            _ => Err(GraphError::parameter(format_args!("Param {name} must be a JSON object"))),
        }
    }
}

/// A JSON scalar as text, so that ids may be written as strings or numbers.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
