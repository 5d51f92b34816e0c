//! Who gets in, and what a door answers to everybody else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http::{HeaderName, HeaderValue, Method, Request, Response, Url};
use deskbridge_engine::BODY_BYTES_MAX;
use deskbridge_tests::{CONFIG, Desk, House, sign_meta};
use serde_json::{Value, json};

fn url(path: &str) -> Url {
    format!("http://127.0.0.1:8080{path}").parse().expect("an address")
}

pub(super) async fn knock_freshdesk(house: &House, key: &str, hint: &Value) -> Response {
    let request = Request::new(Method::POST, url("/hooks/globex-freshdesk")).json(hint);
    house.knock(request.header("x-deskbridge-key", key)).await
}

fn message() -> Vec<u8> {
    let item = json!({"sender": {"id": "3001"}, "recipient": {"id": "1001"}, "timestamp": 1_795_000_000_000_u64,
        "message": {"mid": "m_1", "text": "caf\u{e9} \u{1f600}"}});
    json!({"object": "page", "entry": [{"id": "1001", "time": 1_795_000_000_000_u64, "messaging": [item]}]})
        .to_string()
        .into_bytes()
}

async fn knock(house: &House, signatures: &[&str], body: &[u8]) -> Response {
    let mut request = Request::new(Method::POST, url("/hooks/acme-facebook"));
    request.body = body.to_vec().into();
    for signature in signatures {
        let name = HeaderName::from_static("x-hub-signature-256");
        request.headers.append(name, HeaderValue::from_str(signature).expect("a header"));
    }
    house.knock(request).await
}

/// `{"user_id":"42","algorithm":"HMAC-SHA256","issued_at":1700000000}` under `app-secret-1`.
const SIGNED_REQUEST: &str = "2xxs0PDlu3gAaA0Cv-mrrF_S352BnYKtnAybgWnwDG4.eyJ1c2VyX2lkIjoiNDIiLCJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTcwMDAwMDAwMH0";

#[tokio::test]
async fn metas_callbacks_are_answered_and_shown_to_the_operator() {
    let config = CONFIG.replace("env:APP_SECRET", "env:CALLBACK_SECRET");
    for door in ["acme-facebook", "globex-whatsapp"] {
        let house = House::open_with(&config, &[("env:CALLBACK_SECRET", "app-secret-1")]).await;
        let call = async |query: &str, signed: &str| {
            let request = Request::new(Method::POST, url(&format!("/hooks/{door}{query}")));
            house.knock(request.form(&[("signed_request", signed)])).await
        };
        let answer = call("?callback=deletion", SIGNED_REQUEST).await;
        let answer: Value = answer.parse().expect("JSON");
        let page: Url = answer["url"].as_str().and_then(|url| url.parse().ok()).expect("an address");
        let page = house.knock(Request::get(page)).await;
        let text = String::from_utf8_lossy(&page.body).into_owned();
        assert_eq!(page.status, 200);
        assert!(text.contains(answer["confirmation_code"].as_str().expect("a code")), "{text}");
        house.pass(std::time::Duration::from_secs(1));
        assert_eq!(call("?callback=deauthorize", SIGNED_REQUEST).await.status, 200);
        let forged = SIGNED_REQUEST.replacen("2xxs", "3xxs", 1);
        assert_eq!(call("?callback=deletion", &forged).await.status, 401);
        assert_eq!(call("", "").await.status, 401);
        assert_eq!(house.knock(Request::get(url(&format!("/hooks/{door}?deletion=c0de")))).await.status, 404);
        house.settle().await;
        let reasons: Vec<String> = house.quarantined().await.into_iter().map(|held| held.reason).collect();
        assert_eq!(reasons.len(), 2, "{reasons:?}");
        for kind in ["data_deletion_callback", "deauthorize_callback"] {
            assert!(reasons.iter().any(|reason| reason.contains(kind)), "{reasons:?}");
        }
    }
}

#[tokio::test]
async fn nothing_gets_in_without_a_good_signature_and_the_reason_is_counted() {
    let house = House::open().await;
    let body = message();
    let good = sign_meta("demo-app-secret", &body);
    let upper = good.to_uppercase();
    let foreign = sign_meta("other-secret", &body);
    for (signatures, reason) in [
        (&[][..], "no_signature"),
        (&[""], "malformed_signature"),
        (&["sha256="], "malformed_signature"),
        (&["sha1=0123"], "malformed_signature"),
        (&[&good[7..]], "malformed_signature"),
        (&[upper.as_str()], "malformed_signature"),
        (&[good.as_str(), good.as_str()], "malformed_signature"),
        (&[foreign.as_str()], "wrong_signature"),
    ] {
        let response = knock(&house, signatures, &body).await;
        assert_eq!(response.status, 401, "{signatures:?}");
        let told = house.told();
        assert!(told.contains(reason) && told.contains("acme-facebook"), "{signatures:?}: {told}");
    }
    assert_eq!(house.bridge.world.queue.depth(), 0);
    assert_eq!(knock(&house, &[&good], &body).await.status, 200);
    house.settle().await;
    assert_eq!(Desk::Zendesk.ticket(&house).times_said("caf\u{e9} \u{1f600}"), 1);
}

