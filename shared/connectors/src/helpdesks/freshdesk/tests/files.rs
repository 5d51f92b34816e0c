//! Customers' files in a note of their own.

use deskbridge_core::effect::{NewFiles, Outcome, Reason, Redaction};
use deskbridge_core::file::RemoteFile;

use super::*;
use crate::http::PipeFailure;

fn attach() -> Effect {
    let file = RemoteFile {
        url: "https://scontent.xx.fbcdn.net/1.png".to_owned(),
        headers: Vec::new(),
        name: "photo.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: Some(5),
        head: b"hello".to_vec(),
    };
    let comment = NewComment {
        ticket: "35".to_owned(),
        status: TicketStatus::Open,
        customer: kim(Some("9")),
        html: "<p>Here</p>".to_owned(),
        parts: vec![8],
        card: Card::default(),
    };
    effect(Change::AttachFiles(NewFiles { comment, files: vec![file] }))
}

fn step(turns: Vec<Turn>) -> Outcome {
    play(turns, |past| plain().step(&attach(), &crate::Session::unneeded(), past))
}

#[test]
fn the_note_and_its_files_are_one_form() {
    let Next::Call(request) = plain().step(&attach(), &crate::Session::unneeded(), &[]) else {
        panic!("asks")
    };
    let fetched = Answer::Response(Response::text(200, "hello"));
    let whole = request.in_one_piece(|source| {
        assert_eq!(source.url.as_str(), "https://scontent.xx.fbcdn.net/1.png");
        assert!(source.headers.is_empty(), "our key is for Freshdesk");
        fetched.clone()
    });
    let whole = whole.unwrap();
    assert_eq!(whole.url.path(), "/api/v2/tickets/35/notes");
    let text = String::from_utf8(whole.body.to_vec()).unwrap();
    for part in [
        "name=\"incoming\"\r\n\r\ntrue\r\n",
        "name=\"private\"\r\n\r\nfalse\r\n",
        "name=\"user_id\"\r\n\r\n9\r\n",
        "name=\"body\"\r\n\r\n<p>Here</p><p><small>ref db-00000000000000ff 000000000008</small></p>\r\n",
        "name=\"attachments[]\"; filename=\"photo.png\"\r\nContent-Type: image/png\r\n\r\nhello\r\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn each_answer_has_its_outcome() {
    let note = |answer| vec![turn("POST /tickets/35/notes", Value::Null, answer)];
    assert!(
        matches!(step(note(answer(201, &json!({"id": 77})))), Outcome::Done(receipt) if receipt.id == "77")
    );
    assert_eq!(step(note(Answer::Lost)), Outcome::Unknown);
    assert!(matches!(step(note(Answer::NotPiped(PipeFailure::Changed))), Outcome::RetryAfter(_)));
    let refused = step(note(invalid(400, "attachments", "invalid_size")));
    assert!(matches!(refused, Outcome::Refused(refusal) if refusal.reason == Reason::Content));
}

#[test]
fn a_note_with_files_of_a_removed_message_goes_as_a_whole() {
    let (conversation, tickets) = ("acme:post:1".to_owned(), vec!["35".to_owned()]);
    let redaction = Redaction { message: 8, conversation, tickets, subject: "x".to_owned() };
    let redaction = effect(Change::Redact(redaction));
    let body = "<div><p>Here</p><p><small>ref db-00000000000000ff 000000000008</small></p></div>";
    let entry = json!({"id": 77, "source": 2, "incoming": true, "private": false, "body": body,
        "attachments": [{"id": 5, "name": "photo.png"}]});
    let description = "<p>Hi</p><p><small>ref db-00000000000000fe 000000000007</small></p>";
    let ticket = json!({"id": 35, "status": 2, "description": description});
    for gone in [empty(204), empty(404)] {
        let turns = vec![
            get("GET /tickets/35", answer(200, &ticket)),
            get("GET /tickets/35/conversations?per_page=100&page=1", answer(200, &json!([entry]))),
            turn("DELETE /conversations/77", Value::Null, gone),
        ];
        let outcome = play(turns, |past| plain().step(&redaction, &crate::Session::unneeded(), past));
        assert!(matches!(outcome, Outcome::Done(receipt) if receipt.id == "77"));
    }
}
