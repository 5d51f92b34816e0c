//! The way from a loopback address to a function URL or an HTTP API: the emulator tells them apart by the host that is asked
//! for, which no resolver knows here.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request as Incoming, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use deskbridge_connectors::http::{Answer, Request, Url};
use deskbridge_tests::live::Site;
use tokio::net::TcpListener;

/// A loopback address that stands for a public door.
#[derive(Clone)]
pub(crate) struct Forward {
    port: u16,
    door: Arc<Mutex<Option<Url>>>,
    emulator: Site,
}

impl Forward {
    /// Listens; requests are refused until [`Forward::lead_to`].
    pub(crate) async fn listen(emulator_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let forward = Self { port, door: Arc::default(), emulator: Site::at(emulator_port) };
        let router = Router::new().fallback(pass_on).with_state(forward.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        forward
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// From now on requests go to this function URL or HTTP API.
    pub(crate) fn lead_to(&self, door: Url) {
        *self.door.lock().expect("no panic") = Some(door);
    }

    async fn pass(&self, request: Incoming) -> Option<Response> {
        let door = self.door.lock().expect("no panic").clone()?;
        let (head, body) = request.into_parts();
        let body: Bytes = axum::body::to_bytes(body, 4 << 20).await.ok()?;
        // The identifier is the first part of the host, of a function URL as of an HTTP API.
        let (id, rest) = door.host_str()?.split_once('.')?;
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let path = if rest.starts_with("execute-api.") {
            format!("/_aws/execute-api/{id}/$default{target}")
        } else {
            format!("/_aws/lambda-url/{id}{target}")
        };
        let mut request: Request = self.emulator.request(head.method, &path);
        for (name, value) in &head.headers {
            if name != "host" && name != "content-length" {
                request.headers.append(name, value.clone());
            }
        }
        request.body = body;
        let sent = tokio::time::timeout(Duration::from_secs(20), self.emulator.send(request)).await;
        let Ok(Answer::Response(answer)) = sent else { return None };
        let status = StatusCode::from_u16(answer.status).ok()?;
        Some((status, answer.body).into_response())
    }
}

async fn pass_on(State(forward): State<Forward>, request: Incoming) -> Response {
    forward.pass(request).await.unwrap_or_else(|| StatusCode::BAD_GATEWAY.into_response())
}
