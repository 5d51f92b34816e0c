//! The edge in front of a function: turns HTTP into events of a function URL and answers back.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http as values;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::lambda::Function;

/// Serves the function.
pub fn serve(listener: TcpListener, ingress: Arc<Function>) {
    let routes = Router::new().fallback(pass).with_state(ingress);
    tokio::spawn(async move { axum::serve(listener, routes).await.expect("a request of a test") });
}

async fn pass(State(ingress): State<Arc<Function>>, request: Request) -> (StatusCode, HeaderMap, Bytes) {
    let (parts, body) = request.into_parts();
    let url = format!("http://edge.example{}", parts.uri).parse().expect("a request of a test");
    let request = values::Request {
        headers: parts.headers,
        body: axum::body::to_bytes(body, 6 * 1024 * 1024).await.expect("a request of a test"),
        ..values::Request::new(parts.method, url)
    };
    let Ok(answer) = ingress.invoke(event(&request)).await else {
        return (StatusCode::BAD_GATEWAY, HeaderMap::new(), Bytes::new());
    };
    let status = u16::try_from(answer["statusCode"].as_u64().expect("a request of a test"))
        .expect("a request of a test");
    let headers = answer["headers"].as_object().expect("a request of a test").iter().map(|(name, value)| {
        let value =
            HeaderValue::from_str(value.as_str().expect("a request of a test")).expect("a request of a test");
        (HeaderName::from_bytes(name.as_bytes()).expect("a request of a test"), value)
    });
    (
        StatusCode::from_u16(status).expect("a request of a test"),
        headers.collect(),
        answer["body"].as_str().expect("a request of a test").to_owned().into(),
    )
}

/// The event of a request: headers in lower case, those that came several times joined by commas; a body of text as it is,
/// any other as base64.
pub fn event(request: &values::Request) -> Value {
    let mut headers = Map::new();
    for name in request.headers.keys() {
        let values: Vec<&str> = request
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().expect("a request of a test"))
            .collect();
        headers.insert(name.to_string(), values.join(",").into());
    }
    let text = request
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let (body, is_base64) = match std::str::from_utf8(&request.body) {
        Ok(body) if text => (body.to_owned(), false),
        _ => (BASE64.encode(&request.body), true),
    };
    json!({
        "version": "2.0", "routeKey": "$default",
        "rawPath": request.url.path(), "rawQueryString": request.url.query().unwrap_or_default(),
        "headers": headers, "body": body, "isBase64Encoded": is_base64,
        "requestContext": {
            "accountId": "anonymous", "domainName": "abc.lambda-url.eu-central-1.on.aws", "stage": "$default",
            "http": { "method": request.method.as_str(), "path": request.url.path(), "protocol": "HTTP/1.1" }
        }
    })
}
