//! The first lock: no parsing without a signature. A [`Verified`] can only be made by the checks in this file.

use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::http::Request;

/// A webhook whose origin was checked over its exact bytes.
#[derive(Clone, Debug)]
pub struct Verified {
    request: Request,
}

impl Verified {
    /// The checked request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The checked bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.request.body
    }

    /// A webhook that was verified when it came, and was kept by us since: only for what an operator takes out of
    /// quarantine. The signature is not kept, so it cannot be checked again.
    #[must_use]
    pub fn kept(request: Request) -> Self {
        Self { request }
    }

    /// Accepts `request` if one of `keys` makes `claimed` as the HMAC-SHA256 of `parts`, one after the other.
    pub(crate) fn by_hmac_sha256(
        request: Request,
        keys: &[SecretString],
        claimed: &[u8],
        parts: &[&[u8]],
    ) -> Result<Self, Reject> {
        let known = keys.iter().any(|key| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else {
                return false;
            };
            parts.iter().for_each(|part| mac.update(part));
            mac.verify_slice(claimed).is_ok()
        });
        if known { Ok(Self { request }) } else { Err(Reject::WrongSignature) }
    }

    /// Accepts `request` if `claimed` is one of `keys`. For remote sides that only send a static secret: what they say
    /// may only be used as a hint.
    pub(crate) fn by_static_secret(
        request: Request,
        keys: &[SecretString],
        claimed: &str,
    ) -> Result<Self, Reject> {
        let known =
            keys.iter().any(|key| bool::from(key.expose_secret().as_bytes().ct_eq(claimed.as_bytes())));
        if known { Ok(Self { request }) } else { Err(Reject::WrongSignature) }
    }
}

/// Why a caller is turned away at a door: the caller's fault, answered with a status, nothing stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Reject {
    /// No signature header.
    #[error("no signature")]
    NoSignature,
    /// The signature header is repeated, or not of the documented form.
    #[error("malformed or repeated signature")]
    MalformedSignature,
    /// The signature does not belong to these bytes and our keys.
    #[error("wrong signature")]
    WrongSignature,
    /// The signed timestamp is too old or too far in the future.
    #[error("signature timestamp out of range")]
    StaleSignature,
    /// A handshake with another verify token than ours.
    #[error("wrong verify token")]
    WrongVerifyToken,
    /// The body is over the limit.
    #[error("body too large")]
    TooLarge,
    /// No such door.
    #[error("no such door")]
    UnknownDoor,
    /// The door does not speak this method.
    #[error("method not allowed")]
    WrongMethod,
}

impl Reject {
    /// The HTTP status to answer with.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::NoSignature | Self::MalformedSignature | Self::WrongSignature | Self::StaleSignature => 401,
            Self::WrongVerifyToken => 403,
            Self::TooLarge => 413,
            Self::UnknownDoor => 404,
            Self::WrongMethod => 405,
        }
    }

    /// Its name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSignature => "no_signature",
            Self::MalformedSignature => "malformed_signature",
            Self::WrongSignature => "wrong_signature",
            Self::StaleSignature => "stale_signature",
            Self::WrongVerifyToken => "wrong_verify_token",
            Self::TooLarge => "too_large",
            Self::UnknownDoor => "unknown_door",
            Self::WrongMethod => "wrong_method",
        }
    }
}

/// The secrets of one account by the name of their setting; several values of one name during a rotation.
#[derive(Clone, Default)]
pub struct Keys {
    values: BTreeMap<String, Vec<SecretString>>,
    complete: bool,
}

impl Keys {
    /// The keys with one more setting.
    #[must_use]
    pub fn with(mut self, name: &str, values: Vec<SecretString>) -> Self {
        self.values.insert(name.to_owned(), values);
        self
    }

    /// Marks these as all secrets of the account, so that one that is not there is missing, and not just withheld: a public
    /// door never sees those of the API.
    #[must_use]
    pub fn complete(self) -> Self {
        Self { complete: true, ..self }
    }

    /// Whether these are all secrets of the account.
    #[must_use]
    pub fn are_complete(&self) -> bool {
        self.complete
    }

    /// All values of a setting; empty if it is not there.
    #[must_use]
    pub fn all(&self, name: &str) -> &[SecretString] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first value of a setting.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&SecretString> {
        self.all(name).first()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values.keys()).finish()
    }
}
