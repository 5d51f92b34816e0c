//! Real sockets: what a caller sees of each fault, what a receiver sees of the webhooks, what a restart keeps.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use deskbridge_connectors::http::{Method, Request, Url};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use super::{ServeOptions, Served, serve};
use crate::StandIn;
use crate::counter::{Receiver, Watched};

/// Longer than anything here takes, unless it never comes.
const LONG: Duration = Duration::from_secs(8);

/// An answer as text.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

async fn start(stand_in: impl StandIn + 'static, journal: Option<&Path>) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options =
        ServeOptions { journal: journal.map(Path::to_owned), name: "test".into(), ..ServeOptions::default() };
    serve(listener, Box::new(stand_in), options).await.unwrap()
}

/// One call on a connection of its own; `None` if that closed without a byte.
async fn call(addr: SocketAddr, method: &str, path: &str, body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A reset is no answer either.
    let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("neither an answer nor the end");
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

async fn switch_on(addr: SocketAddr, fault: Value) {
    let answer = call(addr, "POST", "/_sandbox/faults", &fault.to_string()).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// Waits until `check` holds.
async fn eventually(what: &str, check: impl Fn() -> bool) {
    let begun = Instant::now();
    while !check() {
        assert!(begun.elapsed() < LONG, "never: {what}");
        sleep(Duration::from_millis(3)).await;
    }
}

#[tokio::test]
async fn a_request_reaches_the_stand_in_whole() {
    let counter = Watched::default();
    let served = start(counter.clone(), None).await;
    let answer = call(served.addr(), "PATCH", "/api/a%20b?x=1&y=%C3%A9", "body\u{1F600}").await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "0"));
    let seen = counter.look().last.unwrap();
    assert_eq!(seen.method, "PATCH");
    assert_eq!(seen.url.as_str(), format!("http://{}/api/a%20b?x=1&y=%C3%A9", served.addr()));
    assert_eq!(seen.body, "body\u{1F600}");
    assert_eq!(seen.only_header("host"), Some(served.addr().to_string().as_str()));
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((since_1970.as_millis() as i64 - counter.look().latest).abs() < 10_000);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_unseen() {
    let counter = Watched::default();
    let served = start(counter.clone(), None).await;
    let fits = "1".repeat(super::connection::MAX_BODY);
    assert_eq!(call(served.addr(), "PUT", "/", &fits).await.unwrap().status, 200);
    let mut stream = TcpStream::connect(served.addr()).await.unwrap();
    stream
        .write_all(b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2000001\r\n")
        .await
        .unwrap();
    stream.write_all(fits.as_bytes()).await.unwrap();
    stream.write_all(b"1\r\n").await.unwrap();
    let mut start = [0; 12];
    timeout(LONG, stream.read_exact(&mut start)).await.unwrap().unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    assert_eq!(counter.look().calls, 1);
}

#[tokio::test]
async fn each_fault_is_what_the_caller_sees() {
    // kind, status (None: closed without an answer), applied when the caller knows, applied in the end
    let table = [
        (json!({"status": {"code": 503, "retry_after_s": 3}}), Some(503), false, false),
        (json!({"throttle": {"retry_after_s": 9}}), Some(429), false, false),
        (json!("lost_before"), None, false, false),
        (json!("lost_after"), None, true, true),
        (json!({"late_apply": {"ms": 1_000}}), None, false, true),
        (json!({"slow": {"ms": 60}}), Some(200), true, true),
        (json!({"hang": {"ms": 60}}), Some(200), true, true),
        (json!("garbage"), Some(200), true, true),
    ];
    for (kind, status, at_once, in_the_end) in table {
        let counter = Watched::default();
        let served = start(counter.clone(), None).await;
        switch_on(served.addr(), json!({"method": "POST", "path": "/api/*", "kind": kind})).await;
        let begun = Instant::now();
        let answer = call(served.addr(), "POST", "/api/add", "5").await;
        let took = begun.elapsed();
        assert_eq!(answer.as_ref().map(|answer| answer.status), status, "{kind}");
        assert_eq!(counter.look().total == 5, at_once, "{kind}");
        if in_the_end {
            eventually("applied", || counter.look().total == 5).await;
        }
        if kind.get("slow").is_some() || kind.get("hang").is_some() {
            assert!(took >= Duration::from_millis(60), "{kind} took {took:?}");
        }
        if kind == "garbage" {
            assert!(serde_json::from_str::<Value>(&answer.unwrap().body).is_err());
        } else if kind.get("throttle").is_some() {
            assert!(answer.unwrap().head.contains("retry-after: 9"));
        }
        let next = call(served.addr(), "POST", "/api/add", "1").await.unwrap();
        assert_eq!((next.status, next.body), (200, if in_the_end { "6" } else { "1" }.to_owned()), "{kind}");
    }
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection_it_was_to_come_on_and_no_other() {
    let served = start(Watched::default(), None).await;
    let fault = json!({"path": "/lost", "kind": "lost_after"});
    switch_on(served.addr(), fault).await;
    let mut streams = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(served.addr()).await.unwrap();
        stream.write_all(b"GET /fine HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        read_until(&mut stream, &mut String::new(), "\r\n\r\n0").await;
        streams.push(stream);
    }
    streams[0].write_all(b"GET /lost HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let end = timeout(LONG, streams[0].read(&mut [0; 64])).await.expect("still open");
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    streams[1].write_all(b"GET /fine HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    read_until(&mut streams[1], &mut String::new(), "\r\n\r\n0").await;
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_undo_the_call() {
    let table = [(json!({"hang": {"ms": 600_000}}), true), (json!({"slow": {"ms": 1_000}}), false)];
    for (kind, at_once) in table {
        let counter = Watched::default();
        let served = start(counter.clone(), None).await;
        switch_on(served.addr(), json!({"kind": kind})).await;
        let impatient =
            timeout(Duration::from_millis(100), call(served.addr(), "POST", "/api/add", "5")).await;
        assert!(impatient.is_err(), "{kind} answered");
        assert_eq!(counter.look().total == 5, at_once, "{kind}");
        eventually("applied", || counter.look().total == 5).await;
    }
}

#[tokio::test]
async fn faults_are_listed_refused_and_cleared_over_http() {
    let served = start(Watched::default(), None).await;
    let addr = served.addr();
    switch_on(addr, json!([{"kind": "garbage", "times": 0}, {"kind": "lost_before", "path": "/x"}])).await;
    let list: Value =
        serde_json::from_str(&call(addr, "GET", "/_sandbox/faults", "").await.unwrap().body).unwrap();
    assert_eq!(list[0], json!({"method": null, "path": "", "kind": "garbage", "times": 0, "skip": 0}));
    assert_eq!(list.as_array().unwrap().len(), 2);
    for wrong in ["", "{}", "[{\"kind\":\"garbage\"},{\"kind\":\"none\"}]"] {
        let answer = call(addr, "POST", "/_sandbox/faults", wrong).await.unwrap();
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(answer.body.contains("not a fault"));
    }
    assert_eq!(call(addr, "PUT", "/_sandbox/faults", "").await.unwrap().status, 405);
    assert_eq!(call(addr, "DELETE", "/_sandbox/faults", "").await.unwrap().status, 204);
    assert_eq!(call(addr, "GET", "/_sandbox/faults", "").await.unwrap().body, "[]");
    assert_eq!(call(addr, "GET", "/x", "").await.unwrap().body, "0");
}

#[tokio::test]
async fn pages_of_other_ports_may_use_the_control_paths_only() {
    let served = start(Watched::default(), None).await;
    let table = [
        ("GET", "/_sandbox/faults", true),
        ("OPTIONS", "/_sandbox/anything", true),
        ("POST", "/_sandbox/act", true),
        ("GET", "/api/count", false),
        ("OPTIONS", "/api/count", false),
    ];
    for (method, path, open) in table {
        let head = call(served.addr(), method, path, "").await.unwrap().head;
        assert_eq!(head.contains("access-control-allow-origin: *"), open, "{method} {path}");
        assert_eq!(
            head.contains("access-control-allow-methods"),
            open && method == "OPTIONS",
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn webhooks_arrive_and_failures_come_again() {
    let inbox = Receiver::default();
    let receiver = start(inbox.clone(), None).await;
    switch_on(receiver.addr(), json!([{"kind": {"status": {"code": 500}}}, {"kind": "lost_before"}])).await;
    let counter = Watched::announcing(&format!("http://{}/hook", receiver.addr()));
    let served = start(counter.clone(), None).await;
    let mut changes = served.changes();
    let add =
        Request { body: "4".into(), ..Request::new(Method::POST, Url::parse("http://x/api/add").unwrap()) };
    assert_eq!(served.call(&add).body, "4");
    eventually("delivered", || counter.look().settled.len() == 3).await;
    let statuses: Vec<_> = counter.look().settled.iter().map(|(_, status)| *status).collect();
    assert_eq!(statuses, [Some(500), None, Some(200)]);
    assert_eq!(inbox.seen(), ["4"]);
    // The call, then handed out and delivered, three times.
    timeout(LONG, changes.wait_for(|count| *count == 7)).await.unwrap().unwrap();
}

#[tokio::test]
async fn so_many_webhooks_at_once_and_no_more() {
    let inbox = Receiver::default();
    let receiver = start(inbox.clone(), None).await;
    switch_on(receiver.addr(), json!({"kind": {"hang": {"ms": 600_000}}, "times": 0})).await;
    let served = start(Watched::announcing(&format!("http://{}/hook", receiver.addr())), None).await;
    for _ in 0..40 {
        call(served.addr(), "POST", "/api/add", "1").await.unwrap();
    }
    eventually("sixteen on their way", || inbox.seen().len() == 16).await;
    sleep(Duration::from_millis(150)).await;
    let mut first: Vec<u32> = inbox.seen().iter().map(|total| total.parse().unwrap()).collect();
    first.sort_unstable();
    assert_eq!(first, (1..=16).collect::<Vec<_>>());
}

#[test]
fn a_killed_process_goes_on_where_it_was() {
    let folder = tempfile::TempDir::new().unwrap();
    let journal = folder.path().join("counter.journal");
    let outside = Runtime::new().unwrap();
    let inbox = Receiver::default();
    let receiver = outside.block_on(start(inbox.clone(), None));
    let url = format!("http://{}/hook", receiver.addr());
    let hang = json!({"kind": {"hang": {"ms": 600_000}}});
    outside.block_on(switch_on(receiver.addr(), hang));

    // The receiver has the webhook, the sender has not got the answer: killed.
    let first = Runtime::new().unwrap();
    first.block_on(async {
        let served = start(Watched::announcing(&url), Some(&journal)).await;
        assert_eq!(call(served.addr(), "POST", "/api/add", "5").await.unwrap().body, "5");
        eventually("on its way", || inbox.seen().len() == 1).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options =
            ServeOptions { journal: Some(journal.clone()), name: "second".into(), ..ServeOptions::default() };
        assert!(
            serve(listener, Box::new(Watched::default()), options).await.is_err(),
            "the journal is in use"
        );
    });
    first.shutdown_timeout(LONG);

    // Sent again, answered, and the state is as it was.
    let second = Runtime::new().unwrap();
    let counter = Watched::announcing(&url);
    second.block_on(async {
        let served = start(counter.clone(), Some(&journal)).await;
        assert_eq!(call(served.addr(), "GET", "/api/count", "").await.unwrap().body, "5");
        eventually("sent again", || counter.look().settled.len() == 1).await;
        assert_eq!(counter.look().settled[0].1, Some(200));
        served.shutdown().await;
    });
    assert_eq!(inbox.seen(), ["5", "5"]);

    // Settled for good.
    second.block_on(async {
        let counter = Watched::announcing(&url);
        let served = start(counter.clone(), Some(&journal)).await;
        assert_eq!((counter.look().total, counter.look().settled.len()), (5, 1));
        call(served.addr(), "POST", "/api/add", "1").await.unwrap();
        eventually("the next one", || inbox.seen().len() == 3).await;
    });
    assert_eq!(inbox.seen(), ["5", "5", "6"]);
}

#[tokio::test]
async fn a_page_hears_of_every_change_and_of_no_read() {
    let served = start(Watched::default(), None).await;
    let mut stream = TcpStream::connect(served.addr()).await.unwrap();
    stream.write_all(b"GET /_sandbox/changes HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut text = String::new();
    read_until(&mut stream, &mut text, "data: 0\n\n").await;
    assert!(text.contains("content-type: text/event-stream"));
    assert!(text.contains("access-control-allow-origin: *"));
    call(served.addr(), "GET", "/api/count", "").await.unwrap();
    call(served.addr(), "GET", "/_sandbox/faults", "").await.unwrap();
    assert_eq!(*served.changes().borrow(), 0);
    call(served.addr(), "POST", "/api/other", "").await.unwrap();
    read_until(&mut stream, &mut text, "data: 1\n\n").await;
    call(served.addr(), "DELETE", "/_sandbox/faults", "").await.unwrap();
    read_until(&mut stream, &mut text, "data: 2\n\n").await;
    served.shutdown().await;
    read_until(&mut stream, &mut text, "\r\n0\r\n\r\n").await;
}

async fn read_until(stream: &mut TcpStream, text: &mut String, wanted: &str) {
    let mut buffer = [0; 4096];
    while !text.contains(wanted) {
        let size = timeout(LONG, stream.read(&mut buffer)).await.expect("no more news").unwrap();
        assert_ne!(size, 0, "the stream ended before {wanted:?}");
        text.push_str(std::str::from_utf8(&buffer[..size]).unwrap());
    }
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_in_hand() {
    let counter = Watched::default();
    let served = start(counter.clone(), None).await;
    let addr = served.addr();
    let faults = json!([{"kind": {"late_apply": {"ms": 600_000}}}, {"kind": {"slow": {"ms": 600_000}}}]);
    switch_on(addr, faults).await;
    assert!(call(addr, "POST", "/api/add", "1").await.is_none());
    let held = tokio::spawn(call(addr, "POST", "/api/add", "2"));
    let idle = TcpStream::connect(addr).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(counter.look().total, 0);
    timeout(Duration::from_secs(5), served.shutdown()).await.expect("in time");
    assert_eq!(held.await.unwrap().unwrap().status, 200);
    assert_eq!(counter.look().total, 3);
    assert!(TcpStream::connect(addr).await.is_err(), "still accepting");
    drop(idle);
}
