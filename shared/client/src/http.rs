//! The HTTP client: one request, one answer, and never a claim that something was not sent when it may have been.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use deskbridge_connectors::http::{Answer, HeaderValue, Method, PipeFailure, Request, Response, header};
use deskbridge_engine::ports::{Fault, Http};
use reqwest::{Client, NoProxy, Proxy, redirect, retry};
use rustls::{ClientConfig, RootCertStore};

use crate::pipe::Pipe;

/// Name lookup, connection and TLS handshake together take at most so long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Unused connections are kept for so long: less than the idle limits of common load balancers (60 s and up), so that we
/// rarely write into a connection that is being closed, which would make an answer uncertain.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// A connection that several requests share (HTTP/2) is asked for a sign of life this often while requests wait on it, and
/// given up when none comes in half that time; otherwise one dead connection would cost every later request its answer.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// Longer answers count as lost, in bytes.
pub const RESPONSE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The [`Http`] port on the network. Trusts the certificate authorities that Mozilla trusts, compiled in. Follows no
/// redirects, repeats nothing, keeps no cookies.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client,
}

impl HttpClient {
    /// A client that connects directly, or through `https_proxy` (`http://host:port`) for `https:` addresses. Plain
    /// `http:` never uses a proxy. Hosts named by the environment's `NO_PROXY` are always reached directly.
    ///
    /// # Errors
    /// When the proxy's address is not a URL, or TLS cannot be set up.
    pub fn new(https_proxy: Option<&str>) -> Result<Self, Fault> {
        const WHAT: &str = "setting up the HTTP client";
        let fault = |error: reqwest::Error| Fault::new(WHAT, error.without_url());
        let builder = Client::builder()
            .tls_backend_preconfigured(tls().map_err(|error| Fault::new(WHAT, error))?)
            .user_agent(concat!("deskbridge/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .http2_keep_alive_interval(SIGN_OF_LIFE)
            .http2_keep_alive_timeout(SIGN_OF_LIFE / 2)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy();
        let builder = match https_proxy {
            Some(proxy) => builder.proxy(Proxy::https(proxy).map_err(fault)?.no_proxy(NoProxy::from_env())),
            None => builder,
        };
        Ok(Self { client: builder.build().map_err(fault)? })
    }

    /// A client as the environment asks for it: through `HTTPS_PROXY` (or `https_proxy`) if that is set and not empty.
    /// `HTTP_PROXY` and `ALL_PROXY` are not looked at: no remote API is called without TLS.
    ///
    /// # Errors
    /// As [`HttpClient::new`].
    pub fn from_environment() -> Result<Self, Fault> {
        let proxy = ["HTTPS_PROXY", "https_proxy"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::new(proxy.as_deref())
    }

    /// One request with a body in parts, and its answer.
    async fn exchange_piped(&self, mut request: Request, deadline: Duration) -> Answer {
        let end = tokio::time::Instant::now() + deadline;
        let opened = Pipe::open(&self.client, std::mem::take(&mut request.parts));
        let (pipe, body) = match tokio::time::timeout_at(end, opened).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(failure)) => return Answer::NotPiped(failure),
            Err(_) => return Answer::NotPiped(PipeFailure::Broken),
        };
        request.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(pipe.length));
        let mut outgoing = outgoing(request);
        *outgoing.body_mut() = Some(body);
        let answer = tokio::time::timeout_at(end, self.perform(outgoing, None)).await;
        match answer.unwrap_or(Answer::Lost) {
            Answer::Lost => pipe.failure().await.map_or(Answer::Lost, Answer::NotPiped),
            Answer::Response(response) => {
                let failure = pipe.failure_before_answer().await;
                failure.map_or(Answer::Response(response), Answer::NotPiped)
            }
            answer => answer,
        }
    }

    async fn exchange(&self, request: Request) -> Answer {
        let first_bytes = request.first_bytes;
        self.perform(outgoing(request), first_bytes).await
    }

    async fn perform(&self, request: reqwest::Request, first_bytes: Option<usize>) -> Answer {
        let response = match self.client.execute(request).await {
            Ok(response) => response,
            // Nothing of the request is written before the connection stands; and what cannot be written as a request
            // never leaves.
            Err(error) if error.is_connect() || error.is_builder() => return Answer::NotSent,
            Err(_) => return Answer::Lost,
        };
        receive(response, first_bytes).await.map_or(Answer::Lost, Answer::Response)
    }
}

impl Http for HttpClient {
    /// [`Answer::NotSent`] when no connection came about (name, route, refusal, TLS, connect timeout of 2 s);
    /// [`Answer::Lost`] when the deadline passed, the connection broke, or the answer was longer than
    /// [`RESPONSE_BYTES_MAX`]; [`Answer::NotPiped`] when a part of the body could not be fetched, or the body was not handed over
    /// as a whole.
    async fn send(&self, request: Request, deadline: Duration) -> Answer {
        if deadline.is_zero() {
            return Answer::NotSent;
        }
        if !request.parts.is_empty() {
            return self.exchange_piped(request, deadline).await;
        }
        tokio::time::timeout(deadline, self.exchange(request)).await.unwrap_or(Answer::Lost)
    }
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

pub(crate) fn outgoing(request: Request) -> reqwest::Request {
    let mut outgoing = reqwest::Request::new(request.method, request.url);
    *outgoing.headers_mut() = request.headers;
    if !request.body.is_empty() {
        *outgoing.body_mut() = Some(request.body.into());
    } else if [Method::POST, Method::PUT, Method::PATCH].contains(outgoing.method()) {
        // Some servers answer 411 to such a method without a length.
        outgoing.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from_static("0"));
    }
    outgoing
}

