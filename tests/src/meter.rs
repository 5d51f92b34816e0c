//! A meter in front of a site on loopback: it counts what passes, and can be told to refuse.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request as Incoming, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use deskbridge_client::HttpClient;
use deskbridge_connectors::http::{Answer, Request, Url};
use deskbridge_engine::ports::Http as _;
use serde_json::{Value, json};

use crate::loopback::listen;

/// A call that passed.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method and path; for AWS the operation: `DynamoDB_20120810.PutItem`.
    pub what: String,
    /// Bytes sent: request line, headers and body.
    pub bytes_out: usize,
    /// Capacity units that the call consumed, where the site tells them.
    pub units: f64,
}

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    refusal: Option<(String, Value)>,
}

/// The meter and its switch.
#[derive(Clone)]
pub struct Meter {
    /// Where it listens.
    pub url: String,
    target: Url,
    http: HttpClient,
    inner: Arc<Mutex<Inner>>,
}

impl Meter {
    /// Puts a meter in front of the site at this URL.
    pub async fn before(url: &str) -> Self {
        let (listener, own) = listen().await;
        let target = url.parse().expect("an address");
        let http = HttpClient::new(None).expect("a client");
        let meter = Self { url: own, target, http, inner: Arc::default() };
        let routes = Router::new().fallback(pass_on).with_state(meter.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        meter
    }

    /// The site behind it.
    #[must_use]
    pub fn site(&self) -> &str {
        self.target.as_str().trim_end_matches('/')
    }

    /// What passed since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.lock().calls)
    }

    /// From now on calls whose name contains this are refused with an error of AWS, status 400.
    pub fn refuse(&self, what: &str, error: &str) {
        self.lock().refusal = Some((what.to_owned(), json!({ "__type": error, "message": "refused" })));
    }

    /// From now on nothing is refused.
    pub fn relent(&self) {
        self.lock().refusal = None;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panicked")
    }

    async fn pass(&self, request: Incoming) -> Option<Response> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 32 << 20).await.ok()?;
        let operation = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let what = operation.map_or_else(|| format!("{} {}", head.method, head.uri.path()), str::to_owned);
        let headers: usize =
            head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let line = head.method.as_str().len() + head.uri.to_string().len() + 12;
        let bytes_out = line + headers + 2 + body.len();
        let refusal = self.lock().refusal.clone().filter(|(refused, _)| what.contains(refused.as_str()));
        if let Some((_, error)) = refusal {
            self.lock().calls.push(Call { what, bytes_out, units: 0.0 });
            return Some((StatusCode::BAD_REQUEST, error.to_string()).into_response());
        }
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::new(head.method, self.target.join(path).ok()?);
        request.headers = without_connection(&head.headers);
        request.body = if what.starts_with("DynamoDB_") { asking_for_units(&body)? } else { body };
        let Answer::Response(answer) = self.http.send(request, Duration::from_secs(60)).await else {
            return None;
        };
        let units = units(&answer.body);
        self.lock().calls.push(Call { what, bytes_out, units });
        Some(
            (StatusCode::from_u16(answer.status).ok()?, without_connection(&answer.headers), answer.body)
                .into_response(),
        )
    }
}

async fn pass_on(State(meter): State<Meter>, request: Incoming) -> Response {
    meter.pass(request).await.unwrap_or_else(|| StatusCode::BAD_GATEWAY.into_response())
}

/// Headers that belong to one connection, and lengths that may change, are made anew.
fn without_connection(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in ["host", "content-length", "connection", "transfer-encoding"] {
        headers.remove(name);
    }
    headers
}

fn asking_for_units(body: &Bytes) -> Option<Bytes> {
    let mut call: Value = serde_json::from_slice(body).ok()?;
    call["ReturnConsumedCapacity"] = "TOTAL".into();
    Some(call.to_string().into())
}

fn units(body: &[u8]) -> f64 {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    answer["ConsumedCapacity"]["CapacityUnits"].as_f64().unwrap_or_default()
}
