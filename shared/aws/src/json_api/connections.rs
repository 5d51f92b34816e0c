//! Connections to one endpoint, kept open: HTTP/1.1, with TLS or (to an emulator) without.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::endpoint::Endpoint;
use super::trouble::Trouble;

/// Below the idle limits of AWS's endpoints, so that a connection is rarely found closed after a pause.
const IDLE_MAX: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// DynamoDB answers with items of 1 MB at most, which may be twice as long in JSON; ten parameters of 8 KiB are far less.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

type Connection = SendRequest<Full<Bytes>>;

/// Why a request came to nothing, and the request if nothing of it was sent.
struct Failed {
    trouble: Trouble,
    unsent: Option<Request<Full<Bytes>>>,
}

/// What bytes go through.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connections to one endpoint: as many as calls are made at once, one in a door.
pub(crate) struct Connections {
    endpoint: Endpoint,
    tls: Arc<ClientConfig>,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Connections {
    pub(crate) fn new(endpoint: Endpoint, tls: Arc<ClientConfig>) -> Self {
        Self { endpoint, tls, idle: Mutex::default() }
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends a request, and gives the answer. A connection that was kept may have been closed meanwhile: should it break, a
    /// fresh one takes the request once more, so it must be one that may arrive twice.
    pub(crate) async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Trouble> {
        let again = request.clone();
        self.over_kept_or_fresh(request, Some(again)).await
    }

    /// The same for a request that may not arrive twice: only one of which nothing was sent goes over a fresh connection.
    #[cfg(feature = "world")]
    pub(crate) async fn exchange_once(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, Trouble> {
        self.over_kept_or_fresh(request, None).await
    }

    async fn over_kept_or_fresh(
        &self,
        mut request: Request<Full<Bytes>>,
        again: Option<Request<Full<Bytes>>>,
    ) -> Result<Response<Bytes>, Trouble> {
        if let Some(kept) = self.kept() {
            match self.exchange_over(kept, request).await {
                Ok(answer) => return Ok(answer),
                Err(Failed { trouble: Trouble::Broken, unsent }) => {
                    request = unsent.or(again).ok_or(Trouble::Broken)?;
                }
                Err(failed) => return Err(failed.trouble),
            }
        }
        let fresh = timeout(CONNECT_TIMEOUT, self.connect()).await.map_err(|_| Trouble::Unreachable)??;
        self.exchange_over(fresh, request).await.map_err(|failed| failed.trouble)
    }

    async fn exchange_over(
        &self,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, Failed> {
        if connection.ready().await.is_err() {
            return Err(Failed { trouble: Trouble::Broken, unsent: Some(request) });
        }
        let answer = connection.try_send_request(request).await;
        let answer =
            answer.map_err(|mut error| Failed { trouble: Trouble::Broken, unsent: error.take_message() })?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| {
            let trouble = if error.is::<hyper::Error>() { Trouble::Broken } else { Trouble::Garbled };
            Failed { trouble, unsent: None }
        })?;
        self.keep(connection);
        Ok(Response::from_parts(head, body.to_bytes()))
    }

    async fn connect(&self) -> Result<Connection, Trouble> {
        let Endpoint { host, port, tls, .. } = &self.endpoint;
        let tcp = TcpStream::connect((host.as_str(), *port)).await.map_err(broken)?;
        // Requests are written whole: nothing is to be waited for.
        let _ = tcp.set_nodelay(true);
        let stream: Box<dyn Stream> = if *tls {
            let name = ServerName::try_from(host.clone()).map_err(|_| Trouble::Impossible)?;
            Box::new(TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await.map_err(broken)?)
        } else {
            Box::new(tcp)
        };
        let (connection, driven) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        tokio::spawn(async move {
            // Whoever waits for an answer is told.
            let _ = driven.await;
        });
        Ok(connection)
    }

    /// A connection that is still good, as far as is known.
    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().ok()?;
        idle.retain(|(connection, since)| !connection.is_closed() && since.elapsed() < IDLE_MAX);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: Connection) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push((connection, Instant::now()));
        }
    }
}

fn broken<E>(_: E) -> Trouble {
    Trouble::Broken
}
