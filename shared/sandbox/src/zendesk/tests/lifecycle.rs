//! Closing, following up, merging and deleting.

use serde_json::{Value, json};

use super::super::Control;
use super::{Desk, Who};

#[test]
fn closed_is_final_in_exactly_this_shape() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    assert!(desk.zendesk.control(&Control::Close { ticket }, desk.now).is_err(), "not solved yet");
    desk.close(ticket);
    let closed = json!({"error": "RecordInvalid", "description": "Record validation errors",
        "details": {"status": [{"description": "Status: closed prevents ticket update"}]}});
    let comment = json!({"comment": {"body": "x"}});
    assert_eq!(desk.update(Who::Bridge, ticket, comment), (422, closed.clone()));
    let tags = desk.call(Who::Bridge, "PUT", &format!("tickets/{ticket}/tags"), json!({"tags": ["x"]}));
    assert_eq!(tags, (422, closed));
    assert_eq!(desk.get(&format!("tickets/{ticket}"))["ticket"]["status"], "closed");
    let audits = desk.get(&format!("tickets/{ticket}/audits"));
    let last = audits["audits"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["author_id"].as_i64(), last["via"]["channel"].as_str()), (Some(-1), Some("rule")));
}

#[test]
fn only_a_closed_ticket_is_followed_up() {
    let mut desk = Desk::new();
    let source = desk.ticket();
    let follow = |more: Value| {
        let mut ticket = json!({"comment": {"body": "again"}, "via_followup_source_id": source});
        ticket.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"ticket": ticket})
    };
    let (status, early) = desk.call(Who::Bridge, "POST", "tickets", follow(json!({})));
    assert_eq!(
        (status, &early["ticket"]["via"]["source"]["rel"], &early["ticket"]["tags"]),
        (201, &Value::Null, &json!([]))
    );
    desk.close(source);
    let (_, late) = desk.call(Who::Bridge, "POST", "tickets", follow(json!({})));
    let via = &late["ticket"]["via"]["source"];
    assert_eq!((via["rel"].as_str(), via["from"]["ticket_id"].as_i64()), (Some("follow_up"), Some(source)));
    assert_eq!(late["ticket"]["tags"], json!(["deskbridge", "social"]), "the parent's tags");
    let (_, tagged) = desk.call(Who::Bridge, "POST", "tickets", follow(json!({"tags": ["own"]})));
    assert_eq!(tagged["ticket"]["tags"], json!(["own"]));
    let followups = desk.get(&format!("tickets/{source}"))["ticket"]["followup_ids"].clone();
    assert_eq!(followups, json!([late["ticket"]["id"], tagged["ticket"]["id"]]));
}

#[test]
fn a_merge_closes_the_source_and_points_both_ways() {
    let mut desk = Desk::new();
    let (target, source) = (desk.ticket(), desk.ticket());
    let path = format!("tickets/{target}/merge");
    let (status, body) = desk.call(Who::Agent, "POST", &path, json!({"ids": [source]}));
    assert_eq!((status, body["job_status"]["status"].as_str()), (200, Some("completed")));
    let job = format!("job_statuses/{}", body["job_status"]["id"].as_str().unwrap());
    assert_eq!(desk.get(&job)["job_status"]["results"][0]["id"], target);

    let merged = desk.get(&format!("tickets/{source}"))["ticket"].clone();
    assert_eq!(
        (merged["status"].as_str(), &merged["tags"]),
        (Some("closed"), &json!(["closed_by_merge", "deskbridge", "social"]))
    );
    let last = |desk: &mut Desk, id: i64| {
        desk.get(&format!("tickets/{id}/comments?sort=-id"))["comments"][0].clone()
    };
    let words = last(&mut desk, source);
    assert_eq!(
        words["plain_body"],
        format!("This request was closed and merged into request #{target} \"Parcel\".")
    );
    assert_eq!(
        (words["public"].as_bool(), words["via"]["source"]["rel"].as_str()),
        (Some(false), Some("merge"))
    );
    assert_eq!(words["via"]["source"]["from"]["ticket_id"], target);
    let words = last(&mut desk, target);
    let expected = format!(
        "Request #{source} \"Parcel\" was closed and merged into this request. Last comment in request #{source}:\n\n\
         My parcel never came"
    );
    assert_eq!(
        (words["plain_body"].as_str(), words["public"].as_bool()),
        (Some(expected.as_str()), Some(false))
    );
    assert_eq!(words["via"]["source"]["rel"], "merge");
    // A closed one can neither give nor take.
    assert_eq!(desk.call(Who::Agent, "POST", &path, json!({"ids": [source]})).0, 422);
    assert_eq!(desk.call(Who::Agent, "POST", &path, json!({"ids": [target]})).0, 422);
    assert_eq!(desk.call(Who::Agent, "POST", &path, json!({"ids": [77]})).0, 404);
}

#[test]
fn a_merge_can_speak_in_public_with_its_own_words() {
    let mut desk = Desk::new();
    let ids: Vec<_> = (0..3).map(|_| desk.ticket()).collect();
    let body = json!({"ids": [ids[1], ids[2]], "source_comment": "Gone", "source_comment_is_public": true});
    assert_eq!(desk.call(Who::Agent, "POST", &format!("tickets/{}/merge", ids[0]), body).0, 200);
    let source = desk.get(&format!("tickets/{}/comments", ids[2]))["comments"][1].clone();
    assert_eq!((source["body"].as_str(), source["public"].as_bool()), (Some("Gone"), Some(true)));
    let target = desk.get(&format!("tickets/{}/comments", ids[0]))["comments"][1].clone();
    assert_eq!(target["body"], "Requests #2, #3 were closed and merged into this request.");
}

#[test]
fn the_deleted_are_gone_until_restored() {
    let mut desk = Desk::new();
    let ticket = desk.ticket();
    let path = format!("tickets/{ticket}");
    assert_eq!(desk.call(Who::Agent, "DELETE", &path, Value::Null).0, 204);
    let gone = json!({"error": "RecordNotFound", "description": "Not found"});
    for (method, path) in
        [("GET", path.clone()), ("GET", format!("{path}/comments")), ("DELETE", path.clone())]
    {
        assert_eq!(desk.call(Who::Bridge, method, &path, Value::Null), (404, gone.clone()), "{path}");
    }
    assert_eq!(desk.update(Who::Bridge, ticket, json!({"comment": {"body": "x"}})).0, 404);
    assert_eq!(desk.get("tickets?external_id=sb:fb:t:1")["count"], 0);
    let deleted = desk.get("deleted_tickets")["deleted_tickets"][0].clone();
    assert_eq!((deleted["id"].as_i64(), deleted["previous_state"].as_str()), (Some(ticket), Some("new")));
    assert_eq!(deleted["actor"]["name"], "Ana Agent");
    let restore = format!("deleted_tickets/{ticket}/restore");
    assert_eq!(desk.call(Who::Agent, "PUT", &restore, Value::Null).0, 200);
    assert_eq!(desk.get(&path)["ticket"]["status"], "new");
    assert_eq!(desk.call(Who::Agent, "PUT", &restore, Value::Null).0, 404);
}
