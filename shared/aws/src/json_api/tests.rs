//! The client against a server that misbehaves by a script.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::scripted::Act::{Answer, AnswerAndClose, Close, Endless, Silence};
use super::scripted::{Act, Server};
use super::*;
use crate::cloud::Cloud;

const OK: Act = Answer(200, "{\"fine\":true}");
const THROTTLED: Act = Answer(400, "{\"__type\":\"ThrottlingException\",\"message\":\"what Paula wrote\"}");

async fn against(script: &[Act]) -> (JsonApi, Server) {
    let server = Server::start(script).await;
    (Cloud::emulated(&server.url).unwrap().client(SSM).unwrap(), server)
}

async fn call(api: &JsonApi) -> Result<Value, Trouble> {
    api.call("GetParameter", &json!({ "a": "end" })).await
}

fn refused(status: u16, code: &str) -> Trouble {
    Trouble::Refused { status, code: code.to_owned() }
}

#[tokio::test]
async fn a_call_is_a_signed_post_and_connections_are_kept() {
    let (api, server) = against(&[OK, Answer(400, "{\"__type\":\"a#ParameterNotFound\"}"), OK]).await;
    assert_eq!(call(&api).await, Ok(json!({ "fine": true })));
    assert_eq!(call(&api).await, Err(refused(400, "ParameterNotFound")));
    assert_eq!(call(&api).await, Ok(json!({ "fine": true })));
    assert_eq!(server.connections(), [0, 0, 0]);
    let request = &server.requests()[0];
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
    let (api, server) = against(&[OK; 4]).await;
    let (one, two) = tokio::join!(call(&api), call(&api));
    assert!(one.is_ok() && two.is_ok());
    assert!(call(&api).await.is_ok());
    let mut used = server.connections();
    used.truncate(2);
    used.sort_unstable();
    assert_eq!(used, [0, 1]);
    assert!(server.connections()[2] < 2, "both are kept");
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
        let (api, server) = against(&script).await;
        assert_eq!(call(&api).await, result);
        assert_eq!(server.connections().len(), attempts, "{result:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_no_attempt() {
    // Seen by us before the next call or not: both may happen.
    let (api, server) = against(&[AnswerAndClose(200, "{}"), AnswerAndClose(200, "{}"), OK]).await;
    for _ in 0..3 {
        assert!(call(&api).await.is_ok());
    }
    assert_eq!(server.connections(), [0, 1, 2]);
    // Broken under the request: a fresh connection at once, and still three attempts.
    let (api, server) = against(&[OK, Close, THROTTLED, THROTTLED, OK]).await;
    assert!(call(&api).await.is_ok());
    assert!(call(&api).await.is_ok());
    assert_eq!(server.connections(), [0, 0, 1, 1, 1]);
}

#[tokio::test]
async fn nobody_listening_is_told_after_three_attempts() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let api = Cloud::emulated(&format!("http://127.0.0.1:{port}")).unwrap().client(SQS).unwrap();
    assert_eq!(call(&api).await, Err(Trouble::Broken));
}

#[tokio::test]
async fn silence_ends() {
    let (api, server) = against(&[Silence; 3]).await;
    let before = tokio::time::Instant::now();
    assert_eq!(call(&api).await, Err(Trouble::Silent));
    let took = before.elapsed();
    assert!(took >= ATTEMPT_TIMEOUT * 2 && took < CALL_TIMEOUT + Duration::from_secs(1), "{took:?}");
    assert_eq!(server.connections(), [0, 1, 2]);
}

#[tokio::test]
async fn one_silent_connection_is_left() {
    let (api, server) = against(&[Silence, OK]).await;
    assert!(call(&api).await.is_ok());
    assert_eq!(server.connections(), [0, 1]);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let (api, _) = against(&[Endless]).await;
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
    let connections = Connections::new(endpoint, tls);
    let api = JsonApi::new(SQS, "eu-central-1".to_owned(), credentials, connections);
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
