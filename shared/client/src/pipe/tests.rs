//! A real server on loopback at either end.

use std::time::Duration;

use bytes::Bytes;
use deskbridge_connectors::http::{Answer, BodyPart, Method, PipeFailure, Request, Source, Url};
use deskbridge_engine::ports::Http;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::HttpClient;

const SECOND: Duration = Duration::from_secs(1);

/// Reads a whole request: its head, and a body as long as the head says. What came, if it ended before.
async fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let head = seen.windows(4).position(|end| end == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase();
            let length =
                text.split_once("content-length: ").map_or("0", |(_, rest)| rest.lines().next().unwrap());
            if seen.len() >= head + 4 + length.parse::<usize>().unwrap() {
                return seen;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return seen,
            Ok(count) => seen.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Answers one request with these bytes; gives what it was.
async fn peer(answer: Vec<u8>) -> (Url, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let seen = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let seen = read(&mut stream).await;
        let _ = stream.write_all(&answer).await;
        seen
    });
    (url.parse().unwrap(), seen)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn part(url: Url, bytes: Option<u64>, head: &'static str) -> BodyPart {
    BodyPart::From(Source { request: Box::new(Request::get(url)), bytes, head: Bytes::from(head) })
}

fn post(url: Url, part: BodyPart) -> Request {
    let parts = vec![BodyPart::Bytes("<".into()), part, BodyPart::Bytes(">".into())];
    Request::new(Method::POST, url).piped("text/plain", parts)
}

fn failure(answer: &Answer) -> PipeFailure {
    match answer {
        Answer::NotPiped(failure) => *failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_part_is_fetched_and_sent_with_the_length_of_the_whole() {
    let client = HttpClient::new(None).unwrap();
    let untold = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello".to_vec();
    for (source, bytes) in [(ok("hello"), Some(5)), (ok("hello"), None), (untold, None)] {
        let ((from, _from), (to, seen)) = (peer(source).await, peer(ok("{}")).await);
        let answer = client.send(post(to, part(from, bytes, "he")), 5 * SECOND).await;
        let Answer::Response(response) = answer else { panic!("{answer:?}") };
        assert_eq!((response.status, &response.body[..]), (200, &b"{}"[..]));
        let seen = String::from_utf8(seen.await.unwrap()).unwrap();
        assert!(seen.ends_with("\r\n\r\n<hello>"), "{seen}");
        assert!(seen.to_ascii_lowercase().contains("\r\ncontent-length: 7\r\n"), "{seen}");
    }
}

#[tokio::test]
async fn nothing_whole_arrives_when_a_part_fails() {
    let client = HttpClient::new(None).unwrap();
    let gone = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
    let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel".to_vec();
    for (source, bytes, head, expected) in [
        (gone, Some(5), "", PipeFailure::Status(404)),
        (moved, Some(5), "", PipeFailure::Status(302)),
        (half, Some(5), "", PipeFailure::Broken),
        (ok("hello"), Some(4), "", PipeFailure::Changed),
        (ok("hello"), Some(5), "ha", PipeFailure::Changed),
        (ok("hello"), None, "hello world", PipeFailure::Changed),
    ] {
        let ((from, _from), (to, seen)) = (peer(source).await, peer(ok("{}")).await);
        let answer = client.send(post(to, part(from, bytes, head)), 5 * SECOND).await;
        assert_eq!(failure(&answer), expected, "{bytes:?} {head}");
        seen.abort();
        let seen = seen.await.unwrap_or_default();
        assert!(!seen.ends_with(b">"), "{expected:?}: {}", String::from_utf8_lossy(&seen));
    }
}

#[tokio::test]
async fn what_tells_no_length_is_held_up_to_a_limit() {
    let client = HttpClient::new(None).unwrap();
    let mut endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    endless.resize(endless.len() + 17 * 1024 * 1024, b'x');
    let ((from, _from), (to, _seen)) = (peer(endless).await, peer(ok("{}")).await);
    let answer = client.send(post(to, part(from, None, "")), 20 * SECOND).await;
    assert_eq!(failure(&answer), PipeFailure::TooLarge);
}

#[tokio::test]
async fn a_silent_source_is_no_doubt_and_a_silent_receiver_is_one() {
    let client = HttpClient::new(None).unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere: Url = format!("http://{}/", silent.local_addr().unwrap()).parse().unwrap();
    let (to, _seen) = peer(ok("{}")).await;
    let answer = client.send(post(to, part(nowhere.clone(), Some(5), "")), SECOND / 2).await;
    assert_eq!(failure(&answer), PipeFailure::Broken);
    let (from, _from) = peer(ok("hello")).await;
    let answer = client.send(post(nowhere, part(from, Some(5), "")), SECOND / 2).await;
    assert!(matches!(answer, Answer::Lost), "all of it may have arrived: {answer:?}");
}

#[tokio::test]
async fn an_answer_that_comes_early_is_an_answer() {
    let client = HttpClient::new(None).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut some = [0; 16];
        let _ = stream.read(&mut some).await;
        let _ = stream.write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n").await;
        tokio::time::sleep(5 * SECOND).await;
    });
    let large = "x".repeat(4 * 1024 * 1024);
    let (from, _from) = peer(ok(&large)).await;
    let answer = client.send(post(to, part(from, Some(large.len() as u64), "")), 5 * SECOND).await;
    let Answer::Response(response) = answer else { panic!("{answer:?}") };
    assert_eq!(response.status, 413);
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_read() {
    let client = HttpClient::new(None).unwrap();
    let (from, _from) = peer(ok(&"x".repeat(9_000_000))).await;
    let answer = client.send(Request::get(from).first_bytes(10), 5 * SECOND).await;
    let Answer::Response(response) = answer else { panic!("{answer:?}") };
    assert_eq!((response.body.len(), response.header_text("content-length")), (10, Some("9000000")));
}
