//! Small real files of the types that people send, by name: `cat.png`, `beach.jpg`, `manual.pdf`, `clip.mp4`, `voice.ogg`,
//! `notes.txt`; some that are not what they are called; `large-N.png`, of N megabytes;
//! and `marked-N.png`, of 1,000 and N bytes, so that one is told from another.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;

use crate::multipart::Received;

/// One black pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// One white pixel.
const JPEG: &str = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////\
    wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=";
const PDF: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
/// The beginning of a video: its boxes of type and of data.
const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x0cmdat\0\0\0\0";
const OGG: &[u8] =
    b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0";

/// The file of that name; `None` if there is none.
#[must_use]
pub(crate) fn sample(name: &str) -> Option<Received> {
    let png = || BASE64.decode(PNG).unwrap_or_default();
    let (content_type, bytes) = match name {
        "cat.png" => ("image/png", png()),
        "beach.jpg" => ("image/jpeg", BASE64.decode(JPEG).unwrap_or_default()),
        "manual.pdf" => ("application/pdf", PDF.as_bytes().to_vec()),
        "clip.mp4" => ("video/mp4", MP4.to_vec()),
        "voice.ogg" => ("audio/ogg", OGG.to_vec()),
        "notes.txt" => ("text/plain", b"Bring a coat.\n".to_vec()),
        // Called a picture, and a page.
        "page.png" => ("image/png", b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec()),
        "drawing.svg" => {
            ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec())
        }
        "setup.exe" => ("application/octet-stream", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec()),
        numbered => {
            let (kind, number) = numbered.strip_suffix(".png")?.split_once('-')?;
            let number: usize = number.parse().ok()?;
            let length = match kind {
                "large" => number.min(64) * 1024 * 1024,
                "marked" => 1_000 + number.min(1_000_000),
                _ => return None,
            };
            let mut bytes = png();
            bytes.resize(length, b'.');
            ("image/png", bytes)
        }
    };
    Some(Received { name: name.to_owned(), content_type: content_type.to_owned(), bytes: Bytes::from(bytes) })
}
