//! Finding and making people.

use std::borrow::Borrow;

use serde_json::{Value, json};

use super::{Desk, Who, request};

fn write(desk: &mut Desk, path: &str, user: impl Borrow<Value>) -> (u16, Value) {
    desk.call(Who::Bridge, "POST", path, json!({"user": user.borrow()}))
}

#[test]
fn create_or_update_makes_once_and_then_updates() {
    let mut desk = Desk::new();
    let body = json!({"user": {"name": "Kim", "external_id": "sb:fb:AB", "tags": ["Contact"],
        "user_fields": {"handle": "kim"}}});
    let made = desk.send(&request(Who::Bridge, "POST", "users/create_or_update.json", &body));
    let first: Value = made.parse().unwrap();
    let location = made.header_text("location").unwrap();
    assert_eq!(made.status, 201);
    assert!(location.ends_with(&format!("/api/v2/users/{}.json", first["user"]["id"])));
    assert_eq!((first["user"]["role"].as_str(), first["user"]["email"].as_str()), (Some("end-user"), None));

    // External ids compare without case, and the newest spelling stays.
    let (status, second) =
        write(&mut desk, "users/create_or_update", json!({"name": "Kim P", "external_id": "sb:fb:ab"}));
    assert_eq!(status, 200);
    assert_eq!(second["user"]["id"], first["user"]["id"]);
    assert_eq!(
        (second["user"]["external_id"].as_str(), second["user"]["name"].as_str()),
        (Some("sb:fb:ab"), Some("Kim P"))
    );
    assert_eq!(second["user"]["user_fields"]["handle"], "kim");
}

#[test]
fn what_belongs_to_another_is_refused() {
    let mut desk = Desk::new();
    write(
        &mut desk,
        "users/create_or_update",
        json!({"name": "A", "external_id": "a", "email": "a@x.example"}),
    );
    write(&mut desk, "users/create_or_update", json!({"name": "B", "external_id": "b"}));
    let taken = json!({"name": "B", "external_id": "b", "email": "A@x.example"});
    let (status, body) = write(&mut desk, "users/create_or_update", taken);
    assert_eq!((status, body["error"].as_str()), (422, Some("RecordInvalid")));
    assert_eq!(body["details"]["email"][0]["error"], "DuplicateValue");
    let (status, body) = write(&mut desk, "users", json!({"name": "Twin", "external_id": "B"}));
    assert_eq!((status, body["details"]["external_id"][0]["error"].as_str()), (422, Some("DuplicateValue")));
    let (status, body) = write(&mut desk, "users", json!({"name": " ", "external_id": "c"}));
    assert_eq!((status, body["details"]["name"][0]["error"].as_str()), (422, Some("BlankValue")));
    assert_eq!(desk.call(Who::Bridge, "POST", "users", json!({})).0, 400);
}

#[test]
fn people_are_found_at_once_by_external_id() {
    let mut desk = Desk::new();
    let (kim, lee) = (desk.customer("sb:fb:1"), desk.customer("sb:fb:2"));
    let found = desk.get("users/search?external_id=SB:fb:1");
    assert_eq!((found["count"].as_i64(), found["users"][0]["id"].as_i64()), (Some(1), Some(kim)));
    assert_eq!(desk.get("users/search.json?external_id=nobody")["users"], json!([]));
    let many = desk.get("users/show_many?external_ids=sb:fb:2,sb:fb:1,none");
    assert_eq!(
        many["users"].as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect::<Vec<_>>(),
        [lee, kim]
    );
    assert_eq!(desk.get(&format!("users/show_many?ids={kim},77"))["count"], 1);
    assert_eq!(desk.get(&format!("users/{kim}"))["user"]["external_id"], "sb:fb:1");
    let hundred_and_one = vec!["1"; 101].join(",");
    assert_eq!(
        desk.call(Who::Bridge, "GET", &format!("users/show_many?ids={hundred_and_one}"), Value::Null).0,
        400
    );
}
