//! One call as one line of JSON.

use deskbridge_connectors::http::Request;
use serde::{Deserialize, Serialize};

use crate::Millis;

/// The version of the format. A journal of another version is refused, never guessed at.
const VERSION: u8 = 1;

/// A call and when it was made.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(rename = "v")]
    version: u8,
    pub(super) now: Millis,
    pub(super) call: Call,
}

/// The calls that can change a stand-in.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Call {
    Handle(#[serde(with = "stored_request")] Box<Request>),
    Due,
    Delivered { id: u64, status: Option<u16> },
}

impl Record {
    pub(super) fn new(now: Millis, call: Call) -> Self {
        Self { version: VERSION, now, call }
    }

    /// The record as a line, line break included.
    pub(super) fn to_line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Reads a line; `None` if this version does not understand it.
    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().filter(|record: &Self| record.version == VERSION)
    }
}

/// A request as JSON, without loss.
mod stored_request {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use deskbridge_connectors::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Url};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Stored {
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        body: String,
    }

    pub(super) fn serialize<S: Serializer>(request: &Request, serializer: S) -> Result<S::Ok, S::Error> {
        let headers =
            request.headers.iter().map(|(name, value)| (name.to_string(), latin1(value.as_bytes())));
        Stored {
            method: request.method.to_string(),
            url: request.url.to_string(),
            headers: headers.collect(),
            body: BASE64.encode(&request.body),
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<Request>, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut headers = HeaderMap::new();
        for (name, value) in stored.headers {
            let name = HeaderName::try_from(name).map_err(D::Error::custom)?;
            let bytes = from_latin1(&value).ok_or_else(|| D::Error::custom("header value"))?;
            headers.append(name, HeaderValue::from_bytes(&bytes).map_err(D::Error::custom)?);
        }
        let method = Method::from_bytes(stored.method.as_bytes()).map_err(D::Error::custom)?;
        let url = Url::parse(&stored.url).map_err(D::Error::custom)?;
        let body = BASE64.decode(stored.body).map_err(D::Error::custom)?.into();
        Ok(Box::new(Request { headers, body, ..Request::new(method, url) }))
    }

    /// A header value may hold any byte from 0x20 on; one character for each byte keeps them all, and most readable.
    fn latin1(bytes: &[u8]) -> String {
        bytes.iter().copied().map(char::from).collect()
    }

    fn from_latin1(text: &str) -> Option<Vec<u8>> {
        text.chars().map(|character| u8::try_from(character).ok()).collect()
    }
}
