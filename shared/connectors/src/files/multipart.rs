//! Forms with files (`multipart/form-data`, RFC 7578), as parts of a body.

use deskbridge_core::EffectId;
use deskbridge_core::file::RemoteFile;

use super::part;
use crate::http::{BodyPart, Request};

/// A form under way.
pub(crate) struct Multipart {
    boundary: String,
    /// What is to be sent before the next file.
    text: String,
    parts: Vec<BodyPart>,
}

impl Multipart {
    /// A form of an effect. Whoever wrote its files does not know the effect's name, so that the boundary is not in them.
    pub(crate) fn new(id: EffectId) -> Self {
        Self { boundary: format!("deskbridge-form-{id}"), text: String::new(), parts: Vec::new() }
    }

    /// A field.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.opens(&format!("name=\"{name}\""), None);
        self.text.push_str(value);
        self.text.push_str("\r\n");
        self
    }

    /// A file.
    pub(crate) fn file(mut self, name: &str, file: &RemoteFile) -> Self {
        // Names hold no quotes and no line ends.
        let names = format!("name=\"{name}\"; filename=\"{}\"", file.name);
        self.opens(&names, Some(&file.content_type));
        self.flush();
        self.parts.extend(part(file));
        self.text.push_str("\r\n");
        self
    }

    /// The request with the form as its body.
    pub(crate) fn on(mut self, request: Request) -> Request {
        self.text.push_str(&format!("--{}--\r\n", self.boundary));
        self.flush();
        request.piped(&format!("multipart/form-data; boundary={}", self.boundary), self.parts)
    }

    fn opens(&mut self, names: &str, content_type: Option<&str>) {
        self.text.push_str(&format!("--{}\r\nContent-Disposition: form-data; {names}\r\n", self.boundary));
        if let Some(content_type) = content_type {
            self.text.push_str(&format!("Content-Type: {content_type}\r\n"));
        }
        self.text.push_str("\r\n");
    }

    fn flush(&mut self) {
        self.parts.push(BodyPart::Bytes(std::mem::take(&mut self.text).into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Answer, Method, Response};

    #[test]
    fn a_form_is_as_the_standard_has_it() {
        let file = RemoteFile {
            url: "https://cdn.example/1".to_owned(),
            headers: Vec::new(),
            name: "käse.png".to_owned(),
            content_type: "image/png".to_owned(),
            bytes: Some(3),
            head: b"PNG".to_vec(),
        };
        let form = Multipart::new(EffectId(9)).field("type", "image").file("file", &file);
        let request = form.on(Request::new(Method::POST, "https://graph.example/".parse().unwrap()));
        let content_type = request.only_header("content-type").unwrap().to_owned();
        assert_eq!(content_type, "multipart/form-data; boundary=deskbridge-form-db-0000000000000009");
        let whole = request.in_one_piece(|_| Answer::Response(Response::text(200, "PNG"))).unwrap();
        let expected = "--deskbridge-form-db-0000000000000009\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage\r\n\
            --deskbridge-form-db-0000000000000009\r\nContent-Disposition: form-data; name=\"file\"; filename=\"käse.png\"\r\n\
            Content-Type: image/png\r\n\r\nPNG\r\n--deskbridge-form-db-0000000000000009--\r\n";
        assert_eq!(std::str::from_utf8(&whole.body).unwrap(), expected);
    }
}
