//! The smallest stand-in there is, for the tests of what serves stand-ins: it adds numbers and tells a webhook.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use deskbridge_connectors::http::{Method, Request, Response, Url};

use crate::{Millis, StandIn, Webhook};

/// How long a webhook waits before it is due, and before it is due again after a failure.
pub(crate) const WAIT: Millis = 20;

/// `POST /api/add` adds the number in its body and announces the new total to `announce`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter {
    /// Where the webhooks go.
    pub(crate) announce: Option<Url>,
    pub(crate) total: u64,
    pub(crate) calls: u32,
    pub(crate) latest: Millis,
    pub(crate) last: Option<Request>,
    next_id: u64,
    waiting: BTreeMap<(Millis, u64), u64>,
    handed_out: BTreeMap<u64, u64>,
    pub(crate) settled: Vec<(u64, Option<u16>)>,
}

impl PartialEq for Counter {
    fn eq(&self, other: &Self) -> bool {
        let key = |counter: &Self| {
            (counter.total, counter.calls, counter.latest, counter.next_id, counter.settled.clone())
        };
        key(self) == key(other) && self.waiting == other.waiting && self.handed_out == other.handed_out
    }
}

impl StandIn for Counter {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        self.calls += 1;
        self.latest = now;
        self.last = Some(request.clone());
        if request.method == Method::POST && request.url.path() == "/api/add" {
            let amount = std::str::from_utf8(&request.body).ok().and_then(|text| text.parse::<u64>().ok());
            let Some(amount) = amount else { return Response::text(422, "not a number") };
            self.total += amount;
            self.next_id += 1;
            self.waiting.insert((now + WAIT, self.next_id), self.total);
        }
        Response::text(200, self.total.to_string())
    }

    fn due(&mut self, now: Millis) -> Vec<Webhook> {
        let later = self.waiting.split_off(&(now + 1, 0));
        let due = std::mem::replace(&mut self.waiting, later);
        let url = self.announce.clone().unwrap_or_else(|| Url::parse("http://127.0.0.1:9/hook").unwrap());
        let mut webhooks = Vec::new();
        for ((_, id), total) in due {
            self.handed_out.insert(id, total);
            let request =
                Request { body: total.to_string().into(), ..Request::new(Method::POST, url.clone()) };
            webhooks.push(Webhook { id, request });
        }
        webhooks
    }

    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        self.latest = now;
        self.settled.push((id, status));
        let total = self.handed_out.remove(&id);
        if let (Some(total), false) = (total, status.is_some_and(|code| code < 300)) {
            self.next_id += 1;
            self.waiting.insert((now + WAIT, self.next_id), total);
        }
    }

    fn next_due(&self) -> Option<Millis> {
        self.waiting.keys().next().map(|(at, _)| *at)
    }
}

/// A counter that a test can look into while it is being served.
#[derive(Clone, Default)]
pub(crate) struct Watched(pub(crate) Arc<Mutex<Counter>>);

impl Watched {
    pub(crate) fn announcing(url: &str) -> Self {
        let announce = Some(Url::parse(url).unwrap());
        Self(Arc::new(Mutex::new(Counter { announce, ..Counter::default() })))
    }

    pub(crate) fn look(&self) -> Counter {
        self.0.lock().unwrap().clone()
    }
}

impl StandIn for Watched {
    fn handle(&mut self, request: &Request, now: Millis) -> Response {
        self.0.lock().unwrap().handle(request, now)
    }

    fn due(&mut self, now: Millis) -> Vec<Webhook> {
        self.0.lock().unwrap().due(now)
    }

    fn delivered(&mut self, id: u64, status: Option<u16>, now: Millis) {
        self.0.lock().unwrap().delivered(id, status, now);
    }

    fn next_due(&self) -> Option<Millis> {
        self.0.lock().unwrap().next_due()
    }
}

/// A receiver of webhooks: takes every call and remembers the bodies in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Receiver(Arc<Mutex<Vec<String>>>);

impl Receiver {
    pub(crate) fn seen(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl StandIn for Receiver {
    fn handle(&mut self, request: &Request, _now: Millis) -> Response {
        self.0.lock().unwrap().push(String::from_utf8_lossy(&request.body).into_owned());
        Response::empty(200)
    }

    fn due(&mut self, _now: Millis) -> Vec<Webhook> {
        Vec::new()
    }

    fn delivered(&mut self, _id: u64, _status: Option<u16>, _now: Millis) {}

    fn next_due(&self) -> Option<Millis> {
        None
    }
}
