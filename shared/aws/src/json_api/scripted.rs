//! For tests: a server that answers by a script, and what it saw.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with the next request.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Answers.
    Answer(u16, &'static str),
    /// Answers, and closes the connection at once without having said so.
    AnswerAndClose(u16, &'static str),
    /// Closes the connection without an answer.
    Close,
    /// Says nothing, ever.
    Silence,
    /// An answer that never comes to its end.
    Endless,
}

type Script = Arc<Mutex<VecDeque<Act>>>;

/// A server on loopback.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) url: String,
    /// The number of the connection, and the request: its head and its body.
    seen: Arc<Mutex<Vec<(usize, String)>>>,
}

impl Server {
    pub(crate) async fn start(script: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, script) = (Arc::default(), Arc::new(Mutex::new(script.iter().copied().collect())));
        let server = Self { url, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, connection, Arc::clone(&seen), Arc::clone(&script)));
            }
        });
        server
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(_, request)| request.clone()).collect()
    }

    /// The number of the connection that each request came over.
    pub(crate) fn connections(&self) -> Vec<usize> {
        self.seen.lock().unwrap().iter().map(|(connection, _)| *connection).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    seen: Arc<Mutex<Vec<(usize, String)>>>,
    script: Script,
) {
    while let Some(request) = read(&mut stream).await {
        seen.lock().unwrap().push((connection, request));
        let act = script.lock().unwrap().pop_front().expect("no more requests than in the script");
        match act {
            Act::Answer(status, body) | Act::AnswerAndClose(status, body) => {
                let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
                if matches!(act, Act::AnswerAndClose(..)) {
                    return;
                }
            }
            Act::Close => return,
            Act::Silence => std::future::pending().await,
            Act::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n").await;
                let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
                while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                return;
            }
        }
    }
}

/// One request, whole.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().unwrap();
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or_default() == 0 {
            return None;
        }
    }
}
