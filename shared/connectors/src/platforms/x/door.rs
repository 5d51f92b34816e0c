//! The door: the repeated challenge (CRC) and the signature over the exact bytes, both with the app's consumer secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deskbridge_core::Moment;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::Sha256;

use crate::http::{Method, Request, Response};
use crate::verified::{Reject, Verified};

/// The header with the signature.
const SIGNATURE: &str = "x-twitter-webhooks-signature";

/// What a signature begins with.
const SCHEME: &str = "sha256=";

/// Answers `GET ?crc_token=..`, as often as X asks. If the challenge is signed, with the key that it is signed with; if it is
/// not, with the first one: while keys are rotated, the one that X has now comes first.
///
/// The answer is made exactly like the signature of a webhook, so whoever could choose the token freely could have webhooks
/// signed by us. Therefore only what looks like a token is answered, and [`verify`] takes no such text for a webhook.
pub(super) fn greet(request: &Request, secrets: &[SecretString]) -> Option<Result<Response, Reject>> {
    if request.method != Method::GET {
        return None;
    }
    let token = request.query("crc_token")?;
    let query = request.url.query().unwrap_or_default();
    let claimed = request.only_header(SIGNATURE).and_then(signature_bytes);
    let signer = claimed.and_then(|claimed| secrets.iter().find(|secret| is_signed(secret, query, &claimed)));
    let secret = signer.or(secrets.first()).filter(|_| is_token(token.as_bytes()));
    Some(match secret.and_then(|secret| signature(secret, token.as_bytes())) {
        Some(signature) => Ok(Response::json(200, &json!({ "response_token": signature }))),
        None => Err(Reject::WrongVerifyToken),
    })
}

/// Whether a text may be a challenge: base64 or the like, and above all no JSON.
fn is_token(text: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_.~".contains(byte);
    !text.is_empty() && text.len() <= 256 && text.iter().all(plain)
}

fn is_signed(secret: &SecretString, text: &str, claimed: &[u8]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
    mac.is_ok_and(|mac| mac.chain_update(text).verify_slice(claimed).is_ok())
}

/// Checks `x-twitter-webhooks-signature: sha256=<base64>`, the HMAC-SHA256 of the raw body under the consumer secret.
pub(super) fn verify(request: Request, secrets: &[SecretString]) -> Result<Verified, Reject> {
    if !request.headers.contains_key(SIGNATURE) {
        return Err(Reject::NoSignature);
    }
    let claimed =
        request.only_header(SIGNATURE).and_then(signature_bytes).ok_or(Reject::MalformedSignature)?;
    if is_token(&request.body) {
        return Err(Reject::WrongSignature);
    }
    let body = request.body.clone();
    Verified::by_hmac_sha256(request, secrets, &claimed, &[&body])
}

fn signature_bytes(header: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(header.strip_prefix(SCHEME)?).ok()?;
    (bytes.len() == 32).then_some(bytes)
}

fn signature(secret: &SecretString, bytes: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(bytes);
    Some(format!("{SCHEME}{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Signs a webhook as X does. The signature knows no time.
pub(super) fn sign(request: Request, key: &SecretString, _now: Moment) -> Request {
    match signature(key, &request.body) {
        Some(signature) => request.header(SIGNATURE, &signature),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    use crate::http::{HeaderName, HeaderValue, Url};

    use super::*;

    const BODY: &[u8] = br#"{"object":"page","entry":[{"id":"1","time":2,"x":"caf\u00e9"}]}"#;
    const GOOD: &str = "sha256=prsissXiVLT53isHUpOBid7mU6sJAmFipiq1h82/Pbg=";

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
        for keys in
            [&["consumer-secret-1"][..], &["old", "consumer-secret-1"], &["consumer-secret-1", "next"]]
        {
            assert_eq!(verify(post(&[GOOD]), &secrets(keys)).unwrap().body(), BODY);
        }
        let signed = sign(post(&[]), &SecretString::from("consumer-secret-1"), Moment(0));
        assert_eq!(signed.only_header(SIGNATURE), Some(GOOD));
    }

    #[test]
    fn everything_else_is_turned_away() {
        for (signatures, wanted) in [
            (&[][..], Reject::NoSignature),
            (&[GOOD, GOOD], Reject::MalformedSignature),
            (&[&GOOD[7..]], Reject::MalformedSignature),
            (&[&GOOD[..GOOD.len() - 1]], Reject::MalformedSignature),
            (&["sha256=AAAA"], Reject::MalformedSignature),
            (&[""], Reject::MalformedSignature),
            (&[&GOOD.replace("prsis", "prsit")], Reject::WrongSignature),
        ] {
            let refused = verify(post(signatures), &secrets(&["consumer-secret-1"])).unwrap_err();
            assert_eq!(refused, wanted, "{signatures:?}");
        }
        assert_eq!(verify(post(&[GOOD]), &[]).unwrap_err(), Reject::WrongSignature);
    }

    #[test]
    fn the_challenge_is_answered_again_and_again() {
        let url = |query: &str| Url::parse(&format!("https://bridge.example/hooks/a{query}")).unwrap();
        let wanted = r#"{"response_token":"sha256=7IjOS2iKikznQ0bZ0f3ZH7oZY1L1j9EYQu6/as+mwMw="}"#;
        for _ in 0..3 {
            let request = Request::get(url("?nonce=x&crc_token=crc-token-1"));
            let answer = greet(&request, &secrets(&["consumer-secret-1", "old"])).unwrap().unwrap();
            assert_eq!((answer.status, &answer.body[..]), (200, wanted.as_bytes()));
        }
        assert!(greet(&Request::get(url("")), &secrets(&["s"])).is_none());
        assert!(greet(&Request::new(Method::POST, url("?crc_token=1")), &secrets(&["s"])).is_none());
        let keyless = greet(&Request::get(url("?crc_token=1")), &[]);
        assert_eq!(keyless.unwrap().unwrap_err(), Reject::WrongVerifyToken);
    }

    #[test]
    fn a_signed_challenge_chooses_its_key() {
        let url = Url::parse("https://bridge.example/hooks/a?crc_token=crc-token-1&nonce=n").unwrap();
        let keys = secrets(&["old", "consumer-secret-1"]);
        let asked_with = |key: &str| {
            let signed = signature(&SecretString::from(key), b"crc_token=crc-token-1&nonce=n").unwrap();
            let request = Request::get(url.clone()).header(SIGNATURE, &signed);
            greet(&request, &keys).unwrap().unwrap().body
        };
        let token = |key: &str| signature(&SecretString::from(key), b"crc-token-1").unwrap();
        for (key, answers) in [("old", "old"), ("consumer-secret-1", "consumer-secret-1"), ("foreign", "old")]
        {
            let body = asked_with(key);
            assert!(String::from_utf8_lossy(&body).contains(&token(answers)), "{key}");
        }
    }

    /// Without this, anybody could have webhooks signed by the door itself.
    #[test]
    fn a_challenge_never_signs_a_webhook() {
        let keys = secrets(&["consumer-secret-1"]);
        let mut url = Url::parse("https://bridge.example/hooks/a").unwrap();
        url.query_pairs_mut().append_pair("crc_token", r#"{"for_user_id":"9001"}"#);
        assert_eq!(greet(&Request::get(url), &keys).unwrap().unwrap_err(), Reject::WrongVerifyToken);
        let mut request = post(&[]);
        request.body = "a-token".into();
        let signed = sign(request, &keys[0], Moment(0));
        assert_eq!(verify(signed, &keys).unwrap_err(), Reject::WrongSignature);
    }
}
