//! `deskbridge serve`: what is public and what is not, one process per folder, and what happened while it was down.

use deskbridge_connectors::http::Method;
use serde_json::json;

use crate::accounts::{ENVIRONMENT, Place};
use crate::process::{eventually, free_port, printed, run};
use deskbridge_tests::live::{published, tickets};

#[tokio::test(flavor = "multi_thread")]
async fn the_public_listener_has_doors_and_a_bare_health_only() {
    let folder = tempfile::tempdir().unwrap();
    let (place, stand_ins) = Place::new(folder.path()).await;
    let bridge = place.serve().await;
    assert_eq!(bridge.doors.get("/healthz").await, (200, "ok".to_owned()));
    for path in [
        "/",
        "/metrics",
        "/operator/held/quarantine",
        "/operator/waiting",
        "/events",
        "/demo.json",
        "/_sandbox/state",
    ] {
        assert_eq!(bridge.doors.get(path).await.0, 404, "{path} is public");
    }
    for path in ["/operator/waiting/retry", "/operator/held/parked/x/put-back"] {
        let response = bridge.doors.ask(bridge.doors.request(Method::POST, path)).await;
        assert_eq!(response.status, 404, "{path} is public");
    }
    let health = bridge.operator.json("/healthz").await;
    assert_eq!((&health["status"], &health["queue_depth"]), (&json!("ok"), &json!(0)), "{health}");
    for account in ["acme-facebook", "globex-facebook", "acme-zendesk", "globex-freshdesk"] {
        let name = format!("deskbridge_account_up{{account=\"{account}\"}}");
        assert_eq!(bridge.operator.metric(&name).await, Some(1.0), "{account}");
    }
    for path in ["/hooks/acme-facebook", "/", "/_sandbox/state"] {
        assert_eq!(bridge.operator.get(path).await.0, 404, "{path} is at the operator's");
    }

    // What customers do at the stand-in arrives; a second process may not use the folder.
    let act = json!({ "do": "comment", "on": "1001_100", "person": "2001", "text": "Hello there" });
    stand_ins.sites.graph.give(Method::POST, "/_sandbox/act", &act).await;
    eventually("the comment is a ticket", async || {
        (tickets(&stand_ins.sites.zendesk).await.len() == 1).then_some(())
    })
    .await;
    let config = std::fs::read_to_string(folder.path().join("bridge.toml")).unwrap();
    let elsewhere = [place.bridge_port, place.operator_port].into_iter().fold(config, |config, port| {
        config.replace(&format!("127.0.0.1:{port}\""), &format!("127.0.0.1:{}\"", free_port()))
    });
    std::fs::write(folder.path().join("second.toml"), elsewhere).unwrap();
    let second =
        run(folder.path(), &["serve", "--config", "second.toml", "--data", "state"], &ENVIRONMENT).await;
    assert_eq!(second.status.code(), Some(1), "{}", printed(&second));
    assert!(
        printed(&second).contains("another deskbridge process uses the data folder state"),
        "{}",
        printed(&second)
    );

    let (status, said) = bridge.process.terminate().await;
    assert!(status.success(), "{status}:\n{said}");
    for secret in ENVIRONMENT.iter().map(|(_, secret)| *secret).chain(["demo-page-token", "Hello there"]) {
        assert!(!said.contains(secret), "{secret} was printed:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_while_the_bridge_was_down_arrives_later() {
    let folder = tempfile::tempdir().unwrap();
    let (place, stand_ins) = Place::new(folder.path()).await;
    let sites = &stand_ins.sites;
    let bridge = place.serve().await;
    for (page, post, person) in [("1001", "1001_100", "2001"), ("1002", "1002_200", "2003")] {
        let text = format!("Question to {page}");
        let act = json!({ "do": "comment", "on": post, "person": person, "text": text });
        sites.graph.give(Method::POST, "/_sandbox/act", &act).await;
    }
    let helpdesks = [(&sites.zendesk, "1001"), (&sites.freshdesk, "1002")];
    for (helpdesk, page) in helpdesks {
        eventually(&format!("{page} has a ticket"), async || {
            (tickets(helpdesk).await.len() == 1).then_some(())
        })
        .await;
    }
    assert!(bridge.process.terminate().await.0.success());

    for (helpdesk, page) in helpdesks {
        let act = json!({ "do": "reply", "ticket": 1, "text": format!("Answer of {page}") });
        helpdesk.give(Method::POST, "/_sandbox/act", &act).await;
    }
    let comment = json!({ "do": "comment", "on": "1001_100", "person": "2001", "text": "Are you there?" });
    sites.graph.give(Method::POST, "/_sandbox/act", &comment).await;
    // Zendesk and Meta try their webhooks again; Freshdesk would do so after five minutes, the sweep does not wait.
    eventually("the webhooks meet a closed door", async || {
        let failed = sites.graph.state().await["webhooks"]["failed_attempts"].as_u64();
        (failed > Some(0)).then_some(())
    })
    .await;

    let bridge = place.serve().await;
    for (helpdesk, page) in helpdesks {
        eventually(&format!("{page} publishes its answer"), async || {
            (published(&sites.graph, page).await == [format!("Answer of {page}")]).then_some(())
        })
        .await;
        assert_eq!(tickets(helpdesk).await.len(), 1);
    }
    eventually("the later comment is in the same ticket", async || {
        tickets(&sites.zendesk).await[0].has(true, "Are you there?").then_some(())
    })
    .await;
    eventually("nothing is left in hand", async || {
        (bridge.operator.metric("deskbridge_queue_depth").await == Some(0.0)).then_some(())
    })
    .await;
    assert_eq!(bridge.operator.metric("deskbridge_unaccounted").await, Some(0.0));
    for (_, page) in helpdesks {
        assert_eq!(published(&sites.graph, page).await, [format!("Answer of {page}")], "once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_with_problems_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let (place, stand_ins) = Place::new(folder.path()).await;
    let broken = place.config(&stand_ins).replace("page_id = \"1001\"", "page_di = \"1001\"");
    std::fs::write(folder.path().join("bridge.toml"), broken).unwrap();
    let arguments = ["serve", "--config", "bridge.toml", "--data", "state"];
    let refused = run(folder.path(), &arguments, &ENVIRONMENT).await;
    assert_eq!(refused.status.code(), Some(2), "{}", printed(&refused));
    assert!(
        printed(&refused).contains("accounts.acme-facebook.page_di: unknown key; did you mean `page_id`?"),
        "{}",
        printed(&refused)
    );
    assert!(!folder.path().join("state").exists(), "nothing was begun");

    // A door without its secret is never mounted, and neither are the others.
    std::fs::write(folder.path().join("bridge.toml"), place.config(&stand_ins)).unwrap();
    let refused = run(folder.path(), &arguments, &ENVIRONMENT[1..]).await;
    assert_eq!(refused.status.code(), Some(2), "{}", printed(&refused));
    assert!(
        printed(&refused).contains("the environment variable APP_SECRET is not set"),
        "{}",
        printed(&refused)
    );
}
