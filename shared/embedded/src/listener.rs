//! The listener: HTTP connections in, requests as values to the doors, responses back.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use bytes::{Bytes, BytesMut};
use deskbridge_connectors::http::{Request, Response, Url, header};
use http::StatusCode;
use http::request::Parts;
use http::uri::Authority;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A caller must have sent the head of its request within this time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A caller must have sent its body within this time.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// Further connections wait until another one closes.
const CONNECTIONS_MAX: usize = 1024;
/// Of a body over the limit, so many further bytes are read and thrown away, so that the caller gets to read its 413.
const DISCARDED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The doors: `/hooks/{account}` with any method goes to `accept` together with the account's name.
///
/// `accept` sees at most `body_bytes_max + 1` bytes of a body; it must answer 413 to a body longer than
/// `body_bytes_max`, as [`deskbridge_engine::accept`] does with the same limit.
pub fn doors<F, A>(accept: F, body_bytes_max: usize) -> Router
where
    F: Fn(String, Request) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send,
{
    let door = move |Path(account): Path<String>, request: axum::extract::Request| {
        let accept = accept.clone();
        async move {
            match incoming(request, body_bytes_max).await {
                Ok(request) => outgoing(accept(account, request).await),
                Err(status) => status.into_response(),
            }
        }
    };
    Router::new().route("/hooks/{account}", any(door))
}

/// The health check that the public may see: `GET /healthz` answers `ok` and tells nothing else.
pub fn bare_health() -> Router {
    Router::new().route("/healthz", get(|| async { "ok" }))
}

/// Serves the routes until `shutdown`. Then takes no new connections, and waits at most `grace` for the requests in hand
/// (a stream that never ends is cut off when the process ends).
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    shutdown: impl Future<Output = ()>,
    grace: Duration,
) {
    let connections = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, slot) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept_connection(&listener, &slots) => accepted,
        };
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            // A caller who leaves before the answer is noticed when it is written. To notice earlier, a second buffer would be
            // made ready for reading with every request; and what was begun is finished either way.
            .half_close(true)
            // Answers are short: one piece costs the system less than a head and a body.
            .writev(false)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes.clone()));
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the caller's affair.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, connections.shutdown()).await.is_err() {
        tracing::warn!(
            seconds = grace.as_secs(),
            "requests were still in hand when the time to finish was over"
        );
    }
}

async fn accept_connection(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there always is a slot in the end.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without this, small answers may wait for the caller's acknowledgement.
                let _ = stream.set_nodelay(true);
                return (stream, slot);
            }
            Err(error) => {
                // Either this one connection broke, or files ran out: then a pause helps.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The request as a value: every header as often as it came, the exact bytes of the body, cut off after
/// `body_bytes_max + 1`.
///
/// The URL's scheme and host are what the caller wrote, or a placeholder: only path and query can be relied on.
///
/// # Errors
/// 400 when the body breaks off, 408 when it takes too long.
pub async fn incoming(request: axum::extract::Request, body_bytes_max: usize) -> Result<Request, StatusCode> {
    let (parts, body) = request.into_parts();
    let url = url(&parts).ok_or(StatusCode::BAD_REQUEST)?;
    let body = tokio::time::timeout(BODY_TIMEOUT, read(body, body_bytes_max.saturating_add(1)))
        .await
        .map_err(|_| StatusCode::REQUEST_TIMEOUT)?
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(Request { headers: parts.headers, body, ..Request::new(parts.method, url) })
}

/// The response for the caller.
#[must_use]
pub fn outgoing(response: Response) -> axum::response::Response {
    let mut outgoing = axum::response::Response::new(Body::from(response.body));
    *outgoing.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *outgoing.headers_mut() = response.headers;
    outgoing
}

fn url(parts: &Parts) -> Option<Url> {
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.parse::<Authority>().ok())
        .filter(|host| !host.as_str().contains('@'));
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let at = |host: &str| Url::parse(&format!("http://{host}{path}")).ok();
    host.and_then(|host| at(host.as_str())).or_else(|| at("host.invalid"))
}

