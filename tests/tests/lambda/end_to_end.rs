//! All three functions together: a customer's comment becomes a ticket, and the agent's reply goes back under it.

use std::sync::Arc;

use deskbridge_connectors::http::{Method, Request, Url};
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use deskbridge_sandbox::{ServeOptions, Served, StandIn, serve};
use deskbridge_tests::lambda::{Function, House, SECRETS, edge};
use deskbridge_tests::until;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::scene::PATIENCE;

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

async fn serve_stand_in(listener: TcpListener, stand_in: impl StandIn + 'static) -> Served {
    serve(listener, Box::new(stand_in), ServeOptions::default()).await.unwrap()
}

fn act(stand_in: &Served, what: &Value) {
    let url = format!("http://{}/_sandbox/act", stand_in.addr()).parse().unwrap();
    let response = stand_in.call(&Request::new(Method::POST, url).json(what));
    assert!(response.is_success(), "{}", String::from_utf8_lossy(&response.body));
}

fn state(stand_in: &Served) -> String {
    let url = format!("http://{}/_sandbox/state", stand_in.addr()).parse().unwrap();
    String::from_utf8(stand_in.call(&Request::get(url)).body.to_vec()).unwrap()
}

/// Lets the queue's trigger work until the stand-in's state shows the text.
async fn until_shown(house: &House, relay: &Function, stand_in: &Served, text: &str) {
    until(&format!("{text:?} is shown"), PATIENCE, async || {
        if !house.sqs.messages().is_empty() {
            house.trigger(relay).await;
        }
        state(stand_in).contains(text).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_becomes_a_ticket_and_the_reply_goes_back() {
    let (edge_listener, edge_url) = listen().await;
    let (graph_listener, graph_url) = listen().await;
    let (zendesk_listener, zendesk_url) = listen().await;
    let trim = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    let house = House::build(&trim(&graph_url), &trim(&zendesk_url)).await;
    let ingress = Arc::new(house.ingress().await);
    let relay = house.relay().await;
    edge::serve(edge_listener, Arc::clone(&ingress));
    let graph = serve_stand_in(graph_listener, Graph::new(GraphSeed::demo(&edge_url))).await;
    let seed = ZendeskSeed { base_url: zendesk_url, ..ZendeskSeed::demo(&edge_url) };
    let zendesk = serve_stand_in(zendesk_listener, Zendesk::new(seed)).await;

    let question = "Does the kettle whistle? \u{1f375}";
    act(&graph, &json!({ "do": "comment", "on": "1001_100", "person": "2001", "text": question }));
    until_shown(&house, &relay, &zendesk, "Does the kettle whistle?").await;
    act(&zendesk, &json!({ "do": "reply", "ticket": 1, "text": "It sings." }));
    until_shown(&house, &relay, &graph, "It sings.").await;

    let sweep = house.sweep().await;
    let schedule = json!({
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "123456789012", "time": "2026-11-22T08:00:00Z", "region": "eu-central-1",
        "resources": ["arn:aws:events:eu-central-1:123456789012:rule/sweep"], "detail": {}
    });
    let swept = sweep.invoke(schedule).await.unwrap();
    assert_eq!(swept["failing"], json!([]), "{swept}");
    assert_eq!(swept["working"].as_array().unwrap().len(), 2, "{swept}");

    let told: Vec<String> =
        [&*ingress, &relay, &sweep].iter().flat_map(|function| function.output()).collect();
    assert!(told.iter().any(|line| line.contains("\"made\":[\"create_ticket 1\"]")), "{told:#?}");
    let private = ["kettle", "sings", "Paula", "aws-secret-key", "aws-session-token"];
    for text in private.iter().chain(SECRETS.iter().map(|(_, value)| value)) {
        assert!(told.iter().all(|line| !line.contains(text)), "{text} was told: {told:#?}");
    }
}
