//! The door: the subscription's handshake and the signature over the exact bytes.

use deskbridge_core::Moment;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::callback;
use crate::http::{Method, Request, Response};
use crate::verified::{Keys, Reject, Verified};
use crate::{Inbound, Unreadable};

/// The header with the signature. The older `X-Hub-Signature` (SHA-1) is never looked at, not even as a fallback.
const SIGNATURE: &str = "x-hub-signature-256";

/// The door of one account of any of Meta's products.
#[derive(Clone)]
pub(crate) struct Door {
    app_secrets: Vec<SecretString>,
    verify_tokens: Vec<SecretString>,
}

impl Door {
    /// With the secrets `app_secrets` and `verify_tokens`.
    pub(crate) fn of(keys: &Keys) -> Self {
        Self {
            app_secrets: keys.all("app_secrets").to_vec(),
            verify_tokens: keys.all("verify_tokens").to_vec(),
        }
    }

    /// Answers the handshake, and people who ask what became of a deletion.
    pub(crate) fn greet(&self, request: &Request) -> Option<Result<Response, Reject>> {
        let status = callback::status(request, &self.app_secrets).map(Ok);
        status.or_else(|| greet(request, &self.verify_tokens))
    }

    pub(crate) fn verify(&self, request: Request) -> Result<Verified, Reject> {
        verify(request, &self.app_secrets)
    }

    /// Reads a callback, or what `inbound` makes of the body.
    pub(crate) fn parse(
        &self,
        verified: &Verified,
        account: &str,
        inbound: impl FnOnce(&[u8], &str) -> Result<Vec<Inbound>, Unreadable>,
    ) -> Result<Vec<Inbound>, Unreadable> {
        callback::parse(verified, account).map_or_else(|| inbound(verified.body(), account), Ok)
    }

    pub(crate) fn receipt(&self, verified: &Verified) -> Option<Response> {
        callback::receipt(verified, &self.app_secrets)
    }
}

/// Answers `GET ?hub.mode=subscribe&hub.challenge=..&hub.verify_token=..` with the challenge as it came.
fn greet(request: &Request, tokens: &[SecretString]) -> Option<Result<Response, Reject>> {
    if request.method != Method::GET || request.query("hub.mode")? != "subscribe" {
        return None;
    }
    let challenge = request.query("hub.challenge")?;
    let claimed = request.query("hub.verify_token").unwrap_or_default();
    Some(if knows(tokens, &claimed) {
        Ok(Response::text(200, challenge))
    } else {
        Err(Reject::WrongVerifyToken)
    })
}

/// Compares with every token, so that the time taken does not tell which one came close.
fn knows(tokens: &[SecretString], claimed: &str) -> bool {
    let same = tokens
        .iter()
        .map(ExposeSecret::expose_secret)
        .filter(|token| !token.is_empty())
        .fold(Choice::from(0), |known, token| known | token.as_bytes().ct_eq(claimed.as_bytes()));
    bool::from(same)
}

/// Checks `X-Hub-Signature-256: sha256=<lower-case hex>`, the HMAC-SHA256 of the raw body under the app secret. Callbacks carry
/// their signature in themselves.
pub(super) fn verify(request: Request, secrets: &[SecretString]) -> Result<Verified, Reject> {
    if !request.headers.contains_key(SIGNATURE) {
        let callback = callback::is_callback(&request.body);
        return if callback { callback::verify(request, secrets) } else { Err(Reject::NoSignature) };
    }
    let claimed =
        request.only_header(SIGNATURE).and_then(signature_bytes).ok_or(Reject::MalformedSignature)?;
    let body = request.body.clone();
    Verified::by_hmac_sha256(request, secrets, &claimed, &[&body])
}

fn signature_bytes(header: &str) -> Option<Vec<u8>> {
    let digits = header.strip_prefix("sha256=").filter(|digits| digits.len() == 64)?;
    let lower_case = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if lower_case { hex::decode(digits).ok() } else { None }
}

