//! Signatures against the vectors that AWS publishes, and against the SDK's signer.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as SdkCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use secrecy::{ExposeSecret, SecretString};

use super::sign::{Credentials, Scope, authorization, time};

/// From AWS's own suite, as are the signatures below: 30 August 2015, 12:36.
const SECONDS: i64 = 1_440_938_160;
const TIME: &str = "20150830T123600Z";
const SESSION_TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

fn example() -> Credentials {
    let (key_id, secret_key) =
        ("AKIDEXAMPLE".to_owned(), SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
    Credentials { key_id, secret_key, session_token: None }
}

#[test]
fn the_published_vectors_are_met() {
    let scope = Scope { region: "us-east-1", service: "service" };
    let host = ("host", "example.amazonaws.com");
    let date = ("x-amz-date", TIME);
    let form_digest = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";
    let form = [
        ("content-length", "13"),
        ("content-type", "application/x-www-form-urlencoded"),
        host,
        ("x-amz-content-sha256", form_digest),
        date,
    ];
    for (vector, headers, body, names, signature) in [
        (
            "post-vanilla",
            &[host, date][..],
            "",
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "post-header-key-sort",
            &[host, ("my-header1", "value1"), date],
            "",
            "host;my-header1;x-amz-date",
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        ),
        (
            "post-sts-header-before",
            &[host, date, ("x-amz-security-token", SESSION_TOKEN)],
            "",
            "host;x-amz-date;x-amz-security-token",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        ),
        (
            "post-x-www-form-urlencoded",
            &form,
            "Param1=value1",
            "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
            "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
        ),
    ] {
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={names}, \
             Signature={signature}"
        );
        assert_eq!(
            authorization(&example(), scope, TIME, "/", headers, body.as_bytes()),
            expected,
            "{vector}"
        );
    }
}

#[test]
fn times_are_written_as_signatures_carry_them() {
    for (seconds, written) in [
        (SECONDS, TIME),
        (0, "19700101T000000Z"),
        (1_709_251_199, "20240229T235959Z"),
        (4_102_444_800, "21000101T000000Z"),
    ] {
        assert_eq!(time(seconds), written);
    }
}

/// What we say, and what the SDK's signer says to the same request.
#[test]
fn the_sdk_signs_alike() {
    for (service, region, target, body) in [
        (
            "sqs",
            "eu-central-1",
            "AmazonSQS.SendMessageBatch",
            r#"{"QueueUrl":"https://x/1/q.fifo","Entries":[]}"#,
        ),
        (
            "ssm",
            "cn-north-1",
            "AmazonSSM.GetParameters",
            r#"{"Names":["/deskbridge/ä"],"WithDecryption":true}"#,
        ),
        ("ssm", "us-gov-west-1", "AmazonSSM.GetParameter", ""),
    ] {
        let mut credentials = example();
        credentials.session_token = Some(SecretString::from(SESSION_TOKEN));
        let host = format!("{service}.{region}.amazonaws.com");
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("host", &host), ("x-amz-target", target)];
        let theirs = sdk_signs(&credentials, Scope { region, service }, &headers, body);
        let [kind, host, target] = headers;
        let headers = [kind, host, ("x-amz-date", TIME), ("x-amz-security-token", SESSION_TOKEN), target];
        let ours =
            authorization(&credentials, Scope { region, service }, TIME, "/", &headers, body.as_bytes());
        assert_eq!(ours, theirs, "{service} {region}");
    }
}

fn sdk_signs(credentials: &Credentials, scope: Scope<'_>, headers: &[(&str, &str)], body: &str) -> String {
    let secret = credentials.secret_key.expose_secret();
    let identity =
        SdkCredentials::new(&credentials.key_id, secret, Some(SESSION_TOKEN.to_owned()), None, "test").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(UNIX_EPOCH + Duration::from_secs(SECONDS.unsigned_abs()))
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let url = format!("https://{}/", headers[1].1);
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", url, headers.iter().copied(), body).unwrap();
    let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
    let mut signed = instructions.headers();
    signed.find(|(name, _)| *name == "authorization").map(|(_, value)| value.to_owned()).unwrap()
}
