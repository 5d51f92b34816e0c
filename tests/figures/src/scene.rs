//! What the functions are measured in: AWS, a helpdesk and a platform on loopback, behind meters.

use std::path::Path;

use deskbridge_connectors::http::{Method, Request};
use deskbridge_sandbox::graph::{Graph, GraphSeed};
use deskbridge_sandbox::zendesk::{Zendesk, ZendeskSeed};
use deskbridge_sandbox::{ServeOptions, Served, StandIn, serve};
use deskbridge_tests::lambda::{Function, House, edge};
use deskbridge_tests::live::comment;
use deskbridge_tests::meter::Meter;
use deskbridge_tests::sign_meta;
use serde_json::Value;
use tokio::net::TcpListener;

/// Everything around the functions.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) zendesk: Meter,
    pub(crate) graph: Meter,
    _served: [Served; 2],
}

impl Scene {
    /// For functions whose binaries are in this folder.
    pub(crate) async fn open(binaries: &Path) -> Self {
        let nowhere = "http://127.0.0.1:9/".parse().expect("an address");
        let (zendesk, zendesk_url) = serve_stand_in(Zendesk::new(ZendeskSeed::demo(&nowhere))).await;
        let (graph, graph_url) = serve_stand_in(Graph::new(GraphSeed::demo(&nowhere))).await;
        let (zendesk_meter, graph_meter) =
            (Meter::before(&zendesk_url).await, Meter::before(&graph_url).await);
        let house = House::of(binaries.to_owned(), &graph_meter.url, &zendesk_meter.url).await;
        Self { house, zendesk: zendesk_meter, graph: graph_meter, _served: [zendesk, graph] }
    }
}

async fn serve_stand_in(stand_in: impl StandIn + 'static) -> (Served, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (serve(listener, Box::new(stand_in), ServeOptions::default()).await.expect("it is served"), url)
}

/// A webhook of Facebook as the event of a function URL: a person's comment under the page's post.
pub(crate) fn webhook(person: u32, id: u32, secret: &str) -> Value {
    let (person, name) = (format!("77{person:06}"), format!("Person {person}"));
    let text = "Good evening! My parcel was due on Friday and has not arrived yet. Can you look where it is?";
    let body = comment("1001_100", &format!("100_{id:07}"), (&person, &name), text);
    let url = "http://edge.example/hooks/acme-facebook".parse().expect("an address");
    let mut request = Request::new(Method::POST, url)
        .header("content-type", "application/json")
        .header("x-hub-signature-256", &sign_meta(secret, &body));
    request.body = body.into();
    edge::event(&request)
}

/// The health check as the event of a function URL.
pub(crate) fn health_check() -> Value {
    edge::event(&Request::get("http://edge.example/healthz".parse().expect("an address")))
}

/// Invokes a door, which must answer with this status.
pub(crate) async fn knock(ingress: &Function, event: Value, status: u16) {
    let answer = ingress.invoke(event).await.expect("the door answers");
    assert_eq!(answer["statusCode"], status, "{answer}");
}