/// Signs a webhook as Meta does. The signature knows no time.
pub(crate) fn sign(request: Request, key: &SecretString, _now: Moment) -> Request {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else { return request };
    mac.update(&request.body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    request.header(SIGNATURE, &signature)
}

#[cfg(test)]
mod tests {
    use crate::http::{HeaderName, HeaderValue, Url};

    use super::*;

    const BODY: &[u8] = br#"{"object":"page","entry":[{"id":"1","time":2,"x":"caf\u00e9"}]}"#;
    const GOOD: &str = "sha256=303051e7b849bef8881c8dd19ec0aa2f21f5505807bf0824bdeb3899f3674ba4";

    fn secrets(values: &[&str]) -> Vec<SecretString> {
        values.iter().map(|value| SecretString::from(*value)).collect()
    }

    fn post(signatures: &[&str]) -> Request {
        let mut request = Request::new(Method::POST, Url::parse("https://bridge.example/hooks/a").unwrap());
        request.body = BODY.into();
        for signature in signatures {
            let value = HeaderValue::from_str(signature).unwrap();
            request.headers.append(HeaderName::from_static(SIGNATURE), value);
        }
        request
    }

    #[test]
    fn the_known_vector_verifies_under_any_of_several_secrets() {
        for keys in [&["app-secret-1"][..], &["old", "app-secret-1"], &["app-secret-1", "next"]] {
            let verified = verify(post(&[GOOD]), &secrets(keys)).unwrap();
            assert_eq!(verified.body(), BODY);
        }
        let signed = sign(post(&[]), &SecretString::from("app-secret-1"), Moment(0));
        assert_eq!(signed.only_header(SIGNATURE), Some(GOOD));
    }

    #[test]
    fn everything_else_is_turned_away() {
        let upper = GOOD.to_uppercase().replace("SHA256", "sha256");
        let flipped = GOOD.replace("ba4", "ba5");
        let short = &GOOD[..70];
        for (signatures, wanted) in [
            (&[][..], Reject::NoSignature),
            (&[GOOD, GOOD], Reject::MalformedSignature),
            (&[&upper], Reject::MalformedSignature),
            (&[short], Reject::MalformedSignature),
            (&[&GOOD[7..]], Reject::MalformedSignature),
            (&["sha1=303051e7b849bef8881c8dd19ec0aa2f21f55058"], Reject::MalformedSignature),
            (&[""], Reject::MalformedSignature),
            (&[&flipped], Reject::WrongSignature),
        ] {
            let refused = verify(post(signatures), &secrets(&["app-secret-1"])).unwrap_err();
            assert_eq!(refused, wanted, "{signatures:?}");
        }
        assert_eq!(verify(post(&[GOOD]), &[]).unwrap_err(), Reject::WrongSignature);
        let legacy = post(&[]).header("x-hub-signature", "sha1=2222222222222222222222222222222222222222");
        assert_eq!(verify(legacy, &secrets(&["app-secret-1"])).unwrap_err(), Reject::NoSignature);
    }

    #[test]
    fn a_handshake_is_answered_with_its_challenge() {
        let tokens = secrets(&["old-token", "new token", ""]);
        for (query, wanted) in [
            ("hub.mode=subscribe&hub.challenge=00115&hub.verify_token=old-token", Some(Ok("00115"))),
            ("hub.mode=subscribe&hub.challenge=a%2Bb&hub.verify_token=new%20token", Some(Ok("a+b"))),
            (
                "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
                Some(Err(Reject::WrongVerifyToken)),
            ),
            ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=", Some(Err(Reject::WrongVerifyToken))),
            ("hub.mode=subscribe&hub.challenge=1", Some(Err(Reject::WrongVerifyToken))),
            ("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=old-token", None),
            ("hub.mode=subscribe&hub.verify_token=old-token", None),
            ("", None),
        ] {
            let url = Url::parse(&format!("https://bridge.example/hooks/a?{query}")).unwrap();
            let answer = greet(&Request::get(url.clone()), &tokens);
            let body = answer.map(|answer| answer.map(|response| response.body));
            assert_eq!(body, wanted.map(|wanted| wanted.map(Into::into)), "{query}");
            assert!(
                greet(&Request::new(Method::POST, url), &tokens).is_none(),
                "a POST is never a handshake"
            );
        }
    }
}
