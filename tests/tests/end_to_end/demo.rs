//! `deskbridge demo`: what its welcome tells works, and it goes on where it was.

use deskbridge_connectors::http::Method;
use serde_json::json;

use crate::process::{eventually, run};
use deskbridge_tests::live::{Site, Ticket, comment, direct, knock, list, now, published, tickets};

use crate::demo_process::Demo;

/// The agents of the demo.
fn agents(demo: &Demo) -> (Site, Site) {
    let zendesk = demo.sites.zendesk.as_user("agent@acme.example/token", "demo-agent-token");
    (zendesk, demo.sites.freshdesk.as_user("demo-agent-key", "X"))
}

/// An agent's public answer or private note, by the helpdesk's API.
async fn answer(agent: &Site, helpdesk: &str, ticket: u64, text: &str, public: bool) {
    match (helpdesk, public) {
        ("zendesk", _) => {
            let body = json!({ "ticket": { "comment": { "body": text, "public": public } } });
            agent.give(Method::PUT, &format!("/api/v2/tickets/{ticket}"), &body).await
        }
        (_, true) => {
            let body = json!({ "body": format!("<p>{text}</p>") });
            agent.give(Method::POST, &format!("/api/v2/tickets/{ticket}/reply"), &body).await
        }
        (_, false) => {
            let body = json!({ "body": format!("<p>{text}</p>"), "private": true });
            agent.give(Method::POST, &format!("/api/v2/tickets/{ticket}/notes"), &body).await
        }
    };
}

async fn ticket_with(helpdesk: &Site, text: &str) -> Ticket {
    eventually(&format!("{text:?} is in a ticket"), async || {
        tickets(helpdesk).await.into_iter().find(|ticket| ticket.has(true, text))
    })
    .await
}

/// What the printed commands have the stand-ins do.
fn printed_acts(welcome: &str) -> Vec<serde_json::Value> {
    let acts = welcome.lines().filter_map(|line| line.split_once("/_sandbox/act -d '")?.1.strip_suffix('\''));
    acts.map(|act| serde_json::from_str(act).expect("an act is JSON")).collect()
}

