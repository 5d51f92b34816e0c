//! The client against a server that misbehaves by a script.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::cloud::Cloud;

/// What the server does with the next request.
#[derive(Clone, Copy)]
enum Act {
    Answer(u16, &'static str),
    /// Answers, and closes the connection at once without having said so.
    AnswerAndClose(u16, &'static str),
    /// Closes the connection without an answer.
    Close,
    Silence,
    /// An answer that never comes to its end.
    Endless,
}
use Act::{Answer, AnswerAndClose, Close, Endless, Silence};

const OK: Act = Answer(200, "{\"fine\":true}");
const THROTTLED: Act = Answer(400, "{\"__type\":\"ThrottlingException\",\"message\":\"what Paula wrote\"}");

/// What the server saw: the number of the connection, and the request with its head.
type Seen = Arc<Mutex<Vec<(usize, String)>>>;

async fn server(script: &[Act]) -> (JsonApi, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (seen, script) = (Seen::default(), Arc::new(Mutex::new(script.to_vec().into_iter())));
    let told = Arc::clone(&seen);
    tokio::spawn(async move {
        for connection in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, connection, Arc::clone(&told), Arc::clone(&script)));
        }
    });
    (Cloud::emulated(&url).unwrap().client(SSM).unwrap(), seen)
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    seen: Seen,
    script: Arc<Mutex<std::vec::IntoIter<Act>>>,
) {
    loop {
        let mut request = Vec::new();
        while !request.ends_with(b"\"end\"}") {
            if stream.read_buf(&mut request).await.unwrap_or_default() == 0 {
                return;
            }
        }
        seen.lock().unwrap().push((connection, String::from_utf8(request).unwrap()));
        let act = script.lock().unwrap().next().expect("no more requests than in the script");
        match act {
            Answer(status, body) | AnswerAndClose(status, body) => {
                let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
                if matches!(act, AnswerAndClose(..)) {
                    return;
                }
            }
            Close => return,
            Silence => std::future::pending().await,
            Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n").await;
                let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
                while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                return;
            }
        }
    }
}

async fn call(api: &JsonApi) -> Result<Value, Trouble> {
    api.call("GetParameter", &json!({ "a": "end" })).await
}

fn connections(seen: &Seen) -> Vec<usize> {
    seen.lock().unwrap().iter().map(|(connection, _)| *connection).collect()
}

fn refused(status: u16, code: &str) -> Trouble {
    Trouble::Refused { status, code: code.to_owned() }
}

#[tokio::test]
async fn a_call_is_a_signed_post_and_connections_are_kept() {
    let (api, seen) = server(&[OK, Answer(400, "{\"__type\":\"a#ParameterNotFound\"}"), OK]).await;
    assert_eq!(call(&api).await, Ok(json!({ "fine": true })));
    assert_eq!(call(&api).await, Err(refused(400, "ParameterNotFound")));
    assert_eq!(call(&api).await, Ok(json!({ "fine": true })));
    assert_eq!(connections(&seen), [0, 0, 0]);
    let (_, request) = seen.lock().unwrap()[0].clone();
    for part in [
        "POST / HTTP/1.1\r\n",
        "x-amz-target: AmazonSSM.GetParameter\r\n",
        "content-type: application/x-amz-json-1.1\r\n",
        "authorization: AWS4-HMAC-SHA256 Credential=emulator/",
        "/us-east-1/ssm/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=",
        "content-length: 11\r\n",
    ] {
        assert!(request.contains(part), "{part} in {request}");
    }
}

#[tokio::test]
async fn calls_at_once_have_connections_of_their_own() {
    let (api, seen) = server(&[OK; 4]).await;
    let (one, two) = tokio::join!(call(&api), call(&api));
    assert!(one.is_ok() && two.is_ok());
    assert!(call(&api).await.is_ok());
    let mut used = connections(&seen);
    used.truncate(2);
    used.sort_unstable();
    assert_eq!(used, [0, 1]);
    assert!(connections(&seen)[2] < 2, "both are kept");
}

