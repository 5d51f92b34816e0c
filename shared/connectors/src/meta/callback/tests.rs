//! Meta's published form of signed requests, and what is not one.

use super::*;
use crate::meta::door;

/// `{"user_id":"42","algorithm":"HMAC-SHA256","issued_at":1700000000}` under `app-secret-1`.
const GOOD: &str = "2xxs0PDlu3gAaA0Cv-mrrF_S352BnYKtnAybgWnwDG4.eyJ1c2VyX2lkIjoiNDIiLCJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTcwMDAwMDAwMH0";

fn secrets(values: &[&str]) -> Vec<SecretString> {
    values.iter().map(|value| SecretString::from(*value)).collect()
}

fn post(query: &str, fields: &[(&str, &str)]) -> Request {
    let url = Url::parse(&format!("http://bridge.example/hooks/a{query}")).unwrap();
    Request::new(Method::POST, url).form(fields)
}

fn callback(query: &str) -> Verified {
    door::verify(post(query, &[(FIELD, GOOD)]), &secrets(&["app-secret-1"])).unwrap()
}

fn signed(payload: &str, secret: &str) -> String {
    let encoded = BASE64.encode(payload);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(encoded.as_bytes());
    format!("{}.{encoded}", BASE64.encode(mac.finalize().into_bytes()))
}

#[test]
fn the_published_vector_verifies_under_any_of_several_secrets() {
    for keys in [&["app-secret-1"][..], &["old", "app-secret-1"], &["app-secret-1", "next"]] {
        assert!(door::verify(post("", &[(FIELD, GOOD)]), &secrets(keys)).is_ok());
    }
    let lower = signed(r#"{"algorithm":"hmac-sha256","user_id":"42"}"#, "app-secret-1");
    assert!(door::verify(post("", &[(FIELD, &lower)]), &secrets(&["app-secret-1"])).is_ok());
}

#[test]
fn everything_else_is_turned_away() {
    let flipped = GOOD.replacen("2xxs", "3xxs", 1);
    let other_payload = GOOD.replacen("NDIi", "NDMi", 1);
    let padded = GOOD.replacen("DG4.", "DG4=.", 1);
    let algorithm = signed(r#"{"algorithm":"HMAC-SHA1","user_id":"42"}"#, "app-secret-1");
    let no_algorithm = signed(r#"{"user_id":"42"}"#, "app-secret-1");
    let foreign = signed(r#"{"algorithm":"HMAC-SHA256"}"#, "other");
    for (value, wanted) in [
        (flipped.as_str(), Reject::WrongSignature),
        (&other_payload, Reject::WrongSignature),
        (&foreign, Reject::WrongSignature),
        (&padded, Reject::MalformedSignature),
        (&algorithm, Reject::MalformedSignature),
        (&no_algorithm, Reject::MalformedSignature),
        (&GOOD[..20], Reject::MalformedSignature),
        ("", Reject::MalformedSignature),
        (".", Reject::MalformedSignature),
        ("AAAA.e30", Reject::MalformedSignature),
    ] {
        let refused = door::verify(post("", &[(FIELD, value)]), &secrets(&["app-secret-1"])).unwrap_err();
        assert_eq!((refused, refused.status()), (wanted, 401), "{value}");
    }
    let twice = post("", &[(FIELD, GOOD), (FIELD, GOOD)]);
    assert_eq!(door::verify(twice, &secrets(&["app-secret-1"])).unwrap_err(), Reject::MalformedSignature);
    let none = post("", &[("other", GOOD)]);
    assert_eq!(door::verify(none, &secrets(&["app-secret-1"])).unwrap_err(), Reject::NoSignature);
    assert_eq!(door::verify(post("", &[(FIELD, GOOD)]), &[]).unwrap_err(), Reject::WrongSignature);
}

#[test]
fn a_callback_is_shown_to_whoever_runs_the_bridge_and_reads_the_same_again() {
    for (query, kind) in [("?callback=deauthorize", "deauthorize_callback"), ("", "data_deletion_callback")] {
        let inbound = parse(&callback(query), "1001").unwrap();
        let [Inbound { owner, event }] = inbound.as_slice() else { panic!("one event") };
        let What::Unknown { kind: told, raw } = &event.what else { panic!("{event:?}") };
        assert_eq!(
            (owner.as_str(), told.as_str(), event.at),
            ("1001", kind, Moment::from_seconds(1_700_000_000))
        );
        let kept = Request { body: raw.clone().into(), ..post("", &[]) };
        assert_eq!(parse(&Verified::kept(kept), "1001"), Some(inbound));
    }
    let json = Request { body: "{\"signed_request\":1}".into(), ..post("", &[]) };
    assert_eq!(parse(&Verified::kept(json), "1001"), None);
}

#[test]
fn a_deletion_is_answered_with_a_code_and_its_page() {
    let keys = secrets(&["app-secret-1", "next"]);
    assert!(receipt(&callback("?callback=deauthorize"), &keys).is_none(), "200 is enough");
    let answer: serde_json::Value = receipt(&callback(""), &keys).unwrap().parse().unwrap();
    let (url, code) = (answer["url"].as_str().unwrap(), answer["confirmation_code"].as_str().unwrap());
    assert_eq!(url, format!("https://bridge.example/hooks/a?deletion={code}"));
    assert!(code.len() == 24 && code.bytes().all(|byte| byte.is_ascii_hexdigit()), "{code}");

    let ask = |url: &str, keys: &[SecretString]| status(&Request::get(Url::parse(url).unwrap()), keys);
    let page = ask(url, &secrets(&["next", "app-secret-1"])).unwrap();
    assert!(page.status == 200 && String::from_utf8_lossy(&page.body).contains(code));
    for wrong in [
        &url.replace(code, &"0".repeat(24)),
        &url[..url.len() - 1],
        "https://b.example/?deletion=<b>",
        "https://b.example/?deletion=",
    ] {
        let page = ask(wrong, &keys).unwrap();
        assert!(page.status == 404 && !String::from_utf8_lossy(&page.body).contains('<'), "{wrong}");
    }
    assert!(ask("https://b.example/?other=1", &keys).is_none());
}

#[test]
fn the_page_is_where_the_outside_finds_it() {
    let at = |host: &str, forwarded: Option<&str>| {
        let request = Request::get(Url::parse(&format!("http://{host}/hooks/a?callback=x")).unwrap());
        let request =
            forwarded.iter().fold(request, |request, host| request.header("x-forwarded-host", host));
        page(&request, "c0de").to_string()
    };
    assert_eq!(at("bridge.example", None), "https://bridge.example/hooks/a?deletion=c0de");
    assert_eq!(at("10.0.0.7:8080", Some("bridge.example")), "https://bridge.example/hooks/a?deletion=c0de");
    assert_eq!(at("127.0.0.1:8080", None), "http://127.0.0.1:8080/hooks/a?deletion=c0de");
}