/// The webhooks that the printed commands send.
fn printed_bodies(welcome: &str) -> Vec<String> {
    let bodies = welcome.lines().filter_map(|line| line.trim().strip_prefix("BODY='")?.strip_suffix('\''));
    bodies.map(|body| body.replace("'$(date +%s)'", &now().to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_welcome_tells_works() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    let welcome = demo.process.printed();
    let [bridge, zendesk, freshdesk, graph, x] = demo.ports.map(|port| format!("http://127.0.0.1:{port}"));
    for told in [
        format!("{bridge}/hooks/acme-facebook"),
        format!("{bridge}/hooks/globex-facebook"),
        format!("-hmac {}", deskbridge_tests::live::APP_SECRET),
        format!("agent@acme.example/token:demo-agent-token {zendesk}/api/v2/tickets\n"),
        format!("-X PUT {zendesk}/api/v2/tickets/1 "),
        format!("{graph}/v26.0/100_7001/comments?access_token=demo-page-token"),
        format!("demo-agent-key:X {freshdesk}/api/v2/tickets/1/reply "),
        format!("{graph}/v26.0/1002/conversations?platform=messenger&user_id=3003"),
        format!("{x}/_sandbox/act"),
        "deskbridge demo --data demo-data".to_owned(),
    ] {
        assert!(welcome.contains(&told), "{told} is not in:\n{welcome}");
    }
    assert!(!welcome.contains("{bridge}") && !welcome.contains("{data}"), "{welcome}");
    let bodies = printed_bodies(&welcome);
    let [comment, message] = bodies.as_slice() else { panic!("two webhooks are printed: {bodies:?}") };
    let (zendesk_agent, freshdesk_agent) = agents(&demo);

    // 1 and 2: a ticket; the same once more changes nothing; a forged one is turned away.
    assert_eq!(knock(&demo.bridge, "acme-facebook", comment.as_bytes()).await, 200);
    ticket_with(&demo.sites.zendesk, "Where is my parcel?").await;
    assert_eq!(knock(&demo.bridge, "acme-facebook", comment.as_bytes()).await, 200);
    let mut forged = demo
        .bridge
        .request(Method::POST, "/hooks/acme-facebook")
        .header("x-hub-signature-256", &deskbridge_tests::sign_meta("demo-app-secret", comment.as_bytes()));
    forged.body = comment.replace("parcel", "Parcel").into_bytes().into();
    assert_eq!(demo.bridge.ask(forged).await.status, 401);

    // 3 and 4: the answer is under the comment.
    answer(&zendesk_agent, "zendesk", 1, "It is on its way.", true).await;
    let path = "/v26.0/100_7001/comments?access_token=demo-page-token";
    let answers = eventually("the answer is under the comment", async || {
        let shown = demo.sites.graph.get(path).await;
        let shown: serde_json::Value = serde_json::from_str(&shown.1).unwrap_or_default();
        (!list(&shown["data"]).is_empty()).then(|| shown["data"].clone())
    })
    .await;
    assert_eq!(answers[0]["message"], "It is on its way.");
    let shown = zendesk_agent.json("/api/v2/tickets").await;
    assert_eq!(shown["count"], 1, "the second delivery made nothing new: {shown}");

    // The same with Freshdesk, by Messenger.
    assert_eq!(knock(&demo.bridge, "globex-facebook", message.as_bytes()).await, 200);
    ticket_with(&demo.sites.freshdesk, "Do you deliver on Sundays?").await;
    assert_eq!(list(&freshdesk_agent.json("/api/v2/tickets").await).len(), 1);
    answer(&freshdesk_agent, "freshdesk", 1, "Yes, until noon.", true).await;
    eventually("the answer is published", async || {
        published(&demo.sites.graph, "1002").await.contains(&"Yes, until noon.".to_owned()).then_some(())
    })
    .await;
    let path = "/v26.0/1002/conversations?platform=messenger&user_id=3003&fields=messages%7Bfrom,message%7D\
                &access_token=demo-page-token";
    let shown = demo.sites.graph.json(path).await;
    assert_eq!(shown["data"][0]["messages"]["data"][0]["message"], "Yes, until noon.", "{shown}");

    // By WhatsApp and on X.
    let acts = printed_acts(&welcome);
    let [message, post] = acts.as_slice() else { panic!("two acts are printed: {acts:?}") };
    demo.sites.graph.give(Method::POST, "/_sandbox/act", message).await;
    ticket_with(&demo.sites.zendesk, "Is my order packed?").await;
    demo.x.give(Method::POST, "/_sandbox/act", post).await;
    ticket_with(&demo.sites.zendesk, "my kettle is cold").await;
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../../README.md");
    let block =
        readme.split("$ cargo run --release\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let names = ["{bridge}", "{zendesk}", "{freshdesk}", "{graph}", "{x}"];
    let printed =
        names.iter().zip(8080..).fold(
            include_str!("../../../functions/local/src/welcome.txt").to_owned(),
            |text, (name, port)| text.replace(name, &format!("http://127.0.0.1:{port}")),
        );
    assert!(printed.starts_with(block), "{block}\n--- is not how this begins:\n{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_pages_carry_comments_and_messages_with_made_up_ids() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    let (zendesk, freshdesk) = agents(&demo);
    for (page, name, helpdesk, site, agent) in [
        ("1001", "acme", "zendesk", &demo.sites.zendesk, &zendesk),
        ("1002", "globex", "freshdesk", &demo.sites.freshdesk, &freshdesk),
    ] {
        let door = format!("{name}-facebook");
        let commented =
            comment(&format!("{page}_p9"), &format!("{page}_c77"), ("somebody", "Sam Body"), "A comment.");
        let message = direct(page, "psid-9", &format!("m_{page}"), "A message.");
        for (webhook, said) in [(commented, "A comment."), (message, "A message.")] {
            assert_eq!(knock(&demo.bridge, &door, &webhook).await, 200);
            let ticket = ticket_with(site, said).await;
            // What comes after the note is published only once the note was dealt with.
            let (note, reply) = (format!("Secret {said}"), format!("To {said} of {page}"));
            answer(agent, helpdesk, ticket.id, &note, false).await;
            answer(agent, helpdesk, ticket.id, &reply, true).await;
            eventually(&format!("{reply:?} is published"), async || {
                published(&demo.sites.graph, page).await.contains(&reply).then_some(())
            })
            .await;
        }
        let all = published(&demo.sites.graph, page).await;
        let expected = [format!("To A comment. of {page}"), format!("To A message. of {page}")];
        assert_eq!(all, expected, "and no note");
        assert_eq!(tickets(site).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_was_stopped_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    let paula = ("2001", "Paula Novak");
    let first = comment("1001_100", "100_51", paula, "First question");
    assert_eq!(knock(&demo.bridge, "acme-facebook", &first).await, 200);
    let ticket = ticket_with(&demo.sites.zendesk, "First question").await;

    // Zendesk is slow: asked to end, the bridge still waits for the answer that it has asked for.
    let slow = json!({ "path": "/api/v2/tickets*", "kind": { "slow": { "ms": 700 } }, "times": 1 });
    demo.sites.zendesk.give(Method::POST, "/_sandbox/faults", &slow).await;
    let second = comment("1001_100", "100_52", paula, "Second question");
    assert_eq!(knock(&demo.bridge, "acme-facebook", &second).await, 200);
    eventually("Zendesk is asked", async || {
        let faults = demo.sites.zendesk.json("/_sandbox/faults").await;
        list(&faults).is_empty().then_some(())
    })
    .await;
    let ports = demo.ports;
    let (status, printed) = demo.process.terminate().await;
    assert!(status.success(), "{status}:\n{printed}");
    assert!(printed.contains("finishing what is in hand"), "{printed}");

    let demo = Demo::start_at(folder.path(), ports, 0).await;
    let held = tickets(&demo.sites.zendesk).await;
    assert_eq!(held.len(), 1);
    assert!(held[0].has(true, "Second question"), "it was finished before the end: {held:?}");
    let third = comment("1001_100", "100_53", paula, "Third question");
    for webhook in [&third, &second, &first] {
        assert_eq!(knock(&demo.bridge, "acme-facebook", webhook).await, 200);
    }
    assert_eq!(ticket_with(&demo.sites.zendesk, "Third question").await.id, ticket.id);
    answer(&agents(&demo).0, "zendesk", ticket.id, "One answer to all", true).await;
    eventually("the answer is published", async || {
        (published(&demo.sites.graph, "1001").await == ["One answer to all"]).then_some(())
    })
    .await;
    let entries = &tickets(&demo.sites.zendesk).await[0].entries;
    let questions: Vec<usize> = ["First", "Second", "Third"]
        .map(|word| entries.iter().filter(|entry| entry.text.contains(&format!("{word} question"))).count())
        .into();
    assert_eq!(questions, [1, 1, 1], "the old deliveries did nothing again: {entries:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(folder.path(), &["demo", "--data", "d", "--bridge-port", &port], &[]).await;
    let printed = crate::process::printed(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains(&format!("127.0.0.1:{port}")) && printed.contains("choose another port"),
        "{printed}"
    );
}
