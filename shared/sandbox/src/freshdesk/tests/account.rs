//! Who may call, how calls must look, and what an account says of itself.

use deskbridge_connectors::http::{Request, Url};
use serde_json::{Value, json};

use super::{AGENT, BRIDGE, Desk, body, id, ids, request, text};
use crate::StandIn;

#[test]
fn a_call_needs_a_living_api_key() {
    let mut desk = Desk::new();
    let url = Url::parse("http://127.0.0.1:8082/api/v2/agents/me").unwrap();
    for header in ["", "Bearer demo-bridge-key", "Basic demo-bridge-key", "Basic %%%", "Basic ZGVtbw=="] {
        let answer = desk.send(&Request::get(url.clone()).header("authorization", header));
        assert_eq!(answer.status, 401, "{header}");
        let said = json!({
            "code": "invalid_credentials",
            "message": "You have to be logged in to perform this action.",
        });
        assert_eq!(body(&answer), said);
    }
    assert_eq!(desk.send(&Request::get(url)).status, 401);
    let control = |on: bool| json!({ "do": "revoke_key", "agent": "maya@globex.example", "on": on });
    assert!(desk.account.control(&serde_json::from_value(control(true)).unwrap()));
    assert_eq!(desk.send(&request("GET", "agents/me", AGENT)).status, 401);
    assert_eq!(desk.get("agents/me").status, 200);
    assert!(desk.account.control(&serde_json::from_value(control(false)).unwrap()));
    assert_eq!(desk.send(&request("GET", "agents/me", AGENT)).status, 200);
}

#[test]
fn each_key_is_one_agent() {
    let mut desk = Desk::new();
    let me = body(&desk.get("agents/me"));
    assert_eq!((&me["contact"]["name"], &me["ticket_scope"]), (&json!("Deskbridge"), &json!(1)));
    let maya = desk.send(&request("GET", "agents/me", AGENT));
    assert_eq!(body(&maya)["contact"]["email"], "maya@globex.example");
    assert_eq!(ids(&desk.get("agents?email=Maya@globex.example")), [id(&maya)]);
    assert_eq!(ids(&desk.get("agents")).len(), 2);
    assert_eq!(desk.get("agents/1").status, 404);
}

#[test]
fn what_is_asked_wrongly_is_answered_as_freshdesk_does() {
    let mut desk = Desk::new();
    let wrong = desk.send(&request("PATCH", "tickets", BRIDGE));
    assert_eq!((wrong.status, wrong.header_text("allow")), (405, Some("GET, POST")));
    assert_eq!(desk.delete("agents").status, 405);
    assert_eq!(desk.get("tickets/merge").status, 405);
    for accept in ["text/html", "application/xml"] {
        assert_eq!(desk.send(&request("GET", "tickets", BRIDGE).header("accept", accept)).status, 406);
    }
    for accept in ["*/*", "application/json", "text/html, application/json;q=0.5"] {
        assert_eq!(desk.send(&request("GET", "tickets", BRIDGE).header("accept", accept)).status, 200);
    }
    assert_eq!(desk.send(&request("POST", "tickets", BRIDGE)).status, 415);
    assert_eq!(desk.send(&request("POST", "tickets", BRIDGE).form(&[("subject", "x")])).status, 415);
    for broken in ["{", "[]", "7", ""] {
        let mut sent = request("POST", "tickets", BRIDGE).json(&json!({}));
        sent.body = broken.into();
        let answer = desk.send(&sent);
        assert_eq!((answer.status, &body(&answer)["code"]), (400, &json!("invalid_json")), "{broken}");
    }
    for path in ["nothing", "tickets/x", "tickets/1/nothing", "contacts/-1", "../../nothing", "groups/7"] {
        let answer = desk.get(path);
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{path}");
    }
}

#[test]
fn maintenance_answers_html_and_ends() {
    let mut desk = Desk::new();
    let switch = |on: bool| {
        let url = Url::parse("http://127.0.0.1:8082/_sandbox/control").unwrap();
        Request::new("POST".parse().unwrap(), url).json(&json!({ "do": "maintenance", "on": on }))
    };
    assert_eq!(desk.send(&switch(true)).status, 204);
    let down = desk.get("agents/me");
    assert_eq!((down.status, down.header_text("content-type")), (503, Some("text/html; charset=utf-8")));
    assert!(text(&down).starts_with("<html>"));
    assert_eq!(desk.send(&switch(false)).status, 204);
    assert_eq!(desk.get("agents/me").status, 200);
}

#[test]
fn a_wrong_switch_is_said_to_be_wrong() {
    let mut desk = Desk::new();
    let url = Url::parse("http://127.0.0.1:8082/_sandbox/control").unwrap();
    let send = |desk: &mut Desk, body: Value| {
        desk.send(&Request::new("POST".parse().unwrap(), url.clone()).json(&body)).status
    };
    assert_eq!(send(&mut desk, json!({ "do": "explode" })), 400);
    assert_eq!(
        send(&mut desk, json!({ "do": "revoke_key", "agent": "nobody@example.org", "on": true })),
        404
    );
    let limits = json!({ "total": 1, "create": 1, "update": 1, "list": 1, "contacts_list": 1 });
    assert_eq!(send(&mut desk, json!({ "do": "limits", "limits": limits })), 204);
    assert_eq!(desk.send(&Request::get(url)).status, 405);
    assert_eq!((desk.get("agents/me").status, desk.get("agents/me").status), (200, 429));
}

#[test]
fn setup_can_probe_the_account() {
    let mut desk = Desk::new();
    let fields = body(&desk.get("ticket_fields"));
    let named =
        |name: &str| fields.as_array().unwrap().iter().find(|field| field["name"] == name).unwrap().clone();
    assert_eq!(named("cf_deskbridge")["type"], "custom_text");
    assert_eq!(named("cf_deskbridge")["required_for_agents"], false);
    assert_eq!(named("status")["choices"]["6"][0], "Waiting on Customer");
    let group = body(&desk.get("groups"))[0].clone();
    assert_eq!(body(&desk.get(&format!("groups/{}", group["id"]))), group);
    assert_eq!(body(&desk.get("email_configs"))[0]["to_email"], "support@127.0.0.1");
    assert_eq!(body(&desk.get("account"))["total_agents"]["full_time"], 2);
    assert_eq!(body(&desk.get("settings/helpdesk"))["primary_language"], "en");
    for empty in ["products", "companies", "contact_fields"] {
        assert!(ids(&desk.get(empty)).is_empty());
    }
}

#[test]
fn the_same_calls_give_the_same_answers() {
    let run = || {
        let mut desk = Desk::new();
        let kim = desk.kim();
        let mut said = vec![text(&desk.post("tickets", &super::ticket(kim)))];
        said.push(text(&desk.reply(1, "x")));
        let now = desk.now;
        let due = desk.account.due(now);
        said.extend(due.iter().map(|webhook| String::from_utf8_lossy(&webhook.request.body).into_owned()));
        said.push(desk.account.state().to_string());
        said
    };
    assert_eq!(run(), run());
}
