//! Sends a stand-in's webhooks when they are due, and tells it what became of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::{sleep, timeout};

use super::host::Host;
use crate::Webhook;

/// How many webhooks are on their way at once.
const IN_FLIGHT: usize = 16;
/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause after nothing came of what was said to be due, so that neither a full disk nor a careless stand-in makes
/// the loop spin.
const LEAST_WAIT: Duration = Duration::from_millis(5);
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// Plain HTTP straight to the receiver: no proxy, no redirects.
type Sender = Client<HttpConnector, Full<Bytes>>;

/// Delivers until the host stops, then waits for the webhooks on their way. They start in the order in which the
/// stand-in handed them out; what an earlier run left outstanding goes first.
pub(super) async fn run(host: Arc<Host>) {
    let sender: Sender = Client::builder(TokioExecutor::new()).build_http();
    let mut waiting = VecDeque::from(host.stand_in().outstanding().to_vec());
    let mut on_their_way = FuturesUnordered::new();
    while !host.stopping.is_cancelled() {
        while on_their_way.len() < IN_FLIGHT
            && let Some(webhook) = waiting.pop_front()
        {
            on_their_way.push(send(&sender, webhook));
        }
        let nap = if waiting.is_empty() { collect_due(&host, &mut waiting) } else { Duration::MAX };
        if nap.is_zero() {
            continue;
        }
        tokio::select! {
            Some((id, status)) = on_their_way.next() => report(&host, id, status),
            () = sleep(nap) => {}
            () = host.wake.notified() => {}
            () = host.stopping.cancelled() => {}
        }
    }
    while let Some((id, status)) = on_their_way.next().await {
        report(&host, id, status);
    }
}

/// Takes what is due; otherwise says how long to wait before asking again.
fn collect_due(host: &Host, waiting: &mut VecDeque<Webhook>) -> Duration {
    let now = host.now();
    let mut stand_in = host.stand_in();
    let due = stand_in.due(now);
    let next = stand_in.next_due();
    drop(stand_in);
    match due {
        Ok(due) if due.is_empty() => {
            let until = next.map(|at| u64::try_from(at.saturating_sub(now)).unwrap_or(0));
            until.map_or(Duration::MAX, |millis| Duration::from_millis(millis).max(LEAST_WAIT))
        }
        Ok(due) => {
            waiting.extend(due);
            host.changed();
            Duration::ZERO
        }
        Err(error) => {
            tracing::error!(stand_in = host.name(), %error, "cannot write the journal; webhooks wait");
            JOURNAL_RETRY
        }
    }
}

fn report(host: &Host, id: u64, status: Option<u16>) {
    tracing::debug!(stand_in = host.name(), id, status, "webhook delivered");
    match host.stand_in().delivered(id, status, host.now()) {
        Ok(()) => host.changed(),
        Err(error) => tracing::error!(stand_in = host.name(), %error, "cannot write the journal"),
    }
}

/// Sends one webhook: its id, and the status or `None` if no answer came.
async fn send(sender: &Sender, webhook: Webhook) -> (u64, Option<u16>) {
    let Webhook { id, request } = webhook;
    let Ok(uri) = http::Uri::try_from(request.url.as_str()) else { return (id, None) };
    let mut wire = http::Request::new(Full::new(request.body));
    *wire.method_mut() = request.method;
    *wire.uri_mut() = uri;
    *wire.headers_mut() = request.headers;
    let status = match timeout(PATIENCE, sender.request(wire)).await {
        Ok(Ok(response)) => Some(response.status().as_u16()),
        Ok(Err(_)) | Err(_) => None,
    };
    (id, status)
}
