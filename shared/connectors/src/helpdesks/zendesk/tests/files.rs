//! Customers' files into a ticket, agents' files out of it.

use std::time::Duration;

use deskbridge_core::effect::{Change, NewFiles, Outcome, Reason, Receipt, Redaction, Refusal};
use deskbridge_core::file::{FileRef, RemoteFile};
use deskbridge_core::model::{Attachment, Surface};

use super::*;
use crate::http::{BodyPart, PipeFailure, Request};
use crate::{Query, Reading, Trouble};

const ONE: &str = "POST /api/v2/uploads?filename=a+b.png";
const NEXT: &str = "POST /api/v2/uploads?filename=b.png&token=tok";
const COMMENT: &str = "PUT /api/v2/tickets/35";

fn file(name: &str) -> RemoteFile {
    RemoteFile {
        url: "https://scontent.xx.fbcdn.net/1.png".to_owned(),
        headers: Vec::new(),
        name: name.to_owned(),
        content_type: "image/png".to_owned(),
        bytes: Some(70),
        head: b"\x89PNG".to_vec(),
    }
}

fn attach(files: &[&str]) -> Effect {
    let Change::AppendComment(comment) = comment(TicketStatus::Open, Some("9")).change else {
        unreachable!()
    };
    let files = files.iter().map(|name| file(name)).collect();
    effect(Change::AttachFiles(NewFiles { comment, files }))
}

fn uploaded() -> Answer {
    answer(201, json!({"upload": {"token": "tok", "attachment": {"id": 1}}}))
}

fn body() -> Value {
    json!({"ticket": {
        "comment": {"html_body": "<p>Any news?</p>", "public": true, "author_id": 9, "uploads": ["tok"]},
        "metadata": {"deskbridge": "db-0000000000000abc", "deskbridge_parts": "000000000008 000000000009"},
    }})
}

fn step(effect: &Effect, turns: Vec<Turn>) -> (Outcome, Vec<Exchange>) {
    play_recording(turns, |past| zendesk().step(effect, &session(), past))
}

#[test]
fn all_files_of_a_message_share_a_token_and_a_comment() {
    let made = json!({"ticket": {"id": 35, "status": "open"}, "audit": {"id": 8, "events": [{"id": 77, "type": "Comment"}]}});
    let turns = vec![
        (ONE, Value::Null, uploaded()),
        (NEXT, Value::Null, uploaded()),
        (COMMENT, body(), answer(200, made)),
    ];
    let (outcome, exchanges) = step(&attach(&["a b.png", "b.png"]), turns);
    assert!(matches!(outcome, Outcome::Done(Receipt { id, .. }) if id == "77"));
    let upload = &exchanges[0].request;
    assert_eq!(upload.only_header("content-type"), Some("image/png"));
    let [BodyPart::From(source)] = upload.parts.as_slice() else { panic!("the file is the body") };
    assert_eq!(
        (source.bytes, source.request.url.as_str()),
        (Some(70), "https://scontent.xx.fbcdn.net/1.png")
    );
    assert!(source.request.headers.is_empty(), "our credential is for Zendesk");
}

#[test]
fn an_upload_may_be_made_again_and_a_refusal_is_about_the_file() {
    let later = |seconds| Outcome::RetryAfter(Duration::from_secs(seconds));
    for (answer, expected) in [
        (Answer::Lost, later(1)),
        (Answer::NotPiped(PipeFailure::Broken), later(10)),
        (answer(500, json!({})), later(30)),
        (
            Answer::NotPiped(PipeFailure::TooLarge),
            Outcome::Refused(Refusal::new(Reason::Content, "too large to hold")),
        ),
        (answer(413, json!({})), Outcome::Refused(Refusal::new(Reason::Content, "413"))),
        (
            answer(422, json!({"error": "AttachmentTooLarge"})),
            Outcome::Refused(Refusal::new(Reason::Content, "422 AttachmentTooLarge")),
        ),
    ] {
        let (outcome, _) = step(&attach(&["a b.png"]), vec![(ONE, Value::Null, answer)]);
        assert_eq!(outcome, expected);
    }
    let turns = vec![(ONE, Value::Null, uploaded()), (COMMENT, body(), Answer::Lost)];
    assert_eq!(step(&attach(&["a b.png"]), turns).0, Outcome::Unknown, "only the comment is seen");
}

