//! HTTP for tests: one site on loopback, asked as a customer's or agent's program asks it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_client::HttpClient;
use deskbridge_connectors::http::{Answer, Method, Request, Response, Url};
use deskbridge_engine::ports::Http;
use serde_json::Value;

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// One site.
#[derive(Clone)]
pub struct Site {
    base: Url,
    http: HttpClient,
    authorization: Option<String>,
}

impl Site {
    /// The site at a loopback port.
    pub fn at(port: u16) -> Self {
        let base = format!("http://127.0.0.1:{port}/").parse().expect("an address");
        Self { base, http: HttpClient::new(None).expect("a client"), authorization: None }
    }

    /// The site as somebody who logs in with HTTP Basic.
    pub fn as_user(&self, user: &str, password: &str) -> Self {
        let pair = BASE64.encode(format!("{user}:{password}"));
        Self { authorization: Some(format!("Basic {pair}")), ..self.clone() }
    }

    /// A request to a path of the site.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let request = Request::new(method, self.base.join(path).expect("a path"));
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        }
    }

    /// What becomes of a request.
    pub async fn send(&self, request: Request) -> Answer {
        self.http.send(request, DEADLINE).await
    }

    /// The answer to a request.
    pub async fn ask(&self, request: Request) -> Response {
        let shown = format!("{request:?}");
        match self.send(request).await {
            Answer::Response(response) => response,
            other => panic!("{shown}: {other:?}"),
        }
    }

    /// `GET`; status and text.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = self.ask(self.request(Method::GET, path)).await;
        (response.status, text(&response))
    }

    /// `GET` of something that is there, as JSON.
    pub async fn json(&self, path: &str) -> Value {
        let (status, text) = self.get(path).await;
        assert!(status < 300, "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// Sends JSON, which must be taken.
    pub async fn give(&self, method: Method, path: &str, body: &Value) -> Value {
        let response = self.ask(self.request(method, path).json(body)).await;
        assert!(response.is_success(), "{path} {body}: {} {}", response.status, text(&response));
        response.parse().unwrap_or(Value::Null)
    }

    /// What a stand-in shows of itself.
    pub async fn state(&self) -> Value {
        self.json("/_sandbox/state").await
    }

    /// The same, if the stand-in is there.
    pub async fn state_if_up(&self) -> Option<Value> {
        match self.send(self.request(Method::GET, "/_sandbox/state")).await {
            Answer::Response(response) => response.parse().ok(),
            Answer::NotSent | Answer::Lost | Answer::NotPiped(_) => None,
        }
    }

    /// The value of a metric without labels, or with these.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok())
    }
}

/// A response's body as text.
pub fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}
