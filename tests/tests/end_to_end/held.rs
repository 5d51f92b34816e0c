//! `deskbridge quarantine` and `deskbridge parked`: what waits for a person, and putting it back.

use std::path::Path;

use deskbridge_connectors::http::Method;
use serde_json::{Value, json};

use crate::accounts::{Bridge, Place, without_globex_page};
use crate::process::{eventually, printed, run};
use deskbridge_tests::live::{StandIns, comment, knock, published, tickets};

const DATA: [&str; 2] = ["--data", "state"];

/// Runs an operator's command; whether it succeeded, and what it said.
async fn operate(folder: &Path, words: &[&str]) -> (bool, String) {
    let arguments: Vec<&str> = words.iter().chain(&DATA).copied().collect();
    let output = run(folder, &arguments, &[]).await;
    (output.status.success(), printed(&output))
}

/// The only record of a kind, once it is there.
async fn only_record(folder: &Path, kind: &str) -> String {
    let listed = eventually(&format!("one record is in {kind}"), async || {
        let (_, said) = operate(folder, &[kind, "list"]).await;
        said.starts_with(&format!("1 records in {kind}\n")).then_some(said)
    })
    .await;
    let line = listed.lines().nth(1).expect("its line");
    line.split_whitespace().next().expect("its id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_authentic_but_not_understood_is_listed_shown_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (place, _stand_ins) = Place::new(folder).await;
    let (ok, said) = operate(folder, &["quarantine", "list"]).await;
    assert!(!ok && said.contains("no bridge has run on state"), "{said}");

    let bridge = place.serve().await;
    assert_eq!(
        operate(folder, &["quarantine", "list"]).await,
        (true, "0 records in quarantine\n".to_owned())
    );
    let odd = b"<p>this is no JSON: caf\xc3\xa9</p>";
    for _ in 0..2 {
        assert_eq!(knock(&bridge.doors, "acme-facebook", odd).await, 200);
    }
    let id = only_record(folder, "quarantine").await;
    let (ok, said) = operate(folder, &["quarantine", "show", &id]).await;
    assert!(ok && said.contains("acme-facebook") && said.contains("<p>this is no JSON: café</p>"), "{said}");
    for words in [["quarantine", "replay", &id].as_slice(), &["quarantine", "replay"]] {
        let (ok, said) = operate(folder, words).await;
        assert!(!ok && said.contains(&format!("record {id} is still not understood")), "{said}");
    }
    for words in [["quarantine", "show", "nothing"], ["quarantine", "replay", "nothing"]] {
        let (ok, said) = operate(folder, &words).await;
        assert!(!ok && said.contains("there is no record nothing"), "{said}");
    }
    assert_eq!(only_record(folder, "quarantine").await, id, "it stays");
    assert_eq!(bridge.operator.metric("deskbridge_held{kind=\"quarantine\"}").await, Some(1.0));

    let (status, log) = bridge.process.terminate().await;
    assert!(status.success());
    assert!(!log.contains("this is no JSON"), "what customers wrote is in the log:\n{log}");
    for words in [["quarantine", "list"], ["parked", "list"], ["parked", "retry"], ["quarantine", "replay"]] {
        let (ok, said) = operate(folder, &words).await;
        assert!(!ok && said.contains("the bridge is not running at http://127.0.0.1:"), "{words:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_for_a_page_that_is_configured_later_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (place, stand_ins) = Place::new(folder).await;
    let whole = place.config(&stand_ins);
    std::fs::write(folder.join("bridge.toml"), without_globex_page(&whole)).unwrap();
    let bridge = place.serve().await;
    let webhook = comment("1002_200", "200_31", ("2003", "Mei Tanaka"), "Is anybody there?");
    assert_eq!(knock(&bridge.doors, "acme-facebook", &webhook).await, 200);
    let id = only_record(folder, "quarantine").await;
    let (ok, said) = operate(folder, &["quarantine", "replay", &id]).await;
    assert!(!ok && said.contains("no account is configured for 1002"), "{said}");
    assert!(bridge.process.terminate().await.0.success());

    std::fs::write(folder.join("bridge.toml"), whole).unwrap();
    let bridge = place.serve().await;
    assert_eq!(only_record(folder, "quarantine").await, id, "a restart keeps it");
    let (ok, said) = operate(folder, &["quarantine", "replay", &id]).await;
    assert!(ok && said.contains("1 events are back in the queue"), "{said}");
    eventually("it becomes a ticket", async || {
        let tickets = tickets(&stand_ins.sites.freshdesk).await;
        tickets.first().is_some_and(|ticket| ticket.has(true, "Is anybody there?")).then_some(())
    })
    .await;
    assert_eq!(
        operate(folder, &["quarantine", "list"]).await,
        (true, "0 records in quarantine\n".to_owned())
    );
    // The platform sends it again, now that the door knows the page: nothing new.
    assert_eq!(knock(&bridge.doors, "acme-facebook", &webhook).await, 200);
    settled(&bridge).await;
    let tickets = tickets(&stand_ins.sites.freshdesk).await;
    assert_eq!((tickets.len(), tickets[0].entries.len()), (1, 1), "{tickets:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_parks_its_replies_until_it_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (place, stand_ins) = Place::new(folder).await;
    let sites = &stand_ins.sites;
    let bridge = place.serve().await;
    for (post, person) in [("1001_100", "2001"), ("1002_200", "2003")] {
        let act = json!({ "do": "comment", "on": post, "person": person, "text": "A question" });
        sites.graph.give(Method::POST, "/_sandbox/act", &act).await;
    }
    for helpdesk in [&sites.zendesk, &sites.freshdesk] {
        eventually("there is a ticket", async || (tickets(helpdesk).await.len() == 1).then_some(())).await;
    }
    token(&stand_ins, "revoked").await;
    for helpdesk in [&sites.zendesk, &sites.freshdesk] {
        let act = json!({ "do": "reply", "ticket": 1, "text": "An answer" });
        helpdesk.give(Method::POST, "/_sandbox/act", &act).await;
    }
    eventually("the other page publishes its answer", async || {
        (published(&sites.graph, "1002").await == ["An answer"]).then_some(())
    })
    .await;
    let listed = eventually("a conversation waits", async || {
        let (ok, said) = operate(folder, &["parked", "list"]).await;
        assert!(ok, "{said}");
        said.contains("1 conversations wait").then_some(said)
    })
    .await;
    let line = listed.lines().last().unwrap_or_default();
    assert!(line.starts_with("acme-facebook:post:1001_100:2001 "), "{listed}");
    assert!(line.contains("the credential of account acme-facebook is refused"), "{listed}");
    let health = bridge.operator.ask(bridge.operator.request(Method::GET, "/healthz")).await;
    assert_eq!(health.status, 503);
    let health: Value = health.parse().unwrap();
    assert_eq!(health["accounts_not_working"][0]["account"], "acme-facebook", "{health}");
    assert!(
        health["accounts_not_working"][0]["what_to_do"].as_str().unwrap().contains("make a new one"),
        "{health}"
    );
    let up = "deskbridge_account_up{account=\"acme-facebook\"}";
    assert_eq!(bridge.operator.metric(up).await, Some(0.0));
    assert_eq!(bridge.operator.metric("deskbridge_account_up{account=\"globex-facebook\"}").await, Some(1.0));
    // The public learns nothing of it.
    assert_eq!(bridge.doors.get("/healthz").await, (200, "ok".to_owned()));
    assert!(published(&sites.graph, "1001").await.is_empty());

    token(&stand_ins, "valid").await;
    let (ok, said) = operate(folder, &["parked", "retry"]).await;
    assert!(ok && said.contains("waiting conversations are tried now"), "{said}");
    eventually("the answer is published", async || {
        (published(&sites.graph, "1001").await == ["An answer"]).then_some(())
    })
    .await;
    settled(&bridge).await;
    assert_eq!(bridge.operator.metric(up).await, Some(1.0));
    assert_eq!(bridge.operator.json("/healthz").await["status"], "ok");
    let (_, said) = operate(folder, &["parked", "list"]).await;
    assert_eq!(said, "0 records in parked\n0 conversations wait\n");
    assert_eq!(published(&sites.graph, "1001").await, ["An answer"], "once");
    assert!(
        bridge.process.printed().contains("the credential of account acme-facebook is refused"),
        "the log says so"
    );
}

async fn token(stand_ins: &StandIns, state: &str) {
    let control = json!({ "do": "token", "page": "1001", "state": state });
    stand_ins.sites.graph.give(Method::POST, "/_sandbox/control", &control).await;
}

async fn settled(bridge: &Bridge) {
    eventually("nothing is in hand", async || {
        (bridge.operator.metric("deskbridge_queue_depth").await == Some(0.0)).then_some(())
    })
    .await;
    assert_eq!(bridge.operator.metric("deskbridge_unaccounted").await, Some(0.0));
}
