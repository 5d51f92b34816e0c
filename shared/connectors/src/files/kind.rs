//! What a file is: by its own first bytes, whatever it is called; and what it is called afterwards.

use std::borrow::Cow;

/// The longest name, in characters, without its extension.
const NAME_MAX: usize = 80;

/// Containers in which formats of their own live: an office document is a ZIP archive, too.
const CONTAINERS: [&str; 3] = ["zip", "msi", "xml"];

/// What a file was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) content_type: String,
    /// Without a dot, in lower case; may be empty.
    pub(super) extension: String,
    /// Whether its bytes say so, and not only somebody else.
    pub(super) proven: bool,
}

impl Kind {
    /// By the first bytes; else by its name; else by what the remote side declares.
    pub(super) fn of(head: &[u8], name: Option<&str>, declared: Option<&str>) -> Self {
        let by_name = name.and_then(extension);
        let declared = declared.map(essence).filter(|declared| is_type(declared));
        if let Some((content_type, sniffed)) = sniffed(head) {
            // A document inside of a container is what its name says; anything else is what it is.
            let inside = CONTAINERS.contains(&sniffed).then(|| by_name.clone()).flatten();
            if let Some((extension, known)) =
                inside.and_then(|name| type_of(&name).filter(is_document).map(|known| (name, known)))
            {
                return Self { content_type: known.to_owned(), extension, proven: true };
            }
            return Self {
                content_type: content_type.to_owned(),
                extension: sniffed.to_owned(),
                proven: true,
            };
        }
        let by_type = declared.as_deref().and_then(extension_of);
        let content_type = by_name.as_deref().and_then(type_of).map(str::to_owned).or(declared);
        Self {
            content_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            extension: by_name.or(by_type.map(str::to_owned)).unwrap_or_default(),
            proven: false,
        }
    }

    /// Whether it may be what a platform calls `photo`, `video` and so on. An unknown format may be, if it is declared so.
    pub(super) fn may_be(&self, kind: &str) -> bool {
        let family = self.content_type.split('/').next().unwrap_or_default();
        match kind {
            // Moving pictures come as videos.
            "photo" | "sticker" | "gif" | "image" => matches!(family, "image" | "video"),
            "video" | "reel" => matches!(family, "video" | "image"),
            // Recordings come in containers that may hold videos, too.
            "audio" | "voice message" => matches!(family, "audio" | "video"),
            "story" => matches!(family, "image" | "video"),
            _ => true,
        }
    }

    /// A name for it: what it was called, as far as that is harmless, with the extension that fits.
    pub(super) fn name(&self, called: Option<&str>, otherwise: &str) -> String {
        let called = called.map(harmless).filter(|called| !called.is_empty());
        let called = called.unwrap_or_else(|| harmless(otherwise));
        let stem = match called.rsplit_once('.') {
            Some((stem, end)) if self.fits(end) && !stem.is_empty() => stem,
            _ => called.as_str(),
        };
        let stem: String = stem.chars().take(NAME_MAX).collect();
        match called.rsplit_once('.') {
            // `.jpeg` is as good as `.jpg`.
            Some((_, end)) if self.fits(end) => format!("{stem}.{}", end.to_ascii_lowercase()),
            _ if self.extension.is_empty() => stem,
            _ => format!("{stem}.{}", self.extension),
        }
    }

    fn fits(&self, end: &str) -> bool {
        let end = end.to_ascii_lowercase();
        end == self.extension || type_of(&end) == Some(self.content_type.as_str())
    }
}

fn is_document(content_type: &&str) -> bool {
    content_type.starts_with("application/")
}

/// Type and extension by the first bytes.
fn sniffed(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if is_svg(head) {
        return Some(("image/svg+xml", "svg"));
    }
    infer::get(head).map(|kind| match (kind.mime_type(), kind.extension()) {
        // Voice messages: what is inside of the container matters to players only.
        ("audio/opus", _) => ("audio/ogg", "ogg"),
        other => other,
    })
}

/// A picture that may hold scripts.
fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("<svg") || (text.starts_with("<?xml") || text.starts_with("<!")) && text.contains("<svg")
}

/// The extension of a name, if it looks like one.
fn extension(name: &str) -> Option<String> {
    let (_, end) = name.trim_end_matches(['.', ' ']).rsplit_once('.')?;
    let plain = (1..=8).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| end.to_ascii_lowercase())
}