#[tokio::test]
async fn one_flipped_byte_anywhere_in_the_body_is_refused() {
    let house = House::open().await;
    let body = message();
    let good = sign_meta("demo-app-secret", &body);
    for at in 0..body.len() {
        let mut flipped = body.clone();
        flipped[at] ^= 1;
        assert_eq!(knock(&house, &[&good], &flipped).await.status, 401, "byte {at}");
    }
    assert_eq!(house.bridge.world.queue.depth(), 0);
}

#[tokio::test]
async fn during_a_rotation_both_keys_open_the_door() {
    let house = House::open_with(
        &CONFIG.replacen(r#""env:APP_SECRET""#, r#"["env:APP_SECRET", "env:OLD"]"#, 1),
        &[("env:OLD", "old-secret")],
    )
    .await;
    for secret in ["old-secret", "demo-app-secret"] {
        let body = message();
        assert_eq!(knock(&house, &[&sign_meta(secret, &body)], &body).await.status, 200, "{secret}");
    }
    let body = message();
    assert_eq!(knock(&house, &[&sign_meta("old-secretdemo-app-secret", &body)], &body).await.status, 401);
    house.settle().await;
    assert_eq!(Desk::Zendesk.ticket(&house).said().len(), 1);
}

#[tokio::test]
async fn the_handshake_answers_the_challenge_only_to_those_who_know_the_token() {
    let house = House::open().await;
    let ask = |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        Request::get(url(&format!("/hooks/acme-facebook?{query}")))
    };
    let good = house.knock(ask("demo-verify-token")).await;
    assert_eq!((good.status, &good.body[..]), (200, &b"1158201444"[..]));
    for token in ["", "demo-verify-toke", "Demo-verify-token"] {
        let response = house.knock(ask(token)).await;
        assert_eq!(response.status, 403, "{token}");
        assert!(!String::from_utf8_lossy(&response.body).contains("1158201444"));
    }
    assert!(house.told().contains("wrong_verify_token"));
}

#[tokio::test]
async fn too_large_unknown_and_wrong_method_have_their_own_answers() {
    let house = House::open().await;
    let large = vec![b' '; BODY_BYTES_MAX + 1];
    assert_eq!(knock(&house, &[&sign_meta("demo-app-secret", &large)], &large).await.status, 413);
    let fits = vec![b' '; BODY_BYTES_MAX];
    assert_eq!(knock(&house, &[&sign_meta("demo-app-secret", &fits)], &fits).await.status, 200);
    assert_eq!(house.knock(Request::new(Method::POST, url("/hooks/nobody"))).await.status, 404);
    assert_eq!(house.knock(Request::new(Method::PUT, url("/hooks/acme-facebook"))).await.status, 405);
    assert_eq!(house.knock(Request::get(url("/hooks/acme-facebook"))).await.status, 405);
    assert_eq!(house.knock(Request::get(url("/hooks/acme-zendesk"))).await.status, 405);
    house.settle().await;
    assert!(!house.quarantined().await.is_empty(), "authentic, but nothing in it");
}

#[tokio::test]
async fn an_authentic_body_that_is_not_understood_is_answered_200_and_kept_byte_for_byte() {
    for body in [&b"not json"[..], b"[1,2]", b"{}", b"\xff\xfe", b""] {
        let house = House::open().await;
        assert_eq!(house.knock_signed("acme-facebook", body).await.status, 200);
        house.settle().await;
        let held = house.quarantined().await;
        assert_eq!(held.len(), 1, "{body:?}");
        let kept = BASE64.decode(&held[0].body).unwrap();
        assert_eq!(kept, body);
    }
}

#[tokio::test]
async fn when_the_queue_refuses_the_platform_is_asked_to_come_again_and_nothing_is_stored() {
    for desk in Desk::BOTH {
        let house = House::open().await;
        house.bridge.world.queue.refuse(true);
        desk.message(&house, "Hello?");
        house.deliver_webhooks().await;
        assert!(house.told().contains("queue_refused"));
        assert_eq!(house.bridge.world.store.counts().0, 0);
        house.bridge.world.queue.refuse(false);
        house.settle_within(std::time::Duration::from_secs(7200)).await;
        assert_eq!(desk.ticket(&house).times_said("Hello?"), 1);
    }
}

#[tokio::test]
async fn a_helpdesks_door_wants_its_own_key() {
    let house = House::open().await;
    let hint = json!({"ticket_id": 1});
    for key in ["demo-freshdesk-hook-ke", "demo-bridge-key", "demo-app-secret"] {
        assert_eq!(knock_freshdesk(&house, key, &hint).await.status, 401, "{key}");
    }
    let bare = Request::new(Method::POST, url("/hooks/globex-freshdesk")).json(&hint);
    assert_eq!(house.knock(bare).await.status, 401);
    let unsigned = Request::new(Method::POST, url("/hooks/acme-zendesk")).json(&hint);
    assert_eq!(house.knock(unsigned).await.status, 401);
    assert_eq!(house.bridge.world.queue.depth(), 0);
}
