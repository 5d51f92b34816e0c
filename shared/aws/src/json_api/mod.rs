//! The protocol that SQS and the Parameter Store speak: a POST with JSON, signed. In place of the SDK's clients, whose
//! machinery was most of the door's size and of its start (see `docs/decisions/0008-the-doors-own-client-of-aws.md`).

mod connections;
mod endpoint;
#[cfg(test)]
pub(crate) mod scripted;
mod sign;
#[cfg(test)]
mod sign_tests;
#[cfg(test)]
mod tests;
mod trouble;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deskbridge_engine::ports::Clock as _;
use http::Request;
use http_body_util::Full;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout_at};

use crate::clock::SystemClock;
pub(crate) use connections::Connections;
pub(crate) use endpoint::Endpoint;
pub(crate) use sign::Credentials;
use sign::{Scope, authorization, time};
pub(crate) use trouble::Trouble;

/// Told in AWS's own logs of calls.
const USER_AGENT: &str = concat!("deskbridge/", env!("CARGO_PKG_VERSION"));
const SESSION_TOKEN: &str = "x-amz-security-token";
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// All attempts of one call together. Platforms wait for the answer of a webhook for as little as ten seconds.
const CALL_TIMEOUT: Duration = Duration::from_secs(7);
const ATTEMPTS_MAX: u32 = 3;
/// The longest wait before the second attempt; twice as long before the third.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// A service, and how it is spoken to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// In endpoints and signatures.
    pub(crate) name: &'static str,
    /// What operations are named after.
    pub(crate) target: &'static str,
    pub(crate) content_type: &'static str,
}

/// SQS. Every call that is made of it may arrive twice: messages carry deduplication ids.
pub(crate) const SQS: Service =
    Service { name: "sqs", target: "AmazonSQS", content_type: "application/x-amz-json-1.0" };
/// The Parameter Store, of which is only read.
pub(crate) const SSM: Service =
    Service { name: "ssm", target: "AmazonSSM", content_type: "application/x-amz-json-1.1" };

/// A client of one service. Clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct JsonApi {
    service: Service,
    region: String,
    credentials: Credentials,
    connections: Arc<Connections>,
}

impl JsonApi {
    pub(crate) fn new(
        service: Service,
        region: String,
        credentials: Credentials,
        connections: Connections,
    ) -> Self {
        Self { service, region, credentials, connections: Arc::new(connections) }
    }

    /// Calls an operation, which must be one that may arrive twice.
    ///
    /// # Errors
    /// After all attempts, the last one's trouble; or that the time was over.
    pub(crate) async fn call<A: DeserializeOwned>(
        &self,
        operation: &str,
        arguments: &impl Serialize,
    ) -> Result<A, Trouble> {
        let body = Bytes::from(serde_json::to_vec(arguments).map_err(|_| Trouble::Impossible)?);
        let answer = self.attempts(operation, body, Instant::now() + CALL_TIMEOUT).await?;
        serde_json::from_slice(&answer).map_err(|_| Trouble::Garbled)
    }

    /// One timer at a time: each that is set wakes the runtime.
    async fn attempts(&self, operation: &str, body: Bytes, end: Instant) -> Result<Bytes, Trouble> {
        for made in 1..ATTEMPTS_MAX {
            match self.attempt(operation, body.clone(), end).await {
                Err(trouble) if trouble.may_pass() => sleep(backoff(made)).await,
                settled => return settled,
            }
        }
        self.attempt(operation, body, end).await
    }

    async fn attempt(&self, operation: &str, body: Bytes, end: Instant) -> Result<Bytes, Trouble> {
        let request = self.request(operation, body, SystemClock.now().seconds())?;
        let end = end.min(Instant::now() + ATTEMPT_TIMEOUT);
        let answer = timeout_at(end, self.connections.exchange(request)).await;
        let answer = answer.unwrap_or(Err(Trouble::Silent))?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        let error_type = answer.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        Err(Trouble::of_refusal(answer.status().as_u16(), error_type, answer.body()))
    }

    fn request(&self, operation: &str, body: Bytes, now: i64) -> Result<Request<Full<Bytes>>, Trouble> {
        let Endpoint { authority, path, .. } = self.connections.endpoint();
        let (time, target) = (time(now), format!("{}.{operation}", self.service.target));
        let mut headers =
            vec![("content-type", self.service.content_type), ("host", authority), ("x-amz-date", &time)];
        let token = self.credentials.session_token.as_ref().map(ExposeSecret::expose_secret);
        headers.extend(token.map(|token| (SESSION_TOKEN, token)));
        headers.push(("x-amz-target", &target));
        let scope = Scope { region: &self.region, service: self.service.name };
        let authorization = authorization(&self.credentials, scope, &time, path, &headers, &body);
        // What proxies may change is not signed.
        headers.extend([("authorization", authorization.as_str()), ("user-agent", USER_AGENT)]);
        let request = Request::post(path.as_str());
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let mut request = request.body(Full::new(body)).map_err(|_| Trouble::Impossible)?;
        for name in ["authorization", SESSION_TOKEN] {
            if let Some(value) = request.headers_mut().get_mut(name) {
                value.set_sensitive(true);
            }
        }
        Ok(request)
    }
}

/// The wait after so many attempts: by chance, so that not all who were throttled come back at once.
fn backoff(attempts: u32) -> Duration {
    let most = FIRST_BACKOFF * 2_u32.pow(attempts - 1);
    // The standard library's seed of hash maps is the only chance that is needed here.
    let chance = RandomState::new().hash_one(attempts) % 1024;
    most * u32::try_from(chance).unwrap_or(1024) / 1024
}