/// A type without its parameters.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte))
    };
    text.split_once('/').is_some_and(|(family, kind)| token(family) && token(kind))
        && text != "application/octet-stream"
        && text != "binary/octet-stream"
}

/// Types that cannot be told by the first bytes alone, and some that come under several names.
const TYPES: [(&str, &str); 30] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("mov", "video/quicktime"),
    ("3gp", "video/3gpp"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("amr", "audio/amr"),
    ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("js", "text/javascript"),
    ("svg", "image/svg+xml"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("jar", "application/java-archive"),
];

fn type_of(extension: &str) -> Option<&'static str> {
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, content_type)| *content_type)
}

fn extension_of(content_type: &str) -> Option<&'static str> {
    let content_type = match content_type {
        "application/javascript" | "application/x-javascript" => "text/javascript",
        "application/xhtml+xml" => "text/html",
        "image/jpg" => "image/jpeg",
        other => other,
    };
    TYPES.iter().find(|(_, known)| *known == content_type).map(|(extension, _)| *extension)
}

/// A name without a path, and without what a header, a shell or a reader could take for something else.
fn harmless(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let legal = |c: char| {
        !c.is_control() && !matches!(c, '"' | '\'' | '<' | '>' | ':' | '|' | '?' | '*' | ';' | '%' | '`' | '$')
            // Marks that turn the direction of writing can hide an extension.
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let name: Cow<'_, str> = name.chars().filter(|c| legal(*c)).collect();
    name.trim_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";
    const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff";
    const HTML: &[u8] = b"<!DOCTYPE html><html><script>";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\x06\0\x08\0";

    #[test]
    fn a_file_is_what_its_bytes_say() {
        /// The bytes, what it is called and declared as; what it is, and its name.
        type Case = (&'static [u8], Option<&'static str>, Option<&'static str>, &'static str, &'static str);
        let cases: [Case; 14] = [
            (PNG, Some("cat.jpg"), Some("image/jpeg"), "image/png", "cat.jpg.png"),
            (JPEG, Some("cat.JPEG"), None, "image/jpeg", "cat.jpeg"),
            (JPEG, None, None, "image/jpeg", "photo.jpg"),
            (HTML, Some("cat.png"), Some("image/png"), "text/html", "cat.png.html"),
            (
                EXE,
                Some("cat.png"),
                Some("image/png"),
                "application/vnd.microsoft.portable-executable",
                "cat.png.exe",
            ),
            (b"<?xml version='1.0'?>\n<svg onload='x'/>", Some("a.png"), None, "image/svg+xml", "a.png.svg"),
            (b"#!/bin/sh\n", Some("a.txt"), None, "text/x-shellscript", "a.txt.sh"),
            (
                ZIP,
                Some("a.docx"),
                None,
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "a.docx",
            ),
            (ZIP, Some("a.jar"), None, "application/java-archive", "a.jar"),
            (ZIP, Some("a.png"), None, "application/zip", "a.png.zip"),
            (b"alert(1)", Some("a.js"), Some("text/plain"), "text/javascript", "a.js"),
            (b"hello", None, Some("text/plain; charset=utf-8"), "text/plain", "photo.txt"),
            (b"hello", Some("a.b\u{202e}gnp.bat"), None, "application/octet-stream", "a.bgnp.bat"),
            (b"hello", Some("../../etc/pass\"wd"), None, "application/octet-stream", "passwd"),
        ];
        for (head, name, declared, content_type, called) in cases {
            let kind = Kind::of(head, name, declared);
            assert_eq!(kind.content_type, content_type, "{name:?}");
            assert_eq!(kind.name(name, "photo"), called, "{name:?}");
        }
    }

    #[test]
    fn a_photo_is_no_page_and_no_program() {
        let is = |head, kind| Kind::of(head, None, Some("image/png")).may_be(kind);
        assert!(is(PNG, "photo") && is(PNG, "sticker") && is(PNG, "file") && is(b"\x01\x02", "photo"));
        assert!(!is(HTML, "photo") && !is(EXE, "video") && !is(PNG, "audio") && is(EXE, "file"));
    }

    #[test]
    fn no_name_is_longer_than_it_may_be() {
        let long = format!("{}.png", "x".repeat(500));
        assert_eq!(Kind::of(PNG, Some(&long), None).name(Some(&long), "photo").len(), NAME_MAX + 4);
    }
}
