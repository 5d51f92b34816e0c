//! HTTP requests as Lambda delivers them: payload format 2.0 of function URLs and HTTP APIs.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http::{HeaderName, HeaderValue, Method, Request, Response, Url};
use serde::{Deserialize, Serialize};

/// A request, of which only what the doors use is read.
///
/// A header that came several times arrives as one, its values joined by commas. They stay joined: a second signature
/// makes the first one malformed, and nobody gets to choose which of them counts.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebRequest {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: RequestContext,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    domain_name: String,
    http: RequestLine,
}

#[derive(Clone, Deserialize)]
struct RequestLine {
    method: String,
}

impl WebRequest {
    /// The name of the door, empty if the path leads to none, and the request. `None` if it is no proper request.
    pub(crate) fn read(&self) -> Option<(&str, Request)> {
        let mut url =
            Url::parse(&format!("https://{}{}", self.request_context.domain_name, self.raw_path)).ok()?;
        url.set_query(Some(self.raw_query_string.as_str()).filter(|query| !query.is_empty()));
        let method = Method::from_bytes(self.request_context.http.method.as_bytes()).ok()?;
        let mut request = Request::new(method, url);
        for (name, value) in &self.headers {
            request.headers.insert(
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_bytes(value.as_bytes()).ok()?,
            );
        }
        let body = self.body.as_deref().unwrap_or_default();
        request.body = if self.is_base64_encoded {
            BASE64.decode(body).ok()?.into()
        } else {
            body.as_bytes().to_vec().into()
        };
        Some((self.door(), request))
    }

    /// Whether this is `GET /healthz`.
    pub(crate) fn is_health_check(&self) -> bool {
        self.request_context.http.method == "GET"
            && self.raw_path.ends_with("/healthz")
            && self.door().is_empty()
    }

    /// An HTTP API may have put its stage before the path.
    fn door(&self) -> &str {
        self.raw_path.split_once("/hooks/").map_or("", |(_, door)| door)
    }
}

/// A response, as Lambda takes it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebResponse {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl From<&Response> for WebResponse {
    fn from(response: &Response) -> Self {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            value.to_str().ok().map(|value| (name.to_string(), value.to_owned()))
        };
        let (body, is_base64_encoded) = match std::str::from_utf8(&response.body) {
            Ok(text) => (text.to_owned(), false),
            Err(_) => (BASE64.encode(&response.body), true),
        };
        Self {
            status_code: response.status,
            headers: response.headers.iter().filter_map(header).collect(),
            body,
            is_base64_encoded,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(changes: &Value) -> WebRequest {
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/hooks/acme-facebook",
            "rawQueryString": "hub.mode=subscribe&hub.challenge=1%2B1", "cookies": ["a=b"],
            "headers": { "content-type": "application/json", "x-hub-signature-256": "sha256=aa,sha256=bb" },
            "queryStringParameters": { "hub.challenge": "1+1" },
            "requestContext": {
                "accountId": "anonymous", "domainName": "abc.lambda-url.eu-central-1.on.aws", "stage": "$default",
                "http": { "method": "POST", "path": "/hooks/acme-facebook", "protocol": "HTTP/1.1",
                          "sourceIp": "198.51.100.7", "userAgent": "facebookexternalua" },
                "timeEpoch": 1_583_348_638_390_u64
            },
            "body": "{\"a\":\"\u{e9}\"}", "isBase64Encoded": false
        });
        for (key, value) in changes.as_object().unwrap() {
            event[key] = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn a_request_keeps_its_bytes_and_its_joined_headers() {
        let event = event(&json!({}));
        let (door, request) = event.read().unwrap();
        assert_eq!(door, "acme-facebook");
        assert_eq!(request.method, Method::POST);
        assert_eq!(request.query("hub.challenge").as_deref(), Some("1+1"));
        assert_eq!(request.only_header("x-hub-signature-256"), Some("sha256=aa,sha256=bb"));
        assert_eq!(&request.body[..], "{\"a\":\"\u{e9}\"}".as_bytes());
    }

    #[test]
    fn bodies_may_be_base64_or_missing() {
        for (body, encoded, bytes) in [
            (json!("/wB7"), true, Some(&b"\xff\x00{"[..])),
            (json!("/wB7"), false, Some(b"/wB7")),
            (json!("no base64!"), true, None),
            (Value::Null, false, Some(b"")),
        ] {
            let event = event(&json!({ "body": body, "isBase64Encoded": encoded }));
            let read = event.read().map(|(_, request)| request.body);
            assert_eq!(read.as_deref(), bytes, "{body} {encoded}");
        }
    }

    #[test]
    fn doors_are_found_behind_a_stage_and_nowhere_else() {
        for (path, door) in [
            ("/hooks/acme", "acme"),
            ("/prod/hooks/acme", "acme"),
            ("/", ""),
            ("/hooks", ""),
            ("/hooks/", ""),
            ("/acme", ""),
            ("/hooks/acme/more", "acme/more"),
        ] {
            assert_eq!(event(&json!({ "rawPath": path })).read().unwrap().0, door, "{path}");
        }
    }

    #[test]
    fn responses_are_text_or_base64() {
        let text =
            serde_json::to_value(WebResponse::from(&Response::text(503, "later").header("retry-after", "5")));
        let expected = json!({
            "statusCode": 503, "body": "later", "isBase64Encoded": false,
            "headers": { "content-type": "text/plain; charset=utf-8", "retry-after": "5" }
        });
        assert_eq!(text.unwrap(), expected);
        let binary = WebResponse::from(&Response { body: vec![0xff].into(), ..Response::empty(200) });
        assert_eq!((binary.body.as_str(), binary.is_base64_encoded), ("/w==", true));
    }
}