/// The response with its body, or with the beginning of it.
async fn receive(mut response: reqwest::Response, first_bytes: Option<usize>) -> Option<Response> {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if let Some(wanted) = first_bytes.filter(|wanted| body.len() + chunk.len() >= *wanted) {
            let missing = wanted.saturating_sub(body.len());
            body.extend_from_slice(&chunk[..missing.min(chunk.len())]);
            break;
        }
        if body.len() + chunk.len() > RESPONSE_BYTES_MAX {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(Response { status, headers, body: body.freeze() })
}

#[cfg(test)]
mod tests {
    use deskbridge_connectors::http::Url;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Answers one connection with these bytes after it read the head of a request, then closes it or stays silent.
    async fn peer(answer: Vec<u8>, silent: bool) -> (Url, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a/b?c=%20d", listener.local_addr().unwrap());
        let seen = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).await.unwrap();
                seen.extend_from_slice(&buffer[..count]);
            }
            // The client may hang up while this is being written.
            let _ = stream.write_all(&answer).await;
            if silent {
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
            String::from_utf8(seen).unwrap()
        });
        (Url::parse(&url).unwrap(), seen)
    }

    fn name(answer: &Answer) -> String {
        match answer {
            Answer::Response(response) => response.status.to_string(),
            Answer::NotSent => "not sent".to_owned(),
            Answer::Lost => "lost".to_owned(),
            Answer::NotPiped(failure) => format!("not piped: {failure:?}"),
        }
    }

    #[tokio::test]
    async fn what_never_left_is_told_from_what_may_have_arrived() {
        let client = HttpClient::new(None).unwrap();
        let refused = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            format!("http://{}/", listener.local_addr().unwrap())
        };
        let (no_tls, _peer) = peer(b"HTTP/1.1 400 no\r\n\r\n".to_vec(), false).await;
        let no_tls = no_tls.as_str().replace("http:", "https:");
        for url in [refused.as_str(), "http://host.invalid/", no_tls.as_str(), "ftp://127.0.0.1/"] {
            let answer = client.send(Request::get(Url::parse(url).unwrap()), 5 * SECOND).await;
            assert_eq!(name(&answer), "not sent", "{url}");
        }
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
        let long = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n".iter().copied();
        let long: Vec<u8> = long.chain(std::iter::repeat_n(b'x', 9_000_000)).collect();
        for (what, bytes, silent, lasts) in [
            ("closes", Vec::new(), false, false),
            ("silent", Vec::new(), true, true),
            ("half a body, then closes", half.clone(), false, false),
            ("half a body, then silent", half, true, true),
            ("not HTTP", b"hello\r\n\r\n".to_vec(), false, false),
            ("too long", long, false, false),
        ] {
            let (url, _peer) = peer(bytes, silent).await;
            let deadline = if lasts { SECOND / 4 } else { 10 * SECOND };
            let answer = client.send(Request::get(url), deadline).await;
            assert_eq!(name(&answer), "lost", "{what}");
        }
    }

    #[tokio::test]
    async fn a_request_arrives_as_it_is_and_so_does_the_answer() {
        let client = HttpClient::new(None).unwrap();
        let answer = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nx-two: 1\r\nx-two: 2\r\ncontent-length: 2\r\n\r\n\xff{";
        let (url, peer) = peer(answer.to_vec(), false).await;
        let request = Request::new(Method::POST, url).header("x-mine", "yes");
        let Answer::Response(response) = client.send(request, 5 * SECOND).await else { panic!("no answer") };
        assert_eq!((response.status, &response.body[..]), (302, &b"\xff{"[..]));
        assert_eq!(response.headers.get_all("x-two").iter().count(), 2);
        let seen = peer.await.unwrap().to_ascii_lowercase();
        assert!(seen.starts_with("post /a/b?c=%20d http/1.1\r\n"), "{seen}");
        assert!(seen.contains("\r\nx-mine: yes\r\n") && seen.contains("\r\ncontent-length: 0\r\n"), "{seen}");
        assert!(seen.contains("\r\nuser-agent: deskbridge/"), "{seen}");
    }

    #[tokio::test]
    async fn without_time_nothing_is_sent_and_a_bad_proxy_is_named() {
        let client = HttpClient::new(None).unwrap();
        let (url, _peer) = peer(Vec::new(), true).await;
        assert_eq!(name(&client.send(Request::get(url), Duration::ZERO).await), "not sent");
        assert!(HttpClient::new(Some("http://[")).is_err());
        assert!(HttpClient::new(Some("http://127.0.0.1:3128")).is_ok());
    }
}
