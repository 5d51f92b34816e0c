//! OAuth 1.0a: requests signed for one user, with tokens that do not expire.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deskbridge_core::Moment;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;

use crate::http::{Request, header};

/// Everything but the letters, digits and marks that RFC 3986 leaves alone.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The app's and the user's keys.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) consumer_key: SecretString,
    pub(super) consumer_secret: SecretString,
    pub(super) access_token: SecretString,
    pub(super) access_token_secret: SecretString,
}

impl Credentials {
    /// The request with its signature. `nonce` must differ between requests of the same second. A JSON body is not part
    /// of the signature; TLS protects it.
    pub(super) fn sign(&self, request: Request, at: Moment, nonce: &str) -> Request {
        let timestamp = at.seconds().to_string();
        let parameters = [
            ("oauth_consumer_key", self.consumer_key.expose_secret()),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &timestamp),
            ("oauth_token", self.access_token.expose_secret()),
            ("oauth_version", "1.0"),
        ];
        let signature = self.signature(&base(&request, &parameters));
        let pair = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
        let pairs: Vec<String> =
            parameters.iter().chain([&("oauth_signature", signature.as_str())]).map(pair).collect();
        let value = SecretString::from(format!("OAuth {}", pairs.join(", ")));
        request.secret_header(header::AUTHORIZATION, &value)
    }

    fn signature(&self, base: &str) -> String {
        let secrets =
            [&self.consumer_secret, &self.access_token_secret].map(|secret| escaped(secret.expose_secret()));
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secrets.join("&").as_bytes()) else {
            return String::new();
        };
        mac.update(base.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

/// The text that is signed: method, address, and all parameters in order.
fn base(request: &Request, parameters: &[(&str, &str)]) -> String {
    let query = request.url.query_pairs().map(|(name, value)| (escaped(&name), escaped(&value)));
    let mut all: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (escaped(name), escaped(value))).chain(query).collect();
    all.sort();
    let all: Vec<String> = all.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut address = request.url.clone();
    address.set_query(None);
    address.set_fragment(None);
    [request.method.as_str(), address.as_str(), &all.join("&")].map(escaped).join("&")
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use crate::http::{Method, Url};

    use super::*;

    /// The example of X's own guide "Creating a signature".
    #[test]
    fn the_documented_example_is_signed_as_documented() {
        let secret = |text: &str| SecretString::from(text);
        let credentials = Credentials {
            consumer_key: secret("xvz1evFS4wEEPTGEFPHBog"),
            consumer_secret: secret("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
            access_token: secret("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
            access_token_secret: secret("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
        };
        let url = "https://api.twitter.com/1.1/statuses/update.json?include_entities=true\
                   &status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21";
        let request = Request::new(Method::POST, Url::parse(url).unwrap());
        let at = Moment::from_seconds(1_318_622_958);
        let signed = credentials.sign(request, at, "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg");
        let header = &signed.headers["authorization"];
        assert!(header.is_sensitive());
        let header = header.to_str().unwrap();
        assert!(header.starts_with("OAuth oauth_consumer_key=\"xvz1evFS4wEEPTGEFPHBog\", oauth_nonce="));
        assert!(header.contains("oauth_timestamp=\"1318622958\""), "{header}");
        assert!(header.ends_with("oauth_signature=\"hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D\""), "{header}");
    }
}