/// What is asked for when this file is looked at, each time with the answer.
fn looked(by: &str, answers: &[Response]) -> (Result<Reading, Trouble>, Vec<Request>) {
    let file = Some(FileRef::by(by));
    let attachment =
        Attachment { kind: "photo".to_owned(), url: None, title: Some("a.png".to_owned()), file };
    let query = Query::File { surface: Surface::Direct, message: "7".to_owned(), at: 0, attachment };
    let mut exchanges: Vec<Exchange> = Vec::new();
    loop {
        match zendesk().read(&query, &session(), &exchanges) {
            Next::Settled(read) => return (read, exchanges.into_iter().map(|one| one.request).collect()),
            Next::Call(request) => {
                let answer = Answer::Response(answers[exchanges.len()].clone());
                exchanges.push(Exchange { request: *request, answer });
            }
        }
    }
}

#[test]
fn our_credential_goes_to_our_account_and_nowhere_else() {
    let moved = Response::empty(302).header("location", "https://p19.zdusercontent.com/attachment/1?token=x");
    let png = Response { body: b"\x89PNG\r\n\x1a\n".as_slice().into(), ..Response::empty(200) };
    let (read, requests) = looked("https://acme.zendesk.com/attachments/token/x/?name=a.png", &[moved, png]);
    let has_credential = |request: &Request| request.headers.contains_key(header::AUTHORIZATION);
    assert_eq!(requests.iter().map(has_credential).collect::<Vec<_>>(), [true, false]);
    let Ok(Reading::File(file)) = read else { panic!("{read:?}") };
    assert_eq!((file.name.as_str(), file.headers.as_slice()), ("a.png", &[][..]));
    assert_eq!(file.url, "https://p19.zdusercontent.com/attachment/1?token=x");
    for by in ["https://evil.example/a.png", "http://acme.zendesk.com/a.png", "https://169.254.169.254/"] {
        let (read, requests) = looked(by, &[]);
        assert!(matches!(read, Err(Trouble::Refused(_))) && requests.is_empty(), "{by}");
    }
}

#[test]
fn the_files_of_a_removed_message_are_emptied_once() {
    let comment = |files: Value| json!({"id": 777, "type": "Comment", "public": true, "html_body": "<p>\u{2587}</p>", "attachments": files});
    let audit = |files| {
        let custom = json!({"deskbridge": "db-0000000000000abc", "deskbridge_parts": "000000000008"});
        let audit = json!({"id": 12, "created_at": "2026-11-22T14:12:00Z", "metadata": {"custom": custom},
            "events": [comment(files)]});
        answer(200, json!({"audits": [audit], "meta": {"has_more": false}}))
    };
    let (conversation, tickets) = ("acme:post:1".to_owned(), vec!["35".to_owned()]);
    let redaction = Redaction { message: 8, conversation, tickets, subject: "x".to_owned() };
    let redaction = effect(Change::Redact(redaction));
    let files = json!([{"id": 5, "file_name": "a.png"}, {"id": 6, "file_name": "redacted.txt"}]);
    let by_key = "GET /api/v2/tickets?external_id=acme:post:1&page[size]=100";
    let listed = (by_key, Value::Null, answer(200, json!({"tickets": []})));
    let audits = "GET /api/v2/tickets/35/audits?sort=-created_at&page[size]=100";
    let emptied =
        ("PUT /api/v2/tickets/35/comments/777/attachments/5/redact", json!({}), answer(200, json!({})));
    let (outcome, _) = step(&redaction, vec![listed, (audits, Value::Null, audit(files)), emptied]);
    assert_eq!(outcome, Outcome::Done(Receipt::of("777")));
}
