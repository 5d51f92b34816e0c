//! One connection: HTTP on the wire becomes values and back, and the call meets its fate.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use deskbridge_connectors::http::{Method, Request, Response, Url, header};
use futures_util::StreamExt;
use http::StatusCode;
use http::request::Parts;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_stream::wrappers::WatchStream;

use super::control::{CHANGES, open_to_pages};
use super::host::Host;
use crate::Fate;

/// The largest body that is taken.
pub(super) const MAX_BODY: usize = 32 * 1024 * 1024;

type WireResponse = hyper::Response<UnsyncBoxBody<Bytes, Infallible>>;

/// The caller gets no answer: as the service's error it makes hyper close the connection without a byte.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for Dropped {}

/// Serves a connection to its end; when the host stops, to the end of the request in hand.
pub(super) async fn converse(host: Arc<Host>, stream: TcpStream) {
    let Ok(local) = stream.local_addr() else { return };
    // Costs latency only; harmless if refused.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|incoming| {
        let host = Arc::clone(&host);
        async move { respond(&host, incoming, local).await }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = host.stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(stand_in = host.name(), %error, "connection ended");
    }
}

async fn respond(
    host: &Arc<Host>,
    incoming: hyper::Request<Incoming>,
    local: SocketAddr,
) -> Result<WireResponse, Dropped> {
    let (parts, body) = incoming.into_parts();
    let Some(url) = absolute_url(&parts, local) else {
        return Ok(to_wire(Response::text(400, "not a URL\n")));
    };
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(to_wire(Response::text(413, "the body is over 32 MiB\n")));
        }
        Err(_) => return Err(Dropped),
    };
    let request = Request { headers: parts.headers, body, ..Request::new(parts.method, url) };
    if request.method == Method::GET && request.url.path() == CHANGES {
        return Ok(changes(host));
    }
    let path = request.url.path().to_owned();
    let response = match host.control(&request) {
        Some(response) => response,
        None => meet_fate(host, host.decide(&request), request).await?,
    };
    Ok(to_wire(open_to_pages(&path, response)))
}

async fn meet_fate(host: &Arc<Host>, fate: Fate, request: Request) -> Result<Response, Dropped> {
    match fate {
        Fate::Apply => Ok(host.apply(&request)),
        Fate::Refuse(response) => Ok(response),
        Fate::AnswerInstead(response) => {
            host.apply(&request);
            Ok(response)
        }
        Fate::DropUnapplied => Err(Dropped),
        Fate::DropApplied => {
            host.apply(&request);
            Err(Dropped)
        }
        Fate::DropThenApply(wait) => {
            drop(host.apply_after(wait, request));
            Err(Dropped)
        }
        Fate::AnswerLate(wait) => {
            let response = host.apply(&request);
            host.pause(wait).await;
            Ok(response)
        }
        Fate::ApplyLate(wait) => host.apply_after(wait, request).await.map_err(|_| Dropped),
    }
}

/// The URL the caller meant. One without a `Host` header meant the address it connected to.
fn absolute_url(parts: &Parts, local: SocketAddr) -> Option<Url> {
    if parts.uri.scheme().is_some() {
        return Url::parse(&parts.uri.to_string()).ok();
    }
    let host = match parts.headers.get(header::HOST) {
        Some(host) => host.to_str().ok()?.to_owned(),
        None => local.to_string(),
    };
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Url::parse(&format!("http://{host}{target}")).ok()
}

/// Server-sent events: the counter of changes now and whenever it grew, until the host stops.
fn changes(host: &Host) -> WireResponse {
    let head =
        Response::empty(200).header("content-type", "text/event-stream").header("cache-control", "no-store");
    let ticks = WatchStream::new(host.changes())
        .map(|count| Ok(Frame::data(Bytes::from(format!("data: {count}\n\n")))))
        .take_until(host.stopping.clone().cancelled_owned());
    with_body(open_to_pages(CHANGES, head), StreamBody::new(ticks).boxed_unsync())
}

fn to_wire(response: Response) -> WireResponse {
    let body = Full::new(response.body.clone()).boxed_unsync();
    with_body(response, body)
}

/// A response's status and headers, with a body for the wire.
fn with_body(head: Response, body: UnsyncBoxBody<Bytes, Infallible>) -> WireResponse {
    let mut wire = hyper::Response::new(body);
    *wire.status_mut() = StatusCode::from_u16(head.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *wire.headers_mut() = head.headers;
    wire
}
