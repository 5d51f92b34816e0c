//! Memory on the way of a large file: it is piped, not held.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use deskbridge_client::HttpClient;
use deskbridge_connectors::http::{Answer, BodyPart, Method, Request, Source, Url};
use deskbridge_engine::ports::Http as _;

use crate::ALONE;

const MIB: u64 = 1024 * 1024;
/// The file.
const FILE: u64 = 25 * MIB;
/// By so much the process may grow; it holds chunks on their way, and what the system's sockets take is not in it.
const GROWTH_MAX: u64 = 16 * MIB;
const CHUNK: usize = 64 * 1024;

fn serve(work: impl FnOnce(TcpStream) + Send + 'static) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || work(listener.accept().expect("a connection").0));
    url.parse().expect("an address")
}

/// Reads up to the end of a request's head; gives what came of the body with it.
fn head(stream: &mut TcpStream) -> usize {
    let (mut seen, mut buffer) = (Vec::new(), [0; CHUNK]);
    loop {
        let count = stream.read(&mut buffer).expect("a request");
        seen.extend_from_slice(&buffer[..count]);
        if let Some(end) = seen.windows(4).position(|end| end == b"\r\n\r\n") {
            return seen.len() - end - 4;
        }
    }
}

fn source(mut stream: TcpStream) {
    head(&mut stream);
    let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {FILE}\r\n\r\n").as_bytes());
    let chunk = [b'x'; CHUNK];
    for _ in 0..FILE / CHUNK as u64 {
        if stream.write_all(&chunk).is_err() {
            return;
        }
    }
}

/// Takes the body slowly, so that whoever holds it back has to.
fn receiver(received: &Arc<AtomicU64>) -> impl FnOnce(TcpStream) + Send + use<> {
    let received = received.clone();
    move |mut stream| {
        let mut count = head(&mut stream) as u64;
        let mut buffer = [0; CHUNK];
        while count < FILE {
            thread::sleep(Duration::from_micros(500));
            count += stream.read(&mut buffer).expect("more of the body") as u64;
        }
        received.store(count, Ordering::SeqCst);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    }
}

/// The memory of this process in bytes, as far as the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[tokio::test]
async fn a_large_file_passes_through_a_small_memory() {
    let _alone = ALONE.lock().await;
    let Some(before) = resident() else { return };
    let (done, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let watch = thread::spawn({
        let (done, peak) = (done.clone(), peak.clone());
        move || {
            while !done.load(Ordering::SeqCst) {
                peak.fetch_max(resident().unwrap_or_default(), Ordering::SeqCst);
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let received = Arc::new(AtomicU64::new(0));
    let (from, to) = (serve(source), serve(receiver(&received)));
    let part =
        Source { request: Box::new(Request::get(from)), bytes: Some(FILE), head: vec![b'x'; 1024].into() };
    let request = Request::new(Method::POST, to).piped("image/png", vec![BodyPart::From(part)]);
    let client = HttpClient::new(None).expect("a client");
    let answer = client.send(request, Duration::from_secs(60)).await;
    done.store(true, Ordering::SeqCst);
    watch.join().expect("the watch");
    assert!(matches!(&answer, Answer::Response(response) if response.status == 200), "{answer:?}");
    assert_eq!(received.load(Ordering::SeqCst), FILE);
    let growth = peak.load(Ordering::SeqCst).saturating_sub(before);
    println!("a file of 25 MiB: {} KiB more memory", growth / 1024);
    assert!(growth <= GROWTH_MAX, "{} MiB", growth / MIB);
}
