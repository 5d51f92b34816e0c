//! The stand-ins of Zendesk and of Facebook, and a look at what arrives there: which marked text, when, how often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use deskbridge_connectors::http::{Method, Request, Response, Url};
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use deskbridge_sandbox::{Millis, ServeOptions, Served, StandIn, Webhook, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::webhooks::{MARK, MARK_DIGITS};

/// The stand-ins, while they are served.
pub(crate) struct StandIns {
    /// What arrived in tickets.
    pub(crate) tickets: Arc<Arrivals>,
    /// What was published on the platform.
    pub(crate) published: Arc<Arrivals>,
    /// Where Zendesk is.
    pub(crate) zendesk_url: String,
    /// Where the Graph API is.
    pub(crate) graph_url: String,
    zendesk: Served,
    _graph: Served,
}

impl StandIns {
    /// Serves them for a bridge at this port.
    pub(crate) async fn serve(bridge_port: u16) -> Self {
        let bridge: Url = format!("http://127.0.0.1:{bridge_port}/").parse().expect("an address");
        let (tickets, published) = (Arc::<Arrivals>::default(), Arc::<Arrivals>::default());
        let (listener, zendesk_url) = listen().await;
        let base_url = zendesk_url.parse().expect("an address");
        let seed = ZendeskSeed { base_url, ..ZendeskSeed::demo(&bridge) };
        let zendesk = watched(listener, Zendesk::new(seed), &tickets).await;
        let (listener, graph_url) = listen().await;
        let graph = watched(listener, Graph::new(GraphSeed::demo(&bridge)), &published).await;
        Self { tickets, published, zendesk_url, graph_url, zendesk, _graph: graph }
    }

    /// Switches on the limits of Zendesk's plan Enterprise: 700 calls a minute, 100 updates of tickets.
    pub(crate) fn limit_helpdesk(&self) {
        let limits = json!({ "account_per_minute": 700, "updates_per_minute": 100, "updates_per_ticket": 30,
            "comments_per_ticket": 5000, "breaker_minimum": 20 });
        self.ask(Method::POST, "control", &json!({ "do": "limits", "limits": limits }));
    }

    /// Switches them off.
    pub(crate) fn unlimit_helpdesk(&self) {
        self.ask(Method::POST, "control", &json!({ "do": "limits", "limits": {} }));
    }

    /// An agent answers in public.
    pub(crate) fn answer(&self, ticket: u64, text: &str) {
        self.ask(Method::POST, "act", &json!({ "do": "reply", "ticket": ticket, "text": text }));
    }

    fn ask(&self, method: Method, door: &str, body: &Value) -> Response {
        let url = format!("{}/_sandbox/{door}", self.zendesk_url).parse().expect("an address");
        let response = self.zendesk.call(&Request::new(method, url).json(body));
        assert!(
            response.is_success(),
            "{body}: {} {}",
            response.status,
            String::from_utf8_lossy(&response.body)
        );
        response
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

async fn watched(
    listener: TcpListener,
    stand_in: impl StandIn + 'static,
    arrivals: &Arc<Arrivals>,
) -> Served {
    let watched = Watched { stand_in, arrivals: Arc::clone(arrivals) };
    serve(listener, Box::new(watched), ServeOptions::default()).await.expect("it is served")
}

/// Which marks arrived.
#[derive(Default)]
pub(crate) struct Arrivals {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    arrived: HashMap<usize, Arrival>,
    waiting: HashMap<usize, oneshot::Sender<()>>,
}

/// One mark that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// When it did first.
    pub(crate) at: Instant,
    /// How many requests brought it.
    pub(crate) times: usize,
    /// The ticket that the first request made, if it made one.
    pub(crate) ticket: Option<u64>,
}

impl Arrivals {
    /// What arrived of a mark.
    pub(crate) fn of(&self, number: usize) -> Option<Arrival> {
        self.lock().arrived.get(&number).copied()
    }

    /// Answers when the mark arrives; at once if it has.
    pub(crate) fn wait(&self, number: usize) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        let mut inner = self.lock();
        if inner.arrived.contains_key(&number) {
            let _ = tell.send(());
        } else {
            inner.waiting.insert(number, tell);
        }
        told
    }

    /// How many different marks arrived.
    pub(crate) fn count(&self) -> usize {
        self.lock().arrived.len()
    }

    fn note(&self, request: &Request, response: &Response) {
        if request.method == Method::GET || !response.is_success() {
            return;
        }
        let mut marks = marks(&request.body);
        marks.sort_unstable();
        marks.dedup();
        let at = Instant::now();
        let mut inner = self.lock();
        for number in marks {
            let ticket = || response.parse::<Value>().ok()?["ticket"]["id"].as_u64();
            let Inner { arrived, waiting } = &mut *inner;
            let arrival = arrived.entry(number).or_insert_with(|| Arrival { at, times: 0, ticket: ticket() });
            arrival.times += 1;
            if let Some(tell) = waiting.remove(&number) {
                let _ = tell.send(());
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbers of the marks in a body.
fn marks(body: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK.as_bytes()) {
        rest = &rest[at + MARK.len()..];
        let digits = rest.get(..MARK_DIGITS).and_then(|digits| std::str::from_utf8(digits).ok());
        found.extend(digits.and_then(|digits| digits.parse::<usize>().ok()));
    }
    found
}

/// A stand-in that is watched.
struct Watched<S> {
    stand_in: S,
    arrivals: Arc<Arrivals>,
}

impl<S: StandIn> StandIn for Watched<S> {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        let response = self.stand_in.handle(request, now);
        // What the sandbox's own door brings was said by us.
        if !request.url.path().starts_with("/_sandbox/") {
            self.arrivals.note(request, &response);
        }
        response
    }

    fn due(&mut self, now: Millis) -> Vec<Webhook> {
        self.stand_in.due(now)
    }

    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        self.stand_in.delivered(id, status, now);
    }

    fn next_due(&self) -> Option<Millis> {
        self.stand_in.next_due()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::mark;

    #[test]
    fn marks_are_found_wherever_they_stand() {
        let body = format!("{{\"a\":\"x{} y\",\"b\":\"{}\"}} {MARK}12", mark(7), mark(12_345_678));
        assert_eq!(marks(body.as_bytes()), [7, 12_345_678]);
    }
}