#[tokio::test]
async fn what_passes_is_tried_three_times() {
    let down = Answer(503, "");
    for (script, result, attempts) in [
        (vec![THROTTLED, OK], Ok(json!({ "fine": true })), 2),
        (vec![down, down, OK], Ok(json!({ "fine": true })), 3),
        (vec![down, THROTTLED, down, OK], Err(refused(503, "")), 3),
        (vec![Close, Close, Close, OK], Err(Trouble::Broken), 3),
        (vec![Close, OK], Ok(json!({ "fine": true })), 2),
        (
            vec![Answer(400, "{\"__type\":\"AccessDeniedException\"}"), OK],
            Err(refused(400, "AccessDeniedException")),
            1,
        ),
        (vec![Answer(200, "<html>"), OK], Err(Trouble::Garbled), 1),
        (vec![Answer(200, ""), OK], Err(Trouble::Garbled), 1),
    ] {
        let (api, seen) = server(&script).await;
        assert_eq!(call(&api).await, result);
        assert_eq!(connections(&seen).len(), attempts, "{result:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_no_attempt() {
    // Seen by us before the next call or not: both may happen.
    let (api, seen) = server(&[AnswerAndClose(200, "{}"), AnswerAndClose(200, "{}"), OK]).await;
    for _ in 0..3 {
        assert!(call(&api).await.is_ok());
    }
    assert_eq!(connections(&seen), [0, 1, 2]);
    // Broken under the request: a fresh connection at once, and still three attempts.
    let (api, seen) = server(&[OK, Close, THROTTLED, THROTTLED, OK]).await;
    assert!(call(&api).await.is_ok());
    assert!(call(&api).await.is_ok());
    assert_eq!(connections(&seen), [0, 0, 1, 1, 1]);
}

#[tokio::test]
async fn nobody_listening_is_told_after_three_attempts() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let api = Cloud::emulated(&format!("http://127.0.0.1:{port}")).unwrap().client(SQS).unwrap();
    assert_eq!(call(&api).await, Err(Trouble::Broken));
}

#[tokio::test]
async fn silence_ends() {
    let (api, seen) = server(&[Silence; 3]).await;
    let before = tokio::time::Instant::now();
    assert_eq!(call(&api).await, Err(Trouble::Silent));
    let took = before.elapsed();
    assert!(took >= ATTEMPT_TIMEOUT * 2 && took < CALL_TIMEOUT + Duration::from_secs(1), "{took:?}");
    assert_eq!(connections(&seen), [0, 1, 2]);
    let (api, seen) = server(&[Silence, OK]).await;
    assert!(call(&api).await.is_ok());
    assert_eq!(connections(&seen), [0, 1]);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let (api, _) = server(&[Endless]).await;
    assert_eq!(call(&api).await, Err(Trouble::Garbled));
}

#[tokio::test]
async fn no_secret_is_in_what_is_printed() {
    let credentials = Credentials {
        key_id: "AKIDEXAMPLE".to_owned(),
        secret_key: "hunter2".into(),
        session_token: Some("hunter2-token".into()),
    };
    let endpoint = Endpoint::of("sqs", "eu-central-1");
    let tls = crate::trust::Trust::Amazon.tls().unwrap();
    let api = JsonApi::new(SQS, "eu-central-1".to_owned(), credentials, endpoint, tls);
    let printed = format!("{api:?}");
    assert!(printed.contains("AKIDEXAMPLE") && !printed.contains("hunter2"), "{printed}");
    let request = api.request("SendMessageBatch", Bytes::new(), 0).unwrap();
    assert_eq!(request.headers()["x-amz-security-token"], "hunter2-token");
    let authorization = request.headers()["authorization"].to_str().unwrap();
    assert!(
        authorization
            .contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,")
    );
    let printed = format!("{request:?}");
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn waits_between_attempts_grow_and_differ() {
    for attempts in [1, 2] {
        let waits: Vec<Duration> = (0..200).map(|_| backoff(attempts)).collect();
        let most = FIRST_BACKOFF * attempts;
        assert!(waits.iter().all(|wait| *wait < most));
        assert!(waits.iter().any(|wait| *wait > most / 2) && waits.iter().any(|wait| *wait < most / 2));
    }
}
