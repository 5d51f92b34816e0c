//! Bad input over the wire.

use deskbridge_connectors::http::{HeaderValue, Method};
use deskbridge_tests::sign_meta;

use crate::process::eventually;
use deskbridge_tests::live::{APP_SECRET, comment, knock, text, tickets};

use crate::demo_process::Demo;

const DOOR: &str = "/hooks/acme-facebook";
const LIMIT: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_their_status_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    let bridge = &demo.bridge;
    let good = comment("1001_100", "100_1", ("2001", "Paula Novak"), "Real");
    let signed = |method: Method, path: &str, body: &[u8]| {
        let mut request =
            bridge.request(method, path).header("x-hub-signature-256", &sign_meta(APP_SECRET, body));
        request.body = body.to_vec().into();
        request
    };
    let mut twice = signed(Method::POST, DOOR, &good);
    let signature = twice.headers["x-hub-signature-256"].clone();
    twice.headers.append("x-hub-signature-256", signature);
    let mut other_first = signed(Method::POST, DOOR, &good);
    other_first.headers.append("x-hub-signature-256", HeaderValue::from_static("sha256=00"));
    let mut unsigned = signed(Method::POST, DOOR, &good);
    unsigned.headers.remove("x-hub-signature-256");
    let mut flipped = signed(Method::POST, DOOR, &good);
    flipped.body = String::from_utf8_lossy(&good).replace("Real", "Reel").into_bytes().into();
    let padded = |length: usize| {
        let mut body = good.clone();
        body.resize(length, b' ');
        body
    };
    let bad_signature =
        |value: &'static str| signed(Method::POST, DOOR, &good).header("x-hub-signature-256", value);
    let table = [
        ("a byte too long", 413, signed(Method::POST, DOOR, &padded(LIMIT + 1))),
        (
            "much too long, and unsigned",
            413,
            signed(Method::POST, DOOR, &padded(3 * LIMIT)).header("x-hub-signature-256", ""),
        ),
        ("unknown door", 404, signed(Method::POST, "/hooks/nobody", &good)),
        ("no door", 404, signed(Method::POST, "/hooks/", &good)),
        ("GET without a challenge", 405, bridge.request(Method::GET, DOOR)),
        ("PUT", 405, signed(Method::PUT, DOOR, &good)),
        ("DELETE", 405, bridge.request(Method::DELETE, DOOR)),
        ("the signature twice", 401, twice),
        ("a second, wrong signature", 401, other_first),
        ("no signature", 401, unsigned),
        ("one byte flipped", 401, flipped),
        ("a signature that is none", 401, bad_signature("sha256=zz")),
        ("the old algorithm", 401, bad_signature("sha1=0000000000000000000000000000000000000000")),
        (
            "another app's signature",
            401,
            signed(Method::POST, DOOR, &good).header("x-hub-signature-256", &sign_meta("other", &good)),
        ),
        ("Zendesk's door, signed by Meta", 401, signed(Method::POST, "/hooks/acme-zendesk", &good)),
    ];
    for (what, status, request) in table {
        let response = bridge.ask(request).await;
        assert_eq!(response.status, status, "{what}: {}", text(&response));
    }
    assert!(tickets(&demo.sites.zendesk).await.is_empty());
    let metrics = bridge.get("/metrics").await.1;
    assert!(metrics.contains("deskbridge_rejected_total{reason="), "{metrics}");
    assert_eq!(bridge.metric("deskbridge_queue_depth").await, Some(0.0));

    // At the limit it is taken, and it is the only thing that became a ticket.
    assert_eq!(knock(bridge, "acme-facebook", &padded(LIMIT)).await, 200);
    eventually("the webhook becomes a ticket", async || {
        (tickets(&demo.sites.zendesk).await.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_is_answered_only_to_who_knows_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    let ask = async |query: &str| demo.bridge.get(&format!("{DOOR}?{query}")).await;
    let right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=demo-verify-token";
    assert_eq!(ask(right).await, (200, "1158201444".to_owned()));
    for wrong in [
        "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=wrong",
        "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1158201444",
    ] {
        let (status, text) = ask(wrong).await;
        assert_eq!(status, 403, "{wrong}");
        assert!(!text.contains("1158201444"), "{wrong}: {text}");
    }
}
