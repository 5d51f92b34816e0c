//! Signature Version 4: the proof, in the headers of a request, that it comes from whoever holds the credentials.
//!
//! As AWS describes it in "Create a signed AWS API request"; tested against the vectors that AWS publishes.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Who signs.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// Names the key; no secret.
    pub(crate) key_id: String,
    pub(crate) secret_key: SecretString,
    /// Goes with credentials that end, as those of a role.
    pub(crate) session_token: Option<SecretString>,
}

/// What signatures are good for: one service in one region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The value of `authorization` for a POST without a query, at a time as [`time`] writes it. All `headers` are signed: their
/// names are in lower case and in order, and `host` and `x-amz-date` are among them.
pub(crate) fn authorization(
    credentials: &Credentials,
    scope: Scope<'_>,
    time: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let request = format!("POST\n{path}\n\n{lines}\n{names}\n{}", digest(body));
    let (day, Scope { region, service }) = (&time[..time.len().min(8)], scope);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{}", digest(request.as_bytes()));
    let first = format!("AWS4{}", credentials.secret_key.expose_secret());
    let key =
        [day, region, service, "aws4_request"].iter().fold(first.into_bytes(), |key, part| mac(&key, part));
    let signature = hex::encode(mac(&key, &to_sign));
    format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        credentials.key_id
    )
}

/// A time, in seconds since the epoch, as signatures carry it: `20150830T123600Z`.
pub(crate) fn time(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let time = jiff::tz::Offset::UTC.to_datetime(time);
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