/// At most the first `bytes_max` bytes of the body. One that came in one piece, as webhooks do, is not copied.
async fn read(mut body: Body, bytes_max: usize) -> Result<Bytes, axum::Error> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut discarded = 0;
    while let Some(frame) = body.frame().await {
        // Trailers are of no use here.
        let Ok(mut chunk) = frame?.into_data() else { continue };
        let room = bytes_max - first.len() - rest.len();
        discarded += chunk.len().saturating_sub(room);
        chunk.truncate(room);
        if first.is_empty() {
            first = chunk;
        } else {
            rest.extend_from_slice(&chunk);
        }
        if discarded > DISCARDED_BYTES_MAX {
            break;
        }
    }
    Ok(if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::{Notify, oneshot};
    use tokio::task::JoinHandle;

    use super::*;

    const LIMIT: usize = 100;
    const GRACE: Duration = Duration::from_secs(5);

    #[derive(Clone, Default)]
    struct House {
        seen: Arc<Mutex<Vec<(String, Request)>>>,
        entered: Arc<Notify>,
        leave: Arc<Notify>,
    }

    impl House {
        async fn accept(self, door: String, request: Request) -> Response {
            let length = request.body.len();
            self.seen.lock().unwrap().push((door.clone(), request));
            if door == "slow" {
                self.entered.notify_one();
                self.leave.notified().await;
            }
            let mut response = Response::text(if length > LIMIT { 413 } else { 202 }, format!("{length}"));
            response.headers.append("x-two", "1".parse().unwrap());
            response.headers.append("x-two", "2".parse().unwrap());
            response
        }

        fn take(&self) -> (String, Request) {
            self.seen.lock().unwrap().pop().expect("the door was reached")
        }
    }

    async fn open(house: &House) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let house = house.clone();
        let routes =
            doors(move |door, request| house.clone().accept(door, request), LIMIT).merge(bare_health());
        let shutdown = async {
            let _ = stopped.await;
        };
        (address, stop, tokio::spawn(serve(listener, routes, shutdown, GRACE)))
    }

    async fn call(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn doors_see_the_exact_request_and_callers_the_exact_answer() {
        let house = House::default();
        let (address, _stop, _served) = open(&house).await;
        let request =
            b"PATCH /hooks/acme%2Dfb?a=%20b&c HTTP/1.1\r\nhost: bridge.example:8443\r\nX-Sig: one\r\n\
            x-sig: two\r\ncontent-length: 4\r\nconnection: close\r\n\r\n\x00\xff{\n";
        let answer = call(address, request).await;
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        assert_eq!(answer.matches("x-two: ").count(), 2, "{answer}");
        let (door, request) = house.take();
        assert_eq!((door.as_str(), request.method.as_str()), ("acme-fb", "PATCH"));
        assert_eq!(request.url.as_str(), "http://bridge.example:8443/hooks/acme%2Dfb?a=%20b&c");
        assert_eq!(&request.body[..], b"\x00\xff{\n");
        assert_eq!(request.headers.get_all("x-sig").iter().collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(request.only_header("x-sig"), None);
    }

    #[tokio::test]
    async fn a_host_header_cannot_change_which_path_is_asked_for() {
        let house = House::default();
        let (address, _stop, _served) = open(&house).await;
        for host in ["a/b", "a@b", "a?b", "", "[", "a b"] {
            let request = format!("GET /hooks/x?y=1 HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
            call(address, request.as_bytes()).await;
            let (_, request) = house.take();
            assert_eq!((request.url.path(), request.url.query()), ("/hooks/x", Some("y=1")), "{host:?}");
            assert_eq!(request.url.host_str(), Some("host.invalid"), "{host:?}");
        }
    }

    #[tokio::test]
    async fn bodies_are_cut_off_one_byte_after_the_limit() {
        let house = House::default();
        let (address, _stop, _served) = open(&house).await;
        for (length, status, seen) in
            [(0, 202, 0), (LIMIT, 202, LIMIT), (LIMIT + 1, 413, 101), (3_000_000, 413, 101)]
        {
            let head = format!(
                "POST /hooks/x HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let mut request = head.into_bytes();
            request.resize(request.len() + length, b'x');
            let answer = call(address, &request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{length}: {answer}");
            assert_eq!(house.take().1.body.len(), seen, "{length}");
        }
        let chunked =
            b"POST /hooks/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n\
            3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        call(address, chunked).await;
        assert_eq!(&house.take().1.body[..], b"abcde");
    }

    #[tokio::test]
    async fn bodies_in_pieces_are_put_together_and_cut_off() {
        for pieces in [1, 2, 60, LIMIT, LIMIT + 1, 3 * LIMIT] {
            let sent: Vec<u8> = (0..).take(3 * LIMIT).map(|at: usize| at.to_le_bytes()[0]).collect();
            let frames = sent.chunks(pieces).map(Bytes::copy_from_slice).map(Ok::<_, std::io::Error>);
            let body = Body::from_stream(futures_util::stream::iter(frames.collect::<Vec<_>>()));
            assert_eq!(read(body, LIMIT + 1).await.unwrap(), sent[..=LIMIT], "{pieces}");
        }
    }

    #[tokio::test]
    async fn what_was_begun_is_finished_when_the_caller_leaves() {
        let house = House::default();
        let (address, stop, served) = open(&house).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /hooks/slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        house.entered.notified().await;
        drop(stream);
        stop.send(()).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!served.is_finished());
        house.leave.notify_one();
        tokio::time::timeout(GRACE / 2, served).await.expect("ends at once").unwrap();
    }

    #[tokio::test]
    async fn a_caller_who_only_listens_any_more_gets_the_answer() {
        let house = House::default();
        let (address, _stop, _served) = open(&house).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /hooks/slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
        house.entered.notified().await;
        house.leave.notify_one();
        let mut answer = String::new();
        tokio::time::timeout(GRACE, stream.read_to_string(&mut answer)).await.expect("in time").unwrap();
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    }

    #[tokio::test]
    async fn only_doors_and_bare_health_are_public() {
        let house = House::default();
        let (address, _stop, _served) = open(&house).await;
        for (method, path, status, body) in [
            ("GET", "/healthz", 200, "ok"),
            ("POST", "/healthz", 405, ""),
            ("GET", "/", 404, ""),
            ("GET", "/hooks", 404, ""),
            ("POST", "/hooks/", 404, ""),
            ("POST", "/hooks/a/b", 404, ""),
            ("POST", "/hooks/%ff", 400, ""),
        ] {
            let request = format!("{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            let answer = call(address, request.as_bytes()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {path}: {answer}");
            assert!(answer.ends_with(body), "{method} {path}: {answer}");
        }
        assert!(house.seen.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn shutdown_finishes_what_is_in_hand_and_takes_nothing_new() {
        let house = House::default();
        let (address, stop, served) = open(&house).await;
        let slow =
            tokio::spawn(async move { call(address, b"GET /hooks/slow HTTP/1.1\r\nhost: a\r\n\r\n").await });
        house.entered.notified().await;
        stop.send(()).unwrap();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!served.is_finished());
        house.leave.notify_one();
        assert!(slow.await.unwrap().starts_with("HTTP/1.1 202 "));
        tokio::time::timeout(GRACE / 2, served).await.expect("ends at once").unwrap();
    }
}
