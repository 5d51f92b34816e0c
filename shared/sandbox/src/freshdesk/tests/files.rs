//! Multipart bodies and attachments.

use deskbridge_connectors::http::{Request, Url};
use serde_json::json;

use super::{BRIDGE, DAY, Desk, body, problems, request, text};

fn multipart(path: &str, parts: &[(&str, &str)], files: &[(&str, &[u8])]) -> Request {
    let mut content = Vec::new();
    for (name, value) in parts {
        let part = format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        content.extend_from_slice(part.as_bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--XyZ\r\nContent-Disposition: form-data; name=\"attachments[]\"; filename=\"{name}\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        content.extend_from_slice(head.as_bytes());
        content.extend_from_slice(bytes);
        content.extend_from_slice(b"\r\n");
    }
    content.extend_from_slice(b"--XyZ--\r\n");
    let mut sent = request("POST", path, BRIDGE).header("content-type", "multipart/form-data; boundary=XyZ");
    sent.body = content.into();
    sent
}

#[test]
fn a_ticket_with_a_file_comes_as_multipart_and_the_file_can_be_fetched_until_the_link_expires() {
    let mut desk = Desk::new();
    let kim = desk.kim().to_string();
    let parts = [
        ("requester_id", kim.as_str()),
        ("subject", "With a photo"),
        ("description", "<p>look\r\n\r\nhere</p>"),
        ("status", "2"),
        ("priority", "1"),
        ("tags[]", "deskbridge"),
        ("tags[]", "photo"),
        ("custom_fields[cf_deskbridge]", "fb-1"),
    ];
    let png = b"\x89PNG\r\n--Xy\r\n\x00\xff";
    let created = desk.send(&multipart("tickets", &parts, &[("my cat.png", png), ("empty.png", b"")]));
    assert_eq!(created.status, 201, "{}", text(&created));
    let ticket = body(&created);
    assert_eq!(ticket["tags"], json!(["deskbridge", "photo"]));
    assert_eq!(ticket["custom_fields"]["cf_deskbridge"], "fb-1");
    assert_eq!(ticket["description"], "<p>look\r\n\r\nhere</p>");
    let file = &ticket["attachments"][0];
    assert_eq!(
        (&file["name"], &file["size"], &file["content_type"]),
        (&json!("my cat.png"), &json!(png.len()), &json!("image/png"))
    );
    assert_eq!(ticket["attachments"][1]["size"], 0);

    let url = Url::parse(file["attachment_url"].as_str().unwrap()).unwrap();
    let fetched = desk.send(&Request::get(url.clone()));
    assert_eq!((fetched.status, fetched.body.as_ref()), (200, png.as_slice()));
    let mut forged = url.clone();
    forged.set_query(Some("Expires=9999999999999&Signature=00"));
    assert_eq!(desk.send(&Request::get(forged)).status, 403);
    desk.now += DAY;
    assert_eq!(desk.send(&Request::get(url)).status, 403);
    let fresh = body(&desk.get("tickets/1"))["attachments"][0]["attachment_url"].as_str().unwrap().to_owned();
    assert_eq!(desk.send(&Request::get(Url::parse(&fresh).unwrap())).status, 200);
    assert_eq!(desk.delete(&format!("attachments/{}", ticket["attachments"][0]["id"])).status, 204);
    assert_eq!(desk.send(&Request::get(Url::parse(&fresh).unwrap())).status, 404);
}

#[test]
fn notes_and_replies_take_files_and_flags_as_text() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    let parts =
        [("body", "see file"), ("private", "false"), ("incoming", "true"), ("user_id", &kim.to_string())];
    let note = body(&desk.send(&multipart("tickets/1/notes", &parts, &[("a.png", b"1")])));
    assert_eq!(
        (&note["private"], &note["incoming"], &note["user_id"]),
        (&json!(false), &json!(true), &json!(kim))
    );
    assert_eq!(note["attachments"][0]["name"], "a.png");
    let reply = body(&desk.send(&multipart("tickets/1/reply", &[("body", "x")], &[("b.png", b"2")])));
    assert_eq!(reply["attachments"][0]["size"], 1);
}

#[test]
fn twenty_megabytes_are_the_end_and_broken_multipart_is_refused() {
    let mut desk = Desk::new();
    let kim = desk.kim();
    desk.ticket(kim);
    let big = vec![0_u8; 20 * 1024 * 1024 + 1];
    let refused = desk.send(&multipart("tickets/1/notes", &[("body", "x")], &[("big.bin", &big)]));
    assert_eq!(problems(&refused), ["attachments invalid_size"]);
    for broken in [
        "",
        "--XyZ",
        "--XyZ\r\n",
        "--XyZ\r\n\r\n\r\n--XyZ--",
        "--XyZ\r\nContent-Disposition: x\r\n\r\n--XyZ--",
    ] {
        let mut sent = multipart("tickets/1/notes", &[], &[]);
        sent.body = broken.into();
        assert_eq!(desk.send(&sent).status, 415, "{broken}");
    }
    let mut bare = multipart("tickets/1/notes", &[], &[]);
    bare = bare.header("content-type", "multipart/form-data");
    assert_eq!(desk.send(&bare).status, 415);
    let json = json!({ "body": "x", "attachments": ["a.png"] });
    assert_eq!(problems(&desk.post("tickets/1/notes", &json)), ["attachments invalid_field"]);
}
