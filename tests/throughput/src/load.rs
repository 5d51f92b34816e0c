//! The load: webhooks signed beforehand, sent over connections that stay open. It must be cheap, for it shares the processors with
//! what it measures: no HTTP library, one thread, one write and one read a request.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A request that has no answer within this time has none. Generous: some peers queue everything they are given.
const PATIENCE: Duration = Duration::from_secs(30);

/// Requests ready for the wire, one behind the other.
#[derive(Default)]
pub(crate) struct Requests {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Requests {
    /// Adds a request.
    pub(crate) fn push(&mut self, request: &[u8]) {
        self.bytes.extend_from_slice(request);
        self.ends.push(self.bytes.len());
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// One of them.
    pub(crate) fn get(&self, at: usize) -> Option<&[u8]> {
        let end = *self.ends.get(at)?;
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[begin..end])
    }
}

/// How requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Each connection sends its next request as soon as the one before is answered.
    AsFastAsAnswered,
    /// So many a second, whether or not those before are answered.
    PerSecond(u32),
}

/// What became of the requests of a run.
#[derive(Default)]
pub(crate) struct Outcome {
    /// How many were answered 2xx.
    pub(crate) accepted: usize,
    /// How many were answered otherwise, or not at all.
    pub(crate) failed: usize,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// How long each answer took, in microseconds, sorted.
    pub(crate) micros: Vec<u32>,
}

impl Outcome {
    /// Accepted requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.accepted as f64 / self.took.as_secs_f64()
    }

    /// So long at most did this share of the answers take.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(u64::from(quantile(&self.micros, share)))
    }
}

/// The value that this share of sorted values does not exceed.
pub(crate) fn quantile<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or_default()
}

/// Sends requests to a port of this machine over so many connections, until all are answered or the time is over. Blocks.
pub(crate) fn send(
    port: u16,
    connections: usize,
    pace: Pace,
    requests: &Requests,
    at_most: Duration,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(port, connections, pace, requests, at_most))
}

/// What the connections share.
struct Shared {
    next: Cell<usize>,
    /// Up to which request the pace lets them go, and when the latest were let go.
    allowed: Cell<usize>,
    let_go: RefCell<Vec<Instant>>,
    news: Notify,
    over: Cell<bool>,
    outcome: RefCell<Outcome>,
}

impl Shared {
    fn note(&self, status: Option<u16>, took: Duration) {
        let mut outcome = self.outcome.borrow_mut();
        if status.is_some_and(|status| (200..300).contains(&status)) {
            outcome.accepted += 1;
            outcome.micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        } else {
            outcome.failed += 1;
        }
    }
}

async fn run(port: u16, connections: usize, pace: Pace, requests: &Requests, at_most: Duration) -> Outcome {
    let shared = Rc::new(Shared {
        next: Cell::new(0),
        allowed: Cell::new(0),
        let_go: RefCell::default(),
        news: Notify::new(),
        over: Cell::new(false),
        outcome: RefCell::default(),
    });
    let mut streams = Vec::new();
    for _ in 0..connections {
        streams.push(connect(port).await);
    }
    let begin = Instant::now();
    let paced = async {
        match pace {
            Pace::AsFastAsAnswered => {
                shared.allowed.set(requests.len());
                shared.news.notify_waiters();
                tokio::time::sleep(at_most).await;
            }
            Pace::PerSecond(rate) => let_go(&shared, rate, requests.len(), begin + at_most).await,
        }
        shared.over.set(true);
        shared.news.notify_waiters();
    };
    let conversations =
        streams.into_iter().map(|stream| converse(stream, port, requests, Rc::clone(&shared)));
    let all = futures_util::future::join_all(conversations);
    tokio::pin!(paced, all);
    tokio::select! {
        _ = &mut all => {}
        () = &mut paced => drop(all.await),
    }
    let mut outcome = shared.outcome.take();
    outcome.took = begin.elapsed();
    outcome.micros.sort_unstable();
    outcome
}

/// Lets requests go at a pace, in steps of a millisecond, and notes when.
async fn let_go(shared: &Shared, rate: u32, all: usize, end: Instant) {
    let begin = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    while shared.allowed.get() < all && Instant::now() < end {
        ticks.tick().await;
        let due = (begin.elapsed().as_secs_f64() * f64::from(rate)) as usize;
        let now = Instant::now();
        shared.let_go.borrow_mut().resize(due.min(all), now);
        shared.allowed.set(due.min(all));
        shared.news.notify_waiters();
    }
}

async fn converse(mut stream: TcpStream, port: u16, requests: &Requests, shared: Rc<Shared>) {
    let mut buffer = Vec::with_capacity(4096);
    while let Some(at) = next(&shared, requests.len()).await {
        // Waiting for a free connection counts: the customer waits for it, too.
        let begin = shared.let_go.borrow().get(at).copied().unwrap_or_else(Instant::now);
        let Some(request) = requests.get(at) else { break };
        let answer = tokio::time::timeout(PATIENCE, exchange(&mut stream, request, &mut buffer)).await;
        let status = answer.ok().flatten();
        shared.note(status, begin.elapsed());
        if status.is_none() {
            stream = match TcpStream::connect(("127.0.0.1", port)).await {
                Ok(stream) => stream,
                // Nobody is there any more.
                Err(_) => return,
            };
        }
    }
}

/// The next request that may be sent.
async fn next(shared: &Shared, all: usize) -> Option<usize> {
    loop {
        let at = shared.next.get();
        if at >= all || shared.over.get() {
            return None;
        }
        if at < shared.allowed.get() {
            shared.next.set(at + 1);
            return Some(at);
        }
        shared.news.notified().await;
    }
}

/// Connects to a port of this machine.
pub(crate) async fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream
}

/// One request and the status of its answer; `None` if the connection broke.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<u16> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        if let Some(status) = whole(buffer) {
            return Some(status);
        }
    }
}

/// The status of an answer that has arrived whole.
fn whole(answer: &[u8]) -> Option<u16> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&answer[..head]).ok()?, &answer[head + 4..]);
    let status = head.get(9..12)?.parse().ok()?;
    let field = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    };
    let arrived = match field("content-length").and_then(|length| length.parse().ok()) {
        Some(length) => body.len() >= length,
        None if field("transfer-encoding").is_some() => body.ends_with(b"0\r\n\r\n"),
        None => true,
    };
    arrived.then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_has_arrived() {
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no"), None);
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), Some(200));
        assert_eq!(whole(b"HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n"), None);
        assert_eq!(
            whole(b"HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
            Some(503)
        );
        assert_eq!(whole(b"HTTP/1.1 204 None\r\n\r\n"), Some(204));
    }

    #[test]
    fn a_quantile_is_the_value_that_a_share_does_not_exceed() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|share| quantile(&hundred, share)), [50, 99, 100]);
        assert_eq!(quantile::<u32>(&[], 0.5), 0);
    }
}
